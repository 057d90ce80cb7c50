"""What data are pulled out for, and which answers that opens. Pure.

Coded answers need the person's yes to keep the record. Who somebody is, and what they told, needs
three yeses: a role or scope that may see it, a purpose that wants it, and the person's own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from service.facts.scopes import Purpose
from service.forms.schema import Sensitivity

UNKNOWN = "analysis by client"
"""Of a program that says nothing: Excel and pyodk know no purposes."""
OPENED: dict[Purpose, frozenset[Sensitivity]] = {
    Purpose.WORK: frozenset({Sensitivity.IDENTITY, Sensitivity.TESTIMONY}),
    Purpose.CONTACT: frozenset({Sensitivity.IDENTITY, Sensitivity.TESTIMONY}),
    Purpose.REFER: frozenset({Sensitivity.IDENTITY, Sensitivity.TESTIMONY}),
    Purpose.GOVERNMENT: frozenset({Sensitivity.IDENTITY, Sensitivity.TESTIMONY}),
    Purpose.QUOTE: frozenset({Sensitivity.TESTIMONY}),
    Purpose.NAME: frozenset({Sensitivity.IDENTITY}),
    Purpose.COUNT: frozenset(),
}
"""Purposes that rows may be pulled out for. (Pictures and films are published one by one.)"""
ALWAYS = frozenset({Sensitivity.OPEN})
CODED = frozenset({Sensitivity.OPEN, Sensitivity.CODED})


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody says that they pull data out for. `label` goes to the log."""

    purpose: Purpose
    label: str


def read(word: str) -> Told | None:
    """None: no purpose that is known here. Nothing said: a look at it for the team's work."""
    if word in ("", UNKNOWN):
        return Told(purpose=Purpose.WORK, label=UNKNOWN)
    try:
        purpose = Purpose(word)
    except ValueError:
        return None
    return Told(purpose=purpose, label=word) if purpose in OPENED else None


def seen(
    allowed: Collection[Purpose],
    told: Purpose,
    may_see: Collection[Sensitivity],
    *,
    asks_consent: bool,
) -> frozenset[Sensitivity]:
    """The classes of answers to be seen of one record: `allowed` is what its people allow,
    `may_see` what the caller's role or scopes do. A form that asks for no consent (a list of
    wells) shows coded answers, and nothing more."""
    if Purpose.WORK not in allowed:
        return ALWAYS if asks_consent else CODED
    if told not in allowed:
        return CODED
    return CODED | (OPENED[told] & frozenset(may_see))
