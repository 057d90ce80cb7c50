"""Which classes of a record's answers may be seen: the one rule that every way out follows. Pure.

Coded answers need the person's yes to keep the record (of a child without its guardian's yes and
its own, nothing else is seen) and, where they are read to be counted, to be counted. Who somebody
is, and what they told, needs three yeses: a role or scope that may see it, a purpose that wants it,
and the person's own.
"""

from __future__ import annotations

from collections.abc import Collection

from service.facts.scopes import Purpose
from service.forms.schema import Sensitivity

OPENED: dict[Purpose, frozenset[Sensitivity]] = {
    Purpose.WORK: frozenset({Sensitivity.IDENTITY, Sensitivity.TESTIMONY}),
    Purpose.CONTACT: frozenset({Sensitivity.IDENTITY, Sensitivity.TESTIMONY}),
    Purpose.REFER: frozenset({Sensitivity.IDENTITY, Sensitivity.TESTIMONY}),
    Purpose.GOVERNMENT: frozenset({Sensitivity.IDENTITY, Sensitivity.TESTIMONY}),
    Purpose.QUOTE: frozenset({Sensitivity.TESTIMONY}),
    Purpose.NAME: frozenset({Sensitivity.IDENTITY}),
    Purpose.COUNT: frozenset(),
}
"""Purposes that answers may be read for. (Pictures and films are published one by one.)"""
ALWAYS = frozenset({Sensitivity.OPEN})
CODED = frozenset({Sensitivity.OPEN, Sensitivity.CODED})


def seen(
    allowed: Collection[Purpose],
    told: Purpose | None,
    may_see: Collection[Sensitivity],
    *,
    asks_consent: bool,
) -> frozenset[Sensitivity]:
    """The classes of answers to be seen of one record: `allowed` is what its people allow, `told`
    what it is read for (None: nothing was said), `may_see` what the caller's role or scopes do. A
    form that asks for no consent (a list of wells) shows coded answers, and nothing more."""
    if Purpose.CODES not in allowed:
        return ALWAYS if asks_consent else CODED
    if told is Purpose.COUNT and told not in allowed:
        return ALWAYS  # whoever counts rows would count somebody who said no to that
    if told is None or told not in allowed:
        return CODED
    return CODED | (OPENED[told] & frozenset(may_see))
