"""A campaign from inside: its texts and goal, signatures that may be one person's, totals of
others, and whoever shows a stub and wants to be counted no more. Names are read on the pages of
records."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, STATEMENT_TOO_LONG, Problem
from service.persons.reasons import REASONS
from service.treaty.actions import checking, managing, noticing, quoting, telling
from service.treaty.oddities import Oddity
from service.treaty.queries import campaigns, checks
from service.treaty.queries.campaigns import CampaignTold
from service.treaty.sampling import LEAST
from service.treaty.status import Status
from service.treaty.verdicts import Verdict
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.typed import day, number, words

treaty = Blueprint("treaty_inside", __name__)
Answer = Response | tuple[str, int]
MOST_TEXT = 200_000
NEWS = frozenset(
    {
        *("campaign", "statement", "total", "decided", "quoted"),
        *("taken_back", "drawn", "checked", "looked_at"),
    }
)


@treaty.get("/p/<slug>/treaty")
@allows(Act.TREATY_READ)
def show(project_id: int) -> str:
    news = request.args.get("news", "")
    return _page(project_id, news=news if news in NEWS else "")


def _page(project_id: int, *, news: str = "", problem: str = "") -> str:
    with reading() as session:
        pairs = managing.open_pairs(session, actor(), project_id)
        odd = noticing.list_open(session, actor(), project_id)
        leaders = quoting.list_leaders(session, actor(), project_id)
        told = telling.tally_or_none(session, project_id)
        sheets = telling.sheets(session, project_id)
        campaign = campaigns.find(session, project_id)
        statements = campaigns.list_statements(session, project_id)
        check = checks.newest(session, project_id)
    return frame.page(
        "treaty.html",
        here="treaty",
        told=told,
        statuses=[*Status],
        pairs=pairs,
        odd=odd,
        leaders=leaders,
        reasons={code: words[frame.page_language()] for code, words in REASONS.items()},
        sheets=sheets,
        campaign=campaign,
        statements=statements,
        typed=request.form,
        verdicts=[*Verdict],
        check=check,
        least=LEAST,
        news=news,
        problem=problem,
    )


@treaty.post("/p/<slug>/treaty/campaign")
@allows(Act.TREATY_MANAGE)
@takes(
    "code", "title_en", "title_km", "goal", "begins_on", "ends_on", "delivered_on", "names_until"
)  # fmt: skip
def set_campaign(project_id: int) -> Answer:
    def act(session: Any) -> None:
        said = CampaignTold(
            code=words("code", 40),
            title_en=words("title_en"),
            title_km=words("title_km"),
            goal=number("goal") if words("goal") else None,
            begins_on=day("begins_on"),
            ends_on=day("ends_on"),
            delivered_on=day("delivered_on"),
            names_until=day("names_until"),
        )
        managing.set_campaign(session, actor(), project_id, said)

    return _do(project_id, act, "campaign")


@treaty.post("/p/<slug>/treaty/statements")
@allows(Act.TREATY_MANAGE)
@takes("version", "en", "km", "hands_over")
def add_statement(project_id: int) -> Answer:
    def act(session: Any) -> None:
        texts = (words("en", MOST_TEXT), words("km", MOST_TEXT))
        managing.add_statement(
            session,
            actor(),
            project_id,
            words("version", 40),
            *texts,
            hands_over=request.form.get("hands_over") == "yes",
        )

    return _do(project_id, act, "statement")


@treaty.post("/p/<slug>/treaty/totals")
@allows(Act.TREATY_MANAGE)
@takes("source", "reported_on", "scope", "count")
def add_total(project_id: int) -> Answer:
    def act(session: Any) -> None:
        on = day("reported_on")
        if on is None:
            raise Problem(INVALID_PARAMETER, name="reported_on", reason="a day is needed")
        managing.add_reported(
            session,
            actor(),
            project_id,
            source=words("source"),
            reported_on=on,
            scope=words("scope"),
            count=number("count"),
        )

    return _do(project_id, act, "total")


@treaty.post("/p/<slug>/treaty/pairs/<uuid:pair>")
@allows(Act.TREATY_DECIDE)
@takes("verdict")
def decide(project_id: int, pair: uuid.UUID) -> Answer:
    def act(session: Any) -> None:
        given = request.form.get("verdict", "")
        if given not in {*Verdict}:
            raise Problem(INVALID_PARAMETER, name="verdict", reason=", ".join(Verdict))
        managing.decide(session, actor(), project_id, pair, Verdict(given))

    return _do(project_id, act, "decided")


@treaty.post("/p/<slug>/treaty/oddities")
@allows(Act.TREATY_DECIDE)
@takes("what", "about", "signed_on")
def look(project_id: int) -> Answer:
    def act(session: Any) -> None:
        what, on = request.form.get("what", ""), day("signed_on")
        if what not in {*Oddity} or on is None:
            raise Problem(INVALID_PARAMETER, name="what", reason=", ".join(Oddity))
        noticing.look(session, actor(), project_id, Oddity(what), words("about", 40), on)

    return _do(project_id, act, "looked_at")


@treaty.post("/p/<slug>/treaty/quotes/<uuid:signer>")
@allows(Act.TREATY_DECIDE)
@takes("show")
def quote(project_id: int, signer: uuid.UUID) -> Answer:
    def act(session: Any) -> None:
        do = quoting.show if request.form.get("show") == "yes" else quoting.take_down
        do(session, actor(), project_id, signer)

    return _do(project_id, act, "quoted")


@treaty.post("/p/<slug>/treaty/stubs")
@allows(Act.TREATY_DECIDE)
@takes("code", "sure")
def take_back(project_id: int) -> Answer:
    """Asks before it does: that cannot be undone."""
    code, asked = request.form.get("code", ""), list[Any]()

    def act(session: Any) -> None:
        if request.form.get("sure") == "yes":
            managing.take_back_by_stub(session, actor(), project_id, code)
        else:
            asked.extend(managing.find_by_stub(session, actor(), project_id, code))

    answer = _do(project_id, act, "taken_back", no_such=frame.say("treaty.no_such_stub"))
    if not asked:
        return answer
    _, status, one = asked
    return frame.page("treaty_stub.html", here="treaty", code=code, status=status, one=one), 200


@treaty.post("/p/<slug>/treaty/checks")
@allows(Act.TREATY_DECIDE)
@takes("count")
def draw(project_id: int) -> Answer:
    def act(session: Any) -> None:
        checking.draw(session, actor(), project_id, number("count"))

    return _do(project_id, act, "drawn")


@treaty.post("/p/<slug>/treaty/checks/found")
@allows(Act.TREATY_DECIDE)
@takes("sheet", "hold")
def put_found(project_id: int) -> Answer:
    def act(session: Any) -> None:
        checking.put_found(session, actor(), project_id, words("sheet", 40), number("hold"))

    return _do(project_id, act, "checked")


def _do(project_id: int, act: Callable[[Any], None], news: str, no_such: str = "") -> Answer:
    try:
        with unit_of_work() as session:
            act(session)
    except Problem as problem:
        is_no_such = problem.kind is NOT_FOUND and no_such
        if problem.kind not in (INVALID_PARAMETER, STATEMENT_TOO_LONG) and not is_no_such:
            raise
        said = no_such if is_no_such else problem.text(frame.page_language())
        return _page(project_id, problem=said), problem.kind.status
    return redirect(f"/p/{frame.project().slug}/treaty?news={news}", 303)
