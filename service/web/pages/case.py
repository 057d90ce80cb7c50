"""One case: its needs with their clocks, what happened, and forms to write down what the office
does. Who it is, is read on the page of the record, for a purpose."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts.policy import Act
from service.accounts.queries import actors
from service.cases import actions as verbs
from service.cases import directory
from service.cases.actions import office
from service.cases.actions import reading as cases_read
from service.cases.actions.office import Said
from service.cases.events import CLOSING, Kind, Override
from service.cases.queries import listing
from service.facts.codes import REFERRAL_OUTCOME
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, SHARING_NOT_ALLOWED, Problem
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, wording
from service.web.pages.cases import address_of
from service.web.pages.submissions import key_of
from service.web.pages.typed import one_of

case = Blueprint("case", __name__)
Answer = Response | tuple[str, int]


@case.get("/p/<slug>/cases/<case_pk>")
@allows(Act.CASE_READ)
def show(project_id: int, case_pk: str) -> str:
    return _page(project_id, key_of(case_pk))


def _page(
    project_id: int, key: uuid.UUID, problem: str = "", typed: dict[str, str] | None = None
) -> str:
    today = clock.now().astimezone(wording.ZONE).date()
    with reading() as session:
        opened = cases_read.open_case(session, actor(), project_id, key)
        services = listing.services(session, project_id, today)
        names = actors.find_actors(session, [one.actor_id for one in opened.events])
    return frame.page(
        "case.html",
        here="cases",
        case=opened.case,
        needs=opened.needs,
        shares=opened.may_share,
        codes=opened.codes,
        history=_history(opened, names),
        services=directory.search(services, near=opened.case.place),
        providers={one.code: one for one in services},
        outcomes=tuple(REFERRAL_OUTCOME),
        closing=CLOSING,
        overrides=[*Override],
        may_change=office.may(actor(), Act.CASE_CHANGE, project_id, opened.case),
        may_override=office.may(actor(), Act.CASE_OVERRIDE, project_id, opened.case),
        typed=typed or {},
        news=request.args.get("news") == "written",
        problem=problem,
    )


def _history(opened: cases_read.Opened, names: Any) -> list[dict[str, Any]]:
    """Visits and what the office did, in the order in which they happened."""
    visits = [
        {
            "on": visit.when.on,
            "place": visit.when.place,
            "record": record,
            "visit": visit,
            "taken": sorted(visit.refused),
            "event": None,
            "has_sheet": False,
            "who": "",
        }
        for record, visit in opened.visits
    ]
    events = [
        {
            "on": one.happened_on,
            "place": (one.happened_on, one.at, one.event_pk.bytes),
            "record": None,
            "visit": None,
            "taken": (),
            "event": one,
            "has_sheet": office.is_printed(one, may_share=opened.may_share),
            "who": names[one.actor_id].display_name if one.actor_id in names else "",
        }
        for one in opened.events
    ]
    return sorted([*visits, *events], key=lambda one: one["place"])


@case.post("/p/<slug>/cases/<case_pk>/refer")
@allows(Act.CASE_CHANGE)
@takes("need", "provider")
def refer(project_id: int, case_pk: str) -> Answer:
    """Where the person has not allowed it, the page comes back with what can be done."""
    given = {name: request.form.get(name, "") for name in ("need", "provider")}

    def act(session: Any, key: uuid.UUID) -> None:
        office.refer(session, actor(), project_id, key, given["need"], given["provider"])

    return _do(project_id, case_pk, act, given)


@case.post("/p/<slug>/cases/<case_pk>/refer-anyway")
@allows(Act.CASE_OVERRIDE)
@takes("need", "provider", "reason")
def refer_anyway(project_id: int, case_pk: str) -> Answer:
    given = {name: request.form.get(name, "") for name in ("need", "provider", "reason")}

    def act(session: Any, key: uuid.UUID) -> None:
        cases_read.get(session, actor(), project_id, key, Act.CASE_OVERRIDE)
        why = one_of(Override, "reason", given["reason"])
        office.refer(session, actor(), project_id, key, given["need"], given["provider"], why)

    return _do(project_id, case_pk, act, given)


@case.post("/p/<slug>/cases/<case_pk>/events")
@allows(Act.CASE_CHANGE)
@takes("need", "what")
def write_down(project_id: int, case_pk: str) -> Answer:
    """`what`: a kind of event and, after a dot, its outcome."""
    kind, _, outcome = request.form.get("what", "").partition(".")
    need = request.form.get("need", "")

    def act(session: Any, key: uuid.UUID) -> None:
        cases_read.get(session, actor(), project_id, key, Act.CASE_CHANGE)
        said = Said(kind=one_of(Kind, "what", kind), need_code=need, outcome=outcome)
        office.write_down(session, actor(), project_id, key, said)

    return _do(project_id, case_pk, act, {})


def _do(
    project_id: int,
    case_pk: str,
    act: Callable[[Any, uuid.UUID], None],
    given: dict[str, str],
) -> Answer:
    key = key_of(case_pk)
    try:
        with unit_of_work() as session:
            act(session, key)
    except Problem as problem:
        if problem.kind not in (SHARING_NOT_ALLOWED, INVALID_PARAMETER):
            raise
        words = problem.text(frame.page_language())
        return _page(project_id, key, words, given), problem.kind.status
    verbs.fold_again(project_id, [key])  # the job does it too, should this process be killed
    return redirect(f"{address_of(key)}?news=written", 303)


@case.post("/p/<slug>/cases/<case_pk>/sheet")
@allows(Act.CASE_SHEET)
@takes("referral")
def sheet(project_id: int, case_pk: str) -> str:
    """A page to print, which names the person; nothing keeps it."""
    with unit_of_work() as session:
        made = office.print_sheet(
            session, actor(), project_id, key_of(case_pk), key_of(request.form.get("referral", ""))
        )
    return frame.page("referral.html", here="cases", sheet=made)
