"""A list, an entity, an import and a record that waits, for tests that ask every address."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from werkzeug.test import TestResponse

from service.accounts.actor import SYSTEM
from service.entities import actions
from service.entities.tables import Arrival, Entity, EntityVersion, Outcome
from service.forms import queries as forms
from service.forms.entity_lists import Telling
from service.foundation import clock, ids
from service.foundation.db import unit_of_work

NAME = "places"
LABEL = "ឃ្លាំង"


def things(project_id: int) -> dict[str, object]:
    """Made anew each time: some addresses delete or undo what they name."""
    given = actions.given(None, LABEL, {})
    record = ids.new_uuid()
    with unit_of_work() as session:
        if forms.find_list(session, project_id, NAME) is None:
            actions.create_list(session, SYSTEM, project_id, NAME, telling=Telling.NOBODY)
        list_pk = forms.find_list(session, project_id, NAME)
        assert list_pk is not None
        imported = actions.create(session, SYSTEM, project_id, NAME, [given], at_once=True)
        session.add(
            Arrival(
                project_id=project_id, record_pk=record, submission_pk=record,
                outcome=Outcome.UNAPPROVED, looked_at=clock.now(),
            )
        )  # fmt: skip
        return {
            "dataset": NAME, "list_pk": list_pk.list_pk, "entity_id": given.entity_id,
            "import_id": imported, "record": record,
        }  # fmt: skip


PEOPLE = "neighbours"
NAME_OF_HER = "ស្រីនី ជិតអូរ"


def people(project_id: int, record: uuid.UUID, phone_id: int) -> dict[str, object]:
    """A list that names people: an entity that a record gave, and a phone that may hold it."""
    with unit_of_work() as session:
        made = forms.find_list(session, project_id, PEOPLE)
        if made is None:
            actions.create_list(session, SYSTEM, project_id, PEOPLE, telling=Telling.PEOPLE)
            actions.allow_phone(session, SYSTEM, project_id, PEOPLE, phone_id)
        given = actions.given(None, NAME_OF_HER, {})
        imported = actions.create(session, SYSTEM, project_id, PEOPLE, [given], at_once=True)
        found = forms.find_list(session, project_id, PEOPLE)
        assert found is not None
        theirs = sa.and_(Entity.project_id == project_id, Entity.list_pk == found.list_pk)
        session.execute(sa.update(Entity).where(theirs).values(record_pk=record))
        of_list = sa.select(Entity.entity_pk).where(theirs)
        versions = sa.update(EntityVersion).where(EntityVersion.entity_pk.in_(of_list))
        session.execute(versions.values(record_pk=record, submission_pk=record))
    return {
        "dataset": PEOPLE, "list_pk": found.list_pk, "entity_id": given.entity_id,
        "import_id": imported,
    }  # fmt: skip


RULES = ("<entity_id>", "<uuid:entity_id>", "<uuid:import_id>", "<uuid:record>")


def is_of_one(rule: str) -> bool:
    """Whether the address names one of those that may be gone after it was asked for."""
    return any(part in rule for part in RULES)


def delete(project_id: int, made: dict[str, object]) -> None:
    """So that there is something to put back."""
    with unit_of_work() as session:
        actions.delete(session, SYSTEM, project_id, NAME, uuid.UUID(str(made["entity_id"])))


class Kept:
    """Things that were made to be asked for, and stand as they were made: whatever is asked next
    may ask for them again. Once anybody was let in to change anything they are made anew."""

    def __init__(self) -> None:
        self._made: dict[object, Any] = {}

    def get(self, which: object, make: Callable[[], Any]) -> Any:
        if which not in self._made:
            self._made[which] = make()
        return self._made[which]

    def after(self, method: str, answer: TestResponse) -> None:
        if method not in ("GET", "HEAD") and answer.status_code < 400:
            self._made.clear()

    def clear(self) -> None:
        self._made.clear()
