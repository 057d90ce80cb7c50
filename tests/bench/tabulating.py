"""Ten million facts, and how long tables over them take: on one database, in this process.

    PART=tables make bench                 FACTS=1000000 for a tenth; ONLY=sqlite or postgresql

The facts are made in the database by arithmetic: plausible in how many there are of each kind, in
how unevenly they fall on places and months, and in a third of visits to households known already.
"""

from __future__ import annotations

import datetime as dt
import resource
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Any

import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.disclosure.rules import Audience, canonical
from service.facts import codes, places
from service.facts import queries as facts
from service.facts.needs import NEED_KINDS
from service.foundation import clock, db
from service.foundation.db import Base
from service.foundation.prepared import InsertMany
from service.indicators import actions
from service.indicators.actions import following
from service.indicators.catalogue import INDICATORS, Count, breakdowns
from service.indicators.counting import Scope
from service.indicators.raw import Asked, table
from tests.integration.indicators.by_sql import BySql

PER_VISIT = 8.5
"""Facts: the household, two and a half people, five needs."""
BUDGET_S = 120.0
"""So long tables are protected; what was not reached is said."""
SEED = 20261128
ANY_FOUR = 24
DIMENSIONS = ("province", "need", "sex", "age", "wg", "victim", "device", "remoteness", "quarter")
_made = sa.Table(
    "bench_visits",
    sa.MetaData(),
    sa.Column("project_id", sa.Integer),
    sa.Column("submission_pk", sa.LargeBinary),
    sa.Column("n", sa.BigInteger),
    sa.Column("day", sa.String),
    sa.Column("adm1", sa.String),
    sa.Column("adm2", sa.String),
    sa.Column("adm3", sa.String),
    sa.Column("home", sa.String),
    sa.Column("submitter", sa.Integer),
)
_numbers = sa.Table(
    "bench_numbers", sa.MetaData(), sa.Column("o", sa.Integer), sa.Column("z", sa.Integer)
)


@dataclass
class Times:
    """Milliseconds by the clock and of CPU."""

    wall: list[float]
    cpu: list[float]

    def told(self) -> str:
        if not self.wall:
            return "none"
        wall, cpu = sorted(self.wall), sorted(self.cpu)
        at = min(len(wall) - 1, int(0.95 * len(wall)))
        return (
            f"median {statistics.median(wall):,.1f} ms, p95 {wall[at]:,.1f}, "
            f"worst {wall[-1]:,.1f} ({len(wall)} tables; "
            f"CPU median {statistics.median(cpu):,.1f}, p95 {cpu[at]:,.1f})"
        )


def measure(name: str, database: db.Database, project_id: int, wanted: int) -> None:
    """Prints what it finds."""
    begun = time.perf_counter()
    counts = fill(database, project_id, wanted)
    total = sum(counts.values())
    print(f"== {name}: {total:,} facts {counts} in {time.perf_counter() - begun:.0f} s", flush=True)
    db.use(database)
    wall, cpu = _now()
    with database.reading() as session, following.figures_of(session, project_id) as figures:
        store = figures.store
    print(
        f"read anew: {_now()[0] - wall:.1f} s by the clock, {_now()[1] - cpu:.1f} s of CPU of this "
        f"process; columns {store.bytes / 1e6:.0f} MB, {store.bytes / total:.1f} bytes a fact; "
        f"process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB",
        flush=True,
    )
    asked = list(_tables(project_id))
    print(
        f"cold, before protection: {_each(asked, _count(database, project_id)).told()}", flush=True
    )
    print(f"warm: {_each(asked, _count(database, project_id)).told()}", flush=True)
    after = Times([], [])
    for number, one in enumerate(asked):
        _arrive(database, project_id, number)
        _add(after, lambda one=one: _count(database, project_id)(one))
    print(f"after each new record: {after.told()}", flush=True)
    print(f"cubes {figures.bytes / 1e6:.0f} MB", flush=True)
    _protected(database, project_id)
    _by_sql(database, project_id)


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _add(times: Times, work: Callable[[], object]) -> None:
    wall, cpu = _now()
    work()
    times.wall.append(1000 * (_now()[0] - wall))
    times.cpu.append(1000 * (_now()[1] - cpu))


def _each(asked: list[Asked], work: Callable[[Asked], object]) -> Times:
    times = Times([], [])
    for one in asked:
        _add(times, lambda one=one: work(one))
    return times


def _count(database: db.Database, project_id: int) -> Callable[[Asked], object]:
    def count(asked: Asked) -> object:
        with (
            database.reading() as session,
            following.figures_of(session, project_id) as figures,
        ):
            return table(figures, asked)

    return count


