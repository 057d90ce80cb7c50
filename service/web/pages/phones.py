"""Phones: enrol by a QR code shown once, see which are alive, end their access."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

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

LOCAL = frozenset({"127.0.0.1", "localhost", "0.0.0.0", "::1", "::"})  # noqa: S104 - names to find
"""Hosts by which a machine calls itself; a phone that is told one of them calls itself too."""
STEPS = ("step_install", "step_open", "step_scan", "step_send")

phones = Blueprint("phones", __name__)


@phones.get("/p/<slug>/phones")
@allows(Act.DEVICE_MANAGE)
def show_list(project_id: int) -> str:
    found = _list(project_id)
    return _page(project_id, found, news=_news(found))


def _news(found: Sequence[Phone]) -> str:
    """What has just become of a phone, by the address to which its form led."""
    ended, again = (request.args.get(name, type=int) for name in ("ended", "again"))
    for phone in found:
        if phone.id == ended and phone.revoked_at:
            return frame.say("phones.revoked", name=phone.name)
        if phone.id == again:
            return frame.say("phones.code_once", name=phone.name)
    return ""


@phones.post("/p/<slug>/phones")
@allows(Act.DEVICE_MANAGE)
def create(project_id: int) -> str | tuple[str, int] | Response:
    """Enrol a phone. The answer is the only page that ever shows its code: loading it again
    sends the form again, and makes no second phone."""
    name, scope = request.form.get("name", ""), request.form.get("scope", "all")
    form_ids = request.form.getlist("form") if scope == "some" else None
    chosen = {"name": name, "scope": scope, "forms": form_ids or ()}
    if form_ids == []:
        words = frame.say("phones.choose_forms")
        return _page(project_id, _list(project_id), chosen=chosen, problem=words), 400
    try:
        with unit_of_work() as session:
            before = _made_by_this_form(accounts.list_app_users(session, project_id), name)
            if before is not None:
                return redirect(f"/p/{frame.project().slug}/phones?again={before}", 303)
            made = actions.create_app_user(session, actor(), project_id, name, form_ids)
    except Problem as problem:
        is_name = problem.context.get("name") == "name"
        words = frame.say("phones.bad_name") if is_name else problem.text(frame.page_language())
        page = _page(project_id, _list(project_id), chosen=chosen, problem=words)
        return page, problem.kind.status
    return _enrolment(project_id, name, made.token, form_ids)


def _made_by_this_form(enrolled: Sequence[accounts.AppUserRow], name: str) -> int | None:
    """The phone that this very form has made already: of its name, and newer than the newest one
    that there was when the form was shown."""
    newest = request.form.get("newest", type=int)
    label = unicodedata.normalize("NFC", name).strip()
    if newest is None:
        return None
    return next((row.id for row in enrolled if row.id > newest and row.name == label), None)


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
        sealed=[form for form in offered if form.key_fingerprint],
        newest=max((phone.id for phone in found), default=0),
        unreachable=_unreachable(),
        chosen=chosen or {"name": "", "scope": "all", "forms": ()},
        problem=problem,
        news=news,
    )


def _unreachable() -> str:
    """The address of this server, where no phone can have it; else ""."""
    url = urlsplit(settings().public_url)
    return url.netloc if url.hostname in LOCAL else ""


def _enrolment(project_id: int, name: str, token: str, form_ids: list[str] | None) -> str:
    project = frame.project()
    with reading() as session:
        offered = forms.list_open_forms(session, project_id, form_ids)
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
        unreachable=_unreachable(),
        # Our own drawing, made of numbers; its title is escaped by the library.
        qr=Markup(enrolment.qr_svg(payload, frame.say("enrol.qr"))),  # noqa: S704
        admin_password=admin_password,
        sealed=[form for form in offered if form.key_fingerprint],
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
