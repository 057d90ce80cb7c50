"""`/v1/projects/{pid}/sync`: for apps that do not speak OpenRosa."""

from __future__ import annotations

import re
from typing import Any

from flask import request
from flask_smorest import Blueprint

from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.cases import actions as cases
from service.foundation import clock, telemetry
from service.foundation.blobs import LocalBlobs
from service.foundation.problems import (
    BODY_TOO_LARGE,
    INVALID_PARAMETER,
    Problem,
)
from service.foundation.sealing import pseudonym
from service.intake.actions import batches, pieces
from service.intake.readers import json_item
from service.web import asking, errors, identify, raw_body
from service.web.api import cursors
from service.web.api.cursors import Cursor
from service.web.api.schemas.sync import BatchSchema, HeldSchema, PushedSchema
from service.web.identify import allows

blp = Blueprint("sync", __name__, description="Records from apps that do not speak OpenRosa")


@blp.route("/v1/projects/<int:project_id>/sync", methods=["POST"])
@allows(Act.SUBMISSION_SEND)
@blp.doc(requestBody={"content": {"application/json": {"schema": BatchSchema}}, "required": True})
@blp.response(200, PushedSchema)
def push(project_id: int) -> dict[str, Any]:
    """Take in a batch; each item is decided upon by itself, and what is told is durable. Send the
    same batch again after any other answer: nothing is counted twice. Where the phone's day is
    used up, items that are not here yet are rejected (429.2) until the next. More than 200 items
    or 8 MiB are refused whole (413.5): send them in parts."""
    return _push(project_id)


@blp.route("/v1/projects/<int:project_id>/told", methods=["POST"])
@allows(Act.TELLING_BRING)
@blp.doc(requestBody={"content": {"application/json": {"schema": BatchSchema}}, "required": True})
@blp.response(200, PushedSchema)
def bring(project_id: int) -> dict[str, Any]:
    """Take in testimonies that were told in another's browser and carried here in a file: as
    above, for new records of that form alone (others: 403.1)."""
    return _push(project_id, only_form=batches.TELLING_FORM)


def _push(project_id: int, only_form: str | None = None) -> dict[str, Any]:
    actor, watch = identify.actor(), asking.device_watch()
    refuses_new = watch.refusal(actor, request.content_length or 0)
    blobs = _demand_room(project_id)
    try:
        body = raw_body.read(batches.MOST_BYTES)
    except Problem as problem:
        raise (batches.too_large() if problem.kind is BODY_TOO_LARGE else problem) from None
    batch = batches.read_batch(body)
    sender = _sender(actor, project_id, batch.device_id, only_form)
    accepted = batches.accept_batch(sender, batch.items, blobs, cases.at_once, refuses_new)
    results: list[batches.Result] = []
    for item, result in zip(batch.items, accepted, strict=True):
        telemetry.SUBMISSIONS.labels(result.status).inc()
        if result.receipt is not None and result.receipt.adds:
            size = len(bytes(item))
            watch.count(actor, int(result.receipt.is_record), size)
            raw_body.count_share(project_id, size)
        results.append(result)
    if refuses_new and results and all(result.problem is refuses_new for result in results):
        raise refuses_new
    # As it was given, and unread: a cursor that is good no more says so to the next pull, and
    # keeps no record waiting.
    cursor = batch.cursor or cursors.written(Cursor(at=sender.received_at), actor, project_id)
    return {"results": [_told(result) for result in results], "cursor": cursor}


def _demand_room(project_id: int) -> LocalBlobs:
    """Raises a Problem where the project's share or the disk is full."""
    raw_body.demand_share(project_id)
    blobs = asking.blobs()
    raw_body.demand_disk(blobs)
    return blobs


def _sender(
    actor: Actor, project_id: int, device_id: str | None, only_form: str | None = None
) -> batches.Sender:
    return batches.Sender(
        actor=actor,
        project_id=project_id,
        device_key=_device_key(device_id),
        user_agent=request.headers.get("User-Agent", "")[:255],
        received_at=clock.now(),
        only_form=only_form,
    )


