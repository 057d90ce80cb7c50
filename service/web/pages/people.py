"""People of a project: who they are, what they may do; invite, help, switch off."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import actions, lifetimes, ranks
from service.accounts import queries as accounts
from service.accounts.actor import Role
from service.accounts.policy import Act
from service.accounts.queries.people import Person, list_people
from service.accounts.reach import WHOLE_PROJECT, is_area
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    COORDINATOR_PROLONGS,
    INVALID_PARAMETER,
    NOT_FOUND,
    Problem,
)
from service.web.asking import settings
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, giving, held_words
from service.web.pages.giving import Unclear

NEWS = {
    "has-role": "people.has_role",
    "role": "people.role_given",
    "waits": "people.role_waits",
    "taken": "people.role_taken",
    "off": "people.switched_off",
    "on": "people.switched_on",
    "signed-out": "people.signed_out",
}

people = Blueprint("people", __name__)


@people.get("/p/<slug>/people")
@allows(Act.PEOPLE_READ)
def show_list(project_id: int) -> str:
    with reading() as session:
        found = list_people(session, project_id, clock.now())
    say = held_words.in_words({})
    team = [(person, say(person.held)) for person in found]
    return frame.page("people.html", here="people", people=team, news=_news())


def _news() -> str:
    done = NEWS.get(request.args.get("done", ""))
    return frame.say(done) if done else ""


@people.get("/p/<slug>/people/new")
@allows(Act.USER_MANAGE)
def ask(project_id: int) -> str:
    return _invite_page(project_id)


@people.post("/p/<slug>/people/new")
@allows(Act.USER_MANAGE)
@takes("email", "name", *giving.FIELDS)
def invite(project_id: int) -> str | tuple[str, int] | Response:
    """Somebody new gets a link, shown once; somebody who has an account gets the role."""
    wanted = giving.read(project_id)
    if isinstance(wanted, Unclear):
        return _invite_page(project_id, wanted), 400
    email, name = request.form.get("email", ""), request.form.get("name", "")
    try:
        with unit_of_work() as session:
            made = actions.invite(
                session,
                actor(),
                project_id,
                email,
                wanted.role,
                name,
                wanted.area,
                wanted.ends_at,
            )
    except Problem as problem:
        words = problem.text(frame.page_language())
        return _invite_page(project_id, Unclear(words=words)), problem.kind.status
    if made.token is None:
        return redirect(f"/p/{frame.project().slug}/people?done=has-role", 303)
    return _link_page(_person(project_id, made.user_id), made.token)


@people.get("/p/<slug>/people/<int:person_id>")
@allows(Act.USER_MANAGE)
def show_one(project_id: int, person_id: int) -> str:
    return _person_page(project_id, person_id)


@people.post("/p/<slug>/people/<int:person_id>/roles")
@allows(Act.USER_MANAGE)
@takes(*giving.FIELDS)
def give_role(project_id: int, person_id: int) -> tuple[str, int] | Response:
    """One more role, or another end for one that is held."""
    _person(project_id, person_id)
    wanted = giving.read(project_id, person_id)
    if isinstance(wanted, Unclear):
        return _person_page(project_id, person_id, wanted), 400
    try:
        with unit_of_work() as session:
            actions.grant(
                session, actor(), person_id, wanted.role, project_id, wanted.area, wanted.ends_at
            )
    except Problem as problem:
        if problem.kind is not COORDINATOR_PROLONGS:
            raise
        words = problem.text(frame.page_language())
        return _person_page(project_id, person_id, Unclear(words=words)), problem.kind.status
    held = _person(project_id, person_id).held
    waits = any((one.role, one.area, one.waits) == (wanted.role, wanted.area, True) for one in held)
    return _back("waits" if waits else "role", person_id)


@people.post("/p/<slug>/people/<int:person_id>/roles/take")
@allows(Act.USER_MANAGE)
@takes("role", "area")
def take_role(project_id: int, person_id: int) -> Response:
    """Take one role away. Pressed twice, the second time finds it done, and perhaps nobody."""
    role, area = request.form.get("role", type=Role), request.form.get("area", "")
    if role is None or not (is_area(area) or area == WHOLE_PROJECT):
        raise Problem(INVALID_PARAMETER, name="role", reason=", ".join(ranks.RANK))
    try:
        with unit_of_work() as session:
            actions.revoke_grant(session, actor(), person_id, role, project_id, area)
    except Problem as problem:
        if problem.kind is not NOT_FOUND:
            raise
    return _back("taken", person_id if _find(project_id, person_id) else None)


@people.post("/p/<slug>/people/<int:person_id>/link")
@allows(Act.USER_MANAGE)
@takes()
def make_link(project_id: int, person_id: int) -> str:
    """A new one-time link, shown once, to be handed over."""
    with unit_of_work() as session:
        token = actions.make_link(session, actor(), project_id, person_id)
    return _link_page(_person(project_id, person_id), token)


@people.post("/p/<slug>/people/<int:person_id>/active")
@allows(Act.USER_MANAGE)
@takes("active")
def switch(project_id: int, person_id: int) -> Response:
    is_active = request.form.get("active") == "yes"
    with unit_of_work() as session:
        actions.set_active(session, actor(), project_id, person_id, is_active=is_active)
    return _back("on" if is_active else "off")


@people.post("/p/<slug>/people/<int:person_id>/sessions")
@allows(Act.USER_MANAGE)
@takes()
def end_sessions(project_id: int, person_id: int) -> Response:
    with unit_of_work() as session:
        actions.end_sessions_of(session, actor(), project_id, person_id)
    return _back("signed-out")


def _person(project_id: int, person_id: int) -> Person:
    found = _find(project_id, person_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _find(project_id: int, person_id: int) -> Person | None:
    with reading() as session:
        found = list_people(session, project_id, clock.now(), person_id)
    return found[0] if found else None


def _back(done: str, person_id: int | None = None) -> Response:
    """To the list, or to the person's page."""
    page = "people" if person_id is None else f"people/{person_id}"
    return redirect(f"/p/{frame.project().slug}/{page}?done={done}", 303)


def _person_page(project_id: int, person_id: int, unclear: Unclear | None = None) -> str:
    person = _person(project_id, person_id)
    with reading() as session:
        may_manage = actions.may_manage(session, actor(), person_id)
        say = held_words.in_words(accounts.list_names(session, held_words.givers(person.held)))
    return frame.page(
        "person.html",
        here="people",
        person=person,
        lines=[
            (line, ranks.may_give(actor(), line.held.role, project_id, person_id, line.held.area))
            for line in say(person.held)
        ],
        is_self=person_id == actor().id,
        may_manage=may_manage,
        giving=giving.choices(project_id, person_id, unclear),
        problem=unclear.words if unclear else "",
        news=_news(),
    )


def _invite_page(project_id: int, unclear: Unclear | None = None) -> str:
    filled = request.form if unclear else {}
    return frame.page(
        "people_new.html",
        here="people",
        giving=giving.choices(project_id, unclear=unclear),
        email=filled.get("email", ""),
        name=filled.get("name", ""),
        problem=unclear.words if unclear else "",
    )


def _link_page(person: Person, token: str) -> str:
    life = lifetimes.RESET if person.has_password else lifetimes.INVITATION
    return frame.page(
        "people_link.html",
        here="people",
        person=person,
        link=f"{settings().public_url}/setup/{token}",
        until=clock.now() + life,
    )
