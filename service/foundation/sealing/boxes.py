"""Sealed bytes: AES-256-GCM under a data key, bound to the place they belong to.

Form of a sealed value: one byte that names this form, a nonce of 12 bytes, ciphertext and tag.
"""

from __future__ import annotations

import enum
import hmac
import os
import uuid
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORM = b"\x01"
_NONCE = 12
OVERHEAD = len(_FORM) + _NONCE + 16
"""Bytes by which a sealed value is longer."""


class DataClass(enum.StrEnum):
    """How sensitive a value is; each is always ciphertext at rest."""

    IDENTITY = "I"
    TESTIMONY = "T"
    RAW = "R"
    """What arrived, as it came: holds the other two."""
    SECRET = "S"  # noqa: S105 - a class of data
    """What proves who somebody is: seeds of second factors."""


@dataclass(frozen=True, kw_only=True)
class DataKey:
    """256 random bits for one record and class, or for one file."""

    key_pk: uuid.UUID
    secret: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a sealed value belongs. Anywhere else it does not open."""

    project_id: int
    record: uuid.UUID
    data_class: DataClass
    field: str

    def bound(self, key_pk: uuid.UUID) -> bytes:
        """As bytes; only the last part has no fixed form, so no two places look alike."""
        parts = f"{self.project_id}|{self.record.hex}|{self.data_class}|{key_pk.hex}|{self.field}"
        return parts.encode()


class Unsealable(Exception):  # noqa: N818 - a verdict on stored bytes, not a fault here
    """Changed, cut, moved from its place, or sealed under another key."""


def seal(key: DataKey, place: Place, plain: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    bound = place.bound(key.key_pk)
    return _FORM + nonce + AESGCM(key.secret).encrypt(nonce, plain, bound)


def unseal(key: DataKey, place: Place, sealed: bytes) -> bytes:
    """Raises Unsealable."""
    if sealed[:1] != _FORM:
        raise Unsealable
    nonce, box = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        return AESGCM(key.secret).decrypt(nonce, box, place.bound(key.key_pk))
    except (InvalidTag, ValueError):
        raise Unsealable from None


def binding(key: DataKey, place: Place, name: str) -> bytes:
    """What ties a sealed file, called `name` in the store, to its place: kept in the row."""
    message = place.bound(key.key_pk) + b"|" + name.encode()
    return hmac.digest(_derived(key, b"binding"), message, "sha256")[:16]


def is_bound(key: DataKey, place: Place, name: str, bound: bytes) -> bool:
    return hmac.compare_digest(binding(key, place, name), bound)


def stream_key(key: DataKey) -> bytes:
    """The part of a file's data key under which its content is sealed (`streams`)."""
    return _derived(key, b"stream")


def _derived(key: DataKey, label: bytes) -> bytes:
    return hmac.digest(key.secret, b"samleng " + label, "sha256")
