"""Pictures, voices and films in use: "Use this", the file that goes out by a use, and its bytes on
a public page for as long as that is allowed."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.accounts import queries as accounts
from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_FOUND,
    Problem,
)
from service.intake import actions as intake
from service.intake.queries.preparing import Prepared
from service.testimonies.actions import filing, publishing, using
from service.testimonies.actions.filing import FileGoing
from service.testimonies.actions.recording import LONGEST_PLACE
from service.testimonies.terms import (
    RECALLABLE,
    Audience,
    Means,
    Naming,
    Wanted,
)
from service.web import asking, disposition
from service.web.fields import takes
from service.web.identify import PUBLIC, actor, allows
from service.web.pages import files, frame
from service.web.pages.story import by
from service.web.pages.submissions import key_of
from service.web.pages.typed import one_of, words

story_files = Blueprint("story_files", __name__)


@story_files.get("/p/<slug>/testimonies/files/<story_file>")
@allows(Act.TESTIMONY_USE)
def show(project_id: int, story_file: str) -> str:
    """A file, for a use that is allowed. Every look is an entry."""
    return _page(project_id, key_of(story_file), _wanted(request.args))


def _page(project_id: int, key: uuid.UUID, wanted: Wanted, problem: str = "") -> str:
    with unit_of_work() as session:
        wanted = filing.wanted_for(session, project_id, key, wanted)
        found = filing.open_file(session, actor(), project_id, key, wanted)
        pages = filing.pages_for(session, project_id, found.usable.record_pk, wanted)
    one, language = found.usable, frame.page_language()
    return frame.page(
        "story_file.html",
        here="testimonies",
        one=one,
        wanted=wanted,
        at=files.address_of(found.shown, found.purpose.value),
        is_shown=found.shown.media_type in disposition.SHOWN,
        by=by(wanted.naming, found.name, one.province, one.tells_of, language),
        means=[*Means],
        pages=pages,
        recallable=RECALLABLE,
        longest=LONGEST_PLACE,
        typed=request.form,
        problem=problem,
    )


def _wanted(given: Any) -> Wanted:
    """Raises INVALID_PARAMETER."""
    return Wanted(
        audience=one_of(Audience, "audience", given.get("audience") or Audience.CAMBODIA),
        naming=one_of(Naming, "naming", given.get("naming") or Naming.NONE),
    )


@story_files.post("/p/<slug>/testimonies/files/<story_file>/use")
@allows(Act.TESTIMONY_USE)
@takes("audience", "naming", "means", "whither", "beside")
def use(project_id: int, story_file: str) -> str | AnyResponse | tuple[str, int]:
    key, wanted = key_of(story_file), _wanted(request.form)
    beside = request.form.get("beside", "")
    with reading() as session:
        wanted = filing.wanted_for(session, project_id, key, wanted)
    try:
        going = FileGoing(
            wanted=wanted,
            means=one_of(Means, "means", request.form.get("means", "")),
            whither=words("whither", LONGEST_PLACE),
            beside=key_of(beside) if beside else None,
        )
        with unit_of_work() as session:
            filing.use(session, actor(), project_id, key, going)
    except Problem as problem:
        if problem.kind is not INVALID_PARAMETER:
            raise
        said = problem.text(frame.page_language())
        return _page(project_id, key, wanted, said), problem.kind.status
    return redirect(f"/p/{frame.project().slug}/testimonies/uses?news=used", 303)


@story_files.get("/p/<slug>/testimonies/uses/<story_use>/file")
@allows(Act.TESTIMONY_USE)
def show_file(project_id: int, story_use: str) -> Response:
    """The clean copy that goes out by a use that was written down, whatever its means. Every look
    is an entry."""
    with unit_of_work() as session:
        copy = using.hand_out_file(session, actor(), project_id, key_of(story_use))
    return _bytes(copy)


@story_files.get("/told/<project>/<story_use>/file")
@allows(PUBLIC)
def show_public(project: str, story_use: str) -> Response:
    """Gone (410) from the moment on at which it is taken back."""
    with reading() as session:
        found = accounts.find_project_by_slug(session, project)
        if found is None:
            raise Problem(NOT_FOUND)
        copy = publishing.published_file(session, found.id, key_of(story_use))
        shown = filing.shown_with(session, found.id, copy)
    return _bytes(shown)


def _bytes(copy: Prepared) -> Response:
    content = intake.content(asking.blobs(), copy)
    return files.answer(content.pieces, copy.media_type, "story", copy.size)
