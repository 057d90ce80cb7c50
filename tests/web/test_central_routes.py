"""Routes that scripts written for ODK Central call, beside those that pyodk has."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.accounts.actor import ORDINARY, SYSTEM, Scope
from service.entities import actions
from service.entities.actions import repeating
from service.entities.tables import Import
from service.forms.entity_lists import Telling
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from tests.factories import a_phone
from tests.pulled_form import FORM_ID, FULL, ONE, a_pulled_phone, a_script, record, send
from tests.web.test_central_codes import EVERYTHING, Program

TREES = "/datasets/trees"


@pytest.fixture
def program(client: FlaskClient) -> Program:
    phone = a_phone(client)
    return Program(phone, a_script(phone.project_id, *EVERYTHING, Scope.IDENTITY))


def trees(program: Program, *labels: str, **data: str) -> list[str]:
    """Makes the list with a place, and these; answers their IDs."""
    assert program.ask("POST", "/datasets", json={"name": "trees"}).status_code == 200
    assert program.ask("POST", f"{TREES}/properties", json={"name": "geometry"}).status_code == 200
    given = [{"uuid": str(uuid.uuid4()), "label": one, "data": data} for one in labels]
    body = {"entities": given, "source": {"name": "trees.csv"}}
    if given:
        assert program.ask("POST", f"{TREES}/entities", json=body).json == {"success": True}
    return [one["uuid"] for one in given]


def here(program: Program) -> set[str]:
    return {one["uuid"] for one in program.ask("GET", f"{TREES}/entities").json}


def many(program: Program, what: str, ids: list[str]) -> Any:
    return program.ask("POST", f"{TREES}/entities/bulk-{what}", json={"ids": ids})


# --- entities -----------------------------------------------------------------------------------
def test_many_entities_are_deleted_at_once_and_put_back(program: Program) -> None:
    one, two, three = trees(program, "Mango", "Palm", "Fig")
    strange = [str(uuid.uuid4()), "no id", ""]
    assert many(program, "delete", [one, two, two, *strange]).json == {"count": 2}
    assert here(program) == {three}
    assert many(program, "delete", [one]).json == {"count": 0}, "it is gone already"
    assert many(program, "restore", [one, three, *strange]).json == {"count": 1}
    assert here(program) == {one, three}
    assert many(program, "delete", []).json == {"count": 0}
    for body in ({}, {"ids": "x"}, {"ids": [7]}, {"ids": [one], "strange": 1}):
        answer = program.ask("POST", f"{TREES}/entities/bulk-delete", json=body)
        assert answer.status_code == 400, body
    assert here(program) == {one, three}


def test_of_another_list_none_is_deleted(program: Program) -> None:
    [one] = trees(program, "Mango")
    assert program.ask("POST", "/datasets", json={"name": "other"}).status_code == 200
    answer = program.ask("POST", "/datasets/other/entities/bulk-delete", json={"ids": [one]})
    assert answer.json == {"count": 0}
    assert here(program) == {one}


def test_a_script_deletes_nobody_whom_it_sees_masked(program: Program) -> None:
    ids = trees(program, "Srey Ny", "Dara")
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, program.phone.project_id, "trees", Telling.PEOPLE)
    blind = Program(program.phone, a_script(program.phone.project_id, *sorted(ORDINARY)))
    answer = many(blind, "delete", ids)
    assert (answer.status_code, answer.json["code"]) == (403, "403.22")
    assert here(program) == set(ids)
    assert many(program, "delete", ids).json == {"count": 2}, "who reads names may"


def test_where_one_entity_is(program: Program) -> None:
    [one, other] = trees(program, "Mango", "Palm", geometry="13.1 103.2 0 0")
    told = program.ask("GET", f"{TREES}/entities/{one}/geojson")
    assert told.mimetype == "application/geo+json"
    [feature] = told.get_json(force=True)["features"]
    assert (feature["id"], feature["geometry"]["coordinates"][:2]) == (one, [103.2, 13.1])
    changed = {"data": {"geometry": ""}}
    assert program.ask("PATCH", f"{TREES}/entities/{other}?force=true", json=changed).json
    nowhere = program.ask("GET", f"{TREES}/entities/{other}/geojson").get_json(force=True)
    assert nowhere == {"type": "FeatureCollection", "features": []}
    for strange in (str(uuid.uuid4()), "x"):
        assert program.refused("GET", f"{TREES}/entities/{strange}/geojson")[:2] == (404, "404.1")


def fill(program: Program, source: str = "a.csv", *labels: str) -> int:
    """As pyodk's `create_many` does, which names no entity; answers how many are there then."""
    given = [{"label": one, "data": {}} for one in labels or ("Fig", "Fig", "Palm")]
    body = {"entities": given, "source": {"name": source}}
    assert program.ask("POST", f"{TREES}/entities", json=body).json == {"success": True}
    return len(here(program))


