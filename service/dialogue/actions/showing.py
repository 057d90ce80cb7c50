"""What was shown at a meeting: releases, and words of somebody who lets them be used there."""

from __future__ import annotations

import enum
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.dialogue import partners as rules
from service.dialogue.actions import meeting
from service.dialogue.partners import Partner, Stands
from service.dialogue.queries import log
from service.dialogue.queries import partners as partner_queries
from service.dialogue.queries.log import QuoteRow
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_FOUND,
    RELEASE_NOT_FOR_PARTNER,
    RELEASE_NOT_PUBLISHED,
    STORY_GONE,
    Problem,
)
from service.persons.actions import today
from service.releases import queries as releases
from service.releases.standing import Standing
from service.testimonies.actions import leading, publishing, using
from service.testimonies.actions.recording import LONGEST_PLACE
from service.testimonies.actions.using import Going
from service.testimonies.queries import library
from service.testimonies.terms import Audience, Means, Naming, Wanted
from service.treaty.queries.quotes import Leader

AT_A_MEETING = (Means.SPEECH, Means.PRINT)
"""How words can go out there: read aloud, or on paper that was handed over."""


def show_release(
    session: Session, actor: Actor, project_id: int, meeting_pk: uuid.UUID, number: int
) -> None:
    """Write down that a release was shown. Raises NOT_FOUND, RELEASE_NOT_PUBLISHED, and
    RELEASE_NOT_FOR_PARTNER where one of those who were there may see public ones alone."""
    policy.demand(actor, Act.DIALOGUE_CHANGE, project_id=project_id)
    meeting.get(session, project_id, meeting_pk, lock=True)
    found = releases.find(session, project_id, number)
    if found is None or found[0].standing is not Standing.PUBLISHED:
        raise Problem(RELEASE_NOT_PUBLISHED, number=number)
    for partner in _there(session, project_id, meeting_pk):
        if not rules.may_see(partner, found[0].audience):
            raise Problem(RELEASE_NOT_FOR_PARTNER, number=number, partner=partner.code)
    log.insert_release(session, project_id, meeting_pk, number)
    meeting.note(session, actor, project_id, meeting_pk, "release", number=number)


def _there(session: Session, project_id: int, meeting_pk: uuid.UUID) -> list[Partner]:
    known = partner_queries.all_of(session, project_id)
    codes = log.partners_of(session, project_id, [meeting_pk]).get(meeting_pk, ())
    return [known[code] for code in codes if code in known]


# --- quotes ---------------------------------------------------------------------------------------
class Source(enum.StrEnum):
    """Whose words."""

    TEXT = "text"
    """Of a testimony, from the library."""
    LEADER = "leader"
    """A sentence that somebody said with their signature."""


class State(enum.StrEnum):
    """Of a quote that was used."""

    STANDS = "stands"
    TAKEN_BACK = "taken_back"
    """Its words are shown nowhere any more; what was printed cannot be called back."""
    ENDED = "ended"
    """The office ended it, or the time is over for which it was allowed."""


@dataclass(frozen=True, kw_only=True)
class QuoteTold:
    """A quote, in codes."""

    use_pk: uuid.UUID
    source: Source
    naming: Naming
    state: State


def list_quotes(
    session: Session, actor: Actor, project_id: int, meeting_pk: uuid.UUID
) -> list[QuoteTold]:
    """By consent of this moment. Without words."""
    policy.demand(actor, Act.DIALOGUE_READ, project_id=project_id)
    quotes = log.list_quotes(session, project_id, meeting_pk)
    states = states_of(session, project_id, quotes)
    return [
        QuoteTold(
            use_pk=one.use_pk,
            source=Source.TEXT if one.signer_pk is None else Source.LEADER,
            naming=Naming(one.naming),
            state=states[one.use_pk],
        )
        for one in quotes
    ]


