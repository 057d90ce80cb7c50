"""A record that is brought along from another server: the same way in, the same decisions.

Its files are asked for once it is known which ones it names and which of them are here already.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.foundation.db import reading
from service.intake.actions.accepting import AtOnce, accept
from service.intake.actions.receipts import Receipt
from service.intake.actions.reception import Reception
from service.intake.actions.sealing_here import sealed_name
from service.intake.actions.understanding import Understood, Unreadable
from service.intake.envelope import MOVED, ArrivedFile, Envelope
from service.intake.queries import held as held_of


class NotGiven(Exception):  # noqa: N818 - of a file, while it comes
    """Its source does not hand it out whole: the record is worth having without it."""


OpenFile = Callable[[str], Iterator[bytes] | None]
"""A file of the record by its name, as it comes; None where there is none."""


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What became of it. `missing`: files that it names and that its source has not."""

    receipt: Receipt
    missing: int
    size: int
    """Bytes of XML and files that came."""


def bring(
    reception: Reception,
    xml: bytes,
    received_at: dt.datetime,
    open_file: OpenFile,
    at_once: AtOnce | None,
    *,
    batch: str | None = None,
) -> Brought:
    """Take in one version of a record. `received_at`: when its own server first had it, which is
    when somebody's answers were handed in. `batch`: the import that brings it, in the place of a
    device. Raises what `accept` and `open_file` raise."""
    reception.xml(xml)
    missing, files = 0, []
    try:
        for name in _wanted(reception):
            file = _fetched(reception, name, open_file)
            missing += file is None
            files += [file] if file is not None else []
        envelope = Envelope(
            xml=xml,
            files=tuple(files),
            channel=MOVED,
            device_key=batch,
            received_at=received_at,
        )
        receipt = accept(reception, envelope, at_once)
    except BaseException:
        reception.discard()
        raise
    return Brought(receipt=receipt, missing=missing, size=envelope.size)


def look(reception: Reception, xml: bytes, open_file: OpenFile) -> int | None:
    """What taking it in would find: how many of its files are missing; None where it cannot be
    read. Raises what stands in its way."""
    reception.xml(xml)
    try:
        _ = reception.understood
    except Unreadable:
        return None
    return sum(not _is_whole(open_file(name)) for name in _wanted(reception))


def _is_whole(pieces: Iterator[bytes] | None) -> bool:
    try:
        return pieces is not None and all(True for _ in pieces)
    except NotGiven:
        return False


def _fetched(reception: Reception, name: str, open_file: OpenFile) -> ArrivedFile | None:
    pieces = open_file(name)
    content = reception.draft(name, name) if pieces is not None else None
    if pieces is None or content is None:
        return None
    try:
        for piece in pieces:
            content.write(piece)
    except NotGiven:
        content.discard()
        return None
    return ArrivedFile(filename=name, field_name=name, content=content)


def _wanted(reception: Reception) -> list[str]:
    """Names of files that the record has and that are not here."""
    try:
        record: Understood = reception.understood
    except Unreadable:
        return []
    names = record.instance.expected_files
    if not names:
        return []
    kept_as = {name: sealed_name(name) if record.seal else name for name in names}
    with reading() as session:
        held = held_of.list_held(
            session,
            reception.project_id,
            record.form.form_pk,
            record.instance.instance_id,
            kept_as.values(),
        )
    return [name for name in names if kept_as[name] not in held]
