"""A new record brings its facts along: on both databases, in the transaction of the receipt."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask
from flask.testing import FlaskClient

from service.cli.demo import people, phone_xml
from service.facts import actions as facts
from service.facts import queries
from service.facts.tables import Need, Person, Signature
from service.foundation.db import current, reading, unit_of_work
from service.foundation.job_queue import JobRow
from service.intake.tables import Attachment, Submission
from service.persons import actions as persons
from tests.conftest import drain
from tests.factories import Phone, a_form, a_phone
from tests.golden import reference_forms

pytestmark = pytest.mark.each_database

VERSION = "2026112401"


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    """A phone of a project with the reference forms as pyxform converts them."""
    made = a_phone(client)
    with unit_of_work() as session:
        for form_id in ("needs_assessment", "treaty_signature"):
            xml = reference_forms.converted(form_id)[0].decode()
            a_form(session, made.project_id, form_id, VERSION, xml=xml)
    return made


def household(number: int) -> bytes:
    return phone_xml.instance(people.household(7, number), VERSION)


def rows(table: Any) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def state_of_facts(project_id: int) -> str:
    with reading() as session:
        return facts.describe(session, project_id).sha256


def test_whoever_has_the_receipt_is_counted_and_persons_and_cases_follow(phone: Phone) -> None:
    filled = people.household(7, 1)
    assert phone.send(phone_xml.instance(filled, VERSION)).status_code == 201
    assert rows(Person) == len(filled.answers["person"])
    with reading() as session:
        assert session.scalars(sa.select(JobRow.event)).all() == [persons.TOLD]
        sent = session.scalars(sa.select(Submission)).one()
        assert sent.projected_at == sent.received_at


def test_signature_brings_its_line(phone: Phone) -> None:
    assert phone.send(phone_xml.instance(people.signer(7, 1), VERSION)).status_code == 201
    assert (rows(Signature), rows(JobRow)) == (1, 1)  # the treaty follows


def test_facts_at_once_are_those_that_a_rebuild_computes(phone: Phone) -> None:
    for number in range(12):
        assert phone.send(household(number)).status_code == 201
        assert phone.send(phone_xml.instance(people.signer(7, number), VERSION)).status_code
    live = state_of_facts(phone.project_id)
    with unit_of_work() as session:
        rebuilt = facts.rebuild(session, phone.project_id)
    assert rebuilt.counts["needs"] > 12
    assert rebuilt.sha256 == live


def test_records_that_arrive_during_a_rebuild_are_in_nobodys_way(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL takes them in at once; SQLite has one writer, so they wait until it is done."""
    assert phone.send(household(1)).status_code == 201
    honest, answers = queries.delete_project_facts, []
    sender = threading.Thread(target=lambda: answers.append(phone.send(household(2)).status_code))

    def meanwhile(*args: Any) -> None:
        honest(*args)
        sender.start()
        sender.join(0.2 if current().is_sqlite else 10)

    with monkeypatch.context() as patched, unit_of_work() as session:
        patched.setattr(queries, "delete_project_facts", meanwhile)
        facts.rebuild(session, phone.project_id)
    sender.join(10)
    assert answers == [201]
    live = state_of_facts(phone.project_id)
    with unit_of_work() as session:
        assert facts.rebuild(session, phone.project_id).sha256 == live
    assert rows(Person) == sum(len(people.household(7, n).answers["person"]) for n in (1, 2))


def photographed(number: int) -> bytes:
    return phone_xml.instance(people.signer(7, number), VERSION).replace(
        b"<meta>", b"<photo>a.jpg</photo><meta>"
    )


HONEST = facts.at_once


def doubled(arrival: Any) -> Any:
    """Two rows with one key: a fault in projection that only the database notices."""
    told = HONEST(arrival)
    return replace(told, rows={table: [*some, some[0]] for table, some in told.rows.items()})


def test_a_record_with_a_photo_brings_its_facts_too(phone: Phone) -> None:
    assert phone.send(photographed(1), {"a.jpg": b"jpeg"}).status_code == 201
    assert (rows(Signature), rows(Attachment), rows(JobRow)) == (1, 1, 1)


