"""ODK Briefcase over the wire: openrosa §6.1, checks 81 and 82. Masks, areas, the log, the way
back."""

from __future__ import annotations

import base64
import hashlib
import threading
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from service.accounts.actor import Role, Scope
from service.forms import queries as forms
from service.forms.queries import drafts
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.keys import store
from service.foundation.settings import Settings
from service.intake.tables import Attachment, Part, PreparedFile, State, Submission
from tests import media_files
from tests.conftest import drain
from tests.entity_forms import READS, register
from tests.factories import FORM_XML, Phone, a_form, an_instance, multipart
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
from tests.statements import counted
from tests.web.people import bearer

S = "{http://opendatakit.org/submissions}"
TWO = "uuid:00000000-0000-4000-8000-000000000002"
EVERYTHING = (Scope.EXPORTS, Scope.IDENTITY, Scope.TESTIMONY, Scope.SUBMISSIONS, Scope.FORMS)


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_pulled_phone(client)


class Briefcase:
    """As the client asks and reads (getodk/briefcase: `InstanceIdBatchGetter`,
    `PullFromAggregate`, `PushToAggregate`)."""

    def __init__(self, phone: Phone, headers: dict[str, str], form_id: str = FORM_ID) -> None:
        self.phone, self.form_id = phone, form_id
        self.headers = headers | {"X-OpenRosa-Version": "1.0, 1.0"}

    def get(self, path: str, **query: str) -> Any:
        base = f"/v1/projects/{self.phone.project_id}"
        return self.phone.client.get(f"{base}/{path}", query_string=query, headers=self.headers)

    def page(self, cursor: str = "", number: int = 100) -> tuple[list[str], str]:
        answer = self.get(
            "view/submissionList", formId=self.form_id, cursor=cursor, numEntries=str(number),
            includeIncomplete="false",
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        assert answer.content_type == "text/xml; charset=utf-8"
        root = etree.fromstring(answer.data)
        assert root.tag == f"{S}idChunk"
        ids = [one.text or "" for one in root.find(f"{S}idList")]
        return ids, root.findtext(f"{S}resumptionCursor") or ""

    def batches(self, cursor: str = "", number: int = 100) -> Iterator[tuple[list[str], str]]:
        ids, cursor = self.page(cursor, number)
        while ids:
            yield ids, cursor
            ids, cursor = self.page(cursor, number)

    def walk(self, cursor: str = "", number: int = 100) -> list[str]:
        return [one for ids, _ in self.batches(cursor, number) for one in ids]

    def key(self, instance_id: str, version: str = "Optional[1]") -> str:
        return f"{self.form_id}[@version={version} and @uiVersion=null]/data[@key={instance_id}]"

    def download(self, instance_id: str) -> etree._Element:
        answer = self.get("view/downloadSubmission", formId=self.key(instance_id))
        assert answer.status_code == 200, answer.text
        return etree.fromstring(answer.data)

    def copy(self, instance_id: str) -> etree._Element:
        """The record in it."""
        return self.download(instance_id).find(f"{S}data")[0]

    def push(self, xml: bytes, files: dict[str, bytes] | None = None) -> Any:
        body, content_type = multipart(xml, files or {})
        return self.phone.client.post(
            f"/v1/projects/{self.phone.project_id}/submission",
            data=body, content_type=content_type, headers=self.headers,
        )  # fmt: skip


def briefcase(phone: Phone, *scopes: Scope) -> Briefcase:
    return Briefcase(phone, a_script(phone.project_id, *(scopes or (Scope.EXPORTS,))))


def texts(root: etree._Element) -> dict[str, str]:
    """Leaves by local name; of repeats the last."""
    return {etree.QName(one).localname: one.text or "" for one in root.iter() if not len(one)}


def log(action: str = "rows.export") -> list[dict[str, Any]]:
    with reading() as session:
        rows = sa.select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.at)
        return [entry.details for entry in session.scalars(rows)]


# --- the walk -----------------------------------------------------------------------------------
@pytest.mark.each_database
def test_c81_a_walk_over_250_records_ends_without_gaps_while_others_come_in(
    app: Flask, phone: Phone
) -> None:
    sent = [f"uuid:{uuid.uuid4()}" for _ in range(250)]
    for one in sent:
        send(phone, record(one))
    late = [f"uuid:{uuid.uuid4()}" for _ in range(40)]
    came = threading.Event()

    def others() -> None:
        other = Phone(
            client=app.test_client(), project_id=phone.project_id, token=phone.token, id=phone.id
        )
        for one in late:
            send(other, record(one))
            came.set()

    program = briefcase(phone)
    thread = threading.Thread(target=others)
    thread.start()
    came.wait(30)
    pages = list(program.batches(number=60))
    thread.join()
    found = [one for ids, _ in pages for one in ids] + program.walk(pages[-1][1])
    assert set(found) == {*sent, *late}
    assert list(dict.fromkeys(found))[:250] == sent, "oldest first"
    assert len(found) < 2 * len(set(found)), "told twice at most where something came late"