def _device_key(device_id: str | None) -> str | None:
    """As of phones, which say it in the address."""
    key = asking.settings().secrets.pseudonym_key
    return pseudonym(key, device_id[:255]) if device_id else asking.device_key()


def _told(result: batches.Result) -> dict[str, Any]:
    problem = result.problem
    return {
        "id": result.id,
        "status": result.status.value,
        "missing_attachments": list(result.missing_attachments),
        "problem": problem
        and {
            "code": problem.kind.code,
            "message": problem.text(errors.language()),
            "details": problem.context.get("details", {}),
        },
    }


_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
_FILE = "/v1/projects/<int:project_id>/sync/<item_id>/attachments/<name>"
_OF_TOLD = "/v1/projects/<int:project_id>/told/<item_id>/attachments/<name>"


@blp.route(_FILE, methods=["GET"])
@allows(Act.SUBMISSION_SEND)
@blp.response(200, HeldSchema)
def held(project_id: int, item_id: str, name: str) -> pieces.Held:
    """How much of the file is here: an upload that broke off goes on from there."""
    return pieces.find(identify.actor(), project_id, json_item.instance_id(item_id), name).held


@blp.route(_FILE, methods=["PUT"])
@allows(Act.SUBMISSION_SEND)
@blp.response(200, HeldSchema)
def put(project_id: int, item_id: str, name: str) -> pieces.Held:
    """Send the file, whole or, with `Content-Range: bytes 0-999999/5000000`, in pieces one after
    the other. Other content under the same name takes its place; the earlier one is kept."""
    return _put(project_id, item_id, name)


@blp.route(_OF_TOLD, methods=["PUT"])
@allows(Act.TELLING_BRING)
@blp.response(200, HeldSchema)
def bring_file(project_id: int, item_id: str, name: str) -> pieces.Held:
    """A file of what one brought in oneself, as above."""
    return _put(project_id, item_id, name)


def _put(project_id: int, item_id: str, name: str) -> pieces.Held:
    actor = identify.actor()
    instance_id = json_item.instance_id(item_id)
    found = pieces.find(actor, project_id, instance_id, name)  # what is not there has no ranges
    span = _span()
    asking.device_watch().refusal(
        actor, span.ends - span.begins
    )  # twice a day's bytes, and no more
    blobs = _demand_room(project_id)
    sender = _sender(actor, project_id, None)
    told = pieces.put(sender, found, span, raw_body.pieces(), blobs)
    asking.device_watch().count(actor, 0, span.ends - span.begins)
    raw_body.count_share(project_id, span.ends - span.begins)
    return told


def _span() -> pieces.Span:
    """Raises INVALID_PARAMETER, or BODY_TOO_LARGE for a file above the cap of one request."""
    length, given = request.content_length, request.headers.get("Content-Range")
    if length is None:
        raise Problem(INVALID_PARAMETER, name="Content-Length", reason="say how long it is")
    span = pieces.Span(begins=0, ends=length, total=length)
    if given is not None:
        found = _RANGE.fullmatch(given.strip())
        if found is None:
            raise _no_range("write it as bytes 0-999/5000")
        first, last, total = (int(number) for number in found.groups())
        span = pieces.Span(begins=first, ends=last + 1, total=total)
        if not first <= last < total or span.ends - first != length:
            raise _no_range("it does not fit the length of the body")
    most = asking.settings().max_body_bytes
    if span.total > most:
        raise Problem(BODY_TOO_LARGE, limit_mb=most // 1_000_000)
    if span.total == 0:
        raise Problem(INVALID_PARAMETER, name="Content-Length", reason="an empty file is none")
    return span


def _no_range(reason: str) -> Problem:
    return Problem(INVALID_PARAMETER, name="Content-Range", reason=reason)
