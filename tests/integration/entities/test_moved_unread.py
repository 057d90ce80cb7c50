"""A list of another server tells whoever brings it in nothing of people whom nobody may read."""

from __future__ import annotations

import pytest

from service.accounts.actor import SYSTEM, Actor
from service.entities import actions
from service.foundation.db import reading, unit_of_work
from tests.entity_forms import a_uuid
from tests.factories import a_coordinator
from tests.integration.entities.conftest import Field
from tests.integration.entities.test_on_phones import consent, create, follow_up, named

__all__ = ["follow_up", "named"]  # fixtures
HER_NAME, GUESSED = "ស្រីមុំ", "បុប្ផា"


def file_of(entity_id: str, name: str) -> bytes:
    return f"__id,label,full_name\n{entity_id},{name},{name}\n".encode()


def looked(field: Field, by: Actor, entity_id: str, name: str) -> tuple[int, int, int]:
    with reading() as session:
        told = actions.preview_of_another(
            session, by, field.project_id, "people", [file_of(entity_id, name)], ()
        )
    return told.same, told.changed, told.gone


def brought(field: Field, by: Actor, entity_id: str, name: str) -> tuple[int, int, int]:
    with unit_of_work() as session:
        told = actions.bring_another(
            session, by, field.project_id, "people", [file_of(entity_id, name)]
        )
    return told.same, told.changed, told.gone


@pytest.mark.parametrize("given", [(), ("contact",)])
def test_s44_whether_a_name_was_guessed_is_told_of_nobody_who_is_not_read(
    named: Field, given: tuple[str, ...]
) -> None:
    one, by = a_uuid(), a_coordinator(named.project_id)
    named.send(create(one, HER_NAME))
    consent(named, one, *given)
    for way in (looked, brought):
        assert way(named, by, one, HER_NAME) == way(named, by, one, GUESSED) == (0, 0, 1)
    assert named.known(one).current.values["full_name"] == HER_NAME
    assert len(named.known(one).versions) == 1


def test_who_lets_the_team_read_is_compared_and_moving_twice_doubles_nothing(named: Field) -> None:
    one, by = a_uuid(), a_coordinator(named.project_id)
    named.send(create(one, HER_NAME))
    consent(named, one, "store")
    assert looked(named, by, one, HER_NAME) == (1, 0, 0)
    assert brought(named, by, one, GUESSED) == (0, 1, 0)
    assert brought(named, by, one, GUESSED) == (1, 0, 0)
    assert len(named.known(one).versions) == 2


def test_the_shell_has_the_data_anyway(named: Field) -> None:
    one = a_uuid()
    named.send(create(one, HER_NAME))
    consent(named, one)
    assert looked(named, SYSTEM, one, HER_NAME) == (1, 0, 0)