def test_c81_without_others_each_is_told_once(phone: Phone) -> None:
    sent = [f"uuid:{uuid.uuid4()}" for _ in range(7)]
    for one in sent:
        send(phone, record(one))
    program = briefcase(phone)
    pages = list(program.batches(number=3))
    assert [ids for ids, _ in pages] == [sent[:3], sent[3:6], sent[6:]]
    last = pages[-1][1]
    assert program.page(last) == ([], last), "at the end: no IDs, and the cursor as it was"
    assert program.page("0")[0] == sent, "as Ona's clients begin"
    send(phone, record(TWO))
    assert program.walk(last) == [TWO]


@pytest.mark.each_database
def test_c81_what_is_committed_after_its_younger_is_told(phone: Phone) -> None:
    """A record gets its place in the order before it is committed."""
    sent = [f"uuid:{uuid.uuid4()}" for _ in range(5)]
    for one in sent:
        send(phone, record(one))
    program = briefcase(phone)
    late = sa.update(Submission).where(Submission.instance_id == sent[1])
    with unit_of_work() as session:
        session.execute(late.values(deleted_at=clock.now()))
    first, cursor = program.page(number=3)
    assert first == [sent[0], sent[2], sent[3]]
    with unit_of_work() as session:
        session.execute(late.values(deleted_at=None))
    rest = program.walk(cursor, 3)
    assert {*first, *rest} == set(sent)
    ended = list(program.batches(cursor, 3))[-1][1]
    assert program.page(ended) == ([], ended)


def test_a_cursor_of_a_date_begins_there(phone: Phone) -> None:
    send(phone, record(ONE))
    program = briefcase(phone)
    made = (
        '<cursor xmlns="http://www.opendatakit.org/cursor">'
        "<attributeName>_LAST_UPDATE_DATE</attributeName>"
        "<attributeValue>{}</attributeValue><uriLastReturnedValue/>"
        "<isForwardCursor>true</isForwardCursor></cursor>"
    )
    for early in ("2020-01-01T00:00:00Z", "1960-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"):
        assert program.walk(made.format(early)) == [ONE], early
    assert program.walk(made.format("2199-01-01T00:00:00Z")) == []


@pytest.mark.parametrize("cursor", ["1", "<cursor/>", "<cursor>", "<!DOCTYPE a><a/>", "x" * 5000])
def test_what_is_no_cursor_is_refused(phone: Phone, cursor: str) -> None:
    answer = briefcase(phone).get("view/submissionList", formId=FORM_ID, cursor=cursor)
    assert answer.status_code == 400
    assert b"OpenRosaResponse" in answer.data


@pytest.mark.each_database
def test_a_page_costs_the_same_however_long_the_list_is(phone: Phone) -> None:
    program = briefcase(phone)
    costs = []
    for _ in range(3):
        for _ in range(12):
            send(phone, record())
        with counted() as seen:
            program.page()
        costs.append(len(seen))
    assert costs[1] == costs[2], "(at first the token is looked up)"
    assert costs[1] < 15


# --- one record ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "version",
    ["Optional[1]", "Optional.empty", "null", "1", "Optional[of [another] kind]", ""],
)
def test_c82_every_way_to_print_a_version_finds_the_record(phone: Phone, version: str) -> None:
    send(phone, record(ONE, inside=FULL))
    program = briefcase(phone)
    answer = program.get("view/downloadSubmission", formId=program.key(ONE, version))
    assert answer.status_code == 200, answer.text
    (told,) = etree.fromstring(answer.data).find(f"{S}data")
    assert told.get("instanceID") == texts(told)["instanceID"] == ONE
    bare = program.get("view/downloadSubmission", formId=f"{FORM_ID}/data[@key={ONE}]")
    assert bare.data == answer.data


def test_a_record_has_the_marks_of_aggregate(phone: Phone) -> None:
    send(phone, record(ONE, inside=FULL))
    send(phone, record(TWO, inside="<photo>here.jpg</photo>"))
    told = briefcase(phone).copy(ONE)
    assert told.tag == f"{S}data"
    assert (told.get("id"), told.get("version"), told.get("isComplete")) == (FORM_ID, "1", "true")
    assert told.get("submissionDate", "").endswith("Z")
    assert told.get("markedAsCompleteDate") == told.get("submissionDate")
    missing = briefcase(phone).copy(TWO)
    assert missing.get("isComplete") == "false"
    assert missing.get("markedAsCompleteDate") is None