def _tables(project_id: int) -> Iterator[Asked]:
    """All of the grid that partners are offered, and some of four dimensions that nobody is."""
    scope = Scope(project_id=project_id, as_of=clock.today())
    chance = Random(SEED)
    of_four = chance.sample(list(combinations(DIMENSIONS, 4)), ANY_FOUR)
    wanted = [
        (indicator, by)
        for indicator in INDICATORS.values()
        if indicator.numerator is not Count.VALID_SIGNATURE
        for by in breakdowns(indicator, Audience.PARTNER)
    ]
    wanted += [(INDICATORS["I12"], by) for by in of_four]
    for indicator, by in wanted:
        yield Asked(
            indicator=indicator,
            by=canonical(by),
            scope=scope,
            period=scope,
            units=None,
            now=clock.now(),
            counts="",
        )


def _protected(database: db.Database, project_id: int) -> None:
    """As partners get them, in the order of the grid, as long as there is time."""
    grid = [
        (one.id, by)
        for one in INDICATORS.values()
        for by in breakdowns(one, Audience.PARTNER)
        if one.numerator is not Count.VALID_SIGNATURE
    ]
    Random(SEED).shuffle(grid)
    times, slow, begun = Times([], []), [], time.perf_counter()
    for indicator, by in grid:
        if time.perf_counter() - begun > BUDGET_S:
            break

        def show(indicator: str = indicator, by: tuple[str, ...] = by) -> None:
            with database.reading() as session:
                actions.show(session, SYSTEM, project_id, indicator, by, Audience.PARTNER)

        _add(times, show)
        if times.wall[-1] > 1000:
            slow.append(f"{indicator} {'×'.join(by) or '-'} {times.wall[-1] / 1000:.1f} s")
    print(
        f"protected for partners (of {len(grid)}): {times.told()}; slow: {'; '.join(slow)}",
        flush=True,
    )


def _by_sql(database: db.Database, project_id: int) -> None:
    """The same counts grouped by the database, for comparison."""
    asked = [one for one in _tables(project_id) if one.by in ((), ("province", "need"))][-2:]
    with database.reading() as session:
        for one in asked:
            begun = time.perf_counter()
            table(BySql(session), one)
            print(
                f"by SQL: {one.indicator.id} {one.by}: {time.perf_counter() - begun:.1f} s",
                flush=True,
            )


def _arrive(database: db.Database, project_id: int, number: int) -> None:
    """One record more: that of another, told anew."""
    key = uuid.UUID(int=(number + 1) << 40)
    with database.unit_of_work() as session:
        connection = session.connection()
        for name in ("households", "persons", "needs"):
            one = Base.metadata.tables[name]
            theirs = (one.c.project_id == project_id, one.c.submission_pk == key)
            connection.execute(sa.update(one).where(*theirs).values(submitter_id=number))
        facts.note_changed(connection, [(project_id, key)])


# --- ten million facts --------------------------------------------------------------------------
def fill(database: db.Database, project_id: int, wanted: int) -> dict[str, int]:
    visits = int(wanted / PER_VISIT)
    with database.writer.connect() as connection:
        _without_keys(connection, database.is_sqlite)
        _made.create(connection)
        _numbers.create(connection)
        connection.execute(sa.insert(_numbers), [{"o": o, "z": 0} for o in range(4)])
        insert = InsertMany(_made)
        rows: list[dict[str, Any]] = []
        for row in _visits(project_id, visits):
            rows.append(row)
            if len(rows) == 20_000:
                insert.run(connection, rows)
                rows = []
        insert.run(connection, rows)
        connection.commit()
        for kind in ("households", "persons", "needs"):
            _without_keys(connection, database.is_sqlite)
            connection.execute(_insert(kind, database.is_sqlite))
            connection.commit()
        _made.drop(connection)
        _numbers.drop(connection)
        connection.commit()
    if not database.is_sqlite:
        with database.writer.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
    with database.reading() as session:
        counted = facts.count_facts(session.connection(), project_id)
    return {kind: n for kind, n in counted.items() if n}


def _without_keys(connection: sa.Connection, is_sqlite: bool) -> None:
    """Facts of records that were never sent."""
    if is_sqlite:
        connection.rollback()
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys = OFF")
    else:
        connection.exec_driver_sql("SET session_replication_role = replica")


