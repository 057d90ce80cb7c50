"""Who may ask for what: the right that a view states, demanded before it runs.

Every view states who may call it: `@allows(Act.…)` or `@allows(PUBLIC)`. `enforce` runs before
each request and refuses what is not stated, so a forgotten decorator is a locked door; the start
refuses it already (`unstated_routes`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request

from service.accounts import actions, policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation.db import unit_of_work
from service.foundation.problems import (
    DEVICE_UNKNOWN,
    INSECURE_TRANSPORT,
    NOT_ALLOWED,
    NOT_FOUND,
    SIGN_IN_NEEDED,
    WRONG_HOST,
    Problem,
)
from service.web import given
from service.web.asking import (
    device_key,
    device_watch,
    is_device_path,
    is_page,
    settings,
)

PUBLIC = "public"

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_THINGS = ("submission", "indicator_id", "phone_id", "instance_id", "case_pk", "pair", "person")
"""Parts of an address that are ids, for the audit log; others might be words."""

_NOT_LOOKED_UP: Any = object()

_ID = re.compile(r"[A-Za-z0-9-]{1,40}", re.ASCII)

View = TypeVar("View", bound=Callable[..., Any])


def allows(act: Act | str) -> Callable[[View], View]:
    """State who may call a view: an `Act` of the policy, or PUBLIC."""

    def mark(view: View) -> View:
        view.samleng_act = act  # type: ignore[attr-defined]
        return view

    return mark


def unstated_routes(app: Flask) -> list[str]:
    """Routes whose view does not say who may call it. Must be empty."""
    return sorted(
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if stated_act(app, rule.endpoint) is None
    )


def stated_act(app: Flask, endpoint: str) -> Act | str | None:
    view = app.view_functions[endpoint]
    return getattr(view, "samleng_act", None)


def enforce() -> None:
    """Before each request: transport, host, origin, then the right that the view states."""
    _check_host_and_transport()
    endpoint = request.endpoint
    if endpoint is None:
        return  # 404 and 405 are answered by the error handlers
    act = stated_act(current_app, endpoint)
    if act is None:
        raise Problem(NOT_ALLOWED)
    if act == PUBLIC:
        return
    project_id = (request.view_args or {}).get("project_id")
    actor = current_actor()
    if request.method in _UNSAFE and g.get("by_cookie"):
        check_origin()
    if actor and request.method == "POST" and act in policy.MAY_STEP_UP and is_page():
        actor = given.with_code_of_form(actor)
    if actor is None and (is_device_path() or g.get("is_ended_device")):
        raise Problem(DEVICE_UNKNOWN)
    if project_id and actor and actor.project_id not in (None, project_id):
        raise Problem(DEVICE_UNKNOWN if is_device_path() else NOT_FOUND)
    _demand(actor, Act(act), project_id)
    if actor is not None and actor.device is not None:
        _watch(actor, Act(act))


def _watch(actor: Actor, act: Act) -> None:
    """Which installation uses the phone's token, and that it asked for forms."""
    key = device_key()
    if key is not None:
        device_watch().note_installation(actor, key)
    if act is Act.FORM_LIST:
        actions.note_fetch(actor)


def _demand(actor: Actor | None, act: Act, project_id: int | None) -> Actor:
    """The right; what somebody with access for a day does is written down before anything is
    looked up, so what cannot be written down is not shown."""
    allowed = policy.demand(actor, act, project_id)
    if project_id and allowed.emergencies_in(project_id):
        _note_emergency_read(allowed, act, project_id)
    return allowed


def _note_emergency_read(actor: Actor, act: Act, project_id: int) -> None:
    route = request.url_rule.rule if request.url_rule else ""
    named = (
        str(value).removeprefix("uuid:")
        for name, value in (request.view_args or {}).items()
        if name in _THINGS
    )
    thing = next((value for value in named if _ID.fullmatch(value)), "")
    with unit_of_work() as session:
        actions.note_emergency_reads(session, actor, project_id, act, route, thing)


def demand(act: Act, project_id: int) -> Actor:
    """For a view that is PUBLIC, of which a part is not: all that `enforce` asks for."""
    person = current_actor()
    if request.method in _UNSAFE and g.get("by_cookie"):
        check_origin()
    if person and person.project_id not in (None, project_id):
        raise Problem(NOT_FOUND)
    return _demand(person, act, project_id)


def _check_host_and_transport() -> None:
    chosen = settings()
    if request.path in ("/healthz", "/readyz", "/metrics"):
        return  # asked by the machine itself, by whatever name it has
    if request.host != chosen.public_host:
        raise Problem(WRONG_HOST, address=chosen.public_url)
    if chosen.is_https and request.scheme != "https":
        raise Problem(INSECURE_TRANSPORT)


def check_origin() -> None:
    """Unsafe requests with the cookie must come from our own pages."""
    site = request.headers.get("Sec-Fetch-Site")
    told = [request.headers[name] for name in ("Origin", "Referer") if request.headers.get(name)]
    if site is not None:  # first: from a page with `no-referrer` browsers send "Origin: null"
        is_ours = site in ("same-origin", "none")
    else:  # browsers before 2020 say one of the others; who says nothing may be anybody
        is_ours = bool(told) and all(_is_own(address) for address in told)
    if not is_ours:
        raise Problem(NOT_ALLOWED)


def _is_own(address: str) -> bool:
    own, sent = urlsplit(settings().public_url), urlsplit(address)
    return (sent.scheme, sent.netloc) == (own.scheme, own.netloc)


def current_actor() -> Actor | None:
    """Who acts in this request, or None. Looked up once a request."""
    found: Actor | None = g.get("actor", _NOT_LOOKED_UP)
    if found is _NOT_LOOKED_UP:
        g.actor = None  # stands if the look-up fails: the error's own answer asks again
        found = g.actor = given.find_actor()
    return found


def actor() -> Actor:
    """Who acts; for views whose act is not PUBLIC."""
    found = current_actor()
    if found is None:
        raise Problem(SIGN_IN_NEEDED)
    return found
