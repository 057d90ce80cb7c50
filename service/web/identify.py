"""Who is asking: device token in the path, bearer, Basic, Digest, or the pages' cookie.

Every view states who may call it: `@allows(Act.…)` or `@allows(PUBLIC)`. `enforce` runs before
each request and refuses what is not stated, so a forgotten decorator is a locked door; the start
refuses it already (`unstated_routes`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, after_this_request, current_app, g, request
from werkzeug.wrappers import Response

from service.accounts import actions, credentials, digest, lifetimes, policy, queries
from service.accounts import caller as callers
from service.accounts.actions import signing_in
from service.accounts.actor import Actor
from service.accounts.caller import Caller
from service.accounts.policy import Act
from service.foundation import clock, telemetry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    DEVICE_UNKNOWN,
    INSECURE_TRANSPORT,
    NOT_ALLOWED,
    NOT_FOUND,
    SIGN_IN_NEEDED,
    TOO_MANY_REQUESTS,
    WRONG_CODE,
    WRONG_HOST,
    Problem,
)
from service.foundation.sealing import pseudonym
from service.foundation.settings import Settings
from service.web import entering, fresh_code

PUBLIC = "public"
COOKIE = "samleng_session"
SECURE_COOKIE = "__Host-samleng_session"
CODE_HEADER = "X-Samleng-TOTP"
"""Programs give a fresh code of the second factor in it, for acts that want one."""
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_THINGS = ("submission", "indicator_id", "phone_id", "instance_id")
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


def settings() -> Settings:
    return settings_of(current_app)


def settings_of(app: Flask) -> Settings:
    found: Settings = app.config["SAMLENG"]
    return found


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
        actor = _with_code_of_form(actor)
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


def device_watch() -> actions.DeviceWatch:
    found: actions.DeviceWatch = current_app.extensions["samleng.device_watch"]
    return found


def device_key() -> str | None:
    """Pseudonym of the install id that Collect and KoboCollect add to every address."""
    found: str | None = g.get("device_key", _NOT_LOOKED_UP)
    if found is _NOT_LOOKED_UP:
        device = request.args.get("deviceID", "")[:255]
        found = pseudonym(settings().secrets.pseudonym_key, device) if device else None
        g.device_key = found
    return found


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


def network() -> str:
    """A stand-in for the network that asks; the address itself is kept nowhere."""
    coarse = telemetry.coarse_address(request.remote_addr)
    return pseudonym(settings().secrets.pseudonym_key, "network", coarse)


def _check_host_and_transport() -> None:
    chosen = settings()
    if request.path in ("/healthz", "/readyz", "/metrics"):
        return  # asked by the machine itself, by whatever name it has
    if request.host != chosen.public_host:
        raise Problem(WRONG_HOST)
    if chosen.is_https and request.scheme != "https":
        raise Problem(INSECURE_TRANSPORT)


def check_origin() -> None:
    """Unsafe requests with the cookie must come from our own pages."""
    site = request.headers.get("Sec-Fetch-Site")
    told = [request.headers[name] for name in ("Origin", "Referer") if request.headers.get(name)]
    if site is not None:  # first: from a page with `no-referrer` browsers send "Origin: null"
        is_ours = site in ("same-origin", "none")
    else:  # browsers before 2020, and programs, which say nothing or what they like
        is_ours = all(_is_own(address) for address in told)
    if not is_ours:
        raise Problem(NOT_ALLOWED)


def _is_own(address: str) -> bool:
    own, sent = urlsplit(settings().public_url), urlsplit(address)
    return (sent.scheme, sent.netloc) == (own.scheme, own.netloc)


def is_device_path() -> bool:
    """A path that began with a device token: never challenged, never 401."""
    return "samleng.device_token" in request.environ


def device_token() -> str:
    token: str = request.environ.get("samleng.device_token", "")
    return token


def current_actor() -> Actor | None:
    """Who acts in this request, or None. Looked up once a request."""
    found: Actor | None = g.get("actor", _NOT_LOOKED_UP)
    if found is _NOT_LOOKED_UP:
        g.actor = None  # stands if the look-up fails: the error's own answer asks again
        found = g.actor = _find_actor()
    return found


def actor() -> Actor:
    """Who acts; for views whose act is not PUBLIC."""
    found = current_actor()
    if found is None:
        raise Problem(SIGN_IN_NEEDED)
    return found


def _find_actor() -> Actor | None:
    g.by_cookie = False
    if is_device_path():
        return _device(device_token())
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    find = _BY_SCHEME.get(scheme.casefold())
    if find is not None:
        return find(value)
    cookie = request.cookies.get(cookie_name())
    if cookie:
        g.by_cookie = True
        return _by_cookie(cookie)
    return None


def cookie_name() -> str:
    """`__Host-` needs https; on a plain desk installation the name goes without."""
    return SECURE_COOKIE if settings().is_https else COOKIE


AnyResponse = TypeVar("AnyResponse", bound=Response)


def with_cookie(response: AnyResponse, cookie: str) -> AnyResponse:
    """It goes when the browser is closed: computers are shared. The server ends it sooner or
    later besides (`lifetimes`)."""
    response.set_cookie(
        cookie_name(),
        cookie,
        path="/",
        secure=settings().is_https,
        httponly=True,
        samesite="Strict",
    )
    return response


def is_page() -> bool:
    """The address is one that people open."""
    of_programs = ("/v1/", "/healthz", "/readyz", "/metrics")
    return not request.path.startswith(of_programs) and not is_alias()


def is_alias() -> bool:
    """`/<slug>/formList` and `/<slug>/submission`: what phones of KoboToolbox are used to."""
    return request.path.rsplit("/", 1)[-1] in ("formList", "submission")


def _device(token: str) -> Actor | None:
    if not credentials.looks_like_device_token(token):
        return None
    found = queries.find_device(credentials.token_sha256(token), clock.now())
    g.is_ended_device = found is None
    return found


def _by_bearer(value: str) -> Actor | None:
    if credentials.looks_like_device_token(value):
        return _device(value)
    if credentials.is_of_script(value):  # a script is no person: pages do not know it
        return actions.find_script(value) if request.path.startswith("/v1/") else None
    return _with_code(_signed_in(value))


def _by_digest(value: str) -> Actor | None:
    """A phone, where Digest is switched on. Asked once a request: an answer is good once."""
    challenger = digest_challenger()
    if challenger is None:
        return None
    verdict = actions.check_answer(
        challenger,
        value,
        method=request.method,
        path=request.path,
        query=request.environ.get("QUERY_STRING", ""),
    )
    g.digest_is_stale, g.is_ended_device = verdict.is_stale, verdict.is_ended
    return verdict.actor


def digest_challenger() -> actions.Challenger | None:
    """How phones are asked for Digest; None where it is off."""
    chosen = settings()
    if chosen.digest_realm is None:
        return None
    return actions.Challenger(
        realm=chosen.digest_realm,
        key=digest.nonce_key(chosen.secrets.page_key),
        algorithms=(digest.SHA256, digest.MD5) if chosen.digest_md5 else (digest.SHA256,),
    )


def _signed_in(token: str) -> Actor | None:
    now = clock.now()
    claims = credentials.read_access_token(settings().secrets.jwt_key, token, now)
    if claims is None:
        return None
    with reading() as session:
        secret = credentials.token_sha256(claims.secret)
        return queries.find_by_access_token(session, claims.sign_in_pk, secret, now)


def _by_cookie(cookie: str) -> Actor | None:
    now = clock.now()
    with reading() as session:
        found = queries.find_by_cookie(session, credentials.token_sha256(cookie), now)
    if found and not found.due and found.seen_at and now - found.seen_at > lifetimes.NOTED_AFTER:
        with suppress(Problem), unit_of_work() as session:  # a full disk closes no page
            signing_in.note_use(session, found)
    return found


def _with_code(found: Actor | None) -> Actor | None:
    """The actor, fresh if the request brings a code that is right. One that is not counts as a
    failure, and the act that wanted it says so."""
    code = request.headers.get(CODE_HEADER, "")
    if found is None or found.sign_in_pk is None or found.is_fresh or not code:
        return found
    if not entering.give_code(found, code, caller()):
        return found
    with reading() as session:
        return queries.find_signed_in(session, found.sign_in_pk, clock.now())


def _with_code_of_form(found: Actor) -> Actor | None:
    """The same for a form of a page, which brings the code beside what was typed. One that is not
    right is refused at once: the form comes back (`errors`)."""
    code = fresh_code.take_out()
    if found.sign_in_pk is None or found.due or found.is_fresh or not code:
        return found
    try:
        if not entering.give_code(found, code, caller()):
            raise Problem(WRONG_CODE)
    except Problem as problem:
        g.asks_for_code = problem.kind in (WRONG_CODE, TOO_MANY_REQUESTS)
        raise
    with unit_of_work() as session:
        cookie = signing_in.change_cookie(session, found) if g.by_cookie else None
    if cookie is not None:
        after_this_request(lambda response: with_cookie(response, cookie))
    with reading() as session:
        g.actor = queries.find_signed_in(session, found.sign_in_pk, clock.now())
    return current_actor()


def caller() -> Caller:
    """Where the request comes from. The address is that of the connection, or what the configured
    number of proxies says: never a header that anybody can send."""
    return callers.of_request(
        settings().secrets.pseudonym_key,
        request.remote_addr,
        telemetry.coarse_address(request.remote_addr),
        request.headers.get("User-Agent", ""),
    )


def _by_basic(secret: str) -> Actor | None:
    """A phone; or a script, for Excel and Power BI know no bearer tokens."""
    if credentials.is_of_script(secret):
        return actions.find_script(secret) if request.path.startswith("/v1/") else None
    return _device(secret)


def _basic_secret(value: str) -> str:
    """The password of a Basic header: a token of a phone or script, never a person's password."""
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return ""
    try:
        text = decoded.decode("utf-8")
    except UnicodeDecodeError:
        text = decoded.decode("latin-1")
    return text.partition(":")[2]


_BY_SCHEME: dict[str, Callable[[str], Actor | None]] = {
    "bearer": _by_bearer,
    "basic": lambda value: _by_basic(_basic_secret(value)),
    "digest": _by_digest,
}


def project_language() -> str:
    """That of the project in the address, for a phone that is not known any more; else ours."""
    project_id = (request.view_args or {}).get("project_id")
    if project_id is None or not is_device_path():
        return settings().default_language
    try:
        with reading() as session:
            project = queries.find_project(session, project_id)
    except Problem:  # the database is away, which may be what we are about to tell
        project = None
    return project.language if project else settings().default_language


def base_url() -> str:
    """The device base of this request, absolute, with the caller's own token prefix."""
    project_id = (request.view_args or {}).get("project_id")
    prefix = f"/v1/key/{device_token()}" if is_device_path() else "/v1"
    return f"{settings().public_url}{prefix}/projects/{project_id}"
