"""Numbers out of releases: which table of which one has what a figure asks for. Nothing is counted,
added or worked out but whole percents of two numbers that stand there. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from service.dialogue.feedback import around
from service.disclosure.rules import NESTED
from service.products.blocks import Ask, Figure


@dataclass(frozen=True, kw_only=True)
class Source:
    """A release as it was published (`releases.document.whole`)."""

    number: int
    title: str
    audience: str
    frozen_on: dt.date
    sha256: str
    corrects: int | None
    tables: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of a table of a release. `n` is None where it is hidden, `d` where it is hidden or
    there is none. A row that is not in the table is a true zero: `is_told` is False."""

    codes: Mapping[str, str]
    n: int | None
    d: int | None = None
    hidden: bool = False
    is_told: bool = True
    statistics: Mapping[str, float] = field(default_factory=dict)
    """Median, p90, sum or ratio, as the release has them beside the row."""

    @property
    def percent(self) -> int | None:
        """Whole percent, half up; None where one of the two does not show."""
        if self.n is None or not self.d:
            return None
        return (200 * self.n + self.d) // (2 * self.d)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a release says of a figure: lines in its order, and the total where it has one."""

    ask: Ask
    source: Source
    table: Mapping[str, Any]
    place: str
    """Of which the numbers are: that of the product or one around it; "" for the whole."""
    lines: Sequence[Line]
    total: Line | None
    before: Found | None = None
    """The same in the release before it that has it."""

    @property
    def has_base(self) -> bool:
        return any(one.d is not None for one in (*self.lines, *filter(None, (self.total,))))

    @property
    def statistics(self) -> Mapping[str, Any]:
        """What the release says of its statistics: their names, their unit, of what a ratio is."""
        return self.table.get("statistics") or {"names": (), "unit": ""}

    @property
    def hidden(self) -> int:
        return sum(one.hidden for one in self.lines) + bool(self.total and self.total.hidden)


def in_force(sources: Sequence[Source]) -> list[Source]:
    """The newest first, without those that another one corrects."""
    corrected = {one.corrects for one in sources}
    stands = (one for one in sources if one.number not in corrected)
    return sorted(stands, key=lambda one: -one.number)


def find(figure: Figure, sources: Sequence[Source], place: str, *, outwards: bool) -> Found | None:
    """By the newest release that has it; None where none does. `outwards`: of a place around it
    where none has this one. `sources`: in force, the newest first."""
    own = "" if figure.of_country else place
    places = [own, *reversed([*around(own).values()][:-1])] if outwards and own else [own]
    for ask in figure.asks:
        for at in places:
            found = [one for source in sources if (one := _in(source, ask, at))]
            if found:
                before = found[1] if found[1:] and found[1].total else None
                return replace(found[0], before=before)
    return None


def _in(source: Source, ask: Ask, place: str) -> Found | None:
    """By its smallest table that has these dimensions."""
    at = {**(around(place) if place else {}), **ask.only}
    wanted = {*at, *ask.by}
    fitting = [
        one for one in source.tables if one["indicator"] == ask.indicator and wanted <= {*one["by"]}
    ]
    for table in sorted(fitting, key=lambda one: len(one["by"])):
        lines = list(lines_of(table, wanted, at))
        total = next(lines_of(table, {*at}, at), None)
        if not ask.by:
            total = total or Line(codes=dict(at), n=0, is_told=False)
        return Found(
            ask=ask,
            source=source,
            table=table,
            place=place,
            lines=lines if ask.by else (),
            total=total,
        )
    return None


def lines_of(
    table: Mapping[str, Any], wanted: Collection[str], at: Mapping[str, str]
) -> Iterator[Line]:
    """Rows of these dimensions alone, at this place; totals over all others."""
    inner, beside = _inner(wanted), _beside(table)
    for row in (*table["cells"], *table["totals"]):
        codes = {name: row[name] for name in table["by"] if row.get(name) is not None}
        if _inner(codes) == inner and at.items() <= codes.items():
            told = beside.get(frozenset(codes.items()), {})
            yield Line(codes=codes, n=row["n"], d=row["d"], hidden=row["hidden"], statistics=told)


def _beside(table: Mapping[str, Any]) -> dict[frozenset[tuple[str, str]], dict[str, float]]:
    """Statistics by the codes of the row beside which they stand."""
    told = table.get("statistics") or {"names": (), "rows": ()}
    return {
        frozenset((name, row[name]) for name in table["by"] if row.get(name) is not None): {
            name: row[name] for name in told["names"] if name in row
        }
        for row in told["rows"]
    }


def _inner(names: Collection[str]) -> frozenset[str]:
    """Without those in which another one lies: a district says its province."""
    return frozenset({*names} - {NESTED.get(one) for one in names})
