"""What every page shares: language, frame, headers, assets, and the project in its address."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from flask import Blueprint, Flask, Response, g, render_template, request, send_from_directory

from service.accounts import policy, queries
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import odk
from service.web.asking import settings
from service.web.identify import PUBLIC, allows, current_actor
from service.web.pages import wording
from service.web.pages.texts import LANGUAGES, text

LANGUAGE_COOKIE = "samleng_language"
YEAR_S = 365 * 24 * 3600
NO_SUCH_PROJECT = -1
UNCHOSEN = "en"
"""What the row of a person holds who never chose a language."""
NO_COOKIES = ("/withdraw/", "/treaty/", "/told/", "/promised/")
"""Pages for people who should leave no trace in the phone or computer that they use."""
STATIC = Path(__file__).parent / "static"
CSP = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CSP_WITH_SCRIPT = (
    f"{CSP}; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'"
)
"""For the pages that ask a browser for a passkey, and where sheets are keyed."""
CSP_WITH_RECORDING = CSP_WITH_SCRIPT.replace("media-src 'self'", "media-src 'self' blob:")
"""Where voice and film are recorded, and heard before they are kept."""
RECORDING = "camera=(self), microphone=(self), geolocation=()"
NAV = (
    ("today", "", Act.PROJECT_READ),
    ("figures", "figures", Act.FIGURES_READ),
    ("submissions", "submissions", Act.SUBMISSION_LIST),
    ("persons", "persons", Act.PERSON_PAIRS),
    ("cases", "cases", Act.CASE_READ),
    ("testimonies", "testimonies", Act.TESTIMONY_LIBRARY),
    ("treaty", "treaty", Act.TREATY_READ),
    ("dialogue", "dialogue", Act.DIALOGUE_READ),
    ("products", "products", Act.PRODUCT_LIST),
    ("feedback", "feedback", Act.FEEDBACK_READ),
    ("keying", "treaty/keying", Act.TREATY_KEY),
    ("telling", "telling/", Act.TELLING_BRING),
    ("sent", "sent", Act.SENT_LIST),
    ("exports", "exports", Act.EXPORTS_LIST),
    ("forms", "forms", Act.FORM_PUBLISH),
    ("lists", "lists", Act.LIST_READ),
    ("moving", "moving", Act.MOVES_LIST),
    ("phones", "phones", Act.DEVICE_MANAGE),
    ("withdrawals", "withdrawals", Act.WITHDRAWAL_READ),
    ("people", "people", Act.PEOPLE_READ),
    ("scripts", "scripts", Act.SCRIPT_MANAGE),
    ("access", "access", Act.ACCESS_EXPLAIN),
    ("audit_log", "log", Act.AUDIT_READ),
)


@dataclass(frozen=True, kw_only=True)
class Here:
    """The project in the address."""

    id: int
    slug: str
    name: str
    language: str
    """Language of its phones."""


frame = Blueprint("pages", __name__)


def install(app: Flask, *blueprints: Blueprint) -> None:
    """Add the pages to the application. A template that names what is not there is an error."""
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(frame)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)


@frame.get("/static/<name>")
@allows(PUBLIC)
def asset(name: str) -> Response:
    """Style sheet, font and mark; the address carries their hash, so they never go stale."""
    return send_from_directory(STATIC, name, max_age=YEAR_S)


def page(template: str, **context: Any) -> str:
    """A page in the reader's language."""
    return render_template(template, **context)


def page_language() -> str:
    """Asked for, else remembered, else the person's own, else the browser's, else the default."""
    chosen = (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE), _own_language())
    for language in chosen:
        if language in LANGUAGES:
            return language
    return request.accept_languages.best_match(LANGUAGES) or settings().default_language


def _own_language() -> str | None:
    actor = reader()
    return None if actor is None or actor.language == UNCHOSEN else actor.language


def reader() -> Actor | None:
    """Who reads the page; nobody, where that cannot be found out: error pages must still work."""
    try:
        return current_actor()
    except Problem:
        return None


def say(key: str, **values: object) -> str:
    """A sentence of texts.toml in the language of this page."""
    return text(key, page_language(), **values)


def project() -> Here:
    """The project in the address; there is one wherever the view's act was allowed."""
    found: Here = g.project
    return found


