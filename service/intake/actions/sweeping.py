"""Sweeping up what killed processes left."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import islice

from sqlalchemy.orm import Session

from service.foundation import clock
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading
from service.intake.queries import receiving as queries

ORPHAN_AGE_S = 24 * 3600
"""Younger blobs may belong to a transaction that has not committed yet."""


def drop_unneeded(blobs: LocalBlobs, names: Collection[str]) -> None:
    """Remove those of the blobs that no row names: what they held in clear is sealed elsewhere."""
    if names:
        with reading() as session:
            unneeded = set(names) - queries.named_blobs(session, names)
        for name in unneeded:
            blobs.remove(name)


def sweep_blobs(
    blobs: LocalBlobs, *named_elsewhere: Callable[[Session, Collection[str]], set[str]]
) -> int:
    """Remove what killed processes left: old drafts, and old blobs that no row names, neither here
    nor in later rooms (`named_elsewhere`).

    A blob that arrives again is written again, so its age starts anew. Answers how many went.
    """
    before = clock.now().timestamp() - ORPHAN_AGE_S
    removed = blobs.sweep_staging(before)
    old = blobs.older_than(before)
    while batch := list(islice(old, 500)):
        with reading() as session:
            orphans = set(batch) - queries.named_blobs(session, batch)
            for named in named_elsewhere:
                orphans -= named(session, orphans)
        for sha256_hex in orphans:
            blobs.remove(sha256_hex)
        removed += len(orphans)
    return removed
