"""How often Python searches for what only refers to itself."""

from __future__ import annotations

import gc

MADE = 5_000
"""Things made since, not taken away by themselves. With Python's 700, records that are worked off
two hundred at a time are looked through again and again while all of it is still needed: a tenth of
what follows a receipt."""


def search_rarely() -> None:
    """From now on; what is there by now stays, and is looked through no more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MADE, 20, 20)
    gc.enable()
