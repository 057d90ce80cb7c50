"""Promises: given, said of since, reminded of; and what became of those of a year."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.dialogue import promises as rules
from service.dialogue.actions import checking, figures, meeting, words
from service.dialogue.actions.words import Opener, Words
from service.dialogue.feedback import around
from service.dialogue.promises import Due, Status
from service.dialogue.queries import log, promises
from service.dialogue.queries import partners as partner_queries
from service.dialogue.queries.promises import Filters, Waiting
from service.dialogue.since import Frozen, Since, since
from service.dialogue.tables import Promise, PromiseWord
from service.disclosure.rules import Audience
from service.foundation import clock, ids
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.persons.actions import today

MOST_LISTED = 500


@dataclass(frozen=True, kw_only=True)
class Given:
    """A promise as it is written down. `place` None: that of the meeting. `cell`: dimensions beside
    the place, of the figure that should move."""

    partner: str
    owner: str
    text: Mapping[str, str] = field(repr=False)
    due_on: dt.date | None = None
    question_pk: uuid.UUID | None = None
    indicator: str = ""
    cell: Mapping[str, str] = field(default_factory=dict)
    place: str | None = None


def promise(
    session: Session, actor: Actor, project_id: int, meeting_pk: uuid.UUID, given: Given
) -> uuid.UUID:
    """Raises INVALID_PARAMETER, NOT_FOUND."""
    policy.demand(actor, Act.DIALOGUE_CHANGE, project_id=project_id)
    met = meeting.get(session, project_id, meeting_pk, lock=True)
    there = log.partners_of(session, project_id, [meeting_pk]).get(meeting_pk, ())
    checking.partner(partner_queries.all_of(session, project_id), there, given.partner)
    if given.question_pk is not None:
        asked = log.find_question(session, project_id, given.question_pk)
        if asked is None or asked.meeting_pk != meeting_pk:
            raise Problem(INVALID_PARAMETER, name="question", reason="one of this meeting")
    at = checking.place(met.place if given.place is None else given.place)
    indicator = checking.indicator(given.indicator)
    said = checking.in_languages(given.text)
    owner = checking.short(given.owner, name="owner", most=checking.LONGEST_OWNER)
    promise_pk, key = ids.new_uuid(), words.key_of(session, project_id, meeting_pk)
    row = {
        "project_id": project_id,
        "promise_pk": promise_pk,
        "meeting_pk": meeting_pk,
        "question_pk": given.question_pk,
        "partner": given.partner,
        "promised_on": met.held_on,
        "indicator": indicator,
        "cell": checking.cell(indicator, at, given.cell),
        "place": at,
        "sealed": words.sealed(
            key,
            project_id,
            meeting_pk,
            words.of_promise(promise_pk),
            {**said, "owner": owner},
        ),
    }
    first = {
        "project_id": project_id,
        "promise_pk": promise_pk,
        "number": 1,
        "status": Status.OPEN,
        "said_on": met.held_on,
        "due_on": checking.ahead(given.due_on, since=met.held_on),
        "sealed": words.sealed(key, project_id, meeting_pk, words.of_word(promise_pk, 1), {}),
        "said_by": actor.id,
        "at": clock.now(),
    }
    promises.insert(session, row, first)
    meeting.tell_communes(session, project_id)
    meeting.note(session, actor, project_id, promise_pk, "promise")
    return promise_pk


@dataclass(frozen=True, kw_only=True)
class Said:
    """What became of a promise, or another day for it."""

    status: Status
    said_on: dt.date
    reason: str = field(default="", repr=False)
    due_on: dt.date | None = None


def say(session: Session, actor: Actor, project_id: int, promise_pk: uuid.UUID, said: Said) -> int:
    """One more line of its history; answers its number. What was said stays. Raises
    INVALID_PARAMETER, NOT_FOUND."""
    policy.demand(actor, Act.DIALOGUE_CHANGE, project_id=project_id)
    found = promises.find(session, project_id, promise_pk, lock=True)
    if found is None:
        raise Problem(NOT_FOUND)
    history = promises.words_of(session, project_id, [promise_pk])[promise_pk]
    last = history[-1]
    if said.said_on < last.said_on:
        raise Problem(INVALID_PARAMETER, name="said_on", reason="it is before the last line")
    reason = checking.short(
        said.reason,
        name="reason",
        most=checking.LONGEST_TEXT,
        needed=rules.wants_reason(said.status, last.status),
    )
    if said.due_on is not None and said.status is not Status.OPEN:
        raise Problem(INVALID_PARAMETER, name="due_on", reason="of an open promise alone")
    number = last.number + 1
    key = words.key_of(session, project_id, found.meeting_pk)
    place = words.of_word(promise_pk, number)
    row = {
        "project_id": project_id,
        "promise_pk": promise_pk,
        "number": number,
        "status": said.status,
        "said_on": checking.past(said.said_on, name="said_on"),
        "due_on": checking.ahead(said.due_on, since=found.promised_on),
        "sealed": words.sealed(key, project_id, found.meeting_pk, place, {"reason": reason}),
        "said_by": actor.id,
        "at": clock.now(),
    }
    promises.insert_word(session, row)
    meeting.tell_communes(session, project_id)
    meeting.note(session, actor, project_id, promise_pk, "word", status=said.status.value)
    return number


# --- read -----------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class WordTold:
    number: int
    status: Status
    said_on: dt.date
    due_on: dt.date | None
    said_by: int | None
    reason: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class PromiseTold:
    """A promise as it stands today."""

    promise_pk: uuid.UUID
    meeting_pk: uuid.UUID
    question_pk: uuid.UUID | None
    partner: str
    promised_on: dt.date
    place: str
    indicator: str
    cell: Mapping[str, str]
    text: Words = field(repr=False)
    owner: str = field(repr=False)
    status: Status
    due_on: dt.date | None
    due: Due | None
    history: tuple[WordTold, ...]
    since: Since | None
    """What its figure did; None where it has none."""


NO_FILTERS = Filters()


def list_promises(
    session: Session, actor: Actor, project_id: int, filters: Filters = NO_FILTERS
) -> list[PromiseTold]:
    """Those that were given last come first."""
    policy.demand(actor, Act.DIALOGUE_READ, project_id=project_id)
    return told(session, project_id, filters, figures.INSIDE)


def get_promise(
    session: Session, actor: Actor, project_id: int, promise_pk: uuid.UUID
) -> PromiseTold:
    """Raises NOT_FOUND."""
    found = list_promises(session, actor, project_id, Filters(keys=frozenset({promise_pk})))
    if not found:
        raise Problem(NOT_FOUND)
    return found[0]


def told(
    session: Session, project_id: int, filters: Filters, audiences: Collection[Audience]
) -> list[PromiseTold]:
    """For whoever asked whether they may. `audiences`: of which releases figures are told."""
    rows = promises.list_promises(session, project_id, filters, MOST_LISTED)
    histories = promises.words_of(session, project_id, [one.promise_pk for one in rows])
    opener = Opener(session, project_id, [one.meeting_pk for one in rows])
    has_figure = any(one.indicator for one in rows)
    releases = figures.published(session, project_id, audiences) if has_figure else []
    on = today()
    return [_told(one, histories[one.promise_pk], opener, releases, on) for one in rows]


def _told(
    row: Promise,
    history: Sequence[PromiseWord],
    opener: Opener,
    releases: Sequence[Frozen],
    on: dt.date,
) -> PromiseTold:
    said = opener.open(row.meeting_pk, words.of_promise(row.promise_pk), row.sealed)
    plain = [promises.as_word(one) for one in history]
    cell = {**around(row.place), **row.cell}
    return PromiseTold(
        promise_pk=row.promise_pk,
        meeting_pk=row.meeting_pk,
        question_pk=row.question_pk,
        partner=row.partner,
        promised_on=row.promised_on,
        place=row.place,
        indicator=row.indicator,
        cell=row.cell,
        text=checking.in_both(said),
        owner=said.get("owner", ""),
        status=rules.status(plain),
        due_on=rules.due_on(plain),
        due=rules.due(plain, on),
        history=tuple(_word(row, one, opener) for one in history),
        since=since(releases, row.indicator, cell, row.promised_on) if row.indicator else None,
    )


def _word(row: Promise, one: PromiseWord, opener: Opener) -> WordTold:
    place = words.of_word(row.promise_pk, one.number)
    return WordTold(
        number=one.number,
        status=one.status,
        said_on=one.said_on,
        due_on=one.due_on,
        said_by=one.said_by,
        reason=opener.open(row.meeting_pk, place, one.sealed).get("reason", ""),
    )


def count_waiting(session: Session, actor: Actor, project_id: int) -> Waiting:
    """For *Today*: open promises whose day is near, or over."""
    policy.demand(actor, Act.DIALOGUE_READ, project_id=project_id)
    on = today()
    return promises.count_waiting(session, project_id, on, on + rules.SOON)


# --- what became of them --------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Became:
    """The promises of a year, for the next brief. Every status is counted, also where nobody gave
    such a one."""

    year: int
    audience: Audience
    counts: Mapping[Status, int]
    late: int
    """Of the open ones."""
    promises: tuple[PromiseTold, ...]


def became(
    session: Session,
    actor: Actor,
    project_id: int,
    year: int,
    audience: Audience,
    partner: str = "",
    place: str = "",
) -> Became:
    """Of one partner, or of all; of a place and of all around it, or of the whole project. Figures
    are those that this audience may read. Raises INVALID_PARAMETER."""
    policy.demand(actor, Act.DIALOGUE_READ, project_id=project_id)
    if audience not in figures.INSIDE:
        raise Problem(INVALID_PARAMETER, name="audience", reason="public, partner")
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise Problem(INVALID_PARAMETER, name="year", reason="a year")
    filters = Filters(
        partner=partner,
        since=dt.date(year, 1, 1),
        until=dt.date(year, 12, 31),
        places=frozenset({"", *around(checking.place(place)).values()}) if place else None,
    )
    found = told(session, project_id, filters, figures.seen_by(audience))
    counts = Counter(one.status for one in found)
    return Became(
        year=year,
        audience=audience,
        counts={one: counts[one] for one in Status},
        late=sum(one.due is Due.LATE for one in found),
        promises=tuple(found),
    )
