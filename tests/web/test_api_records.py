"""Records through the API, as people and scripts with narrow rights see them."""

from __future__ import annotations

import datetime as dt
import json
import tracemalloc
import uuid
from collections.abc import Callable, Mapping
from urllib.parse import quote

import orjson
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role, Scope
from service.accounts.policy import Act
from service.consent import actions as taking
from service.foundation import clock, ids, keys
from service.foundation.audit import AuditEntry
from service.foundation.db import current, reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.queries import projecting
from service.intake.tables import State, Submission
from service.review.actions import comments, records
from service.review.queries.records import PAGE
from service.review.tables import RecordComment, RecordReview
from tests import media_files, statements, survivors
from tests.conftest import drain
from tests.factories import FORM_XML, Phone, a_form, a_phone, an_instance
from tests.media_files import traces
from tests.survivors import told
from tests.web.people import bearer

Headers = Mapping[str, str]
NAME = "សុខ ម៉ារី"


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    made = a_phone(client)
    with unit_of_work() as session:
        a_form(session, made.project_id, survivors.FORM_ID, xml=survivors.form_xml())
    return made


@pytest.fixture
def person(settings: Settings, phone: Phone) -> Callable[..., dict[str, str]]:
    def of(role: Role, area: str = "", *, is_fresh: bool = True) -> dict[str, str]:
        key = settings.secrets.jwt_key
        return bearer(key, role, phone.project_id, area, is_fresh=is_fresh)

    return of


def script(*scopes: Scope) -> dict[str, str]:
    with unit_of_work() as session:
        made = actions.create_numbered_api_token(session, SYSTEM, "s", None, scopes)
    return {"Authorization": f"Bearer {made.token}"}


def at(phone: Phone, form_id: str = "visit") -> str:
    return f"/v1/projects/{phone.project_id}/forms/{form_id}/submissions"


def listed(client: FlaskClient, phone: Phone, by: Headers) -> list[str]:
    answer = client.get(at(phone), headers=by)
    assert answer.status_code == 200
    return [one["instanceId"] for one in orjson.loads(answer.data)]


def place(instance_id: str, code: str | None) -> None:
    with unit_of_work() as session:
        session.execute(
            sa.update(Submission).where(Submission.instance_id == instance_id).values(place=code)
        )


