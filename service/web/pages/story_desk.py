"""Texts of one testimony: written, masked, read back to the narrator, released by another."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.facts.codes import CONSENT_LANGUAGE
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_READ_BACK,
    REVIEW_OUTDATED,
    SECOND_PERSON_NEEDED,
    Problem,
)
from service.persons.actions import today
from service.testimonies.actions import desk, masking, writing
from service.testimonies.actions.writing import LANGUAGES, LONGEST, ReadBack, Written
from service.testimonies.terms import How, Kind
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.submissions import key_of
from service.web.pages.typed import day, one_of, words

KEPT = (INVALID_PARAMETER, NOT_READ_BACK, REVIEW_OUTDATED, SECOND_PERSON_NEEDED)
"""Why something is not done: the page comes back, with what was typed, and says so."""
NEWS = frozenset({"written", "masked", "read_back", "released", "lift_asked", "lifted"})
Answer = str | Response | tuple[str, int]

story_desk = Blueprint("story_desk", __name__)


@story_desk.get("/p/<slug>/testimonies/records/<told_record>")
@allows(Act.TESTIMONY_WRITE)
def show(project_id: int, told_record: str) -> str:
    """All texts of a record, as they are shown. Every look is an entry."""
    return _page(project_id, key_of(told_record))


def _page(project_id: int, record: uuid.UUID, problem: str = "") -> str:
    with unit_of_work() as session:
        key = desk.record_key(session, project_id, record)
        opened = desk.open_desk(session, actor(), project_id, key)
        people = [one.version.written_by for one in opened.texts]
        names = actors.find_actors(session, people)
    release = policy.reach(actor(), Act.TESTIMONY_RELEASE, project_id)
    return frame.page(
        "story_desk.html",
        here="submissions",
        desk=opened,
        names={one: told.display_name for one, told in names.items()},
        me=actor().id,
        may_release=release.holds_thing(opened.record.thing),
        kinds=[*Kind],
        hows=[*How],
        languages=LANGUAGES,
        spoken=[*CONSENT_LANGUAGE],
        longest=LONGEST,
        today=today(),
        typed=request.form,
        news=request.args.get("news", "") if request.args.get("news", "") in NEWS else "",
        problem=problem,
    )


@story_desk.post("/p/<slug>/testimonies/records/<told_record>/write")
@allows(Act.TESTIMONY_WRITE)
@takes("kind", "language", "words", "source")
def write(project_id: int, told_record: str) -> Answer:
    def act(session: Any, record: uuid.UUID) -> str:
        source = request.form.get("source", "")
        given = Written(
            kind=one_of(Kind, "kind", request.form.get("kind", "")),
            language=request.form.get("language", ""),
            words=words("words", LONGEST + 1),
            source_pk=key_of(source) if source else None,
        )
        writing.write(session, actor(), project_id, record, given)
        return "written"

    return _do(project_id, key_of(told_record), act)


@story_desk.post("/p/<slug>/testimonies/texts/<story_text>/mask")
@allows(Act.TESTIMONY_WRITE)
@takes("words")
def mask(project_id: int, story_text: str) -> Answer:
    key = key_of(story_text)

    def act(session: Any, _record: uuid.UUID) -> str:
        masking.mask(session, actor(), project_id, key, words("words"))
        return "masked"

    return _do(project_id, _record_of(project_id, key), act)


@story_desk.post("/p/<slug>/testimonies/texts/<story_text>/read-back")
@allows(Act.TESTIMONY_WRITE)
@takes("seen", "on", "how", "language")
def read_back(project_id: int, story_text: str) -> Answer:
    key = key_of(story_text)

    def act(session: Any, _record: uuid.UUID) -> str:
        given = ReadBack(
            seen=request.form.get("seen", ""),
            on=day("on") or today(),
            how=one_of(How, "how", request.form.get("how", "")),
            language=_spoken(request.form.get("language", "")),
        )
        writing.approve(session, actor(), project_id, key, given)
        return "read_back"

    return _do(project_id, _record_of(project_id, key), act)


def _spoken(given: str) -> str:
    if given not in CONSENT_LANGUAGE:
        raise Problem(INVALID_PARAMETER, name="language", reason=", ".join(CONSENT_LANGUAGE))
    return given


@story_desk.post("/p/<slug>/testimonies/texts/<story_text>/release")
@allows(Act.TESTIMONY_RELEASE)
@takes("seen")
def release(project_id: int, story_text: str) -> Answer:
    key = key_of(story_text)

    def act(session: Any, _record: uuid.UUID) -> str:
        writing.release(session, actor(), project_id, key, request.form.get("seen", ""))
        return "released"

    return _do(project_id, _record_of(project_id, key), act)


@story_desk.post("/p/<slug>/testimonies/texts/<story_text>/lift")
@allows(Act.TESTIMONY_RELEASE)
@takes("mask")
def lift(project_id: int, story_text: str) -> Answer:
    """Show masked words again: the first asks for it, the second does it."""
    key = key_of(request.form.get("mask", ""))

    def act(session: Any, _record: uuid.UUID) -> str:
        return "lifted" if masking.lift(session, actor(), project_id, key) else "lift_asked"

    return _do(project_id, _record_of(project_id, key_of(story_text)), act)


def _record_of(project_id: int, version: uuid.UUID) -> uuid.UUID:
    with reading() as session:
        return desk.record_of_text(session, project_id, version)


def _do(project_id: int, record: uuid.UUID, act: Callable[[Any, uuid.UUID], str]) -> Answer:
    try:
        with unit_of_work() as session:
            news = act(session, desk.record_key(session, project_id, record))
    except Problem as problem:
        if problem.kind not in KEPT:
            raise
        said = problem.text(frame.page_language())
        return _page(project_id, record, said), problem.kind.status
    address = f"/p/{frame.project().slug}/testimonies/records/{record}"
    return redirect(f"{address}?news={news}", 303)