def states_of(
    session: Session, project_id: int, quotes: Sequence[QuoteRow]
) -> dict[uuid.UUID, State]:
    """Use -> what it is by consent of this moment. Texts are asked of together, for each way in
    which some are used."""
    alike: dict[Wanted, list[QuoteRow]] = defaultdict(list)
    for one in quotes:
        alike[Wanted(audience=Audience(one.audience), naming=Naming(one.naming))].append(one)
    found: dict[uuid.UUID, State] = {}
    for wanted, rows in alike.items():
        keys = {one.version_pk for one in rows if one.version_pk is not None}
        digests: dict[uuid.UUID, str] = {}
        if keys:
            page = library.usable(session, project_id, wanted, today(), among=keys, limit=len(keys))
            digests = {one.version_pk: one.digest for one in page.texts}
        for one in rows:
            found[one.use_pk] = _state_of(session, project_id, one, wanted, digests)
    return found


def _state_of(
    session: Session,
    project_id: int,
    one: QuoteRow,
    wanted: Wanted,
    digests: Mapping[uuid.UUID, str],
) -> State:
    if one.is_taken_back:
        return State.TAKEN_BACK
    if one.ended_at is not None:
        return State.ENDED
    if one.signer_pk is not None:
        stands = leading.find(session, project_id, one.signer_pk, wanted.audience) is not None
    else:
        stands = one.version_pk is not None and digests.get(one.version_pk) == one.digest
    return State.STANDS if stands else State.ENDED


@dataclass(frozen=True, kw_only=True)
class Opened:
    """Words that may be used before everybody who was there, and the stand-in of what was read."""

    source: Source
    words: str = field(repr=False)
    by: str = field(repr=False)
    """Name and role, as they may stand there; "" for nobody's."""
    seen: str


def _demand_log(actor: Actor, act: Act, project_id: int) -> None:
    """Whoever may use words, but in an area alone, finds no meeting: it is of the whole project.
    Raises NOT_FOUND."""
    if not policy.may(actor, act, project_id):
        raise Problem(NOT_FOUND)


def wanted_there(
    session: Session, project_id: int, meeting_pk: uuid.UUID, naming: Naming
) -> list[Wanted]:
    """What the narrator must have allowed: each for one kind of those who were there."""
    there = {rules.quoted_to(one) for one in _there(session, project_id, meeting_pk)}
    return [Wanted(audience=one, naming=naming) for one in sorted(there)]


def _leaders_audiences(session: Session, project_id: int, meeting_pk: uuid.UUID) -> list[Audience]:
    """A leader let name and sentence be shown to anybody in the country; abroad is another
    question."""
    there = _there(session, project_id, meeting_pk)
    return sorted(
        {Audience.ABROAD if one.stands is Stands.ABROAD else Audience.CAMBODIA for one in there}
    )


def list_usable(
    session: Session, actor: Actor, project_id: int, meeting_pk: uuid.UUID, naming: Naming
) -> tuple[list[library.Usable], list[Leader]]:
    """Texts and leaders whose consent covers everybody who was there, today. Codes alone."""
    _demand_log(actor, Act.DIALOGUE_CHANGE, project_id)
    meeting.get(session, project_id, meeting_pk)
    each = [
        {one.version_pk: one for one in using.list_usable(session, actor, project_id, want).texts}
        for want in wanted_there(session, project_id, meeting_pk, naming)
    ]
    texts = [one for key, one in each[0].items() if all(key in those for those in each)]
    audiences = _leaders_audiences(session, project_id, meeting_pk)
    return texts, leading.list_leaders(session, actor, project_id, audiences)


def open_quote(
    session: Session,
    actor: Actor,
    project_id: int,
    meeting_pk: uuid.UUID,
    source: Source,
    key: uuid.UUID,
    naming: Naming,
) -> Opened:
    """Words to read before they are used there. Every look is an entry. Raises NOT_FOUND,
    CONSENT_MISSING."""
    _demand_log(actor, Act.DIALOGUE_CHANGE, project_id)
    meeting.get(session, project_id, meeting_pk)
    if source is Source.LEADER:
        audiences = _leaders_audiences(session, project_id, meeting_pk)
        found = leading.open_leader(session, actor, project_id, key, audiences)
        by = ", ".join(filter(None, (found.quote.name, found.quote.role)))
        return Opened(source=source, words=found.quote.words, by=by, seen=found.digest)
    wanted = wanted_there(session, project_id, meeting_pk, naming)
    opened = [using.open_text(session, actor, project_id, key, one) for one in wanted]
    return Opened(
        source=source, words=opened[0].words, by=opened[0].name, seen=opened[0].usable.digest
    )


