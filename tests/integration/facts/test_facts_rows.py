"""Facts in the database: replaced whole, rebuilt the same, described alike everywhere."""

from __future__ import annotations

import dataclasses
import uuid

import msgspec
import pytest
import sqlalchemy as sa

from service.facts import actions, queries, tables
from service.facts.kinds import Facts
from service.facts.plan import plan_for
from service.facts.projection import Context, project
from service.foundation.db import Database, reading, unit_of_work
from service.intake.instance import Instance
from service.intake.tables import State
from tests import factories
from tests.golden import reference_forms
from tests.integration.facts.stored import (
    RECEIVED_AT,
    golden_answers,
    insert_submission,
    reference_form_pk,
)

FAMILY_SHA256 = "af4bfe945eeea9412fbe8bd01394d4f869dc61aa0a9c56821922c601668f89d3"
"""Of the family of three under key 1 in project 1: the same on every database and machine."""


def facts_of(project_id: int, key: uuid.UUID, name: str = "f1_family_of_three") -> Facts:
    form_id = "treaty_signature" if name.startswith("f3a") else "needs_assessment"
    instance = Instance(
        form_id=form_id, version="1", instance_id="uuid:1", answers=golden_answers(name)
    )
    context = Context(
        project_id=project_id, submission_pk=key, submitter_id=5, received_at=RECEIVED_AT
    )
    return project(instance, plan_for(reference_forms.schema(form_id)), context)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    project_id: int
    form_pk: int
    keys: list[uuid.UUID]


@pytest.fixture
def place(database: Database) -> Place:
    """A project with three submissions of F1 and nothing computed yet."""
    with unit_of_work() as session:
        project_id = factories.a_project(session).id
        form_pk = reference_form_pk(session, project_id, "needs_assessment")
        names = ("f1_family_of_three", "f1_unknown_refused_not_asked", "f1_refusal")
        keys = [
            insert_submission(session, project_id, form_pk, golden_answers(name), number=number)
            for number, name in enumerate(names, start=1)
        ]
    return Place(project_id=project_id, form_pk=form_pk, keys=keys)


def counts(place: Place) -> dict[str, int]:
    with reading() as session:
        counted = queries.count_facts(session.connection(), place.project_id)
    return {kind: number for kind, number in counted.items() if number}


def described(place: Place) -> actions.Rebuilt:
    with reading() as session:
        return actions.describe(session, place.project_id)


def test_writing_facts_twice_is_writing_them_once(place: Place) -> None:
    batch = [((place.project_id, key), facts_of(place.project_id, key)) for key in place.keys[:2]]
    for _ in range(2):
        with unit_of_work() as session:
            queries.replace_facts(session.connection(), batch)
    assert counts(place) == {
        "households": 2, "consents": 2, "persons": 6, "needs": 6, "incidents": 4,
        "rights_issues": 4,
    }  # fmt: skip


def test_replacing_one_submission_leaves_the_others(place: Place) -> None:
    first, second = place.keys[:2]
    with unit_of_work() as session:
        connection = session.connection()
        batch = [((place.project_id, k), facts_of(place.project_id, k)) for k in (first, second)]
        queries.replace_facts(connection, batch)
        queries.replace_facts(connection, [((place.project_id, first), Facts())])
    assert counts(place)["persons"] == 3


def test_rows_come_back_as_they_were_computed(place: Place) -> None:
    key = place.keys[0]
    facts = facts_of(place.project_id, key)
    with unit_of_work() as session:
        queries.insert_facts(session.connection(), [facts])
        people = session.scalars(sa.select(tables.Person).order_by(tables.Person.ordinal)).all()
        need = session.scalars(sa.select(tables.Need)).first()
        first = sa.select(tables.Incident).order_by(tables.Incident.ordinal)
        incidents = session.scalars(first).all()
    assert [p.age_years for p in people] == [58, 52, 4]
    assert people[0].disability_card == "applied"
    assert next(i.injuries for i in incidents) == ["amp_leg_below_knee", "fragments_retained"]
    assert people[0].submission_pk == key
    assert people[0].stats is True
    assert need is not None
    assert need.is_open is True


