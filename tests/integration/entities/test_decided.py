"""What people decided holds for what they saw: imports undone, records approved."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from service import jobs
from service.accounts.actor import SYSTEM, Actor, Role, Scope
from service.entities import actions
from service.entities.actions import applying
from service.entities.queries import arrivals
from service.entities.table_file import RowFault
from service.entities.tables import Outcome
from service.forms import queries as forms
from service.forms.entity_lists import Telling
from service.foundation import clock, keys
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import ENTITY_MASKED, IMPORT_MOVED, REVIEW_OUTDATED, Problem
from service.review.actions import deciding
from service.review.queries import records
from service.review.states import ReviewState
from tests.conftest import drain
from tests.entity_forms import a_record, a_uuid
from tests.integration.entities.conftest import Field

BRANCH = "6f9c5a7e-3f2b-4c11-9a57-0d6e656e6701"


def bring(field: Field, *rows: str) -> uuid.UUID:
    data = "\n".join(["__id,label,age", *rows]).encode()
    with unit_of_work() as session:
        done = actions.import_file(session, SYSTEM, field.project_id, "people", data)
    assert done.import_pk is not None
    return done.import_pk


def undo(field: Field, import_pk: uuid.UUID) -> tuple[int, int]:
    with unit_of_work() as session:
        told = actions.undo_import(session, SYSTEM, field.project_id, "people", import_pk)
    return told.undone, told.left


def made(field: Field, count: int) -> list[str]:
    given = [actions.given(None, f"ផ្ទះ {n}", {"age": "1"}) for n in range(count)]
    with unit_of_work() as session:
        actions.create(session, SYSTEM, field.project_id, "people", given)
    return [str(one.entity_id) for one in given]


def test_what_waited_for_the_version_that_an_undoing_makes_is_tried_again(field: Field) -> None:
    [one] = made(field, 1)
    import_pk = bring(field, f"{one},ផ្ទះ,2")
    field.send(a_record(one, {"village": "ព្រែក"}, update="1", baseVersion="3"))
    assert [each.fault for each in field.open()] == ["no_such_version"]
    assert undo(field, import_pk) == (1, 0)
    drain(field.app)
    assert field.open() == []
    number, values, _ = field.state(one)
    assert (number, values["age"], values["village"]) == (4, "1", "ព្រែក")


def test_a_file_read_before_a_visit_does_not_undo_what_the_visit_found(field: Field) -> None:
    [one, two] = made(field, 2)
    for each in (one, two):
        field.send(a_record(each, {"age": "99"}, update="1", baseVersion="1"))
    data = f"__id,label,age,__version\n{one},ផ្ទះ ថ្មី,1,1\n{two},ផ្ទះ 1,5,1\n".encode()
    with unit_of_work() as session:
        done = actions.import_file(session, SYSTEM, field.project_id, "people", data)
    assert (done.changed, done.same) == (2, 0)
    number, values, conflict = field.state(one)
    assert (number, values["label"], values["age"], conflict) == (3, "ផ្ទះ ថ្មី", "99", "soft")
    assert field.state(two)[1]["age"] == "5"
    assert field.state(two)[2] == "hard"
    with unit_of_work() as session:
        again = actions.import_file(session, SYSTEM, field.project_id, "people", data)
    assert (again.changed, again.same) == (0, 2)


def test_a_version_that_never_was_is_told_by_its_row(field: Field) -> None:
    [one] = made(field, 1)
    data = f"__id,label,__version\n{one},ក,7\n{a_uuid()},ខ,x\n".encode()
    with unit_of_work() as session:
        told = actions.preview(session, SYSTEM, field.project_id, "people", data)
    assert [(each.line, each.fault) for each in told.faulty] == [
        (2, RowFault.BAD_VERSION), (3, RowFault.BAD_VERSION),
    ]  # fmt: skip


def test_nobody_guesses_by_a_preview_what_is_masked_for_her(field: Field) -> None:
    """The name of a survivor, tried against her entity."""
    one = a_uuid()
    field.send(a_record(one, {"name": "Srey Ny"}, label="Srey Ny", create="1"))

    def told(actor: Actor, label: str) -> tuple[int, int]:
        with unit_of_work() as session:
            data = f"__id,label\n{one},{label}\n".encode()
            found = actions.preview(session, actor, field.project_id, "people", data)
        return found.changed, found.same

    stale = Actor(id=900, name="Dara", roles={field.project_id: frozenset({Role.COORDINATOR})})
    for telling in (Telling.PEOPLE, Telling.UNDECLARED):
        with unit_of_work() as session:
            actions.tell(session, SYSTEM, field.project_id, "people", telling)
        assert told(stale, "Srey Ny") == told(stale, "Srey Pov") == (1, 0)
        assert told(SYSTEM, "Srey Ny") == (0, 1)
    with reading() as session:
        entries = list(
            session.scalars(
                sa.select(AuditEntry.details).where(AuditEntry.action == "entity.preview")
            )
        )
    assert entries == [{"rows": 1}] * 6


def test_nobody_guesses_by_bringing_a_file_in_what_is_masked_for_her(field: Field) -> None:
    """Neither by the answer nor by what becomes of the entity, read at its first version, too."""
    right, wrong, was = a_uuid(), a_uuid(), a_uuid()
    for one in (right, wrong, was):
        field.send(a_record(one, {"age": "30"}, label="Srey Ny", create="1"))
        field.send(a_record(one, {"age": "31"}, update="1", baseVersion="1"))
    stale = Actor(id=900, name="Dara", roles={field.project_id: frozenset({Role.COORDINATOR})})
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, field.project_id, "people", Telling.PEOPLE)

    def brought(actor: Actor, one: str, row: str) -> tuple[object, ...]:
        with unit_of_work() as session:
            data = f"__id,label,age{',__version' * row.count('|')}\n{one},{row}\n"
            done = actions.import_file(
                session, actor, field.project_id, "people", data.replace("|", ",").encode()
            )
        version, _, conflict = field.state(one)
        return done.changed, done.same, done.import_pk is None, version, conflict

    said = [
        brought(stale, right, "Srey Ny,31"),
        brought(stale, wrong, "Srey Ny,40"),
        brought(stale, was, "Srey Mom,40"),
    ]
    assert said == [(1, 0, False, 3, None)] * 3
    said = [
        brought(stale, right, "Srey Ny,31|1"),
        brought(stale, wrong, "Srey Ny,50|1"),
        brought(stale, was, "Srey Ny,30|1"),
    ]
    assert said == [(1, 0, False, 4, None)] * 3
    assert brought(SYSTEM, right, "Srey Ny,31")[:3] == (0, 1, True)
    assert field.state(was)[1]["age"] == "40", "who edited nothing undoes nothing"


def test_a_file_does_what_its_preview_said_or_nothing(field: Field) -> None:
    [one] = made(field, 1)
    data = f"__id,label,age\n{one},ផ្ទះ,2\n".encode()
    with unit_of_work() as session:
        told = actions.preview(session, SYSTEM, field.project_id, "people", data)
    field.send(a_record(one, {"age": "99"}, update="1", baseVersion="1"))
    with pytest.raises(Problem) as caught, unit_of_work() as session:
        actions.import_file(session, SYSTEM, field.project_id, "people", data, state=told.state)
    assert caught.value.kind is IMPORT_MOVED
    assert field.state(one)[1]["age"] == "99"


def test_what_cannot_be_put_back_is_not_counted_as_undone(field: Field) -> None:
    one, two = made(field, 2)
    import_pk = bring(field, f"{one},ក,2", f"{two},ខ,2", f"{a_uuid()},គ,3")
    lost = field.find(two)
    assert lost is not None
    assert lost.key_pk is not None
    keys.current().destroy(field.project_id, [lost.key_pk])
    assert undo(field, import_pk) == (2, 1)  # put back, deleted; nobody can read the third
    assert field.state(one)[1]["age"] == "1"


# --- approval -------------------------------------------------------------------------------------
@pytest.fixture
def waiting(field: Field) -> tuple[str, str, str]:
    """(entity, record, what follows it) in a list that wants approval."""
    with unit_of_work() as session:
        actions.require_approval(session, SYSTEM, field.project_id, "people", required=True)
    one, first, second = a_uuid(), f"uuid:{a_uuid()}", f"uuid:{a_uuid()}"
    record = a_record(one, {"age": "44"}, label="សុខ", create="1", instance_id=first)
    edit = record.replace(
        f"<orx:instanceID>{first}</orx:instanceID>",
        f"<orx:instanceID>{second}</orx:instanceID><orx:deprecatedID>{first}</orx:deprecatedID>",
    ).replace("<age>44", "<age>99")
    field.send(record)
    assert [each.outcome for each in field.open()] == [Outcome.UNAPPROVED]
    return one, first, edit


def review(field: Field, look: records.RecordTold) -> None:
    with unit_of_work() as session:
        deciding.decide(session, SYSTEM, field.project_id, look, ReviewState.APPROVED)


def look_at(field: Field, instance_id: str) -> records.RecordTold:
    with reading() as session:
        form = forms.get_form(session, field.project_id, "register")
        found = records.find(session, field.project_id, form.form_pk, instance_id)
    assert found is not None
    return found


def test_an_approval_of_what_was_edited_meanwhile_is_refused_and_applies_nothing(
    field: Field, waiting: tuple[str, str, str]
) -> None:
    _, first, edit = waiting
    seen = look_at(field, first)
    field.send(edit)  # meanwhile
    with pytest.raises(Problem) as refused:
        review(field, seen)
    assert refused.value.kind is REVIEW_OUTDATED
    drain(field.app)
    assert [each.outcome for each in field.open()] == [Outcome.UNAPPROVED]


def test_an_approval_of_the_edit_applies_the_edit(
    field: Field, waiting: tuple[str, str, str]
) -> None:
    one, first, edit = waiting
    field.send(edit)
    review(field, look_at(field, first))
    drain(field.app)
    assert field.state(one)[1]["age"] == "99"


def test_a_record_is_approved_from_the_page_as_it_stands(
    field: Field, waiting: tuple[str, str, str]
) -> None:
    one, _, edit = waiting
    [open_one] = field.open()
    with unit_of_work() as session:
        actions.approve(session, SYSTEM, field.project_id, open_one.record_pk)
    assert field.phone.send(edit).status_code == 201  # before the job has run
    drain(field.app)
    assert field.state(one)[1]["age"] == "44"


def test_an_update_by_force_makes_nothing_that_nobody_approved(
    field: Field, waiting: tuple[str, str, str]
) -> None:
    begun = a_uuid()
    field.send(a_record(begun, {"age": "46"}, update="1", baseVersion="1", branchId=BRANCH))
    with clock.frozen(clock.now() + dt.timedelta(days=6)):
        jobs.begin_day()
        drain(field.app)
        assert field.find(begun) is None
        assert [each.outcome for each in field.open()] == [Outcome.UNAPPROVED] * 2
        late = field.open()[0]
        with unit_of_work() as session:
            actions.approve(session, SYSTEM, field.project_id, late.record_pk)
        drain(field.app)
    assert field.state(begun)[0] == 1


def test_what_waits_for_approval_follows_when_none_is_asked_for(
    field: Field, waiting: tuple[str, str, str]
) -> None:
    with unit_of_work() as session:
        actions.require_approval(session, SYSTEM, field.project_id, "people", required=False)
    drain(field.app)
    assert field.state(waiting[0])[0] == 1
    assert field.open() == []


# --- many that wait -------------------------------------------------------------------------------
def test_records_that_wait_for_one_entity_are_each_tried_once_for_a_change(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, tried = a_uuid(), []
    whole = applying._apply_one

    def counted(record: applying._Record, **named: Any) -> object:
        tried.append(record.record_pk)
        return whole(record, **named)

    for n in range(8):
        field.send(a_record(one, {"age": str(n)}, update="1", baseVersion="1"))
    assert len(field.open()) == 8
    monkeypatch.setattr(applying, "_apply_one", counted)
    field.send(a_record(one, {"name": "សុខ"}, label="សុខ", create="1"))
    assert field.open() == []
    assert len(tried) == 9


def test_what_waited_for_long_is_read_a_page_at_a_time(field: Field) -> None:
    for n in range(5):
        field.send(
            a_record(a_uuid(), {"age": str(n)}, update="1", baseVersion="2", branchId=BRANCH)
        )
    with clock.frozen(clock.now() + dt.timedelta(days=6)), reading() as session:
        seen = arrivals.overdue(session, limit=2)
        while page := arrivals.overdue(session, seen[-1], limit=2):
            seen += page
    assert sorted(record_pk for _, record_pk in seen) == sorted(
        each.record_pk for each in field.open()
    )
    assert len(seen) == 5


def test_a_file_that_is_sent_again_with_its_state_makes_nobody_twice(field: Field) -> None:
    """The answer was lost on the way: the same request comes again, from a page or a script."""
    data = "label,age\nសុខ,31\nដារា,12".encode()

    def bring_in(state: str) -> None:
        with unit_of_work() as session:
            actions.import_file(session, SYSTEM, field.project_id, "people", data, state=state)

    def preview() -> str:
        with unit_of_work() as session:
            return actions.preview(session, SYSTEM, field.project_id, "people", data).state

    said = preview()
    field.send(a_record(a_uuid(), {"name": "ស្រីមុំ"}, label="ស្រីមុំ", create="1"))
    bring_in(said)  # what phones send meanwhile changes nothing of it
    with pytest.raises(Problem) as refused:
        bring_in(said)
    assert refused.value.kind is IMPORT_MOVED
    opened = actions.open_list(SYSTEM, field.project_id, "people")
    assert actions.count(opened) == 3
    bring_in(preview())  # who wants them twice says so
    assert actions.count(opened) == 5


# --- what programs may not decide, for they do not see it --------------------------------------
@pytest.mark.parametrize(
    ("telling", "scopes", "is_added", "is_deleted"),
    [
        (Telling.PEOPLE, {Scope.ENTITIES}, False, False),
        (Telling.PEOPLE, {Scope.ENTITIES, Scope.IDENTITY}, True, True),
        (Telling.UNDECLARED, {Scope.ENTITIES}, False, False),
        (Telling.NOBODY, {Scope.ENTITIES}, True, True),
    ],
)
def test_a_script_adds_and_deletes_where_it_sees_who_is_there(
    field: Field, telling: Telling, scopes: set[Scope], is_added: bool, is_deleted: bool
) -> None:
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, field.project_id, "people", telling)
    script = Actor(
        id=None,
        name="script",
        roles={field.project_id: frozenset({Role.API_TOKEN})},
        scopes=frozenset(scopes),
    )

    def may(act: Callable[..., object], *said: object) -> bool:
        try:
            with unit_of_work() as session:
                act(session, script, field.project_id, "people", *said)
        except Problem as problem:
            if problem.kind is not ENTITY_MASKED:
                raise
            return False
        return True

    def add() -> bool:
        return may(actions.create, [actions.given(None, "ដារា", {})])

    assert add(), "nobody is there yet"
    [own] = made(field, 1)
    assert may(actions.delete, uuid.UUID(own)) == (telling is not Telling.PEOPLE or is_deleted)
    one = a_uuid()
    field.send(a_record(one, {"name": "ស្រីមុំ"}, label="ស្រីមុំ", create="1"))
    assert add() == is_added
    assert may(actions.delete, uuid.UUID(one)) == is_deleted
