"""Tables whose numbers are rows, or sums of rows, of another table. Pure.

Survivors by sex are a row of people assessed by victim and sex. Settled apart, one would hide
beside a small number what the other shows, and whoever has both takes one from the other. So the
other
table is settled, and here a number is told where it follows from what is shown there: all its parts
are, or their total and everything else in it. Nothing becomes known that was not.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.disclosure.hiding import Codes, Decisions, Hide, Orders, codes
from service.disclosure.rules import NESTED
from service.disclosure.safe_table import ALL, Key, RawTable


@dataclass(frozen=True)
class Some:
    """Some codes of a dimension; `but`: all others."""

    codes: frozenset[str]
    but: bool = False

    def holds(self, code: str) -> bool:
        return (code in self.codes) is not self.but


Part = Mapping[str, Some]
"""Rows of the other table: in these dimensions one of these codes, in all others the row's own."""
Parts = tuple[Part, ...]
"""What a number is the sum of; ({},): the very row. No person is in two."""
ITSELF: Parts = ({},)


def among(dimension: str, *codes: str) -> Parts:
    return ({dimension: Some(frozenset(codes))},)


def besides(dimension: str, *codes: str) -> Parts:
    return ({dimension: Some(frozenset(codes), but=True)},)


@dataclass(frozen=True, kw_only=True)
class Restated:
    """Of which figure the numbers are rows, or sums of rows."""

    figure: str
    n: Parts | None = None
    """Of its numerators. None: numerators are this figure's own."""
    d: Parts | None = None
    """The same of denominators; also where there are none."""
    of_base: bool = False
    """Denominators are among the other's denominators; else among its numerators."""
    unknown: Parts | None = None
    """Who was not asked, or did not answer, among its numerators."""
    coarser: Mapping[str, Mapping[str, Parts]] = field(default_factory=dict)
    """Dimensions that the other has not, and of which rows each code is the sum of."""
    own: frozenset[str] = frozenset()
    """Dimensions that the other has not, and that split a number of it."""

    @property
    def is_whole(self) -> bool:
        """Whether no number is this figure's own."""
        return self.n is not None and not self.own

    @property
    def told_by(self) -> tuple[str, ...]:
        """The dimensions in which the other tells rows apart."""
        every = itertools.chain(
            self.n or (),
            self.d or (),
            self.unknown or (),
            *(parts for told in self.coarser.values() for parts in told.values()),
        )
        return tuple(dict.fromkeys(name for part in every for name in part))

    def by(self, by: Iterable[str]) -> tuple[str, ...]:
        """The dimensions of the other table, the most wanted first."""
        kept = (name for name in by if name not in self.coarser and name not in self.own)
        wanted = {name for told in (self.n, self.d, self.unknown) for p in told or () for name in p}
        for name in by:
            for parts in self.coarser.get(name, {}).values():
                wanted |= {one for part in parts for one in part}
        first = (name for name in self.told_by if name in wanted)
        return tuple(dict.fromkeys((*first, *kept)))


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A table as one audience may have it. May have fewer dimensions than it began with."""

    table: RawTable
    decided: Decisions


class Source:
    """The settled table, asked which numbers of another one follow from it."""

    def __init__(self, restated: Restated, settled: Settled) -> None:
        self._restated = restated
        self._table, self._decided = settled.table, settled.decided
        self._by = settled.table.by
        keys = {*settled.table.cells, *(settled.table.base or {}), *settled.decided}
        self._keys = keys
        self._codes = {
            name: sorted({code for key in keys if (code := key[at]) is not ALL})
            for at, name in enumerate(self._by)
        }
        self._around = {
            (name, code): key[self._by.index(outer)] or ""
            for at, name in enumerate(self._by)
            if (outer := NESTED.get(name)) in self._by and name in restated.told_by
            for key in keys
            if (code := key[at]) is not ALL
        }

    def narrowed(self, table: RawTable) -> RawTable:
        """The table without dimensions that are lost in the other one."""
        restated = self._restated
        for name in reversed(table.by):
            inside = {
                one
                for parts in restated.coarser.get(name, {}).values()
                for part in parts
                for one in part
            } or {name}
            if name in table.by and name not in restated.own and not inside <= {*self._by}:
                table = table.without(name)
        return table

    def decide(self, table: RawTable, also: Orders = Orders()) -> Decisions:  # noqa: B008 - frozen
        """Every row to be written, of a table that has no number of its own. A row that is not in
        the other one, or zero there, is a zero."""
        found: Decisions = {(ALL,) * len(table.by): self._hide(table, (ALL,) * len(table.by))}
        for key in self._rows_of(table):
            hide = self._hide(table, key)
            has_any = table.at(key) or (table.base or {}).get(table.base_key(key))
            if hide.n or hide.d or has_any:
                found[key] = hide
        _show_what_follows(table, found)
        for key, hide in found.items():
            n = hide.n or codes(table.by, key) in also.n
            d = hide.d or codes(table.by, table.base_key(key)) in also.d
            found[key] = Hide(n=n, d=d)
        return found

    def orders(self, table: RawTable) -> Orders:
        """Rows of a table with numbers of its own, that may not be shown beside the other one."""
        own = self._restated.own
        keys = {*table.cells, *(table.base or {}), *self._rows_of(table)}
        found: Decisions = {
            key: self._hide(table, key)
            for key in sorted(keys, key=lambda key: tuple(part or "" for part in key))
            if not any(name in own for name, _ in codes(table.by, key))
        }
        _show_what_follows(table, found)
        n, d = set[Codes](), set[Codes]()
        for key, hide in found.items():
            told = codes(table.by, key)
            if hide.n and not self._adds_overlapping(dict(told)):
                n.add(told)
            if hide.d:
                d.add(codes(table.by, table.base_key(key)))
        return Orders(n=frozenset(n), d=frozenset(d))

    def _adds_overlapping(self, said: Mapping[str, str]) -> bool:
        """Whether it is a sum of rows in which one person may stand twice. Those do not add up
        there, so one may be hidden alone: what the sum tells of it, the solver says
        (`together`)."""
        free = {name for part in self._restated.n or () for name in part} - said.keys()
        return bool(free & self._table.overlapping)

    @property
    def tells_unknown(self) -> bool:
        """Whether how many did not answer follows, too."""
        parts = self._restated.unknown
        return parts is None or self._follows(parts, {}, of_base=False)

    def _hide(self, table: RawTable, key: Key) -> Hide:
        restated = self._restated
        said = dict(sorted(codes(table.by, key)))
        single = dict(sorted(codes(table.by, table.base_key(key))))
        n = restated.n is not None and not self._follows(restated.n, said, of_base=False)
        d = restated.d is not None and not self._follows(
            restated.d, single, of_base=restated.of_base
        )
        return Hide(n=n, d=d and table.base is not None)

    def _follows(self, parts: Parts, said: Mapping[str, str], *, of_base: bool) -> bool:
        fixed = {name: code for name, code in said.items() if name not in self._restated.coarser}
        for name, told in self._restated.coarser.items():
            if name in said:
                parts = told.get(said[name], ())
        return all(self._tells(part, fixed, of_base=of_base) for part in parts)

    def _tells(self, part: Part, fixed: Mapping[str, str], *, of_base: bool) -> bool:
        """Whether all of the part's rows are shown, or their total and what else is in it."""
        if any(name in fixed and not some.holds(fixed[name]) for name, some in part.items()):
            return True  # of nobody, whatever is shown
        free = {name: some for name, some in part.items() if name not in fixed}
        if not {*fixed, *free} <= {*self._by}:
            return False
        inside = {name: self._some(name, some) for name, some in free.items()}
        if all(self._shows(row, of_base=of_base) for row in _rows(fixed, inside)):
            return True
        if len(free) != 1:
            return False
        (name, some) = next(iter(free.items()))
        if name in self._table.overlapping:
            return False
        rest = {name: [code for code in self._codes[name] if not some.holds(code)]}
        return self._shows(dict(fixed), of_base=of_base) and all(
            self._shows(row, of_base=of_base) for row in _rows(fixed, rest)
        )

    def _some(self, name: str, some: Some) -> Sequence[str]:
        return [code for code in self._codes[name] if some.holds(code)]

    def _shows(self, row: Mapping[str, str], *, of_base: bool) -> bool:
        key = self._key(row)
        if of_base:
            key = self._table.base_key(key)
        hide = self._decided.get(key)
        return hide is None or not (hide.d if of_base else hide.n)

    def _key(self, row: Mapping[str, str]) -> Key:
        """The row's key there, within what its codes lie in."""
        around = {
            NESTED[name]: self._around[name, code]
            for name, code in row.items()
            if (name, code) in self._around
        }
        return tuple(row.get(name, around.get(name, ALL)) for name in self._by)

    def _rows_of(self, table: RawTable) -> Iterator[Key]:
        """Rows that the table may have: of whatever the other one lists, hidden zeros too."""
        coarser = {name for name in table.by if name in self._restated.coarser}
        plain = [name for name in table.by if name not in coarser]
        places = {name: at for at, name in enumerate(self._by)}
        own = [name for name in plain if name not in places]
        told = {
            tuple(None if name in own else key[places[name]] for name in plain)
            for key in self._keys
        }
        choices = [(*self._restated.coarser[name], ALL) for name in table.by if name in coarser]
        for one in sorted(told, key=lambda key: tuple(part or "" for part in key)):
            held = dict(zip(plain, one, strict=True))
            for chosen in itertools.product(*choices):
                held |= dict(zip((n for n in table.by if n in coarser), chosen, strict=True))
                yield tuple(held[name] for name in table.by)


