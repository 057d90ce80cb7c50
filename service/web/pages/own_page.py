"""The page of whoever told: what is held, where it was used, her own words read and heard, uses
ended, all of it taken back. Opened by the code on the paper; what stands for the code after that
is in the page alone, for minutes, so that nothing is left in the browser."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, g, request

from service.consent import actions
from service.consent.actions import own
from service.facts.codes import CONSENT_SCOPE
from service.foundation import clock, keys
from service.foundation.db import reading
from service.foundation.formats import media_types
from service.foundation.problems import CONSENT_MISSING, INVALID_PARAMETER, NOT_FOUND, Problem
from service.intake import actions as intake
from service.intake.queries.preparing import Prepared
from service.web import asking, disposition
from service.web.fields import takes
from service.web.identify import PUBLIC, allows
from service.web.pages import files, frame, paper_tickets, withdrawals
from service.web.pages.taking_back import address, done, entry, project_of, why_not

own_page = Blueprint("own_page", __name__)


@own_page.post("/withdraw/<project>/own")
@allows(PUBLIC)
@takes("code")
def show(project: str) -> str | tuple[str, int]:
    """Open the page by the code. Wrong ones are counted."""
    project_id, code = project_of(project), request.form.get("code", "")
    try:
        digest = own.open_by_code(project_id, code, network=asking.network())
        return _page(project, project_id, digest)
    except Problem as problem:
        is_none = problem.kind is NOT_FOUND
        words = frame.say("own.no_record") if is_none else why_not(problem, code)
        return entry(project, words, frame.say("own.not_opened")), problem.kind.status


@own_page.post("/withdraw/<project>/words")
@allows(PUBLIC)
@takes("paper")
def hear(project: str) -> str | tuple[str, int]:
    """Her own words, and what plays her voice: only once she asks for it."""
    project_id = project_of(project)
    digest = _digest(project_id)
    if digest is None:
        return _over(project)
    try:
        told = own.read(project_id, digest)
    except Problem as problem:
        if problem.kind is NOT_FOUND:
            return _over(project)
        if problem.kind is not CONSENT_MISSING:
            raise
        return _page(project, project_id, digest, news="closed")
    g.runs_script = True
    return frame.page(
        "own_words.html",
        texts=told.texts,
        files=[_file(project, project_id, digest, one) for one in told.copies],
        paper=_ticket(project_id, digest),
        back=address(project, "/back"),
        minutes=int(paper_tickets.LIFE.total_seconds() // 60),
    )


@own_page.post("/withdraw/<project>/back")
@allows(PUBLIC)
@takes("paper")
def go_back(project: str) -> str | tuple[str, int]:
    """From her words to the page again."""
    project_id = project_of(project)
    digest = _digest(project_id)
    return _over(project) if digest is None else _page(project, project_id, digest)


@own_page.post("/withdraw/<project>/change")
@allows(PUBLIC)
@takes("paper", "extent", "scope", "until", "sure")
def change(project: str) -> str | tuple[str, int]:
    """End some uses, or take all of it back. More is allowed with somebody of the team alone."""
    project_id, form = project_of(project), request.form
    digest = _digest(project_id)
    if digest is None:
        return _over(project)
    if form.get("extent") != "all":
        return _page(project, project_id, digest, news=_narrow(project_id, digest))
    if form.get("sure") != "yes":
        return _page(project, project_id, digest, news="not_sure")
    return done(project, "", actions.ask_by_paper(project_id, digest, blobs=asking.blobs()))


def _narrow(project_id: int, digest: str) -> str:
    """End some uses now, or all of them on a day; answers what is told of it."""
    form, scopes, blobs = request.form, request.form.getlist("scope"), asking.blobs()
    if form.get("extent") == "until":
        try:
            own.end_on(project_id, digest, form.get("until", ""), blobs=blobs)
        except Problem as problem:
            if problem.kind is not INVALID_PARAMETER:
                raise
            return "no_day"
        return "ends"
    if not scopes or not set(scopes) <= set(own.SCOPES):
        return "no_scope"
    actions.ask_by_paper(project_id, digest, blobs=blobs, scopes=scopes)
    return "ended"


@own_page.get("/withdraw/<project>/heard/<opened>/<ticket>")
@allows(PUBLIC)
def play(project: str, opened: str, ticket: str) -> Response:
    """The bytes of a file of hers, for minutes after she asked to hear it."""
    project_id, file = project_of(project), _key(opened)
    found = paper_tickets.digest_of(ticket, _mac_key(), project_id, clock.now(), file.hex)
    if found is None:
        raise Problem(NOT_FOUND)
    with reading() as session:
        copy = own.get_file(session, project_id, found, file)
    shown = intake.content(asking.blobs(), copy)
    return files.answer(shown.pieces, copy.media_type, "file", copy.size)


def _page(project: str, project_id: int, digest: str, news: str = "") -> str:
    told = own.tell(project_id, digest)
    g.runs_script = True
    return frame.page(
        "own.html",
        told=told,
        figures=withdrawals.figures_of(told.counted),
        act_key=withdrawals.act_key,
        scopes=own.SCOPES,
        scope_names=CONSENT_SCOPE,
        news=news,
        paper=_ticket(project_id, digest),
        words=address(project, "/words"),
        change=address(project, "/change"),
    )


def _file(project: str, project_id: int, digest: str, copy: Prepared) -> dict[str, object]:
    ticket = _ticket(project_id, digest, copy.prepared_pk.hex)
    return {
        "kind": media_types.kind(copy.media_type).value,
        "is_shown": copy.media_type in disposition.SHOWN,
        "at": f"/withdraw/{project}/heard/{copy.prepared_pk}/{ticket}",
    }


def _over(project: str) -> tuple[str, int]:
    """The page was left open for long, or what it was of is gone."""
    return entry(project, frame.say("own.over"), frame.say("own.not_opened")), 410


def _digest(project_id: int) -> str | None:
    ticket = request.form.get("paper", "")
    return paper_tickets.digest_of(ticket, _mac_key(), project_id, clock.now())


def _ticket(project_id: int, digest: str, file: str = "") -> str:
    return paper_tickets.issue(_mac_key(), project_id, digest, clock.now(), file)


def _mac_key() -> str:
    """From the key store, as of files: the file of secrets alone opens nothing."""
    return keys.current().stand_in("pages of papers").hex()


def _key(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise Problem(NOT_FOUND) from error
