"""Records as they arrived: ids, times, states, files. No answers, no names of people."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.reach import WHOLE, Reach, Thing
from service.entities.queries import arrivals
from service.entities.queries.arrivals import ArrivalRow
from service.facts.scopes import Purpose
from service.forms import queries as forms
from service.foundation.db import reading
from service.foundation.formats import media_types
from service.foundation.formats.metadata import CLEANED_TYPES
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.intake.edit_rules import Reason as Waiting
from service.intake.queries import listing as intake
from service.intake.queries.receiving import PUT_IN_PLACE
from service.persons.actions import today
from service.review import actions as review
from service.review import purposes
from service.review import queries as rights
from service.review.actions.many import Told
from service.review.queries import flags, stages
from service.review.queries.stages import StageTold
from service.review.states import DECISIONS, WORDS, Reason, Stage
from service.testimonies.queries import library
from service.web.identify import actor, allows
from service.web.pages import flag_panel, frame, review_panel, wording
from service.web.pages.review_panel import MOST_WORDS, Typed
from service.web.pages.texts import catalogue

PAGE = 50
STATES = ("current", "incomplete", "queued", "superseded", "deleted")
"""What can be filtered by; incomplete ones are current records that wait for files, deleted ones
such that were removed."""
OF_CURRENT = ("incomplete", "deleted")
MINE, FLAGGED = "mine", "flagged"
STAGES = (*map(str, Stage), MINE, FLAGGED)
"""What the list can be narrowed to by review; `mine`: what the reader has in hand; `flagged`: what
wants a second look, whatever its stage."""

submissions = Blueprint("submissions", __name__)


@submissions.get("/p/<slug>/submissions")
@allows(Act.SUBMISSION_LIST)
def show_list(project_id: int) -> str:
    """A page of records, newest first; the next page starts after the last key of this one."""
    return list_page(project_id, Typed())


def list_page(project_id: int, given: Typed, told: Sequence[Told] = ()) -> str:
    """The list; after many were decided on (`told`), with what became of each."""
    asked = request.form if request.method == "POST" else request.args
    chosen = {name: asked.get(name, "") for name in ("form", "state", "stage", "after")}
    if chosen["state"] and chosen["state"] not in STATES:
        raise Problem(INVALID_PARAMETER, name="state", reason=", ".join(STATES))
    reach = _reach(project_id)
    with reading() as session:
        rows = intake.list_submissions(
            session,
            project_id,
            reach,
            form_id=chosen["form"] or None,
            state="current" if chosen["state"] in OF_CURRENT else chosen["state"] or None,
            is_incomplete=chosen["state"] == "incomplete",
            is_removed=chosen["state"] == "deleted",
            which=_at_stage(chosen["stage"]),
            after=key_of(chosen["after"]) if chosen["after"] else None,
            limit=PAGE + 1,
        )
        keys = [row.submission_pk for row in rows[:PAGE]]
        found = stages.list_stages(session, project_id, keys) if rows else {}
        flagged = flags.list_open(session, project_id, [*keys, *_left(told)])
        titles = forms.list_titles(session, project_id, even_deleted=True)
    filters = {name: chosen[name] for name in ("form", "state", "stage") if chosen[name]}
    older = {**filters, "after": rows[PAGE - 1].submission_pk} if len(rows) > PAGE else None
    return frame.page(
        "submissions.html",
        here="submissions",
        rows=rows[:PAGE],
        stages=found,
        flagged=flagged,
        titles=titles,
        states=STATES,
        all_stages=STAGES,
        chosen=chosen,
        older=older and f"?{urlencode(older)}",
        newest=f"?{urlencode(filters)}",
        areas=wording.areas(reach.areas, frame.page_language()),
        may_decide=policy.may(actor(), Act.REVIEW_STATE, project_id),
        may_remove=policy.may(actor(), Act.RECORD_REMOVE, project_id),
        decisions=[*DECISIONS],
        reasons=[*Reason],
        typed=given,
        most_words=MOST_WORDS,
        done=[one for one in told if one.left is None],
        left=[one for one in told if one.left is not None],
        still=set(request.form.getlist("chosen")) if given.problem else set(),
    )


def _left(told: Sequence[Told]) -> list[uuid.UUID]:
    """Those that were left although they are here to be seen."""
    return [one.submission_pk for one in told if one.left is not None and one.listed is not None]


def _at_stage(stage: str) -> Any:
    """What the list is narrowed to, by review."""
    if not stage:
        return None
    if stage not in STAGES:
        raise Problem(INVALID_PARAMETER, name="stage", reason=", ".join(STAGES))
    if stage == MINE:
        return stages.is_in(Stage.IN_REVIEW, actor().person_id)
    if stage == FLAGGED:
        return flags.has_open()
    return stages.is_in(Stage(stage))


def _reach(project_id: int) -> Reach:
    return policy.reach(actor(), Act.SUBMISSION_LIST, project_id)


@submissions.get("/p/<slug>/quarantine")
@allows(Act.QUEUE_READ)
def show_quarantine(project_id: int) -> str:
    """Records that could not be read: when they came, from whom, how large, and why they wait."""
    with reading() as session:
        rows = intake.list_quarantined(session, project_id)
    return frame.page(
        "quarantine.html",
        here="submissions",
        rows=[(row, frame.say(_why(row.reason))) for row in rows],
    )


@submissions.get("/p/<slug>/submissions/<submission>")
@allows(Act.RECORD_READ)
def show(project_id: int, submission: str) -> str:
    """One record: when it came, in what state it is, which of its files are here."""
    return record_page(project_id, submission, Typed())


def record_page(project_id: int, submission: str, given: Typed) -> str:
    """`given`: what was chosen and typed in the form to decide, where that was not done."""
    key, reach = key_of(submission), policy.reach(actor(), Act.RECORD_READ, project_id)
    with reading() as session:
        thing = rights.find_thing(session, project_id, key)
        if thing is None or not reach.holds_thing(thing):
            raise Problem(NOT_FOUND)
        detail = intake.find_detail(session, project_id, key, WHOLE)
        if detail is None:
            raise Problem(NOT_FOUND)
        near = [one.submission_pk for one in detail.versions]
        reached = rights.list_reached(session, project_id, near, reach)
        is_removed = detail.listed.deleted_at is not None
        may_open = not is_removed and _may(Act.TESTIMONY_READ, project_id, thing)
        allowed = review.allowed(session, project_id, key) if may_open else ()
        form_id = detail.listed.form_id
        form = forms.find_version(session, project_id, form_id, even_deleted=True)
        looked = review_panel.panel(session, project_id, thing, detail, given)
        stands = detail.listed.state == "current" and not is_removed
        noticed = flag_panel.panel(session, project_id, key, reach) if stands else []
    row = detail.listed
    files = [(file, _kind(file), _state(file), _purposes(file, allowed)) for file in detail.files]
    return frame.page(
        "submission.html",
        here=list_of(project_id),
        row=row,
        form_title=form.title if form else row.form_id,
        files=files,
        is_watched=may_open and any(state == "ready" for _, _, state, _ in files),
        may_open=may_open,
        versions=[one for one in detail.versions if one.submission_pk in reached],
        reason=frame.say(f"reason.{Waiting(row.reason)}") if row.reason else "",
        flags=[_flag(name) for name in row.flags],
        entities=_entities(project_id, thing.record),
        copied=_copied(looked["stage"]),
        review=looked,
        noticed=noticed,
        news="" if is_removed else request.args.get("news", ""),
        **_rights(project_id, thing, row),
    )


def _rights(project_id: int, thing: Thing, row: intake.Listed) -> dict[str, bool]:
    """What the reader may do with it."""
    is_current = row.state == "current"
    is_erased = row.state in ("erased", "expired")
    was_placed = is_current and row.deleted_at is None and PUT_IN_PLACE in row.flags
    return {
        "may_remove": is_current and _may(Act.RECORD_REMOVE, project_id, thing),
        "may_take_out": was_placed and _may(Act.SUBMISSION_EDIT, project_id, thing),
        "may_take_back": not is_erased and policy.may(actor(), Act.CONSENT_WITHDRAW, project_id),
        "may_write": is_current
        and row.deleted_at is None
        and _may(Act.TESTIMONY_WRITE, project_id, thing)
        and _is_told(project_id, row.submission_pk),
        "may_give": not is_erased and policy.may(actor(), Act.EMERGENCY_OPEN, project_id),
    }


def _is_told(project_id: int, submission_pk: uuid.UUID) -> bool:
    with reading() as session:
        return library.is_told(session, project_id, submission_pk, today())


def _copied(told: StageTold | None) -> dict[str, str] | None:
    """What was decided on the server that the record was brought from."""
    if told is None or told.origin is None or told.stage not in DECISIONS:
        return None
    return {"state": f"{WORDS[told.stage]}", "origin": told.origin}


def _entities(project_id: int, record_pk: uuid.UUID) -> ArrivalRow | None:
    """What became of what the record says of entities."""
    with reading() as session:
        return arrivals.find(session, project_id, record_pk)


def _may(act: Act, project_id: int, thing: Thing) -> bool:
    return policy.reach(actor(), act, project_id).holds_thing(thing)


def list_of(project_id: int) -> str:
    """The page from which the reader comes to a record, as the menu calls it."""
    if policy.may(actor(), Act.SUBMISSION_LIST, project_id):
        return "submissions"
    return "sent" if policy.may(actor(), Act.SENT_LIST, project_id) else "today"


def _kind(file: intake.FileListed) -> str:
    """What a file is, as the end of a key of the texts; "" while that is not known."""
    return media_types.kind(file.media_type).value if file.media_type else ""


def _purposes(file: intake.FileListed, allowed: Collection[Purpose]) -> list[str]:
    """What the person allows that it is opened for."""
    offered = purposes.offered(media_types.kind(file.media_type))
    return [purpose.value for purpose in offered if purpose in allowed]


def _state(file: intake.FileListed) -> str:
    """Whether a file can be looked at, as the end of a key of the texts."""
    if file.size is None:
        return "missing"
    if file.prepared:
        return file.prepared.value
    is_to_come = file.media_type is None or file.media_type in CLEANED_TYPES
    return "preparing" if is_to_come else "not_shown"


def _why(reason: str) -> str:
    """Why XML was not read, as a key of the texts."""
    key = f"quarantine.why_{reason}"
    return key if key in catalogue() else "quarantine.why_malformed"


def _flag(name: str) -> str:
    key = f"flag.{name}"
    return frame.say(key) if key in catalogue() else frame.say("flag.other", name=name)


def key_of(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise Problem(NOT_FOUND) from error
