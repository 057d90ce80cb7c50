"""Charts and maps as SVG: values in, a string out. Pure.

One drawing serves pages and paper: what a colour says, a pattern says as well; what is hidden is
hatched and said in words; whoever cannot see it hears title and description. A drawing never
works anything out: sizes and words are given to it. Units are those of its `viewBox`, which is as
wide as a small phone.
"""
