"""The public page of a campaign: no cookie, no script, the same for everybody, so anybody may keep
a copy of it; and the answer to whoever types the code of a stub, which nobody keeps."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, g, request

from service.accounts import queries as accounts
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem
from service.treaty import heads, verify_tally
from service.treaty.actions import quoting, telling
from service.treaty.status import COUNTS, Status
from service.web.api.treaty import public_key
from service.web.asking import settings
from service.web.fields import takes
from service.web.identify import PUBLIC, allows
from service.web.pages import frame, tile_map, wording
from service.web.pages.texts import LANGUAGES, text

tally = Blueprint("tally", __name__)
BESIDE = tuple(one for one in Status if one is not Status.VALID)
"""What is told beside the number, where somebody stands so."""


@tally.get("/treaty/<project>")
@allows(PUBLIC)
def show(project: str) -> Response:
    """For half a minute anybody may keep it: a leader who takes a sentence back is gone in one."""
    response = Response(_page(project))
    response.add_etag(weak=True)
    g.is_public_page = True
    response.make_conditional(request)
    return response


@tally.post("/treaty/<project>")
@allows(PUBLIC)
@takes("code")
def check(project: str) -> str:
    """Whether the code of a stub is in the log, and how the signature stands."""
    project_id = _project_id(project)
    try:
        with reading() as session:
            found = telling.receipt(session, project_id, request.form.get("code", ""))
    except Problem:
        return _page(project, answer="bad_code")
    if found is None:
        return _page(project, answer="not_there")
    now = found.history[-1].now
    return _page(project, answer="counts" if now in COUNTS else "counts_not", status=now)


@tally.get("/treaty/verify_tally.py")
@allows(PUBLIC)
def script() -> Response:
    """The script by which anybody checks the tally."""
    source = Path(verify_tally.__file__).read_bytes()
    g.is_public_page = True
    return Response(source, content_type="text/x-python; charset=utf-8")


def _page(project: str, answer: str = "", status: Status | None = None) -> str:
    project_id, language = _project_id(project), _language()
    with reading(may_lag=True) as session:
        found = telling.tally(session, project_id)
    with reading() as session:
        quotes = quoting.shown(session, project_id)
    head = found.head or telling.NONE
    api = f"{settings().public_url}/v1/projects/{project_id}/treaty"
    campaign = found.campaign
    title = campaign and (campaign.title_km if language == "km" else campaign.title_en)
    return frame.page(
        "tally.html",
        language=language,
        t=partial(_text, language),
        day=partial(_day, language),
        moment=lambda value: wording.moment(value, language),
        title=title or text("tally.title", language),
        address=f"/treaty/{project}?lang={language}",
        others=[(code, f"?lang={code}") for code in LANGUAGES if code != language],
        told=found,
        beside=[one for one in BESIDE if found.counts[one.value]],
        statement=found.statement
        and (found.statement.km if language == "km" else found.statement.en),
        quotes=quotes,
        kind=lambda code: wording.code("kind", code, language),
        map=tile_map.draw(found.by_province.as_dict(), language, is_lean=True),
        head=head if head.signature else None,
        key=heads.verifier_key(public_key(), project_id),
        api=api,
        answer=answer,
        status=status,
        grouped_number=lambda n: f"{n:,}",
    )


def _language() -> str:
    """Asked for in the address, else the browser's: nothing is remembered."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES) or settings().default_language


def _text(language: str, key: str, **values: Any) -> str:
    return text(key, language, **values)


def _day(language: str, value: Any) -> str:
    return wording.day(value, language)


def _project_id(slug: str) -> int:
    with reading() as session:
        row = accounts.find_project_by_slug(session, slug)
    if row is None:
        raise Problem(NOT_FOUND)
    return row.id
