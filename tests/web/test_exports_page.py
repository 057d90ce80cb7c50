"""Files that are made while nobody waits: purpose, second person, progress, end of keeping."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from service import jobs
from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role
from service.accounts.tables import Grant, Project
from service.consent import queries as withdrawals
from service.consent.actions.erasing import today
from service.consent.requests import Status
from service.exports.actions import making, runs
from service.exports.kinds import State, Why
from service.exports.tables import ExportRun
from service.facts.tables import Consent
from service.foundation import clock, keys
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import State as Standing
from service.intake.tables import Submission
from service.review.actions import settling
from tests.conftest import drain
from tests.factories import Phone
from tests.pulled_form import FORM_ID, FULL, ONE, a_pulled_phone, record, send
from tests.web.people import signed_in


class Person:
    def __init__(self, phone: Phone, settings: Settings, role: Role, area: str = "") -> None:
        self.phone = phone
        self.headers, self.id = signed_in(settings.secrets.jwt_key, role, phone.project_id, area)
        with reading() as session:
            self.slug = session.scalars(
                sa.select(Project.slug).where(Project.id == phone.project_id)
            ).one()

    def page(self, rest: str = "") -> Any:
        return self.phone.client.get(f"/p/{self.slug}/exports{rest}", headers=self.headers)

    def post(self, rest: str = "", **fields: str) -> Any:
        address = f"/p/{self.slug}/exports{rest}"
        return self.phone.client.post(address, data=fields, headers=self.headers)

    def ask(self, kind: str = "xlsx-linked", **fields: str) -> uuid.UUID:
        asked = {"form_id": FORM_ID, "kind": kind, "words": "en", "purpose": "work", **fields}
        answer = self.post(**asked)
        assert answer.status_code == 303, answer.text
        return uuid.UUID(answer.headers["Location"].rpartition("#run-")[2])


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    made = a_pulled_phone(client)
    send(made, record(ONE, inside=FULL))
    return made


@pytest.fixture
def chanthou(phone: Phone, settings: Settings) -> Person:
    return Person(phone, settings, Role.COORDINATOR)


@pytest.fixture
def second(phone: Phone, settings: Settings) -> Person:
    return Person(phone, settings, Role.COORDINATOR)


def run_of(run_pk: uuid.UUID) -> ExportRun:
    with reading() as session:
        return session.scalars(sa.select(ExportRun).where(ExportRun.run_pk == run_pk)).one()


def names(data: bytes) -> set[Any]:
    sheet = load_workbook(io.BytesIO(data))[FORM_ID]
    header, *rows = sheet.iter_rows(values_only=True)
    return {row[header.index("who-name")] for row in rows}


def test_a_file_is_asked_for_made_and_fetched(app: Flask, chanthou: Person) -> None:
    run_pk = chanthou.ask(words="code")
    waiting = chanthou.page()
    assert "waits its turn" in waiting.text
    assert waiting.headers["Refresh"] == "5", "looks again without a script"
    assert chanthou.page(f"/{run_pk}/file").status_code == 410
    drain(app)
    page = chanthou.page()
    assert "Refresh" not in page.headers
    assert f"/exports/{run_pk}/file" in page.text
    answer = chanthou.page(f"/{run_pk}/file")
    assert answer.status_code == 200
    assert names(answer.data) == {None}, "without a second person no names"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    run = run_of(run_pk)
    assert (run.state, run.records, run.expected) == (State.DONE, 1, 1)


def test_a_broken_download_goes_on_where_it_broke(app: Flask, chanthou: Person) -> None:
    """As browsers and `curl -C -` ask; a file that is another by now comes whole."""
    run_pk = chanthou.ask()
    drain(app)
    address = f"/p/{chanthou.slug}/exports/{run_pk}/file"

    def fetch(**headers: str) -> Any:
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        return chanthou.phone.client.get(address, headers={**chanthou.headers, **asked})

    whole = fetch()
    assert (whole.status_code, whole.headers["Accept-Ranges"]) == (200, "bytes")
    etag = whole.headers["ETag"]
    assert not etag.startswith("W/"), "a weak one lets nobody go on"
    rest = fetch(Range="bytes=1000-", If_Range=etag)
    assert (rest.status_code, rest.data) == (206, whole.data[1000:])
    size = len(whole.data)
    assert rest.headers["Content-Range"] == f"bytes 1000-{size - 1}/{size}"
    assert int(rest.headers["Content-Length"]) == size - 1000
    assert rest.headers["ETag"] == etag
    other = fetch(Range="bytes=1000-", If_Range='"another"')
    assert (other.status_code, other.data) == (200, whole.data)
    past = fetch(Range=f"bytes={size}-")
    assert (past.status_code, past.headers["Content-Range"]) == (416, f"bytes */{size}")
    with reading() as session:
        fetched = sa.select(AuditEntry).where(
            AuditEntry.subject == str(run_pk), AuditEntry.action == "rows.export"
        )
        assert len(session.scalars(fetched).all()) >= 3, "each is an entry"


def test_names_need_a_second_person(app: Flask, chanthou: Person, second: Person) -> None:
    run_pk = chanthou.ask(words="code", identity="yes")
    drain(app)
    assert run_of(run_pk).state is State.WAITING
    assert chanthou.post(f"/{run_pk}/agree").status_code == 403
    assert run_of(run_pk).state is State.WAITING
    assert f"/exports/{run_pk}/agree" not in chanthou.page().text
    assert f"/exports/{run_pk}/agree" in second.page().text
    assert second.post(f"/{run_pk}/agree").status_code == 303
    drain(app)
    assert names(chanthou.page(f"/{run_pk}/file").data) == {"សុខ"}
    assert second.page(f"/{run_pk}/file").status_code == 403, "agreed, and gets nothing"


def test_the_log_says_who_why_and_how_many(app: Flask, chanthou: Person, second: Person) -> None:
    run_pk = chanthou.ask(identity="yes", purpose="contact")
    second.post(f"/{run_pk}/agree")
    drain(app)
    chanthou.page(f"/{run_pk}/file")
    chanthou.post(f"/{run_pk}/delete")
    with reading() as session:
        entries = session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.subject == str(run_pk))
            .order_by(AuditEntry.at, AuditEntry.entry_pk)
        ).all()
    assert [(entry.action, entry.actor_id) for entry in entries] == [
        ("export.ask", chanthou.id),
        ("export.agree", second.id),
        ("export.make", chanthou.id),
        ("rows.export", chanthou.id),
        ("export.delete", chanthou.id),
    ]
    made = entries[2].details
    assert made["purpose"] == "contact"
    assert made["records"] == 1
    assert made["classes"] == "identity,testimony"
    assert entries[3].details["classes"] == "identity,testimony", "a reading, as any other"


def test_the_file_is_sealed_and_gone_when_deleted(app: Flask, chanthou: Person) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    run_pk = chanthou.ask("json-lines")
    drain(app)
    run = run_of(run_pk)
    assert run.blob is not None
    assert run.key_pk is not None
    assert "ផ្សារ".encode() in chanthou.page(f"/{run_pk}/file").data
    stored = blobs.read(run.blob)
    assert "ផ្សារ".encode() not in stored
    assert ONE.encode() not in stored
    assert chanthou.post(f"/{run_pk}/delete").status_code == 303
    assert not blobs.exists(run.blob)
    assert keys.current().find(run.project_id, run.key_pk) is None
    assert chanthou.page(f"/{run_pk}/file").status_code == 410
    assert run_of(run_pk).why is Why.DELETED


def test_after_a_week_it_is_gone(
    app: Flask, chanthou: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    run_pk = chanthou.ask()
    drain(app)
    assert runs.drop_old(blobs) == 0
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=7, minutes=1))
    assert runs.drop_old(blobs) == 1
    run = run_of(run_pk)
    assert (run.state, run.why) == (State.GONE, Why.OLD)
    assert not blobs.exists(run.blob or "")
    with reading() as session:
        dropped = sa.select(AuditEntry.details).where(AuditEntry.action == "export.drop")
        assert session.scalars(dropped).all() == [{"reason": "old"}]


@pytest.mark.each_database
def test_what_was_taken_back_is_in_no_file(app: Flask, chanthou: Person) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    run_pk = chanthou.ask()
    drain(app)
    from service.consent import actions as consent

    with reading() as session:
        from service.accounts.queries import find_person

        actor = find_person(session, chanthou.id, clock.now())
    assert actor is not None
    from dataclasses import replace

    consent.withdraw_record(
        replace(actor, is_fresh=True),
        chanthou.phone.project_id, ONE, "person", blobs=blobs, scopes=[],
    )  # fmt: skip
    assert chanthou.page(f"/{run_pk}/file").status_code == 410, "at once"
    assert runs.drop_old(blobs) == 1
    assert run_of(run_pk).why is Why.TAKEN_BACK


def a_withdrawal(chanthou: Person, **values: Any) -> None:
    row = {
        "project_id": chanthou.phone.project_id,
        "withdrawal_pk": uuid.uuid4(),
        "channel": "code",
        "asked_at": clock.now() - dt.timedelta(days=1),
        "state": Status.DONE,
        **values,
    }
    with unit_of_work() as session:
        withdrawals.insert_withdrawal(session.connection(), row)


def test_a_code_that_is_honoured_again_makes_files_old(app: Flask, chanthou: Person) -> None:
    """The first record under it went yesterday, a second one came from a phone and was there when
    the file was made."""
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    withdrawal_pk, project_id = uuid.uuid4(), chanthou.phone.project_id
    yesterday = clock.now() - dt.timedelta(days=1)
    a_withdrawal(chanthou, withdrawal_pk=withdrawal_pk, done_at=yesterday)
    run_pk = chanthou.ask()
    drain(app)
    assert chanthou.page(f"/{run_pk}/file").status_code == 200
    with unit_of_work() as session:
        withdrawals.mark_done(session.connection(), project_id, withdrawal_pk, clock.now())
    assert chanthou.page(f"/{run_pk}/file").status_code == 410
    assert runs.drop_old(blobs) == 1
    assert run_of(run_pk).why is Why.TAKEN_BACK
    with reading() as session:
        row = withdrawals.find_withdrawal(session, project_id, withdrawal_pk)
    assert row is not None
    assert row.done_at == yesterday, "the day that the person was told"


def test_while_something_is_erased_no_file_leaves(app: Flask, chanthou: Person) -> None:
    a_withdrawal(chanthou, state=Status.ERASING)
    run_pk = chanthou.ask()
    drain(app)
    assert chanthou.page(f"/{run_pk}/file").status_code == 410


@pytest.mark.each_database
def test_a_file_goes_when_consent_in_it_ends(
    app: Flask, chanthou: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    run_pk = chanthou.ask()
    drain(app)
    with reading() as session:
        last = session.scalars(sa.select(Consent.scopes_until)).one()
    assert last is not None
    assert run_of(run_pk).good_until == last
    with unit_of_work() as session:  # as if it had been given so long ago
        session.execute(sa.update(ExportRun).values(good_until=today()))
    assert runs.drop_old(blobs) == 0, "its last day"
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=1))
    assert runs.drop_old(blobs) == 1
    assert run_of(run_pk).why is Why.TAKEN_BACK


def test_an_edit_that_says_no_makes_the_file_old(app: Flask, chanthou: Person) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    run_pk = chanthou.ask()
    drain(app)
    send(chanthou.phone, record(inside=FULL))
    second = f"uuid:{uuid.uuid4()}"
    send(chanthou.phone, record(second, inside=FULL, edits=ONE))
    drain(app)
    assert runs.drop_old(blobs) == 0, "an edit that allows the same"
    no = "<store>no</store><stats>no</stats>"
    send(chanthou.phone, record(inside=FULL, consent=no, edits=second))
    drain(app)
    assert chanthou.page(f"/{run_pk}/file").status_code == 410
    assert runs.drop_old(blobs) == 1
    assert run_of(run_pk).why is Why.TAKEN_BACK


SILENT = "<stats>yes</stats>"
"""Nobody said that the record may be kept, and nobody refused it."""


@pytest.mark.parametrize(("consent", "dropped"), [("", 0), (SILENT, 1)])
def test_s44_nor_does_a_copy_that_waited_before_it_keep_the_file_once_it_is_put_in_place(
    app: Flask, chanthou: Person, consent: str, dropped: int
) -> None:
    more = {"consent": consent} if consent else {}
    send(chanthou.phone, record(ONE, inside=FULL.replace("</", " </", 1), **more))
    drain(app)
    run_pk = chanthou.ask()
    with minutes_later(1):
        drain(app)
        assert chanthou.page(f"/{run_pk}/file").status_code == 200
    with reading() as session:
        waits = sa.select(Submission.submission_pk).where(Submission.state == Standing.QUEUED)
        copy = session.scalars(waits).one()
    with minutes_later(2):
        with unit_of_work() as session:
            settling.put_in_place(session, SYSTEM, chanthou.phone.project_id, copy)
        assert runs.drop_old(app.extensions["samleng.blobs"]) == 0, "until it was read"
        drain(app)
        assert runs.drop_old(app.extensions["samleng.blobs"]) == dropped
        assert chanthou.page(f"/{run_pk}/file").status_code == (410 if dropped else 200)


def test_s44_nor_an_edit_that_waited_before_it_for_its_base(app: Flask, chanthou: Person) -> None:
    between = f"uuid:{uuid.uuid4()}"
    send(chanthou.phone, record(inside=FULL, consent=SILENT, edits=between))
    drain(app)
    run_pk = chanthou.ask()
    with minutes_later(1):
        drain(app)
        assert chanthou.page(f"/{run_pk}/file").status_code == 200
    with minutes_later(2):
        send(chanthou.phone, record(between, inside=FULL, edits=ONE))
        drain(app)
        assert chanthou.page(f"/{run_pk}/file").status_code == 410


def minutes_later(number: int) -> AbstractContextManager[object]:
    """So that nobody takes what came before for what came meanwhile."""
    return clock.frozen(clock.now() + dt.timedelta(minutes=number))


def test_rights_are_asked_again_when_it_is_made(app: Flask, chanthou: Person) -> None:
    run_pk = chanthou.ask()
    with unit_of_work() as session:
        session.execute(sa.delete(Grant).where(Grant.user_id == chanthou.id))
    drain(app)
    run = run_of(run_pk)
    assert (run.state, run.why, run.blob) == (State.FAILED, Why.NO_RIGHT, None)


def test_a_role_in_an_area_gets_what_lies_there_and_sees_its_own_runs(
    app: Flask, phone: Phone, settings: Settings, chanthou: Person
) -> None:
    others = chanthou.ask()
    local = Person(phone, settings, Role.COORDINATOR, "02")
    run_pk = local.ask("json-lines")
    drain(app)
    assert local.page(f"/{run_pk}/file").data == b""
    assert str(others) not in local.page().text
    assert local.page(f"/{others}/file").status_code == 404
    assert local.post(f"/{others}/delete").status_code == 404


def a_stop(monkeypatch: pytest.MonkeyPatch, at: Callable[[], None]) -> None:
    """Something happens while the file is made."""
    pieces = making.pieces

    def stopping(*args: Any) -> Any:
        for piece in pieces(*args):
            yield piece
            at()

    monkeypatch.setattr(making, "pieces", stopping)


def test_s06_a_role_that_is_taken_back_opens_nothing_from_the_next_request_on(
    app: Flask, chanthou: Person
) -> None:
    run_pk = chanthou.ask()
    drain(app)
    waiting = chanthou.ask(kind="csv-zip")
    assert chanthou.page(f"/{run_pk}/file").status_code == 200
    with unit_of_work() as session:
        place = chanthou.phone.project_id
        accounts.revoke_grant(session, SYSTEM, chanthou.id, Role.COORDINATOR, place)
    assert chanthou.page().status_code == 404
    assert chanthou.page(f"/{run_pk}/file").status_code == 404
    asked = {"form_id": FORM_ID, "kind": "csv-zip", "words": "en", "purpose": "work"}
    assert chanthou.post(**asked).status_code == 404
    drain(app)
    assert run_of(waiting).state is State.FAILED, "nor what was asked for before"


@pytest.mark.parametrize(
    ("made", "today", "status"),
    [("", "02", 410), ("02", "0201", 410), ("02", "24", 410), ("0201", "02", 200), ("02", "", 200)],
)
def test_s12_a_file_that_was_made_holds_no_more_than_the_role_does_today(
    app: Flask, phone: Phone, settings: Settings, made: str, today: str, status: int
) -> None:
    dara = Person(phone, settings, Role.COORDINATOR, made)
    run_pk = dara.ask()
    drain(app)
    assert dara.page(f"/{run_pk}/file").status_code == 200
    with unit_of_work() as session:
        session.execute(sa.update(Grant).where(Grant.user_id == dara.id).values(area=today))
    assert dara.page(f"/{run_pk}/file").status_code == status


def test_a_run_that_is_stopped_leaves_nothing(
    app: Flask, chanthou: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    run_pk = chanthou.ask("json-lines")
    monkeypatch.setattr(runs, "BEAT_S", -1.0)
    a_stop(monkeypatch, lambda: chanthou.post(f"/{run_pk}/delete") and None)
    drain(app)
    assert run_of(run_pk).state is State.GONE
    assert list(blobs.staging.iterdir()) == []
    assert files(blobs) == []


def files(blobs: LocalBlobs) -> list[Path]:
    return [path for path in blobs.root.rglob("*") if path.is_file()]


@pytest.mark.each_database
def test_a_run_that_a_kill_left_is_made_anew(
    app: Flask, chanthou: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_pk = chanthou.ask("json-lines")

    def killed() -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        a_stop(patch, killed)
        with pytest.raises(SystemExit):
            drain(app)
    assert run_of(run_pk).state is State.RUNNING
    assert not runs.is_due(), "it may still run elsewhere"
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(seconds=61))
    drain(app)
    assert run_of(run_pk).state is State.DONE


def test_a_run_that_breaks_every_time_ends(
    app: Flask, chanthou: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_pk = chanthou.ask("json-lines")

    def broken() -> None:
        raise RuntimeError

    a_stop(monkeypatch, broken)
    drain(app)
    run = run_of(run_pk)
    assert (run.state, run.why) == (State.FAILED, Why.BROKEN)
    assert "something went wrong" in chanthou.page().text


def test_progress_is_told_while_it_is_made(
    app: Flask, chanthou: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        send(chanthou.phone, record(inside=FULL))
    run_pk = chanthou.ask("json-lines")
    monkeypatch.setattr(runs, "BEAT_S", -1.0)
    seen: list[str] = []
    a_stop(monkeypatch, lambda: seen.append(chanthou.page().text))
    drain(app)
    assert "is being made" in seen[0]
    drain(app)
    page = chanthou.page().text
    assert re.search(r"Records: 4 · \d+ a second", page)
    assert run_of(run_pk).state is State.DONE


def test_whoever_closes_the_browser_and_signs_out_has_her_file_made(
    app: Flask, settings: Settings, phone: Phone
) -> None:
    """A run is its person's, and not her session's."""
    asked = Person(phone, settings, Role.COORDINATOR)
    run_pk = asked.ask("json-lines")
    phone.client.delete("/v1/sessions/current", headers=asked.headers)
    assert asked.page().status_code != 200, "nobody looks"
    drain(app)
    assert run_of(run_pk).state is State.DONE


def test_a_run_that_puts_by_for_minutes_is_seen_to_go_on(
    app: Flask, chanthou: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wide sheet is measured before its first byte."""
    chanthou.ask("xlsx-wide")
    monkeypatch.setattr(runs, "BEAT_S", -1.0)
    told: list[int] = []
    tell = runs._tell

    def noted(run: Any, source: Any) -> None:
        told.append(source.progress.records)
        tell(run, source)

    monkeypatch.setattr(runs, "_tell", noted)
    a_stop(monkeypatch, lambda: told.append(-1))
    drain(app)
    assert told[0] == 0, "before any record"
    assert told.index(-1) >= 2, "and again, before the first piece"


