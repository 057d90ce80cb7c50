"""What the routes share by which programs pull data out: purpose, validators, a stream's start."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from flask import Response, request

from service.accounts.policy import Act
from service.exports import purposes
from service.exports.actions import logging_out
from service.exports.actions.leaving import IF_BROKEN, Leaving, take_turn
from service.exports.actions.source import Source, get_source
from service.exports.purposes import Told
from service.facts.scopes import Purpose
from service.foundation.db import reading
from service.foundation.formats import odata_filter
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.review import classes
from service.web import disposition, identify

PURPOSE_HEADER = "X-Samleng-Purpose"
FILE = "text/csv; charset=utf-8"


def said() -> str:
    """The word for what the caller reads for; "" of one that says nothing."""
    return request.args.get("purpose") or request.headers.get(PURPOSE_HEADER, "")


def purpose() -> Told:
    """What the caller says that it reads for. Raises INVALID_PARAMETER."""
    told = purposes.read(said())
    if told is None:
        raise Problem(INVALID_PARAMETER, name="purpose", reason=", ".join(classes.OPENED))
    return told


def purpose_of_look() -> Purpose:
    """What one record is looked at for: where nothing is said, the team's work, as of tables: so
    programs that know no purposes read the same by every way. Raises INVALID_PARAMETER."""
    return purpose().purpose


def source(act: Act, project_id: int, form_id: str, **options: bool) -> Source:
    with reading() as session:
        return get_source(session, identify.actor(), act, project_id, form_id, purpose(), **options)


def filtered(found: Source) -> Source:
    """Cut to what `$filter` and `$orderby` say."""
    text, order = request.args.get("$filter"), request.args.get("$orderby")
    return found.cut(
        odata_filter.parse(text) if text and text.strip() else None,
        odata_filter.parse_order(order) if order and order.strip() else (),
    )


def flag(name: str, *, default: bool = False) -> bool:
    """`true` or `True`, as Python's clients write it. Raises INVALID_PARAMETER."""
    word = request.args.get(name, "").strip().lower()
    if word not in ("", "true", "false"):
        raise Problem(INVALID_PARAMETER, name=name, reason="true, false")
    return default if word == "" else word == "true"


def number(name: str) -> int | None:
    """A whole number of rows; less than none is none. Raises INVALID_PARAMETER."""
    word = request.args.get(name, "").strip()
    if not word:
        return None
    try:
        return min(max(0, int(word)), 2**31 - 1)
    except ValueError:
        raise Problem(INVALID_PARAMETER, name=name, reason="a whole number") from None


def answer(
    found: Source,
    act: Act,
    how: str,
    pieces: Iterable[bytes],
    content_type: str,
    file_name: str | None = None,
) -> Response:
    """The stream, once the log says who reads what, for which purpose. Nothing where the client
    has it already: then nothing was read. `pieces` are not begun before. Files (not tables of
    OData, of which programs read several side by side) leave one at a time."""
    etag = _etag(found)
    if request.if_none_match.contains_weak(etag):
        response = Response(status=304)
    else:
        leaving = _leaving(found, act, how, iter(pieces), IF_BROKEN.get(content_type, b""))
        response = Response(leaving, content_type=content_type, direct_passthrough=True)
        if file_name is not None:
            response.headers["Content-Disposition"] = disposition.to_keep(file_name)
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = "no-store"
    return response


def _leaving(
    found: Source, act: Act, how: str, pieces: Iterator[bytes], if_broken: bytes
) -> Leaving:
    actor = identify.actor()
    give_back = _no_turn
    if act is Act.ROWS_EXPORT:
        give_back = take_turn(actor.id, found.project_id)
    try:
        leaving = Leaving(found, pieces, if_broken)
        leaving.begin()
        logging_out.note(actor, act, found, how, records=leaving.records, whole=leaving.is_whole)
    except BaseException:
        give_back()
        raise
    was_whole, at_first = leaving.is_whole, leaving.records

    def at_end(is_whole: bool) -> None:
        give_back()
        if not was_whole:
            records = leaving.records
            logging_out.note_end(
                actor, found, how, records=records, more=records - at_first, whole=is_whole
            )

    leaving.tell_end(at_end)
    return leaving


def _no_turn() -> None:
    pass


def _etag(found: Source) -> str:
    said = (request.full_path, identify.actor().id, *found.validators())
    return hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()[:32]
