"""Cases in a list, and the service directory: codes, clocks and places, no names."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from flask import Blueprint, request

from service.accounts import policy
from service.accounts.policy import Act
from service.cases import directory
from service.cases.actions import reading as cases_read
from service.cases.naming import read_code
from service.cases.queries import listing
from service.cases.queries.listing import Filters
from service.facts import codes, places
from service.facts.needs import NEED_KINDS
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.web.identify import actor, allows
from service.web.pages import frame, wording
from service.web.pages.submissions import key_of

cases = Blueprint("cases", __name__)
PAGE = 50
SHOWN = ("late", "due")
PRIORITIES = tuple(code for code in codes.PRIORITY if code != "unknown")


@cases.get("/p/<slug>/cases")
@allows(Act.CASE_READ)
def show_list(project_id: int) -> str:
    """A page of them, in the order in which they were opened."""
    chosen = {
        name: request.args.get(name, "")
        for name in ("code", "show", "priority", "need", "area", "after")
    }
    reach = policy.reach(actor(), Act.CASE_READ, project_id)
    with reading() as session:
        rows = cases_read.list_page(
            session,
            actor(),
            project_id,
            _filters(chosen),
            key_of(chosen["after"]) if chosen["after"] else None,
            PAGE + 1,
        )
    kept = {name: value for name, value in chosen.items() if value and name != "after"}
    more = {**kept, "after": rows[PAGE - 1].case_pk} if len(rows) > PAGE else None
    return frame.page(
        "cases.html",
        here="cases",
        rows=rows[:PAGE],
        chosen=chosen,
        shown=SHOWN,
        priorities=PRIORITIES,
        needs=tuple(NEED_KINDS),
        provinces=[place.code for place in places.load().provinces()],
        areas=wording.areas(reach.areas, frame.page_language()),
        more=more and f"?{urlencode(more)}",
    )


def _filters(chosen: dict[str, str]) -> Filters:
    offered = {
        "show": SHOWN,
        "priority": PRIORITIES,
        "need": tuple(NEED_KINDS),
        "area": [place.code for place in places.load().provinces()],
    }
    for name, values in offered.items():
        if chosen[name] and chosen[name] not in values:
            raise Problem(INVALID_PARAMETER, name=name, reason=", ".join(values))
    today = clock.now().astimezone(wording.ZONE).date()
    return Filters(
        late_before=clock.now() if chosen["show"] == "late" else None,
        due_until=today if chosen["show"] == "due" else None,
        priority=chosen["priority"],
        area=chosen["area"],
        need=chosen["need"],
        code=(read_code(chosen["code"]) or "-") if chosen["code"].strip() else "",
    )


@cases.get("/p/<slug>/services")
@allows(Act.CASE_READ)
def show_services(project_id: int) -> str:
    """Who helps with what, the nearest to a place first."""
    need, near = request.args.get("need", ""), request.args.get("near", "")
    if need and need not in NEED_KINDS:
        raise Problem(INVALID_PARAMETER, name="need", reason="a code of the list of needs")
    if near and not places.load().ancestors(near):
        raise Problem(INVALID_PARAMETER, name="near", reason="the code of a place")
    today = clock.now().astimezone(wording.ZONE).date()
    with reading() as session:
        found = listing.services(session, project_id, today)
    gazetteer = places.load()
    return frame.page(
        "services.html",
        here="cases",
        services=directory.search(found, need=need, near=near),
        chosen={"need": need, "near": near},
        needs=tuple(NEED_KINDS),
        districts=[
            (province.code, [one.code for one in gazetteer.children(province.code)])
            for province in gazetteer.provinces()
        ],
    )


def address_of(case_pk: uuid.UUID) -> str:
    return f"/p/{frame.project().slug}/cases/{case_pk}"
