"""Whoever changes facts says whose: readers that follow them look again at those, and no others."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from service.facts import queries
from service.facts.tables import FactChange
from service.foundation import clock
from service.foundation.db import Database, of_one_moment, reading, unit_of_work
from service.intake.tables import State, Submission
from tests.integration.facts.test_facts_rows import facts_of
from tests.integration.indicators.villages import Village

Write = Callable[[sa.Connection, int, uuid.UUID], object]
TODAY = dt.date(2026, 11, 24)
WRITERS: dict[str, Write] = {
    "insert": lambda c, p, key: queries.insert_facts(c, [facts_of(p, key)]),
    "replace": lambda c, p, key: queries.replace_facts(c, [((p, key), facts_of(p, key))]),
    "delete": lambda c, p, key: queries.delete_facts(c, [(p, key)]),
    "standing": lambda c, p, key: queries.set_standing(c, p, key, "approved"),
    "deny": lambda c, p, key: queries.deny(c, [(p, key)], frozenset({"stats"})),
    "end": lambda c, p, key: queries.end(c, [(p, key)], TODAY),
    "keep": lambda c, p, key: queries.keep_counted(c, p, [key], TODAY),
}
OF_ALL: dict[str, Write] = {
    "ended": lambda c, p, _key: queries.delete_ended(c, p, dt.date(2099, 1, 1)),
    "rebuild": lambda c, p, _key: queries.delete_project_facts(c, p),
    "uncounted": lambda c, p, _key: queries.delete_uncounted(c, p),
}


def mark() -> str:
    with reading() as session:
        return queries.mark_now(of_one_moment(session))


def changed_since(project_id: int, before: str) -> queries.Changed:
    with reading() as session:
        return queries.changed_since(session.connection(), project_id, before)


@pytest.fixture
def place(database: Database) -> tuple[int, list[uuid.UUID]]:
    with unit_of_work() as session:
        village = Village(session)
        return village.project_id, [village.arrive()["submission_pk"] for _ in range(2)]


@pytest.mark.parametrize("name", WRITERS)
def test_whose_facts_were_changed_is_told(place: tuple[int, list[uuid.UUID]], name: str) -> None:
    project_id, [key, _] = place
    before = mark()
    with unit_of_work() as session:
        WRITERS[name](session.connection(), project_id, key)
    changed = changed_since(project_id, before)
    assert (changed.keys, changed.is_all) == ({key}, False)
    assert not changed_since(project_id, mark()).keys


@pytest.mark.parametrize("name", OF_ALL)
def test_that_all_may_have_changed_is_told(place: tuple[int, list[uuid.UUID]], name: str) -> None:
    project_id, [key, _] = place
    with unit_of_work() as session:
        queries.insert_facts(session.connection(), [facts_of(project_id, key)])
        queries.end(session.connection(), [(project_id, key)], TODAY)
        session.execute(sa.update(Submission).values(state=State.EXPIRED))
    before = mark()
    with unit_of_work() as session:
        OF_ALL[name](session.connection(), project_id, key)
    assert changed_since(project_id, before).is_all


def test_what_is_not_committed_is_told_to_whoever_wrote_it_alone(
    place: tuple[int, list[uuid.UUID]],
) -> None:
    project_id, [key, _] = place
    before = mark()
    with unit_of_work() as session:
        connection = session.connection()
        assert not queries.has_changed_itself(connection, project_id, before)
        queries.delete_facts(connection, [(project_id, key)])
        assert queries.has_changed_itself(connection, project_id, before)
        assert queries.changed_since(connection, project_id, before).keys == {key}
        assert not changed_since(project_id, before).keys
        assert not queries.has_changed_itself(connection, project_id + 1, before)


def test_changes_are_kept_for_two_days(place: tuple[int, list[uuid.UUID]]) -> None:
    project_id, keys = place
    with unit_of_work() as session:
        session.execute(sa.delete(FactChange))
    now = clock.now()
    for days, key in zip((3, 1), keys, strict=True):
        with clock.frozen(now - dt.timedelta(days=days)), unit_of_work() as session:
            queries.note_changed(session.connection(), [(project_id, key)])
    with unit_of_work() as session:
        queries.forget_changes(session, project_id)
    with reading() as session:
        assert session.scalars(sa.select(FactChange.submission_pk)).all() == [keys[1]]
