"""People of a project: who they are, what they may do; invite, help, switch off."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import actions, lifetimes, ranks
from service.accounts import queries as accounts
from service.accounts.actor import Role
from service.accounts.policy import Act
from service.accounts.queries import Person
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.web.fields import takes
from service.web.identify import actor, allows, settings
from service.web.pages import frame

NEWS = {
    "has-role": "people.has_role",
    "roles": "people.roles_set",
    "off": "people.switched_off",
    "on": "people.switched_on",
    "signed-out": "people.signed_out",
}

people = Blueprint("people", __name__)


@people.get("/p/<slug>/people")
@allows(Act.PEOPLE_READ)
def show_list(project_id: int) -> str:
    with reading() as session:
        found = accounts.list_people(session, project_id, clock.now())
    return frame.page("people.html", here="people", people=found, news=_news())


def _news() -> str:
    done = NEWS.get(request.args.get("done", ""))
    return frame.say(done) if done else ""


@people.get("/p/<slug>/people/new")
@allows(Act.USER_MANAGE)
def ask(project_id: int) -> str:
    return _invite_page(project_id)


@people.post("/p/<slug>/people/new")
@allows(Act.USER_MANAGE)
@takes("email", "name", "role")
def invite(project_id: int) -> str | tuple[str, int] | Response:
    """Somebody new gets a link, shown once; somebody who has an account gets the role."""
    email, name = request.form.get("email", ""), request.form.get("name", "")
    role = request.form.get("role", type=Role)
    try:
        if role is None:
            raise Problem(INVALID_PARAMETER, name="role", reason=", ".join(ranks.RANK))
        with unit_of_work() as session:
            made = actions.invite(session, actor(), project_id, email, role, name)
    except Problem as problem:
        words = problem.text(frame.page_language())
        return _invite_page(project_id, email, name, words), problem.kind.status
    if made.token is None:
        return redirect(f"/p/{frame.project().slug}/people?done=has-role", 303)
    return _link_page(_person(project_id, made.user_id), made.token)


@people.get("/p/<slug>/people/<int:person_id>")
@allows(Act.USER_MANAGE)
def show_one(project_id: int, person_id: int) -> str:
    person = _person(project_id, person_id)
    with reading() as session:
        may_manage = actions.may_manage(session, actor(), person_id)
    return frame.page(
        "person.html",
        here="people",
        person=person,
        is_self=person_id == actor().id,
        may_manage=may_manage,
        grantable=[
            role for role in ranks.RANK if ranks.may_give(actor(), role, project_id, person_id)
        ],
        news=_news(),
    )


@people.post("/p/<slug>/people/<int:person_id>/roles")
@allows(Act.USER_MANAGE)
@takes("role")
def set_roles(project_id: int, person_id: int) -> Response:
    """Of the roles that the reader may give: those that are ticked, and no other."""
    person = _person(project_id, person_id)
    wanted = set(request.form.getlist("role"))
    with unit_of_work() as session:
        for role in ranks.RANK:
            if not ranks.may_give(actor(), role, project_id, person_id):
                continue
            if role in wanted and role not in person.roles:
                actions.grant(session, actor(), person_id, role, project_id)
            if role not in wanted and role in person.roles:
                actions.revoke_grant(session, actor(), person_id, role, project_id)
    return _back("roles")


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
    with reading() as session:
        found = accounts.list_people(session, project_id, clock.now(), person_id)
    if not found:
        raise Problem(NOT_FOUND)
    return found[0]


def _back(done: str) -> Response:
    return redirect(f"/p/{frame.project().slug}/people?done={done}", 303)


def _invite_page(project_id: int, email: str = "", name: str = "", problem: str = "") -> str:
    return frame.page(
        "people_new.html",
        here="people",
        roles=ranks.grantable(actor(), project_id),
        email=email,
        name=name,
        problem=problem,
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
