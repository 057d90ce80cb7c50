"""Entity lists: what forms make of people and places, which phones may hold it, and what waits."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import phones
from service.accounts.reach import WHOLE_PROJECT
from service.entities import actions
from service.entities.queries import holders
from service.entities.queries import lists as rows
from service.facts import area_names
from service.forms.entity_lists import Telling
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, wording

LONGEST = 120

lists = Blueprint("lists", __name__)


@lists.get("/p/<slug>/lists")
@allows(Act.LIST_READ)
def show_all(project_id: int) -> str:
    """All lists with their numbers, and records of whose entities nothing came yet."""
    with reading() as session:
        found = actions.list_told(session, actor(), project_id)
        waiting = actions.list_open_arrivals(session, actor(), project_id)
        may_manage = policy.may(actor(), Act.LIST_MANAGE, project_id)
        undeclared = rows.list_undeclared(session, project_id) if may_manage else []
    return frame.page(
        "lists.html",
        here="lists",
        lists=found,
        waiting=waiting,
        undeclared=undeclared,
        may_change=policy.may(actor(), Act.ENTITY_CHANGE, project_id),
        asked=request.args.get("asked", "") == "1",
    )


@lists.post("/p/<slug>/lists/waiting/<uuid:record>")
@allows(Act.ENTITY_CHANGE)
@takes("how")
def decide_waiting(project_id: int, record: uuid.UUID) -> Response:
    """Approve a record that waits for it, or try one again that could not be applied."""
    act = actions.approve if request.form.get("how") == "approve" else actions.retry
    with unit_of_work() as session:
        act(session, actor(), project_id, record)
    return redirect(f"/p/{frame.project().slug}/lists?asked=1", 303)


@lists.get("/p/<slug>/lists/<int:list_pk>")
@allows(Act.LIST_READ)
def show(project_id: int, list_pk: int) -> str:
    """One list: of whom it tells, who may hold it, what two changed, what was brought in."""
    return list_page(project_id, list_pk)


def list_page(project_id: int, list_pk: int, **more: Any) -> str:
    with reading() as session:
        told = actions.tell_list(session, actor(), project_id, list_pk)
        held = holders.list_holders(session, project_id, list_pk=list_pk)
        live = [one for one in phones.list_app_users(session, project_id) if one.revoked_at is None]
        imports = actions.list_imports(session, actor(), project_id, list_pk)
        number = rows.count_entities(session, project_id, list_pk)
        conflicts = rows.list_conflicts(session, project_id, list_pk)
    names = {one.id: one.name for one in live}
    language = frame.page_language()
    return frame.page(
        "list.html",
        **{
            "here": "lists",
            "told": told,
            "number": number,
            "conflicts": conflicts,
            "tellings": list(Telling),
            "holders": [
                (one, names.get(one.app_user_id, f"#{one.app_user_id}"), _areas(one.area))
                for one in held
            ],
            "phones": live,
            "places": [area_names.label(one, language) for one in area_names.within(None, 2)],
            "imports": imports,
            "may_manage": policy.may(actor(), Act.LIST_MANAGE, project_id),
            "problem": "",
            "news": _news(),
            **more,
        },
    )


def _areas(area: str) -> str:
    return wording.areas([area], frame.page_language()) if area else ""


def _news() -> str:
    key = request.args.get("news", "")
    return frame.say(f"list.news_{key}") if key in ("brought", "same", "undone", "settled") else ""


def back(list_pk: int, news: str = "") -> Response:
    asked = f"?news={news}" if news else ""
    return redirect(f"/p/{frame.project().slug}/lists/{list_pk}{asked}", 303)


@lists.post("/p/<slug>/lists/<int:list_pk>/telling")
@allows(Act.LIST_ALLOW)
@takes("telling")
def tell(project_id: int, list_pk: int) -> Response:
    """Say of whom the list tells."""
    telling = request.form.get("telling", type=Telling)
    if telling is None:
        raise Problem(INVALID_PARAMETER, name="telling", reason=", ".join(Telling))
    with unit_of_work() as session:
        actions.tell(session, actor(), project_id, list_pk, telling)
    return back(list_pk)


@lists.post("/p/<slug>/lists/<int:list_pk>/approval")
@allows(Act.LIST_MANAGE)
@takes("required")
def require_approval(project_id: int, list_pk: int) -> Response:
    """Whether entities are made when a record is approved, or when it arrives."""
    required = request.form.get("required") == "yes"
    with unit_of_work() as session:
        actions.require_approval(session, actor(), project_id, list_pk, required=required)
    return back(list_pk)


@lists.post("/p/<slug>/lists/<int:list_pk>/phones")
@allows(Act.LIST_ALLOW)
@takes("phone", "area")
def allow(project_id: int, list_pk: int) -> str | tuple[str, int] | Response:
    """Let a phone hold the list, all of it or of one area."""
    typed = " ".join(request.form.get("area", "").split())[:LONGEST]
    area = WHOLE_PROJECT
    if typed:
        found = area_names.named(typed)
        if len(found) != 1:
            words = frame.say("list.area_unclear", typed=typed, n=len(found))
            return list_page(project_id, list_pk, problem=words), 400
        area = found[0].code
    phone = request.form.get("phone", type=int)
    if phone is None:
        raise Problem(INVALID_PARAMETER, name="phone", reason="a phone of the project")
    with unit_of_work() as session:
        actions.allow_phone(session, actor(), project_id, list_pk, phone, area)
    return back(list_pk)


@lists.post("/p/<slug>/lists/<int:list_pk>/phones/<int:phone_id>/end")
@allows(Act.LIST_MANAGE)
@takes()
def end(project_id: int, list_pk: int, phone_id: int) -> Response:
    """The phone may hold the list no more."""
    with unit_of_work() as session:
        actions.end_phone(session, actor(), project_id, list_pk, phone_id)
    return back(list_pk)
