"""Places inside places. Districts add up to their own province only, so each province's districts
are a table of their own, whose totals are the province's rows, decided before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from service.disclosure.hiding import Decisions, Hide, Orders, Unprotectable
from service.disclosure.rules import Rules
from service.disclosure.safe_table import ALL, Counted, Key, RawTable


def decide(table: RawTable, rules: Rules, orders: Orders) -> Decisions:
    """Rows to hide, nested places included; raises Unprotectable."""
    child = next((n for n in reversed(table.by) if table.nested.get(n) in table.by), None)
    if child is None:
        return _decide_flat(table, rules, orders)
    at = table.by.index(child)
    above = decide(table.without(child), rules, _without(orders, at))
    decided = {(*key[:at], ALL, *key[at:]): hide for key, hide in above.items()}
    for part in _parts(table, child):
        decided |= _decide_part(part, rules, decided)
    return decided


def _decide_flat(
    table: RawTable, rules: Rules, orders: Orders, within: int | None = None
) -> Decisions:
    """The first table that is protected loads numpy and the solver, not every start."""
    from service.disclosure.levels import decide_flat

    return decide_flat(table, rules, orders, within)


def pointless(table: RawTable, decided: Decisions) -> str | None:
    """A nested dimension none of whose rows can be shown: better not to have it."""
    for child in reversed(table.by):
        if table.nested.get(child) in table.by:
            at = table.by.index(child)
            rows = [hide for key, hide in decided.items() if key[at] is not ALL]
            if rows and all(hide.n for hide in rows):
                return child
    return None


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One parent's children. `fixed`: position in the whole key -> the parent's code."""

    table: RawTable
    child: str
    fixed: Mapping[int, str]
    size: int

    def whole(self, key: Key) -> Key:
        rest = iter(key)
        return tuple(self.fixed[at] if at in self.fixed else next(rest) for at in range(self.size))

    def parent(self, key: Key) -> Key:
        at = self.table.by.index(self.child)
        return self.whole((*key[:at], ALL, *key[at + 1 :]))


def _parts(table: RawTable, child: str) -> Iterator[_Part]:
    parents: list[int] = []
    name = table.nested.get(child)
    while name in table.by:
        parents.append(table.by.index(name))
        name = table.nested.get(name)
    keys = {*table.cells, *(table.base or {})}
    for place in sorted({_place(key, parents) for key in keys} - {()}):
        fixed = dict(zip(parents, place, strict=True))
        yield _Part(
            table=replace(
                table,
                by=tuple(name for at, name in enumerate(table.by) if at not in fixed),
                cells=_cut(table.cells, fixed),
                base=None if table.base is None else _cut(table.base, fixed),
                nested={},
            ),
            child=child,
            fixed=fixed,
            size=len(table.by),
        )


def _place(key: Key, parents: list[int]) -> tuple[str, ...]:
    """The codes of the parents; empty where the key is a total over one of them."""
    codes = tuple(code for at in parents if (code := key[at]) is not ALL)
    return codes if len(codes) == len(parents) else ()


def _cut(cells: Mapping[Key, Counted], fixed: Mapping[int, str]) -> dict[Key, Counted]:
    return {
        tuple(part for at, part in enumerate(key) if at not in fixed): cell
        for key, cell in cells.items()
        if all(key[at] == code for at, code in fixed.items())
    }


def _decide_part(part: _Part, rules: Rules, above: Decisions) -> Decisions:
    """Of a hidden parent all children are hidden. Where children cannot be protected against
    their parent's own rows, none is shown: the breakdown is dropped for this parent."""
    shown = Hide(n=False, d=False)
    orders = Orders(
        hides_n=lambda key: above.get(part.parent(key), shown).n and part.table.at(key) > 0,
        hides_d=lambda key: above.get(part.parent(key), shown).d,
    )
    axis = part.table.by.index(part.child)
    try:
        found = _decide_flat(part.table, rules, orders, within=axis)
    except Unprotectable:
        found = dict.fromkeys(part.table.cells, Hide(n=True, d=True))
    return {part.whole(key): hide for key, hide in found.items() if key[axis] is not ALL}


def _without(orders: Orders, at: int) -> Orders:
    """The same orders for the table that lacks the dimension at `at`."""

    def longer(key: Key) -> Key:
        return (*key[:at], ALL, *key[at:])

    return Orders(
        hides_n=lambda key: orders.hides_n(longer(key)),
        hides_d=lambda key: orders.hides_d(longer(key)),
        shows_n=lambda key: orders.shows_n(longer(key)),
    )
