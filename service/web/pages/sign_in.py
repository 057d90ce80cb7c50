"""The door for people: sign in, sign out, set a password by a one-time link."""

from __future__ import annotations

import re

from flask import Blueprint, make_response, redirect, request
from werkzeug.wrappers import Response

from service.accounts import actions, credentials
from service.accounts import queries as accounts
from service.accounts.policy import Act
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import Problem
from service.web.api.sessions import open_session
from service.web.identify import PUBLIC, actor, allows, check_origin, cookie_name, settings
from service.web.pages import frame

NEWS = ("left", "ready")
_OURS = re.compile(r"/[\w\-.~%?=&+,:/]*", re.ASCII)

sign_in = Blueprint("sign_in", __name__)


@sign_in.get("/sign-in")
@allows(PUBLIC)
def ask() -> str:
    after = request.args.get("after", "")
    news = frame.say(f"sign_in.{after}") if after in NEWS else ""
    return _page(target=_local(request.args.get("next", "")), news=news)


@sign_in.post("/sign-in")
@allows(PUBLIC)
def enter() -> Response | tuple[str, int]:
    """Open a session and put it into a cookie that no script and no other site can use."""
    check_origin()
    email, target = request.form.get("email", ""), _local(request.form.get("next", ""))
    try:
        opened = open_session(email, request.form.get("password", ""))
    except Problem as problem:
        words = problem.text(frame.page_language())
        return _page(target=target, email=email, problem=words), problem.kind.status
    response = make_response(redirect(target, 303))
    response.set_cookie(
        cookie_name(),
        opened.token,
        expires=opened.expires_at,
        path="/",
        secure=settings().is_https,
        httponly=True,
        samesite="Strict",
    )
    return response


@sign_in.post("/sign-out")
@allows(Act.SESSION_END)
def leave() -> Response:
    with unit_of_work() as session:
        actions.sign_out(session, actor())
    response = make_response(redirect("/sign-in?after=left", 303))
    response.delete_cookie(
        cookie_name(), path="/", secure=settings().is_https, httponly=True, samesite="Strict"
    )
    return response


@sign_in.get("/setup/<token>")
@allows(PUBLIC)
def ask_password(token: str) -> str | tuple[str, int]:
    """Reading the page does not spend the link: mail scanners open links too."""
    return _setup_page() if _is_good(token) else _spent_page()


def _is_good(token: str) -> bool:
    with reading() as session:
        key = credentials.token_sha256(token)
        return accounts.find_setup_link(session, key, clock.now()) is not None


@sign_in.post("/setup/<token>")
@allows(PUBLIC)
def set_password(token: str) -> Response | tuple[str, int]:
    check_origin()
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _setup_page(frame.say("setup.different")), 400
    if len(password) < credentials.MIN_PASSWORD:
        return _setup_page(frame.say("setup.short", n=credentials.MIN_PASSWORD)), 400
    if not _is_good(token):  # before the hash: a stranger without a link costs nothing
        return _spent_page()
    hashed = credentials.hash_password(password)
    try:
        with unit_of_work() as session:
            actions.use_setup_link(session, token, hashed)
    except Problem:  # somebody else was first
        return _spent_page()
    return redirect("/sign-in?after=ready", 303)


def _page(*, target: str, email: str = "", problem: str = "", news: str = "") -> str:
    return frame.page("sign_in.html", next=target, email=email, problem=problem, news=news)


def _setup_page(problem: str = "") -> str:
    return frame.page("setup.html", shortest=credentials.MIN_PASSWORD, problem=problem)


def _spent_page() -> tuple[str, int]:
    hours = int(actions.SETUP_LIFE.total_seconds()) // 3600
    return frame.page("setup_spent.html", hours=hours), 404


def _local(target: str) -> str:
    """`target` if it is plainly a page of ours, else the start page: nobody is led elsewhere."""
    return target if _OURS.fullmatch(target) and not target.startswith("//") else "/"
