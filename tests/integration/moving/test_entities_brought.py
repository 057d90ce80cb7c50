"""What a record made of an entity list goes with the record, however both were brought here."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from service.accounts.actor import SYSTEM
from service.consent import actions as taking_back
from service.entities import actions as entities
from service.entities.queries import lists
from service.entities.tables import Arrival, Entity, EntityVersion, Outcome
from service.forms.entity_lists import Telling
from service.foundation.db import reading, unit_of_work
from service.moving.actions import walking
from service.moving.plan import What
from tests.conftest import drain
from tests.entity_forms import a_record, register
from tests.integration.moving.test_servers import Routes, central, server
from tests.integration.moving.village import Village, a_village, verdicts

ONE = "00000000-0000-4000-8000-0000000000aa"
INSTANCE_ID = "uuid:00000000-0000-4000-8000-000000000001"
NAME = "Srey Ny"
TABLE = f"__id,label,full_name\n{ONE},{NAME},{NAME}\n"


@pytest.fixture
def village(app: Flask) -> Village:
    return a_village(app.extensions["samleng.blobs"], with_form=False)


def routes(*, approval: bool = False) -> Routes:
    """A Central with one person who was registered by a record."""
    at = "/v1/projects/7"
    form = f"{at}/forms/register"
    published = "2024-01-01T00:00:00.000Z"
    current = {"instanceId": INSTANCE_ID, "formVersion": "1", "current": True}
    return {
        f"{at}/forms": [{"xmlFormId": "register", "name": "r", "publishedAt": published}],
        f"{form}/versions": [{"version": "1", "publishedAt": published}],
        f"{form}/versions/1.xml": register(names_people=True).decode(),
        f"{form}/versions/1/attachments": [],
        f"{form}/submissions": [
            {
                "instanceId": INSTANCE_ID, "createdAt": "2026-02-01T00:00:00.000Z",
                "reviewState": None, "currentVersion": current,
            }
        ],
        f"{form}/submissions/{INSTANCE_ID}.xml": a_record(
            ONE, {"name": NAME}, label=NAME, create="1", instance_id=INSTANCE_ID
        ),
        f"{at}/datasets": [{"name": "people"}],
        f"{at}/datasets/people": {
            "name": "people", "approvalRequired": approval, "properties": [{"name": "full_name"}],
        },
        f"{at}/datasets/people/entities.csv": TABLE,
    }  # fmt: skip


def entity() -> Entity:
    with reading() as session:
        return session.scalars(sa.select(Entity)).one()


def givers() -> set[uuid.UUID | None]:
    with reading() as session:
        return set(session.scalars(sa.select(EntityVersion.record_pk)))


def outcome() -> Outcome:
    with reading() as session:
        return session.scalars(sa.select(Arrival.outcome)).one()


def take_back(app: Flask, village: Village) -> None:
    taking_back.withdraw_record(
        SYSTEM, village.door.project_id, INSTANCE_ID, "person_asked", blobs=village.door.blobs
    )
    drain(app)


def test_taken_back_she_is_gone_from_the_list_that_came_along(app: Flask, village: Village) -> None:
    """No worker ran meanwhile: as `flask import` brings it."""
    with server("central", routes()) as (source, _):
        looked = [village.bring(source, is_dry=True)]
        looked.append(village.bring(source, is_dry=True, start=walking.Mark(stage=1)))
        for rows in looked:  # begun anew, too
            assert verdicts(rows, What.LIST) == {"people": "changed: from_records"}
        done = village.bring(source)
        assert verdicts(done, What.LIST) == {"people": "same"}, "all of it was made by the record"
        assert None not in givers()
        drain(app)
        assert (entity().version, outcome()) == (1, Outcome.APPLIED)
        take_back(app, village)
        assert (entity().entity_id, givers()) == (None, set())
        village.bring(source)
        drain(app)
    assert (entity().entity_id, givers()) == (None, set())


@pytest.mark.parametrize("approval", [False, True])
def test_a_list_that_was_here_before_her_record_goes_with_it_too(
    app: Flask, village: Village, approval: bool
) -> None:
    """As moves left it before; or a file of entities, and the records after it."""
    project_id = village.door.project_id
    with unit_of_work() as session:
        entities.create_list(session, SYSTEM, project_id, "people", approval_required=approval)
        entities.add_property(session, SYSTEM, project_id, "people", "full_name")
        entities.import_file(session, SYSTEM, project_id, "people", TABLE.encode())
    with server("central", routes(approval=approval)) as (source, _):
        village.bring(source)
    drain(app)
    assert (outcome(), None in givers()) == (Outcome.APPLIED, False)
    take_back(app, village)
    assert (entity().entity_id, givers()) == (None, set())


def test_a_list_that_waits_for_approval_is_her_record_s_all_the_same(
    app: Flask, village: Village
) -> None:
    """Approved there: here the record waits, and what it made comes with the list."""
    with server("central", routes(approval=True)) as (source, _):
        project_id = village.door.project_id
        with unit_of_work() as session:
            entities.create_list(session, SYSTEM, project_id, "people", approval_required=True)
        village.bring(source)
    assert None not in givers()
    take_back(app, village)
    assert (entity().entity_id, givers()) == (None, set())


@pytest.mark.parametrize("is_here", [False, True])
def test_s08_a_list_that_comes_along_tells_of_people_until_somebody_says_otherwise(
    village: Village, is_here: bool
) -> None:
    """No form fills it, no record stands behind its rows."""
    project_id, there = village.door.project_id, routes()
    there["/v1/projects/7/forms"] = []
    if is_here:
        with unit_of_work() as session:
            entities.create_list(session, SYSTEM, project_id, "people")
    with server("central", there) as (source, _):
        village.bring(source)
    assert entity().record_pk is None
    with reading() as session:
        assert lists.get(session, project_id, "people").telling is Telling.PEOPLE


def test_what_a_person_made_here_stays_hers(app: Flask, village: Village) -> None:
    """Only what an import brought is taken for a record's own."""
    project_id = village.door.project_id
    with unit_of_work() as session:
        entities.create_list(session, SYSTEM, project_id, "people")
        given = entities.Given(label=NAME, data={}, entity_id=uuid.UUID(ONE))
        entities.create(session, SYSTEM, project_id, "people", [given])
    with server("central", routes()) as (source, _):
        village.bring(source)
    drain(app)
    assert outcome() is Outcome.FAILED


