"""OData over the wire: openrosa §6.2, checks 83–85, 89, 90. Masks, areas and the log besides."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import orjson
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from service.accounts.actor import ORDINARY, Role, Scope
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import current, reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Submission
from service.review import actions as review
from service.review.removing import Why
from tests.conftest import drain
from tests.factories import Phone, a_coordinator, a_form
from tests.pulled_form import FORM_ID, FULL, ONE, a_pulled_phone, a_script, form_xml, record, send
from tests.web.people import bearer

pytestmark = pytest.mark.each_database


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_pulled_phone(client)


def address(phone: Phone, rest: str = "Submissions") -> str:
    return f"/v1/projects/{phone.project_id}/forms/{quote(FORM_ID)}.svc/{rest}"


class Asking:
    """A script that reads."""

    def __init__(self, phone: Phone, *scopes: Scope) -> None:
        self.phone = phone
        self.headers = a_script(phone.project_id, *(scopes or (Scope.SUBMISSIONS,)))

    def get(self, rest: str = "Submissions", **query: Any) -> Any:
        asked = {f"${name}": value for name, value in query.items()}
        answer = self.phone.client.get(
            address(self.phone, rest), query_string=asked, headers=self.headers
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["OData-Version"] == "4.0"
        return orjson.loads(answer.data)

    def ids(self, **query: Any) -> list[str]:
        return [row["__id"] for row in self.get(**query)["value"]]

    def status(self, rest: str = "Submissions", **query: Any) -> int:
        asked = {f"${name}": value for name, value in query.items()}
        return self.phone.client.get(
            address(self.phone, rest), query_string=asked, headers=self.headers
        ).status_code


@pytest.fixture
def script(phone: Phone) -> Asking:
    return Asking(phone)


def sent(phone: Phone, number: int) -> list[str]:
    """IDs of new records, newest first."""
    ids = [f"uuid:{uuid.uuid4()}" for _ in range(number)]
    for one in ids:
        send(phone, record(one, inside=FULL))
    return ids[::-1]


# --- documents ----------------------------------------------------------------------------------
def test_the_service_document_names_all_tables(phone: Phone, script: Asking) -> None:
    told = script.get("")
    assert [one["name"] for one in told["value"]] == [
        "Submissions",
        "Submissions.child",
        "Submissions.child.toy",
    ]
    assert told["@odata.context"].endswith(".svc/$metadata")


EDM = {"e": "http://docs.oasis-open.org/odata/ns/edm"}


def test_metadata_describes_every_property_of_a_row(phone: Phone, script: Asking) -> None:
    send(phone, record(ONE, inside=FULL))
    answer = phone.client.get(address(phone, "$metadata"), headers=script.headers)
    root = etree.fromstring(answer.data)
    types = {t.get("Name"): t for t in root.iterfind(".//e:EntityType", EDM)}
    groups = {t.get("Name"): t for t in root.iterfind(".//e:ComplexType", EDM)}
    assert list(types) == ["Submissions", "Submissions.child", "Submissions.child.toy"]

    def described(node: Any) -> set[str]:
        return {p.get("Name") for p in node.iterfind("e:Property", EDM)}

    for name, node in types.items():
        for row in script.get(name)["value"]:
            assert {key for key in row if "@" not in key} == described(node), name
    (row,) = script.get()["value"]
    assert set(row["who"]) == described(groups["who"])
    assert set(row["__system"]) == described(groups["metadata"])
    assert types["Submissions"].find("e:Property[@Name='at']", EDM).get("Type") == (
        "Edm.GeographyPoint"
    )
    for choice in root.iterfind(".//e:EnumType", EDM):  # python-odata reads none without
        values = [one.get("Value") for one in choice.iterfind("e:Member", EDM)]
        assert values == [str(number) for number in range(len(values))]


# --- rows ---------------------------------------------------------------------------------------
def test_a_record_says_when_by_whom_and_in_which_version(phone: Phone, script: Asking) -> None:
    send(phone, record(ONE, inside=FULL))
    told = script.get(count="True")
    (row,) = told["value"]
    system = row["__system"]
    assert told["@odata.count"] == 1
    assert row["__id"] == ONE
    assert system["submitterId"] == str(phone.id)
    assert system["submitterName"] == "ទូរសព្ទ អរុណ"
    assert system["formVersion"] == "1"
    assert (system["edits"], system["updatedAt"], system["status"]) == (0, None, None)
    assert dt.datetime.fromisoformat(system["submissionDate"]).tzinfo == dt.UTC
    assert system["submissionDate"].endswith("Z")


def test_an_edit_stays_the_record_that_it_was(app: Flask, phone: Phone, script: Asking) -> None:
    first, second = f"uuid:{uuid.uuid4()}", f"uuid:{uuid.uuid4()}"
    send(phone, record(first, inside="<place>A</place>"))
    (later,) = sent(phone, 1)
    send(phone, record(second, inside="<place>B</place>", edits=first, version="2"))
    drain(app)
    rows = script.get()["value"]
    assert [row["__id"] for row in rows] == [later, first], "in the order in which they first came"
    assert rows[1]["place"] == "B"
    assert rows[1]["__system"]["edits"] == 1
    assert rows[1]["__system"]["formVersion"] == "1", "with which it first came"
    assert rows[1]["__system"]["updatedAt"] > rows[1]["__system"]["submissionDate"]


def test_records_of_all_versions_are_read_together(
    app: Flask, phone: Phone, script: Asking
) -> None:
    send(phone, record(ONE, inside="<place>A</place>"))
    with unit_of_work() as session:
        a_form(session, phone.project_id, FORM_ID, "2", xml=form_xml("2", more='type="int"'))
    send(phone, record(inside="<place>B</place><more>5</more>", version="2"))
    send(phone, record(inside="<place>C</place><more>6</more>", version="9 unknown"))
    drain(app)
    rows = script.get()["value"]
    assert [(row["place"], row["more"]) for row in rows] == [("C", 6), ("B", 5), ("A", None)]
    assert [row["__system"]["formVersion"] for row in rows] == ["9 unknown", "2", "1"]


def test_one_record_and_the_rows_that_it_holds(phone: Phone, script: Asking) -> None:
    send(phone, record(ONE, inside=FULL))
    sent(phone, 1)
    (row,) = script.get(f"Submissions('{ONE}')")["value"]
    assert row["__id"] == ONE
    for link in (row["child@odata.navigationLink"], f"Submissions('{ONE}')/child"):
        children = script.get(link, count="true")
        assert [child["age"] for child in children["value"]] == [7, 9]
        assert children["@odata.count"] == 2
    toys = script.get(children["value"][0]["toy@odata.navigationLink"])
    assert [toy["kind"] for toy in toys["value"]] == ["ball", "kite"]
    assert script.status("Submissions('uuid:nobody')") == 404
    assert script.status(f"Submissions('{ONE}')/nothing") == 404
    assert script.status("Submissions.nothing") == 404


def test_what_is_selected_changes_no_rows_of_a_record(phone: Phone, script: Asking) -> None:
    """Rows are found and paged by IDs that the answer leaves out."""
    send(phone, record(ONE, inside=FULL))
    children = script.get(f"Submissions('{ONE}')/child")["value"]
    link = children[0]["toy@odata.navigationLink"]
    assert script.get(link, select="kind")["value"] == [{"kind": "ball"}, {"kind": "kite"}]
    told = script.get(link, select="kind", top=1)
    assert told["value"] == [{"kind": "ball"}]
    answer = phone.client.get(told["@odata.nextLink"], headers=script.headers)
    assert answer.status_code == 200, answer.text
    assert orjson.loads(answer.data)["value"] == [{"kind": "kite"}]
    one = link.removesuffix("/toy")
    assert script.get(one, select="age")["value"] == [{"age": 7}]


def test_sealed_records_say_that_they_are_not_decrypted(phone: Phone, script: Asking) -> None:
    send(phone, record(ONE, inside=FULL))
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(sealed_to="f" * 64))
    (row,) = script.get()["value"]
    assert row["__system"]["status"] == "notDecrypted"
    assert row["place"] is None
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(files_expected=2))
    (row,) = script.get()["value"]
    assert row["__system"]["status"] == "missingEncryptedFormData"


# --- pages --------------------------------------------------------------------------------------
def walk(script: Asking, rest: str, top: int, **query: Any) -> list[str]:
    """All ids by nextLink, as a client follows it."""
    told = script.get(rest, top=top, **query)
    found = [row["__id"] for row in told["value"]]
    while "@odata.nextLink" in told:
        assert len(told["value"]) == top
        answer = script.phone.client.get(told["@odata.nextLink"], headers=script.headers)
        assert answer.status_code == 200, answer.text
        told = orjson.loads(answer.data)
        found += [row["__id"] for row in told["value"]]
    return found


@pytest.mark.parametrize("top", [1, 2, 3, 7])
def test_pages_hold_every_row_once(phone: Phone, script: Asking, top: int) -> None:
    ids = sent(phone, 6)
    assert walk(script, "Submissions", top) == ids
    toys = [row["__id"] for row in script.get("Submissions.child.toy")["value"]]
    assert len(toys) == 12
    assert walk(script, "Submissions.child.toy", top) == toys
    assert walk(script, "Submissions.child.toy", top, count="true") == toys


def test_c84_a_walk_goes_on_while_records_come_and_go(
    app: Flask, phone: Phone, script: Asking
) -> None:
    ids = sent(phone, 6)
    told = script.get(top=2)
    sent(phone, 2)
    remove(phone, ids[1])  # the last of the page
    remove(phone, ids[3])
    rest = orjson.loads(phone.client.get(told["@odata.nextLink"], headers=script.headers).data)
    assert [row["__id"] for row in rest["value"]] == [ids[2], ids[4]]
    children = script.get("Submissions.child", top=1)
    remove(phone, script.ids()[0])
    rest = orjson.loads(phone.client.get(children["@odata.nextLink"], headers=script.headers).data)
    assert len(rest["value"]) == 1
    assert rest["value"][0]["__Submissions-id"] == script.ids()[0]


def remove(phone: Phone, instance_id: str) -> None:
    with unit_of_work() as session:
        key = session.scalars(
            sa.select(Submission.submission_pk).where(Submission.instance_id == instance_id)
        ).one()
        actor = a_coordinator(phone.project_id, phone.id)
        review.remove_record(session, actor, phone.project_id, key, Why.MISTAKE)


def test_top_skip_and_count(phone: Phone, script: Asking) -> None:
    ids = sent(phone, 4)
    assert script.ids(skip=1, top=2) == ids[1:3]
    assert script.ids(skip=3) == ids[3:]
    told = script.get(top=0, count="true")
    assert (told["value"], told["@odata.count"]) == ([], 4)
    assert "@odata.nextLink" not in told
    assert "@odata.nextLink" not in script.get(), "nothing is left"
    told = script.get("Submissions.child", skip=7, top=5, count="true")
    assert (len(told["value"]), told["@odata.count"]) == (1, 8)
    told = script.get("Submissions.child", top=0, count="true")
    assert (told["value"], told["@odata.count"]) == ([], 8)


def token_of(told: dict[str, Any]) -> str:
    [token] = parse_qs(urlsplit(told["@odata.nextLink"]).query)["$skiptoken"]
    return token


def held_in(token: str) -> Any:
    return orjson.loads(base64.b64decode(token.removeprefix("01")))


def test_a_token_overrides_skip(phone: Phone, script: Asking) -> None:
    ids = sent(phone, 3)
    token = token_of(script.get(top=1))
    assert held_in(token)["instanceId"] == ids[0], "as Central's, and a stamp"
    assert script.ids(skiptoken=token, skip=2) == ids[1:]
    assert script.ids(skiptoken=token, top=1, select="__id") == ids[1:2], "shape is not place"


def test_a_token_of_another_question_is_refused(phone: Phone, script: Asking) -> None:
    """So are one that somebody edited, and one that nobody stamped: each would begin elsewhere
    without a word."""
    ids = sent(phone, 3)
    token = token_of(script.get(top=1))
    year = "year(__system/submissionDate) gt 2000"
    assert script.status(filter=year, skiptoken=token) == 400
    assert script.status("Submissions.child", skiptoken=token) == 400
    filtered = token_of(script.get(top=1, filter=year))
    assert script.ids(filter=year, skiptoken=filtered) == ids[1:]
    assert script.status(skiptoken=filtered) == 400
    held = held_in(token)
    for changed in (
        {**held, "instanceId": ids[1]}, {**held, "repeatId": "f" * 40}, {**held, "stamp": ""},
        {"instanceId": ids[0]},
    ):  # fmt: skip
        edited = "01" + base64.b64encode(orjson.dumps(changed)).decode()
        answer = phone.client.get(
            address(phone), query_string={"$skiptoken": edited}, headers=script.headers
        )
        assert (answer.status_code, answer.json["code"]) == (400, "400.35")
        assert "nextLink" in answer.json["message"]


@pytest.mark.parametrize(
    "token", ["02e30=", "01", "01!!!", "01" + base64.b64encode(b"[]").decode(), "x"]
)
def test_a_token_that_is_none_is_refused(phone: Phone, script: Asking, token: str) -> None:
    assert script.status(skiptoken=token) == 400


def test_a_repeat_that_is_not_there_is_told(phone: Phone, script: Asking) -> None:
    sent(phone, 1)
    token = "01" + base64.b64encode(orjson.dumps({"repeatId": "f" * 40})).decode()
    assert script.status("Submissions.child", skiptoken=token) == 400


# --- filters ------------------------------------------------------------------------------------
@pytest.fixture
def two(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Records of two months, the later one first."""
    ids = sent(phone, 2)
    with unit_of_work() as session:
        for instance, month in zip(ids, (11, 10), strict=True):
            session.execute(
                sa.update(Submission)
                .where(Submission.instance_id == instance)
                .values(received_at=dt.datetime(2026, month, 3, 4, 5, 6, tzinfo=dt.UTC))
            )
    return ids


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("__system/submissionDate gt 2026-10-20T00:00:00Z", "1"),
        ("__system/submissionDate lt 2026-10-20", "2"),
        ("__system/submissionDate ge 2026-11-03T04:05:06.000Z", "1"),
        ("__system/submissionDate le 2026-10-03T11:05:06.000+07:00", "2"),
        ("$root/Submissions/__system/submissionDate lt 2026-10-20", "2"),
        ("year(__system/submissionDate) eq 2026", "12"),
        ("month(__system/submissionDate) eq 10", "2"),
        ("day(__system/submissionDate) eq 3 and hour(__system/submissionDate) eq 4", "12"),
        ("minute(__system/submissionDate) ne 5", ""),
        ("second(__system/submissionDate) eq 6", "12"),
        ("__system/submissionDate lt now()", "12"),
        ("year(now()) lt 2000", ""),
        ("month(2026-10-03T00:00:00Z) eq month(__system/submissionDate)", "2"),
        ("__system/updatedAt eq null", "12"),
        ("__system/updatedAt ne null", ""),
        ("not (month(__system/submissionDate) eq 10)", "1"),
        ("month(__system/submissionDate) eq 10 or month(__system/submissionDate) eq 11", "12"),
        ("__system/submitterId eq SENDER", "12"),
        ("__system/submitterId eq 'SENDER'", "12"),
        ("__system/submitterId gt SENDER", ""),
        ("__id eq 'FIRST'", "1"),
        ("__id ne 'FIRST'", "2"),
        ("__system/deletedAt eq null", "12"),
        ("__system/deletedAt ne null", ""),
        ("true", "12"),
    ],
)
def test_c85_fields_operators_and_functions(
    phone: Phone, script: Asking, two: list[str], text: str, expected: str
) -> None:
    text = text.replace("SENDER", str(phone.id)).replace("FIRST", two[0])
    assert script.ids(filter=text) == [two[int(one) - 1] for one in expected]
    assert script.get(filter=text, top=1, count="true")["@odata.count"] == len(expected)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("who/age eq 44", 501),
        ("__system/deviceId eq 'x'", 501),
        ("contains(__id,'x')", 501),
        ("(__id eq 'x') eq true", 501),
        ("__id eq", 400),
        ("__id", 400),
        ("__id eq 5", 400),
        ("__system/submitterId eq 'x'", 400),
        ("__system/submitterId eq 99999999999999999999", 400),
        ("__system/submissionDate gt 'then'", 400),
        ("year(__id) eq 5", 400),
        ("1 lt 'x'", 400),
    ],
)
def test_c85_what_is_not_supported_or_broken(
    phone: Phone, script: Asking, text: str, status: int
) -> None:
    assert script.status(filter=text) == status


