"""Whatever happens to facts, and in whatever order: tables counted from columns that follow them
are those that SQL groups from the facts themselves."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import hypothesis
import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from service.disclosure.rules import canonical
from service.disclosure.safe_table import RawTable
from service.facts import queries as facts
from service.facts.counting import Counting
from service.facts.kinds import Facts
from service.facts.tables import FactChange
from service.foundation import clock
from service.foundation.db import Database, current, reading, unit_of_work
from service.indicators import counting
from service.indicators.actions import following
from service.indicators.catalogue import INDICATORS, Count
from service.indicators.counting import PLENTY, Scope
from service.indicators.raw import Asked, table
from service.intake.tables import Submission
from tests.integration.facts.test_facts_rows import facts_of
from tests.integration.indicators.by_sql import BySql
from tests.integration.indicators.villages import Village

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)
DAYS = [dt.date(2025, 12, 31), *(dt.date(2026, month, 15) for month in (1, 2, 3, 5, 11))]
PLACES = ("020101", "020102", "020201", "120101", "unknown")
NEEDS = ("psy_peer", "reh_prosthesis", "sei_wash")
TABLES: list[tuple[str, tuple[str, ...]]] = [
    ("I01", ()),
    ("I01", ("sex", "age")),
    ("I01", ("month", "province")),
    ("I08", ("province", "quarter")),
    ("I11", ("commune", "wg")),
    ("I12", ("need", "province", "sex")),
    ("I12", ("need", "quarter")),
    ("I12", ("need", "province", "age", "month")),
    ("I12", ("victim", "remoteness", "device", "need")),
    ("I49", ("sex", "kind")),
    ("I49", ("district", "year")),
]
PERIODS = [
    (None, None, None),
    (dt.date(2026, 1, 20), dt.date(2026, 5, 15), None),
    (dt.date(2026, 2, 1), None, dt.date(2026, 11, 12)),
]
"""First and last day, and the day by which records must have come in."""


@dataclass
class World:
    """One project, its records, and whatever happens to them, decided by chance."""

    project_id: int
    keys: list[uuid.UUID]
    chance: random.Random
    told: dict[uuid.UUID, Facts] = field(default_factory=dict)
    today: dt.date = TODAY

    def any_key(self) -> uuid.UUID:
        return self.chance.choice(self.keys)

    def tell(self, key: uuid.UUID) -> Facts:
        """A record about one to three people, or a signature."""
        chance = self.chance
        name = "f3a_leader" if chance.random() < 0.2 else "f1_family_of_three"
        told = facts_of(self.project_id, key, name)
        day, until = chance.choice(DAYS), chance.choice((None, None, TODAY, dt.date(2026, 12, 1)))
        commune = chance.choice(PLACES)
        shared = {
            "happened_on": day,
            "month": f"{day:%Y-%m}",
            "adm1": commune[:2] if commune != "unknown" else "unknown",
            "adm2": commune[:4] if commune != "unknown" else "unknown",
            "adm3": commune,
            "stats": chance.random() < 0.85,
            "stats_until": until,
            "submitter_id": chance.choice((None, 1, 2)),
            "standing": "received",
        }
        home = {"household_key": chance.choice(("a" * 16, "b" * 16, f"{chance.randrange(6):016x}"))}
        most = chance.randrange(1, 4)
        people = []
        for one in told.persons[:most]:
            own = {
                "sex": chance.choice(("female", "male", "unknown")),
                "age_band": chance.choice(("0004", "1217", "1859", "60p", "unk_adult", "unknown")),
                "disability": chance.choice(("yes", "no", "not_asked")),
                "victim_type": chance.choice(("not_victim", "direct_injured")),
                "device": chance.choice(("not_asked", "landmine", "unknown")),
                "remoteness": chance.choice(("r0", "r2")),
            }
            wanted = chance.sample(NEEDS, chance.randrange(3))
            is_open = {code: chance.random() < 0.7 for code in wanted}
            needs = [
                msgspec.structs.replace(
                    told.needs[0],
                    **shared | home | own,
                    person_ordinal=one.ordinal,
                    need_code=code,
                    is_open=is_open[code],
                )
                for code in wanted
            ]
            person = msgspec.structs.replace(
                one, **shared | home | own, open_needs=sum(is_open.values())
            )
            people.append((person, needs))
        status = chance.choice(("valid", "valid", "minor", "no_mark"))
        return Facts(
            households=tuple(
                msgspec.structs.replace(one, **shared | home) for one in told.households
            ),
            persons=tuple(person for person, _ in people),
            needs=tuple(need for _, needs in people for need in needs),
            signatures=tuple(
                msgspec.structs.replace(one, **shared, line_status=status)
                for one in told.signatures
            ),
        )


def tell(world: World, session: Session) -> None:
    """A record arrives, or an edit takes its place."""
    for _ in range(world.chance.choice((1, 1, 4))):
        key = world.any_key()
        world.told[key] = world.tell(key)
        facts.replace_facts(session.connection(), [((world.project_id, key), world.told[key])])


def take_away(world: World, session: Session) -> None:
    key = world.any_key()
    world.told.pop(key, None)
    facts.delete_facts(session.connection(), [(world.project_id, key)])


def decide(world: World, session: Session) -> None:
    standing = world.chance.choice(("approved", "rejected", "received"))
    facts.set_standing(session.connection(), world.project_id, world.any_key(), standing)


def deny(world: World, session: Session) -> None:
    facts.deny(
        session.connection(), [(world.project_id, world.any_key())], frozenset({"store", "stats"})
    )


def end(world: World, session: Session) -> None:
    keys = [(world.project_id, world.any_key())]
    facts.end(session.connection(), keys, world.chance.choice((TODAY, dt.date(2026, 6, 1))))


def keep_counted(world: World, session: Session) -> None:
    facts.keep_counted(session.connection(), world.project_id, [world.any_key()], world.today)


def choose(world: World, session: Session) -> None:
    chosen = world.chance.choice((Counting.APPROVED_ONLY, Counting.ALL_BUT_REJECTED))
    facts.put_policy(session, world.project_id, chosen, NOW, None)


def rebuild(world: World, session: Session) -> None:
    facts.delete_project_facts(session.connection(), world.project_id)
    facts.insert_facts(session.connection(), world.told.values())


def pass_days(world: World, _session: Session) -> None:
    """Consents end by themselves."""
    world.today += dt.timedelta(days=world.chance.choice((1, 10)))


HAPPENINGS: list[Callable[[World, Session], None]] = [
    tell, tell, tell, take_away, decide, decide, deny, end, keep_counted, choose, rebuild,
    pass_days,
]  # fmt: skip


def differs(world: World, session: Session, indicator: str, by: tuple[str, ...]) -> str | None:
    """Where the table from columns is not the one by SQL; None if they are equal."""
    approved_only = facts.find_policy(session, world.project_id).counting is Counting.APPROVED_ONLY
    for start, end_, came_by in PERIODS:
        scope = Scope(
            project_id=world.project_id,
            as_of=world.today,
            start=start,
            end=end_,
            received_by=came_by,
            approved_only=approved_only,
        )
        asked = Asked(
            indicator=INDICATORS[indicator],
            by=canonical(by),
            scope=scope,
            period=scope,
            units=None,
            now=NOW,
            counts="",
        )
        with following.figures_of(session, world.project_id) as figures:
            counted, months = table(figures, asked), figures.months(scope, Count.ASSESSED)
        grouped = table(BySql(session), asked)
        if counted != grouped:
            return f"{indicator} {by} {start}: {_parts(counted, grouped)}"
        if months != BySql(session).months(scope, Count.ASSESSED):
            return f"months of {start}"
    return None


def _parts(one: RawTable, other: RawTable) -> list[str]:
    found = []
    for name in ("cells", "base"):
        ours, theirs = getattr(one, name) or {}, getattr(other, name) or {}
        keys = sorted({*ours, *theirs}, key=str)
        differing = [key for key in keys if ours.get(key) != theirs.get(key)]
        found += [f"{name} {key}: {ours.get(key)}, not {theirs.get(key)}" for key in differing]
    names = ("period", "refused_stats", "sources", "minors")
    found += [name for name in names if getattr(one, name) != getattr(other, name)]
    return found


@pytest.fixture
def worlds(database: Database) -> Iterator[Callable[[int], World]]:
    numbers = itertools.count(1)

    def make(seed: int) -> World:
        with unit_of_work() as session:
            village = Village(session, f"Project {next(numbers)}")
            keys = [village.arrive()["submission_pk"] for _ in range(12)]
            for number, key in enumerate(keys):
                # Until an hour after midnight in Cambodia, from the 9th on.
                came_at = dt.datetime(2026, 11, 8 + number // 2, 17 + number % 2, tzinfo=dt.UTC)
                own = (Submission.project_id == village.project_id, Submission.submission_pk == key)
                session.execute(sa.update(Submission).where(*own).values(received_at=came_at))
        return World(project_id=village.project_id, keys=keys, chance=random.Random(seed))

    with clock.frozen(NOW):
        yield make


@hypothesis.settings(
    max_examples=int(os.environ.get("HAPPENINGS", "3")),
    phases=[hypothesis.Phase.generate],  # a smaller example would take minutes to find
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
    deadline=None,
)
@hypothesis.given(
    seed=st.integers(0, 2**32),
    happenings=st.lists(st.sampled_from(HAPPENINGS), min_size=6, max_size=30),
)
def test_whatever_happens_tables_are_those_of_sql(
    worlds: Callable[[int], World],
    seed: int,
    happenings: list[Callable[[World, Session], None]],
) -> None:
    world = worlds(seed)
    for number, happens in enumerate((tell, tell, *happenings)):
        with unit_of_work() as session:
            happens(world, session)
            if number % 5 == 0:  # what is not committed yet is counted for whoever did it
                assert differs(world, session, *world.chance.choice(TABLES)) is None
        with reading() as session:
            assert differs(world, session, *world.chance.choice(TABLES)) is None
    with reading() as session:
        for indicator, by in TABLES:
            assert differs(world, session, indicator, by) is None


def test_what_is_taken_back_by_a_rollback_was_never_counted(
    worlds: Callable[[int], World],
) -> None:
    world = worlds(5)
    for _ in range(3):
        with unit_of_work() as session:
            tell(world, session)

    def be_interrupted() -> None:
        with unit_of_work() as session:
            tell(world, session)
            assert differs(world, session, "I12", ("need", "province", "sex")) is None
            raise InterruptedError

    with pytest.raises(InterruptedError):
        be_interrupted()
    with unit_of_work() as session:
        tell(world, session)
    with reading() as session:
        assert differs(world, session, "I12", ("need", "province", "sex")) is None


def test_a_household_visited_in_two_months_of_a_quarter_is_one(database: Database) -> None:
    """Households of months do not add up to those of their quarter."""
    with clock.frozen(NOW), unit_of_work() as session:
        village = Village(session)
        for month in (1, 2):
            village.household({}, {}, home="a" * 16, happened_on=dt.date(2026, month, 5))
        scope = Scope(project_id=village.project_id, as_of=TODAY)
        with following.figures_of(session, village.project_id) as figures:
            visits = figures.visits(scope)
            [group] = figures.group(scope, Count.ASSESSED, ("quarter",), visits).groups
    assert (group.codes, group.persons, group.households, group.people) == (("2026-Q1",), 4, 1, 2)


def test_one_household_visited_often_makes_no_group_plenty(database: Database) -> None:
    """Groups are told apart where so many visits may be to few, and only there."""
    with clock.frozen(NOW), unit_of_work() as session:
        village = Village(session)
        for _ in range(3 * PLENTY):
            village.household({}, home="a" * 16)
        for _ in range(4 * PLENTY):
            village.household({}, province="12")
        scope = Scope(project_id=village.project_id, as_of=TODAY)
        with following.figures_of(session, village.project_id) as figures:
            visits = figures.visits(scope)
            found = figures.group(scope, Count.ASSESSED, ("province",), visits).groups
    assert visits.of_plenty == 3 * PLENTY + PLENTY - 1
    assert {group.codes: (group.persons, group.households) for group in found} == {
        ("02",): (3 * PLENTY, 1),
        ("12",): (4 * PLENTY, 4 * PLENTY),
    }


def test_many_more_codes_than_before_find_their_place(worlds: Callable[[int], World]) -> None:
    """A cube has room for some; then it is made anew."""
    world = worlds(3)
    with unit_of_work() as session:
        tell(world, session)
    with reading() as session:
        assert differs(world, session, "I01", ("commune", "month")) is None
    for key in world.keys:
        told = world.tell(key)
        number = world.keys.index(key)
        moved = {"adm1": f"{number:02}", "adm2": f"{number:02}01", "adm3": f"{number:02}0101"}
        with unit_of_work() as session:
            again = Facts(
                **{
                    kind: tuple(
                        msgspec.structs.replace(one, **moved) for one in getattr(told, kind)
                    )
                    for kind in ("households", "persons", "needs", "signatures")
                }
            )
            facts.replace_facts(session.connection(), [((world.project_id, key), again)])
        with reading() as session:
            assert differs(world, session, "I01", ("commune", "month")) is None


def test_columns_go_where_nobody_asks_for_an_hour(worlds: Callable[[int], World]) -> None:
    one, other = worlds(1), worlds(2)

    def look(world: World) -> int:
        with reading() as session, following.figures_of(session, world.project_id) as figures:
            return id(figures)

    first = look(one)
    assert look(one) == first
    assert look(other) != first
    with clock.frozen(NOW + dt.timedelta(minutes=59)):
        look(other)
    held = following._held[current()]
    assert held[one.project_id].figures is not None
    with clock.frozen(NOW + dt.timedelta(minutes=61)):
        look(other)
    assert held[one.project_id].figures is None
    assert held[other.project_id].figures is not None


def test_who_has_not_followed_for_a_day_reads_anew(worlds: Callable[[int], World]) -> None:
    """What changed since may not be told any more."""
    world = worlds(4)
    with unit_of_work() as session:
        tell(world, session)
    with reading() as session:
        assert differs(world, session, "I01", ()) is None
    with unit_of_work() as session:
        tell(world, session)
        session.execute(sa.delete(FactChange))
    with clock.frozen(NOW + dt.timedelta(hours=25)), reading() as session:
        assert differs(world, session, "I01", ()) is None


def test_cubes_go_when_they_are_too_many(
    worlds: Callable[[int], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds(11)
    monkeypatch.setattr(counting, "MOST_BYTES", 10)
    with unit_of_work() as session:
        for _ in range(6):
            tell(world, session)
    with reading() as session:
        for indicator, by in TABLES:
            assert differs(world, session, indicator, by) is None
        with following.figures_of(session, world.project_id) as figures:
            assert len(figures._cubes) == 1
