"""Phones: enrol by a QR code shown once, see which are alive, end their access."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import actions
from service.accounts import queries as accounts
from service.accounts.policy import Act
from service.accounts.queries import phones as rows
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.intake.queries import senders
from service.web.asking import settings
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, names_taken
from service.web.pages.phone_codes import NEW_STEPS, enrolment_page, unreachable
from service.web.pages.phone_states import ENDS_SOON, Phone, states

LIVES = (30, 90, 180)
"""Days that the page offers."""

phones = Blueprint("phones", __name__)


@phones.get("/p/<slug>/phones")
@allows(Act.DEVICE_MANAGE)
def show_list(project_id: int) -> str:
    found = listed(project_id)
    return _page(project_id, found, news=_news(found))


def _news(found: Sequence[Phone]) -> str:
    """What has just become of a phone, by the address to which its form led."""
    count = request.args.get("ended_all", type=int)
    if count is not None:
        return frame.say("phones.revoked_many", n=count)
    ended, again = (request.args.get(name, type=int) for name in ("ended", "again"))
    for phone in found:
        if phone.id == ended and phone.revoked_at:
            return frame.say("phones.revoked", name=phone.name)
        if phone.id == again:
            return frame.say("phones.code_once", name=phone.name)
    return ""


@phones.post("/p/<slug>/phones")
@allows(Act.DEVICE_CREATE)
@takes("name", "scope", "form", "newest", "days")
def create(project_id: int) -> str | tuple[str, int] | Response:
    """Enrol a phone. The answer is the only page that ever shows its code: loading it again
    sends the form again, and makes no second phone."""
    name, scope = request.form.get("name", ""), request.form.get("scope", "all")
    form_ids = request.form.getlist("form") if scope == "some" else None
    chosen = {"name": name, "scope": scope, "forms": form_ids or (), "days": chosen_days()}
    if form_ids == []:
        words = frame.say("phones.choose_forms")
        return _page(project_id, listed(project_id), chosen=chosen, problem=words), 400
    try:
        with unit_of_work() as session:
            made = actions.create_app_user(
                session,
                actor(),
                project_id,
                name,
                form_ids,
                dt.timedelta(days=chosen_days()),
                settings().digest_realm,
            )
    except Problem as problem:
        before = names_taken.made_by_this_form(project_id, problem, name, rows.find_live_by_name)
        if before is not None:
            return redirect(f"/p/{frame.project().slug}/phones?again={before}", 303)
        page = _page(project_id, listed(project_id), chosen=chosen, problem=_why(problem))
        return page, problem.kind.status
    return enrolment_page(project_id, made, NEW_STEPS)


def chosen_days() -> int:
    days = request.form.get("days", actions.DEVICE_LIFE.days, type=int)
    return days if days in LIVES else actions.DEVICE_LIFE.days


def _why(problem: Problem) -> str:
    taken, bad = frame.say("phones.name_taken"), frame.say("phones.bad_name")
    return names_taken.in_words(problem, taken=taken, bad=bad)


@phones.get("/p/<slug>/phones/revoke")
@allows(Act.DEVICE_MANAGE)
def ask_revoke_many(project_id: int) -> str | Response:
    """Which ones end, before they do."""
    live = [phone for phone in listed(project_id) if phone.is_live]
    wanted = set(request.args.getlist("phone", type=int))
    chosen = live if request.args.get("all") else [phone for phone in live if phone.id in wanted]
    if not chosen:
        return redirect(f"/p/{frame.project().slug}/phones", 303)
    return frame.page(
        "phones_revoke.html", here="phones", phones=chosen, is_all=bool(request.args.get("all"))
    )


@phones.post("/p/<slug>/phones/revoke")
@allows(Act.DEVICE_MANAGE)
@takes("all", "phone")
def revoke_many(project_id: int) -> Response:
    ids = None if request.form.get("all") else request.form.getlist("phone", type=int)
    with unit_of_work() as session:
        count = actions.revoke_app_users(session, actor(), project_id, ids)
    return redirect(f"/p/{frame.project().slug}/phones?ended_all={count}", 303)


@phones.get("/p/<slug>/phones/<int:phone_id>/revoke")
@allows(Act.DEVICE_MANAGE)
def ask_revoke(project_id: int, phone_id: int) -> str:
    phone = next((one for one in listed(project_id) if one.id == phone_id), None)
    if phone is None:
        raise Problem(NOT_FOUND)
    return frame.page("phone_revoke.html", here="phones", phone=phone)


@phones.post("/p/<slug>/phones/<int:phone_id>/revoke")
@allows(Act.DEVICE_MANAGE)
@takes()
def revoke(project_id: int, phone_id: int) -> Response:
    with unit_of_work() as session:
        actions.revoke_app_user(session, actor(), project_id, phone_id)
    return redirect(f"/p/{frame.project().slug}/phones?ended={phone_id}", 303)


def listed(project_id: int) -> list[Phone]:
    with reading() as session:
        enrolled = accounts.list_app_users(session, project_id)
        return states(enrolled, senders.last_seen(session, project_id), clock.now())


def _page(
    project_id: int,
    found: list[Phone],
    *,
    chosen: dict[str, Any] | None = None,
    problem: str = "",
    news: str = "",
) -> str:
    with reading() as session:
        offered = forms.list_open_forms(session, project_id)
    usual = {"name": "", "scope": "all", "forms": (), "days": actions.DEVICE_LIFE.days}
    return frame.page(
        "phones.html",
        here="phones",
        phones=found,
        alarms=[phone for phone in found if phone.alarm_at],
        ending=[phone for phone in found if phone.ends_soon],
        soon_days=ENDS_SOON.days,
        forms=offered,
        titles={form.form_id: form.title for form in offered},
        sealed=[form for form in offered if form.key_fingerprint],
        newest=max((phone.id for phone in found), default=0),
        lives=LIVES,
        any_live=any(phone.is_live for phone in found),
        token_made_at=actions.token_made_at,
        unreachable=unreachable(),
        chosen=chosen or usual,
        problem=problem,
        news=news,
    )
