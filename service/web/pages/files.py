"""Files of a record: opened for a purpose, then shown by an address of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.accounts import policy
from service.accounts.policy import Act
from service.facts.scopes import Purpose
from service.foundation import clock, keys
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import media_types
from service.foundation.problems import (
    ADDRESS_SPENT,
    NOT_FOUND,
    Problem,
)
from service.intake import actions as intake
from service.intake.queries.preparing import Prepared
from service.review import actions as review
from service.review import purposes
from service.testimonies.terms import Faces
from service.web import asking, disposition, parts
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame, tickets
from service.web.pages.submissions import list_of
from service.web.pages.typed import one_of

CSP = "default-src 'none'; sandbox; frame-ancestors 'none'"

files = Blueprint("files", __name__)


@files.post("/p/<slug>/submissions/<submission>/files/<opened>")
@allows(Act.TESTIMONY_READ)
@takes("purpose")
def open_one(project_id: int, submission: str, opened: str) -> str:
    """Look at a file, for a purpose that the person allowed and the log keeps."""
    purpose = request.form.get("purpose", "")
    with unit_of_work() as session:
        found = review.open_file(
            session, actor(), project_id, _key(submission), _key(opened), purpose
        )
    return frame.page(
        "file.html",
        here=list_of(project_id),
        submission=submission,
        purpose=purpose,
        kind=media_types.kind(found.copy.media_type).value,
        is_shown=found.copy.media_type in disposition.SHOWN,
        size=found.copy.size,
        copy=address_of(found.copy, purpose),
        preview=found.preview and address_of(found.preview, purpose),
        faces=[*Faces] if _may_say(project_id, found.copy.media_type) else (),
        opened=opened,
        minutes=int(tickets.LIFE.total_seconds() // 60),
    )


def _may_say(project_id: int, media_type: str) -> bool:
    """Whether the reader says who is to be seen, or known by it."""
    is_seen = purposes.shows_people(media_types.kind(media_type))
    return is_seen and policy.may(actor(), Act.TESTIMONY_WRITE, project_id)


@files.post("/p/<slug>/submissions/<submission>/files/<opened>/seen")
@allows(Act.TESTIMONY_WRITE)
@takes("faces")
def say_who_is_seen(project_id: int, submission: str, opened: str) -> AnyResponse:
    """Who is to be seen on a picture, or known by what is said: before anybody publishes it."""
    faces = one_of(Faces, "faces", request.form.get("faces", ""))
    with unit_of_work() as session:
        review.say_who_is_seen(session, actor(), project_id, _key(submission), _key(opened), faces)
    return redirect(f"/p/{frame.project().slug}/submissions/{submission}?news=looked", 303)


def address_of(file: Prepared, purpose: str) -> str:
    """Where its bytes are for this sign-in, for minutes."""
    ticket = tickets.issue(_key_of_tickets(), _sign_in(), file.prepared_pk, purpose, clock.now())
    return f"/p/{frame.project().slug}/files/{file.prepared_pk}/{ticket}"


def _key_of_tickets() -> str:
    """From the key store: whoever has the file of secrets, and a stolen session that lacks a fresh
    code, must not be able to make an address that opens a file past the audit log."""
    return keys.current().stand_in("addresses of opened files").hex()


def _sign_in() -> uuid.UUID:
    """Only people that signed in look at files."""
    found = actor().sign_in_pk
    if found is None:
        raise Problem(ADDRESS_SPENT)
    return found


@files.get("/p/<slug>/files/<opened>/<ticket>")
@allows(Act.TESTIMONY_SHOW)
def show(project_id: int, opened: str, ticket: str) -> Response:
    """The bytes of a file that was opened: as a stream, in parts if asked (206)."""
    file = _key(opened)
    purpose = tickets.purpose_of(ticket, _key_of_tickets(), _sign_in(), file, clock.now())
    if purpose is None:
        raise Problem(ADDRESS_SPENT)
    with reading() as session:
        found = review.get_opened(session, actor(), project_id, file, Purpose(purpose))
    blobs = asking.blobs()
    shown = intake.content(blobs, found)
    return answer(shown.pieces, found.media_type, shown.name, found.size)


def answer(pieces: Iterator[bytes], media_type: str, name: str, size: int) -> Response:
    """What a stranger sent, so that a browser can do nothing with it but show it."""
    response = Response(
        pieces, content_type=disposition.content_type(media_type), direct_passthrough=True
    )
    response.headers["Content-Disposition"] = disposition.content_disposition(media_type, name)
    response.headers["Content-Security-Policy"] = CSP
    response.headers["Cache-Control"] = "no-store"
    return parts.answer(response, size)


def _key(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise Problem(NOT_FOUND) from error
