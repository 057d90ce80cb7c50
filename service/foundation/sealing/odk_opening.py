"""ODK's encrypted-form format, the opening half. Runs where the private key is: never here."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from service.foundation.sealing.boxes import Unsealable
from service.foundation.sealing.odk import BLOCK, OAEP, RecordKey, fingerprint_of


class PassphraseNeededError(Exception):
    """The private key lies under a passphrase."""


class PrivateKey:
    """The half that opens."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._rsa = key
        self.fingerprint = fingerprint_of(key.public_key())

    def open(self, sealed: str) -> bytes:
        """What `OfflineKey.seal` sealed. Raises Unsealable."""
        try:
            return self._rsa.decrypt(base64.b64decode(sealed), OAEP)
        except (ValueError, binascii.Error):
            raise Unsealable from None


def read_private_key(pem: bytes, passphrase: bytes | None = None) -> PrivateKey:
    """Raises PassphraseNeededError where one is needed and none is given, Unsealable for whatever
    is no RSA key or is not opened by that passphrase."""
    try:
        key = serialization.load_pem_private_key(pem, passphrase or None)
    except TypeError as error:  # how the library says: encrypted and nothing given, or the reverse
        if passphrase:
            return read_private_key(pem)
        raise PassphraseNeededError from error
    except ValueError:
        raise Unsealable from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Unsealable
    return PrivateKey(key)


class FileOpener:
    """Takes ciphertext in any portions; answers the plain bytes. Trust them only after `end`."""

    def __init__(self, key: RecordKey, place: int) -> None:
        self._cipher = key.cipher(place).decryptor()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._held = b""

    def push(self, chunk: bytes) -> bytes:
        self._held += self._cipher.update(chunk)
        cut = max(0, len(self._held) - BLOCK)  # the padding is known only at the end
        return self._given(cut)

    def end(self) -> bytes:
        """The rest. Raises Unsealable where the padding is wrong: another key, or damage."""
        self._held += self._cipher.finalize()
        padding = self._held[-1:] * self._held[-1] if self._held else b""
        if not 1 <= len(padding) <= BLOCK or not self._held.endswith(padding):
            raise Unsealable
        return self._given(len(self._held) - len(padding))

    def _given(self, cut: int) -> bytes:
        plain, self._held = self._held[:cut], self._held[cut:]
        self._md5.update(plain)
        return plain

    @property
    def md5(self) -> str:
        """Of the plain bytes given so far."""
        return self._md5.hexdigest()
