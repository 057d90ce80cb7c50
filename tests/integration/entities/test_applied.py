"""Records make and change entities by a job: once each, all or none, in whatever order."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from service import jobs
from service.entities import actions
from service.entities.actions import applying
from service.entities.queries import arrivals
from service.entities.tables import Entity, EntityVersion, Outcome
from service.entities.versions import LABEL
from service.foundation import clock, crash_points, job_queue
from service.foundation.db import reading, unit_of_work
from service.intake.actions import RECEIVED
from service.intake.tables import Submission
from tests.conftest import drain
from tests.entity_forms import REPEATS, a_household, a_record, a_uuid, register
from tests.integration.entities.conftest import Field
from tests.statements import counted

BRANCH = "6f9c5a7e-3f2b-4c11-9a57-0d6e656e6701"


def create(entity_id: str, **answers: str) -> str:
    return a_record(entity_id, {"name": "សុខ", "age": "44", **answers}, label="សុខ ដារ៉ា", create="1")


def update(entity_id: str, base: int, trunk: object = "", branch: str = "", **answers: str) -> str:
    return a_record(
        entity_id, answers, update="1", baseVersion=base, trunkVersion=trunk, branchId=branch
    )


def test_a_record_makes_an_entity_and_another_changes_it(field: Field) -> None:
    one = a_uuid()
    field.send(create(f"uuid:{one.upper()}"))
    assert field.state(one) == (
        1, {LABEL: "សុខ ដារ៉ា", "full_name": "សុខ", "age": "44"}, None,
    )  # fmt: skip
    field.send(update(one, 1, age="45", village="អូរតាគាំ"))
    number, values, conflict = field.state(one)
    assert (number, values["age"], values["village"], conflict) == (2, "45", "អូរតាគាំ", None)
    assert values["full_name"] == "សុខ"


def test_nothing_lies_in_clear(field: Field) -> None:
    field.send(create(a_uuid()))
    with reading() as session:
        [row] = session.execute(sa.select(EntityVersion)).scalars()
        assert "សុខ".encode() not in row.sealed
        assert b"44" not in row.sealed


def test_c78_create_and_two_updates_in_all_six_orders_end_in_the_same_state(field: Field) -> None:
    ends = []
    for order in itertools.permutations(range(3)):
        one = a_uuid()
        chain = [
            create(one),
            update(one, 1, branch=BRANCH, age="45"),
            update(one, 2, branch=BRANCH, village="ព្រែក"),
        ]
        field.send(*(chain[n] for n in order))
        ends.append(field.state(one))
    assert (
        ends
        == [
            (
                3,
                {LABEL: "សុខ ដារ៉ា", "full_name": "សុខ", "age": "45", "village": "ព្រែក"},
                None,
            )
        ]
        * 6
    )
    assert field.open() == []


def test_c78_what_waits_is_seen_until_its_predecessor_comes(field: Field) -> None:
    one = a_uuid()
    field.send(update(one, 2, branch=BRANCH, age="46"))
    [held] = field.open()
    assert held.outcome is Outcome.HELD
    assert field.find(one) is None
    field.send(create(one))
    assert field.state(one)[0] == 1
    field.send(update(one, 1, branch=BRANCH, age="45"))
    assert field.state(one)[0] == 3
    assert field.open() == []


def test_c79_a_change_on_the_server_meanwhile_is_a_soft_or_hard_conflict(field: Field) -> None:
    one, two = a_uuid(), a_uuid()
    for each in (one, two):
        field.send(create(each), update(each, 1, age="45"))
    field.send(update(one, 1, 1, BRANCH, village="ព្រែក"))
    assert field.state(one)[2] == "soft"
    field.send(update(two, 1, 1, BRANCH, age="50"))
    number, values, conflict = field.state(two)
    assert (number, values["age"], conflict) == (3, "50", "hard")


def test_c80_one_bad_entity_of_a_record_and_none_is_made(field: Field) -> None:
    field.publish(REPEATS)
    good, bad, home = a_uuid(), "not-a-uuid", a_uuid()
    field.send(a_household("H1", (good, "ស៊ីថា"), (bad, "ម៉ាលី"), household_id=home))
    assert field.find(good) is None
    assert field.find(home) is None
    [failed] = field.open()
    assert (failed.outcome, failed.fault) == (Outcome.FAILED, "bad_id")
    other = a_uuid()
    field.send(a_household("H1", (good, "ស៊ីថា"), (other, "ម៉ាលី"), household_id=home))
    assert field.state(good)[1] == {LABEL: "ស៊ីថា", "full_name": "ស៊ីថា"}
    assert field.state(home)[1] == {LABEL: "H1", "code": "H1"}
    assert field.state(other)[0] == 1


def test_c80_the_second_of_three_that_exists_already_keeps_the_others_back(field: Field) -> None:
    field.publish(REPEATS)
    old, new = a_uuid(), a_uuid()
    field.send(create(old))
    field.send(a_household("H2", (new, "ស៊ីថា"), (old, "សុខ")))
    [failed] = field.open()
    assert (failed.fault, failed.place) == ("exists", 3)  # the household itself is the first
    assert field.find(new) is None
    assert field.state(old)[0] == 1


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        ({"update": "1", "baseVersion": "1"}, "unknown"),
        ({"update": "1", "baseVersion": "x"}, "bad_version"),
        ({"update": "1", "baseVersion": "1", "trunkVersion": "1"}, "bad_branch"),
        ({"update": "1", "baseVersion": "1", "branchId": "b"}, "bad_branch"),
        ({"create": "1", "list_name": "strangers"}, "not_declared"),
    ],
)
def test_what_cannot_be_applied_stands_beside_the_record(
    field: Field, attributes: dict[str, str], fault: str
) -> None:
    field.send(a_record(a_uuid(), {"name": "សុខ"}, label="សុខ", **attributes))
    [failed] = field.open()
    assert (failed.outcome, failed.fault) == (Outcome.FAILED, fault)


def test_what_a_form_does_not_declare_it_may_not_do(field: Field) -> None:
    field.publish(register("only_new", actions='create="1"'))
    one = a_uuid()
    field.send(create(one))
    field.send(a_record(one, {"name": "x"}, form_id="only_new", update="1", baseVersion="1"))
    [failed] = field.open()
    assert failed.fault == "not_declared"
    assert field.state(one)[0] == 1


def test_a_block_that_asks_for_nothing_makes_nothing(field: Field) -> None:
    field.send(a_record(a_uuid(), {"name": "x"}, label="x", create="0", update=""))
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Entity)) == 0
    assert field.open() == []


def test_jobs_that_run_again_and_records_sent_again_change_nothing(field: Field) -> None:
    one = a_uuid()
    record = create(one)
    field.send(record, record, update(one, 1, age="45"))
    with reading() as session:
        keys = list(session.scalars(sa.select(Submission.submission_pk)))
    for key in (*keys, *keys):
        with unit_of_work() as session:
            job_queue.enqueue(session, project_id=field.project_id, event=RECEIVED, subject=key)
    drain(field.app)
    assert field.state(one)[0] == 2


def test_an_edit_of_a_record_that_was_applied_is_not_applied_again(field: Field) -> None:
    one, first, second = a_uuid(), f"uuid:{a_uuid()}", f"uuid:{a_uuid()}"
    record = a_record(one, {"age": "1"}, label="x", create="1", instance_id=first)
    edit = record.replace(
        f"<orx:instanceID>{first}</orx:instanceID>",
        f"<orx:instanceID>{second}</orx:instanceID><orx:deprecatedID>{first}</orx:deprecatedID>",
    ).replace("<age>1", "<age>2")
    field.send(record, edit)
    assert field.state(one)[:1] == (1,)
    assert field.open() == []


def test_an_edit_mends_what_could_not_be_applied(field: Field) -> None:
    one, first, second = a_uuid(), f"uuid:{a_uuid()}", f"uuid:{a_uuid()}"
    record = a_record(one, {"age": "1"}, label="", create="1", instance_id=first)
    field.send(record)
    assert field.open()[0].fault == "no_label"
    field.send(
        record.replace(
            f"<orx:instanceID>{first}</orx:instanceID>",
            f"<orx:instanceID>{second}</orx:instanceID>"
            f"<orx:deprecatedID>{first}</orx:deprecatedID>",
        ).replace("<label></label>", "<label>សុខ</label>")
    )
    assert field.state(one)[0] == 1
    assert field.open() == []


def test_after_five_days_what_waits_is_applied_by_force_and_a_late_beginning_follows(
    field: Field,
) -> None:
    one = a_uuid()
    field.send(update(one, 2, branch=BRANCH, age="46"), update(one, 3, branch=BRANCH, age="47"))
    actions.force_backlog()
    assert field.find(one) is None
    with reading() as session:
        assert arrivals.overdue(session) == []
    later = clock.now() + dt.timedelta(days=5, minutes=1)
    with clock.frozen(later):
        jobs.begin_day()
        drain(field.app)
    assert field.state(one) == (2, {LABEL: "auto generated", "age": "47"}, None)
    field.send(create(one))
    number, values, conflict = field.state(one)
    assert (number, values[LABEL], conflict) == (3, "សុខ ដារ៉ា", "hard")
    assert field.open() == []


def test_a_record_writes_into_no_list_but_that_of_its_form(field: Field) -> None:
    field.publish(register("medical", list_name="patients"))
    one = a_uuid()
    field.send(a_record(one, {"name": "x"}, label="x", create="1", list_name="patients"))
    assert field.find(one) is None
    assert [each.fault for each in field.open()] == ["not_declared"]


class Died(BaseException):
    """As a kill: nothing catches it."""


@pytest.mark.parametrize("branch", ["", BRANCH])
def test_a_death_between_two_records_loses_neither(
    field: Field, monkeypatch: pytest.MonkeyPatch, branch: str
) -> None:
    one = a_uuid()
    field.send(update(one, 1, branch=branch, age="45"))
    assert len(field.open()) == 1
    assert field.phone.send(create(one)).status_code == 201

    def dies(point: str) -> None:
        if point == "after_entity":
            raise Died

    with monkeypatch.context() as killed:
        killed.setattr(crash_points, "reached", dies)
        with pytest.raises(Died):
            drain(field.app)
    assert field.state(one)[0] == 1
    with clock.frozen(clock.now() + dt.timedelta(minutes=3)):  # its lease is over
        drain(field.app)
    assert field.state(one)[0] == 2
    assert field.open() == []


def test_a_chain_that_came_newest_first_is_tried_once_each(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, tried = a_uuid(), 0
    for base in range(12, 0, -1):
        assert field.phone.send(update(one, base, branch=BRANCH, age=str(base))).status_code == 201
    drain(field.app)
    whole = applying._apply_one

    def noted(*args: Any, **named: Any) -> Any:
        nonlocal tried
        tried += 1
        return whole(*args, **named)

    monkeypatch.setattr(applying, "_apply_one", noted)
    field.send(create(one))
    assert field.state(one)[0] == 13
    assert tried == 13


def test_records_of_a_batch_are_read_in_as_many_statements_as_one(field: Field) -> None:
    def read(count: int) -> int:
        sent = [create(a_uuid()) for _ in range(count)]
        assert {field.phone.send(record).status_code for record in sent} == {201}
        with reading() as session:
            keys = list(session.scalars(sa.select(Submission.record_pk)))[-count:]
        applying._read(field.project_id, keys)  # the form is known from now on
        with counted() as seen:
            assert len(applying._read(field.project_id, keys)) == count
        return len(seen)

    assert read(1) == read(30)
