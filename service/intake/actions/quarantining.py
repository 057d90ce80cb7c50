"""XML that nobody can read is kept whole, for a person to look at."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from service.accounts.actor import Actor
from service.foundation import audit, clock, ids, keys
from service.foundation.db import commit_together
from service.foundation.insert_together import Rows
from service.foundation.sealing import sha256
from service.intake.actions.erasing import RESENT
from service.intake.actions.receipts import Receipt
from service.intake.actions.sealed import KeptFile, keep, retract_unnamed, sealed_xml
from service.intake.edit_rules import Outcome
from service.intake.envelope import ArrivedFile, Envelope, safe_name
from service.intake.queries import receiving as queries


def _named(envelope: Envelope) -> Iterator[tuple[str, ArrivedFile]]:
    """Every file under a name of its own: nothing says yet which of two namesakes is meant."""
    taken: set[str] = set()
    for file in envelope.files:
        first = name = safe_name(file.filename) or safe_name(file.field_name) or "file"
        number = 1
        while name in taken:
            number += 1
            name = f"{number}-{first}"[:255]
        taken.add(name)
        yield name, file


def quarantine(actor: Actor, project_id: int, envelope: Envelope, reason: str) -> Receipt:
    """Keep what cannot be read, XML and files alike, byte for byte, for a person to look at."""
    files = {name: keep(file.content) for name, file in _named(envelope)}
    content = sha256(envelope.xml)
    record: dict[str, Any] = {
        "project_id": project_id,
        "quarantined_pk": ids.new_uuid(),
        "xml_digest": keys.current().digest(content),
        "size": len(envelope.xml),
        "reason": reason,
        "submitter_id": actor.id,
        "received_at": envelope.received_at,
    }
    record |= sealed_xml(project_id, record["quarantined_pk"], envelope.xml)
    adds = commit_together(lambda connection: _store(connection, record, files))
    retract_unnamed(files.values())
    if adds is None:
        return Receipt(outcome=Outcome.ERASED.value, adds=False)
    return Receipt(
        outcome="quarantine",
        received_at=clock.iso(envelope.received_at),
        reason=reason,
        adds=adds,
        xml_sha256=content.hex(),
    )


def _store(
    connection: sa.Connection, record: dict[str, Any], files: Mapping[str, KeptFile]
) -> bool | None:
    """Whether anything of it is new; None where its period is over: a phone that has it still
    brings nothing back."""
    project_id, key = record["project_id"], record["quarantined_pk"]
    who = {"project_id": project_id, "actor_id": record["submitter_id"]}
    entry = audit.entry(**who, action="submission.quarantine", subject=key, reason=record["reason"])
    holder: uuid.UUID = key
    held: frozenset[tuple[str, str]] | None = frozenset()
    is_new = queries.insert_quarantined.run(connection, Rows(each=[record, entry]))
    if not is_new:
        holder, held = queries.find_quarantined(connection, project_id, record["xml_digest"])
    if held is None:
        audit.record(connection, **who, action=RESENT, subject=holder)
        return None
    rows = [
        {
            "project_id": project_id,
            "quarantined_pk": holder,
            **file.row(project_id, holder, name),
            "received_at": record["received_at"],
        }
        for name, file in files.items()
    ]
    fresh = [row for row in rows if (row["name_digest"], row["digest"]) not in held]
    queries.insert_quarantined_files(connection, fresh)
    return is_new or bool(fresh)
