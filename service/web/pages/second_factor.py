"""The second factor on pages: give a code, set up an app, see the recovery codes once."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, current_app, g, make_response, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from service.accounts import enrolment
from service.accounts import second_factor as factors
from service.accounts.actions import second_factors, signing_in
from service.accounts.policy import Act
from service.foundation.db import unit_of_work
from service.foundation.problems import FRESH_CODE_NEEDED, WRONG_CODE, Problem
from service.web import entering, fresh_code
from service.web.asking import caller, with_cookie
from service.web.fields import takes
from service.web.identify import actor, allows, stated_act
from service.web.pages import frame, passkeys
from service.web.pages.sign_in import local

second_factor = Blueprint("second_factor", __name__)


@second_factor.get("/second-factor")
@allows(Act.FACTOR_PROVE)
def ask() -> str:
    return _ask_page()


@second_factor.post("/second-factor")
@allows(Act.FACTOR_PROVE)
@takes("code", "recovery", "next")
def give() -> Response | tuple[str, int]:
    """A code of the app, or one from the paper. The session gets another cookie: what may have
    been seen of it before opens nothing now."""
    typed = request.form.get("code", "") or request.form.get("recovery", "")
    try:
        if not entering.give_code(actor(), typed, caller()):
            raise Problem(WRONG_CODE)
    except Problem as problem:
        return _ask_page(problem.text(frame.page_language())), _status(problem)
    response = make_response(redirect(_target(), 303))
    with unit_of_work() as session:
        return with_cookie(response, signing_in.change_cookie(session, actor()))


@second_factor.get("/second-factor/new")
@allows(Act.FACTOR_ENROL)
def show_offer() -> str:
    return _offer_page()


@second_factor.post("/second-factor/new")
@allows(Act.FACTOR_ENROL)
@takes("code", "next")
def confirm() -> str | tuple[str, int]:
    """The first code of the app. The answer is the only page that ever shows the paper codes."""
    try:
        with unit_of_work() as session:
            codes = second_factors.confirm(session, actor(), request.form.get("code", ""))
    except Problem as problem:
        if problem.kind is not WRONG_CODE:
            raise
        return _offer_page(problem.text(frame.page_language())), _status(problem)
    return recovery_page(codes, _target())


def recovery_page(codes: list[str], target: str) -> str:
    return frame.page("recovery_codes.html", codes=codes, next=target)


def asked_by_form(problem: Problem) -> tuple[str, int]:
    """In answer to a form that brought no fresh code, or one that is not right: the same question,
    with what was typed along, which goes back to where it was sent."""
    is_refused = problem.kind is not FRESH_CODE_NEEDED
    act = stated_act(current_app, request.endpoint or "")
    page = _ask_page(
        problem.text(frame.page_language()) if is_refused else "",
        action=request.full_path.rstrip("?"),
        names=(fresh_code.CODE, fresh_code.RECOVERY),
        typed=fresh_code.typed(),
        act=None if act is None else frame.say(f"act.{act.replace('.', '_')}"),
    )
    return page, _status(problem)


def _status(problem: Problem) -> int:
    """401 would ask the browser for other credentials: the person is known, the code is wrong."""
    return 400 if problem.kind is WRONG_CODE else problem.kind.status


def _target() -> str:
    return local(request.values.get("next", ""))


def _ask_page(
    problem: str = "",
    *,
    action: str = "/second-factor",
    names: tuple[str, str] = ("code", "recovery"),
    typed: Sequence[tuple[str, str]] | None = None,
    act: str | None = None,
) -> str:
    """`typed`: what a form brought, where one is waiting; `act` says what it does."""
    g.runs_script = has_passkey = passkeys.has_any()
    return frame.page(
        "second_factor.html",
        action=action,
        names=names,
        typed=typed,
        act=act,
        next="" if typed is not None else _target(),
        problem=problem,
        has_passkey=has_passkey,
    )


def _offer_page(problem: str = "") -> str:
    with unit_of_work() as session:
        offered = second_factors.offer(session, actor())
    return frame.page(
        "second_factor_new.html",
        # Our own drawing, made of numbers; its title is escaped by the library.
        qr=Markup(enrolment.qr_svg(offered.uri, frame.say("factor.qr"))),  # noqa: S704 - squares
        secret=factors.in_groups(offered.secret),
        next=_target(),
        problem=problem,
    )
