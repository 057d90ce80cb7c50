"""CSV, ZIP and GeoJSON over the wire: openrosa §6.3, check 86; S-30; masks and the log."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any
from urllib.parse import quote

import orjson
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role, Scope
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import csv_text
from service.foundation.settings import Settings
from service.intake.tables import Submission
from tests import media_files
from tests.conftest import drain
from tests.factories import Phone, a_form
from tests.pulled_form import (
    FORM_ID,
    FULL,
    ONE,
    YES,
    a_pulled_phone,
    a_script,
    form_xml,
    record,
    send,
)
from tests.web.people import bearer

pytestmark = pytest.mark.each_database

ROOT = (
    "SubmissionDate,today,store,stats,quote,named,who-name,who-age,who-weight,at-Latitude,"
    "at-Longitude,at-Altitude,at-Accuracy,way,help,said,photo,place,meta-instanceID,KEY,"
    "SubmitterID,SubmitterName,AttachmentsPresent,AttachmentsExpected,Status,ReviewState,"
    "DeviceID,Edits,FormVersion\n"
)


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_pulled_phone(client)


@pytest.fixture
def script(phone: Phone) -> dict[str, str]:
    return a_script(phone.project_id, Scope.EXPORTS)


def ask(
    phone: Phone, ending: str, headers: dict[str, str], method: str = "GET", **query: Any
) -> Any:
    path = f"/v1/projects/{phone.project_id}/forms/{quote(FORM_ID)}/submissions{ending}"
    asked = {name.replace("_", "$", 1) if name[0] == "_" else name: v for name, v in query.items()}
    answer = phone.client.open(path, method=method, query_string=asked, headers=headers)
    assert answer.data is not None, "read to its end: only then may the same caller have the next"
    answer.close()
    return answer


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_c86_the_header_is_there_without_rows(phone: Phone, script: dict[str, str]) -> None:
    answer = ask(phone, ".csv", script)
    assert answer.data.decode() == ROOT
    assert answer.content_type == "text/csv; charset=utf-8"
    disposition = answer.headers["Content-Disposition"]
    assert f"filename*=UTF-8''{quote(FORM_ID + '.csv')}" in disposition
    assert 'filename="' in disposition


def test_a_record_is_a_line(phone: Phone, script: dict[str, str]) -> None:
    send(phone, record(ONE, inside=FULL))
    answer = ask(phone, ".csv", script)
    (line,) = table(answer.data)
    assert line["KEY"] == line["meta-instanceID"] == ONE
    assert (line["who-age"], line["at-Latitude"], line["at-Longitude"]) == ("44", "13.1", "103.2")
    assert line["who-name"] == line["said"] == "", "masked"
    assert (line["help"], line["place"]) == ("ramp chair", "ផ្សារ")
    assert (line["SubmitterID"], line["SubmitterName"]) == (str(phone.id), "ទូរសព្ទ អរុណ")
    assert (line["Edits"], line["FormVersion"], line["Status"]) == ("0", "1", "")
    assert line["SubmissionDate"].endswith("Z")
    again = ask(phone, ".csv", script | {"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_stream_that_broke_goes_on_after_its_last_whole_line(
    phone: Phone, script: dict[str, str], ending: str
) -> None:
    for number in range(5):
        send(phone, record(f"uuid:{number}", inside=FULL))
    whole = ask(phone, ending, script, spreadsheet="true")
    lines = whole.data.splitlines(keepends=True)
    for had in range(1, 6):
        last = f"uuid:{5 - had}"
        assert last in lines[-6 + had].decode()
        rest = ask(phone, ending, script, spreadsheet="true", after=last)
        assert rest.status_code == 200
        begun = b"".join(lines[: len(lines) - 5 + had])
        assert begun + rest.data == whole.data
    assert ask(phone, ending, script, after="uuid:9").status_code == 400
    assert (
        ask(
            phone, ending, script, after="uuid:1", _orderby="__system/submissionDate desc"
        ).status_code
        == 400
    )


def test_whatever_became_of_that_line_since(
    phone: Phone, script: dict[str, str], settings: Settings
) -> None:
    for number in range(3):
        send(phone, record(f"uuid:{number}", inside=FULL))
    send(phone, record("uuid:edit", inside=FULL, edits="uuid:1"))
    for name in ("uuid:1", "uuid:edit"):
        rest = ask(phone, ".csv", script, after=name).data.decode()
        assert "uuid:0" in rest
        assert "uuid:edit" not in rest
    elsewhere = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id, "24")
    assert ask(phone, ".csv", elsewhere).status_code == 200
    assert ask(phone, ".csv", elsewhere, after="uuid:1").status_code == 400, "as if it were not"


def test_options(phone: Phone, script: dict[str, str]) -> None:
    send(phone, record(ONE, inside=FULL))
    answer = ask(phone, ".csv", script, groupPaths="false", splitSelectMultiples="True")
    (line,) = table(answer.data)
    assert (line["age"], line["help/ramp"], line["help/chair"]) == ("44", "1", "1")
    filtered = ask(phone, ".csv", script, _filter="__system/submissionDate lt 2020-01-01")
    assert table(filtered.data) == []
    assert ask(phone, ".csv", script, _filter="who/age eq 4").status_code == 501
    assert ask(phone, ".csv", script, groupPaths="perhaps").status_code == 400


def test_passphrases_in_a_body_are_taken_and_not_needed(
    phone: Phone, script: dict[str, str]
) -> None:
    send(phone, record(ONE, inside=FULL))
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(sealed_to="f" * 64))
    path = f"/v1/projects/{phone.project_id}/forms/{quote(FORM_ID)}/submissions.csv"
    answer = phone.client.post(path, data={"1": "a secret"}, headers=script)
    (line,) = table(answer.data)
    assert (line["Status"], line["place"]) == ("not decrypted", "")
    assert ask(phone, ".csv.zip", script, method="POST").status_code == 200


PAYLOADS = ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-1+1", "\t=1"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_s30_raw_for_scripts_and_harmless_for_spreadsheets(
    phone: Phone, script: dict[str, str], payload: str
) -> None:
    told = payload.replace("&", "&amp;")
    send(phone, record(ONE, inside=f"<place>{told}</place>"))
    (raw,) = table(ask(phone, ".csv", script).data)
    assert raw["place"] == payload
    answer = ask(phone, ".csv", script, spreadsheet="true")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    (line,) = table(answer.data[3:])
    assert line["place"] == f"'{payload}"


# --- ZIP ----------------------------------------------------------------------------------------
def unpacked(answer: Any) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_holds_every_table(phone: Phone, script: dict[str, str]) -> None:
    send(phone, record(ONE, inside=FULL))
    send(phone, record(inside=FULL))
    found = unpacked(ask(phone, ".csv.zip", script))
    assert list(found) == [f"{FORM_ID}.csv", f"{FORM_ID}-child.csv", f"{FORM_ID}-toy.csv"]
    assert found[f"{FORM_ID}.csv"].decode().startswith(ROOT)
    assert found[f"{FORM_ID}-child.csv"].startswith(b"called,age,PARENT_KEY,KEY\n")
    toys = table(found[f"{FORM_ID}-toy.csv"])
    assert len(toys) == 4
    assert toys[-1] == {
        "kind": "kite", "PARENT_KEY": f"{ONE}/child[1]", "KEY": f"{ONE}/child[1]/toy[2]",
    }  # fmt: skip
    assert {child["called"] for child in table(found[f"{FORM_ID}-child.csv"])} == {""}, "masked"


def test_nothing_that_was_put_by_stays_or_lies_in_clear(
    app: Flask, phone: Phone, script: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    written: list[bytes] = []
    from service.foundation.blobs import local

    discard = local.Draft.discard

    def look(draft: local.Draft) -> None:
        written.extend(path.read_bytes() for path in blobs.staging.iterdir())
        discard(draft)

    monkeypatch.setattr(local.Draft, "discard", look)
    send(phone, record(ONE, inside=FULL.replace("kite", "a kite of red paper")))
    written.clear()
    assert b"a kite of red paper" in b"".join(unpacked(ask(phone, ".csv.zip", script)).values())
    assert any(written), "it was put by"
    assert not any(b"red paper" in one for one in written)
    assert list(blobs.staging.iterdir()) == []


@pytest.mark.parametrize(
    ("scopes", "consent", "attachments", "there"),
    [
        ({Scope.EXPORTS, Scope.TESTIMONY}, YES, "true", True),
        ({Scope.EXPORTS, Scope.TESTIMONY}, YES, "false", False),
        ({Scope.EXPORTS}, YES, "true", False),
        ({Scope.EXPORTS, Scope.TESTIMONY}, "<stats>yes</stats>", "true", False),
    ],
)
def test_media_are_clean_copies_of_those_who_allow_it(
    app: Flask, phone: Phone, scopes: set[Scope], consent: str, attachments: str, there: bool
) -> None:
    picture = media_files.jpeg()
    inside = "<photo>មុខ.jpg</photo>"
    send(phone, record(ONE, inside=inside, consent=consent), {"មុខ.jpg": picture})
    drain(app)
    headers = a_script(phone.project_id, *scopes)
    found = unpacked(ask(phone, ".csv.zip", headers, attachments=attachments))
    assert ("media/មុខ.jpg" in found) is there
    if there:
        assert found["media/មុខ.jpg"].startswith(b"\xff\xd8")
        assert found["media/មុខ.jpg"] != picture, "not the original, which says where it was made"


# --- GeoJSON ------------------------------------------------------------------------------------
def test_places_of_records(phone: Phone, script: dict[str, str]) -> None:
    send(phone, record(ONE, inside=FULL))
    send(phone, record())
    told = orjson.loads(ask(phone, ".geojson", script).data)
    assert told["type"] == "FeatureCollection"
    (feature,) = told["features"]
    assert feature["id"] == ONE
    assert feature["geometry"]["coordinates"] == [103.2, 13.1, 8]
    assert feature["properties"] == {"fieldpath": "/at"}
    named = orjson.loads(ask(phone, ".geojson", script, fieldpath="/way").data)
    assert named["features"][0]["geometry"]["type"] == "LineString"
    assert orjson.loads(ask(phone, ".geojson", script, limit=1).data)["features"] == []


def test_an_exact_place_of_somebody_is_on_the_map_of_nobody_who_may_not_know_names(
    phone: Phone, script: dict[str, str]
) -> None:
    """Of a form, too, that was published when such a class was let through."""
    careless = form_xml("2").replace(' samleng:place="nobody"', "")
    assert 'type="geopoint" samleng:class="coded"/>' in careless
    with unit_of_work() as session:
        a_form(session, phone.project_id, FORM_ID, "2", xml=careless)
    send(phone, record(ONE, inside=FULL, version="2"))
    assert orjson.loads(ask(phone, ".geojson", script).data)["features"] == []
    assert b"13.1" not in ask(phone, ".csv", script).data
    names = a_script(phone.project_id, Scope.EXPORTS, Scope.IDENTITY)
    (feature,) = orjson.loads(ask(phone, ".geojson", names, purpose="work").data)["features"]
    assert feature["geometry"]["coordinates"] == [103.2, 13.1, 8]
    assert orjson.loads(ask(phone, ".geojson", names, purpose="quote").data)["features"] == []


def test_one_question_at_a_time(phone: Phone, script: dict[str, str]) -> None:
    assert ask(phone, ".geojson", script, fieldpath="/place").status_code == 400
    assert ask(phone, ".geojson", script, fieldpath=["/at", "/way"]).status_code == 400
    assert ask(phone, ".geojson", script, _filter="who/age eq 3").status_code == 501


# --- who ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("ending", [".csv", ".csv.zip", ".geojson"])
def test_files_are_for_coordinators_with_a_fresh_code(
    phone: Phone, settings: Settings, ending: str
) -> None:
    key = settings.secrets.jwt_key
    for role, is_fresh, status in (
        (Role.COORDINATOR, True, 200),
        (Role.COORDINATOR, False, 403),
        (Role.REVIEWER, True, 403),
    ):
        headers = bearer(key, role, phone.project_id, is_fresh=is_fresh)
        assert ask(phone, ending, headers).status_code == status
    elsewhere = bearer(key, Role.COORDINATOR, phone.project_id + 1)
    assert ask(phone, ending, elsewhere).status_code == 404
    assert ask(phone, ending, a_script(phone.project_id, Scope.SUBMISSIONS)).status_code == 403


@pytest.mark.parametrize(
    ("consent", "counted"),
    [(YES, True), ("<store>yes</store><stats>no</stats>", False), ("<store>yes</store>", False)],
)
def test_codes_are_given_to_be_counted_of_those_alone_who_let_themselves_be(
    phone: Phone, script: dict[str, str], consent: str, counted: bool
) -> None:
    """Whoever works with the record sees them all the same."""
    send(phone, record(ONE, inside=FULL, consent=consent))
    [told] = csv.DictReader(io.StringIO(ask(phone, ".csv", script, purpose="count").data.decode()))
    assert (told["who-age"], told["who-weight"]) == (("44", "51.5") if counted else ("", ""))
    assert told["place"] == "ផ្សារ", "open to everybody"
    [seen] = csv.DictReader(io.StringIO(ask(phone, ".csv", script, purpose="work").data.decode()))
    assert seen["who-age"] == "44"


def test_each_file_is_in_the_log(phone: Phone, script: dict[str, str]) -> None:
    for ending in (".csv", ".csv.zip", ".geojson"):
        ask(phone, ending, script, purpose="count")
    with reading() as session:
        found = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "rows.export")
        ).all()
    assert {entry.details["format"] for entry in found} == {"csv", "csv.zip", "geojson"}
    assert {entry.details["purpose"] for entry in found} == {"count"}


@pytest.mark.parametrize(
    ("ending", "begins"), [(".xlsx", b"PK"), (".jsonl", b'{"__id"'), (".dta", b"<stata_dta>"),
    (".spss.zip", b"PK"), (".dta.zip", b"PK")],
)  # fmt: skip
def test_further_kinds_of_files(
    phone: Phone, script: dict[str, str], ending: str, begins: bytes
) -> None:
    send(phone, record(ONE, inside=FULL))
    answer = ask(phone, ending, script, words="km")
    assert answer.status_code == 200
    assert answer.data.startswith(begins)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert ask(phone, ending, script, words="fr").status_code == 400
    assert ask(phone, ".xlsx", script, shape="round").status_code == 400
    assert ask(phone, ".xlsx", script, shape="wide").status_code == 200


def log(action: str) -> list[dict[str, Any]]:
    with reading() as session:
        found = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == action)).all()
    return [entry.details for entry in found]


def test_the_log_says_how_many_records_left(
    phone: Phone, script: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    send(phone, record(ONE, inside=FULL))
    ask(phone, ".csv", script)
    (small,) = log("rows.export")
    assert (small["records"], small["whole"]) == (1, True)
    assert log("rows.left") == []
    monkeypatch.setattr(csv_text, "PORTION", 1)  # every row a piece
    for _ in range(5):
        send(phone, record(inside=FULL))
    ask(phone, ".csv", script)
    assert [(end["records"], end["whole"]) for end in log("rows.left")] == [(6, True)]
    path = f"/v1/projects/{phone.project_id}/forms/{quote(FORM_ID)}/submissions.csv"
    gone = phone.client.get(path, headers=script, buffered=False)
    next(iter(gone.response))
    gone.close()
    assert log("rows.left")[-1]["whole"] is False, "the client went away"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_s21_one_file_at_a_time(
    phone: Phone, script: dict[str, str], monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(csv_text, "PORTION", 1)
    for _ in range(6):
        send(phone, record(inside=FULL))
    path = f"/v1/projects/{phone.project_id}/forms/{quote(FORM_ID)}/submissions.csv"
    first = phone.client.get(path, headers=script, buffered=False)
    next(iter(first.response))
    refused = phone.client.open(path, method=method, headers=script)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert ask(phone, ".csv", a_script(phone.project_id, Scope.EXPORTS)).status_code == 200
    first.close()
    for _ in range(2):
        assert ask(phone, ".csv", script, method=method).status_code == 200
    broken = ask(phone, ".csv", script, _orderby="nothing")
    assert broken.status_code == 501
    assert ask(phone, ".csv", script).status_code == 200, "a mistake leaves no place taken"


def test_a_picture_goes_with_the_answer_that_names_it(app: Flask, phone: Phone) -> None:
    """Testimony alone opens no picture that the form classes as identity; a purpose of words opens
    no picture at all."""
    with unit_of_work() as session:
        a_form(
            session,
            phone.project_id,
            FORM_ID,
            version="2",
            xml=form_xml("2", card='type="binary" samleng:class="identity"'),
        )
    inside = "<photo>house.jpg</photo><card>card.jpg</card>"
    consent = YES + "<quote>yes</quote>"
    files = {"house.jpg": media_files.jpeg(), "card.jpg": media_files.jpeg()}
    send(phone, record(ONE, inside=inside, consent=consent, version="2"), files)
    drain(app)

    def media(purpose: str, *scopes: Scope) -> set[str]:
        headers = a_script(phone.project_id, Scope.EXPORTS, *scopes)
        found = unpacked(ask(phone, ".csv.zip", headers, purpose=purpose))
        return {name for name in found if name.startswith("media/")}

    assert media("work", Scope.TESTIMONY) == {"media/house.jpg"}
    assert media("work", Scope.TESTIMONY, Scope.IDENTITY) == {"media/house.jpg", "media/card.jpg"}
    assert media("quote", Scope.TESTIMONY) == set()
