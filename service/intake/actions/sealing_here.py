"""A record of a sealed form that came in clear, sealed here as its phone should have done.

An old version of the form on some phone, or a phone that could not encrypt. While it streams in
it is sealed to the form's public key, in the format that phones use, so that the same program
opens it and nothing of it is stored that this server could read.

A phone sends large records in several requests, each with the same XML, and repeats what it is not
sure of. The AES key is therefore made from the XML and a secret of this installation: whoever
brings the same record again comes to the same key, and to the same ciphertext. It is kept nowhere;
without the record's whole XML it cannot be made again, not even here (decision 0015).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from service.foundation import keys
from service.foundation.blobs import Draft
from service.foundation.sealing import sha256
from service.foundation.sealing.odk import FileSealer, OfflineKey, RecordKey, signature
from service.intake.envelope import MAX_NAME_BYTES
from service.intake.instance import Instance

SUFFIX = ".enc"
XML_NAME = "submission.xml"
"""What phones call the record among its files."""


class SealedDraft:
    """A file sealed for the offline key before it is sealed for the disk."""

    def __init__(self, inner: Draft, sealer: FileSealer) -> None:
        self._inner, self._sealer = inner, sealer
        self.size = 0

    @property
    def md5(self) -> str:
        """Of the content as it came."""
        return self._sealer.md5

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        self._inner.write(self._sealer.push(chunk))
        self.size += len(chunk)

    def commit(self) -> object:
        self._inner.write(self._sealer.end())
        return self._inner.commit()

    def discard(self) -> None:
        self._inner.discard()

    def retract(self) -> None:
        self._inner.retract()


@dataclass(frozen=True, kw_only=True)
class SealedHere:
    """How one record is sealed. `names`: its files as it calls them, in the order of the format."""

    key: OfflineKey
    record: RecordKey = field(repr=False)
    form_id: str
    version: str
    names: tuple[str, ...]

    @property
    def xml_name(self) -> str:
        return XML_NAME if XML_NAME not in self.names else f"record-{XML_NAME}"

    @property
    def expected_files(self) -> tuple[str, ...]:
        """The names of what is stored: media in their order, then the record's XML."""
        return tuple(sealed_name(name) for name in (*self.names, self.xml_name))

    def draft(self, inner: Draft, name: str) -> SealedDraft:
        """Where the file of that name goes; `xml_name` is the record itself."""
        places = (*self.names, self.xml_name)
        return SealedDraft(inner, FileSealer(self.record, places.index(name)))

    def manifest(self, contents: Mapping[str, SealedDraft]) -> bytes:
        """The XML that stands for the record. It is signed where all files are at hand: those
        that come later were not there to be told of."""
        sealed_key = self.key.seal(self.record.secret)
        instance_id = self.record.instance_id
        signed = ""
        if all(name in contents for name in self.names):
            files = [(name, contents[name].md5) for name in (*self.names, self.xml_name)]
            told = signature(self.form_id, self.version, sealed_key, instance_id, files)
            signed = _element("base64EncryptedElementSignature", self.key.seal(told))
        version = f" version={quoteattr(self.version)}" if self.version else ""
        media = "".join(
            f"<media>{_element('file', sealed_name(name))}</media>" for name in self.names
        )
        return (
            '<data xmlns="http://opendatakit.org/submissions" encrypted="yes" '
            f"id={quoteattr(self.form_id)}{version}>"
            f"{_element('base64EncryptedKey', sealed_key)}"
            '<orx:meta xmlns:orx="http://openrosa.org/xforms">'
            f"<orx:instanceID>{escape(instance_id)}</orx:instanceID></orx:meta>"
            f"{media}{_element('encryptedXmlFile', sealed_name(self.xml_name))}{signed}</data>"
        ).encode()


def seal_for(key: OfflineKey, instance: Instance, canonical_sha256: bytes) -> SealedHere:
    """How `instance`, whose XML has this canonical hash, is sealed."""
    made_from = sha256(b"record key|" + canonical_sha256 + instance.instance_id.encode())
    return SealedHere(
        key=key,
        record=RecordKey(
            secret=keys.current().digest(made_from),
            instance_id=instance.instance_id,
        ),
        form_id=instance.form_id,
        version=instance.version,
        names=instance.expected_files,
    )


def sealed_name(name: str) -> str:
    """What the sealed file is called."""
    longest = MAX_NAME_BYTES - len(SUFFIX)
    return name.encode()[:longest].decode("utf-8", "ignore") + SUFFIX


def id_for(xml: bytes) -> str:
    """The instanceID of a record that came without one: same bytes, same ID. Keyed, for a plain
    hash would let anybody try out what the record might say."""
    digest = keys.current().digest(sha256(b"instance id|" + xml))
    return f"uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest.hex())}"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
