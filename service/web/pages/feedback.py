"""What goes back to communes: the page, the sheet to print, and the list on phones."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from service.accounts import policy
from service.accounts.policy import Act
from service.dialogue import sheet
from service.dialogue.actions import feeding, figures
from service.dialogue.feedback import TITLES, Feedback
from service.dialogue.sheet import Paper
from service.disclosure.rules import Audience
from service.facts import places
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import pdf
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.texts import LANGUAGES, text
from service.web.pages.typed import one_of

feedback = Blueprint("feedback_pages", __name__)


@feedback.get("/p/<slug>/feedback")
@allows(Act.FEEDBACK_READ)
def show_list(project_id: int) -> str:
    """Communes within the reader's reach, by province."""
    with reading() as session:
        found = feeding.list_communes(session, actor(), project_id)
    known, language = places.load(), frame.page_language()
    by_province: dict[str, list[tuple[str, str]]] = {}
    for code in found.codes:
        province, *inner = known.ancestors(code)
        name = ", ".join(known.name(one, language) for one in reversed(inner))
        by_province.setdefault(known.name(province, language), []).append((code, name))
    return frame.page(
        "feedback_list.html",
        here="feedback",
        provinces=by_province,
        is_on_phones=found.is_on_phones,
        may_put=policy.may(actor(), Act.DIALOGUE_CHANGE, project_id),
    )


@feedback.post("/p/<slug>/feedback/phones")
@allows(Act.DIALOGUE_CHANGE)
@takes()
def put_on_phones(project_id: int) -> Response:
    """Make the list that phones fetch; it follows by itself from then on."""
    with unit_of_work() as session:
        feeding.put_on_phones(session, actor(), project_id)
    return redirect(f"/p/{frame.project().slug}/feedback", 303)


@feedback.get("/p/<slug>/feedback/<place>")
@allows(Act.FEEDBACK_READ)
def show(project_id: int, place: str) -> str:
    told, audience = _told(project_id, place)
    return frame.page(
        "feedback.html",
        here="feedback",
        told=told,
        titles=TITLES,
        audience=audience,
        audiences=figures.INSIDE
        if policy.may(actor(), Act.DIALOGUE_READ, project_id)
        else (Audience.PUBLIC,),
        papers=[*Paper],
        languages=LANGUAGES,
    )


@feedback.get("/p/<slug>/feedback/<place>/sheet")
@allows(Act.FEEDBACK_READ)
def show_sheet(project_id: int, place: str) -> Response:
    """A5 or A4, in one language or in both. Of figures for partners it says what they are for."""
    paper = one_of(Paper, "paper", request.args.get("paper") or Paper.A5)
    told, audience = _told(project_id, place)
    asked = request.args.get("language", "")
    languages = [asked] if asked in LANGUAGES else ["km", "en"]
    inside = {
        one: text("feedback.inside", one) if audience is Audience.PARTNER else ""
        for one in languages
    }
    foot = {one: text("feedback.foot", one) for one in languages}
    body = sheet.make(told, paper, languages, inside=inside, foot=foot)
    response = Response(body, content_type=pdf.PDF)
    response.headers["Content-Disposition"] = f'inline; filename="feedback-{told.place}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _told(project_id: int, place: str) -> tuple[Feedback, Audience]:
    audience = one_of(Audience, "audience", request.args.get("audience") or Audience.PUBLIC)
    if audience not in figures.INSIDE:
        audience = Audience.PUBLIC
    with reading() as session:
        return feeding.of_commune(session, actor(), project_id, place, audience), audience