def test_an_edit_comes_as_what_stands_now(phone: Phone) -> None:
    send(phone, record(ONE, inside=FULL))
    program = briefcase(phone)
    _, cursor = program.page()
    send(phone, record(TWO, inside=FULL.replace("44", "45"), edits=ONE))
    assert program.walk(cursor) == [TWO]
    for asked in (ONE, TWO):
        told = program.copy(asked)
        assert (told.get("instanceID"), texts(told)["deprecatedID"]) == (TWO, ONE)


@pytest.mark.parametrize(
    ("scopes", "consent", "shown"),
    [
        ((Scope.EXPORTS,), YES, {"kind", "place"}),
        ((Scope.EXPORTS, Scope.IDENTITY), YES, {"kind", "place", "name", "called"}),
        ((Scope.EXPORTS, Scope.TESTIMONY), YES, {"kind", "place", "said"}),
        (EVERYTHING, YES, {"kind", "place", "said", "name", "called"}),
        (EVERYTHING, "<stats>yes</stats>", {"place"}),
    ],
)
def test_what_may_not_be_seen_is_there_and_empty(
    phone: Phone, scopes: tuple[Scope, ...], consent: str, shown: set[str]
) -> None:
    send(phone, record(ONE, inside=FULL, consent=consent))
    told = texts(briefcase(phone, *scopes).copy(ONE))
    asked = {"kind", "place", "said", "name", "called"}
    assert {name for name in asked if told[name]} == shown
    assert told.keys() >= asked


def test_what_todays_form_classes_more_strictly_is_empty_too(phone: Phone) -> None:
    send(phone, record(ONE, inside=FULL))
    program = briefcase(phone)
    assert texts(program.copy(ONE))["place"] == "ផ្សារ"
    stricter = form_xml("2").replace(
        'nodeset="/data/place" type="string" samleng:class="open"',
        'nodeset="/data/place" type="string" samleng:class="identity"',
    )
    with unit_of_work() as session:
        a_form(session, phone.project_id, FORM_ID, "2", xml=stricter)
    assert texts(program.copy(ONE))["place"] == ""


def test_files_are_those_that_a_zip_would_hold(app: Flask, phone: Phone) -> None:
    picture = media_files.jpeg()
    send(phone, record(ONE, inside="<photo>មុខ.jpg</photo>"), {"មុខ.jpg": picture})
    drain(app)
    assert briefcase(phone).download(ONE).find(f"{S}mediaFile") is None
    token = a_script(phone.project_id, *EVERYTHING)["Authorization"].removeprefix("Bearer ")
    basic = base64.b64encode(f"any:{token}".encode()).decode()
    program = Briefcase(phone, {"Authorization": f"Basic {basic}"})
    (file,) = program.download(ONE).iterfind(f"{S}mediaFile")
    told = {etree.QName(one).localname: one.text or "" for one in file}
    assert list(told) == ["filename", "hash", "downloadUrl"]
    assert told["filename"] == "មុខ.jpg"
    address = urlsplit(told["downloadUrl"])
    path = f"{address.path}?{address.query}"
    asked = phone.client.get(path)
    assert asked.status_code == 401
    assert asked.headers["WWW-Authenticate"].startswith("Basic ")
    answer = phone.client.get(path, headers=program.headers)
    assert answer.status_code == 200
    assert told["hash"] == f"md5:{hashlib.md5(answer.data, usedforsecurity=False).hexdigest()}"
    assert answer.data != picture, "not the original, which says where it was made"
    assert log("testimony.read"), "opening it is in the log"


def hash_told(phone: Phone) -> str:
    told = Briefcase(phone, a_script(phone.project_id, *EVERYTHING)).download(ONE)
    return told.findtext(f"{S}mediaFile/{S}hash") or ""


