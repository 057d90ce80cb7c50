"""Headers on every answer, errors included, and trust in proxies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
)


ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
"""Nobody else sets them."""
HTTPS_ONLY = (("Strict-Transport-Security", "max-age=31536000"),)
UNLESS_SAID = (
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", CSP),
    ("Cache-Control", "no-store"),
)


class OnEveryAnswer:
    """WSGI middleware: what a browser must not do with our answers.

    Here, and not where the framework lets one change a response: its headers look at every value
    and every name anew, which costs a submission as much as an INSERT.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], is_https: Callable[[], bool]) -> None:
        self._app, self._is_https = app, is_https

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, said: list[tuple[str, str]], *error: Any) -> Any:
            names = {name.lower() for name, _ in said}
            more = [pair for pair in UNLESS_SAID if pair[0].lower() not in names]
            secure = HTTPS_ONLY if self._is_https() else ()
            return start_response(status, [*said, *ALWAYS, *secure, *more], *error)

        return self._app(environ, start)


def behind_proxies(app: Any, count: int) -> Any:
    """Believe forwarded headers from exactly `count` proxies, and from nobody where it is 0."""
    if count == 0:
        return app
    return ProxyFix(app, x_for=count, x_proto=count, x_host=count, x_port=0, x_prefix=0)
