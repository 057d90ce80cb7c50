"""Returned work on the unmodified phone that sent it: a list with the reason, and a new record that
says which of it takes the place of. Through HTTP, on both databases."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role
from service.entities import actions as entities
from service.facts.tables import Household, Person
from service.forms import actions as forms
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import Problem
from service.foundation.settings import Settings
from service.intake.queries import counting
from service.intake.tables import State, Submission
from tests import statements
from tests.conftest import drain
from tests.factories import Phone, a_phone
from tests.survivors import FORM_ID, form_xml, told
from tests.unit.forms.workbooks import SETTINGS, workbook
from tests.web.people import bearer

LIST = "/p/battambang/submissions"
Headers = Mapping[str, str]


def corrected_form(form_id: str = FORM_ID, version: str = "1") -> str:
    """With the question that F1 to F7 get: which returned record this one corrects."""
    return (
        form_xml()
        .replace("<instance><data", '<instance id="returned" src="jr://file-csv/returned.csv"/>'
                 "<instance><data", 1)
        .replace(f'id="{FORM_ID}" version="1">', f'id="{form_id}" version="{version}"><corrects/>')
        .replace("<bind ", '<bind nodeset="/data/corrects" type="string" '
                 'samleng:tag="record.corrects" samleng:class="coded"/><bind ', 1)
        .replace("<h:body>", '<h:body><select1 ref="/data/corrects" appearance="minimal">'
                 "<label>កែ</label><itemset nodeset=\"instance('returned')/root/item\">"
                 '<value ref="name"/><label ref="label"/></itemset></select1>', 1)
        .replace("<model>", '<model><submission orx:auto-delete="true"/>', 1)
    )  # fmt: skip


def instance_first(xml: str) -> str:
    """The primary instance has to be the first."""
    side = '<instance id="returned" src="jr://file-csv/returned.csv"/>'
    body = xml.replace(side, "", 1)
    return body.replace("</instance>", f"</instance>{side}", 1)


def correction(instance_id: str, of: str, **answers: str) -> str:
    return told(instance_id, **answers).replace("<store>", f"<corrects>{of}</corrects><store>", 1)


@pytest.fixture
def phone(client: FlaskClient, app: Flask) -> Phone:
    made = a_phone(client)
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    with unit_of_work() as session:
        xml = instance_first(corrected_form()).encode()
        forms.publish_xml(session, SYSTEM, made.project_id, xml, media={}, blobs=blobs)
    return made


@pytest.fixture
def bopha(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)


def another(app: Flask, phone: Phone) -> Phone:
    with unit_of_work() as session:
        made = accounts.create_app_user(session, SYSTEM, phone.project_id, "other", None)
    return Phone(
        client=app.test_client(), project_id=phone.project_id, token=made.token, id=made.id
    )


def give_back(phone: Phone, by: Headers, instance_id: str, *reasons: str) -> None:
    with reading() as session:
        query = sa.select(Submission.submission_pk).where(Submission.instance_id == instance_id)
        key = session.scalars(query).one()
    data = {
        "seen": f"{key}.received", "decision": "returned", "reasons": list(reasons),
        "words": "សុខា និយាយ",
    }  # fmt: skip
    answer = phone.client.post(f"{LIST}/{key}/decide", data=data, headers=by)
    assert answer.status_code == 303


def manifest(phone: Phone) -> tuple[str, str]:
    """(hash, address) of returned.csv, by the way that Collect goes."""
    listed = phone.client.get(f"{phone.base}/formList").text
    (address,) = re.findall(
        rf"<formID>{FORM_ID}</formID>.*?<manifestUrl>(.*?)</manifestUrl>", listed
    )
    shown = phone.client.get(address).text
    entry = re.search(
        r"<mediaFile><filename>returned.csv</filename><hash>md5:(\w{32})</hash>"
        r"<downloadUrl>(.*?)</downloadUrl></mediaFile>",
        shown,
    )
    assert entry is not None, shown
    return entry[1], entry[2]


def fetched(phone: Phone) -> list[dict[str, str]]:
    md5, address = manifest(phone)
    answer = phone.client.get(address)
    assert answer.status_code == 200
    assert hashlib.md5(answer.data, usedforsecurity=False).hexdigest() == md5
    assert answer.headers["Cache-Control"] == "no-store"
    again = phone.client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    return list(csv.DictReader(io.StringIO(answer.text)))


def rows(column: Any, *where: Any) -> list[Any]:
    with reading() as session:
        return list(session.scalars(sa.select(column).where(*where)))


def test_returned_work_is_listed_on_its_phone_mended_there_and_comes_back_as_an_edit(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    assert fetched(phone) == [], "a header, without which the form would not open"
    phone.send(told("uuid:first-aaaa11", name="សុខ ម៉ារី"))
    before, _ = manifest(phone)
    give_back(phone, bopha, "uuid:first-aaaa11", "needs", "dates")
    (row,) = fetched(phone)
    assert manifest(phone)[0] != before, "only now Collect loads it again"
    assert manifest(phone)[0] == manifest(phone)[0]
    assert row["name"] == "uuid:first-aaaa11"
    assert row["number"] == "aaaa11"
    assert row["reason"] == "សូមពិនិត្យកាលបរិច្ឆេទ និងអាយុម្តងទៀត។ សូមពិនិត្យតម្រូវការម្តងទៀត។"
    assert row["reason"] in row["label"]
    assert row["place"] == "បាត់ដំបង"
    for secret in ("សុខ", "សុខា"):
        assert secret not in " ".join(row.values())
    sent = phone.send(correction("uuid:second", "uuid:first-aaaa11", size="7"))
    assert sent.status_code == 201
    drain(app)
    states = {row.instance_id: row for row in _submissions()}
    assert states["uuid:first-aaaa11"].state == State.SUPERSEDED
    assert states["uuid:second"].state == State.CURRENT
    assert states["uuid:second"].record_pk == states["uuid:first-aaaa11"].submission_pk
    assert states["uuid:second"].deprecated_id == "uuid:first-aaaa11"
    assert (rows(Household.size), len(rows(Person.sex))) == ([7], 1), "counted once"
    assert fetched(phone) == [], "it is in the office's hands again"
    assert phone.send(correction("uuid:second", "uuid:first-aaaa11", size="7")).status_code == 202
    with reading() as session:
        assert counting.conservation(session, phone.project_id).holds
    address = f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions/uuid:first-aaaa11"
    assert phone.client.get(address, headers=bopha).json["reviewState"] == "edited"  # type: ignore[index]


def _submissions() -> list[Any]:
    with reading() as session:
        return list(session.execute(sa.select(*Submission.__table__.columns)))


def test_no_other_phone_is_told_and_none_corrects_what_another_sent(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    phone.send(told("uuid:1"))
    give_back(phone, bopha, "uuid:1", "place")
    other = another(app, phone)
    assert fetched(other) == []
    assert other.send(correction("uuid:2", "uuid:1", size="9")).status_code == 202
    drain(app)
    assert rows(Submission.reason, Submission.instance_id == "uuid:2") == ["of_another"]
    assert rows(Household.size) == [4]
    assert len(fetched(phone)) == 1


def test_two_corrections_of_one_record_are_never_two_records(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    phone.send(told("uuid:1"))
    give_back(phone, bopha, "uuid:1", "unclear")
    phone.send(correction("uuid:2", "uuid:1", size="5"))
    phone.send(correction("uuid:3", "uuid:1", size="6"))
    drain(app)
    assert rows(Submission.reason, Submission.instance_id == "uuid:3") == ["superseded_base"]
    assert rows(Household.size) == [5]


def test_a_correction_that_comes_before_its_record_waits_for_it(app: Flask, phone: Phone) -> None:
    assert phone.send(correction("uuid:2", "uuid:1", size="5")).status_code == 202
    phone.send(told("uuid:1"))
    drain(app)
    assert rows(Submission.instance_id, Submission.state == State.CURRENT) == ["uuid:2"]
    assert rows(Household.size) == [5]


def test_left_out_or_of_itself_it_corrects_nothing(app: Flask, phone: Phone) -> None:
    for name, of in (("uuid:1", ""), ("uuid:2", " "), ("uuid:3", "uuid:3")):
        assert phone.send(correction(name, of)).status_code == 201
    drain(app)
    assert rows(Submission.state) == [State.CURRENT] * 3


def test_what_was_returned_without_a_reason_or_removed_meanwhile(
    app: Flask, phone: Phone, bopha: Headers, settings: Settings
) -> None:
    phone.send(told("uuid:1"))
    address = f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions/uuid:1"
    phone.client.patch(address, json={"reviewState": "hasIssues"}, headers=bopha)
    assert fetched(phone)[0]["reason"] == "សូមទូរសព្ទទៅការិយាល័យ។"
    with unit_of_work() as session:
        session.execute(sa.text("UPDATE projects SET language = 'en'"))
    assert fetched(phone)[0]["reason"] == "Please call the office."
    chanthou = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    phone.client.delete(address, headers=chanthou)
    assert fetched(phone) == []


def test_a_form_that_does_not_ask_is_offered_none_and_a_scoped_phone_sees_its_own_forms(
    app: Flask, phone: Phone
) -> None:
    assert phone.client.get(f"{phone.base}/forms/visit/attachments/returned.csv").status_code == 404
    with unit_of_work() as session:
        made = accounts.create_app_user(session, SYSTEM, phone.project_id, "one", ["visit"])
    base = f"/v1/key/{made.token}/projects/{phone.project_id}"
    address = f"{base}/forms/{FORM_ID}/attachments/returned.csv"
    assert phone.client.get(address).status_code == 404


def test_no_entity_list_takes_the_name(phone: Phone, app: Flask) -> None:
    with pytest.raises(Problem), unit_of_work() as session:
        entities.create_list(session, SYSTEM, phone.project_id, "Returned")


@pytest.mark.each_database
def test_what_it_costs_is_the_same_however_much_was_sent(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    def asked() -> int:
        _, address = manifest(phone)
        with statements.counted() as seen:
            phone.client.get(address)
        return len(seen)

    phone.send(told("uuid:0"))
    give_back(phone, bopha, "uuid:0", "place")
    one = asked()
    for n in range(1, 5):
        phone.send(told(f"uuid:{n}"))
        give_back(phone, bopha, f"uuid:{n}", "place")
    assert asked() == one
    assert one <= 12


QUESTION = (
    "select_one_from_file returned.csv", "corrects", "តើនេះជាការកែទេ?", "minimal",
    "count(instance('returned')/root/item) > 0", "record.corrects", "coded",
)  # fmt: skip


def test_a_workbook_with_the_question_is_published_without_a_word_of_warning() -> None:
    header = ("type", "name", "label::ខ្មែរ (km)", "appearance", "relevant",
              "bind::samleng:tag", "bind::samleng:class")  # fmt: skip
    village = ("text", "village", "ភូមិ")
    book = workbook(survey=[header, QUESTION, village], settings=SETTINGS)
    made = forms.prepare_workbook(book, "f.xlsx", {})
    assert made.warnings == ()
    assert made.schema.attachments == ("returned.csv",)
    assert (made.schema.fields[0].tag, made.schema.fields[0].path) == (
        "record.corrects", ("corrects",),
    )  # fmt: skip
