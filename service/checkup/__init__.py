"""What is not well with an installation: one list, for `flask doctor`, the start, and *Today*.

`looking` measures (`vitals`), `rules` says what is wrong, `checks` in which words and what mends
it. The last two are pure.
"""