def _visits(project_id: int, visits: int) -> Iterator[dict[str, Any]]:
    chance = Random(SEED)
    found = places.load()
    communes = [
        c for p in found.provinces() for d in found.children(p.code) for c in found.children(d.code)
    ]
    chance.shuffle(communes)
    first = dt.date(2022, 1, 1).toordinal()
    for n in range(1, visits + 1):
        commune = communes[int(len(communes) * chance.random() ** 2)].code
        home = n if n % 3 else chance.randrange(1, n + 1)
        yield {
            "project_id": project_id,
            "submission_pk": (n << 40).to_bytes(16, "big"),
            "n": n,
            "day": dt.date.fromordinal(first + int(1790 * chance.random() ** 0.7)).isoformat(),
            "adm1": commune[:2],
            "adm2": commune[:4],
            "adm3": commune,
            "home": f"{home * 0x9E3779B97F4A7C15 % 2**64:016x}",
            "submitter": 1 + n % 60,
        }


def _chance(salt: int, below: int, *more: Any) -> Any:
    """A number that looks like chance, of the visit and of `more`."""
    x: Any = _made.c.n * 64
    for at, one in enumerate(more):
        x = x + one * (7 + 9 * at)
    x = (x * 2654435761 + salt * 40503 * 65536) % 4294967296
    return sa.cast(x // 65536, sa.BigInteger) % below


def _one_of(chance: Any, values: list[str]) -> Any:
    return sa.case(dict(enumerate(values)), value=chance, else_=values[-1])


def _insert(kind: str, is_sqlite: bool) -> sa.Insert:
    target = Base.metadata.tables[kind]
    person, need = _numbers.alias("person"), _numbers.alias("need")
    key: Any = _made.c.submission_pk
    day: Any = sa.func.date(_made.c.day)
    if not is_sqlite:
        key = sa.cast(sa.func.encode(key, "hex"), sa.Uuid)
        day = sa.cast(_made.c.day, sa.Date)
    who = {
        "sex": _one_of(_chance(1, 40, person.c.o), ["female"] * 19 + ["male"] * 20 + ["unknown"]),
        "age_band": _one_of(
            _chance(2, 20, person.c.o),
            ["0004", "0511", "0511", "1217", "1217", *["1859"] * 11, *["60p"] * 3, "unk_adult"],
        ),
        "disability": _one_of(_chance(3, 10, person.c.o), ["yes"] * 3 + ["no"] * 6 + ["not_asked"]),
        "victim_type": _one_of(
            _chance(4, 10, person.c.o),
            ["not_victim"] * 6 + ["direct_injured", "direct_injured", "indirect_family", "unknown"],
        ),
        "device": _one_of(_chance(5, 6, person.c.o), list(codes.DEVICE)[:6]),
        "remoteness": _one_of(_chance(6, 5), ["r0", "r1", "r2", "r3", "r4"]),
        "household_key": _made.c.home,
    }
    values: dict[str, Any] = {
        "project_id": _made.c.project_id,
        "submission_pk": key,
        "happened_on": day,
        "month": sa.func.substr(_made.c.day, 1, 7),
        "adm1": _made.c.adm1,
        "adm2": _made.c.adm2,
        "adm3": _made.c.adm3,
        "adm4": _made.c.adm3,
        "submitter_id": _made.c.submitter,
        "stats": _chance(7, 50) > 0,
        "standing": _one_of(_chance(8, 20), ["rejected", *["approved"] * 12, "received"]),
        "scopes": sa.literal(0),
        "household_key": _made.c.home,
        "remoteness": sa.literal_column("'r1'"),
    }
    needs_of = _chance(9, 5, person.c.o)
    source: Any = _made
    if kind != "households":
        people = sa.and_(person.c.z == 0, person.c.o <= _chance(10, 4))
        source = sa.join(_made, person, people)
        values |= who | {"ordinal": person.c.o, "open_needs": needs_of}
    if kind == "needs":
        source = sa.join(source, need, sa.and_(need.c.z == 0, need.c.o < needs_of))
        code = (_chance(11, len(NEED_KINDS), person.c.o) + need.c.o * 11) % len(NEED_KINDS)
        values |= {
            "person_ordinal": person.c.o,
            "need_code": _one_of(code, list(NEED_KINDS)),
            "is_open": _chance(12, 5, person.c.o, need.c.o) > 0,
        }
    told = {c.name: values.get(c.name, _nothing(c)) for c in target.columns}
    told = {name: value for name, value in told.items() if value is not None}
    picked = [value.label(name) for name, value in told.items()]
    query = sa.select(*picked).select_from(source).order_by(_made.c.n)
    return sa.insert(target).from_select(list(told), query, include_defaults=False)


def _nothing(column: sa.Column[Any]) -> Any:
    """What a column that no figure reads has; None: the database's own default."""
    if column.nullable or column.server_default is not None:
        return None
    if isinstance(column.type, sa.Boolean):
        return sa.literal(False)
    if isinstance(column.type, sa.Integer):
        return sa.literal(0)
    if isinstance(column.type, sa.JSON):
        return sa.cast(sa.literal_column("'[]'"), column.type)
    return sa.literal_column("'not_asked'")
