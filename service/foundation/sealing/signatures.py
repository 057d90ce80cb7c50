"""Signatures: Ed25519. The public key is 32 bytes, and is known by the start of its hash."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Signer:
    """Holds the private key."""

    def __init__(self, seed_hex: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed_hex))
        self.public_key = self._key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"Signer({key_id(self.public_key)})"

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id(public_key: bytes) -> str:
    """16 hex digits that tell one key from another."""
    return hashlib.sha256(public_key).hexdigest()[:16]
