"""Releases: what was frozen and published, freezing tables, and the second person's word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import grants as accounts
from service.disclosure.rules import Audience
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import pdf
from service.foundation.formats.xlsx_stream import WORKBOOK
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.foundation.sealing import Signer
from service.indicators.catalogue import INDICATORS, breakdowns
from service.releases import actions, document, hxl, verify_release
from service.releases.actions import READERS, Wanted
from service.releases.standing import Standing
from service.web.asking import settings
from service.web.fields import takes
from service.web.identify import PUBLIC, actor, allows
from service.web.pages import charts, frame, release_paper, wording
from service.web.pages.figure_table import layout
from service.web.pages.typed import words

PAGE = 50
MOST_OFFERED = 8
"""Breakdowns of an indicator: the most asked for come first in the grid."""
NEWS = {"published": "releases.news_published", "dropped": "releases.news_dropped"}

releases = Blueprint("releases_pages", __name__)


@releases.get("/p/<slug>/releases")
@allows(Act.RELEASE_READ)
def show(project_id: int) -> str:
    return _page(project_id)


@releases.post("/p/<slug>/releases")
@allows(Act.RELEASE_FREEZE)
@takes("title", "audience", "table", "corrects", "reason")
def freeze(project_id: int) -> Response | tuple[str, int]:
    """Freeze the tables that were ticked; a second coordinator publishes them."""
    signer = Signer(settings().secrets.audit_key)
    try:
        wanted = _wanted()
        with unit_of_work() as session:
            told, _ = actions.freeze(session, actor(), project_id, wanted, signer)
    except Problem as problem:
        return _page(project_id, problem.text(frame.page_language())), problem.kind.status
    return redirect(f"/p/{frame.project().slug}/releases/{told.number}", 303)


@releases.get("/p/<slug>/releases/<int:release>")
@allows(Act.RELEASE_READ)
def show_one(project_id: int, release: int) -> str:
    return _one(project_id, release)


@releases.post("/p/<slug>/releases/<int:release>/word")
@allows(Act.RELEASE_PUBLISH)
@takes("said")
def decide(project_id: int, release: int) -> Response | tuple[str, int]:
    """Publish it, or drop it."""
    said = request.form.get("said", "")
    try:
        if said not in NEWS:
            raise Problem(INVALID_PARAMETER, name="said", reason=", ".join(NEWS))
        with unit_of_work() as session:
            actions.decide(session, actor(), project_id, release, Standing(said))
    except Problem as problem:
        if problem.kind is NOT_FOUND:
            raise
        told = problem.text(frame.page_language())
        return _one(project_id, release, told), problem.kind.status
    return redirect(f"/p/{frame.project().slug}/releases/{release}?news={said}", 303)


@releases.get("/p/<slug>/releases/<int:release>/csv")
@allows(Act.RELEASE_READ)
def as_csv(project_id: int, release: int) -> Response:
    """With HXL tags in the second line."""
    body = hxl.write(_whole(project_id, release))
    return _file(body, "text/csv; charset=utf-8", f"release-{release}.csv")


@releases.get("/p/<slug>/releases/<int:release>/json")
@allows(Act.RELEASE_READ)
def as_json(project_id: int, release: int) -> Response:
    """What was signed, and its signature."""
    body = document.canonical(_whole(project_id, release)).encode()
    return _file(body, "application/json", f"release-{release}.json")


@releases.get("/p/<slug>/releases/<int:release>/xlsx")
@allows(Act.RELEASE_READ)
def as_workbook(project_id: int, release: int) -> Response:
    """What it says of itself, and its numbers, one row each."""
    body = b"".join(hxl.workbook(_whole(project_id, release)))
    return _file(body, WORKBOOK, f"release-{release}.xlsx")


@releases.get("/p/<slug>/releases/<int:release>/pdf")
@allows(Act.RELEASE_READ)
def as_paper(project_id: int, release: int) -> Response:
    """In the language of the page."""
    language, whole = frame.page_language(), _whole(project_id, release)
    body = release_paper.make(whole, language, frame.project().name)
    return _file(body, pdf.PDF, f"release-{release}-{language}.pdf")


@releases.get("/releases/verify_release.py")
@allows(PUBLIC)
def script() -> Response:
    """The script by which anybody checks a release."""
    source = Path(verify_release.__file__).read_bytes()
    g.is_public_page = True
    return Response(source, content_type="text/x-python; charset=utf-8")


def _whole(project_id: int, release: int) -> dict[str, Any]:
    with reading() as session:
        return document.whole(actions.get(session, actor(), project_id, release)[1])


def _file(body: bytes, content_type: str, name: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _wanted() -> Wanted:
    form = request.form
    audience, corrects = form.get("audience", ""), form.get("corrects", "").strip()
    if audience not in READERS:
        raise Problem(INVALID_PARAMETER, name="audience", reason=", ".join(READERS))
    if corrects and not corrects.isdecimal():
        raise Problem(INVALID_PARAMETER, name="corrects", reason="the number of a release")
    tables = []
    for one in form.getlist("table"):
        indicator, _, by = one.partition(":")
        tables.append((indicator, tuple(filter(None, by.split(",")))))
    return Wanted(
        title=words("title"),
        audience=Audience(audience),
        tables=tables,
        corrects=int(corrects[:9]) if corrects else None,
        reason=words("reason", actions.LONGEST_REASON),
    )


def _page(project_id: int, problem: str = "") -> str:
    with reading() as session:
        rows = actions.list_releases(session, actor(), project_id, _before(), PAGE + 1)
    may_freeze = policy.may(actor(), Act.RELEASE_FREEZE, project_id)
    return frame.page(
        "releases.html",
        here="figures",
        rows=rows[:PAGE],
        before=rows[PAGE - 1].number if len(rows) > PAGE else None,
        may_freeze=may_freeze,
        offered=list(_offered(frame.page_language())) if may_freeze else [],
        readers=READERS,
        typed=request.form,
        ticked=request.form.getlist("table"),
        longest_title=actions.LONGEST_TITLE,
        problem=problem,
    )


def _before() -> int | None:
    given = request.args.get("before", "")
    return int(given[:9]) if given.isdecimal() else None


def _offered(language: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Of each indicator: its title, and what may be ticked with its words."""
    for one in INDICATORS.values():
        grid = breakdowns(one, Audience.PUBLIC)
        if not grid:
            continue
        chosen = sorted(grid, key=len)[:MOST_OFFERED]
        yield (
            one.title[language],
            [(f"{one.id}:{','.join(by)}", _by_words(by, language)) for by in chosen],
        )


