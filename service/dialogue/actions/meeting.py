"""Whom we met: partners, meetings, questions and answers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.consent.withdrawal import Plan
from service.dialogue import partners as rules
from service.dialogue.actions import REMOVED, TOLD, checking, words
from service.dialogue.actions.words import Opener, Words
from service.dialogue.partners import KNOWN, LONGEST_NAME, Partner, Stands
from service.dialogue.queries import log
from service.dialogue.queries import partners as queries
from service.dialogue.tables import Meeting, Question
from service.disclosure.rules import Audience
from service.foundation import audit, clock, ids, job_queue, keys
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem

MOST_PARTNERS = 20


# --- partners -------------------------------------------------------------------------------------
def list_partners(session: Session, actor: Actor, project_id: int) -> list[Partner]:
    """The known ones in their order, then the project's own."""
    policy.demand(actor, Act.DIALOGUE_READ, project_id=project_id)
    return list(queries.all_of(session, project_id).values())


@dataclass(frozen=True, kw_only=True)
class PartnerGiven:
    """A partner of the project's own; of a known one, only what it may see is taken."""

    code: str
    name: Mapping[str, str]
    stands: Stands
    sees: Audience


def put_partner(session: Session, actor: Actor, project_id: int, given: PartnerGiven) -> Partner:
    """Add one, or say anew what one is called and may see. Raises INVALID_PARAMETER."""
    policy.demand(actor, Act.DIALOGUE_CHANGE, project_id=project_id)
    if not rules.is_code(given.code):
        reason = "2 to 24 capital letters and digits"
        raise Problem(INVALID_PARAMETER, name="code", reason=reason)
    if given.sees not in (Audience.PUBLIC, Audience.PARTNER):
        raise Problem(INVALID_PARAMETER, name="sees", reason="public, partner")
    is_own = given.code not in KNOWN
    if is_own:
        names = {
            one: checking.short(given.name.get(one, ""), name=f"name_{one}", most=LONGEST_NAME)
            for one in ("en", "km")
        }
        stands = given.stands
    else:
        names, stands = dict(KNOWN[given.code].name), KNOWN[given.code].stands
    found = Partner(code=given.code, name=names, stands=stands, sees=given.sees, is_own=is_own)
    queries.put(session, project_id, found)
    note(session, actor, project_id, given.code, "partner", sees=given.sees.value)
    return found


# --- meetings -------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Met:
    """A meeting as it is written down."""

    held_on: dt.date
    partners: Sequence[str]
    place: str = ""
    ours: str = field(default="", repr=False)
    venue: str = field(default="", repr=False)
    notes: str = field(default="", repr=False)


def write_meeting(session: Session, actor: Actor, project_id: int, met: Met) -> uuid.UUID:
    """Raises INVALID_PARAMETER."""
    policy.demand(actor, Act.DIALOGUE_CHANGE, project_id=project_id)
    known = queries.all_of(session, project_id)
    codes = list(dict.fromkeys(met.partners))
    if not 0 < len(codes) <= MOST_PARTNERS or not set(codes) <= known.keys():
        reason = f"1 to {MOST_PARTNERS} of: {', '.join(known)}"
        raise Problem(INVALID_PARAMETER, name="partners", reason=reason)
    said = {
        name: checking.short(getattr(met, name), name=name, most=most, needed=False)
        for name, most in (
            ("ours", checking.LONGEST_TEXT),
            ("venue", checking.LONGEST_OWNER),
            ("notes", checking.LONGEST_NOTES),
        )
    }
    meeting_pk, key = ids.new_uuid(), keys.current().take(project_id)
    row = {
        "project_id": project_id,
        "meeting_pk": meeting_pk,
        "held_on": checking.past(met.held_on, name="held_on"),
        "place": checking.place(met.place),
        "key_pk": key.key_pk,
        "sealed": words.sealed(key, project_id, meeting_pk, words.of_meeting(), said),
        "written_by": actor.id,
        "written_at": clock.now(),
    }
    log.insert_meeting(session, row, codes)
    note(session, actor, project_id, meeting_pk, "meeting")
    return meeting_pk


