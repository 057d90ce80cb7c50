"""Telling, in a browser: a form for testimonies that works without a connection. What is told
waits in the browser, locked, and is sent as an app's item (`/v1/projects/…/sync`): from there on it
is the record that a phone would have sent.

The page is the same for everybody of a project, and names nobody: the browser keeps it.
"""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, g, make_response, redirect
from werkzeug.wrappers import Response as AnyResponse

from service.accounts.policy import Act
from service.cases import directory
from service.cases.queries import listing as cases
from service.facts import codes, places
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading
from service.web import asking
from service.web.identify import allows
from service.web.pages import frame, wording

FORM_ID = "testimony"
COUNSELLING = "psy_counselling"
MOST_SERVICES = 10
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
    "yes_no": codes.YES_NO,
}
"""Question -> the codes that answer it, as in the form for phones."""

telling = Blueprint("telling", __name__)


@telling.get("/p/<slug>/telling")
@allows(Act.SUBMISSION_ADD)
def lead(project_id: int) -> AnyResponse:
    """To the page: what answers for it without a connection does so below its own address."""
    return redirect(f"/p/{frame.project().slug}/telling/", 302)


@telling.get("/p/<slug>/telling/")
@allows(Act.SUBMISSION_ADD)
def show(project_id: int) -> str:
    language = frame.page_language()
    with reading() as session:
        form = forms.find_version(session, project_id, FORM_ID)
        schema = forms.schema_of(session, form.version_pk) if form else None
        helping = directory.search(cases.services(session, project_id, _today()), need=COUNSELLING)
    g.runs_script = True
    return frame.page(
        "telling.html",
        here="telling",
        form=form,
        is_sealed=schema is not None and schema.public_key is not None,
        helping=[_name(one, language) for one in helping[:MOST_SERVICES] if one.is_open != "no"],
        lists={
            name: {code: said[language] for code, said in labels.items()}
            for name, labels in LISTS.items()
        },
        provinces=_districts(language),
        sync=f"{asking.settings().public_url}/v1/projects/{project_id}/sync",
        cookie=WAITING_COOKIE,
    )


@telling.get("/p/<slug>/telling/worker.js")
@allows(Act.SUBMISSION_ADD)
def worker(project_id: int) -> Response:
    """What answers in the browser's place while there is no connection; for this page alone."""
    source = (frame.STATIC / "telling-worker.js").read_bytes()
    return make_response(source, 200, {"Content-Type": "text/javascript; charset=utf-8"})


def _name(service: directory.Service, language: str) -> str:
    name = service.name_km if language == "km" else service.name_en
    name = name or service.name_en or service.name_km
    return f"{name}, {wording.areas([service.place], language)}" if service.place else name


def _districts(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    found = places.load()
    return [
        (one.name(language), [(d.code, d.name(language)) for d in found.children(one.code)])
        for one in found.provinces()
    ]


def _today() -> dt.date:
    return clock.now().astimezone(wording.ZONE).date()