def test_tables_of_repeats_are_filtered_by_their_records(
    phone: Phone, script: Asking, two: list[str]
) -> None:
    text = "month($root/Submissions/__system/submissionDate) eq 10"
    children = script.get("Submissions.child", filter=text)["value"]
    assert {child["__Submissions-id"] for child in children} == {two[1]}
    text = "month(__system/submissionDate) eq 10"
    assert script.status("Submissions.child", filter=text) == 501


def test_what_a_look_at_a_record_found_is_told_and_asked_for(
    app: Flask, phone: Phone, script: Asking, two: list[str]
) -> None:
    reviewer = a_script(phone.project_id, Scope.REVIEW)
    path = f"/v1/projects/{phone.project_id}/forms/{quote(FORM_ID)}/submissions/{two[0]}"
    etag = phone.client.get(address(phone), headers=script.headers).headers["ETag"]
    decided = phone.client.patch(path, json={"reviewState": "approved"}, headers=reviewer)
    assert decided.status_code == 200, decided.text
    again = phone.client.get(address(phone), headers=script.headers | {"If-None-Match": etag})
    assert again.status_code == 200
    told = [row["__system"]["reviewState"] for row in script.get()["value"]]
    assert told == ["approved", None]
    assert script.ids(filter="__system/reviewState eq 'approved'") == two[:1]
    assert script.ids(filter="__system/reviewState ne 'approved'") == two[1:]
    assert script.ids(filter="__system/reviewState eq null") == two[1:]
    assert script.ids(filter="__system/updatedAt ne null") == two[:1], "approvals are fetched, too"
    decided_at, never = (row["__system"]["updatedAt"] for row in script.get()["value"])
    assert decided_at is not None
    assert never is None
    edited = record(inside=FULL, edits=two[0])
    send(phone, edited)
    drain(app)
    assert script.ids(filter="__system/reviewState eq 'edited'") == two[:1]
    assert script.get()["value"][0]["__system"]["updatedAt"] > decided_at
    assert script.ids(orderby="__system/reviewState desc")[0] == two[0]
    assert script.status(filter="__system/reviewState eq 5") == 400


