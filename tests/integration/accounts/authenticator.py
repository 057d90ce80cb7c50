"""A security stick in software: makes one passkey and signs what a page asks for."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT = 0x01
VERIFIED = 0x04
WITH_KEY = 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


@dataclass(kw_only=True)
class Stick:
    """`host` and `origin`: where the browser says that it is."""

    host: str = "localhost"
    origin: str = "http://localhost:8000"
    count: int = 0
    is_counting: bool = True
    """Many devices never count."""
    is_unlocked: bool = True
    """By PIN or finger; not: it was touched, by whoever holds it."""
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: str, **changes: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` answers to these options."""
        client = self._client("webauthn.create", options, changes)
        head = b"\0" * 16 + len(self.credential_id).to_bytes(2) + self.credential_id
        data = self._data(WITH_KEY) + head + cbor2.dumps(self._cose())
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(client, attestationObject=b64(attestation))

    def sign(self, options: str, **changes: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` answers."""
        self.count += self.is_counting
        client = self._client("webauthn.get", options, changes)
        data = self._data(0)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(client, authenticatorData=b64(data), signature=b64(signed))

    def _client(self, kind: str, options: str, changes: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": json.loads(options)["challenge"], "origin": self.origin}
        return json.dumps({**told, "crossOrigin": False, **changes}).encode()

    def _data(self, flags: int) -> bytes:
        host = hashlib.sha256(self.host.encode()).digest()
        flags |= PRESENT | (VERIFIED if self.is_unlocked else 0)
        return host + bytes([flags]) + self.count.to_bytes(4)

    def _cose(self) -> dict[int, Any]:
        numbers = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}

    def _answer(self, client: bytes, **response: str) -> dict[str, Any]:
        return {
            "id": b64(self.credential_id),
            "rawId": b64(self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {"clientDataJSON": b64(client), **response},
        }
