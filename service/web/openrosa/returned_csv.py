"""`returned.csv`: what was returned to whoever asks, beside a form that refers to it.

A plain file, and no entity list: Collect compares its hash with that of the file it has, and loads
the form again only where it changed. It names nobody; it goes to the phone that sent the records,
and to no other.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from service.accounts import queries as accounts
from service.facts import places
from service.forms import queries as forms
from service.forms.queries import OfferedForm
from service.forms.returned_file import FILE, LIST
from service.foundation.db import reading
from service.foundation.formats import csv_text
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import md5_hex
from service.review.queries.returned import Returned, list_returned
from service.review.states import Reason
from service.web import identify
from service.web.openrosa import addresses, downloads
from service.web.pages import wording
from service.web.pages.texts import text

HEADER = ("name", "label", "returned_on", "sent_on", "place", "reason", "number")
TEXT_CSV = "text/csv; charset=utf-8"
NUMBER = 6
"""So many letters of the end of a record's ID are shown, here and on the page of what one sent."""


def entry(project_id: int, form: OfferedForm, base: str) -> str:
    """Its place in the manifest of a version that refers to it; "" for others."""
    with reading() as session:
        if not forms.is_wanted(session, form.form_pk, LIST, form.version_pk):
            return ""
    md5 = md5_hex(_content(project_id, form))
    return (
        f"<mediaFile><filename>{FILE}</filename><hash>md5:{md5}</hash>"
        f"<downloadUrl>{addresses.returned_url(base, form)}</downloadUrl></mediaFile>"
    )


def answer(project_id: int, form: OfferedForm) -> Response:
    """The file, for a form of which some version refers to it."""
    with reading() as session:
        if not forms.is_wanted(session, form.form_pk, LIST):
            raise Problem(NOT_FOUND)
    return of_bytes(_content(project_id, form))


def of_bytes(body: bytes) -> Response:
    response = downloads.answer_text(md5_hex(body), lambda: body, TEXT_CSV, len(body), keeps=False)
    response.headers.set("Content-Disposition", "attachment", filename=FILE)
    response.headers["Cache-Control"] = "no-store"  # what is mended leaves no trace in a cache
    return response


def _content(project_id: int, form: OfferedForm) -> bytes:
    who = identify.actor().id
    with reading() as session:
        project = accounts.find_project(session, project_id)
        found = list_returned(session, project_id, form.form_pk, who) if who is not None else []
    return written(found, project.language if project else "km")


def written(found: Sequence[Returned], language: str) -> bytes:
    """The header at least: without the file the form would not open."""
    rows = ([*map(_one_line, _row(one, language))] for one in found)
    return b"".join(csv_text.table(HEADER, rows))


NOTHING = written([], "en")
"""For whoever tries a draft, or reads a form by a program: to them nothing was returned."""


def _row(one: Returned, language: str) -> tuple[str, ...]:
    sent_on = wording.day(one.sent_at.astimezone(wording.ZONE).date(), language)
    returned_on = wording.day(one.returned_at.astimezone(wording.ZONE).date(), language)
    place = places.load().name(one.place, language) if one.place else ""
    reasons = one.reasons or (Reason.CALL,)  # Central's clients return without a reason
    reason = " ".join(text(f"review.reason_{code}", language) for code in reasons)
    number = one.instance_id[-NUMBER:]
    label = " · ".join(filter(None, (sent_on, place, f"…{number}", reason)))
    return (one.instance_id, label, returned_on, sent_on, place, reason, number)


def _one_line(value: str) -> str:
    """Collect's lists hold one line a row."""
    return " ".join(value.split())
