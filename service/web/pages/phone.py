"""One phone: what it sent, what it could fetch, whose hands it is in; and what to do if it is
lost."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import actions, policy
from service.accounts.policy import Act
from service.accounts.queries import phones as rows
from service.entities.actions import renewing
from service.entities.queries import holders
from service.entities.queries.holders import HolderRow
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import ALREADY_RENEWED, NOT_FOUND, Problem
from service.intake.queries import senders
from service.web.asking import settings
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, wording
from service.web.pages.phone_codes import RENEWED_STEPS, enrolment_page
from service.web.pages.phone_states import states
from service.web.pages.phones import LIVES, chosen_days
from service.web.pages.submissions import PAGE, key_of

DAYS_SHOWN = 30

phone = Blueprint("phone", __name__)


@phone.get("/p/<slug>/phones/<int:phone_id>")
@allows(Act.DEVICE_MANAGE)
def show(project_id: int, phone_id: int) -> str:
    """State, installation, forms and, for those who may see what arrives, what it sent: ids and
    times, no answers."""
    with reading() as session:
        row = rows.find_app_user(session, project_id, phone_id)
        titles = forms.list_titles(session, project_id, even_deleted=True)
    if row is None:
        raise Problem(NOT_FOUND)
    may_see = policy.reach(actor(), Act.SUBMISSION_LIST, project_id).is_whole
    sent = _sent(project_id, row) if may_see else None
    seen = {row.id: (sent["last_at"], 0)} if sent and sent["last_at"] else {}
    [state] = states([row], seen, clock.now())
    return frame.page(
        "phone.html",
        here="phones",
        row=row,
        phone=state,
        sent=sent,
        titles=titles,
        could_fetch=_could_fetch(project_id, row),
        lists=_lists(project_id, row),
        lives=LIVES,
        days_shown=DAYS_SHOWN,
        life=actions.DEVICE_LIFE.days,
        was=actions.token_made_at(row.renewed_at),
        news=_news(row),
    )


def _news(row: rows.AppUserRow) -> str:
    if request.args.get("accepted") and row.alarm_at is None:
        return frame.say("phone.accepted")
    if request.args.get("again"):
        return frame.say("phone.code_once")
    return ""


def _sent(project_id: int, row: rows.AppUserRow) -> dict[str, Any]:
    after = request.args.get("after", "")
    of_phone = (project_id, row.id, row.created_at)
    with reading() as session:
        found = senders.list_sent_by(
            session, *of_phone, after=key_of(after) if after else None, limit=PAGE + 1
        )
        arrivals = senders.list_arrivals(session, *of_phone)
        unreadable = senders.count_quarantined_of(session, project_id, row.id)
    more = urlencode({"after": found[PAGE - 1].submission_pk}) if len(found) > PAGE else ""
    return {
        "rows": found[:PAGE],
        "older": more and f"?{more}#sent",
        "is_later_page": bool(after),
        "total": len(arrivals),
        "by_form": Counter(form_id for form_id, _ in arrivals),
        "by_day": _by_day(arrivals),
        "last_at": max((at for _, at in arrivals), default=None),
        "unreadable": unreadable,
    }


def _by_day(
    arrivals: Iterable[tuple[str, dt.datetime]],
) -> list[tuple[dt.date, str, int]]:
    """(day by Phnom Penh's clock, formID, records), newest first; the newest DAYS_SHOWN days."""
    counts = Counter((at.astimezone(wording.ZONE).date(), form_id) for form_id, at in arrivals)
    days = sorted({day for day, _ in counts}, reverse=True)[:DAYS_SHOWN]
    return [
        (day, form_id, n)
        for (day, form_id), n in sorted(counts.items(), key=lambda item: item[0][1])
        if day in days
    ]


def _could_fetch(project_id: int, row: rows.AppUserRow) -> list[tuple[str, list[str]]]:
    """(title, names of files) of the forms that the phone may fetch now."""
    scope = None if row.all_forms else row.form_ids
    with reading() as session:
        return [
            (form.title, [file.name for file in forms.list_files(session, form.version_pk)])
            for form in forms.list_open_forms(session, project_id, scope)
        ]


def _lists(project_id: int, row: rows.AppUserRow) -> list[tuple[HolderRow, str]]:
    """Entity lists that the phone may hold or fetched once, and of which area."""
    with reading() as session:
        found = holders.list_holders(session, project_id, app_user_id=row.id)
    language = frame.page_language()
    return [(one, wording.areas([one.area], language) if one.area else "") for one in found]


@phone.post("/p/<slug>/phones/<int:phone_id>/renew")
@allows(Act.DEVICE_CREATE)
@takes("was", "days")
def renew(project_id: int, phone_id: int) -> str | Response:
    """A new code; the old one ends. Loading the page again makes no second one: whoever has just
    scanned the code would be cut off."""
    try:
        with unit_of_work() as session:
            made = renewing.renew_phone(
                session,
                actor(),
                project_id,
                phone_id,
                dt.timedelta(days=chosen_days()),
                settings().digest_realm,
                was=request.form.get("was", ""),
            )
    except Problem as problem:
        if problem.kind is not ALREADY_RENEWED:
            raise
        return redirect(f"/p/{frame.project().slug}/phones/{phone_id}?again=1", 303)
    return enrolment_page(project_id, made, RENEWED_STEPS)


@phone.post("/p/<slug>/phones/<int:phone_id>/accept")
@allows(Act.DEVICE_MANAGE)
@takes()
def accept(project_id: int, phone_id: int) -> Response:
    """The second installation is this phone, set up anew."""
    with unit_of_work() as session:
        actions.accept_installation(session, actor(), project_id, phone_id)
    return redirect(f"/p/{frame.project().slug}/phones/{phone_id}?accepted=1", 303)
