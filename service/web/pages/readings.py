"""Who read names and testimony, of whom, for what, and when: for coordinators."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlencode

from flask import Blueprint, request

from service.accounts.policy import Act
from service.exports.purposes import UNKNOWN
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.formats import media_types
from service.foundation.problems import NOT_FOUND, Problem
from service.review.browsing import Reading
from service.review.queries import readings as entries
from service.web.identify import allows
from service.web.pages import frame
from service.web.pages.submissions import PAGE, key_of
from service.web.pages.texts import catalogue

readings = Blueprint("readings", __name__)


@readings.get("/p/<slug>/readings")
@allows(Act.READINGS_LIST)
def show_list(project_id: int) -> str:
    """A page of them, newest first; of everybody, of one person (`who`) or of one record."""
    who, record = request.args.get("who", type=int), request.args.get("record", "")
    before = request.args.get("before", "")
    with reading() as session:
        rows = entries.list_readings(
            session,
            project_id,
            who=who,
            record=key_of(record) if record else None,
            before=_seen(before) if before else None,
            limit=PAGE + 1,
        )
    names = _names(project_id)
    chosen = {name: str(value) for name, value in (("who", who), ("record", record)) if value}
    older = {**chosen, "before": _cursor(rows[PAGE - 1])} if len(rows) > PAGE else None
    return frame.page(
        "readings.html",
        here="access",
        rows=[(row, _what(row), _where(row, names), _purpose(row)) for row in rows[:PAGE]],
        chosen=chosen,
        is_first=not before,
        older=older and f"?{urlencode(older)}",
    )


Names = tuple[dict[int, str], dict[int, str]]


def _names(project_id: int) -> Names:
    """Titles of forms and names of lists, by their keys."""
    with reading() as session:
        titles = {form.form_pk: form.title for form in forms.list_forms(session, project_id)}
        return titles, {one.list_pk: one.name for one in forms.list_lists(session, project_id)}


def _what(row: Reading) -> str:
    """The kind of the file, or the kinds of answers."""
    if row.action == Act.TESTIMONY_READ:
        kind = "gone" if row.media_type is None else media_types.kind(row.media_type).value
        return frame.say("readings.gone") if kind == "gone" else frame.say(f"file.kind_{kind}")
    if row.action in _IN_WORDS:
        return frame.say(_IN_WORDS[row.action])
    return ", ".join(frame.say(f"readings.class_{one}") for one in row.classes)


_IN_WORDS = {
    Act.ENTITY_NAMES.value: "readings.of_list",
    "entity.carry": "readings.carried",
    "review.read_comments": "readings.comments",
}
"""Those that say no classes."""


def _where(row: Reading, names: Names) -> str:
    titles, lists = names
    if row.list_pk is not None:
        return lists.get(row.list_pk, "")
    return "" if row.form_pk is None else titles.get(row.form_pk, "")


def _purpose(row: Reading) -> str:
    """As it was said. Programs may have said nothing."""
    if row.purpose in ("", UNKNOWN):
        return frame.say("readings.for_unknown")
    is_of_files = f"file.for_{row.purpose}" in catalogue()
    return frame.say(f"file.for_{row.purpose}" if is_of_files else f"exports.for_{row.purpose}")


def _cursor(row: Reading) -> str:
    return f"{clock.iso(row.at)}_{row.entry}"


def _seen(text: str) -> tuple[dt.datetime, uuid.UUID]:
    """Raises NOT_FOUND for what is no address of ours."""
    at, _, entry = text.partition("_")
    try:
        return dt.datetime.fromisoformat(at), uuid.UUID(entry)
    except ValueError as error:
        raise Problem(NOT_FOUND) from error
