"""Telling, in a browser: a form for testimonies that works without a connection. What is told
waits in the browser, locked, and is sent as an app's item (`/v1/projects/…/sync`): from there on it
is the record that a phone would have sent.

The page is the same for everybody of a project, and names nobody: the browser keeps it.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
from functools import cache

import orjson
from flask import Blueprint, Response, g, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.accounts import policy
from service.accounts.policy import Act
from service.cases.actions import helping
from service.cases.actions.helping import Helper
from service.facts import codes, places
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem
from service.intake.actions import batches
from service.web import asking
from service.web.identify import actor, allows
from service.web.pages import frame, wording

FORM_ID = batches.TELLING_FORM
WAITING_COOKIE = "samleng_waiting"
"""Set by the page while something waits in this browser, so that signing out can say so."""
LISTS = {
    "c_method": codes.CONSENT_METHOD,
    "c_language": codes.CONSENT_LANGUAGE,
    "c_proxy_relation": codes.RELATIONSHIP,
    "sex": codes.SEX,
    "age_band": codes.AGE_BAND5,
    "kind": codes.TESTIMONY_KIND,
    "form": codes.TESTIMONY_FORM,
    "language": codes.CONSENT_LANGUAGE,
    "distress_flag": codes.DISTRESS,
    "attribution": codes.ATTRIBUTION,
    "yes_no": codes.YES_NO,
}
"""Question -> the codes that answer it, as in the form for phones."""

telling = Blueprint("telling", __name__)


@telling.get("/p/<slug>/telling")
@allows(Act.TELLING_BRING)
def lead(project_id: int) -> AnyResponse:
    """To the page: what answers for it without a connection does so below its own address."""
    return redirect(f"/p/{frame.project().slug}/telling/", 302)


@telling.get("/p/<slug>/telling/")
@allows(Act.TELLING_BRING)
def show(project_id: int) -> str:
    language = frame.page_language()
    with reading() as session:
        form = forms.find_version(session, project_id, FORM_ID)
        schema = forms.schema_of(session, form.version_pk) if form else None
        found = helping.helpers(session, project_id, _today())
    may_tell = policy.may(actor(), Act.SUBMISSION_ADD, project_id)
    g.runs_script = g.records = True
    return frame.page(
        "telling.html",
        here="telling",
        form=form,
        is_sealed=schema is not None and schema.public_key is not None,
        helping=[(one.service.place, _call(one, language)) for one in found],
        lists={
            name: {code: said[language] for code, said in labels.items()}
            for name, labels in LISTS.items()
        },
        provinces=_districts(language),
        places=f"/p/{frame.project().slug}/telling/places/",
        places_version=_places_version(language),
        may_tell=may_tell,
        sync=f"{asking.settings().public_url}/v1/projects/{project_id}"
        + ("/sync" if may_tell else "/told"),
        cookie=WAITING_COOKIE,
    )


@telling.get("/p/<slug>/telling/worker.js")
@allows(Act.TELLING_BRING)
def worker(project_id: int) -> Response:
    """What answers in the browser's place while there is no connection; for this page alone."""
    source = (frame.STATIC / "telling-worker.js").read_bytes()
    return make_response(source, 200, {"Content-Type": "text/javascript; charset=utf-8"})


@telling.get("/p/<slug>/telling/places/<told_province>.json")
@allows(Act.SUBMISSION_ADD)
def list_places(project_id: int, told_province: str) -> Response:
    """Communes and villages of a province, by district: `{"0203": [["020301", "Name", [["02030101",
    "Name"], …]], …]}`. Everybody may know them; the browser keeps them."""
    found = places.load().find(told_province)
    if found is None or found.parent is not None:
        raise Problem(NOT_FOUND)
    packed = _packed_places(told_province, frame.page_language())
    takes_gzip = request.accept_encodings["gzip"] > 0
    response = make_response(packed if takes_gzip else gzip.decompress(packed))
    response.headers["Content-Type"] = "application/json"
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    return response


@cache
def _packed_places(province: str, language: str) -> bytes:
    known = places.load()
    told = {
        district.code: [
            [
                commune.code,
                commune.name(language),
                [[one.code, one.name(language)] for one in known.children(commune.code)],
            ]
            for commune in known.children(district.code)
        ]
        for district in known.children(province)
    }
    return gzip.compress(orjson.dumps(told), 9, mtime=0)


@cache
def _places_version(language: str) -> str:
    """Other where a name is another: the lists are asked for once."""
    codes_of = [one.code for one in places.load().provinces()]
    whole = b"".join(_packed_places(code, language) for code in codes_of)
    return hashlib.sha256(whole).hexdigest()[:12]


def _call(helper: Helper, language: str) -> str:
    """Who is called, and where."""
    service = helper.service
    name = service.name_km if language == "km" else service.name_en
    name = name or service.name_en or service.name_km
    where = wording.areas([service.place], language) if service.place else ""
    return ", ".join(part for part in (name, where, helper.phone) if part)


def _districts(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    found = places.load()
    return [
        (one.name(language), [(d.code, d.name(language)) for d in found.children(one.code)])
        for one in found.provinces()
    ]


def _today() -> dt.date:
    return clock.now().astimezone(wording.ZONE).date()
