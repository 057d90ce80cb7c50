"""The first page of a project: what arrived, and what waits for a person."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts import queries as accounts
from service.accounts.policy import Act
from service.cases.actions import reading as cases
from service.dialogue.actions import promising
from service.dialogue.queries.promises import Waiting
from service.foundation import clock
from service.foundation.db import reading
from service.intake.queries import counting, senders
from service.review.queries import flags, stages
from service.web.identify import PUBLIC, actor, allows, current_actor
from service.web.pages import frame, wording
from service.web.pages.notices import notices
from service.web.pages.phone_states import ENDS_SOON, SILENT_AFTER, Phone, PhoneState, states

today = Blueprint("today", __name__)
UNLOOKED_AFTER = dt.timedelta(days=7)
"""So long a record may wait for somebody to look at it before *Today* tells how many do."""


@today.get("/")
@allows(PUBLIC)
def start() -> Response | str:
    """To the only project, or the list of them; to sign-in for everybody else."""
    person = current_actor()
    if person is None:
        return redirect("/sign-in")
    policy.demand(person, Act.ACCOUNT_OWN)  # what a session lacks comes first
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
    may_enrol = policy.may(actor(), Act.DEVICE_MANAGE, project_id)
    shown = {
        "here": "today",
        "today": midnight.date(),
        "may_enrol": may_enrol,
        "soon_days": ENDS_SOON.days,
        "silent_days": SILENT_AFTER.days,
        "cases": _cases(project_id),
        "promises": _promises(project_id),
        **notices(project_id, now),
    }
    if not policy.may(actor(), Act.SUBMISSION_LIST, project_id):
        return frame.page("today.html", counts=None, not_yours=_not_yours(project_id), **shown)
    reach = policy.reach(actor(), Act.SUBMISSION_LIST, project_id)
    with reading() as session:
        counts = counting.today(session, project_id, midnight, reach)
        week = counting.today(session, project_id, midnight - dt.timedelta(days=6), reach)
        unlooked = stages.count_unlooked(session, project_id, reach, now - UNLOOKED_AFTER)
        flagged = flags.count_open(session, project_id, reach)
    phones = _phones(project_id, now) if reach.is_whole else []
    return frame.page(
        "today.html",
        counts=counts,
        week=week.received_since,
        queued_week=week.queued_since,
        unlooked=unlooked,
        unlooked_days=UNLOOKED_AFTER.days,
        flagged=flagged,
        silent=[phone for phone in phones if phone.state is PhoneState.SILENT],
        alarms=[phone for phone in phones if phone.alarm_at],
        ending=[phone for phone in phones if phone.ends_soon],
        areas=wording.areas(reach.areas, frame.page_language()),
        **shown,
    )


def _phones(project_id: int, now: dt.datetime) -> list[Phone]:
    """All phones. They have no place: for whoever sees the whole."""
    with reading() as session:
        return states(
            accounts.list_app_users(session, project_id),
            senders.last_seen(session, project_id),
            now,
        )


def _cases(project_id: int) -> cases.Waiting | None:
    """Needs on which nobody acted in time, and visits that are due, for whoever follows cases."""
    if not policy.may(actor(), Act.CASE_READ, project_id):
        return None
    with reading() as session:
        return cases.count_waiting(session, actor(), project_id)


def _promises(project_id: int) -> Waiting | None:
    """Promises whose day is near or over, for whoever reads the dialogue log."""
    if not policy.may(actor(), Act.DIALOGUE_READ, project_id):
        return None
    with reading() as session:
        return promising.count_waiting(session, actor(), project_id)


def _not_yours(project_id: int) -> str:
    """What the role is for, to those who do not see what arrives."""
    if policy.may(actor(), Act.FIGURES_READ, project_id):
        return frame.say("today.sees_figures")
    if policy.may(actor(), Act.DEVICE_MANAGE, project_id):
        return frame.say("today.sees_phones")
    may_send = policy.may(actor(), Act.SUBMISSION_SEND, project_id)
    return frame.say("today.sends") if may_send else ""