def test_if_facts_beside_a_photo_are_refused_both_record_and_photo_are_kept(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(facts, "at_once", doubled)
        assert phone.send(photographed(1), {"a.jpg": b"jpeg"}).status_code == 201
    assert (rows(Signature), rows(Attachment), rows(JobRow)) == (0, 1, 1)
    drain(app)
    assert rows(Signature) == 1


def test_sent_twice_is_counted_once(phone: Phone) -> None:
    assert phone.send(household(1)).status_code == 201
    live, needs = state_of_facts(phone.project_id), rows(Need)
    assert phone.send(household(1)).status_code == 202
    assert (rows(Need), state_of_facts(phone.project_id)) == (needs, live)


def test_if_facts_fail_the_record_is_kept_and_the_job_tries_again(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_arrival: object) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patched, structlog.testing.capture_logs() as logs:
        patched.setattr(facts, "at_once", broken)
        assert phone.send(household(1)).status_code == 201
    assert [entry["event"] for entry in logs] == ["at_once_failed"]
    assert (rows(Person), rows(JobRow)) == (0, 1)
    drain(app)
    assert (rows(Person) > 0, rows(JobRow)) == (True, 0)


def test_if_the_database_refuses_the_facts_the_record_is_kept_all_the_same(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, structlog.testing.capture_logs() as logs:
        patched.setattr(facts, "at_once", doubled)
        assert phone.send(household(1)).status_code == 201
    assert [entry["event"] for entry in logs] == ["at_once_refused"]
    assert (rows(Submission), rows(Person), rows(JobRow)) == (1, 0, 1)
    drain(app)
    assert rows(Person) > 0


def test_edit_that_waited_for_this_record_takes_its_place(app: Flask, phone: Phone) -> None:
    first = household(1)
    instance_id = people.household(7, 1).instance_id
    edit = household(2).replace(
        b"<instanceID>" + people.household(7, 2).instance_id.encode() + b"</instanceID>",
        f"<instanceID>uuid:edit</instanceID><deprecatedID>{instance_id}</deprecatedID>".encode(),
    )
    assert phone.send(edit).status_code == 202
    drain(app)
    assert rows(Person) == 0
    assert phone.send(first).status_code == 201
    drain(app)
    with reading() as session:
        states = dict(session.execute(sa.select(Submission.instance_id, Submission.state)).all())
    assert states == {instance_id: "superseded", "uuid:edit": "current"}
    assert rows(Person) == len(people.household(7, 2).answers["person"])


def test_edit_without_its_base_is_looked_at_again_later(phone: Phone) -> None:
    """Base and edit may be committed at one moment, and neither sees the other."""
    edit = household(2).replace(b"</instanceID>", b"</instanceID><deprecatedID>x</deprecatedID>")
    assert phone.send(edit).status_code == 202
    with reading() as session:
        first, second = session.scalars(sa.select(JobRow.due_at).order_by(JobRow.due_at)).all()
    assert 30 < (second - first).total_seconds() < 120


def test_a_submission_with_its_facts_is_one_statement_on_postgresql(
    phone: Phone, statements: list[str]
) -> None:
    assert phone.send(household(1)).status_code == 201
    statements.clear()
    assert phone.send(household(2)).status_code == 201
    wrote = [sql for sql in statements if "INSERT" in sql]
    if current().is_sqlite:
        # submission, XML, audit entry, household, consents, persons,
        # incidents, needs, whose facts changed, the jobs
        # by which persons and cases follow; the waiting edit's job
        assert len(wrote) == 11
    else:
        assert len(wrote) == 1
    # the phone, the form; on SQLite the end of the audit log
    assert len(statements) - len(wrote) <= 2 + current().is_sqlite


def test_a_record_with_files_has_its_form_looked_up_once(
    phone: Phone, statements: list[str]
) -> None:
    assert phone.send(photographed(1), {"a.jpg": b"jpeg"}).status_code == 201
    statements.clear()
    assert phone.send(photographed(2), {"a.jpg": b"jpeg", "b.jpg": b"jpeg"}).status_code == 201
    assert sum("form_versions" in sql for sql in statements) == 1


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """SQL that goes over the way of submissions, as it is sent."""
    from service.foundation import insert_together, prepared

    seen: list[str] = []

    class Watched:
        def __init__(self, cursor: Any) -> None:
            self._cursor = cursor

        def execute(self, sql: str | bytes, *rest: Any, **options: Any) -> Any:
            seen.append(sql if isinstance(sql, str) else sql.decode())
            self._cursor.execute(sql, *rest, **options)
            return self

        def __getattr__(self, name: str) -> Any:
            return getattr(self._cursor, name)

    real = prepared.cursor_of
    for module in (prepared, insert_together):
        monkeypatch.setattr(module, "cursor_of", lambda connection: Watched(real(connection)))
    return seen
