"""Data keys under a wrapping key: AES-256-GCM, bound to the row they stand in."""

from __future__ import annotations

import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.foundation.keys.ring import WrappingKey
from service.foundation.sealing import DataKey, Unsealable

_NONCE = 12


def wrap(kek: WrappingKey, project_id: int, key: DataKey) -> bytes:
    nonce = os.urandom(_NONCE)
    bound = _bound(kek.kek_id, project_id, key.key_pk)
    return nonce + AESGCM(kek.secret).encrypt(nonce, key.secret, bound)


def unwrap(kek: WrappingKey, project_id: int, key_pk: uuid.UUID, wrapped: bytes) -> DataKey:
    """Raises Unsealable."""
    bound = _bound(kek.kek_id, project_id, key_pk)
    try:
        secret = AESGCM(kek.secret).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], bound)
    except (InvalidTag, ValueError):
        raise Unsealable from None
    return DataKey(key_pk=key_pk, secret=secret)


def _bound(kek_id: str, project_id: int, key_pk: uuid.UUID) -> bytes:
    return f"data key|{kek_id}|{project_id}|{key_pk.hex}".encode()
