"""What a record's page says of its review: where it stands, its history, and the form to decide."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.reach import Thing
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.intake.queries.listing import Detail
from service.review.actions.deciding import OPEN, Decision, Seen
from service.review.four_eyes import Kind
from service.review.queries import changes, four_eyes, stages
from service.review.queries.changes import ChangeTold
from service.review.queries.stages import StageTold
from service.review.states import DECISIONS, WANT_REASON, Reason, Stage, What
from service.web.identify import actor
from service.web.pages import frame

MOST_WORDS = 2000
FIELDS = ("decision", "reasons", "words")


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What somebody chose and wrote, to be shown again where it was not done."""

    decision: str = ""
    reasons: Collection[str] = ()
    words: str = field(default="", repr=False)
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of a record's history, as people read it."""

    at: dt.datetime
    what: str
    name: str | None
    reasons: tuple[str, ...] = ()
    has_comment: bool = False


def typed(problem: str = "") -> Typed:
    given = request.form
    return Typed(
        decision=given.get("decision", ""),
        reasons=given.getlist("reasons"),
        words=given.get("words", ""),
        problem=problem,
    )


def decision_of(*, is_first: bool = True) -> Decision | str:
    """What the form says; or what it lacks, in the reader's language."""
    given = typed()
    if given.decision == "reopen":
        return Decision(stage=Stage.RECEIVED if is_first else Stage.EDITED, words=given.words)
    if given.decision not in DECISIONS:
        return frame.say("review.choose")
    stage = Stage(given.decision)
    reasons = tuple(one for one in Reason if one in given.reasons)
    if stage in WANT_REASON and not reasons:
        return frame.say("review.choose_reason")
    if len(given.words) > MOST_WORDS:
        return frame.say("review.too_long", most=MOST_WORDS)
    return Decision(stage=stage, reasons=reasons if stage in WANT_REASON else (), words=given.words)


def written(version: uuid.UUID, stage: Stage) -> str:
    """What was seen, as forms carry it."""
    return f"{version}.{stage}"


def read_seen(text: str) -> Seen:
    """Raises INVALID_PARAMETER."""
    version, _, stage = text.partition(".")
    try:
        return Seen(version=uuid.UUID(version), stage=Stage(stage))
    except ValueError as error:
        raise Problem(INVALID_PARAMETER, name="seen", reason="open the page again") from error


def panel(
    session: Any, project_id: int, thing: Thing, detail: Detail, given: Typed
) -> dict[str, Any]:
    """For the template, three statements; `stage` None for what is no record that stands."""
    row = detail.listed
    found = stages.list_stages(session, project_id, [row.submission_pk])
    told = found.get(row.submission_pk)
    is_there = told is not None and row.deleted_at is None
    waiting = None
    if told is not None and told.stage in OPEN:
        kind = Kind.APPROVE_TESTIMONY
        waiting = four_eyes.find_waiting(session, project_id, kind, thing.record)
        if waiting is not None and waiting.seen != row.submission_pk.hex:
            waiting = None
    steps = changes.list_of(session, project_id, thing.record)
    return {
        "stage": told,
        "seen": written(row.submission_pk, told.stage) if told else "",
        "waiting": waiting,
        "may_decide": is_there
        and policy.reach(actor(), Act.REVIEW_STATE, project_id).holds_thing(thing),
        "may_comment": policy.reach(actor(), Act.REVIEW_COMMENT, project_id).holds_thing(thing),
        "is_mine": told is not None and told.who_id == actor().id,
        "is_decided": told is not None and told.stage not in OPEN,
        "decisions": [*DECISIONS],
        "reasons": [*Reason],
        "typed": given,
        "most_words": MOST_WORDS,
        "steps": sorted(
            [*_arrived(detail), *map(_step, steps), *_unwritten(told, steps)],
            key=lambda one: one.at,
            reverse=True,
        ),
    }


def _arrived(detail: Detail) -> Iterator[Step]:
    """What came, its versions tell."""
    is_first = True
    for one in detail.versions:
        if one.state in ("current", "superseded"):
            what = "review.did_arrive" if is_first else "review.did_edit"
            yield Step(at=one.received_at, what=frame.say(what), name=one.submitter)
            is_first = False


def _step(one: ChangeTold) -> Step:
    of_removal = one.what is What.REMOVED
    words = frame.say(f"review.did_{one.what}")
    if one.origin:
        words = frame.say("review.did_elsewhere", what=words, origin=one.origin)
    return Step(
        at=one.at,
        what=words,
        name=one.name,
        reasons=tuple(
            frame.say(f"removing.why_{code}" if of_removal else f"review.reason_{code}")
            for code in one.reasons
        ),
        has_comment=one.has_comment,
    )


def _unwritten(told: StageTold | None, steps: Sequence[ChangeTold]) -> Iterator[Step]:
    """What was decided by an earlier release, which kept the last word and no history."""
    if told is not None and told.stage in DECISIONS and not steps:
        yield Step(at=told.since, what=frame.say(f"review.stage_{told.stage}"), name=told.who)
