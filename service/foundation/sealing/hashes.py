"""Hashes and keyed pseudonyms."""

from __future__ import annotations

import hashlib
import hmac
import uuid


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def md5_hex(data: bytes) -> str:
    """OpenRosa's `md5:` hashes. A change detector for phones, never a security measure."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def pseudonym(key_hex: str, *parts: str) -> str:
    """A stable stand-in for an identifier: same input, same answer, on this installation only."""
    message = "\x1f".join(parts).encode("utf-8")
    return hmac.new(bytes.fromhex(key_hex), message, hashlib.sha256).hexdigest()[:32]


def instance_id_for(xml: bytes) -> str:
    """The instance ID of a record that came without one: same bytes, same ID (never random)."""
    digest = hashlib.sha256(xml).hexdigest()
    return f"uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}"
