"""Promises: written down, said of, and what became of those of a year."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.dialogue.actions import checking, figures, promising
from service.dialogue.actions.promising import Given, Said
from service.dialogue.promises import Status
from service.disclosure.rules import Audience
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.persons.actions import today
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, promise_words
from service.web.pages.dialogue import (
    Answer,
    done,
    names,
    needed_day,
    news,
    people,
    place_typed,
    texts,
)
from service.web.pages.typed import day, one_of, words

promises = Blueprint("promises", __name__)


@promises.post("/p/<slug>/dialogue/meetings/<uuid:meeting_pk>/promises")
@allows(Act.DIALOGUE_CHANGE)
@takes("partner", "owner", "text_en", "text_km", "due_on", "question", "indicator", "place")
def promise(project_id: int, meeting_pk: uuid.UUID) -> Answer:
    """A figure of the place, all people together; finer ones are told by the API."""

    def act() -> None:
        given = Given(
            partner=words("partner"),
            owner=words("owner", checking.LONGEST_OWNER),
            text=texts(),
            due_on=day("due_on"),
            question_pk=_question(),
            indicator=words("indicator"),
            place=place_typed(),
        )
        with unit_of_work() as session:
            promising.promise(session, actor(), project_id, meeting_pk, given)

    return done(project_id, meeting_pk, act)


def _question() -> uuid.UUID | None:
    given = words("question")
    try:
        return uuid.UUID(given) if given else None
    except ValueError:
        raise Problem(INVALID_PARAMETER, name="question", reason="one of this meeting") from None


@promises.get("/p/<slug>/dialogue/promises/<uuid:promise_pk>")
@allows(Act.DIALOGUE_READ)
def show(project_id: int, promise_pk: uuid.UUID) -> str:
    return _page(project_id, promise_pk)


@promises.post("/p/<slug>/dialogue/promises/<uuid:promise_pk>")
@allows(Act.DIALOGUE_CHANGE)
@takes("status", "said_on", "reason", "due_on")
def say(project_id: int, promise_pk: uuid.UUID) -> Response | tuple[str, int]:
    try:
        said = Said(
            status=one_of(Status, "status", words("status")),
            said_on=needed_day("said_on"),
            reason=words("reason", checking.LONGEST_TEXT),
            due_on=day("due_on"),
        )
        with unit_of_work() as session:
            promising.say(session, actor(), project_id, promise_pk, said)
    except Problem as problem:
        if problem.kind is NOT_FOUND:
            raise
        told = problem.text(frame.page_language())
        return _page(project_id, promise_pk, told), problem.kind.status
    slug = frame.project().slug
    return redirect(f"/p/{slug}/dialogue/promises/{promise_pk}?news=saved", 303)


def _page(project_id: int, promise_pk: uuid.UUID, problem: str = "") -> str:
    with reading() as session:
        told = promising.get_promise(session, actor(), project_id, promise_pk)
        partners = names(session, project_id)
        who = people(session, {one.said_by for one in told.history if one.said_by})
    return frame.page(
        "promise.html",
        here="dialogue",
        one=promise_words.shown(told, partners, frame.page_language()),
        who=who,
        statuses=[*Status],
        may_change=policy.may(actor(), Act.DIALOGUE_CHANGE, project_id),
        today=today().isoformat(),
        typed=request.form,
        problem=problem,
        news=news(),
    )


@promises.get("/p/<slug>/dialogue/became")
@allows(Act.DIALOGUE_READ)
def show_became(project_id: int) -> str:
    """What became of the promises of a year; of the last one, if none is asked for."""
    args, language = request.args, frame.page_language()
    given = args.get("year", "")
    year = int(given) if given.isdecimal() and len(given) == len("2026") else today().year - 1
    audience = one_of(Audience, "audience", args.get("audience") or Audience.PUBLIC)
    with reading() as session:
        asked = (session, actor(), project_id, year, audience, args.get("partner", ""))
        told = promising.became(*asked)
        partners = names(session, project_id)
    return frame.page(
        "became.html",
        here="dialogue",
        told=told,
        promises=[promise_words.shown(one, partners, language) for one in told.promises],
        statuses=[*Status],
        partners=partners,
        partner=args.get("partner", ""),
        audiences=figures.INSIDE,
    )
