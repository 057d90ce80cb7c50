"""In which order the steps of a day arrive: shuffled, delayed, and more than once."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from tests.schedules.day import Step, Stray

Schedule: TypeAlias = tuple[str, ...]
"""Names of steps, and WORK."""
WORK = "(work)"
"""What has arrived is worked off before anything else arrives."""


def plain(steps: Mapping[str, Step]) -> Schedule:
    """Everything once, in the order in which it happened, each worked off at once."""
    names = [name for name, step in steps.items() if not isinstance(step, Stray)]
    return tuple(one for name in names for one in (name, WORK))


def shuffled(seed: str, steps: Mapping[str, Step]) -> Schedule:
    """The same for the same seed. Some devices are patient and some are not; work comes seldom,
    often, or when all is here."""
    chance = random.Random(seed)
    again, work = chance.choice((0.0, 0.2, 0.6)), chance.choice((0.0, 0.05, 0.3))
    names = [name for name, step in steps.items() if not isinstance(step, Stray)]
    names += [name for name in steps if chance.random() < again]
    chance.shuffle(names)
    if chance.random() < 0.3:  # a phone that comes into a network late sends the oldest last
        names.reverse()
    placed = (
        one for name in names for one in ((WORK, name) if chance.random() < work else (name,))
    )
    return _possible(placed, steps)


def _possible(names: Iterable[str], steps: Mapping[str, Step]) -> Schedule:
    """What cannot have happened yet waits for what it comes after."""
    done: list[str] = []
    early: list[str] = []
    for name in names:
        early.append(name)
        for one in list(early):
            if one == WORK or set(steps[one].after) <= {*done}:
                early.remove(one)
                done.append(one)
    return tuple(done)


def is_whole(schedule: Sequence[str], steps: Mapping[str, Step]) -> bool:
    """Whether every step is taken, and none before what it comes after."""
    demanded = {name for name, step in steps.items() if not isinstance(step, Stray)}
    return demanded <= {*schedule} and tuple(schedule) == _possible(schedule, steps)


def simpler(schedule: Schedule, steps: Mapping[str, Step]) -> Iterable[Schedule]:
    """Schedules with some steps less, many at first, or with two neighbours as the day had them."""
    size = len(schedule) // 2
    while size:
        for at in range(0, len(schedule), size):
            less = _possible(_less(schedule, at, at + size, steps), steps)
            if less != schedule and is_whole(less, steps):
                yield less
        size //= 2
    order = {name: at for at, name in enumerate(steps)}
    for at, (one, two) in enumerate(itertools.pairwise(schedule)):
        if WORK not in (one, two) and order[one] > order[two]:
            yield _possible((*schedule[:at], two, one, *schedule[at + 2 :]), steps)


def _less(schedule: Schedule, begin: int, end: int, steps: Mapping[str, Step]) -> Schedule:
    """Without the repeats in that part of it; what is there but once stays."""
    kept = list(schedule)
    for at in reversed(range(begin, min(end, len(schedule)))):
        name = kept[at]
        if name == WORK or isinstance(steps[name], Stray) or kept.count(name) > 1:
            del kept[at]
    return tuple(kept)
