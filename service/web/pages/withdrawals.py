"""Withdrawals: take consent back for somebody, see how far it is, print the paper about it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.consent import actions
from service.consent.requests import OFFERED
from service.facts import paper_codes
from service.facts.codes import CONSENT_SCOPE
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem
from service.indicators.catalogue import INDICATORS, Indicator
from service.intake.queries import counting
from service.web import asking
from service.web.asking import settings
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.texts import LANGUAGES, catalogue

PAGE = 50
PAPERS = 8
"""On a sheet of A4."""
SCOPES = tuple(scope for scope in CONSENT_SCOPE if scope not in ("store", "publish_media"))
NOTHING_CHOSEN = {
    "way": "record", "record": "", "code": "", "reason": "", "extent": "all", "scopes": (),
}  # fmt: skip
ON_PAPER = 6
"""So many titles of figures at most: who takes something back need not read a catalogue."""

withdrawals = Blueprint("withdrawals", __name__)


@withdrawals.get("/p/<slug>/withdrawals")
@allows(Act.WITHDRAWAL_READ)
def show_list(project_id: int) -> str:
    """What was taken back, newest first, and the form to take back more."""
    return _list(project_id, chosen={"record": request.args.get("record", "")[:249]})


@withdrawals.post("/p/<slug>/withdrawals")
@allows(Act.CONSENT_WITHDRAW)
@takes("way", "record", "code", "reason", "extent", "scope")
def take_back(project_id: int) -> str | tuple[str, int] | Response:
    """Take back a record, or what a paper stands for; the page of the withdrawal follows."""
    form = request.form
    scopes = form.getlist("scope") if form.get("extent") == "some" else []
    chosen = {**form.to_dict(), "scopes": form.getlist("scope")}
    blobs = asking.blobs()
    try:
        if form.get("extent") == "some" and not scopes:
            return _list(project_id, chosen=chosen, problem=frame.say("back.no_scope")), 400
        if form.get("way") == "code":
            asked = actions.ask_by_code(
                project_id,
                form.get("code", ""),
                network=asking.network(),
                blobs=blobs,
                scopes=scopes,
                actor=actor(),
            )
        else:
            asked = actions.withdraw_record(
                actor(),
                project_id,
                form.get("record", ""),
                form.get("reason", ""),
                blobs=blobs,
                scopes=scopes,
            )
    except Problem as problem:
        words = frame.say("back.no_record") if problem.kind is NOT_FOUND else _words(problem)
        return _list(project_id, chosen=chosen, problem=words), problem.kind.status
    return redirect(f"/p/{frame.project().slug}/withdrawals/{asked.id}", 303)


def _words(problem: Problem) -> str:
    return problem.text(frame.page_language())


def _list(project_id: int, *, chosen: dict[str, Any], problem: str = "") -> str:
    after = request.args.get("after", "")
    with reading() as session:
        rows = actions.list_told(
            session, actor(), project_id, _key(after) if after else None, PAGE + 1
        )
        sees_all = policy.may(actor(), Act.WITHDRAWAL_DECIDE, project_id)
        law = counting.conservation(session, project_id) if sees_all else None
    return frame.page(
        "withdrawals.html",
        here="withdrawals",
        rows=rows[:PAGE],
        older=rows[PAGE - 1].id if len(rows) > PAGE else None,
        law=law,
        chosen={**NOTHING_CHOSEN, **chosen},
        reasons=OFFERED,
        scopes=SCOPES,
        scope_names=CONSENT_SCOPE,
        problem=problem,
        sees_all=sees_all,
    )


@withdrawals.get("/p/<slug>/withdrawals/papers")
@allows(Act.WITHDRAWAL_DECIDE)
def print_papers(project_id: int) -> str:
    """A sheet of papers to cut up and give away. The codes are kept nowhere: only the paper has
    one, and later, as a stand-in, the record for which it was typed in."""
    slug = frame.project().slug
    return frame.page(
        "withdrawal_papers.html",
        here="withdrawals",
        codes=[paper_codes.digits(secrets.randbelow(paper_codes.BY_CHANCE)) for _ in range(PAPERS)],
        address=f"{settings().public_url}/withdraw/{slug}",
        languages=sorted(LANGUAGES, reverse=True),
    )


@withdrawals.get("/p/<slug>/withdrawals/<withdrawal>")
@allows(Act.WITHDRAWAL_READ)
def show(project_id: int, withdrawal: str) -> str:
    """One withdrawal, and under it the paper for the person: in both languages, without a name."""
    with reading() as session:
        told = actions.tell(session, actor(), project_id, _key(withdrawal))
    return frame.page(
        "withdrawal.html",
        here="withdrawals",
        told=told,
        figures=figures_of(told.counted),
        most_figures=ON_PAPER,
        act_key=act_key,
        scope_names=CONSENT_SCOPE,
        languages=sorted(LANGUAGES, reverse=True),
        may_decide=policy.may(actor(), Act.WITHDRAWAL_DECIDE, project_id),
    )


@withdrawals.post("/p/<slug>/withdrawals/<withdrawal>/decide")
@allows(Act.WITHDRAWAL_DECIDE)
@takes("agree")
def decide(project_id: int, withdrawal: str) -> Response:
    """A code that was too short by itself: the coordinator knows the person, or does not."""
    key = _key(withdrawal)
    blobs = asking.blobs()
    agree = request.form.get("agree") == "yes"
    actions.decide(actor(), project_id, key, agree=agree, blobs=blobs)
    return redirect(f"/p/{frame.project().slug}/withdrawals/{key}", 303)


def figures_of(counted: Collection[str]) -> list[Indicator]:
    """The figures that count these kinds of facts: those that tell the most of them first, by how
    many ways they can be asked for."""
    found = [one for one in INDICATORS.values() if one.numerator.kind.value in counted]
    found.sort(key=lambda one: (-len(one.grid), one.id))
    return found


def act_key(act: str, is_wide: bool) -> str:
    """An act of the audit log as a key of the texts; some say another thing of many records."""
    key = f"used.{act.replace('.', '_')}"
    if is_wide and f"{key}_wide" in catalogue():
        return f"{key}_wide"
    return key if key in catalogue() else "used.other"


def _key(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise Problem(NOT_FOUND) from error
