"""Whom a request proves to be from: device token, bearer, Basic, Digest, or the pages' cookie."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from contextlib import suppress

from flask import after_this_request, g, request

from service.accounts import actions, credentials, digest, lifetimes, queries
from service.accounts.actions import signing_in
from service.accounts.actor import Actor
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    TOO_MANY_REQUESTS,
    WRONG_CODE,
    Problem,
)
from service.web import asking, entering, fresh_code
from service.web.asking import caller, settings

CODE_HEADER = "X-Samleng-TOTP"
"""Programs give a fresh code of the second factor in it, for acts that want one."""


def find_actor() -> Actor | None:
    g.by_cookie = False
    if asking.is_device_path():
        return _device(asking.device_token())
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    find = _BY_SCHEME.get(scheme.casefold())
    if find is not None:
        return find(value)
    cookie = request.cookies.get(asking.cookie_name())
    if cookie:
        g.by_cookie = True
        return _by_cookie(cookie)
    return None


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
    found = _signed_in(value)
    if found is not None and found.id is not None and request.path.startswith("/v1/"):
        asking.pace().count(found.id)  # scripts wait for nobody: they pull whole forms
    return _with_code(found)


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


def with_code_of_form(found: Actor) -> Actor | None:
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
        after_this_request(lambda response: asking.with_cookie(response, cookie))
    with reading() as session:
        g.actor = queries.find_signed_in(session, found.sign_in_pk, clock.now())
    found_again: Actor | None = g.actor
    return found_again


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
