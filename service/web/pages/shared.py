"""What a partner sees by a link: no cookie, no script, no name of anybody; nobody may keep a copy
of it for longer than it is open, and no search engine lists it."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from service.accounts import queries as accounts
from service.dialogue.actions import sharing
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem
from service.web import asking
from service.web.asking import settings
from service.web.identify import PUBLIC, allows
from service.web.pages import frame, promise_words, wording
from service.web.pages.figure_table import layout
from service.web.pages.texts import LANGUAGES, text

shared = Blueprint("shared", __name__)


@shared.get("/promised/<project>/<token>")
@allows(PUBLIC)
def show(project: str, token: str) -> Response:
    """Over (410) from the moment on at which it is ended, or its day is past."""
    language = _language()
    told = sharing.open_link(_project_id(project), token, network=asking.network())
    partners = {told.partner.code: told.partner.name[language]}
    return _answer(
        "shared.html",
        language,
        partner=told.partner.name[language],
        until=told.expires_at,
        promises=[promise_words.shown(one, partners, language) for one in told.promises],
        releases=told.releases,
        address=f"/promised/{project}/{token}",
    )


@shared.get("/promised/<project>/<token>/releases/<int:release>")
@allows(PUBLIC)
def show_release(project: str, token: str, release: int) -> Response:
    language = _language()
    found = sharing.open_release(_project_id(project), token, release, network=asking.network())
    return _answer(
        "shared_release.html",
        language,
        release=found,
        tables=[_table(one, language) for one in found.tables],
        address=f"/promised/{project}/{token}",
    )


def _table(table: Any, language: str) -> dict[str, Any]:
    by = tuple(table["by"])
    period = table["period"] or {"from": None, "to": None}
    start, end = (
        dt.date.fromisoformat(period[side]) if period[side] else None for side in ("from", "to")
    )
    return {
        "title": table["title"][language],
        "by_words": text("figures.by_words", language, by=wording.breakdown(by, language))
        if by
        else "",
        "period_words": wording.period(start, end, language),
        "layout": layout(table, language),
        "note": table["note"][language],
    }


def _answer(template: str, language: str, **told: Any) -> Response:
    page = frame.page(
        template,
        language=language,
        t=partial(_text, language),
        day=partial(_day, language),
        moment=lambda value: wording.moment(value, language),
        others=[(code, f"?lang={code}") for code in LANGUAGES if code != language],
        **told,
    )
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _project_id(slug: str) -> int:
    with reading() as session:
        project = accounts.find_project_by_slug(session, slug)
    if project is None:
        raise Problem(NOT_FOUND)
    return project.id


def _language() -> str:
    """Asked for in the address, else the browser's: nothing is remembered."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES) or settings().default_language


def _text(language: str, key: str, **values: Any) -> str:
    return text(key, language, **values)


def _day(language: str, value: dt.date) -> str:
    return wording.day(value, language)