# --- who sees which -----------------------------------------------------------------------------
def test_a_role_in_an_area_lists_what_lies_there_and_finds_nothing_else(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    for name, code in (("uuid:in", "020101"), ("uuid:out", "240101"), ("uuid:none", None)):
        phone.send(an_instance(name))
        place(name, code)
    bound = person(Role.REVIEWER, "02")
    assert listed(client, phone, bound) == ["uuid:in"]
    assert listed(client, phone, person(Role.REVIEWER)) == ["uuid:none", "uuid:out", "uuid:in"]
    for name, status in (("uuid:in", 200), ("uuid:out", 404), ("uuid:none", 404)):
        for path in ("", ".xml", "/versions", "/comments", "/attachments"):
            answer = client.get(f"{at(phone)}/{name}{path}", headers=bound)
            assert answer.status_code == status, (name, path)
        decided = client.patch(
            f"{at(phone)}/{name}", json={"reviewState": "approved"}, headers=bound
        )
        assert decided.status_code == status, name
    whole, theirs = person(Role.REVIEWER), person(Role.REVIEWER, "24")
    tags = [client.get(at(phone), headers=by).headers["ETag"] for by in (whole, bound, theirs)]
    assert len(set(tags)) == 3, "one list's tag never stands for another's"


def test_reading_what_came_sends_nobody_of_the_whole_project_a_list_again(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    whole, bound = person(Role.REVIEWER), person(Role.REVIEWER, "02")
    phone.send(an_instance("uuid:1"))
    place("uuid:1", "020101")

    def statuses() -> list[int]:
        return [
            client.get(at(phone), headers={**by, "If-None-Match": tag}).status_code
            for by, tag in tags
        ]

    tags = [(by, client.get(at(phone), headers=by).headers["ETag"]) for by in (whole, bound)]
    assert statuses() == [304, 304]
    with unit_of_work() as session:
        later = clock.now() + dt.timedelta(seconds=1)
        session.execute(sa.update(Submission).values(projected_at=later))
    assert statuses() == [304, 200], "what is read lands in an area, or leaves it"


def test_removed_and_waiting_copies_are_in_no_list(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    by = person(Role.COORDINATOR)
    phone.send(an_instance("uuid:1", village="ក"))
    phone.send(an_instance("uuid:1", village="ខ"))
    phone.send(an_instance("uuid:2"))
    assert listed(client, phone, by) == ["uuid:2", "uuid:1"]
    tag = client.get(at(phone), headers=by).headers["ETag"]
    with unit_of_work() as session:
        removed = sa.update(Submission).where(Submission.instance_id == "uuid:2")
        session.execute(removed.values(deleted_at=clock.now()))
    assert listed(client, phone, by) == ["uuid:1"]
    assert client.get(at(phone), headers={**by, "If-None-Match": tag}).status_code == 200
    assert client.get(f"{at(phone)}/uuid:2", headers=by).status_code == 404


def test_a_field_worker_adds_and_completes_her_own_record_alone(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    arun, other = person(Role.FIELD_WORKER), person(Role.FIELD_WORKER)
    xml = an_instance("uuid:1", photo="a.jpg")
    added = client.post(at(phone), data=xml, headers=arun, content_type="application/xml")
    assert added.status_code == 200
    file = f"{at(phone)}/uuid:1/attachments/a.jpg"
    assert client.post(file, data=b"x", headers=other).status_code == 404
    assert client.post(file, data=b"x", headers=arun).status_code == 200
    with reading() as session:
        row = session.scalars(sa.select(Submission)).one()
    assert (row.files_expected, row.files_present, row.channel) == (1, 1, "api")
    assert client.post(file, data=b"y", headers=person(Role.COORDINATOR)).status_code == 403


def test_the_decisions_are_those_of_intake(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    """What a phone may resend, may come from the API first: one record, one decision function."""
    by = person(Role.FIELD_WORKER)
    xml = an_instance("uuid:1", photo="a.jpg")
    client.post(at(phone), data=xml, headers=by)
    assert phone.send(xml, {"a.jpg": b"x"}).status_code == 201
    assert phone.send(xml, {"a.jpg": b"x"}).status_code == 202
    edited = an_instance("uuid:2", deprecated_id="uuid:1")
    coordinator = person(Role.COORDINATOR)
    done = client.put(f"{at(phone)}/uuid:1", data=edited, headers=coordinator)
    assert done.status_code == 200
    assert phone.send(edited).status_code == 202
    late = phone.send(an_instance("uuid:3", deprecated_id="uuid:1"))
    assert late.status_code == 202, "a phone's edit of what was replaced waits for a person"
    with reading() as session:
        states = session.scalars(sa.select(Submission.state)).all()
    assert sorted(states) == [State.CURRENT, State.QUEUED, State.SUPERSEDED]


# --- how long lists are made --------------------------------------------------------------------
def fill(phone: Phone, count: int) -> None:
    """Rows as intake leaves them, without what they say."""
    with reading() as session:
        one = dict(session.execute(sa.select(Submission.__table__)).first()._mapping)  # type: ignore[union-attr]
    rows = []
    for _ in range(count):
        key = ids.new_uuid()
        rows.append(
            {
                **one, "submission_pk": key, "record_pk": key, "instance_id": f"uuid:{key}",
                "instance_digest": key.bytes,
            }
        )  # fmt: skip
    with unit_of_work() as session:
        session.execute(sa.insert(Submission), rows)


def statements_of(ask: Callable[[], object]) -> int:
    with statements.counted() as seen:
        ask()
    return len(seen)


def test_a_list_is_read_in_a_fixed_number_of_statements_a_page(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    by = {**person(Role.COORDINATOR), "X-Extended-Metadata": "true"}
    phone.send(an_instance())

    def ask() -> None:
        assert client.get(at(phone), headers=by).data

    ask()
    few = statements_of(ask)
    fill(phone, 400)
    assert statements_of(ask) == few
    fill(phone, PAGE)
    assert statements_of(ask) == few + 3, "one page, and twice the names of those who sent"


def test_lists_of_forms_phones_and_comments_take_as_many_statements_however_long(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    by = {**person(Role.COORDINATOR), "X-Extended-Metadata": "true"}
    phone.send(an_instance("uuid:1"))
    project = f"/v1/projects/{phone.project_id}"
    comments = f"{at(phone)}/uuid:1/comments"
    client.post(comments, json={"body": "ក"}, headers=by)
    paths = ["/v1/projects", f"{project}/forms", f"{project}/app-users", comments,
        f"{project}/forms/visit/assignments", f"{at(phone)}/uuid:1/versions"]  # fmt: skip

    def count() -> list[int]:
        for path in paths:
            assert client.get(path, headers=by).status_code == 200, path
        return [statements_of(lambda path=path: client.get(path, headers=by)) for path in paths]

    few = count()
    with unit_of_work() as session:
        for number in range(5):
            a_form(session, phone.project_id, f"more{number}")
            actions.create_app_user(session, SYSTEM, phone.project_id, f"{number}", None)
    for _ in range(5):
        client.post(comments, json={"body": "ខ"}, headers=by)
    before = "uuid:1"
    for number in range(3):
        edit = an_instance(f"uuid:edit{number}", deprecated_id=before)
        assert client.put(f"{at(phone)}/uuid:1", data=edit, headers=by).status_code == 200
        before = f"uuid:edit{number}"
    assert count() == few


@pytest.mark.each_database
def test_a_long_list_streams_and_is_whole(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    by = person(Role.COORDINATOR)
    phone.send(an_instance())
    fill(phone, 2 * PAGE + 17)
    many = 2 * PAGE + 18
    assert len(set(listed(client, phone, by))) == many
    part = client.get(f"{at(phone)}?limit=10&offset={many - 5}", headers=by)
    assert len(orjson.loads(part.data)) == 5


def peak(client: FlaskClient, phone: Phone, by: Headers) -> int:
    """Bytes held while the list is read in pieces and thrown away."""
    tracemalloc.start()
    try:
        answer = client.get(at(phone), headers=by, buffered=False)
        pieces = sum(1 for _ in answer.response)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        answer.close()
    assert pieces > 2, "it comes in pieces"
    return most


def test_a_list_five_times_as_long_takes_no_more_memory(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    by = person(Role.COORDINATOR)
    phone.send(an_instance())
    fill(phone, PAGE)
    peak(client, phone, by)  # what is imported and cached at first
    short = peak(client, phone, by)
    fill(phone, 4 * PAGE)
    assert peak(client, phone, by) < 2.5 * short, "a page, and the next one beside it"


@pytest.mark.each_database
def test_an_edit_while_a_list_streams_moves_nothing_out_of_it(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    """The version that it becomes gets a key above the page; its place is that of the record."""
    by = person(Role.COORDINATOR)
    phone.send(an_instance("uuid:old"))
    fill(phone, PAGE + 5)
    answer = client.get(at(phone), headers=by, buffered=False)
    pieces = iter(answer.response)
    first = next(pieces)
    if current().is_sqlite:  # readers and the writer of a test are one thread here: both go on
        assert first
    edited = client.put(
        f"{at(phone)}/uuid:old", data=an_instance("uuid:new", deprecated_id="uuid:old"), headers=by
    )
    assert edited.status_code == 200
    told_ids = [one["instanceId"] for one in orjson.loads(first + b"".join(pieces))]
    answer.close()
    assert told_ids.count("uuid:old") == 1


def test_an_edit_between_two_pages_moves_nothing_out_of_them(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    """By first creation, as in Central: whoever asks by `offset` misses none."""
    by = person(Role.COORDINATOR)
    for name in ("uuid:a", "uuid:p1", "uuid:p2", "uuid:p3", "uuid:p4"):
        phone.send(an_instance(name))

    def page(offset: int) -> list[str]:
        answer = client.get(f"{at(phone)}?limit=3&offset={offset}", headers=by)
        return [one["instanceId"] for one in orjson.loads(answer.data)]

    first = page(0)
    edit = an_instance("uuid:p1b", deprecated_id="uuid:p1")
    assert client.put(f"{at(phone)}/uuid:p1", data=edit, headers=by).status_code == 200
    assert [first, page(3)] == [["uuid:p4", "uuid:p3", "uuid:p2"], ["uuid:p1", "uuid:a"]]


@pytest.mark.each_database
def test_rows_before_a_page_are_not_read(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    by = person(Role.COORDINATOR)
    phone.send(an_instance())
    fill(phone, 3 * PAGE)
    asked = f"{at(phone)}?limit=1&offset={2 * PAGE + 7}"
    with statements.counted() as few:
        assert len(orjson.loads(client.get(f"{at(phone)}?limit=1", headers=by).data)) == 1
    with statements.counted() as seen:
        (one,) = orjson.loads(client.get(asked, headers=by).data)
    assert len(seen) == len(few)
    assert one["instanceId"] == listed(client, phone, by)[2 * PAGE + 7]


def test_an_edit_that_takes_its_place_changes_the_list_and_its_tag(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    """It came before its base: nothing is counted anew, and no moment is later, when it links."""
    by = person(Role.COORDINATOR)
    phone.send(an_instance("uuid:1"))
    phone.send(an_instance("uuid:2"))
    with unit_of_work() as session:  # as a writer that linked what waited leaves it
        waits = sa.update(Submission).where(Submission.instance_id == "uuid:2")
        session.execute(waits.values(state=State.SUPERSEDED, projected_at=None))
    asked = client.get(at(phone), headers=by)
    with unit_of_work() as session:
        keys_of = dict(
            session.execute(sa.select(Submission.instance_id, Submission.record_pk)).all()
        )
        swap = sa.update(Submission).where
        session.execute(swap(Submission.instance_id == "uuid:1").values(state=State.QUEUED))
        session.execute(
            swap(Submission.instance_id == "uuid:2").values(
                state=State.CURRENT, record_pk=keys_of["uuid:2"]
            )
        )
    again = client.get(at(phone), headers={**by, "If-None-Match": asked.headers["ETag"]})
    assert (again.status_code, again.headers["ETag"] != asked.headers["ETag"]) == (200, True)


def test_updated_at_is_the_same_in_lists_and_tables(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    """Whoever asks for what changed since gets decisions, too."""
    by = person(Role.COORDINATOR)
    moments = {}

    def told_by_all(when: str) -> str | None:
        [one] = orjson.loads(client.get(at(phone), headers=by).data)
        single = client.get(f"{at(phone)}/uuid:1", headers=by).get_json()
        table = f"{at(phone).removesuffix('/submissions')}.svc/Submissions"
        [row] = orjson.loads(client.get(table, headers=by).data)["value"]
        assert one["updatedAt"] == single["updatedAt"] == row["__system"]["updatedAt"], when
        moments[when] = one["updatedAt"]
        return moments[when]

    def decide(state: str) -> None:
        answer = client.patch(f"{at(phone)}/uuid:1", json={"reviewState": state}, headers=by)
        assert answer.status_code == 200
        assert answer.get_json()["updatedAt"] == told_by_all(state)

    start = clock.now()
    with clock.frozen(start):
        phone.send(an_instance("uuid:1"))
        assert told_by_all("sent") is None
    with clock.frozen(start + dt.timedelta(minutes=1)):
        decide("hasIssues")
    with clock.frozen(start + dt.timedelta(minutes=2)):
        edit = an_instance("uuid:2", deprecated_id="uuid:1")
        assert client.put(f"{at(phone)}/uuid:1", data=edit, headers=by).status_code == 200
        assert told_by_all("edited")
    with clock.frozen(start + dt.timedelta(minutes=3)):
        decide("approved")
    assert len(set(moments.values())) == 4
    assert moments["hasIssues"] < moments["edited"] < moments["approved"]


def test_a_form_tells_who_made_it_and_how_its_records_stand(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    """ruODK's form_list() fails without `createdBy`."""
    by = {**person(Role.COORDINATOR), "X-Extended-Metadata": "true"}
    for name in ("uuid:1", "uuid:2", "uuid:3", "uuid:4"):
        phone.send(an_instance(name))
    for name, state in (("uuid:2", "hasIssues"), ("uuid:3", "approved"), ("uuid:4", "rejected")):
        decided = client.patch(f"{at(phone)}/{name}", json={"reviewState": state}, headers=by)
        assert decided.status_code == 200
    edit = an_instance("uuid:4b", deprecated_id="uuid:4")
    assert client.put(f"{at(phone)}/uuid:4", data=edit, headers=by).status_code == 200
    every = client.get(f"/v1/projects/{phone.project_id}/forms", headers=by).get_json()
    told_of = {one["xmlFormId"]: one for one in every}
    assert told_of["visit"]["reviewStates"] == {"received": 1, "hasIssues": 1, "edited": 1}
    assert told_of[survivors.FORM_ID]["reviewStates"] == dict.fromkeys(
        ("received", "hasIssues", "edited"), 0
    )
    for one in every:
        assert isinstance(one["createdBy"]["id"], int)
        assert (one["publicLinks"], one["entityRelated"]) == (0, False)
        assert (one["enketoOnceId"], one["webformsEnabled"]) == (None, False)


def test_an_entity_list_that_a_form_reads_is_there(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    by = person(Role.COORDINATOR)
    xml = FORM_XML.format(form_id="reader", version="1").replace(
        "<bind nodeset", '<instance id="things" src="jr://file-csv/things.csv"/><bind nodeset', 1
    )
    with unit_of_work() as session:
        a_form(session, phone.project_id, "reader", xml=xml)
    project = f"/v1/projects/{phone.project_id}"
    assert client.post(f"{project}/forms/reader/draft", headers=by).status_code == 200

    def seen(path: str) -> tuple[bool, bool, bool]:
        (one,) = client.get(f"{project}/forms/reader{path}/attachments", headers=by).get_json()
        return one["exists"], one["blobExists"], one["datasetExists"]

    assert [seen(""), seen("/draft")] == [(False, False, False)] * 2
    made = client.post(f"{project}/datasets", json={"name": "things"}, headers=by)
    assert made.status_code == 200
    assert [seen(""), seen("/draft")] == [(True, False, True)] * 2


@pytest.mark.parametrize("path", ["?flatten=FALSE&odata=FALSE", "?odata=TRUE&whatever=1"])
def test_unknown_names_in_a_query_are_ignored_as_in_central(phone: Phone, path: str) -> None:
    """ruODK asks for the fields with `flatten`, which Central knew long ago."""
    base = f"/v1/projects/{phone.project_id}/forms/{survivors.FORM_ID}"
    headers = script(Scope.FORMS, Scope.SUBMISSIONS)
    assert phone.client.get(f"{base}/fields{path}", headers=headers).status_code == 200
    listed_ = phone.client.get(f"{base}/submissions{path}", headers=headers)
    assert listed_.status_code == 200
    wrong = phone.client.get(f"{base}/fields?odata=perhaps", headers=headers)
    assert wrong.status_code == 400
    assert phone.client.get(f"{base}/submissions?limit=x", headers=headers).status_code == 400


# --- what is read in a record -------------------------------------------------------------------
def test_a_coordinator_reads_names_with_purpose_consent_and_a_fresh_code(
    client: FlaskClient, phone: Phone, app: Flask, person: Callable[..., dict[str, str]]
) -> None:
    phone.send(told("uuid:1", name=NAME))
    drain(app)
    xml = f"{at(phone, survivors.FORM_ID)}/uuid:1.xml"
    named = NAME.encode()
    fresh, stale = person(Role.COORDINATOR), person(Role.COORDINATOR, is_fresh=False)
    reviewer = person(Role.REVIEWER)
    for by, query, shows in (
        (fresh, "?purpose=work", True), (stale, "?purpose=work", False), (stale, "", False),
        (reviewer, "?purpose=work", False), (fresh, "?purpose=contact", False),
    ):  # fmt: skip
        answer = client.get(f"{xml}{query}", headers=by)
        assert answer.status_code == 200
        assert (named in answer.data) is shows, (query, shows)
    with reading() as session:
        (entry,) = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == Act.IDENTITY_READ)
        )
    assert entry.details["purpose"] == "work"
    assert NAME not in str(entry.details)


def test_a_picture_is_handed_out_clean_for_a_purpose(
    client: FlaskClient, phone: Phone, app: Flask
) -> None:
    phone.send(told("uuid:1", photo="mary.jpg"), {"mary.jpg": media_files.jpeg()})
    drain(app)
    by = script(Scope.SUBMISSIONS, Scope.TESTIMONY)
    record = f"{at(phone, survivors.FORM_ID)}/uuid:1"
    (file,) = client.get(f"{record}/attachments", headers=by).get_json()
    assert file == {"name": "mary.jpg", "exists": True}
    assert b">mary.jpg<" in client.get(f"{record}.xml", headers=by).data, "as she reads it there"
    address = f"{record}/attachments/{file['name']}"
    shown = client.get(f"{address}?purpose=work", headers=by)
    assert shown.mimetype == "image/jpeg"
    assert traces(shown.data) == []
    denied = client.get(f"{address}?purpose=government", headers=by)
    assert denied.status_code == 400, "no picture is opened for that"
    unsaid = client.get(address, headers=by)
    assert (unsaid.status_code, unsaid.data) == (200, shown.data), "for the team's work"
    narrow = script(Scope.SUBMISSIONS)
    assert client.get(address, headers=narrow).status_code == 403
    (told_of,) = client.get(f"{record}/attachments", headers=narrow).get_json()
    assert not told_of["exists"], "what she cannot open is not there"
    assert "mary" not in told_of["name"]
    assert client.get(f"{record}/attachments/{told_of['name']}", headers=by).data == shown.data


def test_a_file_that_nobody_could_open_is_not_told_of_as_one(
    client: FlaskClient, phone: Phone, app: Flask
) -> None:
    """There is no clean copy, for it is no picture at all."""
    phone.send(told("uuid:1", photo="mary.jpg"), {"mary.jpg": b"\xff\xd8 no picture"})
    drain(app)
    by = script(Scope.SUBMISSIONS, Scope.TESTIMONY)
    record = f"{at(phone, survivors.FORM_ID)}/uuid:1"
    (file,) = client.get(f"{record}/attachments", headers=by).get_json()
    assert not file["exists"]
    refused = client.get(f"{record}/attachments/{file['name']}", headers=by)
    assert refused.status_code == 404


# --- comments, and what is taken back -----------------------------------------------------------
@pytest.mark.each_database
def test_a_comment_is_sealed_and_gone_with_the_record(
    client: FlaskClient, phone: Phone, app: Flask, person: Callable[..., dict[str, str]]
) -> None:
    by = person(Role.REVIEWER)
    phone.send(told("uuid:1"))
    record = f"{at(phone, survivors.FORM_ID)}/uuid:1"
    said = {"body": "សុខ ម៉ារី បានទូរសព្ទ"}
    assert client.post(f"{record}/comments", json=said, headers=by).status_code == 200
    client.patch(record, json={"reviewState": "hasIssues"}, headers=by)
    with reading() as session:
        row = session.scalars(sa.select(RecordComment)).one()
        key_pk = projecting.find_key(session, phone.project_id, row.record_pk)
    assert "សុខ".encode() not in row.sealed
    assert key_pk is not None
    taking.withdraw_record(
        SYSTEM, phone.project_id, "uuid:1", "asked", blobs=app.extensions["samleng.blobs"]
    )
    assert keys.current().find(phone.project_id, key_pk) is None, "no backup opens it"
    assert client.get(f"{record}/comments", headers=by).status_code == 404
    with clock.frozen(clock.now() + clock.dt.timedelta(minutes=1)):
        drain(app)
    with reading() as session:
        assert session.scalars(sa.select(RecordComment)).all() == []
        assert session.scalars(sa.select(RecordReview)).all() == []


def test_s16_who_reads_comments_is_written_down_and_may_open_the_record(
    client: FlaskClient,
) -> None:
    phone = a_phone(client)
    assert phone.send(an_instance("uuid:1")).status_code == 201
    address = f"{at(phone)}/uuid:1/comments"
    with unit_of_work() as session:
        one, two = (
            actions.create_api_token(session, SYSTEM, str(n), [phone.project_id], scopes)
            for n, scopes in enumerate(({Scope.REVIEW, Scope.SUBMISSIONS}, {Scope.REVIEW}))
        )
    by, without = ({"Authorization": f"Bearer {made.token}"} for made in (one, two))

    def looks() -> int:
        query = sa.select(sa.func.count()).where(AuditEntry.action == "review.read_comments")
        with reading() as session:
            return session.scalar(query) or 0

    assert client.get(address, headers=by).get_json() == []
    assert looks() == 0, "there was nothing to read"
    client.post(address, json={"body": "ក"}, headers=by)
    for times in (1, 2):
        assert len(client.get(address, headers=by).get_json()) == 1
        assert looks() == times
    assert client.get(address, headers=without).status_code == 404
    assert looks() == 2


def test_a_comment_moved_to_another_record_does_not_open(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    for name in ("uuid:1", "uuid:2"):
        phone.send(an_instance(name))
    with unit_of_work() as session:
        one, two = (
            records.get_record(session, SYSTEM, Act.REVIEW_COMMENT, phone.project_id, "visit", name)
            for name in ("uuid:1", "uuid:2")
        )
        comments.add_comment(session, SYSTEM, phone.project_id, one, "ក")
        session.execute(sa.update(RecordComment).values(record_pk=two.record_pk))
    by = person(Role.REVIEWER)
    assert client.get(f"{at(phone)}/uuid:2/comments", headers=by).get_json() == []


def test_what_was_sent_by_nobody_has_an_integer_for_its_sender(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]]
) -> None:
    """One null makes the whole list fail in pyodk."""
    phone.send(an_instance())
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(submitter_id=None))
    by = {**person(Role.COORDINATOR), "X-Extended-Metadata": "true"}
    (one,) = orjson.loads(client.get(at(phone), headers=by).data)
    assert (one["submitterId"], one["submitter"]["type"]) == (0, "system")
    assert uuid.UUID(one["instanceId"].removeprefix("uuid:"))


@pytest.mark.parametrize("strange", ["\ud800", "\0", "\x01", "\uffff"])
def test_what_cannot_be_stored_is_refused_and_crashes_nothing(
    client: FlaskClient, phone: Phone, person: Callable[..., dict[str, str]], strange: str
) -> None:
    by = person(Role.COORDINATOR)
    phone.send(an_instance("uuid:1"))
    record = f"{at(phone)}/uuid:1"
    project = f"/v1/projects/{phone.project_id}"
    quoted = "%ED%A0%80" if strange == "\ud800" else quote(strange)
    said = f"a{strange}"
    made = client.post(f"{project}/datasets", json={"name": "things"}, headers=by)
    assert made.status_code == 200
    things = f"{project}/datasets/things/entities"

    def post(path: str, body: object, *, method: str = "POST") -> TestResponse:
        return client.open(path, method=method, data=json.dumps(body), headers=by,
            content_type="application/json")  # fmt: skip

    for answer in (
        post("/v1/sessions", {"email": f"{said}@b.c", "password": "x"}),
        post("/v1/sessions", {"email": "a@b.c", "password": said}),
        post("/v1/sessions", {"email": "a@b.c", "password": "x", "totp": said}),
        post("/v1/sessions/refresh", {"refresh_token": said}),
        post(things, {"label": said}),
        post(things, {"label": "a", "uuid": said}),
        post(things, {"label": "a", "data": {"colour": said}}),
        post(things, {"label": "a", "data": {said: "x"}}),
        post(things, {"entities": [{"label": said}], "source": {"name": "x"}}),
        post(things, {"entities": [{"label": "a"}], "source": {"name": said}}),
        post(f"{things}/{uuid.uuid4()}?force=true", {"label": said}, method="PATCH"),
        post(f"{project}/datasets", {"name": said}),
        post(f"{project}/datasets/things/properties", {"name": said}),
        client.post(f"{record}/comments", data=json.dumps({"body": said}), headers=by,
            content_type="application/json"),
        client.post(f"{project}/app-users", data=json.dumps({"displayName": said}), headers=by,
            content_type="application/json"),
        client.post(f"{project}/forms/visit/draft/publish?version=a{quoted}", headers=by),
        client.get(f"{at(phone)}/a{quoted}", headers=by),
        client.get(f"{project}/forms/a{quoted}", headers=by),
        client.post(f"{project}/forms/a{quoted}/draft", headers=by),
        client.get(f"{record}/versions/a{quoted}.xml", headers=by),
    ):  # fmt: skip
        assert answer.status_code in (400, 404), answer.request.path
        assert answer.mimetype == "application/problem+json"


def test_fields_are_listed_as_central_lists_them(phone: Phone) -> None:
    base = f"/v1/projects/{phone.project_id}/forms/{survivors.FORM_ID}"
    headers = script(Scope.FORMS, Scope.SUBMISSIONS)
    found = phone.client.get(f"{base}/fields", headers=headers).get_json()
    by_path = {one["path"]: one for one in found}
    assert by_path["/meta"]["type"] == "structure"
    assert by_path["/meta/instanceID"] == {
        "path": "/meta/instanceID",
        "name": "instanceID",
        "type": "string",
        "binary": None,
        "selectMultiple": None,
    }
    assert list(by_path).index("/meta") < list(by_path).index("/meta/instanceID")
    told = phone.client.get(f"{base}/fields?odata=True", headers=headers).get_json()
    assert [one["type"] for one in told] == [one["type"] for one in found]
    assert phone.client.get(f"{base}x/fields", headers=headers).status_code == 404
    assert phone.client.get(f"{base}/submissions/keys", headers=headers).get_json() == []
