"""The recovery key as people keep it: sixteen groups of four signs, on paper.

A private key of X25519, two bytes a group, and in each group four bits that tell a mistyped one.
Signs are those of Crockford's base 32, which has no letters that look like digits.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 16
SIGNS_OF_A_KEY = 4 * GROUPS
_LOOKS_LIKE = str.maketrans("OILU", "011V")


class MistypedError(Exception):
    """What was typed is no recovery key. The text says where."""


@dataclass(frozen=True, kw_only=True)
class RecoveryKey:
    """Opens what was sealed for it. Kept on paper, never on the machine it recovers."""

    secret: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        return bytes(self._private.public_key)

    @property
    def _private(self) -> PrivateKey:
        return PrivateKey(self.secret)

    def open(self, sealed: bytes) -> bytes | None:
        """None for what was sealed for another key, or changed."""
        try:
            return SealedBox(self._private).decrypt(sealed)
        except (CryptoError, ValueError):
            return None

    def written(self) -> str:
        """Four lines of four groups."""
        groups = [_group(at, self.secret[2 * at : 2 * at + 2]) for at in range(GROUPS)]
        return "\n".join(" ".join(groups[line : line + 4]) for line in range(0, GROUPS, 4))


def new_key() -> RecoveryKey:
    return RecoveryKey(secret=os.urandom(2 * GROUPS))


def seal_for(public: bytes, plain: bytes) -> bytes:
    return SealedBox(PublicKey(public)).encrypt(plain)


def read(text: str) -> RecoveryKey:
    """A key as somebody typed it, with any spaces, hyphens, and small letters. Raises
    MistypedError."""
    signs = "".join(text.replace("-", " ").split()).upper().translate(_LOOKS_LIKE)
    strange = sorted(set(signs) - set(SIGNS))
    if strange:
        raise MistypedError(f"“{strange[0]}” is no sign of a recovery key")
    if len(signs) != SIGNS_OF_A_KEY:
        raise MistypedError(
            f"A recovery key has {SIGNS_OF_A_KEY} signs in {GROUPS} groups; these are {len(signs)}"
        )
    secret = b""
    for at in range(GROUPS):
        typed = signs[4 * at : 4 * at + 4]
        number = 0
        for sign in typed:
            number = number * 32 + SIGNS.index(sign)
        part = (number >> 4).to_bytes(2)
        if _group(at, part) != typed:
            raise MistypedError(f"Group {at + 1} of {GROUPS} ({typed}) is mistyped")
        secret += part
    return RecoveryKey(secret=secret)


def _group(at: int, part: bytes) -> str:
    check = hashlib.sha256(b"samleng recovery" + bytes([at]) + part).digest()[0] >> 4
    number = int.from_bytes(part) << 4 | check
    return "".join(SIGNS[number >> shift & 31] for shift in (15, 10, 5, 0))
