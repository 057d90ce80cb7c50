"""What is not read yet allows nothing: between an edit and its facts, and where none ever came."""

from __future__ import annotations

import hashlib

import pytest

from service.accounts.actor import SYSTEM, Actor, Role
from service.entities import actions
from service.entities.actions import phones
from service.facts.scopes import Purpose
from service.forms.entity_lists import Telling
from service.foundation.db import reading, unit_of_work
from tests.conftest import drain
from tests.entity_forms import a_record, a_uuid, register
from tests.integration.entities.conftest import Field

ASKS = (
    b'<bind nodeset="/data/phone" type="string" xmlns:s="https://samleng.org/xforms"'
    b' s:tag="consent.store"/><bind nodeset="/data/contact" type="string"'
    b' xmlns:s="https://samleng.org/xforms" s:tag="consent.contact"/>'
)


@pytest.fixture
def asking(field: Field) -> Field:
    """A form that asks for consent fills a list of which somebody said that it may go out."""
    xml = register("asking", list_name="visits")
    xml = xml.replace(b'<bind nodeset="/data/phone" type="string"/>', ASKS)
    field.publish(xml.replace(b"<phone/>", b"<phone/><contact/>"))
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, field.project_id, "visits", Telling.UNDECLARED)
    return field


def answers(**given: str) -> dict[str, str]:
    return {"name": "Srey Ny", "phone": "yes", "contact": "yes", **given}


def seen(field: Field) -> list[bool]:
    opened = actions.open_list(SYSTEM, field.project_id, "visits", purpose=Purpose.WORK)
    return [one.values is not None for one in actions.rows(opened)]


def carried(field: Field) -> int:
    with reading() as session:
        ref = field.list_named("visits")
        extent = phones.Extent(telling=ref.telling, is_whole=True)
        return len(list(phones._rows(session, ref, extent)))


def is_as_told(field: Field) -> bool:
    """Whether what a phone fetches has the hash by which it decides to fetch."""
    ref = field.list_named("visits")
    extent = phones.Extent(telling=ref.telling, is_whole=True)
    found = phones._offered(ref, extent)
    served = b"".join(actions.content(found))
    return found.md5 == hashlib.md5(served, usedforsecurity=False).hexdigest()


def test_s44_an_edit_that_narrows_counts_before_it_is_read(asking: Field) -> None:
    entity, first = a_uuid(), f"uuid:{a_uuid()}"
    made = a_record(
        entity, answers(), label="Srey Ny", form_id="asking", list_name="visits",
        instance_id=first, create="1",
    )  # fmt: skip
    asking.send(made)
    assert (seen(asking), carried(asking)) == ([True], 1)
    assert is_as_told(asking)
    narrowed = made.replace("<phone>yes</phone><contact>yes</contact>",
        "<phone>no</phone><contact>no</contact>").replace(
        f"<orx:instanceID>{first}</orx:instanceID>",
        f"<orx:deprecatedID>{first}</orx:deprecatedID>"
        f"<orx:instanceID>uuid:{a_uuid()}</orx:instanceID>",
    )  # fmt: skip
    assert asking.phone.send(narrowed).status_code in (201, 202)
    assert (seen(asking), carried(asking)) == ([False], 0)
    assert is_as_told(asking), "else phones keep the name, or fetch it again and again"
    drain(asking.app)
    assert (seen(asking), carried(asking)) == ([False], 0)
    assert is_as_told(asking)


def test_people_do_not_read_by_way_of_the_phones_file_what_is_masked_for_them(
    asking: Field,
) -> None:
    asking.publish(register("follow_up", list_name="other", reads="visits"))
    entity = a_uuid()
    asking.send(
        a_record(
            entity, answers(), label="Srey Ny", form_id="asking", list_name="visits", create="1"
        )
    )
    with unit_of_work() as session:
        by_hand = actions.given(None, "ឃ្លាំង", {})
        actions.create(session, SYSTEM, asking.project_id, "visits", [by_hand])
    for role in (Role.REVIEWER, Role.ADVOCATE, Role.FIELD_WORKER, Role.COORDINATOR):
        person = Actor(id=900, name="Dara", roles={asking.project_id: frozenset({role})})
        found = actions.offer(person, asking.project_id, "visits")
        text = b"".join(actions.content(found)).decode()
        assert "Srey Ny" not in text
        assert ("ឃ្លាំង" in text, found.rows) == (True, 1)
