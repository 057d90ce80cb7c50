"""What a withdrawal strikes in every room, and by when nothing of it can be read anywhere.

Of intake: XML, files, who sent them and from which device; of an instance only its place is left.
Of facts: every coded answer, and the stand-in of the code on the paper. Of the key store: the data
keys on which every copy in a backup depends. Of the disk: the sealed files. What stays is the
audit log (ids and times), stand-ins, and the withdrawal itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KEY_BACKUPS_DAYS = 30
"""Copies of the key store are kept so long, and no longer (docs/for-operators.md)."""
DATA_BACKUPS_DAYS = 400


ERASE, EXPIRE = "erase", "expire"
"""What a line of the list of erasures says was done."""


@dataclass(frozen=True, kw_only=True)
class Dates:
    """What a person is told of when."""

    live_on: dt.date
    """From this day on nothing is here."""
    unreadable_on: dt.date
    """From this day on no backup that exists can be opened: words, names, pictures, voices."""
    overwritten_on: dt.date
    """From this day on no backup holds even the coded answers."""


def dates(done_on: dt.date, keys_replaced_on: dt.date | None = None) -> Dates:
    """A wrapping key that was replaced after the withdrawal closes backups early."""
    unreadable = done_on + dt.timedelta(days=KEY_BACKUPS_DAYS + 1)
    if keys_replaced_on is not None and keys_replaced_on >= done_on:
        unreadable = min(unreadable, keys_replaced_on)
    return Dates(
        live_on=done_on,
        unreadable_on=unreadable,
        overwritten_on=done_on + dt.timedelta(days=DATA_BACKUPS_DAYS + 1),
    )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is struck of one or several records: all that hangs on them."""

    project_id: int
    withdrawal_pk: uuid.UUID
    digests: Sequence[bytes]
    keys: Sequence[uuid.UUID]
    blobs: Sequence[str] = field(repr=False)
    asked_at: dt.datetime
    expires: bool = False
    """Nobody asked for it, its period is over: what may be counted stays."""
    is_silent: bool = False
    """Nobody took anything back: it is listed to be erased again, and told as no withdrawal."""

    def as_entry(self) -> Mapping[str, Any]:
        """For the list that outlives every backup."""
        silent = {"silent": True} if self.is_silent else {}
        return {
            **silent,
            "what": EXPIRE if self.expires else ERASE,
            "project": self.project_id,
            "withdrawal": self.withdrawal_pk.hex,
            "instances": [digest.hex() for digest in self.digests],
            "keys": [key.hex for key in self.keys],
            "blobs": list(self.blobs),
            "at": self.asked_at.isoformat(),
        }