def test_removed_records_are_there_only_where_asked_for(
    phone: Phone, script: Asking, two: list[str]
) -> None:
    remove(phone, two[0])
    assert script.ids() == [two[1]]
    assert script.ids(filter="__system/deletedAt ne null") == [two[0]]
    assert script.status(f"Submissions('{two[0]}')") == 404


def test_in_another_order(phone: Phone, script: Asking, two: list[str]) -> None:
    assert script.ids(orderby="__system/submissionDate asc") == two[::-1]
    assert script.ids(orderby="__system/submissionDate desc", top=1) == two[:1]
    assert script.ids(orderby="__system/updatedAt asc, __id desc") == sorted(two, reverse=True)
    assert script.status(orderby="who/age") == 501
    assert script.status(orderby="__id sideways") == 400
    token = "01" + base64.b64encode(orjson.dumps({"instanceId": two[0]})).decode()
    assert script.status(orderby="__id", skiptoken=token) == 501


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("$apply", "x", 501), ("$search", "x", 501), ("$expand", "child", 501), ("$top", "x", 400),
        ("$count", "perhaps", 400), ("nocache", "1", 200),
    ],
)  # fmt: skip
def test_parameters_that_nobody_offers(
    phone: Phone, script: Asking, name: str, value: str, status: int
) -> None:
    asked = {name: value}
    answer = phone.client.get(address(phone), query_string=asked, headers=script.headers)
    assert answer.status_code == status


