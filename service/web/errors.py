"""Problem -> OpenRosa message, problem+json, or a page; framework errors and crashes alike."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode, urlsplit

import structlog
from flask import Flask, Response, g, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from service.accounts import actions as accounts
from service.foundation.keys import KeyRingError
from service.foundation.problems import (
    API_VERSION_UNKNOWN,
    BODY_TOO_LARGE,
    BUSY,
    FIELD_MISSING,
    FIELD_OF_OTHER_TYPE,
    FIELDS_MISSING,
    FIELDS_UNKNOWN,
    FRESH_CODE_NEEDED,
    INSECURE_TRANSPORT,
    INTERNAL_ERROR,
    INVALID_FIELDS,
    KEYS_MISSING,
    MALFORMED_BODY,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    RANGE_NOT_SATISFIABLE,
    SECOND_FACTOR_NEEDED,
    SECOND_FACTOR_TO_ENROL,
    SIGN_IN_NEEDED,
    UNSUPPORTED_MEDIA_TYPE,
    WRONG_HOST,
    Kind,
    Problem,
)
from service.web import asking, given
from service.web.openrosa import responses
from service.web.pages import second_factor

log = structlog.get_logger("samleng.web")

_FRAMEWORK: dict[int, Kind] = {
    400: MALFORMED_BODY,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: BODY_TOO_LARGE,
    415: UNSUPPORTED_MEDIA_TYPE,
    416: RANGE_NOT_SATISFIABLE,
    422: INVALID_FIELDS,
    503: BUSY,
}


_LEADS_TO = {
    SIGN_IN_NEEDED.slug: "/sign-in",
    SECOND_FACTOR_NEEDED.slug: "/second-factor",
    SECOND_FACTOR_TO_ENROL.slug: "/second-factor/new",
    FRESH_CODE_NEEDED.slug: "/second-factor",
}
"""Pages that help; the reader comes back from them to the page that she wanted. A form that wants
a fresh code is not sent there: what was typed would be lost."""


def install(app: Flask) -> None:
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, answer_framework)
    app.register_error_handler(KeyRingError, answer_without_keys)
    app.register_error_handler(Exception, answer_crash)


def answer(problem: Problem) -> Response:
    """The one place where a Problem becomes bytes."""
    if problem.kind is not INSECURE_TRANSPORT:  # of which nothing more is read
        drain()
    if responses.is_device_route():
        response = responses.problem(problem)
    elif asking.is_page():
        response = _page(problem)
    else:
        response = _json(problem)
    return _with_headers(response, problem)


def _with_headers(response: Response, problem: Problem) -> Response:
    status = problem.kind.status
    if problem.kind.retry_after_s is not None:
        seconds = problem.context.get("seconds", problem.kind.retry_after_s)
        response.headers["Retry-After"] = str(seconds)
    if status == 401 and not asking.is_device_path() and not asking.is_page():
        for line in _challenges():
            response.headers.add("WWW-Authenticate", line)
    if "allow" in problem.context:
        response.headers["Allow"] = problem.context["allow"]
    if "content_range" in problem.context:
        response.headers["Content-Range"] = problem.context["content_range"]
    return response


def _challenges() -> list[str]:
    """Digest first where it is on: clients take the first scheme that they know. Not where phones
    have no business: scripts have tokens alone, and ODK Briefcase takes Digest wherever it is
    offered. Realms never change: phones key remembered credentials by them."""
    may_digest = responses.is_device_route() and not responses.is_for_scripts()
    challenger = given.digest_challenger() if may_digest else None
    lines = (
        accounts.challenges(challenger, is_stale=g.get("digest_is_stale", False))
        if challenger
        else []
    )
    return [*lines, 'Basic realm="Samleng", charset="UTF-8"']


def language() -> str:
    return getattr(g, "language", None) or responses.language()


def _json(problem: Problem) -> Response:
    from flask import jsonify

    kind, text = problem.kind, problem.text(language())
    details = problem.context.get("details", {})
    response: Response = jsonify(
        type=f"urn:samleng:problem:{kind.slug}",
        title=HTTP_STATUS_CODES.get(kind.status, kind.slug),
        status=kind.status,
        detail=text,
        code=kind.code,
        message=text,
        details=details,
    )
    response.status_code = kind.status
    response.content_type = "application/problem+json"
    return response


def _is_from_here() -> bool:
    """Somebody on this machine opens a page by the machine's own name for itself."""
    name = urlsplit(f"//{request.host}").hostname
    return request.method in ("GET", "HEAD") and name in ("localhost", "127.0.0.1", "::1")


