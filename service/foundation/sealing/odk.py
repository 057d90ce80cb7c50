"""Sealed for a key that is kept offline: ODK's encrypted-form format, the sealing half.

https://getodk.github.io/xforms-spec/encryption, as ODK Collect writes it and Central and Briefcase
read it. A record has an AES key of its own, wrapped with RSA-OAEP under the form's public key. The
specification names the padding as Java does, OAEPWithSHA256AndMGF1Padding; without a hyphen that
is BouncyCastle's, which takes SHA-256 for MGF1 as well (Java's own would take SHA-1).

Its limits: CFB notices no change, initialisation vectors come from MD5, and whoever has the public
key can make the "signature". Changes are noticed by other means: `streams`, and hashes apart.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256

LEAST_BITS = 2048
MOST_BITS = 8192
"""Beyond, wrapping a key would take long; nobody needs it."""
BLOCK = 16
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class KeyFault(enum.StrEnum):
    """Why a text is no public key that forms are sealed to."""

    NOT_BASE64 = "not_base64"
    NOT_A_KEY = "not_a_key"
    NOT_RSA = "not_rsa"
    WRONG_SIZE = "wrong_size"
    PRIVATE = "private"
    """The wrong half: it must not be here, and a form would hand it to every phone."""


class KeyRefused(Exception):  # noqa: N818 - a verdict on what was given, not a fault here
    def __init__(self, fault: KeyFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, kw_only=True)
class OfflineKey:
    """The public half of a key pair whose private half this server never sees."""

    text: str
    """As forms carry it: Base64 of the DER form, without white space."""
    fingerprint: str
    """SHA-256 of the DER form (SubjectPublicKeyInfo), 64 hex digits."""
    rsa: rsa.RSAPublicKey = field(repr=False, compare=False)

    def seal(self, secret: bytes) -> str:
        """A short secret that only the private half opens, as Base64. Never twice the same."""
        return base64.b64encode(self.rsa.encrypt(secret, OAEP)).decode()


@lru_cache(maxsize=64)
def read_public_key(text: str) -> OfflineKey:
    """The key that a form carries. Raises KeyRefused."""
    if "PRIVATE KEY" in text:
        raise KeyRefused(KeyFault.PRIVATE)
    text = re.sub(r"\s", "", text)
    try:
        der = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise KeyRefused(KeyFault.NOT_BASE64) from None
    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused(_fault_of(der)) from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise KeyRefused(KeyFault.NOT_RSA)
    if not LEAST_BITS <= key.key_size <= MOST_BITS:
        raise KeyRefused(KeyFault.WRONG_SIZE)
    if key.public_bytes(*_SPKI) != der:  # or one key would have several fingerprints
        raise KeyRefused(KeyFault.NOT_A_KEY)
    return OfflineKey(text=text, fingerprint=hashlib.sha256(der).hexdigest(), rsa=key)


def _fault_of(der: bytes) -> KeyFault:
    try:
        serialization.load_der_private_key(der, None)
    except TypeError:  # one under a passphrase
        return KeyFault.PRIVATE
    except (ValueError, UnsupportedAlgorithm):
        return KeyFault.NOT_A_KEY
    return KeyFault.PRIVATE


_SPKI = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def fingerprint_of(key: rsa.RSAPublicKey) -> str:
    return hashlib.sha256(key.public_bytes(*_SPKI)).hexdigest()


def grouped(fingerprint: str) -> str:
    """As people compare it, in groups of four."""
    return " ".join(fingerprint[n : n + 4] for n in range(0, len(fingerprint), 4))


@dataclass(frozen=True, kw_only=True)
class RecordKey:
    """The AES key of one record. Each of its files has an initialisation vector by its place."""

    secret: bytes = field(repr=False)
    instance_id: str

    def vector(self, place: int) -> bytes:
        """Of the file at `place` (0 = the first; the record's XML comes last)."""
        seed = bytearray(_md5(self.instance_id.encode() + self.secret))
        for n in range(place + 1):
            seed[n % BLOCK] = (seed[n % BLOCK] + 1) % 256
        return bytes(seed)

    def cipher(self, place: int) -> Cipher[CFB]:
        return Cipher(AES256(self.secret), CFB(self.vector(place)))


class FileSealer:
    """Takes the plain bytes of one file in any portions; answers ciphertext."""

    def __init__(self, key: RecordKey, place: int) -> None:
        self._cipher = key.cipher(place).encryptor()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._size = 0

    def push(self, chunk: bytes | bytearray | memoryview) -> bytes:
        self._md5.update(chunk)
        self._size += len(chunk)
        return self._cipher.update(chunk)

    def end(self) -> bytes:
        """The rest: PKCS#7 padding, which the format wants though CFB would need none."""
        missing = BLOCK - self._size % BLOCK
        return self._cipher.update(bytes([missing]) * missing) + self._cipher.finalize()

    @property
    def md5(self) -> str:
        """Of the plain bytes so far, as `signature` wants it."""
        return self._md5.hexdigest()


def signature(
    form_id: str, version: str, sealed_key: str, instance_id: str, files: Iterable[tuple[str, str]]
) -> bytes:
    """What the format calls a signature, before it is sealed: 16 bytes over all there is.

    `files`: plain name and MD5 of the plain bytes, media first, the record's XML last.
    """
    lines = [form_id, *([version] if version else []), sealed_key, instance_id]
    lines += [f"{name}::{md5}" for name, md5 in files]
    return _md5("".join(f"{line}\n" for line in lines).encode())


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
