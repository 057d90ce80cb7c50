"""A private key that nobody has alone: locked, and what unlocks it shared among trustees.

Shares are SLIP-39 (https://github.com/satoshilabs/slips/blob/master/slip-0039.md), words for
paper, each with a checksum; fewer than were agreed on say nothing about the key. Like the key they
belong to a computer without a network: never to a server.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson
import shamir_mnemonic as slip39
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.foundation.sealing.odk import fingerprint_of

BITS = 3072
MOST = 16
"""Of trustees, by SLIP-39."""
_SECRET_BYTES = 32
_NONCE_BYTES = 12


class SharesRefused(Exception):  # noqa: N818 - a verdict on what was given, not a fault here
    """`number`: which of the shares given, from 1; 0 where it is all of them together."""

    def __init__(self, why: str, number: int = 0) -> None:
        super().__init__(why)
        self.why, self.number = why, number


DAMAGED = "damaged"
"""A word is wrong, missing, or in another place."""
OF_ANOTHER_KEY = "of_another_key"
TWICE = "twice"
TOO_FEW = "too_few"


class NotLockedError(ValueError):
    """A file that holds no locked key, or was changed."""


@dataclass(frozen=True, kw_only=True)
class Locked:
    """What lies beside the shares, anywhere: without enough of them it is noise."""

    fingerprint: str
    """Of the public half."""
    need: int
    of: int
    made_on: str
    nonce: str
    sealed: str

    def text(self) -> bytes:
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A new key: the half for forms, the other locked, and a share for each trustee."""

    public: str
    """As a form carries it."""
    locked: Locked
    shares: tuple[str, ...]


def make(need: int, of: int, on: dt.date) -> Made:
    """Raises ValueError unless 2 <= need <= of <= MOST: one who opens alone is no trustee."""
    if not 2 <= need <= of <= MOST:
        raise ValueError(f"{need} of {of}")
    return lock(rsa.generate_private_key(public_exponent=65537, key_size=BITS), need, of, on)


def lock(key: rsa.RSAPrivateKey, need: int, of: int, on: dt.date) -> Made:
    """Also a key that there is: for other trustees, under new shares."""
    secret, nonce = secrets.token_bytes(_SECRET_BYTES), secrets.token_bytes(_NONCE_BYTES)
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    fingerprint = fingerprint_of(key.public_key())
    bound = _bound(fingerprint, need, of)
    [shares] = slip39.generate_mnemonics(1, [(need, of)], secret, iteration_exponent=0)
    return Made(
        public=base64.b64encode(public).decode(),
        locked=Locked(
            fingerprint=fingerprint,
            need=need,
            of=of,
            made_on=on.isoformat(),
            nonce=base64.b64encode(nonce).decode(),
            sealed=base64.b64encode(AESGCM(secret).encrypt(nonce, der, bound)).decode(),
        ),
        shares=tuple(shares),
    )


def read_locked(data: bytes) -> Locked:
    """Raises NotLockedError."""
    try:
        found = orjson.loads(data)
        locked = Locked(**found)
        of_their_kind = all(
            isinstance(getattr(locked, name), kind)
            for name, kind in (("need", int), ("of", int), ("nonce", str), ("sealed", str),
                               ("fingerprint", str), ("made_on", str))
        )  # fmt: skip
    except (ValueError, TypeError):
        raise NotLockedError from None
    if not of_their_kind:
        raise NotLockedError
    return locked


def unlock(locked: Locked, shares: Sequence[str]) -> bytes:
    """The private key as PEM. Raises SharesRefused, NotLockedError where the file was changed."""
    secret = _joined(locked, [" ".join(one.lower().split()) for one in shares])
    try:
        nonce, sealed = (
            base64.b64decode(text, validate=True) for text in (locked.nonce, locked.sealed)
        )
        bound = _bound(locked.fingerprint, locked.need, locked.of)
        der = AESGCM(secret).decrypt(nonce, sealed, bound)
    except (InvalidTag, binascii.Error, ValueError):
        raise NotLockedError from None
    return serialization.load_der_private_key(der, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _joined(locked: Locked, shares: Sequence[str]) -> bytes:
    read: list[slip39.Share] = []
    for number, text in enumerate(shares, start=1):
        try:
            one = slip39.Share.from_mnemonic(text)
        except slip39.MnemonicError:
            raise SharesRefused(DAMAGED, number) from None
        if read and one.common_parameters() != read[0].common_parameters():
            raise SharesRefused(OF_ANOTHER_KEY, number)
        if one.index in {other.index for other in read}:
            raise SharesRefused(TWICE, number)
        read.append(one)
    if len(read) < max(locked.need, 2):
        raise SharesRefused(TOO_FEW)
    try:
        secret: bytes = slip39.combine_mnemonics(shares[: read[0].member_threshold])
    except slip39.MnemonicError:
        raise SharesRefused(TOO_FEW) from None
    return secret


def _bound(fingerprint: str, need: int, of: int) -> bytes:
    return f"samleng trustees 1 {fingerprint} {need} {of}".encode()
