"""What comes after a withdrawal is silent too: edits of what was erased, records under a code that
was given before they arrived."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from service.consent import queries
from service.consent.actions.asking import honour
from service.consent.actions.erasing import Order, carry_out
from service.consent.requests import HELD_FOR, Reason
from service.foundation import clock, ids
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.queries import erasing as intake


def erase_late(project_id: int, keys: Sequence[uuid.UUID], blobs: LocalBlobs) -> None:
    """Edits that waited for a base, which turned out to be erased."""
    with reading() as session:
        late = intake.find_late(session, project_id, keys)
    if late:
        order = Order(
            project_id=project_id,
            withdrawal_pk=ids.new_uuid(),
            channel="late",
            reason=Reason.OTHER,
            asked_at=clock.now(),
        )
        carry_out(order, {row.record_pk for row in late}, blobs)


def honour_codes(blobs: LocalBlobs) -> int:
    """Erase records that came after their code was given; answers for how many codes. One look
    that costs nothing where there are none."""
    with reading() as session:
        found = queries.codes_to_honour(session)
    for project_id, withdrawal_pk in found:
        honour(project_id, withdrawal_pk, blobs)
    return len(found)


def forget_codes() -> None:
    """Codes that were held for long enough, and that no record came with."""
    with unit_of_work() as session:
        queries.delete_held(session, clock.now() - HELD_FOR)
