"""Small tables for the disclosure tests, margins counted for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from service.disclosure.safe_table import ALL, Counted, Key, RawTable


def margins(
    cells: Mapping[tuple[str, ...], int], households: int | None = None
) -> dict[Key, Counted]:
    """Inner counts and every total over any of the dimensions, which all add up."""
    totals: dict[Key, int] = {}
    for key, n in cells.items():
        for kept in itertools.product((True, False), repeat=len(key)):
            total = tuple(p if keep else ALL for p, keep in zip(key, kept, strict=True))
            totals[total] = totals.get(total, 0) + n
    return {key: Counted(persons=n, households=households) for key, n in totals.items()}


def a_table(
    by: tuple[str, ...],
    cells: Mapping[tuple[str, ...], int],
    base: Mapping[tuple[str, ...], int] | None = None,
    **more: object,
) -> RawTable:
    """A raw table whose totals all add."""
    return RawTable(
        indicator="I01",
        unit="persons",
        by=by,
        cells=margins(cells),
        base=None if base is None else margins(base),
        **more,  # type: ignore[arg-type]
    )


def a_row(n: int, d: int | None = None, **more: object) -> RawTable:
    """A table of a grand total only."""
    return a_table((), {(): n}, None if d is None else {(): d}, **more)


def grid(
    rows: Iterable[str], columns: Iterable[str], numbers: Iterable[int]
) -> dict[tuple[str, str], int]:
    return dict(zip(itertools.product(rows, columns), numbers, strict=True))
