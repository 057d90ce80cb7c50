"""`/v1/projects/{pid}/treaty/…`: the tally that anybody can check. Without signing in, but for
sheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.foundation.db import reading
from service.foundation.sealing import Signer
from service.treaty import heads
from service.treaty.actions import telling
from service.treaty.actions.checking import HowSure
from service.treaty.heads import Head
from service.treaty.queries import log as lines_of
from service.web.api.schemas.treaty import (
    LogQuery,
    LogSchema,
    ReceiptSchema,
    SheetsSchema,
    TallySchema,
)
from service.web.asking import settings
from service.web.identify import PUBLIC, allows

blp = Blueprint("treaty", __name__, description="The tally of signatures, which anybody can check")
AT = "/v1/projects/<int:project_id>/treaty"
FOR_A_MINUTE = {"Cache-Control": "public, max-age=60"}
PIECE = 500


def public_key() -> bytes:
    return Signer(settings().secrets.audit_key).public_key


@blp.route(f"{AT}/tally", methods=["GET"])
@allows(PUBLIC)
@blp.response(200, TallySchema)
def tally(project_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """How many signed, with what does not count beside it, by province as far as it betrays
    nobody."""
    with reading(may_lag=True) as session:
        found = telling.tally(session, project_id)
    told = {
        "campaign": found.campaign and found.campaign.code,
        "goal": found.campaign and found.campaign.goal,
        "signatures": {
            "minors" if status == "minor" else status: n for status, n in found.counts.items()
        },
        "stand_out": found.stand_out,
        "by_province": found.by_province.as_dict()["cells"],
        "sheets": {"reconciled": found.reconciled, "unreconciled": found.unreconciled},
        "reported_totals": [
            {
                "source": one.source,
                "date": one.reported_on.isoformat(),
                "scope": one.scope,
                "count": one.count,
            }
            for one in found.reported
        ],
        "checked": _sure(found.how_sure),
        "log": _head(found.head or telling.NONE),
    }
    return told, 200, FOR_A_MINUTE


def _sure(found: HowSure | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "drawn_at": found.drawn_at.astimezone(dt.UTC).isoformat(),
        "sheets": found.sheets,
        "of_signatures": found.lines,
        "hold": found.interval.estimate,
        "low": found.interval.low,
        "high": found.interval.high,
    }


def _head(head: Head) -> dict[str, Any]:
    signed_at = head.at.astimezone(dt.UTC).isoformat() if head.signature else None
    return {"size": head.size, "root": head.root.hex(), "signed_at": signed_at}


@blp.route(f"{AT}/log", methods=["GET"])
@allows(PUBLIC)
@blp.arguments(LogQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, LogSchema)
def log(query: dict[str, Any], project_id: int) -> dict[str, Any]:
    """The newest signed head; with `from` and `to` also what shows that the tree of `to` lines
    begins with that of `from` (RFC 9162 §2.1.4)."""
    with reading() as session:
        head = telling.newest(session, project_id)
        told = _head(head) | {
            "key": heads.verifier_key(public_key(), project_id),
            "head": heads.note(public_key(), project_id, head) if head.signature else None,
        }
        if query["first"] is not None or query["second"] is not None:
            first, second = query["first"] or 0, query["second"] or head.size
            proof = telling.consistency(session, project_id, first, second)
            told["consistency"] = [one.hex() for one in proof]
    return told


@blp.route(f"{AT}/log/lines", methods=["GET"])
@allows(PUBLIC)
def lines(project_id: int) -> Response:
    """Every line of the log up to the newest signed head, one JSON a line: what the root is of."""
    with reading() as session:
        size = telling.newest(session, project_id).size

    def each() -> Iterator[bytes]:
        with reading() as session:
            for line in lines_of.lines(session, project_id, 0, size):
                yield line + b"\n"

    return _streamed(each, "application/jsonl")


@blp.route(f"{AT}/log/heads", methods=["GET"])
@allows(PUBLIC)
def all_heads(project_id: int) -> Response:
    """Every signed head since the beginning, one after the other."""
    key = public_key()
    with reading() as session:
        telling.newest(session, project_id)

    def each() -> Iterator[bytes]:
        with reading() as session:
            for note in telling.notes(session, project_id, key):
                yield note.encode()

    return _streamed(each, "text/plain; charset=utf-8")


def _streamed(each: Callable[[], Iterator[bytes]], content_type: str) -> Response:
    """In pieces of some kilobytes."""

    def pieces() -> Iterator[bytes]:
        held: list[bytes] = []
        for one in each():
            held.append(one)
            if len(held) == PIECE:
                yield b"".join(held)
                held.clear()
        yield b"".join(held)

    return Response(pieces(), content_type=content_type, headers=FOR_A_MINUTE)


@blp.route(f"{AT}/receipts/<code>", methods=["GET"])
@allows(PUBLIC)
@blp.response(200, ReceiptSchema)
def receipt(project_id: int, code: str) -> dict[str, Any]:
    """Whether the code on a stub is in the log, with the proof (RFC 9162 §2.1.3). What is not in
    it yet, or never will be, is not included."""
    with reading() as session:
        found = telling.receipt(session, project_id, code)
    if found is None:
        return {"included": False, "proof": []}
    return {
        "included": True,
        "status": found.history[-1].now.value,
        "leaf": found.leaf.hex(),
        "index": found.index,
        "size": found.size,
        "proof": [one.hex() for one in found.proof],
        "root": found.root.hex(),
    }


@blp.route(f"{AT}/sheets", methods=["GET"])
@allows(Act.TREATY_READ)
@blp.response(200, SheetsSchema)
def sheets(project_id: int) -> dict[str, Any]:
    """Every sheet that was keyed: what it declares, what was found on it; no names."""
    with reading(may_lag=True) as session:
        return {"items": telling.sheets(session, project_id)}
