"""After a withdrawal: every address, as every caller, without a trace of what was taken back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable

import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.consent.actions import erase_what_is_over, set_periods
from service.consent.periods import Periods
from service.exports.actions import runs
from service.forms import queries as forms
from service.foundation import clock, keys
from service.foundation.db import Base, reading, unit_of_work
from service.intake.tables import State, Submission
from tests.conftest import drain
from tests.survivors import FORM_ID
from tests.test_authorisation import ROUTES, World, database_url, world
from tests.web.telling import (
    ADDRESS,
    ANSWERS,
    BEFORE_THE_EDIT,
    BY_APP,
    CODE,
    COMMENT,
    ENTITY,
    FILM,
    LATITUDE,
    LONGITUDE,
    PHOTO,
    PICTURE,
    SECOND,
    TEXT,
    TYPED,
    VOICE,
    WHO_TYPED,
    WORDS,
    Asked,
    Found,
    doing_of,
    is_of_answers,
    reading_of,
    settled,
    somebody_tells,
)
from tests.web.test_gate_everywhere import EXITS

__all__ = ["database_url", "world"]  # fixtures: one of everything, and everybody who may knock


def test_s45_no_route_shows_any_role_what_was_taken_back(world: World) -> None:
    asked = somebody_tells(world)
    showing = {f"GET {way}" for way in EXITS} | _of_records() | {f"GET {way}" for way in TOLD_THERE}
    _is_told(_look_within(asked, showing))
    project_id = asked.values["project_id"]
    answer = world.client.post(f"/v1/projects/{project_id}/withdrawals", json={"code": CODE})
    assert answer.status_code == 201
    assert _look_within(asked, showing) == {}, "nothing has run since: the very next requests"
    with reading() as session:
        form = forms.find_form(session, int(str(project_id)), FORM_ID)
        assert form is not None
        left = sa.select(Submission.state).where(Submission.form_pk == form.form_pk)
        assert set(session.scalars(left)) == {State.ERASED}
    drain(world.app)
    with settled():
        assert asked.look(reading_of(ROUTES)) == {}
        assert asked.look(doing_of(ROUTES)) == {}


def test_s45_no_route_shows_any_role_what_was_told_once_its_own_period_is_over(
    world: World,
) -> None:
    """Who somebody is stays, for whoever helps; nothing fails on what is not there any more."""
    asked = somebody_tells(world)
    told = {ANSWERS["need_text"], ANSWERS["wish"], ANSWERS["place"], PICTURE, TYPED, WHO_TYPED}
    told |= {TEXT, VOICE, FILM}
    before = _look_within(asked, {f"GET {way}" for way in EXITS})
    assert told <= set().union(*before.values())
    project_id = int(str(asked.values["project_id"]))
    with unit_of_work() as session:
        set_periods(session, SYSTEM, project_id, Periods(testimony_months=1))
    for days in range(35, 80, 5):
        with clock.frozen(clock.now() + dt.timedelta(days=days)):
            erase_what_is_over(project_id, world.app.extensions["samleng.blobs"])
            drain(world.app)
    with settled():
        after = asked.look(reading_of(ROUTES))
    assert {route: words & told for route, words in after.items() if words & told} == {}
    record = (
        "GET /v1/projects/<int:project_id>/forms/<name:form>/submissions/<name:instance_id>.xml"
    )
    assert ANSWERS["name"] in after[record]


def test_s45_no_key_of_anything_that_was_told_is_left(world: World) -> None:
    """Of no table: whatever of it lies sealed in whichever backup, no copy of the store made from
    now on opens it, and none of before once the wrapping keys were replaced (`test_erasing`)."""
    with settled():
        there = _keys_named()
        asked = somebody_tells(world)
        told = {one for one in _keys_named() - there if one[0] != "second_factors"}  # the team's
    assert {table for table, _ in told} == {
        "submission_xml", "attachments", "prepared_files", "entities", "export_runs",
        "person_mentions", "testimony_versions",
    }  # fmt: skip
    project_id = int(str(asked.values["project_id"]))
    held = {key for _, key in told}
    assert keys.current().held(project_id, held) == held, "or nothing is proven by their being gone"
    with settled():
        answer = world.client.post(f"/v1/projects/{project_id}/withdrawals", json={"code": CODE})
        assert answer.status_code == 201
        of_files = {key for table, key in told if table == "export_runs"}
        assert keys.current().held(project_id, held) <= of_files, "at once"
        drain(world.app)
        runs.drop_old(world.app.extensions["samleng.blobs"])
        assert keys.current().held(project_id, held) == frozenset()
    others = {key for _, key in there}
    assert keys.current().held(project_id, others), "somebody else's stay"


def _look_within(asked: Asked, routes: Iterable[str] = ROUTES) -> Found:
    """As all but people of other projects, to whom it was never there
    (tests/test_authorisation.py)."""
    within = [one for one in asked.callers if not one.is_foreign]
    with settled():
        return dataclasses.replace(asked, callers=within).look(
            reading_of(dict.fromkeys(routes, ""))
        )


def _keys_named() -> set[tuple[str, uuid.UUID]]:
    """(table, key) by every column that names a data key."""
    columns = [
        column
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("key_pk") and table.name != "data_keys"
    ]
    with reading() as session:
        return {
            (column.table.name, key)
            for column in columns
            for key in session.scalars(sa.select(column).where(column.is_not(None)))
        }


_PROJECT = "/v1/projects/<int:project_id>"
_RECORD = f"{_PROJECT}/forms/<name:form>/submissions/<name:instance_id>"
TOLD_THERE = {
    "/p/<slug>/submissions/<submission>": {SECOND},
    "/p/<slug>/submissions": {ADDRESS},
    "/p/<slug>/sent": set(),
    "/p/<slug>/files/<opened>/<ticket>": {PICTURE},
    "/p/<slug>/exports/<run>/file": {ANSWERS["name"], ANSWERS["phone"]},
    "/p/<slug>/lists/<int:list_pk>/entities/<uuid:entity_id>": {BEFORE_THE_EDIT},
    "/told/<project>/<story_use>": {TEXT},
    "/told/<project>/<story_use>/file": {PICTURE, VOICE, FILM},
    "/p/<slug>/testimonies/uses/<story_use>/file": {PICTURE, VOICE, FILM},
    f"{_PROJECT}/datasets/<dataset>/entities/<entity_id>": {ENTITY},
    f"{_PROJECT}/view/submissionList": {SECOND},
    f"{_PROJECT}/sync": {BY_APP},
    f"{_RECORD}/diffs": {ANSWERS["name"], BEFORE_THE_EDIT},
    f"{_RECORD}/comments": {COMMENT},
    f"{_RECORD}/attachments/<name:attachment>": {PICTURE},
    f"{_PROJECT}/forms/<name:form_id>/submissions.csv.zip": {TYPED, WHO_TYPED, LATITUDE},
}
"""Where what is to be seen before, besides the answers, which every way of records shows."""


def _of_records() -> set[str]:
    return {route for route in ROUTES if is_of_answers(route)}


def _is_told(before: Found) -> None:
    """Or nothing is proven by its being gone."""
    of_records = _of_records()
    places = {route for route in of_records if route.endswith(".geojson")}
    unnamed = {
        route for route in of_records - places if ANSWERS["name"] not in before.get(route, ())
    }
    assert unnamed == set()
    assert len(of_records) >= 13
    told_there = {
        **TOLD_THERE,
        **{route.removeprefix("GET "): {LATITUDE, LONGITUDE} for route in places},
    }
    missing = {
        route: words - before.get(f"GET {route}", set())
        for route, words in told_there.items()
        if not words <= before.get(f"GET {route}", set())
    }
    assert missing == {}
    never = set(WORDS) - set().union(*before.values()) - {CODE, CODE.replace("-", ""), PHOTO}
    assert never == set(), "planted, and seen by nobody even before"
