"""What was typed into a list and deleted is erased, once there was time to put it back."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from service import jobs
from service.accounts.actor import SYSTEM
from service.consent.actions import DELETED_FOR
from service.entities import actions
from service.entities.tables import Entity, EntityVersion, Import
from service.foundation import clock, keys
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import Problem
from tests.conftest import drain
from tests.factories import a_project


def a_day_later(app: Flask, days: int) -> None:
    with clock.frozen(clock.now() + dt.timedelta(days=days)):
        jobs.begin_day()
        drain(app)


def test_s45_a_deleted_entity_that_no_record_gave_is_erased_after_thirty_days(app: Flask) -> None:
    one, other = (actions.given(None, name, {}) for name in ("សុខ ស្រី, បាណន់", "ចាន់"))
    with unit_of_work() as session:
        project_id = a_project(session).id
        actions.create_list(session, SYSTEM, project_id, "clients")
        actions.create(session, SYSTEM, project_id, "clients", [one, other])
    with unit_of_work() as session:
        actions.delete(session, SYSTEM, project_id, "clients", one.entity_id)
        query = sa.select(Entity.key_pk).where(Entity.deleted_at.is_not(None))
        key = session.scalars(query).one()
    assert key is not None
    a_day_later(app, DELETED_FOR.days - 1)
    with unit_of_work() as session:  # still to be put back
        actions.restore(session, SYSTEM, project_id, "clients", one.entity_id)
        actions.delete(session, SYSTEM, project_id, "clients", one.entity_id)
    a_day_later(app, DELETED_FOR.days + 1)
    assert not keys.current().held(project_id, [key])
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(EntityVersion)) == 1
        told = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "entity.forget"))
        assert [entry.details["entities"] for entry in told] == [1]
    with pytest.raises(Problem), unit_of_work() as session:
        actions.restore(session, SYSTEM, project_id, "clients", one.entity_id)


def test_by_which_bytes_an_import_came_is_forgotten_with_the_day(app: Flask) -> None:
    """They may have named people, and nobody sends them again."""
    with unit_of_work() as session:
        project_id = a_project(session).id
        actions.create_list(session, SYSTEM, project_id, "clients")
        actions.import_file(session, SYSTEM, project_id, "clients", "label\nសុខ ស្រី\n".encode())
    with reading() as session:
        assert session.scalars(sa.select(Import.came_by)).one() is not None
    a_day_later(app, 1)
    with reading() as session:
        assert session.scalars(sa.select(Import.came_by)).one() is None
