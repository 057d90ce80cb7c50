"""Headers on every answer, errors included, and trust in proxies."""

from __future__ import annotations

from typing import Any

from flask import Response
from werkzeug.middleware.proxy_fix import ProxyFix

from service.web import identify

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
)


ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)


def add(response: Response) -> None:
    """What a browser must not do with our answers. Nobody else sets what stands in ALWAYS."""
    headers = response.headers
    for name, value in ALWAYS:
        headers.add(name, value)
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("Cache-Control", "no-store")
    if identify.settings().is_https:
        headers.add("Strict-Transport-Security", "max-age=31536000")


def behind_proxies(app: Any, count: int) -> Any:
    """Believe forwarded headers from exactly `count` proxies, and from nobody where it is 0."""
    if count == 0:
        return app
    return ProxyFix(app, x_for=count, x_proto=count, x_host=count, x_port=0, x_prefix=0)
