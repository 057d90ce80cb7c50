"""Exported audit logs made by hand: the form as docs/audit.md tells it, by other code than ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from service.foundation.sealing import Signer, key_id

SIGNER = Signer("5e" * 32)
FORGER = Signer("66" * 32)
Entry = dict[str, Any]


def canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def an_entry(seq: int, strand: int = 0, project_id: int = 1, subject: str = "ស") -> Entry:
    return {
        "action": "user.sign_in",
        "actor_id": 7,
        "at": f"2026-11-26T08:00:{seq % 60:02}.000000Z",
        "details": {"role": "reviewer"},
        "entry_pk": f"00000000-0000-7000-8000-{seq:012}",
        "project_id": project_id,
        "seq": seq,
        "strand": strand,
        "subject": subject,
    }


def chained(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Lines of entries with right hashes, whatever the entries say."""
    ends: dict[int, bytes] = {}
    lines = []
    for entry in entries:
        before = ends.get(entry["strand"], bytes(32))
        ends[entry["strand"]] = hashlib.sha256(before + canonical(entry)).digest()
        lines.append({"entry": entry, "hash": ends[entry["strand"]].hex()})
    return lines


def a_head(
    lines: Sequence[Mapping[str, Any]],
    signer: Signer = SIGNER,
    at: str = "2026-11-26T09:00:00.000000Z",
    project_id: int = 1,
    count: int | None = None,
) -> dict[str, Any]:
    """Signed over the ends of these lines."""
    ends = {line["entry"]["strand"]: line for line in lines}
    head = {
        "at": at,
        "count": len(lines) if count is None else count,
        "key_id": key_id(signer.public_key),
        "project_id": project_id,
        "strands": [
            {"hash": line["hash"], "seq": line["entry"]["seq"], "strand": strand}
            for strand, line in sorted(ends.items())
        ],
    }
    signature = signer.sign(b"samleng audit head\n" + canonical(head))
    return {"head": head, "signature": signature.hex()}


def a_file(
    heads: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]], project_id: int = 1
) -> list[bytes]:
    about = {"log": {"at": "2026-11-26T09:00:00.000000Z", "form": 1, "project_id": project_id}}
    return [canonical(line) + b"\n" for line in (about, *heads, *lines)]