def test_c89_true_and_false_as_python_writes_them(phone: Phone, script: Asking) -> None:
    send(phone, record(ONE, inside=FULL))
    for word, is_text in (("True", True), ("true", True), ("False", False), ("false", False)):
        assert isinstance(script.get(wkt=word)["value"][0]["at"], str) is is_text
        assert ("@odata.count" in script.get(count=word)) is is_text


# --- validators ---------------------------------------------------------------------------------
def test_c90_what_the_client_has_is_not_sent_again(
    phone: Phone, script: Asking, app: Flask
) -> None:
    send(phone, record(ONE, inside=FULL))

    def ask(etag: str = "") -> Any:
        headers = script.headers | ({"If-None-Match": etag} if etag else {})
        return phone.client.get(address(phone), headers=headers)

    first = ask()
    etag = first.headers["ETag"]
    assert etag.startswith('W/"')
    assert ask(etag).status_code == 304
    assert entries("rows.read") == 1, "nothing was read the second time"
    sent(phone, 1)
    second = ask(etag)
    assert second.status_code == 200
    remove(phone, ONE)
    assert ask(second.headers["ETag"]).status_code == 200


def entries(action: str) -> int:
    with reading() as session:
        return (
            session.scalar(
                sa.select(sa.func.count())
                .select_from(AuditEntry)
                .where(AuditEntry.action == action)
            )
            or 0
        )