def test_after_one_withdrawal_the_others_of_a_list_still_come(app: Flask, village: Village) -> None:
    """Only what was taken back stays away."""
    there = routes()
    table = "/v1/projects/7/datasets/people/entities.csv"
    with server("central", there) as (source, _):
        village.bring(source)
        drain(app)
        take_back(app, village)
        there[table] += "00000000-0000-4000-8000-0000000000bb,Dara,Dara\n"
        looked = verdicts(village.bring(source, is_dry=True), What.LIST)
        done = verdicts(village.bring(source), What.LIST)
        assert looked == done == {"people": "changed: entities_gone"}
        assert verdicts(village.bring(source), What.LIST) == {"people": "same: entities_gone"}
    with reading() as session:
        labels = session.scalars(sa.select(Entity.entity_id)).all()
    assert [one for one in labels if one] == [uuid.UUID("00000000-0000-4000-8000-0000000000bb")]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("__id,label,kind\n,Mango,fruit\n", "new"),
        ("__id,label,kind\n,,fruit\n", "refused: entity_rows"),
        ("__id,label,colour\n,Mango,red\n", "refused: entity_rows"),
    ],
)
def test_a_list_that_is_not_here_yet_is_looked_into_too(
    village: Village, rows: str, told: str
) -> None:
    there = central()
    there["/v1/projects/7/datasets/trees/entities.csv"] = rows
    with server("central", there) as (source, _):
        assert verdicts(village.bring(source, is_dry=True), What.LIST) == {"trees": told}
        assert verdicts(village.bring(source), What.LIST) == {"trees": told}
