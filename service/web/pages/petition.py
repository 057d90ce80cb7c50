"""The petition for one addressee, as a package."""

from __future__ import annotations

from flask import Blueprint, Response, request

from service.accounts.policy import Act
from service.foundation.db import reading
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_FOUND,
    PRODUCT_CHANGED,
    Problem,
)
from service.treaty.actions import delivering, enclosing, telling
from service.treaty.actions.delivering import LONGEST_LETTER, Wanted
from service.treaty.custody import Step
from service.treaty.status import Status
from service.web import zip_answer
from service.web.api.treaty import public_key
from service.web.asking import settings
from service.web.fields import takes
from service.web.identify import actor as of_request
from service.web.identify import allows
from service.web.pages import frame
from service.web.pages.texts import LANGUAGES, text
from service.web.pages.typed import words

petition = Blueprint("petition", __name__)
FROM_TALLY = {
    "signed": "tally.signed", "statement": "tally.statement", "where": "tally.where",
    "hidden": "tally.hidden", "reported": "tally.reported", "reported_why": "tally.reported_why",
    "how": "tally.how", "once": "tally.how_once", "leaders": "tally.how_leaders",
    "minors": "tally.how_minors", "back": "tally.how_back", "version": "treaty.version",
    "cell": "figures.hidden", "numbers": "treaty.numbers", "paper": "sheets.title",
    "what": "petition.what", "count": "petition.count", "province": "petition.province",
    "step": "petition.step", "source": "petition.source", "check": "petition.check",
    "check_how": "petition.check_how",
}  # fmt: skip
"""Words of the letter and tables -> where they stand."""


@petition.get("/p/<slug>/treaty/petition")
@allows(Act.TREATY_MANAGE)
def show(project_id: int) -> str:
    return _page(project_id)


def _page(project_id: int, problem: str = "") -> str:
    with reading() as session:
        told = telling.tally_or_none(session, project_id)
        keyed = telling.keyed(session, project_id)
        along = enclosing.count(session, project_id, keyed)
    is_ready = told is not None and told.campaign is not None and told.statement is not None
    return frame.page(
        "petition.html",
        here="treaty",
        is_ready=is_ready,
        languages=LANGUAGES,
        longest=LONGEST_LETTER,
        along=along,
        typed=request.form,
        problem=problem,
    )


@petition.post("/p/<slug>/treaty/petition")
@allows(Act.TREATY_MANAGE)
@takes("addressee", "letter", "language", "seal")
def make(project_id: int) -> Response | tuple[str, int]:
    asked = request.form.get("language", "")
    language = asked if asked in LANGUAGES else frame.page_language()
    site = settings().public_url
    wanted = Wanted(
        addressee=words("addressee"),
        letter=words("letter", LONGEST_LETTER),
        language=language,
        address=f"{site}/treaty/{frame.project().slug}",
        seal=words("seal", 40),
    )
    try:
        pieces = delivering.make(
            of_request(),
            project_id,
            wanted,
            lambda found: _words(found, language, wanted.seal),
            public_key(),
        )
    except Problem as problem:
        if problem.kind is PRODUCT_CHANGED:
            return _page(project_id, problem.text(frame.page_language())), problem.kind.status
        if problem.kind not in (INVALID_PARAMETER, NOT_FOUND):
            raise
        return _page(project_id, problem.text(frame.page_language())), 400  # nobody collects here
    return zip_answer.leaving(pieces, "petition.zip")


def _words(told: telling.Tally, language: str, seal: str) -> dict[str, str]:
    said = {name: text(key, language) for name, key in FROM_TALLY.items()}
    said |= {f"now_{one.value}": text(f"tally.now_{one.value}", language) for one in Status}
    said |= {f"step_{one.value}": text(f"sheets.step_{one.value}", language) for one in Step}
    said["paper_counts"] = text("tally.how_paper", language, n=told.reconciled, m=told.unreconciled)
    said["sealed"] = text("petition.sealed", language, seal=seal)
    sure = told.how_sure
    said["sure"] = "" if sure is None else text(
        "tally.sure", language, lines=sure.lines, sheets=sure.sheets, n=sure.interval.estimate,
        margin=sure.interval.margin,
    )  # fmt: skip
    if told.stand_out:
        apart = text("tally.stand_out", language, n=told.stand_out)
        said["sure"] = f"{said['sure']} {apart}".strip()
    return said
