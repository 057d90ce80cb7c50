"""What is kept has a period: when it is over, what identifies somebody goes by itself."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service import jobs
from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.app import create_app
from service.consent import actions
from service.consent.actions import retaining
from service.consent.periods import Look, Periods
from service.consent.tables import Withdrawal
from service.facts import actions as facts
from service.facts.scopes import scopes_of
from service.facts.tables import Consent, Need, Person, RemovedCode
from service.foundation import clock, db, keys
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.problems import Problem
from service.foundation.settings import Settings
from service.intake.queries import counting
from service.intake.tables import Attachment, Quarantined, State, Submission, SubmissionXml
from tests import statements
from tests.conftest import close, drain
from tests.factories import Phone
from tests.integration.consent.installation import back_up, do_and_be_killed, key_rows, put_back
from tests.survivors import a_survivors_phone, told

START = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
OVER = dt.datetime(2028, 11, 22, 3, tzinfo=dt.UTC)
"""24 months and two days later."""
CODE, OTHER_CODE = "7K2M-9QXT-4RWD", "AAAA-BBBB-CCCC"
PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 200
DAY = dt.timedelta(days=1)


@pytest.fixture
def phone(app: Flask) -> Iterator[Phone]:
    with clock.frozen(START):
        yield a_survivors_phone(app.test_client())


@pytest.fixture
def blobs(app: Flask) -> LocalBlobs:
    found: LocalBlobs = app.extensions["samleng.blobs"]
    return found


def send_two(phone: Phone, app: Flask) -> None:
    """One who agreed to be counted, with a picture; and one who did not."""
    with clock.frozen(START):
        first = told("uuid:counted", name="ក-canary-1", photo="face.jpg", code=CODE)
        assert phone.send(first, {"face.jpg": PHOTO}).status_code == 201
        assert phone.send(told("uuid:silent", name="ក-canary-2", stats="no")).status_code == 201
        drain(app)


def renewed(phone: Phone) -> Phone:
    """The same phone, with a code of today."""
    with db.unit_of_work() as session:
        made = accounts.renew_app_user(session, SYSTEM, phone.project_id, phone.id)
    return replace(phone, token=made.token)


def look(blobs: LocalBlobs, at: dt.datetime, **options: Any) -> bool:
    with clock.frozen(at):
        return actions.erase_what_is_over(1, blobs, **options)


def look_daily(blobs: LocalBlobs, until: dt.datetime) -> None:
    """The server runs: the first look tells, and a month later things go."""
    for days in range(40, -1, -5):
        look(blobs, until - days * DAY)


def states() -> dict[str, int]:
    with db.reading() as session:
        rows = session.execute(sa.select(Submission.state, sa.func.count()).group_by("state"))
        return {str(row[0]): row[1] for row in rows}


def count(table: Any) -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def entries(action: str) -> list[dict[str, Any]]:
    with db.reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == action)
        return list(session.scalars(query.order_by(AuditEntry.at)))


def test_what_identifies_somebody_goes_and_what_may_be_counted_stays(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings
) -> None:
    send_two(phone, app)
    held = len(key_rows())
    look_daily(blobs, OVER - 3 * DAY)
    assert states() == {"current": 2}
    look(blobs, OVER)
    assert states() == {"expired": 2}
    assert count(SubmissionXml) == count(Attachment) == 0
    assert len(key_rows()) < held - 2, "keys of texts and of the picture"
    assert list(blobs.older_than(2e10)) == []
    assert (count(Person), count(Need), count(Consent)) == (1, 1, 1)
    with db.reading() as session:
        (person,) = session.scalars(sa.select(Person))
        assert scopes_of(person.scopes) == {"stats"}
        assert counting.conservation(session, 1).holds
        assert {row.instance_id for row in session.scalars(sa.select(Submission))} == {""}
    (entry,) = entries("retention.erase")
    assert entry["instances"] == 2
    with db.reading() as session:
        (row,) = session.scalars(sa.select(Withdrawal))
        assert (row.channel, row.state, row.instances) == ("period", "done", 2)


def test_figures_stay_as_they_are_when_facts_are_computed_anew(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    """Of what is over nothing is left to compute them from."""
    send_two(phone, app)
    look_daily(blobs, OVER)
    with db.reading() as session:
        live = facts.describe(session, 1)
    assert live.counts["persons"] == 1
    with db.unit_of_work() as session:
        assert facts.rebuild(session, 1).sha256 == live.sha256
        facts.drop_uncounted(session, 1)
        assert facts.describe(session, 1).sha256 == live.sha256
    with db.reading() as session:
        old = list(session.scalars(sa.select(Submission.submission_pk)))
    facts.project_received(1, old)  # a job that was due all the time
    with db.reading() as session:
        assert facts.describe(session, 1).sha256 == live.sha256


def test_a_correction_is_a_contact(phone: Phone, app: Flask, blobs: LocalBlobs) -> None:
    send_two(phone, app)
    with clock.frozen(OVER - 60 * DAY):
        assert renewed(phone).send(told("uuid:later", edits="uuid:counted")).status_code == 201
        drain(app)
    look_daily(blobs, OVER)
    assert states() == {"superseded": 1, "current": 1, "expired": 1}


def test_a_phone_that_sends_it_again_brings_nothing_back(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    send_two(phone, app)
    look_daily(blobs, OVER)
    with clock.frozen(OVER):
        phone = renewed(phone)
        first = told("uuid:counted", name="ក-canary-1", photo="face.jpg", code=CODE)
        assert phone.send(first, {"face.jpg": PHOTO}).status_code == 202
        assert phone.send(told("uuid:silent", name="something else")).status_code == 202
    assert states() == {"expired": 2}
    assert list(blobs.older_than(2e10)) == []


def test_a_new_visit_to_somebody_whose_time_was_over_is_kept_and_can_be_taken_back(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    """It comes as an edit of what is gone: nothing acknowledged is lost, and a withdrawal of what
    is left takes it along."""
    send_two(phone, app)
    look_daily(blobs, OVER)
    with clock.frozen(OVER):
        assert renewed(phone).send(told("uuid:again", edits="uuid:counted")).status_code == 202
        drain(app)
        assert states() == {"expired": 2, "queued": 1}
        actions.withdraw_record(SYSTEM, 1, "uuid:counted", "asked", blobs=blobs)
    assert states() == {"expired": 1, "erased": 2}
    assert count(Person) == count(Consent) == 0


def test_s45_the_code_on_the_paper_takes_back_what_was_left_to_count(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    send_two(phone, app)
    look_daily(blobs, OVER)
    with clock.frozen(OVER):
        actions.ask_by_code(1, CODE, network="n", blobs=blobs)
    assert states() == {"expired": 1, "erased": 1}
    assert count(Person) == count(Need) == count(Consent) == 0


@pytest.mark.parametrize("is_asked", [True, False])
def test_s45_so_does_the_paper_of_before_an_edit_until_nothing_is_left(
    phone: Phone, app: Flask, blobs: LocalBlobs, is_asked: bool
) -> None:
    send_two(phone, app)
    with clock.frozen(START + DAY):
        assert (
            phone.send(told("uuid:later", edits="uuid:counted", code=OTHER_CODE)).status_code == 201
        )
        drain(app)
    over = OVER + 60 * DAY
    look_daily(blobs, over)
    assert states() == {"expired": 3}
    assert count(RemovedCode) == 1
    if not is_asked:
        look_daily(blobs, START + 1130 * DAY)
        assert count(Consent) == count(RemovedCode) == 0
        return
    with clock.frozen(over):
        actions.ask_by_code(1, CODE, network="n", blobs=blobs)
    assert states() == {"expired": 1, "erased": 2}
    assert count(Person) == count(Consent) == count(RemovedCode) == 0


def test_what_may_be_counted_no_more_goes_too(phone: Phone, app: Flask, blobs: LocalBlobs) -> None:
    """Consent of a case ends after 36 months: then nothing of it is left but its place."""
    send_two(phone, app)
    end = START + 1096 * DAY
    look_daily(blobs, end - DAY)
    assert count(Person) == 1
    look(blobs, end + 2 * DAY)
    assert count(Person) == count(Need) == count(Consent) == 0
    assert [entry["facts"] for entry in entries("retention.forget")] == [5], (
        "a household, a person, what happened to her, a need, what she was asked"
    )
    look(blobs, end + 3 * DAY)
    assert len(entries("retention.forget")) == 1


def test_what_could_not_be_read_goes_after_half_a_year(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    with clock.frozen(START):
        assert phone.send("<data", {"photo.jpg": PHOTO}).status_code == 202
    look_daily(blobs, START + 179 * DAY)
    assert len(list(blobs.older_than(2e10))) == 1
    look(blobs, START + 181 * DAY)
    with db.reading() as session:
        (row,) = session.scalars(sa.select(Quarantined))
        assert (bytes(row.xml), row.reason, row.submitter_id) == (b"", "period_over", None)
        assert counting.conservation(session, 1).holds
        assert counting.count_quarantined(session, 1) == 0
    assert list(blobs.older_than(2e10)) == []
    with clock.frozen(START + 182 * DAY):
        again = renewed(phone).send("<data", {"photo.jpg": PHOTO})
    assert again.status_code == 202
    assert count(Quarantined) == 1
    assert list(blobs.older_than(2e10)) == []


# --- when ---------------------------------------------------------------------------------------
def test_nothing_goes_before_coordinators_could_know_of_it(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    """After an update, or where the clock jumped, the first look only tells."""
    send_two(phone, app)
    look(blobs, OVER)
    look(blobs, OVER + 8 * DAY)
    assert states() == {"current": 2}
    with clock.frozen(OVER + 8 * DAY), db.reading() as session:
        due = actions.tell_due(session, SYSTEM, 1)
        assert (due.records, due.erases_from) == (2, OVER + 31 * DAY)
        assert [(one.form_id, one.records) for one in due.forms] == [("survivor", 2)]


def test_after_a_pause_a_week_passes() -> None:
    now = OVER
    steady = Look(looked_at=now - DAY, erases_from=now - 90 * DAY)
    assert steady.after(now).erases(now)
    for last in (now - 9 * DAY, now + DAY):
        seen = Look(looked_at=last, erases_from=now - 90 * DAY).after(now)
        assert not seen.erases(now)
        assert seen.erases(now + 7 * DAY)


def test_the_job_of_the_night_looks_at_every_project(phone: Phone, app: Flask) -> None:
    send_two(phone, app)
    for days in range(40, -1, -8):
        with clock.frozen(OVER - days * DAY):
            jobs.begin_day()
            drain(app)
    assert states() == {"expired": 2}


def test_it_is_done_page_by_page_and_goes_on_where_it_stopped(
    phone: Phone, app: Flask, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "AT_ONCE", 2)
    with clock.frozen(START):
        for number in range(5):
            assert phone.send(told(f"uuid:{number}")).status_code == 201
        drain(app)
    look_daily(blobs, OVER - 3 * DAY)
    stops = iter([False, True])
    assert not look(blobs, OVER, is_enough=lambda: next(stops))
    assert states() == {"expired": 2, "current": 3}
    assert look(blobs, OVER)
    assert states() == {"expired": 5}
    assert [entry["instances"] for entry in entries("retention.erase")] == [2, 2, 1]


def test_a_page_of_what_is_over_takes_a_fixed_number_of_statements(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    def erased(count: int, sent_at: dt.datetime) -> int:
        over = sent_at + (OVER - START)
        with clock.frozen(sent_at):
            today = renewed(phone)
            for number in range(count):
                assert today.send(told(f"uuid:{count}-{number}")).status_code == 201
            drain(app)
        look_daily(blobs, over - 3 * DAY)
        with statements.counted() as seen:
            look(blobs, over)
        return len(seen)

    few = erased(2, START)
    assert erased(12, OVER) == few
    assert states() == {"expired": 14}


# --- periods ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong", [{"records_months": 0}, {"records_months": 121}, {"quarantine_days": 6}]
)
def test_a_period_has_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(Problem):
        Periods(**wrong)


def test_a_shorter_period_is_written_down_and_holds(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    send_two(phone, app)
    at = START + 200 * DAY
    look_daily(blobs, at)
    with clock.frozen(at):
        with db.unit_of_work() as session:
            wanted = Periods(records_months=6, quarantine_days=180)
            assert actions.tell_due(session, SYSTEM, 1, periods=wanted).records == 2
            actions.set_periods(session, SYSTEM, 1, wanted)
            actions.set_periods(session, SYSTEM, 1, wanted)
        assert states() == {"current": 2}
    look(blobs, at + DAY)
    assert states() == {"expired": 2}
    (entry,) = entries("retention.set")
    assert (entry["records_months"], entry["was_records_months"]) == (6, 24)


# --- kills and backups --------------------------------------------------------------------------
@pytest.mark.parametrize(
    "point",
    ["after_erasure_listed", "after_erasure_commit", "after_keys_destroyed", "after_blobs_removed"],
)
def test_s49_killed_anywhere_it_is_finished_at_the_next_start_or_look(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings, point: str
) -> None:
    send_two(phone, app)
    look_daily(blobs, OVER - 3 * DAY)
    close()
    act = (
        "import datetime as dt; from service.foundation import clock; clock._now = lambda: "
        f"dt.datetime.fromisoformat('{OVER.isoformat()}');"
        "actions.erase_what_is_over(1, app.extensions['samleng.blobs'])"
    )
    assert do_and_be_killed(settings, act, point) == -signal.SIGKILL
    with clock.frozen(OVER):
        again = create_app(settings)
        assert again.test_client().get("/readyz", base_url=settings.public_url).status_code == 200
        done = point != "after_erasure_listed"
        assert len(entries("retention.erase")) == done
        look(again.extensions["samleng.blobs"], OVER)
    assert states() == {"expired": 2}
    assert count(Person) == 1
    assert list(blobs.older_than(2e10)) == []


@pytest.mark.parametrize("keys_too", [False, True])
def test_s45_a_backup_that_is_put_back_is_over_again_before_the_first_answer(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings, tmp_path_factory: Any,
    keys_too: bool,
) -> None:  # fmt: skip
    send_two(phone, app)
    yesterday = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    look_daily(blobs, OVER)
    put_back(yesterday, settings, keys_too=keys_too)
    assert states() == {"current": 2}
    close()
    with clock.frozen(OVER):
        again = create_app(settings)
        assert again.test_client().get("/readyz", base_url=settings.public_url).status_code == 200
        assert states() == {"expired": 2}
        assert count(Person) == 1
        assert not keys.current().held(
            1, [row["key_pk"] for row in yesterday.rows["submission_xml"]]
        )
        written = count(AuditEntry)
        assert actions.replay(again.extensions["samleng.blobs"]) == 0
        assert count(AuditEntry) == written
    with db.reading() as session:
        rows = session.scalars(sa.select(Submission.state)).all()
    assert set(rows) == {State.EXPIRED}


@pytest.mark.parametrize(("is_aside", "at_once"), [(False, 200), (True, 1)])
def test_a_copy_beside_a_record_that_somebody_still_works_on_goes_with_that_record_alone(
    phone: Phone,
    app: Flask,
    blobs: LocalBlobs,
    monkeypatch: pytest.MonkeyPatch,
    is_aside: bool,
    at_once: int,
) -> None:
    """By its ID, which is the record's, a copy that went alone would take the record along: at the
    next start, when the list of what was erased is read again."""
    monkeypatch.setattr(retaining, "AT_ONCE", at_once)
    with clock.frozen(START):
        assert phone.send(told("uuid:1")).status_code == 201
        assert phone.send(told("uuid:1", size="5")).status_code == 202
        assert phone.send(told("uuid:9", edits="uuid:1-none", size="6")).status_code == 202
        drain(app)
    if is_aside:
        with db.unit_of_work() as session:
            waits = Submission.state == State.QUEUED
            session.execute(sa.update(Submission).where(waits).values(deleted_at=START))
    later = START + 600 * DAY
    with clock.frozen(later):
        edit = told("uuid:2", edits="uuid:1", size="7")
        assert renewed(phone).send(edit).status_code == 201
        drain(app)
    look_daily(blobs, OVER + 5 * DAY)
    assert states() == {"superseded": 1, "current": 1, "queued": 1, "expired": 1}
    actions.replay(blobs)
    assert states() == {"superseded": 1, "current": 1, "queued": 1, "expired": 1}
    look_daily(blobs, OVER + 640 * DAY)
    assert states() == {"expired": 4}
    assert count(SubmissionXml) == 0
