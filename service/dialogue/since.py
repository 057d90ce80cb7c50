"""What an indicator did since a promise: by releases alone, so that nothing shows which nobody
released. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.disclosure.rules import Audience
from service.facts.circumstances import PHNOM_PENH

_VALUES = frozenset({"n", "d", "hidden"})


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A published release."""

    number: int
    audience: Audience
    frozen_at: dt.datetime
    title: str
    corrects: int | None
    tables: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Value:
    """A number as a release says it. `n` is None where it is hidden there."""

    release: int
    on: dt.date
    """Up to which day was counted."""
    n: int | None
    d: int | None


class Went(enum.StrEnum):
    """What can be said of the two."""

    MORE = "more"
    FEWER = "fewer"
    SAME = "same"
    HIDDEN = "hidden"
    """One of them is hidden: it says nothing, not even that it is small."""
    ONE = "one"
    """No release from before, or none since."""
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Since:
    before: Value | None
    now: Value | None

    @property
    def went(self) -> Went:
        if self.before is None and self.now is None:
            return Went.NONE
        if self.before is None or self.now is None or self.before.release == self.now.release:
            return Went.ONE
        if self.before.n is None or self.now.n is None:
            return Went.HIDDEN
        if self.before.n == self.now.n:
            return Went.SAME
        return Went.MORE if self.now.n > self.before.n else Went.FEWER


def since(
    releases: Sequence[Frozen],
    indicator: str,
    cell: Mapping[str, str],
    promised_on: dt.date,
) -> Since:
    """`releases`: those that whoever asks may see. The last before the day of the promise, and the
    last of all; what a later one corrects is left out."""
    stands = in_force(releases)
    values = [found for one in stands if (found := value_in(one, indicator, cell))]
    before = [one for one in values if _day(stands, one.release) <= promised_on]
    return Since(before=before[-1] if before else None, now=values[-1] if values else None)


def in_force(releases: Sequence[Frozen]) -> list[Frozen]:
    """In the order of their numbers, without those that another one corrects."""
    corrected = {one.corrects for one in releases}
    return sorted(
        (one for one in releases if one.number not in corrected), key=lambda one: one.number
    )


def value_in(release: Frozen, indicator: str, cell: Mapping[str, str]) -> Value | None:
    """None where no table of it has a row for the cell."""
    for table in release.tables:
        if table["indicator"] != indicator:
            continue
        for row in rows(table):
            if _codes(row) == dict(cell):
                as_of = dt.datetime.fromisoformat(str(table["as_of"]))
                on = as_of.astimezone(PHNOM_PENH).date()
                return Value(release=release.number, on=on, n=row["n"], d=row["d"])
    return None


def rows(table: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Cells and totals alike."""
    yield from table["cells"]
    yield from table["totals"]


def _codes(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in _VALUES}


def _day(releases: Sequence[Frozen], number: int) -> dt.date:
    """In Cambodia, as days of promises are."""
    moment = next(one.frozen_at for one in releases if one.number == number)
    return moment.astimezone(PHNOM_PENH).date()
