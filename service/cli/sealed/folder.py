"""The folder in which sealed records travel from the server to where the private key is.

    sealed.json             what there is, with the SHA-256 of every file as it left the server
    00001/submission.xml    the manifest that the phone sent
    00001/*.enc             its files, still sealed

Each numbered folder is what ODK's own tools know as the folder of an encrypted record.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

INDEX = "sealed.json"
MANIFEST = "submission.xml"


def new(path: Path) -> bool:
    """Make a folder that only this account reads; False where there is something in it already."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return not any(path.iterdir())


def write(path: Path, pieces: Iterable[bytes]) -> str:
    """Write a file that only this account reads; answers its SHA-256 in hex. Leaves nothing behind
    where the pieces break off."""
    whole = hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            for piece in pieces:
                whole.update(piece)
                out.write(piece)
    except BaseException:
        path.unlink()
        raise
    return whole.hexdigest()


def write_index(folder: Path, index: dict[str, Any]) -> None:
    write(folder / INDEX, [orjson.dumps(index, option=orjson.OPT_INDENT_2)])


def read_index(folder: Path) -> dict[str, dict[str, str]] | None:
    """Folder of a record to (name to SHA-256) of its files. None where there is no index."""
    try:
        held = orjson.loads((folder / INDEX).read_bytes())
        return {record["folder"]: dict(record["files"]) for record in held["records"]}
    except FileNotFoundError:
        return None
