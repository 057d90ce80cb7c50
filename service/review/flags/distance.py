"""Far from the stated village.

Nobody publishes where Cambodia's villages are with our codes, so their place is learned: the
middle of where earlier records of the village were taken. A place is kept as a cell of a twentieth
of a degree (some 5.5 by 5.4 km, 30 km²): more than a village covers (1,662 communes and 14,576
villages share 181,000 km²: 12 km² a village), so beside the village's code it says nothing more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from service.review.flags.kinds import Code, Flag, Reason
from service.review.flags.seen import Point

Cell = tuple[int, int]
"""Row and column, counted from 0° N 0° E."""
STEPS = 20
"""Cells to a degree."""
ENOUGH = 5
"""Records by which a village, or a commune, has a place: with three true ones of five the middle
is true."""
FAR_KM = 15
"""From the village: twice the error of a cell (4 km at its corner), and the length of a large
village."""
FAR_OF_COMMUNE_KM = 40
"""From the middle of the commune, where too little is known of the village. The largest communes
of Mondulkiri and Stung Treng reach 40 km."""
NEAREST_KM = 5
"""What is told is rounded to it."""
SOUTH, NORTH, WEST, EAST = 9.5, 14.8, 102.2, 107.8
"""Around Cambodia, by a tenth of a degree more."""
_EARTH_KM = 6371.0

Taken = tuple[str | None, Cell]
"""A village, and where a record of it was taken."""


def cell_of(point: Point) -> Cell:
    return math.floor(point[0] * STEPS), math.floor(point[1] * STEPS)


def far(
    point: Point | None, village: str | None, commune: str | None, taken: Sequence[Taken]
) -> Flag | None:
    """`taken`: earlier records of the same commune."""
    if point is None:
        return None
    if not (SOUTH <= point[0] <= NORTH and WEST <= point[1] <= EAST):
        return Flag(code=Code.FAR, reasons=(Reason(why="far_abroad"),))
    of_village = [cell for known, cell in taken if village is not None and known == village]
    if len(of_village) >= ENOUGH:
        away = _km(point, _middle(of_village))
        return _flag("far_village", away, len(of_village)) if away > FAR_KM else None
    of_commune = [cell for _, cell in taken]
    if commune is not None and len(of_commune) >= ENOUGH:
        away = _km(point, _middle(of_commune))
        return _flag("far_commune", away, len(of_commune)) if away > FAR_OF_COMMUNE_KM else None
    return None


def _flag(why: str, away: float, records: int) -> Flag:
    km = NEAREST_KM * round(away / NEAREST_KM)
    return Flag(code=Code.FAR, reasons=(Reason(why=why, values={"km": km, "records": records}),))


def _middle(cells: Sequence[Cell]) -> Point:
    """Median of rows and of columns: a few wrong ones do not move it."""
    row, column = median(one[0] for one in cells), median(one[1] for one in cells)
    return (row + 0.5) / STEPS, (column + 0.5) / STEPS


def _km(one: Point, other: Point) -> float:
    """Along the great circle (haversine)."""
    north, east, there, away = map(math.radians, (*one, *other))
    half = (
        math.sin((there - north) / 2) ** 2
        + math.cos(north) * math.cos(there) * math.sin((away - east) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(half))
