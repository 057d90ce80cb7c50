"""The newest end of the log is signed, so that nobody can write it anew unseen."""

from __future__ import annotations

from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import Signer
from service.treaty import heads
from service.treaty.queries import log


def sign(project_id: int, signer: Signer) -> None:
    """A head, if lines came since the last one."""
    with unit_of_work() as session:
        end = log.lock(session, project_id)
        newest = log.newest_head(session, project_id)
        if newest is None or newest.size < end.size:
            made = heads.sign(signer, project_id, end.size, end.root, clock.now())
            log.put_head(session, project_id, made, end.counts, signer.public_key)


def sign_all(signer: Signer) -> None:
    """Of every project whose log is longer than what was signed."""
    with reading() as session:
        unsigned = log.list_unsigned(session)
    for project_id in unsigned:
        sign(project_id, signer)
