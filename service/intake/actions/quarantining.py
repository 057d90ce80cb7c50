"""XML that nobody can read is kept whole, for a person to look at."""

from __future__ import annotations

import sqlalchemy as sa

from service.accounts.actor import Actor
from service.foundation import audit, clock, ids
from service.foundation.db import commit_together
from service.foundation.insert_together import Rows
from service.foundation.sealing import sha256
from service.intake.actions.receipts import Receipt, commit
from service.intake.envelope import Envelope, safe_name
from service.intake.queries import receiving as queries


def quarantine(actor: Actor, project_id: int, envelope: Envelope, reason: str) -> Receipt:
    """Keep what cannot be read, XML and files alike, byte for byte, for a person to look at."""
    files = {
        (safe_name(file.filename) or safe_name(file.field_name) or "file"): commit(file.content)
        for file in envelope.files
    }
    digest = sha256(envelope.xml)

    def store(connection: sa.Connection) -> None:
        key = ids.new_uuid()
        row = {
            "project_id": project_id,
            "quarantined_pk": key,
            "xml_sha256": digest,
            "xml": envelope.xml,
            "reason": reason,
            "submitter_id": actor.id,
            "received_at": envelope.received_at,
        }
        entry = audit.entry(
            project_id=project_id,
            actor_id=actor.id,
            action="submission.quarantine",
            subject=key,
            reason=reason,
        )
        held: frozenset[tuple[str, str]] = frozenset()
        if not queries.insert_quarantined.run(connection, Rows(each=[row, entry])):
            key, held = queries.find_quarantined(connection, project_id, digest)
        queries.insert_quarantined_files(
            connection,
            [
                {
                    "project_id": project_id,
                    "quarantined_pk": key,
                    "name": name,
                    "sha256": blob.sha256,
                    "size": blob.size,
                    "received_at": envelope.received_at,
                }
                for name, blob in files.items()
                if (name, blob.sha256) not in held
            ],
        )

    commit_together(store)
    return Receipt(
        outcome="quarantine",
        received_at=clock.iso(envelope.received_at),
        reason=reason,
        xml_sha256=digest.hex(),
    )