# --- who sees what ------------------------------------------------------------------------------
QUOTED = "<store>yes</store><stats>yes</stats><quote>yes</quote>"


@pytest.mark.parametrize(
    ("scopes", "purpose", "consent", "seen"),
    [
        (ORDINARY, "", "", "coded"),
        ({Scope.SUBMISSIONS}, "", QUOTED, "coded"),
        ({Scope.SUBMISSIONS, Scope.IDENTITY, Scope.TESTIMONY}, "", QUOTED, "coded name said"),
        ({Scope.SUBMISSIONS, Scope.IDENTITY}, "", QUOTED, "coded name"),
        ({Scope.SUBMISSIONS, Scope.TESTIMONY}, "work", QUOTED, "coded said"),
        ({Scope.SUBMISSIONS, Scope.IDENTITY, Scope.TESTIMONY}, "quote", QUOTED, "coded said"),
        ({Scope.SUBMISSIONS, Scope.IDENTITY, Scope.TESTIMONY}, "quote", "", "coded"),
        ({Scope.SUBMISSIONS, Scope.IDENTITY, Scope.TESTIMONY}, "name", QUOTED, "coded"),
        ({Scope.SUBMISSIONS, Scope.IDENTITY, Scope.TESTIMONY}, "count", QUOTED, "coded"),
        ({Scope.SUBMISSIONS, Scope.IDENTITY}, "", "<store>no</store>", ""),
        ({Scope.SUBMISSIONS, Scope.IDENTITY}, "", "<today>2026-11-20</today>", ""),
    ],
)
def test_names_and_testimony_need_scope_purpose_and_consent(
    phone: Phone, scopes: set[Scope], purpose: str, consent: str, seen: str
) -> None:
    given = consent or "<store>yes</store><stats>yes</stats>"
    send(phone, record(ONE, inside=FULL, consent=given))
    script = Asking(phone, *scopes)
    query = {"purpose": purpose} if purpose else {}
    answer = phone.client.get(address(phone), query_string=query, headers=script.headers)
    (row,) = orjson.loads(answer.data)["value"]
    found = {
        "coded": row["who"]["age"] == 44,
        "name": row["who"]["name"] == "សុខ",
        "said": row["said"] == "ខ្ញុំនៅរស់",
    }
    assert {key for key, is_there in found.items() if is_there} == set(seen.split())
    assert row["place"] == "ផ្សារ", "an open question is open"
    hidden = {"age": row["who"]["age"], "name": row["who"]["name"], "said": row["said"]}
    assert all(
        value is None for key, value in hidden.items() if key not in seen.replace("coded", "age")
    ), "masked answers are present and null"