def list_meetings(
    session: Session,
    actor: Actor,
    project_id: int,
    before: uuid.UUID | None,
    limit: int,
    partner: str = "",
) -> list[log.Line]:
    """The latest first, those after the meeting `before`. Without words."""
    policy.demand(actor, Act.DIALOGUE_READ, project_id=project_id)
    place = None
    if before is not None:
        found = log.find_meeting(session, project_id, before)
        if found is None:
            raise Problem(NOT_FOUND)
        place = (found.held_on, found.meeting_pk)
    return log.list_meetings(session, project_id, place, limit, partner)


@dataclass(frozen=True, kw_only=True)
class AnswerTold:
    answer_pk: uuid.UUID
    answered_on: dt.date
    text: Words = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class QuestionTold:
    question_pk: uuid.UUID
    partner: str
    framework: str
    indicator: str
    place: str
    text: Words = field(repr=False)
    answers: tuple[AnswerTold, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MeetingTold:
    """`notes` (who of us, the room, notes) are for whoever may change the log; {} for others."""

    meeting_pk: uuid.UUID
    held_on: dt.date
    place: str
    partners: tuple[str, ...]
    notes: Words = field(repr=False)
    questions: tuple[QuestionTold, ...]
    releases: tuple[int, ...]


def get_meeting(
    session: Session, actor: Actor, project_id: int, meeting_pk: uuid.UUID
) -> MeetingTold:
    """Raises NOT_FOUND. Its quotes are `showing`'s, its promises `promising`'s."""
    policy.demand(actor, Act.DIALOGUE_READ, project_id=project_id)
    found = get(session, project_id, meeting_pk)
    opener = Opener(session, project_id, [meeting_pk])
    notes = (
        opener.open(meeting_pk, words.of_meeting(), found.sealed)
        if policy.may(actor, Act.DIALOGUE_CHANGE, project_id)
        else words.NOTHING
    )
    asked = log.list_questions(session, project_id, [meeting_pk])
    return MeetingTold(
        meeting_pk=meeting_pk,
        held_on=found.held_on,
        place=found.place,
        partners=log.partners_of(session, project_id, [meeting_pk]).get(meeting_pk, ()),
        notes=notes,
        questions=tuple(told_questions(session, project_id, asked)),
        releases=tuple(log.list_releases(session, project_id, meeting_pk)),
    )


def told_questions(
    session: Session, project_id: int, asked: Sequence[Question]
) -> list[QuestionTold]:
    """With their answers and all words, whatever meetings they are of."""
    answers = log.list_answers(session, project_id, [one.question_pk for one in asked])
    opener = Opener(
        session, project_id, [*(one.meeting_pk for one in asked), *(a.meeting_pk for a in answers)]
    )
    by_question: dict[uuid.UUID, list[AnswerTold]] = {}
    for one in answers:
        said = opener.open(one.meeting_pk, words.of_answer(one.answer_pk), one.sealed)
        told = AnswerTold(
            answer_pk=one.answer_pk, answered_on=one.answered_on, text=checking.in_both(said)
        )
        by_question.setdefault(one.question_pk, []).append(told)
    return [
        QuestionTold(
            question_pk=one.question_pk,
            partner=one.partner,
            framework=one.framework,
            indicator=one.indicator,
            place=one.place,
            text=checking.in_both(
                opener.open(one.meeting_pk, words.of_question(one.question_pk), one.sealed)
            ),
            answers=tuple(by_question.get(one.question_pk, ())),
        )
        for one in asked
    ]


def remove_meeting(session: Session, actor: Actor, project_id: int, meeting_pk: uuid.UUID) -> None:
    """With all that was said there: its words open nowhere any more, in no backup either once the
    copies of the key store are gone. Raises NOT_FOUND."""
    policy.demand(actor, Act.DIALOGUE_CHANGE, project_id=project_id)
    found = get(session, project_id, meeting_pk, lock=True)
    key_pk = found.key_pk
    log.remove_meeting(session, project_id, meeting_pk, clock.now())
    if key_pk is not None:
        job_queue.enqueue(session, project_id=project_id, event=REMOVED, subject=key_pk)
    tell_communes(session, project_id)
    note(session, actor, project_id, meeting_pk, "removed")


def destroy(project_id: int, key_pks: Sequence[uuid.UUID]) -> None:
    """Keys of removed meetings, for good: a backup of the key store that is brought back destroys
    them again. Again is no error."""
    plan = Plan(
        project_id=project_id,
        withdrawal_pk=ids.new_uuid(),
        digests=[],
        keys=list(key_pks),
        blobs=[],
        asked_at=clock.now(),
        expires=True,
        is_silent=True,
    )
    keys.current().erasures.append(plan.as_entry())
    keys.current().destroy(project_id, key_pks)


def get(session: Session, project_id: int, meeting_pk: uuid.UUID, *, lock: bool = False) -> Meeting:
    """Raises NOT_FOUND."""
    found = log.find_meeting(session, project_id, meeting_pk, lock=lock)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


# --- questions and answers ------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question as it is written down. `place` None: that of the meeting."""

    partner: str
    text: Mapping[str, str] = field(repr=False)
    framework: str = ""
    indicator: str = ""
    place: str | None = None


def ask(
    session: Session, actor: Actor, project_id: int, meeting_pk: uuid.UUID, asked: Asked
) -> uuid.UUID:
    """Write down what was asked. Raises INVALID_PARAMETER, NOT_FOUND."""
    policy.demand(actor, Act.DIALOGUE_CHANGE, project_id=project_id)
    meeting = get(session, project_id, meeting_pk, lock=True)
    there = log.partners_of(session, project_id, [meeting_pk]).get(meeting_pk, ())
    checking.partner(queries.all_of(session, project_id), there, asked.partner)
    said, question_pk = checking.in_languages(asked.text), ids.new_uuid()
    key = words.key_of(session, project_id, meeting_pk)
    at = meeting.place if asked.place is None else asked.place
    row = {
        "project_id": project_id,
        "question_pk": question_pk,
        "meeting_pk": meeting_pk,
        "partner": asked.partner,
        "framework": checking.framework(asked.framework),
        "indicator": checking.indicator(asked.indicator),
        "place": checking.place(at),
        "sealed": words.sealed(key, project_id, meeting_pk, words.of_question(question_pk), said),
    }
    log.insert_question(session, row)
    tell_communes(session, project_id)
    note(session, actor, project_id, question_pk, "question")
    return question_pk


def answer(
    session: Session,
    actor: Actor,
    project_id: int,
    question_pk: uuid.UUID,
    answered_on: dt.date,
    text: Mapping[str, str],
) -> uuid.UUID:
    """Write down what they said to it, then or later. Raises INVALID_PARAMETER, NOT_FOUND."""
    policy.demand(actor, Act.DIALOGUE_CHANGE, project_id=project_id)
    question = log.find_question(session, project_id, question_pk)
    if question is None:
        raise Problem(NOT_FOUND)
    meeting = get(session, project_id, question.meeting_pk, lock=True)
    if answered_on < meeting.held_on:
        raise Problem(INVALID_PARAMETER, name="answered_on", reason="it is before the question")
    said, answer_pk = checking.in_languages(text), ids.new_uuid()
    key = words.key_of(session, project_id, meeting.meeting_pk)
    row = {
        "project_id": project_id,
        "answer_pk": answer_pk,
        "meeting_pk": meeting.meeting_pk,
        "question_pk": question_pk,
        "answered_on": checking.past(answered_on, name="answered_on"),
        "sealed": words.sealed(
            key, project_id, meeting.meeting_pk, words.of_answer(answer_pk), said
        ),
    }
    log.insert_answer(session, row)
    tell_communes(session, project_id)
    note(session, actor, project_id, answer_pk, "answer")
    return answer_pk


def tell_communes(session: Session, project_id: int) -> None:
    """Lists on phones follow, after this transaction."""
    job_queue.enqueue(session, project_id=project_id, event=TOLD, subject=ids.new_uuid())


def note(
    session: Session, actor: Actor, project_id: int, subject: object, what: str, **more: Any
) -> None:
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.DIALOGUE_CHANGE,
        subject=subject,
        what=what,
        **more,
    )