def _show_what_follows(table: RawTable, decided: Decisions) -> None:
    """Rows that a total and all else in it give away are not hidden, until there are none: nobody
    could be kept from knowing them. All that tells them is told by rows of the other table."""
    lines = list(_lines(table, {*decided, *table.cells, *(table.base or {})}))
    found = True
    while found:
        found = False
        for line in lines:
            hidden = [key for key in line if key in decided and decided[key].n]
            if len(hidden) == 1:
                decided[hidden[0]] = replace(decided[hidden[0]], n=False)
                found = True
            bases = {table.base_key(key) for key in line}
            hidden = [key for key in bases if key in decided and decided[key].d]
            if len(hidden) == 1 and len(bases) == len(line):
                for key in decided:
                    if table.base_key(key) == hidden[0]:
                        decided[key] = replace(decided[key], d=False)
                found = True


def _lines(table: RawTable, keys: Iterable[Key]) -> Iterator[list[Key]]:
    """Each total, and the rows that add up to it."""
    every = sorted(keys, key=lambda key: tuple(part or "" for part in key))
    for at, name in enumerate(table.by):
        if name in table.overlapping:
            continue
        inner = [n for n, one in enumerate(table.by) if table.nested.get(one) == name]
        found: dict[Key, list[Key]] = {}
        for key in every:
            if key[at] is not ALL and all(key[n] is ALL for n in inner):
                whole = (*key[:at], ALL, *key[at + 1 :])
                found.setdefault(whole, [whole]).append(key)
        yield from found.values()


def _rows(
    fixed: Mapping[str, str], inside: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, str]]:
    for chosen in itertools.product(*inside.values()):
        yield {**fixed, **dict(zip(inside, chosen, strict=True))}
