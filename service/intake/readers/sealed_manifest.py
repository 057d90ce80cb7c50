"""The two texts of an encrypted record's manifest that only a private key opens. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from service.foundation.formats import safe_xml
from service.intake.readers import xform_xml

KEY, SIGNATURE = "base64EncryptedKey", "base64EncryptedElementSignature"


@dataclass(frozen=True, kw_only=True)
class SealedTexts:
    """`signature`: "" where the record carries none."""

    key: str
    signature: str


def read(xml: bytes) -> SealedTexts:
    """Raises XmlRefused."""
    root = safe_xml.parse(xml)
    texts = {xform_xml.local(child): (child.text or "").strip() for child in root}
    return SealedTexts(key=texts.get(KEY, ""), signature=texts.get(SIGNATURE, ""))


def replaced(xml: bytes, new: SealedTexts) -> bytes:
    """The manifest with others in their place, all else byte by byte as it was. Raises XmlRefused,
    ValueError where they do not stand there once."""
    old = read(xml)
    for before, after in ((old.key, new.key), (old.signature, new.signature)):
        if bool(before) != bool(after) or (before and xml.count(before.encode()) != 1):
            raise ValueError("not the manifest of an encrypted record")
        if before:
            xml = xml.replace(before.encode(), after.encode())
    return xml
