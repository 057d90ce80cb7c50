"""My account: language, password, second factor, recovery codes, open sessions."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import credentials
from service.accounts import queries as accounts
from service.accounts.actions import own_account, second_factors
from service.accounts.policy import Act
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import Problem
from service.web import entering
from service.web.asking import caller
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, passkeys
from service.web.pages.second_factor import recovery_page
from service.web.pages.sign_in import unfit

NEWS = {
    "language": "account.language_set",
    "password": "account.password_set",
    "ended": "account.ended",
    "passkey": "passkey.added",
    "removed": "passkey.removed",
}

account = Blueprint("account", __name__)


@account.get("/account")
@allows(Act.ACCOUNT_OWN)
def show() -> str:
    done = NEWS.get(request.args.get("done", ""))
    return _page(news=frame.say(done) if done else "")


@account.post("/account/language")
@allows(Act.ACCOUNT_OWN)
@takes("language")
def choose_language() -> Response:
    language = request.form.get("language", "")
    with unit_of_work() as session:
        own_account.choose_language(session, actor(), language)
    return redirect(f"/account?done=language&lang={language}", 303)


@account.post("/account/password")
@allows(Act.ACCOUNT_OWN)
@takes("current", "password", "again")
def change_password() -> Response | tuple[str, int]:
    new = request.form.get("password", "")
    problem = unfit(new, request.form.get("again", ""))
    if problem:
        return _page(problem=problem), 400
    try:
        entering.change_password(actor(), request.form.get("current", ""), new, caller())
    except Problem as found:
        is_old = found.kind.status == 401
        words = frame.say("account.wrong_old") if is_old else found.text(frame.page_language())
        return _page(problem=words), found.kind.status
    return redirect("/account?done=password", 303)


@account.post("/account/recovery-codes")
@allows(Act.FACTOR_CHANGE)
@takes()
def renew_recovery_codes() -> str:
    """The answer is the only page that ever shows them; those of before work no more."""
    with unit_of_work() as session:
        codes = second_factors.renew_recovery_codes(session, actor())
    return recovery_page(codes, "/account")


@account.post("/account/sessions/end")
@allows(Act.ACCOUNT_OWN)
@takes("session")
def end_session() -> Response:
    """One of them, or (without `session`) all but this one."""
    which = request.form.get("session", type=uuid.UUID)
    with unit_of_work() as session:
        if which is None:
            own_account.end_others(session, actor())
        else:
            own_account.end_own(session, actor(), which)
    return redirect("/account?done=ended", 303)


def _page(*, problem: str = "", news: str = "") -> str:
    person = actor()
    with reading() as session:
        has_factor = accounts.find_factor(session, person.person_id) is not None
        codes_left = accounts.count_recovery_codes(session, person.person_id)
        sessions = accounts.list_open_sessions(session, person.person_id, clock.now())
        found = accounts.list_passkeys(session, person.person_id)
        email = accounts.get_email(session, person.person_id)
    return frame.page(
        "account.html",
        email=email,
        has_factor=has_factor,
        codes_left=codes_left,
        passkeys=found,
        passkeys_offered=passkeys.are_offered(),
        sessions=sessions,
        shortest=credentials.MIN_PASSWORD,
        problem=problem,
        news=news,
    )
