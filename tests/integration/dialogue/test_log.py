"""Meetings, questions, answers and promises: written down, read, and what becomes of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DatabaseError

from service.accounts.actor import Role
from service.dialogue.actions import meeting, promising, words
from service.dialogue.actions.meeting import Met
from service.dialogue.partners import KNOWN, Stands
from service.dialogue.promises import Due, Status
from service.dialogue.since import Went
from service.dialogue.tables import Meeting, PromiseWord
from service.disclosure.rules import Audience
from service.foundation import clock, keys
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_ALLOWED, NOT_FOUND, Problem
from service.persons.actions import today
from tests.conftest import drain
from tests.factories import a_project
from tests.integration.dialogue.conftest import OFFICE, QUESTION, TEXT, Log

NOTES = "លោក ក បាននិយាយខ្លាំង"
DAY = dt.timedelta(days=1)


def read(log: Log, meeting_pk: uuid.UUID, role: Role = Role.COORDINATOR) -> meeting.MeetingTold:
    with reading() as session:
        return meeting.get_meeting(session, log.somebody(role), log.project_id, meeting_pk)


def test_a_meeting_keeps_who_was_there_what_was_asked_and_answered(log: Log) -> None:
    met = log.meet("PDAC", "MAPU", ours="Chanthou", venue="សាលាខេត្ត", notes=NOTES)
    question = log.ask(met, "PDAC", framework="CRPD-9", indicator="I12", place="0201")
    log.answer(question, "In spring")
    told = read(log, met)
    assert (told.partners, told.place) == (("MAPU", "PDAC"), "02")
    assert told.notes == {"ours": "Chanthou", "venue": "សាលាខេត្ត", "notes": NOTES}
    [asked] = told.questions
    assert (asked.partner, asked.framework, asked.indicator) == ("PDAC", "CRPD-9", "I12")
    assert (asked.place, asked.text) == ("0201", QUESTION)
    assert [one.text for one in asked.answers] == [{"en": "In spring", "km": "In spring"}]


def test_notes_are_for_the_team_and_not_for_whoever_reads_the_log(log: Log) -> None:
    met = log.meet(notes=NOTES)
    assert read(log, met).notes["notes"] == NOTES
    for role in (Role.ADVOCATE, Role.ANALYST):
        assert read(log, met, role).notes == {}
    for role in (Role.REVIEWER, Role.FIELD_WORKER):
        with pytest.raises(Problem) as refused:
            read(log, met, role)
        assert refused.value.kind is NOT_ALLOWED


@pytest.mark.each_database
def test_words_lie_sealed_and_are_gone_with_their_meeting(log: Log, app: Flask) -> None:
    met = log.meet(notes=NOTES)
    question = log.ask(met)
    log.answer(question, "Answered")
    promise = log.promise(met)
    log.say(promise, Status.BROKEN, "No money")
    with reading() as session:
        key_pk = session.scalars(sa.select(Meeting.key_pk)).one()
        assert key_pk is not None
        for table in sa.inspect(session.connection()).get_table_names():
            if not table.startswith("dialogue_"):
                continue
            rows = session.execute(sa.text(f'SELECT * FROM "{table}"')).all()
            lies = b"".join(bytes(one) for row in rows for one in row if isinstance(one, bytes))
            said = " ".join(str(one) for row in rows for one in row)
            for word in (NOTES, TEXT["km"], QUESTION["en"], "Answered", "No money", OFFICE):
                assert word.encode() not in lies
                assert word not in said
    with unit_of_work() as session:
        meeting.remove_meeting(session, log.chanthou, log.project_id, met)
    with pytest.raises(Problem) as gone:
        read(log, met)
    assert gone.value.kind is NOT_FOUND
    with reading() as session:
        assert promising.list_promises(session, log.chanthou, log.project_id) == []
    drain(app)
    assert keys.current().find(log.project_id, key_pk) is None
    listed = [entry for entry in keys.current().erasures.read() if key_pk.hex in entry["keys"]]
    assert len(listed) == 1, "a backup that is brought back destroys it again"
    with reading() as session:
        left = session.scalars(sa.select(PromiseWord)).all()
        place = words.of_word(promise, 2)
        opener = words.Opener(session, log.project_id, [met])
        assert [opener.open(met, place, one.sealed) for one in left] == [{}, {}]


@pytest.mark.each_database
def test_what_was_said_of_a_promise_never_changes(log: Log) -> None:
    promise = log.promise(log.meet(), due_on=today() + 10 * DAY)
    log.say(promise, Status.OPEN, "They ask for time", due_on=today() + 90 * DAY)
    log.say(promise, Status.PARTLY, "One of two ramps")
    log.say(promise, Status.KEPT)
    told = log.told(promise)
    assert told.status is Status.KEPT
    assert [one.status for one in told.history] == ["open", "open", "partly", "kept"]
    assert [one.reason for one in told.history] == ["", "They ask for time", "One of two ramps", ""]
    for statement in (
        sa.update(PromiseWord).values(status=Status.KEPT),
        sa.delete(PromiseWord),
    ):
        with pytest.raises(DatabaseError), unit_of_work() as session:
            session.execute(statement)


@pytest.mark.each_database
def test_today_counts_what_is_due_soon_and_what_is_late(log: Log) -> None:
    met = log.meet(held_on=today() - 60 * DAY)
    late = log.promise(met, due_on=today() - DAY)
    soon = log.promise(met, due_on=today() + 30 * DAY)
    later = log.promise(met, due_on=today() + 31 * DAY)
    undated = log.promise(met)
    kept = log.promise(met, due_on=today() - DAY)
    log.say(kept, Status.KEPT)
    moved = log.promise(met, due_on=today() - DAY)
    log.say(moved, Status.OPEN, "Later", due_on=today() + 60 * DAY)
    removed = log.meet(held_on=today() - 60 * DAY)
    log.promise(removed, due_on=today() - DAY)
    with unit_of_work() as session:
        meeting.remove_meeting(session, log.chanthou, log.project_id, removed)
    with reading() as session:
        waiting = promising.count_waiting(session, log.chanthou, log.project_id)
    assert (waiting.late, waiting.soon) == (1, 1)
    due = {key: log.told(key).due for key in (late, soon, later, undated, kept, moved)}
    assert list(due.values()) == [Due.LATE, Due.SOON, Due.LATER, None, None, Due.LATER]


def test_a_reason_is_needed_but_for_what_was_kept(log: Log) -> None:
    promise = log.promise(log.meet())
    for status in (Status.PARTLY, Status.BROKEN, Status.WITHDRAWN, Status.OPEN):
        with pytest.raises(Problem) as refused:
            log.say(promise, status)
        assert refused.value.context["name"] == "reason"
    assert log.say(promise, Status.KEPT) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"held_on": today() + DAY},
        {"partners": ()},
        {"partners": ("NOBODY",)},
        {"place": "99"},
        {"place": "02040302"},
        {"notes": "x" * 5_001},
    ],
)
def test_what_cannot_be_a_meeting_is_refused(log: Log, wrong: dict[str, Any]) -> None:
    met = Met(**{"held_on": today(), "partners": ("PDAC",), **wrong})
    with unit_of_work() as session, pytest.raises(Problem) as refused:
        meeting.write_meeting(session, log.chanthou, log.project_id, met)
    assert refused.value.kind is INVALID_PARAMETER


def test_what_cannot_be_asked_or_promised_is_refused(log: Log) -> None:
    met, other = log.meet(), log.meet("CMAA")
    theirs = log.ask(other, "CMAA")
    for wrong in (
        {"partner": "CMAA"},
        {"framework": "CRPD-99"},
        {"indicator": "I99"},
        {"text": {"en": "", "km": " "}},
        {"place": "zz"},
    ):
        with pytest.raises(Problem) as refused:
            log.ask(met, **{"partner": "PDAC", **wrong})  # type: ignore[arg-type]
        assert refused.value.kind is INVALID_PARAMETER, wrong
    for given in (
        {"partner": "CMAA"},
        {"owner": ""},
        {"due_on": today() - DAY},
        {"question_pk": theirs},
        {"cell": {"sex": "female"}},
        {"indicator": "I01", "cell": {"nonsense": "x"}},
        {"indicator": "I01", "cell": {"province": "03"}},
    ):
        with pytest.raises(Problem) as refused:
            log.promise(met, **{"partner": "PDAC", **given})  # type: ignore[arg-type]
        assert refused.value.kind is INVALID_PARAMETER, given
    with pytest.raises(Problem):
        log.answer(log.ask(met), "Before", today() - DAY)


def test_partners_are_the_known_ones_and_those_of_the_project(log: Log) -> None:
    own = meeting.PartnerGiven(
        code="WATSVAY", name={"en": "Pagoda", "km": "វត្តស្វាយ"}, stands=Stands.CAMBODIA,
        sees=Audience.PUBLIC,
    )  # fmt: skip
    with unit_of_work() as session:
        meeting.put_partner(session, log.chanthou, log.project_id, own)
    log.partners("PDAC")
    with reading() as session:
        found = meeting.list_partners(session, log.chanthou, log.project_id)
    assert [one.code for one in found] == [*KNOWN, "WATSVAY"]
    by_code = {one.code: one for one in found}
    assert by_code["PDAC"].sees is Audience.PARTNER
    assert by_code["PDAC"].stands is Stands.GOVERNMENT, "what is known of it stays"
    assert by_code["WATSVAY"].is_own
    log.ask(log.meet("WATSVAY"), "WATSVAY")


def test_nothing_of_another_project_is_found(log: Log) -> None:
    with unit_of_work() as session:
        elsewhere = Log(a_project(session, "Elsewhere").id)
    met = log.meet()
    question, promise = log.ask(met), log.promise(met)
    for act in (
        lambda: elsewhere.ask(met),
        lambda: elsewhere.answer(question, "x"),
        lambda: elsewhere.promise(met),
        lambda: elsewhere.say(promise, Status.KEPT),
        lambda: elsewhere.told(promise),
        lambda: read(elsewhere, met),
    ):
        with pytest.raises(Problem) as refused:
            act()
        assert refused.value.kind is NOT_FOUND
    with reading() as session:
        asked = (session, elsewhere.chanthou, elsewhere.project_id)
        assert meeting.list_meetings(*asked, None, 9) == []
        assert promising.list_promises(*asked) == []


def test_each_is_an_entry_of_the_log_without_words(log: Log) -> None:
    met = log.meet(notes=NOTES)
    log.answer(log.ask(met), "In spring")
    log.say(log.promise(met), Status.BROKEN, "No money")
    with unit_of_work() as session:
        meeting.remove_meeting(session, log.chanthou, log.project_id, met)
    with reading() as session:
        rows = session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.action == "dialogue.change")
            .order_by(AuditEntry.seq)
        ).all()
    assert [one.details["what"] for one in rows] == [
        "meeting", "question", "answer", "promise", "word", "removed",
    ]  # fmt: skip
    said = " ".join(str(one.details) for one in rows)
    assert not any(word in said for word in (NOTES, "spring", "money", OFFICE))


# --- figures --------------------------------------------------------------------------------------
def test_what_the_indicator_did_since_comes_from_releases_alone(log: Log) -> None:
    log.visits(12)
    first = log.release()
    promise = log.promise(log.meet(), indicator="I01")
    log.visits(10)
    assert log.told(promise).since is not None
    told = log.told(promise).since
    assert told is not None
    assert told.before is not None
    assert (told.before.release, told.before.n, told.went) == (first, 12, Went.ONE)
    with clock.frozen(clock.now() + DAY):
        unpublished = log.release(published=False)
    told = log.told(promise).since
    assert told is not None
    assert told.now is not None
    assert told.now.release == first, "nobody published the second yet"
    with clock.frozen(clock.now() + DAY):
        third = log.release()
    told = log.told(promise).since
    assert told is not None
    assert told.now is not None
    assert unpublished < third
    assert (told.now.n, told.went) == (22, Went.MORE)


def test_a_hidden_cell_tells_nothing(log: Log) -> None:
    log.visits(12)
    log.visits(14, province="12")
    log.visits(3, province="24")
    log.visits(4, province="25")
    log.release()
    promise = log.promise(log.meet(place="24"), indicator="I01")
    log.visits(20, province="24")
    log.visits(20, province="25")
    with clock.frozen(clock.now() + DAY):
        log.release()
    told = log.told(promise).since
    assert told is not None
    assert told.before is not None
    assert (told.before.n, told.went) == (None, Went.HIDDEN)


def test_what_became_of_the_promises_of_a_year(log: Log) -> None:
    last_year = dt.date(today().year - 1, 3, 8)
    met, now = log.meet(held_on=last_year, place="0201"), log.meet()
    kept, late = log.promise(met), log.promise(met, due_on=last_year + 10 * DAY)
    log.say(kept, Status.KEPT)
    log.promise(now)
    elsewhere = log.promise(log.meet(held_on=last_year, place="12"))
    with reading() as session:
        asked = (session, log.chanthou, log.project_id, last_year.year, Audience.PUBLIC)
        told = promising.became(*asked)
        here = promising.became(*asked, place="020101")
        theirs = promising.became(*asked, partner="CMAA")
    assert {one.promise_pk for one in told.promises} == {kept, late, elsewhere}
    assert told.counts == {"open": 2, "kept": 1, "partly": 0, "broken": 0, "withdrawn": 0}
    assert told.late == 1
    assert {one.promise_pk for one in here.promises} == {kept, late}
    assert theirs.promises == ()
