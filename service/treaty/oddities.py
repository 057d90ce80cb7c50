"""What stands out among signatures, as forged ones do. Pure. It stops nothing: what stands out is
counted, told apart, and shown to people who know the village.

Whoever invents signatures copies a sheet, writes names out of a list that is in order, or lets one
phone or one pen sign more in a day than people can be asked.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Sequence


class Oddity(enum.StrEnum):
    BURST = "burst"
    """More signatures through one phone, or by one who collects, than a day has room for."""
    COPY = "copy"
    """The lines of another sheet again."""
    IN_ORDER = "in_order"
    """Names by the alphabet, as in a register, and never as people come."""


MOST_BY_PHONE = 200
"""A day. Reading the text and asking for consent takes two minutes, and a day has eight hours."""
MOST_BY_COLLECTOR = 500
"""A day, on paper: one a minute for eight hours."""
SAME_LINES = 5
"""Lines that two sheets share, from which on one may be a copy; they are also half of them. A
family that signs twice shares fewer."""
ENOUGH_NAMES = 12
"""Below which names are in order by chance. Of so many one may be out of it, for registers sort
letters otherwise than we do: twelve are so once in 100,000 sheets."""
ENOUGH_FAMILIES = 5


def is_burst(signatures: int, *, on_paper: bool) -> bool:
    return signatures > (MOST_BY_COLLECTOR if on_paper else MOST_BY_PHONE)


def is_copy(same: int, lines: int) -> bool:
    """Of a sheet of so many lines, of which so many stand on another."""
    return same >= SAME_LINES and 2 * same >= lines


def is_in_order(names: Sequence[str]) -> bool:
    """Names as they follow each other on a sheet; those of one family name are no order."""
    families = {name.split()[0] for name in names}
    out = sum(one > next_one for one, next_one in itertools.pairwise(names))
    is_enough = len(names) >= ENOUGH_NAMES and len(families) >= ENOUGH_FAMILIES
    return is_enough and out <= len(names) // ENOUGH_NAMES
