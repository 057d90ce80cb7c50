"""The first page of a project: what arrived, and what waits for a person."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts import queries as accounts
from service.accounts.policy import Act
from service.foundation import clock, keys
from service.foundation.db import reading
from service.foundation.keys import recovery
from service.intake import browsing
from service.intake.queries import listing as intake
from service.intake.queries import preparing
from service.web.identify import PUBLIC, actor, allows, current_actor
from service.web.pages import frame, wording
from service.web.pages.phone_states import SILENT_AFTER, PhoneState, states

WATCHED = dt.timedelta(days=7)
"""How long coordinators are told that somebody opened the files of many people at once."""

today = Blueprint("today", __name__)


@today.get("/")
@allows(PUBLIC)
def start() -> Response | str:
    """To the only project, or the list of them; to sign-in for everybody else."""
    person = current_actor()
    if person is None:
        return redirect("/sign-in")
    with reading() as session:
        projects = accounts.list_projects_of(session, person)
    if len(projects) == 1:
        return redirect(f"/p/{projects[0].slug}/")
    return frame.page("projects.html", projects=projects)


@today.get("/p/<slug>/")
@allows(Act.PROJECT_READ)
def show(project_id: int) -> str:
    """Counts only. Roles that see no single record see no counts of them either."""
    now = clock.now()
    midnight = now.astimezone(wording.ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    shown = {
        "here": "today",
        "today": midnight.date(),
        "may_enrol": policy.may(actor(), Act.DEVICE_MANAGE, project_id),
        "silent_days": SILENT_AFTER.days,
        "recovery": _recovery(project_id, now),
    }
    if not policy.may(actor(), Act.SUBMISSION_LIST, project_id):
        return frame.page("today.html", counts=None, not_yours=_not_yours(project_id), **shown)
    may_watch = policy.may(actor(), Act.TESTIMONY_READ, project_id)
    with reading() as session:
        counts = intake.today(session, project_id, midnight)
        week = intake.today(session, project_id, midnight - dt.timedelta(days=6))
        phones = states(
            accounts.list_app_users(session, project_id),
            intake.last_seen(session, project_id),
            now,
        )
        openings = preparing.list_openings(session, project_id, now - WATCHED) if may_watch else []
    silent = [phone for phone in phones if phone.state is PhoneState.SILENT]
    return frame.page(
        "today.html",
        counts=counts,
        week=week.received_since,
        silent=silent,
        bursts=browsing.bursts(openings),
        **shown,
    )


def _not_yours(project_id: int) -> str:
    """What the role is for, to those who do not see what arrives."""
    if policy.may(actor(), Act.FIGURES_READ, project_id):
        return frame.say("today.sees_figures")
    if policy.may(actor(), Act.DEVICE_MANAGE, project_id):
        return frame.say("today.sees_phones")
    return frame.say("today.sends")


def _recovery(project_id: int, now: dt.datetime) -> str | None:
    """What is still to be done about the recovery key, for those who can have it done."""
    if not policy.may(actor(), Act.HEALTH_READ, project_id):
        return None
    copy = recovery.find(keys.current())
    if copy is None:
        return "make"
    if copy.is_proven(now):
        return None
    return "prove" if copy.proven_at is None else "prove_again"