def test_canonical_rows_are_in_key_order_whatever_the_order_of_writing(place: Place) -> None:
    def written(keys: list[uuid.UUID]) -> list[object]:
        with unit_of_work() as session:
            connection = session.connection()
            queries.delete_project_facts(connection, place.project_id)
            for key in keys:
                facts = facts_of(place.project_id, key)
                turned = msgspec.structs.replace(facts, needs=tuple(reversed(facts.needs)))
                queries.insert_facts(connection, [turned])
            return list(queries.canonical_rows(connection, place.project_id))

    rows = written(place.keys[:2])
    assert rows == written(place.keys[1::-1])
    needs = [row for name, row in rows if name == "needs"]  # type: ignore[misc]
    order = [(n["submission_pk"], n["person_ordinal"], n["need_code"]) for n in needs]
    assert order == sorted(order)


def test_checksum_is_the_same_on_every_database_and_machine(place: Place) -> None:
    assert place.project_id == 1
    with unit_of_work() as session:
        connection = session.connection()
        queries.insert_facts(connection, [facts_of(1, place.keys[0])])
        assert queries.checksum(queries.canonical_rows(connection, 1)) == FAMILY_SHA256


def test_checksum_sees_every_change(place: Place) -> None:
    key = place.keys[0]
    facts = facts_of(place.project_id, key)
    with unit_of_work() as session:
        queries.insert_facts(session.connection(), [facts])
    before = described(place).sha256
    with unit_of_work() as session:
        session.execute(sa.update(tables.Person).values(wg_max=4))
    assert described(place).sha256 != before


def test_live_facts_and_rebuilt_facts_have_one_checksum(place: Place) -> None:
    actions.project_received(place.project_id, place.keys)
    live = described(place)
    assert {kind: n for kind, n in live.counts.items() if n} == {
        "households": 2, "consents": 3, "persons": 4, "needs": 4, "incidents": 2,
        "rights_issues": 2,
    }  # fmt: skip
    for _ in range(2):
        with unit_of_work() as session:
            assert actions.rebuild(session, place.project_id) == live


def test_rebuild_forgets_what_no_longer_counts(place: Place) -> None:
    actions.project_received(place.project_id, place.keys)
    with unit_of_work() as session:
        key = place.keys[0]
        orphan = insert_submission(
            session, place.project_id, place.form_pk, {}, number=9, state=State.SUPERSEDED
        )
        left_behind = msgspec.structs.replace(facts_of(place.project_id, orphan), needs=())
        queries.insert_facts(session.connection(), [left_behind])
        queries.delete_facts(session.connection(), [(place.project_id, key)])
    with unit_of_work() as session:
        actions.rebuild(session, place.project_id)
    assert counts(place)["persons"] == 4
    with reading() as session:
        found = set(session.scalars(sa.select(tables.Person.submission_pk)))
    assert found == set(place.keys[:2])


def test_facts_of_a_submission_are_found_by_key_not_by_scanning(database: Database) -> None:
    """Every projection deletes before it writes: a scan would make each cost more than the last."""
    for table in queries.TABLES.values():
        assert [column.name for column in table.primary_key.columns][:2] == [
            "project_id",
            "submission_pk",
        ]
        if database.is_sqlite:
            query = f"DELETE FROM {table.name} WHERE project_id = 1 AND submission_pk = x'00'"
            with database.writer.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
            assert all(step[3].startswith("SEARCH") for step in plan), (table.name, plan)


def test_other_projects_are_left_alone(place: Place) -> None:
    actions.project_received(place.project_id, place.keys)
    with unit_of_work() as session:
        other = factories.a_project(session, "Pailin").id
        queries.delete_project_facts(session.connection(), other)
    assert counts(place)["persons"] == 4


def test_signatures_are_stored_without_names(place: Place) -> None:
    facts = facts_of(place.project_id, place.keys[0], "f3a_leader")
    with unit_of_work() as session:
        queries.insert_facts(session.connection(), [facts])
    with reading() as session:
        rows = list(queries.canonical_rows(session.connection(), place.project_id))
    assert [name for name, _ in rows] == ["consents", "signatures"]
    assert "សុខា" not in str(rows)
