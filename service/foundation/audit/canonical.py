"""The exact bytes that are hashed and signed: JSON in the one form that RFC 8785 allows.

Keys sorted, no spaces, UTF-8, nothing escaped that need not be. Our values are texts, whole
numbers below 2^53, true, false, null, lists and objects with plain keys; never fractions, for
which databases and languages have forms of their own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

FORM = 1
"""Of an exported log; readers refuse others."""
BEGINNING = bytes(32)
"""Stands for the entry before the first."""
_LABEL = b"samleng audit head\n"
"""Begins what is signed, so that a signature of ours never means anything else."""
_LARGEST = 2**53 - 1


def canonical(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def plain(value: Any) -> Any:
    """The value as JSON gives it back. Raises ValueError or TypeError for one that databases
    would not give back as it was."""
    found = orjson.loads(orjson.dumps(value))
    _demand_exact(found)
    return found


def _demand_exact(value: Any) -> None:
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > _LARGEST):
        raise ValueError("the audit log holds whole numbers below 2^53 only")
    if isinstance(value, dict):
        if not "".join(value).isascii():
            raise ValueError("keys in the audit log are ASCII")
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            _demand_exact(each)


def moment(at: dt.datetime) -> str:
    """A time in UTC with microseconds, as in 2026-11-26T08:00:00.000000Z."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def around_place(entry: Mapping[str, Any]) -> tuple[str, str]:
    """An entry's canonical JSON before and after its place (seq and strand, which stand beside
    each other): the rest is known before the transaction, the place only inside."""
    before = {
        "action": entry["action"],
        "actor_id": entry["actor_id"],
        "at": moment(entry["at"]),
        "details": entry["details"],
        "entry_pk": entry["entry_pk"],
        "project_id": entry["project_id"],
    }
    after = {"subject": entry["subject"]}
    return canonical(before)[:-1].decode(), canonical(after)[1:].decode()


def content(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says, its place included: its canonical JSON is what is hashed."""
    return {
        "action": entry["action"],
        "actor_id": entry["actor_id"],
        "at": moment(entry["at"]),
        "details": entry["details"],
        "entry_pk": str(entry["entry_pk"]),
        "project_id": entry["project_id"],
        "seq": entry["seq"],
        "strand": entry["strand"],
        "subject": entry["subject"],
    }


def hash_at(previous: bytes, around: tuple[str, str], strand: int, seq: int) -> bytes:
    """The hash of an entry at a place, after the entry whose hash is `previous`."""
    before, after = around
    text = f'{before},"seq":{seq},"strand":{strand},{after}'
    return hashlib.sha256(previous + text.encode()).digest()


def hash_of(previous: bytes, said: Mapping[str, Any]) -> bytes:
    """The same from the whole `content`."""
    return hashlib.sha256(previous + canonical(said)).digest()


def message(head: Mapping[str, Any]) -> bytes:
    """The bytes of a head that are signed."""
    return _LABEL + canonical(head)