def test_a_person_sees_coded_answers_and_no_names(phone: Phone, settings: Settings) -> None:
    send(phone, record(ONE, inside=FULL))
    for role, status in ((Role.REVIEWER, 200), (Role.COORDINATOR, 200), (Role.ANALYST, 403)):
        headers = bearer(settings.secrets.jwt_key, role, phone.project_id)
        answer = phone.client.get(address(phone), headers=headers)
        assert answer.status_code == status
        if status == 200:
            (row,) = orjson.loads(answer.data)["value"]
            assert row["who"] == {"name": None, "age": 44, "weight": 51.5}


def test_a_role_in_an_area_reads_what_lies_there(phone: Phone, settings: Settings) -> None:
    ids = sent(phone, 3)
    with unit_of_work() as session:
        for instance, place in zip(ids, ("0201", "0102", None), strict=True):
            session.execute(
                sa.update(Submission).where(Submission.instance_id == instance).values(place=place)
            )
    headers = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id, "02")
    told = orjson.loads(
        phone.client.get(address(phone), query_string={"$count": "true"}, headers=headers).data
    )
    assert [row["__id"] for row in told["value"]] == [ids[0]]
    assert told["@odata.count"] == 1
    elsewhere = phone.client.get(address(phone, f"Submissions('{ids[1]}')"), headers=headers)
    assert elsewhere.status_code == 404