def test_a_bulk_request_that_is_sent_again_makes_nothing_twice(program: Program) -> None:
    trees(program)
    assert (fill(program), fill(program)) == (3, 3), "its answer was lost"
    assert fill(program, "b.csv") == 6, "whoever means it again says so"
    assert fill(program) == 6, "though another came between"
    other = Program(program.phone, a_script(program.phone.project_id, *EVERYTHING, Scope.IDENTITY))
    assert fill(other) == 9, "another caller means her own"
    assert many(program, "delete", sorted(here(program))).json == {"count": 9}
    assert fill(program) == 3, "whoever emptied the list fills it anew"
    later = clock.now() + repeating.REMEMBERED + dt.timedelta(seconds=1)
    with clock.frozen(later):
        assert fill(program) == 6
        with reading() as session:
            kept = session.scalars(sa.select(Import.came_by)).all()
    assert [one is None for one in kept].count(False) == 1, "nor is it remembered for longer"


def test_a_file_that_is_sent_again_makes_nothing_twice(program: Program) -> None:
    """Unless its import was undone meanwhile, or a row says which entity it is."""
    [one] = trees(program, "Mango")
    imports = f"{TREES}/imports"

    def bring(rows: str) -> Any:
        told = program.ask("POST", imports, data=rows, content_type="text/csv")
        assert told.status_code == 200, told.text
        return told.json

    rows = f"__id,label\n{one},Mangosteen\n,Palm\n"
    first, again = bring(rows), bring(rows)
    assert (first["created"], first["changed"], len(here(program))) == (1, 1, 2)
    assert (again["id"], again["created"], again["changed"]) == (first["id"], 1, 1)
    assert program.ask("DELETE", f"{imports}/{first['id']}").json["undone"] == 2
    assert bring(rows)["id"] not in (None, first["id"])
    assert len(here(program)) == 2
    assert bring(f"__id,label\n{one},Mangosteen\n")["same"] == 1


# --- records ------------------------------------------------------------------------------------
def test_where_one_record_says_that_something_is(client: FlaskClient) -> None:
    phone = a_pulled_phone(client)
    program = Program(phone, a_script(phone.project_id, Scope.EXPORTS))
    send(phone, record(ONE, inside=FULL))
    send(phone, record(inside=FULL))
    at = f"/forms/{quote(FORM_ID)}/submissions/{ONE}.geojson"

    def kinds(query: str = "") -> list[str]:
        told = program.ask("GET", at + query).get_json(force=True)
        assert {one["id"] for one in told["features"]} <= {ONE}
        return [one["geometry"]["type"] for one in told["features"]]

    assert kinds() == ["Point"]
    assert kinds("?fieldpath=/way") == ["LineString"]
    assert kinds("?fieldpath=/way&fieldpath=/at&fieldpath=/way") == ["LineString", "Point"]
    assert program.refused("GET", f"{at}?fieldpath=/place")[:2] == (400, "400.8")
    assert program.ask("GET", at.replace(ONE, "uuid:none")).status_code == 404


