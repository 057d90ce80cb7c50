"""How many households a group rests on, and how many different people there are at least. Pure.

People of one visit are different ones; those of another visit to the same household may be the
same, so of each household the fullest visit counts.
"""

from __future__ import annotations

import numpy as np

from service.indicators.units import Ints


def told_apart(groups: Ints, homes: Ints, units: Ints) -> tuple[Ints, Ints, Ints]:
    """Of rows in any order: groups there are -> households, and least number of people."""
    order = np.lexsort((units, homes, groups))
    groups, homes, units = groups[order], homes[order], units[order]
    groups, _, fullest = fullest_visits(groups, homes, units)
    return _counted(groups, fullest)


def fullest_visits(groups: Ints, homes: Ints, units: Ints) -> tuple[Ints, Ints, Ints]:
    """Of rows in the order of groups, households and units: the groups and households there are,
    and how many rows the fullest unit has. One for each pair."""
    if not len(groups):
        return groups, homes, np.empty(0, np.int64)
    is_new = (groups[1:] != groups[:-1]) | (units[1:] != units[:-1])
    begins = np.flatnonzero(np.append(True, is_new))
    sizes = np.diff(np.append(begins, len(groups)))
    groups, homes = groups[begins], homes[begins]
    is_new = (groups[1:] != groups[:-1]) | (homes[1:] != homes[:-1])
    begins = np.flatnonzero(np.append(True, is_new))
    return groups[begins], homes[begins], np.maximum.reduceat(sizes, begins)


def told_apart_packed(rows: Ints, bits: int, homes: Ints) -> tuple[Ints, Ints, Ints]:
    """The same of rows in order, each its group and, in the lowest `bits`, its unit. `homes`: the
    household of each unit, in order."""
    if not len(rows):
        return rows, np.empty(0, np.int64), np.empty(0, np.int64)
    begins = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
    sizes = np.diff(np.append(begins, len(rows)))
    told = rows[begins]
    groups, own = told >> bits, homes[told & ((1 << bits) - 1)]
    is_new = (groups[1:] != groups[:-1]) | (own[1:] != own[:-1])
    begins = np.flatnonzero(np.append(True, is_new))
    return _counted(groups[begins], np.maximum.reduceat(sizes, begins))


def _counted(groups: Ints, fullest: Ints) -> tuple[Ints, Ints, Ints]:
    """Of one row for each group and household, those of a group together."""
    if not len(groups):
        return groups, np.empty(0, np.int64), np.empty(0, np.int64)
    begins = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    households = np.diff(np.append(begins, len(groups)))
    return groups[begins], households, np.add.reduceat(fullest, begins)
