"""`/v1/projects/{pid}/sync`: for apps that do not speak OpenRosa."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.facts import actions as facts
from service.foundation import clock, telemetry
from service.foundation.blobs import LocalBlobs
from service.foundation.problems import BODY_TOO_LARGE, DISK_FULL, MALFORMED_BODY, Problem
from service.foundation.sealing import pseudonym
from service.intake.actions import batches
from service.web import errors, identify
from service.web.api.schemas.sync import BatchSchema, PushedSchema
from service.web.identify import allows

blp = Blueprint("sync", __name__, description="Records from apps that do not speak OpenRosa")

MOST_BYTES = 16_000_000
"""Of one batch: attachments come by themselves."""


@blp.route("/v1/projects/<int:project_id>/sync", methods=["POST"])
@allows(Act.SUBMISSION_SEND)
@blp.doc(requestBody={"content": {"application/json": {"schema": BatchSchema}}, "required": True})
@blp.response(200, PushedSchema)
def push(project_id: int) -> dict[str, Any]:
    """Take in a batch; each item is decided upon by itself, and what is told is durable. Send the
    same batch again after any other answer: nothing is counted twice."""
    actor, watch = identify.actor(), identify.device_watch()
    body = _body()
    watch.demand_room(actor, len(body))
    blobs: LocalBlobs = current_app.extensions["samleng.blobs"]
    room = blobs.room()
    if room.free < identify.settings().floor_bytes(room.disk):
        raise Problem(DISK_FULL)
    device_id, items = batches.read_batch(body)
    sender = batches.Sender(
        actor=actor,
        project_id=project_id,
        device_key=_device_key(device_id),
        user_agent=request.headers.get("User-Agent", "")[:255],
        received_at=clock.now(),
    )
    results = []
    for item, result in zip(
        items, batches.accept_batch(sender, items, blobs, facts.at_once), strict=True
    ):
        telemetry.SUBMISSIONS.labels(result.status).inc()
        if result.receipt is not None and result.receipt.adds:
            watch.count(actor, int(result.receipt.is_record), len(bytes(item)))
        results.append(_told(result))
    return {"results": results, "cursor": None}


def _body() -> bytes:
    """The whole of it. Raises BODY_TOO_LARGE, before anything is read where its length says so."""
    length = request.content_length
    if length is not None and length > MOST_BYTES:
        raise Problem(BODY_TOO_LARGE, limit_mb=MOST_BYTES // 1_000_000)
    stream, body = errors.body(), bytearray()
    try:
        while chunk := stream.read(1 << 16):
            body += chunk
            if len(body) > MOST_BYTES:
                raise Problem(BODY_TOO_LARGE, limit_mb=MOST_BYTES // 1_000_000)
    except OSError as error:
        raise Problem(MALFORMED_BODY) from error
    if length is not None and len(body) < length:
        raise Problem(MALFORMED_BODY)
    return bytes(body)


def _device_key(device_id: str | None) -> str | None:
    """As of phones, which say it in the address."""
    key = identify.settings().secrets.pseudonym_key
    return pseudonym(key, device_id[:255]) if device_id else identify.device_key()


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