def test_dara_may_not(phone: Phone, settings: Settings) -> None:
    send(phone, record(ONE, inside=FULL))
    stranger = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id + 1)
    for rest in ("", "$metadata", "Submissions", f"Submissions('{ONE}')"):
        assert phone.client.get(address(phone, rest), headers=stranger).status_code == 404
        assert phone.client.get(address(phone, rest)).status_code == 401


def test_excel_gives_the_token_as_a_password(phone: Phone) -> None:
    send(phone, record(ONE, inside=FULL))
    token = a_script(phone.project_id, Scope.SUBMISSIONS)["Authorization"].split()[1]
    told = base64.b64encode(f"somebody@example.org:{token}".encode()).decode()
    answer = phone.client.get(address(phone), headers={"Authorization": f"Basic {told}"})
    assert answer.status_code == 200


def test_each_reading_is_in_the_log_with_its_purpose(phone: Phone) -> None:
    script = Asking(phone, Scope.SUBMISSIONS, Scope.TESTIMONY)
    phone.client.get(address(phone), headers=script.headers)
    headers = script.headers | {"X-Samleng-Purpose": "quote"}
    phone.client.get(address(phone), headers=headers)
    with reading() as session:
        found = session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.action == "rows.read")
            .order_by(AuditEntry.at, AuditEntry.entry_pk)
        ).all()
    assert [entry.details["purpose"] for entry in found] == ["analysis by client", "quote"]
    assert found[0].details["classes"] == "testimony"
    refused = phone.client.get(
        address(phone), query_string={"purpose": "curiosity"}, headers=script.headers
    )
    assert refused.status_code == 400


def test_the_log_counts_what_was_handed_out(phone: Phone) -> None:
    """Not the record that was looked at to know that there are more."""
    sent(phone, 3)
    Asking(phone).get(top=1)
    with reading() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "rows.read")).one()
    assert entry.details["records"] == 1


def test_consent_that_ended_masks_from_the_next_day_on(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(phone, record(ONE, inside=FULL))
    script = Asking(phone, Scope.SUBMISSIONS, Scope.IDENTITY)
    first = phone.client.get(address(phone), headers=script.headers)
    assert orjson.loads(first.data)["value"][0]["who"]["name"] == "សុខ"
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=365 * 4))
    with unit_of_work() as session:  # tokens end too: this one is about consent
        from service.accounts.tables import ApiToken

        session.execute(sa.update(ApiToken).values(expires_at=now + dt.timedelta(days=365 * 5)))
    later = phone.client.get(
        address(phone), headers=script.headers | {"If-None-Match": first.headers["ETag"]}
    )
    assert later.status_code == 200
    assert orjson.loads(later.data)["value"][0]["who"]["name"] is None


def test_statements_do_not_grow_with_the_records(phone: Phone, script: Asking) -> None:
    asked: list[str] = []

    def listen(_c: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        asked.append(sql)

    def count() -> int:
        asked.clear()
        sa.event.listen(current().reader, "before_cursor_execute", listen)
        script.get()
        sa.event.remove(current().reader, "before_cursor_execute", listen)
        return len(asked)

    sent(phone, 2)
    script.get()
    few = count()
    sent(phone, 25)
    assert count() == few


def test_what_depends_on_the_moment_is_never_unchanged(phone: Phone, script: Asking) -> None:
    """`now()` moves on while records stand still."""

    def tag(**asked: str) -> str:
        path = address(phone, "Submissions")
        return str(
            phone.client.get(path, query_string=asked, headers=script.headers).headers["ETag"]
        )

    asked = {"$filter": "not (__system/submissionDate ge now()) or 1 eq 2"}
    first = tag(**asked)
    with clock.frozen(clock.now() + dt.timedelta(seconds=90)):
        assert tag(**asked) != first
    assert tag() == tag()
