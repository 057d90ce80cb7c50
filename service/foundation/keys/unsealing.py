"""What is stored does not open: it was altered, or moved to where it does not belong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import structlog

from service.foundation import clock
from service.foundation.keys.store import current
from service.foundation.sealing import Unsealable

UNSEALABLE = "unsealable"
"""The note by which the doctor and *Today* know of it."""
AT_MOST_EVERY = dt.timedelta(minutes=10)
"""Whoever reads a page of such things writes one note."""
log = structlog.get_logger("samleng.keys")


def unsealable(**what: object) -> None:
    """Tell those who look after the machine. `what`: the id of what it is, for the log."""
    log.error(UNSEALABLE, **what)
    last = current().noted_at(UNSEALABLE)
    if last is None or last < clock.now() - AT_MOST_EVERY:
        current().note_again(UNSEALABLE)


def watched(pieces: Iterator[bytes], **what: object) -> Iterator[bytes]:
    """The same; what does not open is told of before it breaks off."""
    try:
        yield from pieces
    except Unsealable:
        unsealable(**what)
        raise