@frame.app_url_value_preprocessor
def _project_of_address(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The slug of an address (`/p/<slug>/…`) becomes `project_id`, before rights are checked.

    An unknown slug becomes an id that nobody has a role in: it looks like any project that is
    not yours.
    """
    if not values or "slug" not in values:
        return
    with reading() as session:
        row = queries.find_project_by_slug(session, values.pop("slug"))
    g.project = row and Here(id=row.id, slug=row.slug, name=row.name, language=row.language)
    values["project_id"] = row.id if row else NO_SUCH_PROJECT


@frame.before_app_request
def _demand_project() -> None:
    """After the rights: those of an administrator reach every project, even one that is not."""
    if "project" in g and g.project is None:
        raise Problem(NOT_FOUND)


@frame.app_context_processor
def _shared() -> dict[str, Any]:
    """What every template may use."""
    language = page_language()
    return {
        "language": language,
        "other_languages": [(code, _same_page_in(code)) for code in LANGUAGES if code != language],
        "t": partial(_text_in, language),
        "t_in": _text_in,
        "day_in": _day_in,
        "day": lambda value: wording.day(value, language),
        "moment": lambda value: wording.moment(value, language),
        "local_time": lambda value: value.astimezone(wording.ZONE).isoformat(timespec="minutes"),
        "code": lambda dimension, value: wording.code(dimension, value, language),
        "asset": asset_address,
        "grouped": odk.grouped,
        "actor": reader(),
        "now": clock.now(),
        **_emergencies(),
        "project": g.get("project"),
        "project_name": _told_name(),
        "nav": _nav(),
        "can_switch": request.method == "GET",
    }


def _day_in(language: str, value: dt.date | str) -> str:
    return wording.day(dt.date.fromisoformat(value) if isinstance(value, str) else value, language)


def _text_in(language: str, key: str, **values: object) -> str:
    return text(key, language, **values)


def _same_page_in(language: str) -> str:
    """Relative: the path of a page may hold a one-time link, which no page repeats."""
    arguments = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
    return f"?{urlencode([*arguments, ('lang', language)])}"


def _told_name() -> str:
    """The name of the project; "" where it only says the name of the site again."""
    found: Here | None = g.get("project")
    sites = {text("site.name", language).casefold() for language in LANGUAGES}
    return "" if found is None or found.name.casefold() in sites else found.name


def _emergencies() -> dict[str, Any]:
    """What the reader has by access for a day: until when the project, and which records."""
    found, actor = g.get("project"), reader()
    theirs = actor.emergencies_in(found.id) if found and actor else ()
    return {
        "emergency_until": max((one.ends_at for one in theirs if not one.record), default=None),
        "emergency_records": [(one.record, one.ends_at) for one in theirs if one.record],
    }


def _nav() -> list[tuple[str, str]]:
    """(key, address) of the pages of this project that the reader may open."""
    found, actor = g.get("project"), reader()
    if found is None or actor is None:
        return []
    return [
        (key, f"/p/{found.slug}/{path}")
        for key, path, act in NAV
        if policy.may(actor, act, found.id)
    ]


@cache
def asset_address(name: str) -> str:
    """The address of a file in static/ with the beginning of its SHA-256."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@frame.after_app_request
def _page_headers(response: Response) -> Response:
    """No page is cached or loads anything from elsewhere; three run a script, which is ours."""
    if response.mimetype != "text/html" or request.path.startswith("/v1/"):
        return response
    policy_of_page = CSP_WITH_SCRIPT if g.get("runs_script") else CSP
    if g.get("records"):
        policy_of_page = CSP_WITH_RECORDING
        response.headers["Permissions-Policy"] = RECORDING
    response.headers["Content-Security-Policy"] = policy_of_page
    if g.get("is_public_page"):  # the same for everybody: it knows no cookie
        response.headers["Cache-Control"] = "public, max-age=30"
        response.headers["Vary"] = "Accept-Language"
        return response
    response.headers["Cache-Control"] = "no-store"
    if not request.path.startswith("/setup/"):
        # Forms of older browsers send a usable Origin only so; a link's token stays untold.
        response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Vary"] = "Cookie, Accept-Language"
    if request.args.get("lang") in LANGUAGES and not request.path.startswith(NO_COOKIES):
        response.set_cookie(
            LANGUAGE_COOKIE,
            request.args["lang"],
            max_age=YEAR_S,
            secure=settings().is_https,
            httponly=True,
            samesite="Lax",
        )
    return response