def test_the_hash_of_a_file_is_told_without_opening_it(app: Flask, phone: Phone) -> None:
    """It lies beside the file, sealed: by its hash a picture is known again."""
    send(phone, record(ONE, inside="<photo>a.jpg</photo>"), {"a.jpg": media_files.jpeg()})
    drain(app)
    told = hash_told(phone)
    assert told.startswith("md5:")
    with unit_of_work() as session:
        copy = session.scalars(sa.select(PreparedFile).where(PreparedFile.part == Part.COPY)).one()
        kept = copy.sealed_md5
        assert kept is not None
        assert bytes.fromhex(told[4:]) not in kept
        session.execute(sa.update(PreparedFile).values(sealed_md5=None))
    assert hash_told(phone) == told, "of what an earlier release made it is computed"
    with unit_of_work() as session:
        session.execute(sa.update(PreparedFile).values(sealed_md5=kept))
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    for path in blobs.root.rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    assert hash_told(phone) == told


@pytest.mark.each_database
def test_a_page_of_ids_is_read_by_indexes_edited_or_not(phone: Phone) -> None:
    """And not by walking through the other forms of the project."""
    for number in range(6):
        send(phone, record(f"uuid:{number}"))
    send(phone, record("uuid:edit", edits="uuid:2"))
    drain(phone.client.application)
    program = briefcase(phone)
    with counted() as seen:
        assert program.walk("") == ["uuid:0", "uuid:1", "uuid:3", "uuid:4", "uuid:5", "uuid:edit"]
    query = next(one for one in seen if "UNION ALL" in one and "instance_id" in one)
    with reading() as session:
        connection = session.connection()
        if connection.dialect.name != "sqlite":
            return  # a table of six rows is read through there, whatever the indexes
        plan = str(
            connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {query}", tuple([0] * query.count("?"))
            ).all()
        )
    assert "ix_submissions_form" in plan
    assert "ix_submissions_edited" in plan
    assert "SCAN submissions" not in plan


# --- who ----------------------------------------------------------------------------------------
def asked_all(program: Briefcase) -> set[int]:
    return {
        program.get("view/submissionList", formId=program.form_id).status_code,
        program.get("view/downloadSubmission", formId=program.key(ONE)).status_code,
    }


def test_a_phone_reads_no_record(phone: Phone) -> None:
    send(phone, record(ONE, inside=FULL))
    basic = base64.b64encode(f"any:{phone.token}".encode()).decode()
    assert asked_all(Briefcase(phone, {"Authorization": f"Basic {basic}"})) == {403}
    path = f"{phone.base}/view/submissionList"
    assert phone.client.get(path, query_string={"formId": FORM_ID}).status_code in (403, 404)
    blank = phone.client.get(f"{phone.base}/formXml", query_string={"formId": FORM_ID})
    assert (blank.status_code, blank.data) == (200, form_xml().encode())


def test_records_are_for_coordinators_with_a_fresh_code_and_scripts_that_may_export(
    phone: Phone, settings: Settings
) -> None:
    send(phone, record(ONE, inside=FULL))
    key = settings.secrets.jwt_key
    for role, is_fresh, status in (
        (Role.COORDINATOR, True, 200),
        (Role.COORDINATOR, False, 403),
        (Role.REVIEWER, True, 403),
    ):
        by = Briefcase(phone, bearer(key, role, phone.project_id, is_fresh=is_fresh))
        assert asked_all(by) == {status}
    assert asked_all(Briefcase(phone, bearer(key, Role.COORDINATOR, phone.project_id + 1))) == {404}
    assert asked_all(briefcase(phone, Scope.SUBMISSIONS)) == {403}
    nobody = Briefcase(phone, {})
    assert asked_all(nobody) == {401}
    challenge = nobody.get("view/submissionList", formId=FORM_ID).headers["WWW-Authenticate"]
    assert challenge.startswith("Basic ")


def test_an_area_hides_what_lies_elsewhere(phone: Phone, settings: Settings) -> None:
    for one, place in ((ONE, "020101"), (TWO, "240101")):
        send(phone, record(one, inside=FULL))
        with unit_of_work() as session:
            session.execute(
                sa.update(Submission).where(Submission.instance_id == one).values(place=place)
            )
    key = settings.secrets.jwt_key
    program = Briefcase(phone, bearer(key, Role.COORDINATOR, phone.project_id, "02"))
    assert program.walk() == [ONE]
    assert program.get("view/downloadSubmission", formId=program.key(TWO)).status_code == 404


