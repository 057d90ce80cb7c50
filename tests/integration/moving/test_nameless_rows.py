"""Rows of another server's list that name no entity are made once, however often they come."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import sqlalchemy as sa
from flask import Flask

from service.accounts.actor import SYSTEM, Actor
from service.entities import actions as entities
from service.entities.actions.importing import Imported
from service.entities.queries import lists, storing
from service.entities.tables import Entity
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from tests.factories import a_coordinator, a_project

ROWS = "label,kind\nWell,deep\nWell,deep\nPump,\n"


@pytest.fixture
def project_id(app: Flask) -> int:
    with unit_of_work() as session:
        made = a_project(session).id
        entities.create_list(session, SYSTEM, made, "wells")
        entities.add_property(session, SYSTEM, made, "wells", "kind")
    return made


def bring(project_id: int, text: str, by: Actor = SYSTEM) -> tuple[int, int, int, int]:
    """(created, changed, same, gone), as the look before it said."""
    looked = told(preview(project_id, text, by))
    with unit_of_work() as session:
        done = entities.bring_another(session, by, project_id, "wells", pieces(text))
    assert told(done) == looked
    return looked


def preview(project_id: int, text: str, by: Actor = SYSTEM) -> Imported:
    with reading() as session:
        return entities.preview_of_another(session, by, project_id, "wells", pieces(text), ())


def pieces(text: str) -> Iterable[bytes]:
    return [text.encode()]


def told(done: Imported) -> tuple[int, int, int, int]:
    return done.created, done.changed, done.same, done.gone


def count() -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Entity)) or 0


@pytest.mark.parametrize("is_shell", [True, False])
def test_the_same_file_again_makes_nothing_twice(project_id: int, is_shell: bool) -> None:
    by = SYSTEM if is_shell else a_coordinator(project_id)
    assert bring(project_id, ROWS, by) == (3, 0, 0, 0), "two wells that say the same are two"
    assert bring(project_id, ROWS, by) == (0, 0, 3, 0)
    columns_and_rows_elsewhere = "kind,label\n,Pump\ndeep,Well\ndeep,Well\n"
    assert bring(project_id, columns_and_rows_elsewhere, by) == (0, 0, 3, 0)
    assert bring(project_id, f"{ROWS}Well,deep\nWell,shallow\n", by) == (2, 0, 3, 0)
    assert count() == 5


def test_what_was_changed_here_stays_and_what_was_deleted_does_not_come_back(
    project_id: int,
) -> None:
    bring(project_id, "label,kind\nWell,deep\nPump,\n")
    with reading() as session:
        ref = lists.get(session, project_id, "wells")
        keys = session.scalars(
            sa.select(Entity.entity_id).where(Entity.list_pk == ref.list_pk)
        ).all()
    changed, deleted = keys
    assert changed
    assert deleted
    with unit_of_work() as session:
        entities.update(
            session, SYSTEM, project_id, "wells", changed, {"kind": "dry"}, base_version=1
        )
        pk = session.scalars(sa.select(Entity.entity_pk).where(Entity.entity_id == deleted)).one()
        storing.set_deleted(session, project_id, [pk], clock.now())
    assert bring(project_id, "label,kind\nWell,deep\nPump,\n") == (0, 0, 1, 1)
    assert count() == 2
    with reading() as session:
        versions = session.scalars(
            sa.select(Entity.version).where(Entity.entity_id == changed)
        ).one()
    assert versions == 2, "what somebody found since is not undone"


def test_ids_tell_nothing_of_what_rows_say(app: Flask, project_id: int) -> None:
    """Keyed by the installation and by project and list: nobody finds out by an id."""
    with unit_of_work() as session:
        other = a_project(session, "Elsewhere").id
        entities.create_list(session, SYSTEM, other, "wells")
        entities.add_property(session, SYSTEM, other, "wells", "kind")
    for each in (project_id, other):
        bring(each, "label,kind\nWell,deep\n")
    with reading() as session:
        ids = session.scalars(sa.select(Entity.entity_id)).all()
    assert len(set(ids)) == 2
    assert all(one and one.version == 4 for one in ids), "phones and pyODK take no other"
