"""Sealed records handed out, for whoever has the key that opens them. Still sealed.

What this installation laid over them comes off (`actions.sealed`); what their phone, or
`sealing_here`, sealed for the key kept offline stays on.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.forms import queries as forms
from service.foundation import audit, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import safe_xml
from service.foundation.sealing import DataKey, Unsealable, boxes, unseal
from service.intake.actions.sealed import file_place, xml_place
from service.intake.queries import sealed_records as queries
from service.intake.queries.receiving import name_digest
from service.intake.queries.sealed_records import StoredFile, StoredRecord
from service.intake.readers import xform_xml


@dataclass(frozen=True, kw_only=True)
class HandedOut:
    """A sealed record. A file's content comes in pieces, the last only if all of it is what
    arrived: else Unsealable is raised, and whoever writes it must throw it away."""

    stored: StoredRecord
    manifest: bytes
    expected: tuple[str, ...]
    """The names of its files, as its manifest has them."""
    files: Mapping[str, Callable[[], Iterator[bytes]]] = field(repr=False)
    damaged: tuple[str, ...]
    """Files whose key was destroyed, or that were moved here from another record."""


def hand_out(
    actor: Actor, project_id: int, form_id: str, blobs: LocalBlobs
) -> tuple[int, Iterator[HandedOut]]:
    """How many sealed records of a form there are, and the records. The audit entry is written
    before the first is given. Records whose key was destroyed, and those that do not open, are
    left out."""
    policy.demand(actor, Act.SEALED_EXPORT, project_id)
    with unit_of_work() as session:
        form_pk = forms.get_form(session, project_id, form_id).form_pk
        count = queries.count(session, project_id, form_pk)
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action=Act.SEALED_EXPORT,
            subject=f"form:{form_pk}",
            records=count,
        )
    return count, _records(project_id, form_pk, blobs)


def _records(project_id: int, form_pk: int, blobs: LocalBlobs) -> Iterator[HandedOut]:
    with reading() as session:
        for page in queries.pages(session, project_id, form_pk):
            wanted = {record.key_pk for record in page}
            wanted |= {file.key_pk for record in page for file in record.files}
            found = keys.current().find_many(project_id, (key for key in wanted if key))
            for record in page:
                key = found.get(record.key_pk) if record.key_pk else None
                manifest = None if key is None else _manifest(project_id, record, key)
                if manifest is not None:
                    yield _handed_out(project_id, record, manifest, found, blobs)


def _manifest(project_id: int, record: StoredRecord, key: DataKey) -> bytes | None:
    try:
        return unseal(key, xml_place(project_id, record.submission_pk), record.xml)
    except Unsealable:
        keys.unsealable(submission=str(record.submission_pk))
        return None


def _handed_out(
    project_id: int,
    record: StoredRecord,
    manifest: bytes,
    found: Mapping[uuid.UUID, DataKey],
    blobs: LocalBlobs,
) -> HandedOut:
    expected = _named_in(manifest)
    called = {name_digest(project_id, record.submission_pk, name): name for name in expected}
    files: dict[str, Callable[[], Iterator[bytes]]] = {}
    damaged = []
    for file in record.files:
        key = found.get(file.key_pk) if file.key_pk else None
        name = called.get(file.name_digest, "")
        place = file_place(project_id, record.submission_pk, file.name_digest)
        is_bound = key is not None and boxes.is_bound(key, place, file.blob, file.bound or b"")
        if key is not None and not is_bound:
            keys.unsealable(submission=str(record.submission_pk))
        if key is None or not name or not is_bound:
            damaged.append(name or file.name_digest)
            continue
        files[name] = _content(file, key, blobs)
    return HandedOut(
        stored=record,
        manifest=manifest,
        expected=expected,
        files={name: files[name] for name in expected if name in files},
        damaged=tuple(sorted(damaged)),
    )


def _named_in(manifest: bytes) -> tuple[str, ...]:
    instance, _ = xform_xml.read(safe_xml.parse(manifest), manifest, None)
    return instance.expected_files


def _content(file: StoredFile, key: DataKey, blobs: LocalBlobs) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        whole = hashlib.sha256()
        for piece in blobs.unsealed(file.blob, key):
            whole.update(piece)
            yield piece
        if keys.current().digest(whole.digest()).hex() != file.digest:
            raise Unsealable

    return lambda: keys.watched(pieces(), file=file.name_digest)
