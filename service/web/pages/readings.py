"""Who opened files of which records, what kind, for what, and when: for coordinators."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlencode

from flask import Blueprint, request

from service.accounts.policy import Act
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.formats import media_types
from service.foundation.problems import NOT_FOUND, Problem
from service.review import queries as review
from service.review.browsing import Reading
from service.web.identify import allows
from service.web.pages import frame
from service.web.pages.submissions import PAGE, key_of

readings = Blueprint("readings", __name__)


@readings.get("/p/<slug>/readings")
@allows(Act.READINGS_LIST)
def show_list(project_id: int) -> str:
    """A page of them, newest first; of everybody, of one person (`who`) or of one record."""
    who, record = request.args.get("who", type=int), request.args.get("record", "")
    before = request.args.get("before", "")
    with reading() as session:
        rows = review.list_readings(
            session,
            project_id,
            who=who,
            record=key_of(record) if record else None,
            before=_seen(before) if before else None,
            limit=PAGE + 1,
        )
    chosen = {name: str(value) for name, value in (("who", who), ("record", record)) if value}
    older = {**chosen, "before": _cursor(rows[PAGE - 1])} if len(rows) > PAGE else None
    return frame.page(
        "readings.html",
        here="access",
        rows=[(row, _kind(row), frame.say(f"file.for_{row.purpose}")) for row in rows[:PAGE]],
        chosen=chosen,
        is_first=not before,
        older=older and f"?{urlencode(older)}",
    )


def _kind(row: Reading) -> str:
    kind = "gone" if row.media_type is None else media_types.kind(row.media_type).value
    return frame.say("readings.gone") if kind == "gone" else frame.say(f"file.kind_{kind}")


def _cursor(row: Reading) -> str:
    return f"{clock.iso(row.at)}_{row.entry}"


def _seen(text: str) -> tuple[dt.datetime, uuid.UUID]:
    """Raises NOT_FOUND for what is no address of ours."""
    at, _, entry = text.partition("_")
    try:
        return dt.datetime.fromisoformat(at), uuid.UUID(entry)
    except ValueError as error:
        raise Problem(NOT_FOUND) from error
