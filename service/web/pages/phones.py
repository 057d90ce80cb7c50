"""Phones: enrol by a QR code shown once, see which are alive, end their access."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from service.accounts import actions, enrolment
from service.accounts import queries as accounts
from service.accounts.policy import Act
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.intake.queries import listing as intake
from service.web.identify import actor, allows, settings
from service.web.pages import frame
from service.web.pages.phone_states import Phone, states
from service.web.pages.texts import LANGUAGES, text

STEPS = ("step_install", "step_open", "step_scan", "step_send")

phones = Blueprint("phones", __name__)


@phones.get("/p/<slug>/phones")
@allows(Act.DEVICE_MANAGE)
def show_list(project_id: int) -> str:
    ended = request.args.get("ended", type=int)
    found = _list(project_id)
    news = next(
        (frame.say("phones.revoked", name=p.name) for p in found if p.id == ended and p.revoked_at),
        "",
    )
    return _page(project_id, found, news=news)


@phones.post("/p/<slug>/phones")
@allows(Act.DEVICE_MANAGE)
def create(project_id: int) -> str | tuple[str, int]:
    """Enrol a phone. The answer is the only page that ever shows its code."""
    name, scope = request.form.get("name", ""), request.form.get("scope", "all")
    form_ids = request.form.getlist("form") if scope == "some" else None
    chosen = {"name": name, "scope": scope, "forms": form_ids or ()}
    if form_ids == []:
        words = frame.say("phones.choose_forms")
        return _page(project_id, _list(project_id), chosen=chosen, problem=words), 400
    try:
        with unit_of_work() as session:
            made = actions.create_app_user(session, actor(), project_id, name, form_ids)
    except Problem as problem:
        words = problem.text(frame.page_language())
        page = _page(project_id, _list(project_id), chosen=chosen, problem=words)
        return page, problem.kind.status
    return _enrolment(project_id, name, made.token)


@phones.get("/p/<slug>/phones/<int:phone_id>/revoke")
@allows(Act.DEVICE_MANAGE)
def ask_revoke(project_id: int, phone_id: int) -> str:
    phone = next((one for one in _list(project_id) if one.id == phone_id), None)
    if phone is None:
        raise Problem(NOT_FOUND)
    return frame.page("phone_revoke.html", here="phones", phone=phone)


@phones.post("/p/<slug>/phones/<int:phone_id>/revoke")
@allows(Act.DEVICE_MANAGE)
def revoke(project_id: int, phone_id: int) -> Response:
    with unit_of_work() as session:
        actions.revoke_app_user(session, actor(), project_id, phone_id)
    return redirect(f"/p/{frame.project().slug}/phones?ended={phone_id}", 303)


def _list(project_id: int) -> list[Phone]:
    with reading() as session:
        enrolled = accounts.list_app_users(session, project_id)
        return states(enrolled, intake.last_seen(session, project_id), clock.now())


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
    return frame.page(
        "phones.html",
        here="phones",
        phones=found,
        forms=offered,
        titles={form.form_id: form.title for form in offered},
        chosen=chosen or {"name": "", "scope": "all", "forms": ()},
        problem=problem,
        news=news,
    )


def _enrolment(project_id: int, name: str, token: str) -> str:
    project = frame.project()
    url = f"{settings().public_url}/v1/key/{token}/projects/{project_id}"
    admin_password = enrolment.new_admin_password()
    payload = enrolment.encode(
        enrolment.settings(
            server_url=url,
            project_name=project.name,
            language=project.language,
            admin_password=admin_password,
        )
    )
    first = frame.page_language()
    return frame.page(
        "phone_enrol.html",
        here="phones",
        name=name,
        url=url,
        # Our own drawing, made of numbers; its title is escaped by the library.
        qr=Markup(enrolment.qr_svg(payload, frame.say("enrol.qr"))),  # noqa: S704
        admin_password=admin_password,
        expires_at=clock.now() + actions.DEVICE_LIFE,
        steps_in=[
            (language, _steps(language))
            for language in sorted(LANGUAGES, key=lambda language: language != first)
        ],
    )


def _steps(language: str) -> dict[str, Any]:
    return {
        "heading": text("enrol.steps", language),
        "steps": [text(f"enrol.{step}", language) for step in STEPS],
    }
