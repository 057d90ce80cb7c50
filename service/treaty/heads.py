"""Signed heads of the log, as checkpoints (C2SP tlog-checkpoint, a signed note): text that people
read, and that tools of other transparency logs check. Pure.

    samleng.treaty/9f2c…/1
    1234
    <root, base64>
    signed 2026-11-28T02:00:00Z

    — samleng.treaty/9f2c…/1 <key hash and signature, base64>
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass

from service.foundation.sealing import Signer, key_id

ED25519 = b"\x01"


@dataclass(frozen=True, kw_only=True)
class Head:
    """The tree of the first `size` lines, signed at a moment."""

    size: int
    root: bytes
    at: dt.datetime
    signature: bytes


def origin_of(public_key: bytes, project_id: int) -> str:
    """The log's name: what is signed for one log means nothing for another."""
    return f"samleng.treaty/{key_id(public_key)}/{project_id}"


def body(origin: str, size: int, root: bytes, at: dt.datetime) -> str:
    """What is signed."""
    when = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\nsigned {when}\n"


def sign(signer: Signer, project_id: int, size: int, root: bytes, at: dt.datetime) -> Head:
    at = at.replace(microsecond=0)
    text = body(origin_of(signer.public_key, project_id), size, root, at)
    return Head(size=size, root=root, at=at, signature=signer.sign(text.encode()))


def note(public_key: bytes, project_id: int, head: Head) -> str:
    """The head as it is published."""
    origin = origin_of(public_key, project_id)
    signed = _key_hash(origin, public_key) + head.signature
    text = body(origin, head.size, head.root, head.at)
    return f"{text}\n— {origin} {base64.b64encode(signed).decode()}\n"


def verifier_key(public_key: bytes, project_id: int) -> str:
    """The public key as tools for signed notes take it: name, key hash, type and key."""
    origin = origin_of(public_key, project_id)
    key = base64.b64encode(ED25519 + public_key).decode()
    return f"{origin}+{_key_hash(origin, public_key).hex()}+{key}"


def _key_hash(name: str, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]
