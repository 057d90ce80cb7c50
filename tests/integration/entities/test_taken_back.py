"""Who takes back what she gave is gone from every list, version and backup, and stays so."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from service.accounts.actor import SYSTEM
from service.consent import actions as consent
from service.consent.actions.erasing import Order, carry_out
from service.consent.requests import Reason
from service.entities import actions
from service.entities.actions import seeing
from service.entities.queries import lists, storing
from service.entities.tables import Arrival, Entity, EntityVersion
from service.entities.versions import LABEL
from service.facts.scopes import Purpose
from service.foundation import clock, keys
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.intake.tables import State, Submission
from service.review.actions import settling
from tests.conftest import drain
from tests.entity_forms import a_record, a_uuid, register
from tests.factories import a_phone
from tests.integration.consent.test_periods import DAY, START, look_daily, renewed
from tests.integration.entities.conftest import Field


def test_s45_an_entity_goes_with_the_record_that_it_was_made_from(field: Field) -> None:
    one, other = a_uuid(), a_uuid()
    first = f"uuid:{a_uuid()}"
    record = a_record(one, {"name": "ស្រីមុំ"}, label="ស្រីមុំ", create="1", instance_id=first)
    field.send(
        record,
        a_record(one, {"age": "45"}, update="1", baseVersion="1"),
        a_record(other, {"name": "ម៉ាលី"}, label="ម៉ាលី", create="1"),
    )
    found = field.find(one)
    assert found is not None
    assert found.key_pk is not None
    before = _revision(field)
    consent.withdraw_record(SYSTEM, field.project_id, first, "person_asked", blobs=field.blobs)
    drain(field.app)

    assert keys.current().held(field.project_id, [found.key_pk]) == frozenset()
    with reading() as session:
        row = session.execute(
            sa.select(Entity).where(Entity.entity_pk == found.entity_pk)
        ).scalar_one()
        left = session.scalars(
            sa.select(EntityVersion).where(EntityVersion.entity_pk == found.entity_pk)
        ).all()
        arrival = session.scalars(
            sa.select(Arrival).where(Arrival.record_pk == found.record_pk)
        ).all()
    assert (row.entity_id, row.key_pk, row.record_pk, row.creator_id) == (None, None, None, None)
    assert row.digest == storing.digest(field.project_id, uuid.UUID(one))
    assert (left, arrival) == ([], [])
    assert _revision(field) > before
    assert field.state(other)[0] == 1

    field.send(record)  # the phone sends it again
    again = field.find(one)
    assert again is not None
    assert again.erased_at is not None
    field.send(a_record(one, {"name": "ស្រីមុំ"}, label="ស្រីមុំ", create="1"))
    assert [one.fault for one in field.open()] == ["erased"]
    with pytest.raises(Problem) as raised, unit_of_work() as session:
        actions.restore(session, SYSTEM, field.project_id, "people", uuid.UUID(one))
    assert raised.value.kind is NOT_FOUND


def test_s45_an_entity_that_a_withdrawn_record_only_changed_goes_too(field: Field) -> None:
    one, visit = a_uuid(), f"uuid:{a_uuid()}"
    field.send(
        a_record(one, {"name": "សុខ"}, label="សុខ", create="1"),
        a_record(one, {"age": "45"}, update="1", baseVersion="1", instance_id=visit),
    )
    consent.withdraw_record(SYSTEM, field.project_id, visit, "person_asked", blobs=field.blobs)
    found = field.find(one)
    assert found is not None
    assert found.erased_at is not None


def test_s45_what_a_copy_gave_goes_with_the_copy_once_it_is_taken_out_of_its_place(
    field: Field,
) -> None:
    """It may speak of somebody else than the record, in whose name nothing of it stays."""
    entity, first = a_uuid(), f"uuid:{a_uuid()}"
    copy_of = a_record(entity, {"name": "ម៉ាលី"}, label="ម៉ាលី", create="1", instance_id=first)
    without = re.sub("<entity .*</entity>", "", copy_of).replace("ម៉ាលី", "ស្រីមុំ")
    field.send(without, copy_of)
    assert field.find(entity) is None
    with reading() as session:
        waits = sa.select(Submission.submission_pk).where(Submission.state == State.QUEUED)
        copy = session.scalars(waits).one()

    def settle(how: Callable[..., None]) -> None:
        with unit_of_work() as session:
            how(session, SYSTEM, field.project_id, copy)
        drain(field.app)

    settle(settling.put_in_place)
    assert is_seen(field, entity)
    before = _revision(field)
    settle(settling.take_out)
    assert not is_seen(field, entity), "as of a removed record"
    assert _revision(field) > before
    settle(settling.put_in_place)
    assert is_seen(field, entity)
    settle(settling.take_out)
    asked = Order(
        project_id=field.project_id, withdrawal_pk=uuid.uuid4(), channel="code",
        reason=Reason.CODE, asked_at=clock.now(),
    )  # fmt: skip
    carry_out(asked, {copy}, field.blobs)
    gone = field.find(entity)
    assert gone is not None
    assert gone.erased_at is not None


def is_seen(field: Field, entity_id: str) -> bool:
    """By whoever reads names in lists for the team's work."""
    found = field.find(entity_id)
    assert found is not None
    with reading() as session:
        ref = lists.get(session, field.project_id, "people")
        return found.entity_pk in seeing.shown(session, ref, Purpose.WORK, [found])


