"""The roof: wires everything, knows everybody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request

from service import jobs
from service.accounts import actions as accounts
from service.accounts import credentials
from service.accounts import tables as _accounts_tables  # noqa: F401 - maps the classes
from service.cases import tables as _cases_tables  # noqa: F401
from service.consent import actions as consent
from service.consent import tables as _consent_tables  # noqa: F401
from service.dialogue import tables as _dialogue_tables  # noqa: F401
from service.entities import tables as _entities_tables  # noqa: F401
from service.exports import tables as _exports_tables  # noqa: F401
from service.facts import tables as _facts_tables  # noqa: F401
from service.forms import tables as _forms_tables  # noqa: F401
from service.foundation import db, keys, telemetry
from service.foundation.blobs import LocalBlobs
from service.foundation.host_places import HostPlaces
from service.foundation.settings import Settings, from_environment
from service.foundation.throttling import Pace
from service.indicators.actions.preparing import Preparing
from service.intake import actions as intake
from service.intake import tables as _intake_tables  # noqa: F401
from service.moving import tables as _moving_tables  # noqa: F401
from service.persons import tables as _persons_tables  # noqa: F401
from service.products import tables as _products_tables  # noqa: F401
from service.releases import tables as _releases_tables  # noqa: F401
from service.review import tables as _review_tables  # noqa: F401
from service.testimonies import tables as _testimonies_tables  # noqa: F401
from service.treaty import tables as _treaty_tables  # noqa: F401
from service.web import (
    asking,
    body_limits,
    converters,
    device_path,
    errors,
    fields,
    headers,
    identify,
    routes,
)
from service.web.pages import product_paper

log = structlog.get_logger("samleng.app")


class Application(Flask):
    """Flask without coroutines: no view of ours is one, and Flask asks eight times a request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The application: database, blobs, routes, commands. Nothing happens before this call."""
    settings = settings or from_environment()
    telemetry.configure(settings.log_level)
    return furnish(skeleton(is_command=settings.is_command), settings)


def skeleton(*, is_command: bool = False) -> Application:
    """What is the same whatever the settings: routes, what precedes and follows each, commands."""
    app = Application("service", static_folder=None, template_folder="web/pages/templates")
    app.config["MAX_CONTENT_LENGTH"] = body_limits.ORDINARY
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.converters["name"] = converters.NameConverter
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.before_request(_begin)
    app.before_request(_first_of_all)
    app.before_request(body_limits.enforce)
    app.before_request(identify.enforce)
    app.before_request(fields.enforce)
    app.after_request(_end)
    errors.install(app)
    routes.install(app)
    unstated = identify.unstated_routes(app)
    if unstated:
        raise RuntimeError(f"routes that do not state who may call them: {unstated}")
    if is_command:
        _install_commands(app)
    return app


def furnish(app: Application, settings: Settings) -> Flask:
    """Open what the settings name, for this process and this application."""
    app.config["SAMLENG"] = settings
    db.use(
        db.Database(
            settings.database_url,
            read_url=settings.read_database_url,
            pool=settings.database_pool,
        )
    )
    keys.use(
        keys.KeyStore(
            settings.keys_database_url,
            keys.KeyRing(settings.key_file),
            keys.digest_key(settings.secrets.pseudonym_key),
        )
    )
    credentials.use(credentials.cost_for(settings.memory_mb))
    credentials.share(HostPlaces(settings.data_dir, "hash", credentials.AT_ONCE).taken)
    blobs = LocalBlobs(settings.blobs_dir)
    blobs.prepare()
    app.extensions["samleng.blobs"] = blobs
    app.extensions["samleng.first_of_all"] = FirstOfAll(blobs)
    app.extensions["samleng.pace"] = Pace(settings.api_requests_a_minute)
    app.extensions["samleng.device_watch"] = accounts.DeviceWatch(
        accounts.Quota(
            submissions=settings.device_submissions_a_day,
            bytes=settings.device_mib_a_day * 1024 * 1024,
        )
    )
    app.extensions["samleng.share_watch"] = intake.ShareWatch()
    app.extensions["samleng.papers"] = product_paper.papers
    app.extensions["samleng.worker"] = jobs.EmbeddedWorker(jobs.tools_of(settings, blobs))
    app.extensions["samleng.preparing"] = Preparing(settings.memory_mb)
    answered = headers.OnEveryAnswer(app.wsgi_app, lambda: asking.settings_of(app).is_https)
    app.wsgi_app = headers.behind_proxies(  # type: ignore[method-assign]
        device_path.CutDeviceToken(answered, only_https=settings.is_https),
        settings.trusted_proxies,
    )
    return app


class FirstOfAll:
    """Before the first answer of this process, what was taken back is erased from whatever backup
    was put in place; until that is done nobody is answered."""

    def __init__(self, blobs: LocalBlobs) -> None:
        self._blobs = blobs
        self._lock = threading.Lock()
        self._is_done = False

    def __call__(self) -> None:
        if self._is_done or request.path == "/healthz":
            return
        with self._lock:
            if not self._is_done:
                consent.replay(self._blobs)
                self._is_done = True


def _first_of_all() -> None:
    current_app.extensions["samleng.first_of_all"]()


def start_worker(app: Flask) -> None:
    """Run jobs in a thread of this process, unless the settings give them to `flask worker`; and
    make figures ready in another."""
    settings: Settings = app.config["SAMLENG"]
    if settings.is_command:
        return
    if settings.embedded_worker:
        worker: jobs.EmbeddedWorker = app.extensions["samleng.worker"]
        worker.start()
    preparing: Preparing = app.extensions["samleng.preparing"]
    preparing.start()


def _install_commands(app: Flask) -> None:
    from service.cli import commands

    commands.install(app)


def _begin() -> None:
    g.request_id = telemetry.new_request_id()
    g.started = time.perf_counter()


def _end(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "unmatched"
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    telemetry.count_request(route, response.status_code, seconds)
    response.headers.add("X-Request-Id", g.get("request_id", "-"))
    if response.status_code >= 500:
        log.warning(
            "request",
            route=route,
            method=request.method,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            request_id=g.get("request_id"),
            network=telemetry.coarse_address(request.remote_addr),
        )
    return response
