"""What was taken back is not counted from then on, and the log says so without saying of whom."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from service.foundation import job_queue
from service.treaty.actions import codes, settling
from service.treaty.queries import log, signer_keys, signers
from service.treaty.queries.log import Line
from service.treaty.queries.signers import Connected
from service.treaty.status import Status


def strike(
    connection: Connected, project_id: int, records: Collection[uuid.UUID], *, expires: bool
) -> None:
    """In the transaction that erases these records: who signed in them goes. Of what was kept for
    long enough the count stays, and nothing by which somebody could be found."""
    theirs = signers.of_records(connection, project_id, records)
    if not theirs:
        return
    mine = [one.signer_pk for one in theirs]
    if expires:
        signer_keys.put_keys(connection, project_id, dict.fromkeys(mine, ()))
        return
    log.lock(connection, project_id)
    theirs = signers.of_records(connection, project_id, records)
    beside = {leg for one in signers.pairs_of(connection, project_id, mine) for leg in one.both}
    lines = [
        Line(
            code=codes.plain_of(project_id, one),
            number=one.lines,
            was=one.logged,
            now=Status.WITHDRAWN,
        )
        for one in theirs
        if one.logged not in (None, Status.WITHDRAWN)
    ]
    log.append(connection, project_id, lines)
    signers.delete(connection, project_id, mine)
    settling.settle(connection, project_id, beside - set(mine))
    job_queue.enqueue(
        connection, project_id=project_id, event=settling.CHANGED, subject=settling.LAST
    )


def take_back(connection: Connected, project_id: int, records: Collection[uuid.UUID]) -> None:
    """Somebody does not want to be counted any more, and the record stays: the job that computes
    its facts again tells the log."""
    signers.take_back(connection, project_id, records)
