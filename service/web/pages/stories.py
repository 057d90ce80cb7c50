"""The library of texts that may be used now: the list in codes, one text with its words, and the
uses that were written down."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.facts import places
from service.facts.codes import TESTIMONY_KIND
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    CONSENT_MISSING,
    INVALID_PARAMETER,
    REVIEW_OUTDATED,
    Problem,
)
from service.testimonies.actions import filing, using
from service.testimonies.actions.recording import LONGEST_PLACE
from service.testimonies.actions.using import Going
from service.testimonies.queries.library import Filters
from service.testimonies.terms import RECALLABLE, Audience, Means, Naming, Wanted
from service.web.asking import settings
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, wording
from service.web.pages.story import as_paper, by
from service.web.pages.submissions import key_of
from service.web.pages.texts import LANGUAGES
from service.web.pages.typed import one_of, words

PAGE = 50
KEPT = (CONSENT_MISSING, REVIEW_OUTDATED, INVALID_PARAMETER)
"""Why a use is refused: the list, or the text, comes back and says so."""
Answer = str | Response | tuple[str, int]

stories = Blueprint("stories", __name__)


@stories.get("/p/<slug>/testimonies")
@allows(Act.TESTIMONY_LIBRARY)
def show_list(project_id: int) -> str:
    return _list(project_id)


def _list(project_id: int, problem: str = "") -> str:
    args = request.args
    wanted, after = _wanted(args), args.get("after", "")
    chosen = {name: args.get(name, "") for name in ("language", "tells_of", "province")}
    with reading() as session:
        found = using.list_usable(
            session,
            actor(),
            project_id,
            wanted,
            Filters(**chosen),
            before=key_of(after) if after else None,
            limit=PAGE,
        )
        files = [] if after else filing.list_usable(session, actor(), project_id, wanted, PAGE)
    reach = policy.reach(actor(), Act.TESTIMONY_LIBRARY, project_id)
    kept = {**_query(wanted), **{name: value for name, value in chosen.items() if value}}
    more = {**kept, "after": found.after} if found.after else None
    return frame.page(
        "stories.html",
        here="testimonies",
        rows=found.texts,
        files=files,
        query=urlencode(_query(wanted)),
        more=more and f"?{urlencode(more)}",
        wanted=wanted,
        chosen=chosen,
        areas=wording.areas(reach.areas, frame.page_language()),
        problem=problem,
        **_choices(),
    )


def _choices() -> dict[str, Any]:
    return {
        "audiences": [*Audience],
        "namings": [*Naming],
        "languages": LANGUAGES,
        "kinds": [*TESTIMONY_KIND],
        "provinces": [one.code for one in places.load().provinces()],
    }


def _wanted(given: Any) -> Wanted:
    """Raises INVALID_PARAMETER."""
    return Wanted(
        audience=one_of(Audience, "audience", given.get("audience") or Audience.CAMBODIA),
        naming=one_of(Naming, "naming", given.get("naming") or Naming.NONE),
    )


def _query(wanted: Wanted) -> dict[str, str]:
    return {"audience": wanted.audience.value, "naming": wanted.naming.value}


# --- one text -----------------------------------------------------------------------------------
@stories.get("/p/<slug>/testimonies/texts/<story_text>")
@allows(Act.TESTIMONY_USE)
def show_text(project_id: int, story_text: str) -> Answer:
    """The words, for a use that is allowed. Every look is an entry."""
    return _text(project_id, key_of(story_text), _wanted(request.args))


def _text(project_id: int, key: uuid.UUID, wanted: Wanted, problem: str = "") -> str:
    with unit_of_work() as session:
        opened = using.open_text(session, actor(), project_id, key, wanted)
    one, language = opened.usable, frame.page_language()
    return frame.page(
        "story_text.html",
        here="testimonies",
        opened=opened,
        one=one,
        wanted=wanted,
        by=by(wanted.naming, opened.name, one.province, one.tells_of, language),
        means=[*Means],
        recallable=RECALLABLE,
        longest=LONGEST_PLACE,
        typed=request.form,
        problem=problem,
    )


@stories.post("/p/<slug>/testimonies/texts/<story_text>/use")
@allows(Act.TESTIMONY_USE)
@takes("audience", "naming", "means", "whither", "seen")
def use(project_id: int, story_text: str) -> Answer:
    key, wanted = key_of(story_text), _wanted(request.form)
    try:
        going = Going(
            wanted=wanted,
            means=one_of(Means, "means", request.form.get("means", "")),
            whither=words("whither", LONGEST_PLACE),
            seen=request.form.get("seen", ""),
        )
        with unit_of_work() as session:
            using.use(session, actor(), project_id, key, going)
    except Problem as problem:
        if problem.kind not in KEPT:
            raise
        said = problem.text(frame.page_language())
        if problem.kind is CONSENT_MISSING:
            return _list(project_id, said), problem.kind.status
        return _text(project_id, key, wanted, said), problem.kind.status
    return redirect(f"/p/{frame.project().slug}/testimonies/uses?news=used", 303)


# --- uses ---------------------------------------------------------------------------------------
@stories.get("/p/<slug>/testimonies/uses")
@allows(Act.TESTIMONY_LIBRARY)
def show_uses(project_id: int) -> str:
    """The newest first. What was printed and then taken back stays in the list."""
    after = request.args.get("after", "")
    with reading() as session:
        rows = using.list_uses(
            session, actor(), project_id, key_of(after) if after else None, PAGE + 1
        )
        names = actors.find_actors(session, [one.used_by for one in rows if one.used_by])
    return frame.page(
        "story_uses.html",
        here="testimonies",
        rows=rows[:PAGE],
        names={key: one.display_name for key, one in names.items()},
        more=f"?after={rows[PAGE - 1].use_pk}" if len(rows) > PAGE else "",
        address=f"{settings().public_url}/told/{frame.project().slug}",
        may_use=policy.may(actor(), Act.TESTIMONY_USE, project_id),
        news=request.args.get("news", "") in ("used", "ended") and request.args["news"],
    )


@stories.post("/p/<slug>/testimonies/uses/<story_use>/end")
@allows(Act.TESTIMONY_USE)
@takes()
def end(project_id: int, story_use: str) -> Response:
    with unit_of_work() as session:
        using.end(session, actor(), project_id, key_of(story_use))
    return redirect(f"/p/{frame.project().slug}/testimonies/uses?news=ended", 303)


@stories.get("/p/<slug>/testimonies/uses/<story_use>/paper")
@allows(Act.TESTIMONY_USE)
def show_paper(project_id: int, story_use: str) -> Response:
    """The PDF of a use that was written down, whatever its means. Every look is an entry."""
    with unit_of_work() as session:
        told = using.print_paper(session, actor(), project_id, key_of(story_use))
    return as_paper(told, frame.page_language())
