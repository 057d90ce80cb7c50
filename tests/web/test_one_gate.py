"""S-44: whichever way a record leaves, the same answers leave with it."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM, Scope
from service.consent import actions as consent
from service.foundation import clock
from service.foundation.db import unit_of_work
from tests.conftest import drain
from tests.factories import Phone, a_form, a_phone
from tests.pulled_form import FORM_ID, ONE, YES, a_script, form_xml, record, send

TWO = "uuid:00000000-0000-4000-8000-000000000002"
TOLD = "zebra7"
BIND = '<bind nodeset="/data/meta/audit" type="binary"/>'
LOG = f"event,node,start,end,old-value,new-value\nquestion,/data/mark,1,2,{TOLD}0,{TOLD}1\n"
EXITS = {
    "csv": "forms/{form}/submissions.csv?",
    "csv.zip, with the logs": "forms/{form}/submissions.csv.zip?",
    "jsonl": "forms/{form}/submissions.jsonl?",
    "xlsx": "forms/{form}/submissions.xlsx?",
    "OData": "forms/{form}.svc/Submissions?",
    "OData, one": "forms/{form}.svc/Submissions('{one}')?",
    "Briefcase": "view/downloadSubmission?formId={form}[@version=null and @uiVersion=null]/data"
    "[@key={one}]&",
    "xml": "forms/{form}/submissions/{one}.xml?",
    "xml of a version": "forms/{form}/submissions/{one}/versions/{two}.xml?",
    "diffs": "forms/{form}/submissions/{one}/diffs?",
}


CHILD = {
    "guardian": 'type="string" samleng:tag="consent.guardian"',
    "assent": 'type="string" samleng:tag="consent.assent"',
}


def publish(phone: Phone, version: str, sensitivity: str) -> None:
    xml = form_xml(version, mark=f'type="string" samleng:class="{sensitivity}"', **CHILD)
    xml = xml.replace("<instanceID/>", "<instanceID/><deprecatedID/><audit/>")
    xml = xml.replace("</model>", BIND + "</model>")
    with unit_of_work() as session:
        a_form(session, phone.project_id, FORM_ID, xml=xml, version=version)


def filled_in(phone: Phone, consent: str = YES, version: str = "1", told: str = "") -> None:
    """A record of a version, edited once, with the log of how it was filled in."""
    for one, edits, mark in ((ONE, "", "1"), (TWO, ONE, "2")):
        inside = f"{told}<mark>{TOLD}{mark}</mark>"
        xml = record(one, consent=consent, inside=inside, edits=edits, version=version)
        xml = xml.replace("<meta>", "<meta><audit>audit.csv</audit>")
        send(phone, xml, {"audit.csv": LOG.encode()})


def shown(phone: Phone, by: dict[str, str], purpose: str = "") -> dict[str, bool]:
    """{way out: whether the answer left by it}; each lets through what is open."""
    found = {}
    for name, path in EXITS.items():
        address = path.format(form=FORM_ID, one=ONE, two=TWO) + purpose
        answer = phone.client.get(f"/v1/projects/{phone.project_id}/{address}", headers=by)
        assert answer.status_code == 200, (name, answer.text)
        found[name] = TOLD in text_of(answer.data)
    return found


def text_of(data: bytes) -> str:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "\n".join(archive.read(one).decode("utf-8", "replace") for one in archive.namelist())


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    made = a_phone(client)
    publish(made, "1", "coded")
    return made


def everything(phone: Phone) -> dict[str, str]:
    guarded = (Scope.IDENTITY, Scope.TESTIMONY)
    return a_script(phone.project_id, Scope.EXPORTS, Scope.SUBMISSIONS, *guarded)


def test_s44_an_answer_that_may_be_seen_leaves_by_every_way(app: Flask, phone: Phone) -> None:
    filled_in(phone)
    drain(app)
    by = a_script(phone.project_id, Scope.EXPORTS, Scope.SUBMISSIONS)
    assert shown(phone, by) == dict.fromkeys(EXITS, True)


def test_s44_who_did_not_let_the_record_be_kept_is_told_of_by_no_way(
    app: Flask, phone: Phone
) -> None:
    filled_in(phone, consent="<store>no</store><stats>yes</stats>")
    drain(app)
    for purpose in ("", "purpose=work"):
        assert shown(phone, everything(phone), purpose) == dict.fromkeys(EXITS, False)


def test_s44_what_a_later_version_calls_identity_is_hidden_by_every_way(
    app: Flask, phone: Phone
) -> None:
    filled_in(phone)
    publish(phone, "2", "identity")
    drain(app)
    by = a_script(phone.project_id, Scope.EXPORTS, Scope.SUBMISSIONS)
    assert shown(phone, by) == dict.fromkeys(EXITS, False)
    assert shown(phone, everything(phone), "purpose=work") == dict.fromkeys(EXITS, True)


def test_s44_what_was_identity_when_it_was_told_stays_so(app: Flask, phone: Phone) -> None:
    publish(phone, "2", "identity")
    filled_in(phone, version="2")
    publish(phone, "3", "coded")
    drain(app)
    by = a_script(phone.project_id, Scope.EXPORTS, Scope.SUBMISSIONS)
    assert shown(phone, by) == dict.fromkeys(EXITS, False)


def test_s44_a_purpose_opens_the_same_by_every_way(app: Flask, phone: Phone) -> None:
    """To quote somebody is not to name them."""
    publish(phone, "2", "identity")
    filled_in(phone, consent=YES + "<quote>yes</quote>", version="2")
    drain(app)
    assert shown(phone, everything(phone), "purpose=quote") == dict.fromkeys(EXITS, False)


@pytest.mark.parametrize(
    ("said", "opens"),
    [
        ("", False),
        ("<guardian>yes</guardian>", False),
        ("<assent>yes</assent>", False),
        ("<guardian>yes</guardian><assent>yes</assent>", True),
    ],
)
def test_s44_a_childs_name_needs_its_guardians_yes_and_its_own_by_every_way(
    app: Flask, phone: Phone, said: str, opens: bool
) -> None:
    publish(phone, "2", "identity")
    filled_in(phone, version="2", told=f"<who><age>12</age></who>{said}")
    drain(app)
    assert shown(phone, everything(phone), "purpose=work") == dict.fromkeys(EXITS, opens)


def test_s44_coded_answers_of_a_child_are_worked_with(app: Flask, phone: Phone) -> None:
    filled_in(phone, told="<who><age>12</age></who>")
    drain(app)
    by = a_script(phone.project_id, Scope.EXPORTS, Scope.SUBMISSIONS)
    assert shown(phone, by) == dict.fromkeys(EXITS, True)


def test_s44_a_use_that_was_taken_back_ends_by_every_way(app: Flask, phone: Phone) -> None:
    publish(phone, "2", "testimony")
    filled_in(phone, consent=YES + "<quote>yes</quote>", version="2")
    drain(app)
    assert shown(phone, everything(phone), "purpose=quote") == dict.fromkeys(EXITS, True)
    blobs = app.extensions["samleng.blobs"]
    asked = {"scopes": ["quote_anon"], "blobs": blobs}
    consent.withdraw_record(SYSTEM, phone.project_id, ONE, "asked", **asked)
    drain(app)
    assert shown(phone, everything(phone), "purpose=quote") == dict.fromkeys(EXITS, False)
    assert shown(phone, everything(phone), "purpose=work") == dict.fromkeys(EXITS, True)


def test_s44_a_consent_that_is_over_ends_by_every_way(app: Flask, phone: Phone) -> None:
    publish(phone, "2", "identity")
    filled_in(phone, version="2")
    drain(app)
    assert shown(phone, everything(phone), "purpose=work") == dict.fromkeys(EXITS, True)
    with clock.frozen(clock.now() + dt.timedelta(days=3 * 366)):
        later = everything(phone)
        assert shown(phone, later, "purpose=work") == dict.fromkeys(EXITS, False)
