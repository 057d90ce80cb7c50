"""What a request says of itself before anybody is looked up: from where, by which door."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from werkzeug.wrappers import Response

from service.accounts import actions, queries
from service.accounts import caller as callers
from service.accounts.caller import Caller
from service.foundation import telemetry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading
from service.foundation.problems import (
    Problem,
)
from service.foundation.sealing import pseudonym
from service.foundation.settings import Settings
from service.foundation.throttling import Pace

COOKIE = "samleng_session"

SECURE_COOKIE = "__Host-samleng_session"

_OTHER_VERSION = re.compile(r"/v(?!1/)[0-9]{1,9}/")

_NOT_LOOKED_UP: Any = object()


def settings() -> Settings:
    return settings_of(current_app)


def settings_of(app: Flask) -> Settings:
    found: Settings = app.config["SAMLENG"]
    return found


def pace() -> Pace:
    found: Pace = current_app.extensions["samleng.pace"]
    return found


def device_watch() -> actions.DeviceWatch:
    found: actions.DeviceWatch = current_app.extensions["samleng.device_watch"]
    return found


def blobs() -> LocalBlobs:
    found: LocalBlobs = current_app.extensions["samleng.blobs"]
    return found


def device_key() -> str | None:
    """Pseudonym of the install id that Collect and KoboCollect add to every address."""
    found: str | None = g.get("device_key", _NOT_LOOKED_UP)
    if found is _NOT_LOOKED_UP:
        device = request.args.get("deviceID", "")[:255]
        found = pseudonym(settings().secrets.pseudonym_key, device) if device else None
        g.device_key = found
    return found


def network() -> str:
    """A stand-in for the network that asks; the address itself is kept nowhere."""
    coarse = telemetry.coarse_address(request.remote_addr)
    return pseudonym(settings().secrets.pseudonym_key, "network", coarse)


def is_this_machine() -> bool:
    """Whether the request began on this machine. What came through a proxy that nobody configured
    did not, though the proxy is here."""
    if not settings().trusted_proxies and any(
        name in request.headers for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
    ):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def is_device_path() -> bool:
    """A path that began with a device token: never challenged, never 401."""
    return "samleng.device_token" in request.environ


def device_token() -> str:
    token: str = request.environ.get("samleng.device_token", "")
    return token


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
    is_of_program = request.path.startswith(of_programs) or asks_other_version()
    return not is_of_program and not is_alias()


def asks_other_version() -> bool:
    """A program that was written for an API that is not here."""
    return _OTHER_VERSION.match(request.path) is not None


def is_alias() -> bool:
    """`/<slug>/formList` and `/<slug>/submission`: what phones of KoboToolbox are used to."""
    return request.path.rsplit("/", 1)[-1] in ("formList", "submission")


def caller() -> Caller:
    """Where the request comes from. The address is that of the connection, or what the configured
    number of proxies says: never a header that anybody can send."""
    return callers.of_request(
        settings().secrets.pseudonym_key,
        request.remote_addr,
        telemetry.coarse_address(request.remote_addr),
        request.headers.get("User-Agent", ""),
    )


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
