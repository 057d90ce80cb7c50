"""S-16: whatever way names and testimony are read, coordinators see it, and see who read many."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM, Scope
from service.foundation import audit, clock
from service.foundation.audit import AuditEntry
from service.foundation.db import Database, current, reading, unit_of_work
from service.review.queries import readings
from tests import survivors
from tests.conftest import drain
from tests.factories import Phone, a_form, as_its_owner
from tests.survivors import FORM_ID, told
from tests.web.pages_world import World, text_of

pytestmark = pytest.mark.each_database

Headers = Mapping[str, str]


@pytest.fixture
def phone(app: Flask, world: World) -> Phone:
    with unit_of_work() as session:
        a_form(session, world.project_id, FORM_ID, xml=survivors.form_xml())
        made = actions.create_app_user(session, SYSTEM, world.project_id, "បាត់ដំបង ២", None)
    sender = app.test_client()
    sender.environ_base["HTTP_HOST"] = "samleng.test"
    return Phone(client=sender, project_id=world.project_id, token=made.token, id=made.id)


def script(name: str, *scopes: Scope) -> Headers:
    with unit_of_work() as session:
        made = actions.create_numbered_api_token(session, SYSTEM, name, None, scopes)
    return {"Authorization": f"Bearer {made.token}"}


GUARDED = (Scope.SUBMISSIONS, Scope.EXPORTS, Scope.IDENTITY, Scope.TESTIMONY)
ONE = f"forms/{FORM_ID}/submissions/uuid:1"
WAYS = {
    "xml": (f"{ONE}.xml?purpose=contact", "to visit or call this person again", ""),
    "differences": (f"{ONE}/diffs?purpose=contact", "to visit or call this person again", ""),
    "OData": (f"forms/{FORM_ID}.svc/Submissions", "not said", "Number: 2"),
    "CSV": (f"forms/{FORM_ID}/submissions.csv?purpose=refer", "refer this person", "Number: 2"),
    "ZIP": (
        f"forms/{FORM_ID}/submissions.csv.zip?purpose=government",
        "hand to a government body",
        "Number: 2",
    ),
    "JSON lines": (f"forms/{FORM_ID}/submissions.jsonl?purpose=work", "look after", "Number: 2"),
    "Briefcase": (f"view/submissionList?formId={FORM_ID}", "not said", "Number: 2"),
}


@pytest.mark.parametrize("way", WAYS)
def test_s16_each_way_of_reading_names_is_on_the_page_with_its_purpose(
    app: Flask, client: FlaskClient, world: World, phone: Phone, way: str
) -> None:
    for instance in ("uuid:1", "uuid:2"):
        everything = dict.fromkeys(("contact", "share", "gov"), "yes")
        assert phone.send(told(instance, name="សុខ", wish="ដើរ", **everything)).status_code == 201
    drain(app)
    path, purpose, number = WAYS[way]
    address = f"/v1/projects/{world.project_id}/{path}"
    assert pulled(phone, address, script("masked", *GUARDED[:2]))
    assert "Nobody read any." in text_of(client.get(f"{world.path}/readings"))
    assert pulled(phone, address, script("analysis", *GUARDED))
    page = text_of(client.get(f"{world.path}/readings"))
    for words in ("analysis", "Names, Testimony", purpose, number):
        assert words in page
    assert FORM_ID in page or not number, "which form"
    assert "masked" not in page


@pytest.mark.parametrize(
    ("language", "words"), [("en", "What the team noted"), ("km", "អ្វីដែលក្រុមការងារបានកត់")]
)
def test_s16_who_read_comments_is_on_the_page_and_counts_among_those_who_read_many(
    client: FlaskClient, world: World, phone: Phone, language: str, words: str
) -> None:
    """They may name people, too."""
    reviewer = script("reviewer", Scope.SUBMISSIONS, Scope.REVIEW)
    page = f"{world.path}/readings?lang={language}"
    for n in range(20):
        assert phone.send(told(f"uuid:{n}", name="សុខ")).status_code == 201
        address = f"/v1/projects/{world.project_id}/forms/{FORM_ID}/submissions/uuid:{n}/comments"
        phone.client.post(address, json={"body": "សុខ មិននៅ"}, headers=reviewer)
        assert n or words not in text_of(client.get(page))
        assert pulled(phone, address, reviewer)
    assert words in text_of(client.get(page))
    today = text_of(client.get(f"{world.path}/?lang=en"))
    assert "20 Records of which reviewer read names or testimony within ten minutes" in today


def pulled(phone: Phone, address: str, by: Headers) -> bytes:
    answer = phone.client.get(address, headers=by)
    assert answer.status_code == 200
    return answer.data


def test_s16_a_pull_of_many_is_told_by_its_number_and_one_without_names_is_not(
    app: Flask, client: FlaskClient, world: World, phone: Phone
) -> None:
    for n in range(20):
        assert phone.send(told(f"uuid:{n}", name="សុខ")).status_code == 201
    drain(app)
    address = f"/v1/projects/{world.project_id}/forms/{FORM_ID}/submissions.csv?purpose=work"
    for by in (script("masked", *GUARDED[:2]), script("analysis", *GUARDED)):
        assert "within ten minutes" not in text_of(client.get(f"{world.path}/"))
        assert pulled(phone, address, by)
    seen = text_of(client.get(f"{world.path}/"))
    assert "20 Records of which analysis read names or testimony within ten minutes" in seen


def test_s16_an_answer_that_takes_its_time_counts_once_what_left(
    database: Database, world: World
) -> None:
    now = clock.now()
    with unit_of_work() as session:
        for action, details in (
            ("rows.export", {"records": 50, "whole": False}),
            ("rows.left", {"records": 700, "more": 650, "whole": True}),
        ):
            audit.record(
                session, project_id=world.project_id, actor_id=None, action=action, subject=1,
                classes="identity", purpose="work", **details,
            )  # fmt: skip
    with reading() as session:
        found = readings.list_openings(session, world.project_id, now - dt.timedelta(hours=1))
    assert sum(one.records for one in found) == 700


@pytest.mark.parametrize("only", ["nothing", "who", "record"])
def test_s16_readings_are_found_by_an_index_however_long_the_log_is(
    database: Database, world: World, only: str
) -> None:
    """Most of a log is what phones sent."""
    record, at = uuid.uuid4(), clock.now()
    with unit_of_work() as session:
        rows = [
            {
                "project_id": world.project_id, "strand": 7, "seq": n + 1,
                "entry_pk": uuid.uuid4(), "at": at + dt.timedelta(seconds=n), "actor_id": n % 50,
                "action": ("submission.receive", "rows.read", "identity.read")[
                    0 if n % 40 else 1 if n % 80 else 2
                ],
                "subject": str(uuid.uuid4() if n % 400 else record),
                "details": {"classes": "", "purpose": "work"}, "hash": b"",
            }
            for n in range(8000)
        ]  # fmt: skip
        session.execute(sa.insert(AuditEntry), rows)
    as_its_owner("ANALYZE")
    asked = {
        "who": 0 if only == "who" else None,
        "record": record if only == "record" else None,
    }
    with reading() as session:
        found = readings.list_readings(session, world.project_id, **asked, limit=200)
    assert len(found) == {"nothing": 100, "who": 20, "record": 20}[only]
    plan = _plan(readings.newest(world.project_id, **asked, before=None, limit=51))
    suffix = {"nothing": "", "who": "_by", "record": "_of"}[only]
    assert f"ix_audit_entries_readings{suffix}" in plan, plan
    assert "SCAN audit_entries" not in plan, plan
    assert "Seq Scan on audit_entries" not in plan, plan
    assert "TEMP B-TREE" not in plan, plan


def _plan(query: sa.Select[tuple[object, ...]]) -> str:
    literal = {"literal_binds": True}
    text = str(query.compile(dialect=current().writer.dialect, compile_kwargs=literal))
    explain = "EXPLAIN QUERY PLAN" if current().is_sqlite else "EXPLAIN"
    with current().writer.begin() as connection:
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {text}"))
