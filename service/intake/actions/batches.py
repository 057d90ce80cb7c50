"""A batch of an app's items: each is decided upon by itself, as if a phone had sent it.

What is wrong with one item is said of that item; what is wrong here (a full disk, a database
that is away) ends the batch, and the app sends it again: what was stored already is a repeat then.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from service.accounts.actor import Actor
from service.forms import queries as forms
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading
from service.foundation.problems import (
    BATCH_TOO_LARGE,
    FORM_UNKNOWN,
    INVALID_FIELDS,
    ITEM_INVALID,
    NOT_ALLOWED,
    Problem,
)
from service.intake.actions.accepting import AtOnce, accept
from service.intake.actions.receipts import Receipt
from service.intake.actions.reception import Reception
from service.intake.actions.sealing_here import sealed_name
from service.intake.actions.understanding import Understood
from service.intake.edit_rules import Outcome
from service.intake.envelope import JSON, Envelope
from service.intake.queries import held as held_of
from service.intake.readers import json_item
from service.intake.readers.json_item import Item, NotAnswers

TELLING_FORM = "testimony"
"""F4: what is told in a browser, too."""
MOST_ITEMS = 200
MOST_BYTES = 8 * 1024 * 1024
"""Of one batch: attachments come by themselves."""
QUARANTINE = "quarantine"


class Status(enum.StrEnum):
    """What an app needs to know of its item."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    """It was here, or has been taken back: nothing is left to do."""
    QUEUED = "queued"
    """Kept, for a person to look at."""
    REJECTED = "rejected"
    """Not kept: mend it, or do what the problem says, and send it again."""


_STATUS: dict[str, Status] = {
    Outcome.NEW: Status.STORED,
    Outcome.EDIT: Status.STORED,
    Outcome.SAME: Status.DUPLICATE,
    Outcome.MORE_FILES: Status.DUPLICATE,
    Outcome.ERASED: Status.DUPLICATE,
    Outcome.QUEUE: Status.QUEUED,
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one item."""

    id: str | None
    """As the item gave it; None where it gave none that can be read."""
    status: Status
    missing_attachments: tuple[str, ...] = ()
    """Names of files that its answers name and that have not come yet."""
    problem: Problem | None = None
    receipt: Receipt | None = None


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who sends a batch, from what."""

    actor: Actor
    project_id: int
    device_key: str | None
    user_agent: str
    received_at: dt.datetime
    only_form: str | None = None
    """New records of this form, and nothing else, may be sent so."""


def read_batch(body: bytes) -> Batch:
    """Its items unread. Raises INVALID_FIELDS where the body is no batch at all,
    BATCH_TOO_LARGE where it is to be sent in parts."""
    try:
        batch = msgspec.json.decode(body, type=Batch)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        details = _strange(body) or {"body": [_said(error)]}
        raise Problem(INVALID_FIELDS, details=details) from None
    if len(batch.items) > MOST_ITEMS:
        raise too_large()
    return batch


def too_large() -> Problem:
    return Problem(BATCH_TOO_LARGE, items=MOST_ITEMS, limit_mb=MOST_BYTES // 2**20)


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an app sends at once. `cursor`: where its pulls have come to."""

    items: list[msgspec.Raw]
    device_id: str | None = None
    cursor: str | None = None


def _strange(body: bytes) -> dict[str, list[str]]:
    """Fields that a batch does not have, by name."""
    try:
        told = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    strange = sorted(told.keys() - {*Batch.__struct_fields__})[:20]
    return {name[:80]: ["Unknown field."] for name in strange}


class _Named(msgspec.Struct, frozen=True):
    """All that is needed to tell an app which of its items is meant."""

    id: str


def accept_batch(
    sender: Sender,
    items: Sequence[msgspec.Raw],
    blobs: LocalBlobs,
    at_once: AtOnce,
    refuses_new: Problem | None = None,
) -> Iterator[Result]:
    """One result for each item, in their order; everything that a result says is durable.
    `refuses_new`: what an item is told that is not here yet (see Reception)."""
    for raw in items:
        given = _id_of(raw)
        try:
            reception = Reception(sender.actor, sender.project_id, blobs, refuses_new)
            yield _accept(sender, given, raw, reception, at_once)
        except Problem as problem:
            ends_all = problem.kind.status >= 500 or problem.kind.retry_after_s is not None
            if ends_all and problem is not refuses_new:
                raise
            yield Result(id=given, status=Status.REJECTED, problem=problem)


def _id_of(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=_Named).id[:249]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _accept(
    sender: Sender, given: str | None, raw: msgspec.Raw, reception: Reception, at_once: AtOnce
) -> Result:
    xml = _xml_of(sender, _read(raw))
    reception.xml(xml)
    envelope = Envelope(
        xml=xml,
        channel=JSON,
        device_key=sender.device_key,
        user_agent=sender.user_agent,
        received_at=sender.received_at,
    )
    receipt = accept(reception, envelope, at_once)
    if receipt.outcome == QUARANTINE:
        return Result(id=given, status=Status.QUEUED, receipt=receipt)
    return Result(
        id=given,
        status=_STATUS[receipt.outcome],
        missing_attachments=_missing(sender, receipt, reception.understood),
        receipt=receipt,
    )


def _read(raw: msgspec.Raw) -> Item:
    try:
        return msgspec.json.decode(raw, type=Item)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise Problem(ITEM_INVALID, reason=_said(error)) from None


def _said(error: Exception) -> str:
    """The library's words; they name fields and types, and quote no value."""
    return str(error)[:300] if isinstance(error, msgspec.MsgspecError) else "This is no JSON."


def _xml_of(sender: Sender, item: Item) -> bytes:
    is_other = sender.only_form is not None and (item.form_id != sender.only_form or item.edits)
    if is_other or not sender.actor.reaches_form(item.form_id):
        raise Problem(NOT_ALLOWED)
    form = forms.find_form_for_submission(sender.project_id, item.form_id, item.version)
    schema = None if form is None else forms.schema_for(form, item.version)
    if form is None or schema is None:
        raise Problem(FORM_UNKNOWN, form_id=item.form_id[:80])
    try:
        return json_item.xml_of(item, schema)
    except NotAnswers as wrong:
        raise Problem(ITEM_INVALID, reason=f"answers/{wrong.path}: {wrong.why}") from None


def _missing(sender: Sender, receipt: Receipt, record: Understood) -> tuple[str, ...]:
    """Names as the app knows them. Where the record is sealed here, its files are kept under
    others."""
    names = record.instance.expected_files
    if receipt.is_complete or not names:
        return ()
    if receipt.outcome != Outcome.QUEUE:
        kept_as = {name: sealed_name(name) if record.seal else name for name in names}
        with reading() as session:
            held = held_of.list_held(
                session,
                sender.project_id,
                record.form.form_pk,
                record.instance.instance_id,
                kept_as.values(),
            )
        names = tuple(name for name in names if kept_as[name] not in held)
    return names


__all__ = ["MOST_ITEMS", "Result", "Sender", "Status", "accept_batch", "read_batch"]
