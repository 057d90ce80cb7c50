"""New identifiers. UUIDv7 keeps new rows together in every index, however many there are."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
import uuid

_lock = threading.Lock()
_last_ms = 0
_sequence = 0


def first_of(moment: dt.datetime) -> uuid.UUID:
    """Not above any identifier made at that moment or later: where a search by time begins."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def new_uuid() -> uuid.UUID:
    """A UUIDv7 (RFC 9562 §5.7), rising within this process even inside one millisecond."""
    global _last_ms, _sequence  # noqa: PLW0603 - the counter is the process's
    with _lock:
        ms = time.time_ns() // 1_000_000
        if ms > _last_ms:
            _last_ms, _sequence = ms, int.from_bytes(os.urandom(2)) & 0x3FF
        else:  # same millisecond, or the clock stepped back
            _sequence += 1
            if _sequence > 0xFFF:
                _last_ms, _sequence = _last_ms + 1, 0
        ms, sequence = _last_ms, _sequence
    tail = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return uuid.UUID(int=(ms << 80) | (0x7 << 76) | (sequence << 64) | (0b10 << 62) | tail)
