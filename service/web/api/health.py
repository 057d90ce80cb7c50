"""For machines that watch: alive, ready, and counted."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.foundation import job_queue, keys, telemetry
from service.foundation.db import is_answering, reading
from service.foundation.problems import BUSY, DISK_FULL, NOT_FOUND, Problem
from service.web import asking
from service.web.asking import is_this_machine, settings
from service.web.identify import PUBLIC, allows

blp = Blueprint("health", __name__)


@blp.get("/healthz")
@allows(PUBLIC)
def alive() -> Response:
    """The process answers. Says nothing of the database."""
    return jsonify(status="ok")


@blp.get("/readyz")
@allows(PUBLIC)
def ready() -> Response:
    """The process can take submissions: database and keys answer, and the disk has room."""
    if not is_answering():
        raise Problem(BUSY)
    keys.current().prepare()
    room = asking.blobs().room()
    if room.free < settings().floor_bytes(room.disk):
        raise Problem(DISK_FULL)
    return jsonify(status="ready")


@blp.get("/metrics")
@allows(PUBLIC)
def metrics() -> Response:
    """Prometheus text: counts and times by route template; no ids, no names. For this machine
    alone: when how much comes is nobody else's to know."""
    if not is_this_machine():
        raise Problem(NOT_FOUND)
    with reading() as session:
        waiting = job_queue.count(session)
    telemetry.JOBS_WAITING.set(waiting["waiting"])
    telemetry.JOBS_BURIED.set(waiting["buried"])
    return Response(generate_latest(telemetry.REGISTRY), content_type=CONTENT_TYPE_LATEST)