def _by_words(by: tuple[str, ...], language: str) -> str:
    return wording.breakdown(by, language) if by else frame.say("releases.whole")


def _one(project_id: int, release: int, problem: str = "") -> str:
    with reading() as session:
        told, signed = actions.get(session, actor(), project_id, release)
        people = {told.frozen_by, *([told.said_by] if told.said_by else [])}
        names = accounts.list_names(session, people)
    whole, language = document.whole(signed), frame.page_language()
    news = NEWS.get(request.args.get("news", ""))
    return frame.page(
        "release.html",
        here="figures",
        told=told,
        names=names,
        reason=whole["reason"],
        tables=[_table(one, language, f"t{at}") for at, one in enumerate(whole["tables"])],
        sha256=signed.sha256,
        may_say=told.standing is Standing.FROZEN
        and policy.may(actor(), Act.RELEASE_PUBLISH, project_id),
        is_own=told.frozen_by == actor().id,
        news=frame.say(news) if news else "",
        problem=problem,
    )


def _table(table: Mapping[str, Any], language: str, name: str) -> dict[str, Any]:
    period = table["period"] or {"from": None, "to": None}
    start, end = (period[side] and dt.date.fromisoformat(period[side]) for side in ("from", "to"))
    by = tuple(table["by"])
    return {
        "title": table["title"][language],
        "by_words": frame.say("figures.by_words", by=wording.breakdown(by, language)) if by else "",
        "period_words": wording.period(start, end, language),
        "chart": charts.of_table(table, language, name),
        "layout": layout(table, language),
        "note": table["note"][language],
        "carried_from": table["carried_from"],
    }
