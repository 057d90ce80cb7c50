"""Sealed records anew for another key, where the private key is: no server, no network.

Of a record nothing but its manifest changes: the AES key of its files, and the signature over
them, are sealed to the new key. The files stay as they are. A record that is not whole, or not as
it was sent, is told of and not sealed anew.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from service.cli.sealed import folder
from service.cli.sealed.opening import Manifest, read_manifest
from service.foundation.blobs import CHUNK
from service.foundation.formats import safe_xml
from service.foundation.sealing import Unsealable
from service.foundation.sealing.odk import OfflineKey, RecordKey, signature
from service.foundation.sealing.odk_opening import FileOpener, PrivateKey
from service.intake.readers import sealed_manifest
from service.intake.readers.sealed_manifest import SealedTexts

INDEX = "resealed.json"
AT_ONCE = 32


@dataclass(frozen=True, kw_only=True)
class Resealed:
    """What became of one record."""

    folder: str
    fault: str = ""
    was_done: bool = False
    """By an earlier run, which broke off."""


@dataclass(frozen=True, kw_only=True)
class _Work:
    source: Path
    out: Path
    key: PrivateKey
    public: OfflineKey


_work: list[_Work] = []
"""Of this process: key pairs are inherited by those that work beside it, never written."""


def reseal_all(source: Path, key: PrivateKey, public: OfflineKey, out: Path) -> Iterator[Resealed]:
    """Every record of the folder, on all processors. A run that broke off is gone on with."""
    names = sorted(path.parent.name for path in source.glob(f"*/{folder.MANIFEST}"))
    _work[:] = [_Work(source=source, out=out, key=key, public=public)]
    beside = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=beside) as pool:
        yield from pool.map(_one, names, chunksize=AT_ONCE)


def _one(name: str) -> Resealed:
    (work,) = _work
    place = work.out / f"{name}.xml"
    if place.exists():
        return Resealed(folder=name, was_done=True)
    try:
        made = reseal(work.source / name, work.key, work.public)
    except (safe_xml.XmlRefused, ValueError):
        return Resealed(folder=name, fault=f"{folder.MANIFEST} is not that of an encrypted record")
    except Unsealable:
        return Resealed(folder=name, fault="it does not open, or was changed")
    except FileNotFoundError as missing:
        return Resealed(folder=name, fault=f"{Path(missing.filename).name} is not here")
    half = work.out / f"{name}.part"
    half.unlink(missing_ok=True)
    folder.write(half, [made])
    half.rename(place)
    return Resealed(folder=name)


def reseal(source: Path, key: PrivateKey, public: OfflineKey) -> bytes:
    """The manifest for the new key. Raises Unsealable, FileNotFoundError, ValueError."""
    xml = (source / folder.MANIFEST).read_bytes()
    manifest = read_manifest(xml)
    secret = key.open(manifest.sealed_key)
    record = RecordKey(secret=secret, instance_id=manifest.instance_id)
    hashes = [
        (name.removesuffix(".enc"), _md5(source / name, FileOpener(record, place)))
        for place, name in enumerate(manifest.names)
    ]
    if manifest.signature and key.open(manifest.signature) != _signed(
        manifest, manifest.sealed_key, hashes
    ):
        raise Unsealable
    sealed_key = public.seal(secret)
    signed = _signed(manifest, sealed_key, hashes)
    new = SealedTexts(key=sealed_key, signature=public.seal(signed) if manifest.signature else "")
    return sealed_manifest.replaced(xml, new)


def _signed(manifest: Manifest, sealed_key: str, hashes: Iterable[tuple[str, str]]) -> bytes:
    return signature(manifest.form_id, manifest.version, sealed_key, manifest.instance_id, hashes)


def _md5(path: Path, opener: FileOpener) -> str:
    """Of the plain bytes. Nothing of them is written anywhere."""
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            opener.push(chunk)
    opener.end()
    return opener.md5


def write_index(source: Path, out: Path, public: OfflineKey, done: Iterable[str]) -> None:
    """What the server takes in: which record each manifest is of, and its SHA-256."""
    told = orjson.loads((source / folder.INDEX).read_bytes())
    known = {one["folder"]: one for one in told["records"]}
    records: list[dict[str, Any]] = [
        {
            "record": known[name]["record"],
            "file": f"{name}.xml",
            "sha256": hashlib.sha256((out / f"{name}.xml").read_bytes()).hexdigest(),
        }
        for name in done
        if name in known
    ]
    index = {
        "project": told["project"],
        "form_id": told["form_id"],
        "sealed_to": public.fingerprint,
        "records": records,
    }
    (out / INDEX).unlink(missing_ok=True)
    folder.write(out / INDEX, [orjson.dumps(index, option=orjson.OPT_INDENT_2)])
