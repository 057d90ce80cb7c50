"""Opening sealed records where the private key is: no server, no settings, no network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.cli.sealed import folder
from service.foundation.blobs import CHUNK
from service.foundation.formats import safe_xml
from service.foundation.sealing import Unsealable
from service.foundation.sealing.odk import RecordKey, signature
from service.foundation.sealing.odk_opening import FileOpener, PrivateKey
from service.intake.envelope import safe_name
from service.intake.readers import xform_xml

NOT_PINNED = "it came without the server's hashes: nothing tells whether it was changed"
NOT_SIGNED = "it carries no signature"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What became of one record. `remarks` are no faults."""

    folder: str
    instance_id: str
    files: int
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What the XML of an encrypted record says."""

    form_id: str
    version: str
    instance_id: str
    sealed_key: str
    names: tuple[str, ...]
    """Of its files in the order of the format: the record's XML last."""
    signature: str


def open_all(source: Path, key: PrivateKey, out: Path) -> Iterator[Opened]:
    """Open every record in `source` into a folder of the same name in `out`."""
    index = folder.read_index(source)
    for each in sorted(path.parent for path in source.glob(f"*/{folder.MANIFEST}")):
        pinned = None if index is None else index.get(each.name, {})
        yield _open(each, pinned, key, out / each.name)
    for missing in sorted(set(index or ()) - {path.name for path in source.iterdir()}):
        yield Opened(folder=missing, instance_id="", files=0, faults=("the folder is missing",))


def _open(source: Path, pinned: Mapping[str, str] | None, key: PrivateKey, out: Path) -> Opened:
    try:
        manifest = read_manifest((source / folder.MANIFEST).read_bytes())
    except (safe_xml.XmlRefused, ValueError):
        fault = f"{folder.MANIFEST} is not the manifest of an encrypted record"
        return Opened(folder=source.name, instance_id="", files=0, faults=(fault,))
    try:
        secret = key.open(manifest.sealed_key)
    except Unsealable:
        fault = "this private key does not open it"
        return _opened(source, manifest, 0, [fault], [])
    faults, remarks = list(_changed(source, pinned)), []
    if pinned is None:
        remarks.append(NOT_PINNED)
    folder.new(out)
    record = RecordKey(secret=secret, instance_id=manifest.instance_id)
    hashes: list[tuple[str, str]] = []
    for place, name in enumerate(manifest.names):
        try:
            hashes.append(_open_file(source / name, FileOpener(record, place), out))
        except FileNotFoundError:
            faults.append(f"{name} is not here")
        except (Unsealable, FileExistsError):
            faults.append(f"{name} does not open: it was changed or cut")
    if len(hashes) == len(manifest.names):
        _check_signature(manifest, hashes, key, faults, remarks)
    return _opened(source, manifest, len(hashes), faults, remarks)


def _opened(
    source: Path, manifest: Manifest, files: int, faults: list[str], remarks: list[str]
) -> Opened:
    return Opened(
        folder=source.name,
        instance_id=manifest.instance_id,
        files=files,
        faults=tuple(faults),
        remarks=tuple(remarks),
    )


def read_manifest(xml: bytes) -> Manifest:
    """Raises XmlRefused or ValueError."""
    root = safe_xml.parse(xml)
    if not xform_xml.is_encrypted(root):
        raise ValueError("not encrypted")
    instance, _ = xform_xml.read(root, xml, None)
    texts: dict[str, str] = {xform_xml.local(child): child.text or "" for child in root}
    return Manifest(
        form_id=instance.form_id,
        version=instance.version,
        instance_id=instance.instance_id,
        sealed_key=texts.get("base64EncryptedKey", "").strip(),
        names=instance.expected_files,
        signature=texts.get("base64EncryptedElementSignature", "").strip(),
    )


def _changed(source: Path, pinned: Mapping[str, str] | None) -> Iterator[str]:
    """Files that are not what the server handed out."""
    for name, sha256 in (pinned or {}).items():
        path = source / safe_name(name)
        if path.is_file() and _sha256(path) != sha256:
            yield f"{name} is not what left the server"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open_file(path: Path, opener: FileOpener, out: Path) -> tuple[str, str]:
    """(plain name, MD5 of the plain bytes)."""
    name = path.name.removesuffix(".enc")
    with path.open("rb") as source:

        def pieces() -> Iterator[bytes]:
            while chunk := source.read(CHUNK):
                yield opener.push(chunk)
            yield opener.end()

        folder.write(out / name, pieces())
    return name, opener.md5


def _check_signature(
    manifest: Manifest,
    hashes: list[tuple[str, str]],
    key: PrivateKey,
    faults: list[str],
    remarks: list[str],
) -> None:
    if not manifest.signature:
        remarks.append(NOT_SIGNED)
        return
    expected: Any = signature(
        manifest.form_id, manifest.version, manifest.sealed_key, manifest.instance_id, hashes
    )
    try:
        is_right = key.open(manifest.signature) == expected
    except Unsealable:
        is_right = False
    if not is_right:
        faults.append("its signature is not that of these files")