def test_s12_a_cursor_does_not_tell_whether_a_record_elsewhere_is_here(
    phone: Phone, settings: Settings
) -> None:
    """Nor when it came: that would be how much of one's own is told after it."""
    three = "uuid:3"
    for one, place in ((ONE, "020101"), (TWO, "240101"), (three, "020101")):
        send(phone, record(one, inside=FULL))
        with unit_of_work() as session:
            session.execute(
                sa.update(Submission).where(Submission.instance_id == one).values(place=place)
            )
    key = settings.secrets.jwt_key
    program = Briefcase(phone, bearer(key, Role.COORDINATOR, phone.project_id, "02"))
    for instance_id in (TWO, "uuid:nobody"):
        assert program.walk(named(instance_id)) == [ONE, three], instance_id
    assert program.walk(named(ONE)) == [three]
    with unit_of_work() as session:
        session.execute(
            sa.update(Submission)
            .where(Submission.instance_id == ONE)
            .values(deleted_at=sa.func.now())
        )
    assert program.walk(named(ONE)) == [three], "was removed since: others by the moment"


def named(instance_id: str, at: str = "2020-01-01T00:00:00Z") -> str:
    """A cursor after that record, as a client might make it up."""
    return (
        '<cursor xmlns="http://www.opendatakit.org/cursor">'
        "<attributeName>_LAST_UPDATE_DATE</attributeName>"
        f"<attributeValue>{at}</attributeValue>"
        f"<uriLastReturnedValue>{instance_id}</uriLastReturnedValue>"
        "<isForwardCursor>true</isForwardCursor></cursor>"
    )


def test_removed_and_sealed_records_are_not_told(phone: Phone) -> None:
    for one in (ONE, TWO):
        send(phone, record(one, inside=FULL))
    program = briefcase(phone)
    for one, values in ((ONE, {"deleted_at": clock.now()}), (TWO, {"sealed_to": "f" * 64})):
        with unit_of_work() as session:
            session.execute(
                sa.update(Submission).where(Submission.instance_id == one).values(**values)
            )
        assert program.get("view/downloadSubmission", formId=program.key(one)).status_code == 404
    assert program.walk() == []


@pytest.mark.parametrize(
    ("path", "form_id", "status"),
    [
        ("view/submissionList", "", 400),
        ("view/submissionList", "nothing", 404),
        ("view/submissionList", "a\0b", 400),
        ("view/downloadSubmission", "visit", 400),
        ("view/downloadSubmission", "[@version=null]/data[@key=x]", 404),
        ("view/downloadSubmission", f"{FORM_ID}[@version=null]/data[@key=uuid:none]", 404),
        ("formXml", "nothing", 404),
    ],
)
def test_what_is_not_there_is_said_in_openrosas_words(
    phone: Phone, path: str, form_id: str, status: int
) -> None:
    answer = briefcase(phone, *EVERYTHING).get(path, formId=form_id)
    assert answer.status_code == status
    assert b"OpenRosaResponse" in answer.data


def test_the_log_says_how_many_were_handed_out_and_which_said_more_than_codes(
    phone: Phone,
) -> None:
    """Of one record by its ID too, whatever of it may be seen: nobody need have walked to it."""
    for one in (ONE, TWO, f"uuid:{uuid.uuid4()}"):
        send(phone, record(one, inside=FULL))
    program = briefcase(phone)
    program.walk(number=2)
    program.copy(ONE)
    assert [(e["format"], e["records"], e["whole"]) for e in log()] == [
        ("briefcase", 2, False),
        ("briefcase", 1, True),
        ("briefcase", 1, True),
    ]
    assert log()[-1]["classes"] == "", "codes alone"
    assert {entry["purpose"] for entry in log()} == {"analysis by client"}
    briefcase(phone, *EVERYTHING).copy(ONE)
    assert (log()[-1]["classes"], log()[-1]["records"]) == ("identity,testimony", 1)


# --- the way back -------------------------------------------------------------------------------
def as_briefcase_writes(told: etree._Element) -> bytes:
    """kxml writes a record apart from its document: other prefixes, no declarations unused."""
    for one in told.iter():
        one.tag = f"{S}{etree.QName(one).localname}"
    etree.cleanup_namespaces(told)
    return etree.tostring(told)


@pytest.mark.parametrize("rewritten", [False, True])
def test_a_pulled_record_sent_back_is_the_same_record(phone: Phone, rewritten: bool) -> None:
    phone.send(an_instance(ONE))
    with unit_of_work() as session:
        open_form = _opened_form(session, phone)
    send(phone, open_form)
    program = Briefcase(phone, a_script(phone.project_id, *EVERYTHING), "wells")
    told = program.copy(TWO)
    xml = as_briefcase_writes(told) if rewritten else etree.tostring(told)
    answer = program.push(xml)
    assert answer.status_code == 202, answer.text
    assert b"submit_duplicate" in answer.data
    again = program.push(xml)
    assert again.status_code == 202
    with reading() as session:
        states = session.scalars(sa.select(Submission.state)).all()
    assert list(states) == [State.CURRENT] * 2


