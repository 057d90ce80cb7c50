"""How long tables take to be counted and protected, without a database: columns filled by chance.

    FACTS=1000000 .venv/bin/python -m tests.bench.protecting [audience] [wide]

Every table of the grid, warm; with "wide", the four-way tables alone. Facts are those of
`tabulating`: a visit, two and a half people, five needs, unevenly by commune and day.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from random import Random
from typing import Any, cast

from sqlalchemy.orm import Session

from service.disclosure.hiding import Orders
from service.disclosure.periods import Unit
from service.disclosure.rules import PLACES, TIMES, Audience
from service.disclosure.safe_table import RawTable, SafeTable
from service.facts import codes, places
from service.facts.needs import NEED_KINDS
from service.foundation import clock
from service.indicators.actions.beside import Making
from service.indicators.catalogue import INDICATORS, Count, Indicator, breakdowns
from service.indicators.columns import SEPARATOR, Kind, Row, Store, names_of
from service.indicators.counting import Figures, Scope
from service.indicators.layout import LAYOUT
from service.indicators.queries.selecting import _GAPS
from service.indicators.raw import Asked, table
from tests.bench.millions import SEED
from tests.bench.tabulating import Times, _add

FACTS = int(os.environ.get("FACTS", "1000000"))
PER_VISIT = 8.5
"""Facts: the household, two and a half people, five needs."""
AT_ONCE = 20_000
SLOW_MS = 250
_SEX = ["female"] * 19 + ["male"] * 20 + ["unknown"]
_AGE = ["0004", "0511", "0511", "1217", "1217", *["1859"] * 11, *["60p"] * 3, "unk_adult"]
_WG = ["yes"] * 3 + ["no"] * 6 + ["not_asked"]
_VICTIM = ["not_victim"] * 6 + ["direct_injured", "direct_injured", "indirect_family", "unknown"]


def store(wanted: int) -> Store:
    """About so many facts."""
    found, kept = Store(), {kind: list[Row]() for kind in Kind}
    for kind, row in _rows(int(wanted / PER_VISIT)):
        kept[kind].append(row)
        if len(kept[kind]) >= AT_ONCE:
            found.add(kind, kept[kind], is_late=False)
            kept[kind] = []
    for kind, rows in kept.items():
        if rows:
            found.add(kind, rows, is_late=False)
    found.close()
    return found


def _rows(visits: int) -> Iterator[tuple[Kind, Row]]:
    chance = Random(SEED)
    found = places.load()
    communes = [
        c for p in found.provinces() for d in found.children(p.code) for c in found.children(d.code)
    ]
    chance.shuffle(communes)
    needs, devices = list(NEED_KINDS), list(codes.DEVICE)[:6]
    first = dt.date(2022, 1, 1).toordinal()
    for n in range(1, visits + 1):
        commune = communes[int(len(communes) * chance.random() ** 2)].code
        place = SEPARATOR.join((commune[:2], commune[:4], commune))
        day = dt.date.fromordinal(first + int(1790 * chance.random() ** 0.7)).isoformat()
        home = f"{(n if n % 3 else chance.randrange(1, n + 1)) * 0x9E3779B97F4A7C15 % 2**64:016x}"
        key, terms, submitter = (n << 40).to_bytes(16, "big"), "approved|yes|", 1 + n % 60
        remote = chance.choice(("r0", "r1", "r2", "r3"))
        shared = {"place": place, "day": day, "terms": terms, "home": home, "submitter": submitter}
        identity, late = chance.choice(("yes", "yes", "no", "unknown")), str(chance.randrange(20))
        visit = {"first": True, "what": commune + "01", "papers": identity, "late": late}
        yield Kind.VISIT, _row(Kind.VISIT, key, shared | visit)
        for person in range(1 + chance.randrange(4)):
            who = (
                chance.choice(_SEX), chance.choice(_AGE), chance.choice(_WG),
                chance.choice(_VICTIM), chance.choice(devices), remote,
            )  # fmt: skip
            theirs = chance.sample(needs, chance.randrange(5))
            is_first, of_open = person == 0, [n for n in theirs if chance.random() < 0.8]
            shared |= {"first": is_first, "who": SEPARATOR.join(who)}
            yield Kind.PERSON, _row(Kind.PERSON, key, shared | dict(_told(chance, of_open)))
            for need in theirs:
                told = {
                    "what": f"{need}{SEPARATOR}{'open' if need in of_open else ''}",
                    "course": chance.choice(("", "yes")),
                    "due": f"{chance.choice(('p1', 'p2', 'p3'))}{SEPARATOR}{day}",
                    "served": "",
                    "met": str(chance.randrange(400)) if chance.random() < 0.1 else "",
                }
                yield Kind.NEED, _row(Kind.NEED, key, shared | told)


def _row(kind: Kind, key: bytes, told: dict[str, Any]) -> Row:
    return (key, *(told[name] for name in names_of(kind)))


def _told(chance: Random, needs: list[str]) -> Iterator[tuple[str, str]]:
    """The columns of a person beside who it is."""
    answers = ("yes", "yes", "no", "unknown")
    gaps = {name: "yes" if set(codes_) & set(needs) else "" for name, codes_ in _GAPS.items()}
    for column, fields in LAYOUT[Kind.PERSON].items():
        if column == "what":
            yield column, SEPARATOR.join(("open" if needs else "", str(len(needs))))
        elif column == "gaps":
            said = (gaps.get(field, chance.choice(("yes", ""))) for field in fields)
            yield column, SEPARATOR.join(said)
        elif column != "who":
            yield column, SEPARATOR.join(chance.choice(answers) for _ in fields)


def _counted(
    figures: Figures,
    _session: Session,
    indicator: Indicator,
    by: tuple[str, ...],
    scope: Scope,
    period: Scope,
    units: Sequence[Unit] | None = None,
) -> RawTable:
    asked = Asked(
        indicator=indicator, by=by, scope=scope, period=period, units=units, now=clock.now(),
        counts="",
    )  # fmt: skip
    return table(figures, asked)


def _protected(
    made: Making, indicator: Indicator, raw: RawTable, by: tuple[str, ...], audience: Audience
) -> SafeTable:
    """As a page does it: beside what else must be settled for it."""
    return made.protecting(indicator, raw, by, audience)(Orders())


def dimensions(by: tuple[str, ...]) -> int:
    """Places are one, and times."""
    others = [name for name in by if name not in {*PLACES, *TIMES}]
    return len(others) + bool(set(by) & set(PLACES)) + bool(set(by) & set(TIMES))


def main(audience: Audience, *, wide: bool) -> None:
    begun = time.perf_counter()
    figures = Figures(store(FACTS))
    print(f"{FACTS:,} facts in {time.perf_counter() - begun:.0f} s", flush=True)
    counted, protected, again = (Times([], []) for _ in range(3))
    scope = Scope(project_id=1, as_of=clock.today())
    made = Making(cast(Session, None), scope, scope, None, partial(_counted, figures))
    for indicator in INDICATORS.values():
        if indicator.numerator is Count.VALID_SIGNATURE:
            continue
        for by in breakdowns(indicator, audience):
            if wide and dimensions(by) < 4:
                continue
            scope = Scope(project_id=1, as_of=clock.today())
            raw = made.table(indicator, by)
            protecting = partial(_protected, made, indicator, raw, by, audience)
            _add(counted, partial(made.table, indicator, by))
            _add(protected, protecting)
            _add(again, protecting)
            if wide or counted.cpu[-1] + protected.cpu[-1] > SLOW_MS:
                safe = protecting()  # what was decided is remembered
                hidden = sum(row.hidden for row in (*safe.cells, *safe.totals))
                print(
                    f"{indicator.id} {'×'.join(by)}: {len(raw.cells):,} cells, counted "
                    f"{counted.cpu[-1]:,.0f} ms of CPU, protected {protected.cpu[-1]:,.0f}; "
                    f"as {'×'.join(safe.by) or '-'}, {hidden:,} hidden of "
                    f"{len(safe.cells) + len(safe.totals):,}",
                    flush=True,
                )
    print(f"counted: {counted.told()}\nprotected: {protected.told()}\nagain: {again.told()}")


if __name__ == "__main__":
    main(Audience((sys.argv[1:] or ["partner"])[0]), wide="wide" in sys.argv)
