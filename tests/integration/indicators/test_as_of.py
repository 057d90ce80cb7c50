"""What had come in by a past day: less what was taken back since, and for internal work alone."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.disclosure.rules import Audience
from service.disclosure.safe_table import SafeTable
from service.facts import queries as facts
from service.facts.tables import Person
from service.foundation import clock
from service.foundation.db import Database, reading, unit_of_work
from service.foundation.problems import Problem
from service.indicators import actions
from service.intake.tables import Submission
from tests.integration.indicators.test_cubes_equal_sql import NOW
from tests.integration.indicators.villages import Village

MARCH, APRIL = dt.date(2026, 3, 31), dt.date(2026, 4, 30)


@pytest.fixture
def village(database: Database) -> Iterator[Village]:
    """Two households in March, three more in April; what was told of is older."""
    with clock.frozen(NOW), unit_of_work() as session:
        found = Village(session)
        for _ in range(5):
            found.household({}, {}, happened_on=dt.date(2026, 2, 1))
        for number, key in enumerate(found.keys):
            came_at(found, key, dt.datetime(2026, 3 + (number > 1), 20, tzinfo=dt.UTC))
    with clock.frozen(NOW):
        yield found


def came_at(village: Village, key: uuid.UUID, at: dt.datetime) -> None:
    own = (Submission.project_id == village.project_id, Submission.submission_pk == key)
    village.session.execute(sa.update(Submission).where(*own).values(received_at=at))


def shown(
    village: Village, as_of: dt.date | None, audience: Audience = Audience.INTERNAL
) -> SafeTable:
    with reading() as session:
        return actions.show(
            session, SYSTEM, village.project_id, "I01", ("province",), audience, as_of=as_of
        )


def persons(village: Village, as_of: dt.date | None) -> int | None:
    found = shown(village, as_of).find(province="02")
    return found.n if found is not None else 0


def test_what_came_later_is_not_in_it(village: Village) -> None:
    assert [persons(village, day) for day in (dt.date(2026, 2, 28), MARCH, APRIL, None)] == [
        0, 4, 10, 10,
    ]  # fmt: skip
    assert shown(village, MARCH).as_dict()["came_by"] == "2026-03-31"
    assert "came_by" not in shown(village, None).as_dict()


def test_the_day_ends_at_midnight_in_cambodia(village: Village) -> None:
    late = dt.datetime(2026, 3, 31, 17, 0, tzinfo=dt.UTC)
    with unit_of_work() as session:
        village.session = session
        for key, at in zip(village.keys, (late, late - dt.timedelta(seconds=1)), strict=False):
            came_at(village, key, at)
    assert persons(village, MARCH) == 2


def test_what_was_taken_back_since_does_not_come_back(village: Village) -> None:
    assert persons(village, MARCH) == 4
    with unit_of_work() as session:
        facts.delete_facts(session.connection(), [(village.project_id, village.keys[0])])
        facts.deny(
            session.connection(), [(village.project_id, village.keys[1])], frozenset({"stats"})
        )
    assert persons(village, MARCH) == 0
    assert persons(village, APRIL) == 6


def test_an_edit_is_of_the_day_on_which_its_record_came_first(village: Village) -> None:
    """It tells anew what had come in; the day of the edit itself would take it away."""
    edit, first = village.keys[4], village.keys[0]
    with unit_of_work() as session:
        facts.delete_facts(session.connection(), [(village.project_id, first)])
        own = (Submission.project_id == village.project_id, Submission.submission_pk == edit)
        session.execute(sa.update(Submission).where(*own).values(record_pk=first))
        of_it = (Person.project_id == village.project_id, Person.submission_pk == edit)
        session.execute(sa.update(Person).where(*of_it).values(sex="male"))
        facts.note_changed(session.connection(), [(village.project_id, edit)])
    assert persons(village, MARCH) == 4


@pytest.mark.parametrize("audience", [Audience.PARTNER, Audience.PUBLIC])
def test_outside_there_is_no_past_but_that_of_releases(
    village: Village, audience: Audience
) -> None:
    """By when people were visited and by when their records came are two sums of the same people:
    between them stands whoever came late."""
    with pytest.raises(Problem) as refused:
        shown(village, MARCH, audience)
    assert refused.value.context["name"] == "as_of"


def test_no_day_to_come(village: Village) -> None:
    with pytest.raises(Problem):
        shown(village, NOW.date() + dt.timedelta(days=2))
