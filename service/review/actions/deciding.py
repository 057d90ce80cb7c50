"""What a look at a record found: who has it in hand, what was decided, and what that changes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.cases.actions import TOLD
from service.entities import actions as entities
from service.facts import queries as facts
from service.foundation import audit, clock, job_queue
from service.foundation.problems import NOT_FOUND, REVIEW_OUTDATED, Problem
from service.intake.actions.receipts import reproject
from service.intake.queries import changes, trash
from service.review.actions import comments, four_eyes, testimony
from service.review.four_eyes import Kind
from service.review.queries import changes as history
from service.review.queries import deciding as rows
from service.review.queries import records
from service.review.queries.records import RecordTold
from service.review.states import (
    WHAT,
    WORDS,
    Reason,
    ReviewState,
    Stage,
    What,
    stage_of,
    standing_of,
)

OPEN = (Stage.RECEIVED, Stage.EDITED, Stage.IN_REVIEW)
"""Of these nobody decided."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What somebody looked at when deciding: another version, or stage, is another thing."""

    version: uuid.UUID
    stage: Stage


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was decided, and why; `words` may say more than a list can, and become a comment."""

    stage: Stage
    reasons: tuple[Reason, ...] = ()
    words: str = field(default="", repr=False)


def decide(
    session: Session,
    actor: Actor,
    project_id: int,
    record: RecordTold,
    state: ReviewState | None,
    seen: Seen | None = None,
) -> bool:
    """`make` in Central's words, which name no reasons; None takes back what was said. It is about
    the record as the caller read it, whatever came since."""
    seen = seen or Seen(version=record.current.submission_pk, stage=record.stage)
    decision = Decision(stage=stage_of(state))
    return make(session, actor, project_id, record.current.submission_pk, decision, seen)


def make(
    session: Session,
    actor: Actor,
    project_id: int,
    submission_pk: uuid.UUID,
    decision: Decision,
    seen: Seen | None = None,
) -> bool:
    """Say of a record's present version what a look at it found. False: it waits for a second
    person (testimony). Raises NOT_FOUND, REVIEW_OUTDATED where it is not what was `seen`,
    SECOND_PERSON_NEEDED."""
    record = _locked(session, actor, project_id, submission_pk, seen)
    version, state = record.current.submission_pk, WORDS[decision.stage]
    comment_pk = None
    if decision.words.strip():
        said = comments.say(session, actor, project_id, record, decision.words.strip())
        comment_pk = said.comment_pk
    if decision.stage is not Stage.APPROVED:
        four_eyes.withdraw(session, project_id, Kind.APPROVE_TESTIMONY, record.record_pk)
    elif not _is_agreed(session, actor, project_id, record):
        _step(session, actor, project_id, record, What.AGREED_TO, comment_pk=comment_pk)
        return False
    write_down(session, project_id, record.record_pk, version, state, actor.id)
    reasons = [one.value for one in decision.reasons]
    _step(session, actor, project_id, record, WHAT[decision.stage], reasons, comment_pk)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.REVIEW_STATE,
        subject=version,
        before=record.state.value if record.state else "",
        state=state.value if state else "",
        **({"reasons": ",".join(reasons)} if reasons else {}),
    )
    if state is ReviewState.APPROVED:  # of lists that want approval
        entities.follow_approval(session, actor, project_id, record.record_pk, version)
    return True


def _is_agreed(session: Session, actor: Actor, project_id: int, record: RecordTold) -> bool:
    """Whether nobody else need agree to an approval: it is no testimony, or somebody else did, or
    two did before. What another server approved nobody here did."""
    if (record.stage is Stage.APPROVED and record.origin is None) or not testimony.is_told(
        session, project_id, record
    ):
        return True
    kind, seen = Kind.APPROVE_TESTIMONY, record.current.submission_pk.hex
    return four_eyes.agree(session, actor, project_id, kind, record.record_pk, seen)


def take_on(
    session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID, seen: Seen
) -> None:
    """Have a record in hand of which nobody decided yet, instead of whoever had (as was `seen`)."""
    record = _locked(session, actor, project_id, submission_pk, seen)
    if record.stage not in OPEN:
        raise Problem(REVIEW_OUTDATED)
    if record.owner_id == actor.person_id:
        return
    version = record.current.submission_pk
    rows.put_owner(
        session, project_id, record.record_pk, version, record.state, actor.person_id, clock.now()
    )
    changes.touch(session, project_id, version, clock.now())
    _step(session, actor, project_id, record, What.TAKEN_ON)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="review.take_on",
        subject=version,
        before=record.owner_id or "",
    )


def let_go(
    session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID, seen: Seen
) -> None:
    """Leave it to others again; whoever reviews may, for somebody who is away."""
    record = _locked(session, actor, project_id, submission_pk, seen)
    if record.owner_id is None:
        raise Problem(REVIEW_OUTDATED)
    version = record.current.submission_pk
    write_down(session, project_id, record.record_pk, version, record.state, actor.id)
    _step(session, actor, project_id, record, What.LET_GO)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="review.let_go",
        subject=version,
        before=record.owner_id,
    )


def _locked(
    session: Session,
    actor: Actor,
    project_id: int,
    submission_pk: uuid.UUID,
    seen: Seen | None,
) -> RecordTold:
    """The record as it stands, locked: who decides at the same moment, and an edit that comes, wait
    and see. Raises NOT_FOUND, REVIEW_OUTDATED."""
    versions = trash.lock_versions(session, project_id, submission_pk)
    current = next((one for one in versions if one.is_current), None)
    record = current and records.find_by_key(session, project_id, current.submission_pk)
    if not record:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, Act.REVIEW_STATE, project_id, record.thing)
    if seen is not None and seen != Seen(version=record.current.submission_pk, stage=record.stage):
        raise Problem(REVIEW_OUTDATED)
    return record


def _step(
    session: Session,
    actor: Actor,
    project_id: int,
    record: RecordTold,
    what: What,
    reasons: Sequence[str] = (),
    comment_pk: uuid.UUID | None = None,
) -> None:
    history.insert(
        session,
        project_id,
        record.record_pk,
        record.current.submission_pk,
        what,
        actor.id,
        reasons=reasons,
        comment_pk=comment_pk,
    )


def write_down(
    session: Session,
    project_id: int,
    record_pk: uuid.UUID,
    submission_pk: uuid.UUID,
    state: ReviewState | None,
    decided_by: int | None,
    origin: str | None = None,
) -> None:
    """The last word on a record, for whoever asks what was decided: review, the facts that figures
    count, and the app that sent it. All in the caller's transaction, under the record's lock."""
    now = clock.now()
    rows.put_state(session, project_id, record_pk, submission_pk, state, decided_by, now, origin)
    standing = standing_of(state, is_copied=origin is not None)
    facts.set_standing(session.connection(), project_id, submission_pk, standing)
    job_queue.enqueue(session, project_id=project_id, event=TOLD, subject=submission_pk)
    changes.touch(session, project_id, submission_pk, now)


def copy(
    session: Session,
    actor: Actor,
    project_id: int,
    record: RecordTold,
    state: ReviewState,
    origin: str,
) -> None:
    """Keep what a look found on the server that the record comes from: nobody's decision here, and
    no approval of what it says of lists, which ask somebody who looks. `origin`: the kind of the
    server, and where it is."""
    policy.demand(actor, Act.MOVE_IN, project_id)
    trash.lock_versions(session, project_id, record.current.submission_pk)
    version = record.current.submission_pk
    write_down(session, project_id, record.record_pk, version, state, None, origin)
    what = WHAT[stage_of(state)]
    history.insert(session, project_id, record.record_pk, version, what, None, origin=origin)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="review.copy",
        subject=version,
        state=state.value,
        source=origin.partition(" ")[0],
    )


def drop_erased(session: Session, project_id: int) -> None:
    """What was said of records that are no more. Whatever was compared with one of them is looked
    at anew."""
    for submission_pk in rows.delete_of_erased(session, project_id):
        reproject(session.connection(), project_id, submission_pk)