def _opened_form(session: Any, phone: Phone) -> str:
    """A form that asks about no person, and a record of it as KoboCollect declares it."""
    xml = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:orx="http://openrosa.org/xforms" xmlns:samleng="https://samleng.org/xforms">
<h:head><h:title>Wells</h:title><model><instance><data id="wells" version="1"><depth/><note/>
<orx:meta><orx:instanceID/></orx:meta></data></instance>
<bind nodeset="/data/depth" type="int" samleng:class="coded"/>
<bind nodeset="/data/note" type="string" samleng:class="open"/>
<bind nodeset="/data/orx:meta/orx:instanceID" type="string"/></model></h:head><h:body>
<input ref="/data/depth"><label>Depth</label></input></h:body></h:html>"""
    a_form(session, phone.project_id, "wells", xml=xml)
    return (
        '<?xml version="1.0"?><data id="wells" version="1" xmlns:jr="http://openrosa.org/javarosa"'
        ' xmlns:orx="http://openrosa.org/xforms"><depth>12</depth><note>ជ្រៅ  &amp; dry </note>'
        f"<orx:meta><orx:instanceID>{TWO}</orx:instanceID></orx:meta></data>"
    )


WELLS_WITH_PICTURES = """<h:html xmlns="http://www.w3.org/2002/xforms"
 xmlns:h="http://www.w3.org/1999/xhtml" xmlns:samleng="https://samleng.org/xforms">
