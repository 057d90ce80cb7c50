"""What every device route answers with: OpenRosa headers and bodies, on success and error alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from xml.sax.saxutils import escape, quoteattr

from flask import Flask, Response, current_app, request

from service.foundation.problems import Problem
from service.web import asking, identify

OPENROSA_VERSION = "1.0"
TEXT_XML = "text/xml; charset=utf-8"
LIMIT_COLLECT = 10_000_000
"""Small batches leave something behind on 2G (Collect splits at this size)."""
LIMIT_OTHERS = 100_000_000
"""Enketo reads it as a limit for one file."""
_COLLECT_FAMILY = ("org.odk.collect", "org.koboc.collect", "Collect/")
SUCCESS = "full submission upload was successful!"
"""Collect replaces exactly this sentence by its own word for success."""


View = TypeVar("View", bound=Callable[..., Any])


def for_phones(view: View) -> View:
    """Declare that a view speaks OpenRosa: its errors, too, whoever asks."""
    view.samleng_openrosa = True  # type: ignore[attr-defined]
    return view


def for_phones_and_programs(view: View) -> View:
    """Declare that it does so to whoever says so (phones do, by header or token), and JSON to
    others: clients of Central ask the same addresses."""
    view.samleng_openrosa = False  # type: ignore[attr-defined]
    return view


def declared(app: Flask, endpoint: str | None) -> bool | None:
    """True: speaks OpenRosa to all; False: to whoever says so; None: is not for phones."""
    found: bool | None = getattr(app.view_functions.get(endpoint or ""), "samleng_openrosa", None)
    return found


_TAILS = ("formList", "submission", "manifest")


def is_device_route() -> bool:
    """Whether what is answered here, errors before all, is for a phone."""
    if request.path.startswith(("/v1/key/", "/v1/test/")):
        return True
    speaks = declared(current_app, request.endpoint)
    if speaks:
        return True
    if request.endpoint is None and request.path.rsplit("/", 1)[-1] in _TAILS:
        return True  # by a method that it does not take
    if request.endpoint is not None and speaks is None:
        return False  # Briefcase says so to Central's REST, too, and reads JSON there
    return request.path.startswith("/v1/") and OPENROSA_VERSION in _versions()


_OF_BRIEFCASE = (
    "/view/submissionList", "/view/downloadSubmission", "/upload", "/formUpload", "/formXml"
)  # fmt: skip


def is_for_scripts() -> bool:
    """What ODK Briefcase asks and no phone does: a script's token opens it."""
    path = request.path.rstrip("/")
    return path.endswith(_OF_BRIEFCASE) or "/submissions/" in path


def _versions() -> list[str]:
    """Briefcase sends the header twice."""
    return [part.strip() for part in request.headers.get("X-OpenRosa-Version", "").split(",")]


def accepted_bytes() -> int:
    """The size we announce to this client for one request."""
    agent = request.headers.get("User-Agent", "")
    return LIMIT_COLLECT if any(name in agent for name in _COLLECT_FAMILY) else LIMIT_OTHERS


def language() -> str:
    """Language of messages: the header (Collect sends none), then phone's project, then ours."""
    asked = request.accept_languages.best_match(["en", "km"]) if request.accept_languages else None
    if asked:
        return asked
    actor = identify.current_actor()
    return actor.language if actor else asking.project_language()


def add_headers(response: Response, tongue: str | None = None) -> Response:
    """To a fresh response, which has none of these. `tongue` is that of its message."""
    add = response.headers.add
    add("X-OpenRosa-Version", OPENROSA_VERSION)
    add("X-OpenRosa-Accept-Content-Length", str(accepted_bytes()))
    is_get = request.method in ("GET", "HEAD")
    add("Cache-Control", "private, no-cache" if is_get else "no-store")
    add("Content-Language", tongue or language())
    return response


def xml(body: str, status: int = 200, tongue: str | None = None) -> Response:
    """`body` without declaration, as text/xml with all headers of a device route."""
    full = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()
    return add_headers(Response(full, status=status, content_type=TEXT_XML), tongue)


def quoted(text: str) -> str:
    """`text` as an attribute value, quotes included."""
    return quoteattr(text)


def message(text: str, nature: str, status: int, tongue: str, metadata: str = "") -> Response:
    """An OpenRosaResponse whose message the phone shows to the field worker."""
    return xml(
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response">'
        f"<message nature={quoteattr(nature)}>{escape(text)}</message>{metadata}"
        "</OpenRosaResponse>",
        status,
        tongue,
    )


def problem(error: Problem) -> Response:
    """An error as the phone can show it; the URL with its token is then not shown."""
    tongue = language()
    return message(error.text(tongue), "error", error.kind.status, tongue)