def _page(problem: Problem) -> Response:
    if problem.kind is WRONG_HOST and _is_from_here():
        own = asking.settings().public_url
        return redirect(f"{own}{request.full_path.rstrip('?')}")  # type: ignore[return-value]
    helps = _LEADS_TO.get(problem.kind.slug)
    if helps and request.method in ("GET", "HEAD"):
        wanted = request.full_path.rstrip("?")
        return redirect(f"{helps}?{urlencode({'next': wanted})}")  # type: ignore[return-value]
    if problem.kind is FRESH_CODE_NEEDED or g.get("asks_for_code"):
        body, status = second_factor.asked_by_form(problem)
    else:
        body = render_template("problem.html", problem=problem, text=problem.text(language()))
        status = problem.kind.status
    return Response(body, status=status, content_type="text/html; charset=utf-8")


def answer_framework(error: HTTPException) -> Response:
    """Werkzeug's and flask-smorest's own errors, in our shape."""
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    kind = _FRAMEWORK.get(status)
    if kind is None:
        return answer(Problem(INTERNAL_ERROR if status >= 500 else MALFORMED_BODY))
    data: dict[str, Any] = getattr(error, "data", None) or {}
    context: dict[str, Any] = {"method": request.method, "given": request.mimetype}
    context["limit_mb"] = (request.max_content_length or 0) // 1_000_000
    if "messages" in data:
        kind, context["name"] = _of_fields(data["messages"])
        context["details"] = data["messages"]
    if status == 404 and asking.asks_other_version():
        kind = API_VERSION_UNKNOWN
    if status == 405 and getattr(error, "valid_methods", None):
        context["allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return answer(Problem(kind, **context))


def _of_fields(messages: Any) -> tuple[Kind, str]:
    """What is wrong with a body or a query, as Central's clients tell it apart; and with what."""
    said = dict(_said(messages))
    name = ", ".join(said)
    whys = {text for texts in said.values() for text in texts}
    if whys == {"Missing data for required field."}:
        return (FIELD_MISSING if len(said) == 1 else FIELDS_MISSING), name
    if whys == {"Unknown field."}:
        return FIELDS_UNKNOWN, name
    if all(text.startswith("Not a valid ") for text in whys):
        return FIELD_OF_OTHER_TYPE, name
    return INVALID_FIELDS, name


def _said(messages: Any, name: str = "") -> Iterator[tuple[str, list[str]]]:
    """The innermost names, and what marshmallow says of each."""
    if isinstance(messages, dict):
        for inner, told in messages.items():
            yield from _said(told, str(inner)[:80])
    else:
        yield name, messages if isinstance(messages, list) else [str(messages)]


def answer_without_keys(error: KeyRingError) -> Response:
    log.error("keys_missing", why=str(error))
    return answer(Problem(KEYS_MISSING))


def answer_crash(error: Exception) -> Response:
    """A bug: logged with a reference by class and place, never by value; answered without it."""
    if isinstance(error, HTTPException):
        return answer_framework(error)
    reference = getattr(g, "request_id", "none")
    log.error("crash", error=type(error).__name__, where=_where(error), request_id=reference)
    return answer(Problem(INTERNAL_ERROR, reference=reference))


def _where(error: Exception) -> str:
    trace, place = error.__traceback__, "?"
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{code.co_filename.rsplit('service/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def body() -> BinaryIO:
    """The request's body, never beyond its end, however often it is asked for. Who reads it counts
    for itself how much it takes.

    A body without a length (chunked) ends where the server says; granian and gunicorn do.
    """
    if request.content_length is None:
        raw: BinaryIO = request.environ["wsgi.input"]
        return raw
    request.max_content_length = sys.maxsize
    return cast(BinaryIO, request.stream)


def drain() -> None:
    """Read what is left of the body: a reply with an unread body resets the phone's connection.

    As much again as one request may hold, and no more: an honest client that is over the limit
    stays within that, and whoever sends without end is cut off.
    """
    if request.method not in ("POST", "PUT", "PATCH"):
        return
    left = asking.settings().max_body_bytes
    try:
        while left > 0:
            chunk = body().read(min(1 << 16, left))
            if not chunk:
                break
            left -= len(chunk)
    except (OSError, ValueError, HTTPException):
        log.info("drain_broken", length=request.content_length)