def test_s45_phones_forget_who_took_it_back(field: Field) -> None:
    field.publish(register("follow_up", reads="people"))
    one, first = a_uuid(), f"uuid:{a_uuid()}"
    field.send(a_record(one, {"name": "ស"}, label="ស", create="1", instance_id=first))
    consent.withdraw_record(SYSTEM, field.project_id, first, "person_asked", blobs=field.blobs)
    base = field.phone.base
    pk = field.list_named("people").list_pk
    answer = field.phone.client.get(f"{base}/datasets/list-{pk}/integrity?id={one}")
    assert f'<entity id="{one}"><deleted>true</deleted></entity>' in answer.text
    csv = field.phone.client.get(f"{base}/forms/follow_up/attachments/people.csv").text
    assert one not in csv


def test_s45_what_waits_in_the_backlog_goes_too(field: Field) -> None:
    one, first = a_uuid(), f"uuid:{a_uuid()}"
    branch = a_uuid()
    field.send(
        a_record(one, {"age": "4"}, update="1", baseVersion="2", branchId=branch, instance_id=first)
    )
    assert len(field.open()) == 1
    consent.withdraw_record(SYSTEM, field.project_id, first, "person_asked", blobs=field.blobs)
    assert field.open() == []
    field.send(a_record(one, {"name": "ស"}, label="ស", create="1"))
    assert field.state(one)[0] == 1


def test_s45_what_is_over_goes_with_the_last_record_that_gave_to_it(app: Flask) -> None:
    """The period begins with the last contact."""
    one, other = a_uuid(), a_uuid()
    with clock.frozen(START):
        found = Field(app=app, phone=a_phone(app.test_client()))
        found.publish(register())
        found.send(
            a_record(one, {"name": "សុខ"}, label="សុខ", create="1"),
            a_record(other, {"name": "ម៉ាលី"}, label="ម៉ាលី", create="1"),
        )
    with clock.frozen(START + 10 * 30 * DAY):
        found = Field(app=app, phone=renewed(found.phone))
        found.send(a_record(one, {"age": "45"}, update="1", baseVersion="1"))
    look_daily(found.blobs, START + 26 * 31 * DAY)
    gone = found.find(other)
    assert gone is not None
    assert gone.erased_at is not None
    assert found.state(one)[:2] == (2, {LABEL: "សុខ", "full_name": "សុខ", "age": "45"})
    standing = found.find(one)
    assert standing is not None
    assert standing.record_pk is None
    look_daily(found.blobs, START + 38 * 31 * DAY)
    gone = found.find(one)
    assert gone is not None
    assert gone.erased_at is not None


def _revision(field: Field) -> int:
    with reading() as session:
        return lists.revision(session, field.project_id, field.list_named("people").list_pk)