<h:head><h:title>Wells</h:title><model><instance><data id="wells" version="1"><store/><one/><two/>
<meta><instanceID/></meta></data></instance>
<bind nodeset="/data/store" type="string" samleng:tag="consent.store" samleng:class="coded"/>
<bind nodeset="/data/one" type="binary"/><bind nodeset="/data/two" type="binary"/>
<bind nodeset="/data/meta/instanceID" type="string"/></model></h:head><h:body>
<upload ref="/data/one" mediatype="image/*"><label>One</label></upload></h:body></h:html>"""


def test_clean_copies_sent_back_take_no_originals_place(app: Flask, phone: Phone) -> None:
    """Briefcase sends every file that it was given; of those that are missing here it may have
    some from elsewhere."""
    picture, other = media_files.jpeg(), b"kept elsewhere"
    with unit_of_work() as session:
        a_form(session, phone.project_id, "wells", xml=WELLS_WITH_PICTURES)
    sent = (
        '<data id="wells" version="1"><store>yes</store><one>1.jpg</one><two>2.jpg</two>'
        f"<meta><instanceID>{ONE}</instanceID></meta></data>"
    )
    send(phone, sent, {"1.jpg": picture})
    drain(app)
    program = Briefcase(phone, a_script(phone.project_id, *EVERYTHING), "wells")
    told = program.download(ONE)
    (file,) = told.iterfind(f"{S}mediaFile")
    address = urlsplit(file.findtext(f"{S}downloadUrl"))
    clean = phone.client.get(f"{address.path}?{address.query}", headers=program.headers).data
    assert clean != picture
    before = kept_files()
    xml = etree.tostring(told.find(f"{S}data")[0])
    answer = program.push(xml, {"1.jpg": clean})
    assert answer.status_code == 202, answer.text
    assert b"submit_duplicate" in answer.data
    assert kept_files() == before == [(True, len(picture))]
    topped_up = program.push(xml, {"1.jpg": clean, "2.jpg": other})
    assert topped_up.status_code == 201
    assert kept_files() == [*before, (True, len(other))]


def kept_files() -> list[tuple[bool, int]]:
    """(is current, size) of each, in the order in which they came."""
    with reading() as session:
        rows = sa.select(Attachment.is_current, Attachment.size).order_by(Attachment.received_at)
        return [(row.is_current, row.size) for row in session.execute(rows)]


def test_a_masked_copy_sent_back_changes_nothing_and_waits(phone: Phone) -> None:
    send(phone, record(ONE, inside=FULL))
    program = briefcase(phone, Scope.EXPORTS, Scope.SUBMISSIONS)
    answer = program.push(etree.tostring(program.copy(ONE)))
    assert answer.status_code == 202
    assert b"submit_review" in answer.data
    unmasked = briefcase(phone, *EVERYTHING)
    assert texts(unmasked.copy(ONE))["name"] == "សុខ"
    assert unmasked.walk() == [ONE]


def test_other_answers_under_the_marks_are_no_repeat(phone: Phone) -> None:
    send(phone, record(ONE, inside=FULL))
    program = briefcase(phone, *EVERYTHING)
    told = etree.tostring(program.copy(ONE), encoding="unicode")
    for changed in (told.replace(">44<", ">45<"), told.replace('version="1"', 'version="2"')):
        assert changed != told
        answer = program.push(changed.encode())
        assert (answer.status_code, b"submit_review" in answer.data) == (202, True)


# --- forms --------------------------------------------------------------------------------------
def a_form_with(version: str, *names: str) -> str:
    """A form, new here, that refers to these files."""
    refers = "".join(f'<value form="image">jr://images/{name}</value>' for name in names)
    itext = f'<itext><translation lang="km"><text id="m">{refers}</text></translation></itext>'
    told = FORM_XML.format(form_id="pushed", version=version)
    return told.replace("</instance>", f"</instance>{itext}", 1) if names else told


def push_form(
    program: Briefcase, xml: str, files: dict[str, bytes] | None = None, query: str = ""
) -> Any:
    body, content_type = multipart(xml, files or {})
    return program.phone.client.post(
        f"/v1/projects/{program.phone.project_id}/formUpload{query}",
        data=body.replace(b"xml_submission_file", b"form_def_file"),
        content_type=content_type, headers=program.headers,
    )  # fmt: skip


def test_s61_testimony_that_nothing_seals_is_not_published_by_briefcase_in_silence(
    phone: Phone,
) -> None:
    """It cannot say that it was decided: whoever sends it by hand can."""
    program, xml = briefcase(phone, Scope.FORMS), a_form_with("1")
    told = xml.replace(
        'nodeset="/data/village"', 'nodeset="/data/village" samleng:class="testimony"'
    )
    told = told.replace("<h:html ", '<h:html xmlns:samleng="https://samleng.org/xforms" ')
    told = told.replace("</model>", '<submission orx:auto-delete="true"/></model>')
    answer = push_form(program, told)
    assert (answer.status_code, b"ignoreWarnings" in answer.data) == (400, True)
    assert states(phone) == (None, None), "nor is it a draft, which is published unasked"
    assert push_form(program, told, query="?ignoreWarnings=true").status_code == 201
    assert states(phone) == ("1", None)
    assert push_form(program, told).status_code == 201, "before its records, each time"
    assert states(phone) == ("1", None)
    changed = push_form(program, told.replace("ភូមិ", "ឃុំ"))
    assert changed.status_code == 400, "others of that version were not decided on"


def states(phone: Phone, form_id: str = "pushed") -> tuple[str | None, str | None]:
    """(version that phones are offered, version of the draft)."""
    with reading() as session:
        offered = forms.find_version(session, phone.project_id, form_id)
        draft = drafts.find_live(session, phone.project_id, form_id)
    return offered and offered.version, draft and draft.version


def test_a_form_that_is_pushed_is_offered_to_phones(phone: Phone) -> None:
    program = briefcase(phone, Scope.FORMS)
    preflight = phone.client.head(
        f"/v1/projects/{phone.project_id}/upload", headers=program.headers
    )
    assert (preflight.status_code, preflight.data) == (204, b"")
    answer = push_form(program, a_form_with("1"))
    assert answer.status_code == 201, answer.text
    assert etree.fromstring(answer.data).tag.endswith("OpenRosaResponse")
    assert states(phone) == ("1", None)
    assert program.get("formXml", formId="pushed").data == a_form_with("1").encode()
    assert push_form(program, a_form_with("1")).status_code == 201, "again, as clients do"
    assert states(phone) == ("1", None)
    other = a_form_with("1").replace("ភូមិ", "ឃុំ")
    assert push_form(program, other).status_code == 409
    assert states(phone) == ("1", "1"), "phones keep what they have; the other is a draft"


def test_files_come_in_several_requests_and_the_form_waits_for_them(phone: Phone) -> None:
    program = briefcase(phone, Scope.FORMS)
    xml = a_form_with("1", "a.png", "b.png")
    first = push_form(program, xml, {"a.png": b"a", "unused.png": b"u", ".DS_Store": b"d"})
    assert first.status_code == 201
    assert "b.png" in first.text
    assert states(phone) == (None, "1")
    second = push_form(program, xml, {"b.png": b"b"})
    assert second.status_code == 201
    assert states(phone) == ("1", None)
    for name in ("a.png", "b.png"):
        file = program.get(f"forms/pushed/attachments/{name}")
        assert (file.status_code, file.data) == (200, name[:1].encode())
    assert program.get("forms/pushed/attachments/unused.png").status_code == 404
    assert push_form(program, xml, {"b.png": b"b"}).status_code == 201
    newer = push_form(program, a_form_with("2", "a.png"))
    assert (newer.status_code, states(phone)) == (201, ("2", None)), "files come along"


def test_a_new_version_in_two_requests_waits_for_its_own_files(phone: Phone) -> None:
    """Those of the version before are no answer to the files that are under way."""
    program = briefcase(phone, Scope.FORMS)
    old = {"a.png": b"old a", "b.png": b"old b"}
    assert push_form(program, a_form_with("1", *old), old).status_code == 201
    xml = a_form_with("2", *old)
    first = push_form(program, xml, {"a.png": b"new a"})
    assert (first.status_code, states(phone)) == (201, ("1", "2"))
    assert "b.png" in first.text
    second = push_form(program, xml, {"b.png": b"new b"})
    assert (second.status_code, states(phone)) == (201, ("2", None)), second.text
    for name in old:
        data = program.get(f"forms/pushed/attachments/{name}").data
        assert data == f"new {name[0]}".encode()
    again = push_form(program, xml, {"b.png": b"new b"})
    assert (again.status_code, states(phone)) == (201, ("2", None)), "its answer was lost"


@pytest.mark.each_database
def test_a_form_with_many_files_keeps_others_waiting_no_longer(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MADE_AHEAD", 256)  # as on a server
    program, costs = briefcase(phone, Scope.FORMS), []
    for version, count in (("1", 2), ("2", 5), ("3", 40)):
        files = {f"{version}-{number}.png": b"x" for number in range(count)}
        with counted() as seen:
            assert push_form(program, a_form_with(version, *files), files).status_code == 201
        costs.append(len(seen))
        assert states(phone) == (version, None)
    assert costs[2] <= costs[1] + 5, costs
    said = [one["files"] for one in log("form.draft_file")]
    assert said == [2, 5, 40], "one entry for all"


def test_a_form_that_reads_a_list_waits_for_no_file_of_it(phone: Phone) -> None:
    program = briefcase(phone, Scope.FORMS)
    xml = register(version="1", reads="people").decode()
    answer = push_form(program, xml, {"people.csv": b"name,label\n"})
    assert (answer.status_code, states(phone, "register")) == (201, ("1", None)), answer.text
    listed = program.get("forms/register/manifest")
    assert b'type="entityList"' in listed.data, "the list itself, not what was sent for it"
    other = a_form_with("1").replace("</instance>", f"</instance>{READS.format('people')}", 1)
    assert push_form(program, other).status_code == 201
    assert states(phone) == ("1", None), "a list of the project"


def test_names_of_files_are_compared_however_they_are_spelled(phone: Phone) -> None:
    program = briefcase(phone, Scope.FORMS)
    composed, decomposed = "\u00e9.png", "e\u0301.png"
    assert push_form(program, a_form_with("1", decomposed), {composed: b"x"}).status_code == 201
    assert states(phone) == ("1", None)


def test_pushing_a_form_needs_the_right_to_publish(phone: Phone, settings: Settings) -> None:
    key = settings.secrets.jwt_key
    basic = base64.b64encode(f"any:{phone.token}".encode()).decode()
    for headers, status in (
        ({}, 401),
        ({"Authorization": f"Basic {basic}"}, 403),
        (bearer(key, Role.REVIEWER, phone.project_id), 403),
        (bearer(key, Role.COORDINATOR, phone.project_id + 1), 404),
        (a_script(phone.project_id, Scope.EXPORTS), 403),
    ):
        program = Briefcase(phone, headers)
        assert push_form(program, a_form_with("1")).status_code == status
        path = f"/v1/projects/{phone.project_id}/upload"
        assert phone.client.head(path, headers=program.headers).status_code == status
    assert states(phone) == (None, None)


@pytest.mark.parametrize("xml", ["<a/>", "no XML"])
def test_what_is_no_form_leaves_nothing_behind(app: Flask, phone: Phone, xml: str) -> None:
    program = briefcase(phone, Scope.FORMS)
    answer = push_form(program, xml, {"a.png": b"a", "b.png": b"b"})
    assert answer.status_code == 400, answer.text
    assert b"OpenRosaResponse" in answer.data
    body, content_type = multipart(a_form_with("1"), {})
    nameless = phone.client.post(
        f"/v1/projects/{phone.project_id}/formUpload",
        data=body, content_type=content_type, headers=program.headers,
    )  # fmt: skip
    assert nameless.status_code == 400
    assert "form_def_file" in nameless.text
    assert states(phone) == (None, None)
    store: LocalBlobs = app.extensions["samleng.blobs"]
    assert list(store.staging.iterdir()) == []
