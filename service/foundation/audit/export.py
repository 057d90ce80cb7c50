"""A project's log as JSON lines, for whoever checks it: what it is, its signed heads, its entries.

The last head is signed for this export, after the entry that tells of it, and covers all that
follows. Heads come first, so that whoever reads keeps only them in mind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation.audit.canonical import FORM, canonical, content
from service.foundation.audit.chain import record
from service.foundation.audit.heads import heads_so_far, sign
from service.foundation.audit.tables import AuditEntry
from service.foundation.sealing import Signer

_ENTRIES = cast(sa.Table, AuditEntry.__table__)
_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Export:
    """What one export holds."""

    project_id: int
    heads: Sequence[dict[str, Any]]
    """Signed heads as lines; the last covers the whole export."""

    @property
    def count(self) -> int:
        count: int = self.heads[-1]["head"]["count"]
        return count


def begin_export(
    session: Session, signer: Signer, project_id: int, *, actor_id: int | None
) -> Export:
    """The act of exporting: an entry and a signed head, in the caller's transaction."""
    record(
        session,
        project_id=project_id,
        actor_id=actor_id,
        action="audit.export",
        subject=project_id,
    )
    earlier = heads_so_far(session, project_id)  # first: none of them knows more than the last
    return Export(project_id=project_id, heads=[*earlier, sign(session, signer, project_id)])


def export_lines(session: Session, export: Export) -> Iterator[bytes]:
    """The file, a line at a time."""
    last = export.heads[-1]["head"]
    about = {"form": FORM, "project_id": export.project_id, "at": last["at"]}
    yield canonical({"log": about}) + b"\n"
    for head in export.heads:
        yield canonical(head) + b"\n"
    for end in last["strands"]:
        yield from _strand(session, export.project_id, end["strand"], end["seq"])


def _strand(session: Session, project_id: int, strand: int, last: int) -> Iterator[bytes]:
    query = (
        sa.select(*_ENTRIES.c)
        .where(
            _ENTRIES.c.project_id == project_id,
            _ENTRIES.c.strand == strand,
            _ENTRIES.c.seq <= last,
        )
        .order_by(_ENTRIES.c.seq)
    )
    options = {"yield_per": _AT_ONCE}
    for row in session.execute(query, execution_options=options):
        yield canonical({"entry": content(row._asdict()), "hash": bytes(row.hash).hex()}) + b"\n"
