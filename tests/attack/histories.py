"""A history: people who come and go, releases for two readers, and what those find out."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.disclosure import since
from service.disclosure.holdings import Measure, Shown, shown
from service.disclosure.rules import RULES, Audience, is_offered
from service.disclosure.safe_table import RawTable, SafeTable
from service.disclosure.since import TooClose
from service.disclosure.suppress import protect
from tests.attack.counted import FIGURES, Figure, count
from tests.attack.people import Moment, Village
from tests.attack.reading import RESTRICTED, Held, K, Leak, Tally, leaks
from tests.attack.solver import Told

Made = Mapping[str, Any]
READERS = (Audience.PUBLIC, Audience.PARTNER)
PLACES = ((), ("province",), ("province", "district"), ("province", "district", "commune"))
TIMES = ((), (), ("month",), ("quarter",), ("year",))


@dataclass(frozen=True, kw_only=True)
class Released:
    """A table as it stands in a release; `of`: the moment whose people are in it."""

    figure: Figure
    audience: Audience
    table: Made
    of: int


@dataclass
class History:
    """`refused`: tables that were not released because they stood too close to others."""

    seed: int
    moments: list[Moment] = field(default_factory=list)
    released: list[Released] = field(default_factory=list)
    refused: int = 0
    carried: int = 0


def happen(seed: int) -> History:
    """Some releases of a village, as the house makes them."""
    chance = random.Random(seed)
    village, history = Village(chance), History(seed)
    wanted = list(_breakdowns(chance))
    for number in range(chance.choice((2, 3, 3, 4))):
        if number:
            village.live_on()
        history.moments.append(village.moment)
        audience = chance.choice(READERS)
        offered = [
            (figure, by)
            for figure, by in wanted
            if is_offered(by, RULES[Audience.RESTRICTED if figure.restricted else audience])
        ]
        picked = chance.sample(offered, min(len(offered), chance.choice((1, 2, 3))))
        release(history, audience, picked)
    return history


def _breakdowns(chance: random.Random) -> Iterator[tuple[Figure, tuple[str, ...]]]:
    """What the releases of one history choose from: enough alike to share margins."""
    who = chance.sample(("sex", "age", "wg"), 2)
    place, time = chance.choice(PLACES), chance.choice(TIMES)
    figures = chance.sample(FIGURES, 2)
    for figure in figures:
        also = ("need",) if figure.by_need else ()
        for size in range(3):
            for some in itertools.combinations(who, size):
                for depth in dict.fromkeys((0, min(1, len(place)), len(place))):
                    for when in dict.fromkeys(((), time)):
                        yield figure, (*also, *place[:depth], *when, *some)


def release(
    history: History, audience: Audience, wanted: Sequence[tuple[Figure, tuple[str, ...]]]
) -> None:
    now = len(history.moments) - 1
    for figure, by in wanted:
        raw = count(figure, by, history.moments[now].people)
        earlier = [_shown(one) for one in history.released]
        try:
            found = settle(raw, audience, earlier, figure, now + 1)
        except TooClose:
            history.refused += 1
            continue
        if isinstance(found, Shown):
            history.carried += 1
            continue  # the older table stands once more: nobody learns anything new
        made = Released(figure=figure, audience=audience, table=found.as_dict(), of=now)
        history.released.append(made)


def settle(
    raw: RawTable, audience: Audience, earlier: Sequence[Shown], figure: Figure, now: int
) -> SafeTable | Shown:
    return since.settle(
        lambda orders: protect(raw, audience, also=orders), earlier, _measure(figure), now
    )


def _shown(one: Released) -> Shown:
    return shown(one.of + 1, one.table, _measure(one.figure))


def _measure(figure: Figure) -> Measure:
    return Measure(
        n=figure.n,
        each=figure.by_need or "",
        d=figure.d or "",
        within="assessed" if figure.restricted else "",
        overlapping=frozenset({"need"}),
        restricted=figure.restricted,
    )


def attack(history: History, tally: Tally) -> Iterator[Leak]:
    """Both readers, each with all that was released to them."""
    for reader in READERS:
        held = {
            at: Held(told=list(_told(history, reader, at)), people=moment.people)
            for at, moment in enumerate(history.moments)
        }
        yield from leaks(reader.value, held, tally)


def _told(history: History, reader: Audience, at: int) -> Iterator[Told]:
    for one in history.released:
        if one.of != at or (reader is Audience.PUBLIC and one.audience is Audience.PARTNER):
            continue
        # What partners read in public tables they know; what those hide may be theirs.
        is_theirs = one.audience is reader
        k = RESTRICTED if one.figure.restricted else K[reader.value]
        yield Told(figure=one.figure, table=one.table, k=k if is_theirs else 0)