# --- forms --------------------------------------------------------------------------------------
def workbook(version: str) -> bytes:
    book = openpyxl.Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    for row in (("type", "name", "label"), ("text", "village", "ភូមិ")):
        survey.append(row)
    settings = book.create_sheet("settings")
    for row in (("form_id", "version"), ("book", version)):
        settings.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_the_workbook_of_each_version_is_handed_out(program: Program) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sent: dict[str, Any] = {"headers": {**program.headers, "Content-Type": kind}}
    at = f"/v1/projects/{program.phone.project_id}/forms"
    for version, way in (("1", "?publish=true"), ("2", "/book/draft")):
        told = program.phone.client.post(f"{at}{way}", data=workbook(version), **sent)
        assert told.status_code == 200, told.text
    assert program.ask("POST", "/forms/book/draft/publish").status_code == 200
    for version in ("1", "2"):
        book = openpyxl.load_workbook(
            io.BytesIO(program.ask("GET", f"/forms/book/versions/{version}.xlsx").data)
        )
        assert str(book["settings"]["B2"].value) == version
    assert program.ask("GET", "/forms/book/versions/3.xlsx").status_code == 404


def test_a_file_of_each_version_is_handed_out(program: Program) -> None:
    """By its name; a later version may have another."""
    for version, content in (("1", b"\x89PNG one"), ("2", b"\x89PNG two")):
        xml = ASKS.replace('version="1"', f'version="{version}"')
        way = "/forms" if version == "1" else "/forms/asks/draft"
        made = program.ask("POST", way, data=xml, content_type="application/xml")
        assert made.status_code == 200, made.text
        put = program.ask("POST", "/forms/asks/draft/attachments/map.png", data=content)
        assert put.status_code == 200
        assert program.ask("POST", "/forms/asks/draft/publish").status_code == 200
    for version, content in (("1", b"\x89PNG one"), ("2", b"\x89PNG two")):
        at = f"/forms/asks/versions/{version}/attachments"
        assert program.ask("GET", f"{at}/map.png").data == content
        assert program.ask("GET", f"{at}/none.png").status_code == 404
    assert program.ask("GET", "/forms/asks/versions/3/attachments/map.png").status_code == 404


ASKS = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
 <h:head><h:title>ដើមឈើ</h:title><model>
  <instance><data id="asks" version="1"><which/><meta><instanceID/></meta></data></instance>
  <instance id="trees" src="jr://file-csv/trees.csv"/>
  <instance id="map" src="jr://images/map.png"/>
  <bind nodeset="/data/which" type="string"/>
  <bind nodeset="/data/meta/instanceID" type="string"/></model></h:head>
 <h:body><input ref="/data/which"><label>ណាមួយ</label></input></h:body></h:html>"""


def test_an_entity_list_stands_for_a_file_of_a_draft(program: Program) -> None:
    trees(program, "Mango")
    made = program.ask("POST", "/forms", data=ASKS, content_type="application/xml")
    assert made.status_code == 200, made.text
    file = "/forms/asks/draft/attachments/trees.csv"
    assert program.ask("POST", file, data=b"name,label\n").json["blobExists"] is True

    def link(where: str, **body: bool) -> Any:
        return program.ask("PATCH", where, json=body)

    told = link(file, dataset=True)
    assert told.status_code == 200, told.text
    wanted = {"exists": True, "blobExists": False, "datasetExists": True, "name": "trees.csv"}
    assert wanted.items() <= told.json.items()
    [listed] = [
        one for one in program.ask("GET", "/forms/asks/draft/attachments").json
        if one["name"] == "trees.csv"
    ]  # fmt: skip
    assert wanted.items() <= listed.items()
    assert link(file, dataset=True).status_code == 200, "again is no error"
    assert link(file.replace("trees", "none"), dataset=True).status_code == 404
    assert link(file, dataset=False).json["blobExists"] is False
    picture = file.replace("trees.csv", "map.png")
    assert link(picture, dataset=True).status_code == 404, "no list is called so"