@dataclass(frozen=True, kw_only=True)
class Used:
    """Which words, how, and what was read of them before."""

    source: Source
    key: uuid.UUID
    seen: str
    naming: Naming = Naming.NONE
    means: Means = Means.SPEECH


def use_quote(
    session: Session, actor: Actor, project_id: int, meeting_pk: uuid.UUID, used: Used
) -> list[uuid.UUID]:
    """Write down that words were used at a meeting, as every use is: the library, the page of the
    narrator and whoever takes back know of it. One use for each kind of those who were there.
    Raises NOT_FOUND, CONSENT_MISSING, REVIEW_OUTDATED, INVALID_PARAMETER."""
    _demand_log(actor, Act.DIALOGUE_CHANGE, project_id)
    met = meeting.get(session, project_id, meeting_pk, lock=True)
    if used.means not in AT_A_MEETING:
        raise Problem(INVALID_PARAMETER, name="means", reason=", ".join(AT_A_MEETING))
    codes = ", ".join(one.code for one in _there(session, project_id, meeting_pk))
    whither = f"{met.held_on.isoformat()} {codes}"[:LONGEST_PLACE]
    made = _uses(session, actor, project_id, meeting_pk, used, whither)
    signer_pk = used.key if used.source is Source.LEADER else None
    for use_pk in made:
        mine = {"project_id": project_id, "meeting_pk": meeting_pk}
        log.insert_quote(session, {**mine, "use_pk": use_pk, "signer_pk": signer_pk})
        meeting.note(session, actor, project_id, use_pk, "quote")
    return list(made)


def _uses(
    session: Session,
    actor: Actor,
    project_id: int,
    meeting_pk: uuid.UUID,
    used: Used,
    whither: str,
) -> Sequence[uuid.UUID]:
    if used.source is Source.LEADER:
        audiences = _leaders_audiences(session, project_id, meeting_pk)
        return [
            leading.use(
                session, actor, project_id, used.key, audience, used.means, whither, used.seen
            )
            for audience in audiences
        ]
    wanted = wanted_there(session, project_id, meeting_pk, used.naming)
    return [
        using.use(
            session,
            actor,
            project_id,
            used.key,
            Going(wanted=one, means=used.means, whither=whither, seen=used.seen),
        )
        for one in wanted
    ]


def read_again(
    session: Session, actor: Actor, project_id: int, meeting_pk: uuid.UUID, use_pk: uuid.UUID
) -> Opened:
    """The words of a quote that was used, asked of consent each time; every look is an entry.
    Raises NOT_FOUND; STORY_GONE from the moment on at which it was taken back or ended."""
    _demand_log(actor, Act.DIALOGUE_READ, project_id)
    policy.demand(actor, Act.TESTIMONY_USE, project_id)
    found = log.list_quotes(session, project_id, meeting_pk, use_pk)
    if not found or log.find_meeting(session, project_id, meeting_pk) is None:
        raise Problem(NOT_FOUND)
    (one,) = found
    if states_of(session, project_id, [one])[one.use_pk] is not State.STANDS:
        raise Problem(STORY_GONE)
    if one.signer_pk is not None:
        leader = leading.open_leader(
            session, actor, project_id, one.signer_pk, [Audience(one.audience)]
        )
        if leader.digest != one.digest:
            raise Problem(STORY_GONE)
        by = ", ".join(filter(None, (leader.quote.name, leader.quote.role)))
        return Opened(source=Source.LEADER, words=leader.quote.words, by=by, seen=one.digest)
    told: publishing.Story = using.print_paper(session, actor, project_id, use_pk)
    return Opened(
        source=Source.TEXT,
        words="\n\n".join(told.words.values()),
        by=told.name,
        seen=one.digest,
    )
