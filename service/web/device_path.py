"""The way in for phones: a token in the path is seen by nobody else, and uploads take turns."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from typing import Any

from service.foundation import turns

MASK = "-"
"""Stands in the path where a device token was."""
_TOKEN_PATH = re.compile(r"^(/v1/(?:key|test)/)([^/]+)(/.*)?$")
_NAMED_BASE = "/v1/projects/"
_TOKEN_ASKED = re.compile(r"(?:^|&)st=([^&]*)")
"""`?st=…` of public links of Enketo (decision 0043)."""
SMALL_BODY = 64 * 1024


class CutDeviceToken:
    """WSGI middleware: takes the token out of the path before any log or router sees it.

    Also folds doubled and trailing slashes of /v1 routes, which people type and phones add: a
    redirect would cost a phone its upload.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], *, only_https: bool = False) -> None:
        self.app, self.only_https = app, only_https

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(("//", "/v1/")):
            path = _with_token_of_query(environ, re.sub("/{2,}", "/", path).rstrip("/"))
            found = _TOKEN_PATH.match(path)
            if found:
                environ["samleng.device_token"] = found[2]
                path = f"{found[1]}{MASK}{found[3] or ''}"
            environ["PATH_INFO"] = path
            for raw in ("RAW_URI", "REQUEST_URI"):
                if raw in environ:
                    environ[raw] = path
            is_safe = not self.only_https or environ.get("wsgi.url_scheme") == "https"
            if environ["REQUEST_METHOD"] == "POST" and path.endswith("/submission") and is_safe:
                return self._in_turn(environ, start_response)
        return self.app(environ, start_response)

    def _in_turn(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH", "")
        body = environ["wsgi.input"]
        if length.isdecimal() and int(length) <= SMALL_BODY:
            environ["wsgi.input"] = io.BytesIO(body.read(int(length)))
        else:
            environ["wsgi.input"] = _ReadAside(body)
        with turns.taken():
            return self.app(environ, start_response)


def _with_token_of_query(environ: dict[str, Any], path: str) -> str:
    """The path as it would be with the token in it, where the query names one. The query loses it:
    addresses in answers have it in the path."""
    query = environ.get("QUERY_STRING", "")
    found = _TOKEN_ASKED.search(query) if path.startswith(_NAMED_BASE) else None
    if found is None:
        return path
    environ["QUERY_STRING"] = _TOKEN_ASKED.sub("", query).removeprefix("&")
    return f"/v1/key/{found[1] or MASK}{path.removeprefix('/v1')}"


class _ReadAside:
    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int = -1) -> bytes:
        with turns.aside():
            found: bytes = self._body.read(size)
            return found
