"""A phone that seals: what ODK Collect makes of a finalised record of a form with a public key.

Written from getodk/collect, `EncryptionUtils.java` (namespaces and order of elements included),
without a line of Samleng's code, so that the two check each other.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from tests.clients.openrosa_phone import Record

OAEP_OF_BOUNCY_CASTLE = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
ENCRYPTED = "http://www.opendatakit.org/xforms/encrypted"


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    """What the team makes offline: the public half goes into the form, the private one never."""

    public: str
    fingerprint: str
    pem: bytes = field(repr=False)


def key_pair(bits: int = 2048, passphrase: bytes | None = None) -> KeyPair:
    made = rsa.generate_private_key(65537, bits)
    der = made.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        protection = serialization.BestAvailableEncryption(passphrase)
    return KeyPair(
        public=base64.b64encode(der).decode(),
        fingerprint=hashlib.sha256(der).hexdigest(),
        pem=made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
        ),
    )


def sealed(
    xml: bytes,
    media: Mapping[str, bytes],
    *,
    public: str,
    form_id: str,
    version: str | None,
    instance_id: str,
    leaves_plain_files: bool = False,
) -> Record:
    """The record as Collect sends it. In the failure window that its source tells of, the plain
    media (`leaves_plain_files`) are still in the folder, and are sent as well."""
    key = serialization.load_der_public_key(base64.b64decode(public))
    assert isinstance(key, rsa.RSAPublicKey)
    secret = os.urandom(32)
    sealed_key = base64.b64encode(key.encrypt(secret, OAEP_OF_BOUNCY_CASTLE)).decode()
    told = [form_id, *([version] if version is not None else []), sealed_key, instance_id]
    seed = bytearray(hashlib.md5(instance_id.encode() + secret).digest())
    files: dict[str, bytes] = {}
    for counter, (name, content) in enumerate([*media.items(), ("submission.xml", xml)]):
        seed[counter % 16] = (seed[counter % 16] + 1) & 0xFF
        missing = 16 - len(content) % 16
        cipher = Cipher(algorithms.AES(secret), CFB(bytes(seed))).encryptor()
        files[f"{name}.enc"] = cipher.update(content + bytes([missing]) * missing)
        told.append(f"{name}::{hashlib.md5(content).hexdigest()}")
    digest = hashlib.md5("".join(f"{line}\n" for line in told).encode()).digest()
    signature = base64.b64encode(key.encrypt(digest, OAEP_OF_BOUNCY_CASTLE)).decode()
    named = f' version="{escape(version)}"' if version is not None else ""
    listed = "".join(f"<media><file>{escape(name)}.enc</file></media>\n" for name in media)
    manifest = (
        f'<data xmlns="{ENCRYPTED}" id="{escape(form_id)}"{named} encrypted="yes">'
        f"<base64EncryptedKey>{sealed_key}</base64EncryptedKey>"
        '<orx:meta xmlns:orx="http://openrosa.org/xforms">'
        f"<orx:instanceID>{instance_id}</orx:instanceID></orx:meta>\n{listed}"
        "<encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
        f"<base64EncryptedElementSignature>{signature}</base64EncryptedElementSignature></data>"
    )
    if leaves_plain_files:
        files = {**media, **files}
    return Record(xml=manifest.encode(), files=files, name="submission")
