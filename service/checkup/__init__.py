"""What is not well with an installation: one list, for `flask doctor`, the start, and *Today*.

`checks` says in words what is wrong and what mends it, and is pure; `looking` measures.
"""