def test_a_sheet_that_is_read_twice_counts_records_once(app: Flask, chanthou: Person) -> None:
    run_pk = chanthou.ask("xlsx-wide")
    drain(app)
    run = run_of(run_pk)
    assert (run.records, run.expected) == (1, 1)


@pytest.mark.parametrize(
    "fields",
    [{"kind": "exe"}, {"purpose": "fun"}, {"purpose": ""}, {"purpose": "analysis by client"},
     {"form_id": "x"}, {"words": "fr"}],
)  # fmt: skip
def test_what_is_not_in_the_lists_is_told(chanthou: Person, fields: dict[str, str]) -> None:
    asked = {"form_id": FORM_ID, "kind": "geojson", "words": "km", "purpose": "work", **fields}
    answer = chanthou.post(**asked)
    assert answer.status_code in (400, 404)
    assert "from the lists" in answer.text
    with reading() as session:
        assert session.scalars(sa.select(ExportRun)).all() == []


def test_the_worker_makes_files_in_a_thread_of_its_own(app: Flask, chanthou: Person) -> None:
    run_pk = chanthou.ask("geojson")
    (making, *_) = jobs.slow_work(app.extensions["samleng.worker"].tools)
    maker = jobs.Beside(making)
    maker.look()
    assert maker._thread is not None
    maker._thread.join(30)
    assert run_of(run_pk).state is State.DONE
    maker.look()
    assert not maker._thread.is_alive(), "nothing waits: no thread"


def test_a_file_that_is_kept_is_not_swept_up(
    app: Flask, chanthou: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.exports.queries import runs as queries
    from service.intake import actions as intake

    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    run_pk = chanthou.ask("json-lines")
    drain(app)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=2))
    assert intake.sweep_blobs(blobs, queries.named_blobs) == 0
    assert blobs.exists(run_of(run_pk).blob or "")
