"""Sheets of paper from inside: given out, printed, back again; and their pictures."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.accounts.policy import Act
from service.accounts.queries.actors import find_actors
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import pdf
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.treaty import paper as drawn
from service.treaty.actions import papering, scans
from service.treaty.custody import MOST_LINES, MOST_SHEETS, Step
from service.treaty.queries import campaigns, paper
from service.web import asking, errors, one_file, raw_body
from service.web.fields import streams, takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.texts import LANGUAGES
from service.web.pages.typed import day, number, words

sheets = Blueprint("treaty_sheets", __name__)
Answer = AnyResponse | tuple[str, int]
SHOWN = 50
BATCHES = 10
NEWS = frozenset({"issued", "returned", "lost", "checked", "picture"})


@sheets.get("/p/<slug>/treaty/sheets")
@allows(Act.TREATY_READ)
def show(project_id: int) -> str:
    news = request.args.get("news", "")
    return _page(project_id, news=news if news in NEWS else "")


def _page(project_id: int, *, news: str = "", problem: str = "") -> str:
    asked, after = request.args.get("step", ""), request.args.get("after", "")
    steps = [Step(asked)] if asked in {*Step} else [*Step]
    beyond = int(after) if after.isdecimal() and len(after) < 10 else 0
    with reading() as session:
        listed, gone_through = papering.list_sheets(
            session, actor(), project_id, steps, beyond, SHOWN + 1
        )
        counts = paper.count_by_step(session, project_id)
        batches = paper.newest_batches(session, project_id, BATCHES)
        by = {one.by_id for those in gone_through.values() for one in those}
        people = find_actors(session, by)
        campaign = campaigns.find(session, project_id)
        is_ready = campaign is not None and bool(campaigns.list_statements(session, project_id))
    return frame.page(
        "sheets.html",
        here="treaty",
        listed=listed[:SHOWN],
        more=listed[SHOWN - 1].serial if len(listed) > SHOWN else None,
        gone_through=gone_through,
        people={key: one.display_name for key, one in people.items()},
        counts=counts,
        steps=[*Step],
        asked=asked if asked in {*Step} else "",
        batches=batches,
        is_ready=is_ready,
        languages=LANGUAGES,
        most_sheets=MOST_SHEETS,
        most_lines=MOST_LINES,
        news=news,
        problem=problem,
    )


@sheets.post("/p/<slug>/treaty/sheets")
@allows(Act.TREATY_MANAGE)
@takes("count", "rows", "holder")
def issue(project_id: int) -> Answer:
    def act(session: Any) -> None:
        papering.issue(
            session,
            actor(),
            project_id,
            count=number("count"),
            rows=number("rows"),
            holder=words("holder", 40),
        )

    return _do(project_id, act, "issued")


@sheets.post("/p/<slug>/treaty/batches/<uuid:batch>/print")
@allows(Act.TREATY_MANAGE)
@takes("language")
def print_batch(project_id: int, batch: uuid.UUID) -> Response:
    """The sheets of a batch, with the codes of their stubs: each time is an entry."""
    asked = request.form.get("language", "")
    language = asked if asked in LANGUAGES else frame.project().language
    site = asking.settings().public_url.partition("://")[2]
    address = f"{site}/treaty/{frame.project().slug}"
    with unit_of_work() as session:
        sheets = papering.print_batch(session, actor(), project_id, batch)
    made = drawn.make(sheets.text, sheets.printed, language=language, address=address)
    response = Response(made, content_type=pdf.PDF)
    response.headers["Content-Disposition"] = f'attachment; filename="sheets-{batch}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


@sheets.post("/p/<slug>/treaty/sheets/returned")
@allows(Act.TREATY_MANAGE)
@takes("number", "lines", "signed_on", "commune")
def give_back(project_id: int) -> Answer:
    def act(session: Any) -> None:
        on = day("signed_on")
        if on is None:
            raise Problem(INVALID_PARAMETER, name="signed_on", reason="a day is needed")
        papering.give_back(
            session,
            actor(),
            project_id,
            words("number", 40),
            lines=number("lines"),
            signed_on=on,
            commune=words("commune", 10),
        )

    return _do(project_id, act, "returned")


@sheets.post("/p/<slug>/treaty/sheets/lost")
@allows(Act.TREATY_MANAGE)
@takes("number")
def lose(project_id: int) -> Answer:
    return _do(project_id, lambda s: papering.lose(s, actor(), project_id, _number()), "lost")


@sheets.post("/p/<slug>/treaty/sheets/checked")
@allows(Act.TREATY_MANAGE)
@takes("number")
def check(project_id: int) -> Answer:
    return _do(project_id, lambda s: papering.check(s, actor(), project_id, _number()), "checked")


def _number() -> str:
    return words("number", 40)


@sheets.post("/p/<slug>/treaty/sheets/<number>/picture")
@allows(Act.TREATY_MANAGE)
@takes("file")
@streams
def keep_picture(project_id: int, number: str) -> Answer:
    """For whoever keys the sheet; nothing of it touches the disk in clear."""
    held = _Held()
    with reading() as session:
        if paper.find(session, project_id, number) is None:
            raise Problem(NOT_FOUND)

    def begin(_name: str) -> _Held:
        raw_body.demand_disk(asking.blobs())
        raw_body.demand_share(project_id)
        return held

    try:
        one_file.read("file", begin, scans.MAX_BYTES)
        scans.keep(actor(), project_id, number, bytes(held.content), asking.blobs())
    except Problem as problem:
        if problem.kind.status not in (400, 404, 413):
            raise
        errors.drain()
        words = problem.text(frame.page_language())
        return _page(project_id, problem=words), problem.kind.status
    return redirect(f"/p/{frame.project().slug}/treaty/sheets?news=picture", 303)


class _Held:
    """A picture in memory."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        self.content += chunk


def _do(project_id: int, act: Callable[[Any], None], news: str) -> Answer:
    try:
        with unit_of_work() as session:
            act(session)
    except Problem as problem:
        if problem.kind not in (INVALID_PARAMETER, NOT_FOUND):
            raise
        said = problem.text(frame.page_language())
        if problem.kind is NOT_FOUND:
            said = frame.say("sheets.no_such")
        return _page(project_id, problem=said), problem.kind.status
    return redirect(f"/p/{frame.project().slug}/treaty/sheets?news={news}", 303)
