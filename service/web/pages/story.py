"""What a narrator let be published: a public page that is gone when it is taken back, and a PDF.
No cookie, no script; nobody may keep a copy of it for longer than it is open."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from service.accounts import queries as accounts
from service.facts.codes import TESTIMONY_KIND
from service.foundation.db import reading
from service.foundation.formats import pdf
from service.foundation.problems import NOT_FOUND, Problem
from service.testimonies import story as paper
from service.testimonies.actions import publishing
from service.testimonies.actions.publishing import ShownFile, Story
from service.testimonies.terms import NAMED, NO_SURVIVORS, Medium, Naming
from service.web import disposition
from service.web.asking import settings
from service.web.identify import PUBLIC, allows
from service.web.pages import frame, wording
from service.web.pages.submissions import key_of
from service.web.pages.texts import LANGUAGES, text

story = Blueprint("story", __name__)


@story.get("/told/<project>/<story_use>")
@allows(PUBLIC)
def show(project: str, story_use: str) -> str:
    """Gone (410) from the moment on at which it is taken back."""
    told, language = _published(project, story_use), _language()
    return frame.page(
        "story.html",
        language=language,
        t=partial(_text, language),
        parts=parts(told, language),
        files=[
            (one.medium, f"/told/{project}/{one.use_pk}/file")
            for one in told.files
            if _is_shown(one)
        ],
        has_words=bool(told.words),
        address=f"/told/{project}/{key_of(story_use)}",
        others=[(code, f"?lang={code}") for code in LANGUAGES if code != language],
    )


@story.get("/told/<project>/<story_use>/paper")
@allows(PUBLIC)
def show_paper(project: str, story_use: str) -> Response:
    told = _published(project, story_use)
    if not told.words:  # a picture, a voice or a film alone is no sheet of paper
        raise Problem(NOT_FOUND)
    return as_paper(told, _language())


def as_paper(told: Story, language: str) -> Response:
    response = Response(paper.make(parts(told, language)), content_type=pdf.PDF)
    response.headers["Content-Disposition"] = 'inline; filename="story.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def parts(told: Story, first: str) -> list[dict[str, str]]:
    """The text in each language in which it may stand, that of the reader first."""
    return [
        {
            "language": language,
            "title": TESTIMONY_KIND[told.tells_of][language]
            if told.tells_of in TESTIMONY_KIND
            else text("stories.one", language),
            "words": told.words.get(language, ""),
            "by": by(told.naming, told.name, told.province, told.tells_of, language),
            "promise": text("stories.promise" if told.words else "stories.promise_file", language),
        }
        for language in sorted(told.words or {first}, key=lambda one: one != first)
    ]


def by(naming: Naming, name: str, province: str, tells_of: str, language: str) -> str:
    """How it is said who told it; "" for nothing."""
    if naming in NAMED:
        return name
    if naming is not Naming.PROVINCE:
        return ""
    where = wording.code("province", province, language)
    if tells_of in NO_SURVIVORS:
        return text("stories.somebody_from", language, where=where)
    return text("stories.survivor_from", language, where=where)


def _is_shown(one: ShownFile) -> bool:
    """By browsers: of pictures, the small copy."""
    return one.medium is Medium.PICTURE or one.copy.media_type in disposition.SHOWN


def _published(slug: str, story_use: str) -> Story:
    with reading() as session:
        project = accounts.find_project_by_slug(session, slug)
        if project is None:
            raise Problem(NOT_FOUND)
        return publishing.published(session, project.id, key_of(story_use))


def _language() -> str:
    """Asked for in the address, else the browser's: nothing is remembered."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES) or settings().default_language


def _text(language: str, key: str, **values: Any) -> str:
    return text(key, language, **values)
