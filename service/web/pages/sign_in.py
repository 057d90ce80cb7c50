"""The door for people: sign in, sign out, set a password by a one-time link."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, request
from werkzeug.wrappers import Response

from service.accounts import actions, credentials, lifetimes
from service.accounts import queries as accounts
from service.accounts.actor import Due
from service.accounts.policy import Act
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.web import entering
from service.web.asking import caller, cookie_name, settings, with_cookie
from service.web.fields import takes
from service.web.identify import PUBLIC, actor, allows, check_origin
from service.web.pages import frame
from service.web.pages.telling import WAITING_COOKIE

NEWS = ("left", "ready")
STEPS = {Due.CODE: "/second-factor", Due.ENROL: "/second-factor/new"}
"""Where a session gets what it still lacks."""
_OURS = re.compile(r"/[\w\-.~%?=&+,:/]*", re.ASCII)

sign_in = Blueprint("sign_in", __name__)


@sign_in.get("/sign-in")
@allows(PUBLIC)
def ask() -> str:
    after = request.args.get("after", "")
    news = frame.say(f"sign_in.{after}") if after in NEWS else ""
    return _page(target=local(request.args.get("next", "")), news=news)


@sign_in.post("/sign-in")
@allows(PUBLIC)
@takes("email", "password", "next")
def enter() -> Response | tuple[str, int]:
    """Open a session and put it into a cookie that no script and no other site can use. Where a
    second factor is due, the session opens only the page that asks for it."""
    check_origin()
    email, target = request.form.get("email", ""), local(request.form.get("next", ""))
    try:
        opened = entering.open_page_session(email, request.form.get("password", ""), caller())
    except Problem as problem:
        words = problem.text(frame.page_language())
        return _page(target=target, email=email, problem=words), problem.kind.status
    step = STEPS.get(opened.due) if opened.due else None
    response = make_response(
        redirect(f"{step}?{urlencode({'next': target})}" if step else target, 303)
    )
    return with_cookie(response, opened.cookie)


@sign_in.post("/sign-out")
@allows(Act.SESSION_END)
@takes("waiting")
def leave() -> Response | str:
    """What waits in this browser (page "Telling") is said first: left here locked, or dropped."""
    waits, said = request.cookies.get(WAITING_COOKIE), request.form.get("waiting")
    if waits and said not in ("stay", "drop"):
        return frame.page("sign_out.html")
    with unit_of_work() as session:
        actions.sign_out(session, actor())
    response = make_response(redirect("/sign-in?after=left", 303))
    response.delete_cookie(
        cookie_name(), path="/", secure=settings().is_https, httponly=True, samesite="Strict"
    )
    # Not "cookies": the language that somebody chose is for the next person, too.
    response.headers["Clear-Site-Data"] = '"cache"' if said == "stay" else '"cache", "storage"'
    if said == "drop":
        response.delete_cookie(WAITING_COOKIE, path="/", samesite="Strict")
    return response


@sign_in.get("/setup/<token>")
@allows(PUBLIC)
def ask_password(token: str) -> str | tuple[str, int]:
    """Reading the page does not spend the link: mail scanners open links too."""
    return _setup_page() if _names(token) is not None else _spent_page()


def _names(token: str) -> list[str] | None:
    """What the password must not be; None where the link is not good."""
    with reading() as session:
        key = credentials.token_sha256(token)
        link = accounts.find_setup_link(session, key, clock.now())
        return None if link is None else accounts.names_of(session, link.user_id)


@sign_in.post("/setup/<token>")
@allows(PUBLIC)
@takes("password", "again")
def set_password(token: str) -> Response | tuple[str, int]:
    check_origin()
    password = request.form.get("password", "")
    unlike = unfit(password, request.form.get("again", ""))
    if unlike:
        return _setup_page(unlike), 400
    names = _names(token)  # before the hash: a stranger without a link costs nothing
    if names is None:
        return _spent_page()
    try:
        hashed = credentials.hash_password(password, names)
        with unit_of_work() as session:
            actions.use_setup_link(session, token, hashed)
    except Problem as problem:
        if problem.kind is NOT_FOUND:  # somebody else was first
            return _spent_page()
        return _setup_page(problem.text(frame.page_language())), problem.kind.status
    return redirect("/sign-in?after=ready", 303)


def unfit(password: str, again: str) -> str:
    """Why the two cannot be taken, before anything is looked up; "" where they can."""
    if password != again:
        return frame.say("setup.different")
    if len(password) < credentials.MIN_PASSWORD:
        return frame.say("setup.short", n=credentials.MIN_PASSWORD)
    return ""


def _page(*, target: str, email: str = "", problem: str = "", news: str = "") -> str:
    return frame.page("sign_in.html", next=target, email=email, problem=problem, news=news)


def _setup_page(problem: str = "") -> str:
    return frame.page("setup.html", shortest=credentials.MIN_PASSWORD, problem=problem)


def _spent_page() -> tuple[str, int]:
    hours = int(lifetimes.INVITATION.total_seconds()) // 3600
    minutes = int(lifetimes.RESET.total_seconds()) // 60
    return frame.page("setup_spent.html", hours=hours, minutes=minutes), 404


def local(target: str) -> str:
    """`target` if it is plainly a page of ours, else the start page: nobody is led elsewhere."""
    return target if _OURS.fullmatch(target) and not target.startswith("//") else "/"
