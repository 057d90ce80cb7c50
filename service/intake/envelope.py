"""Envelope: what one request brought, before anybody has read it."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass, field
from typing import Protocol

from service.intake.instance import Instance

MAX_NAME_BYTES = 255
OPENROSA, JSON = "openrosa", "json"
MOVED = "moved"
"""Brought along from another server."""
PAPER = "paper"
"""Keyed in the office, from a sheet of the People's Treaty."""
"""Channels."""
_UNSAFE = {ord(c): None for c in map(chr, (*range(32), 127))} | {
    ord(c): None for c in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
}


class Bytes(Protocol):
    """A file in staging: durable once committed; gone once discarded or, later, retracted."""

    @property
    def size(self) -> int:
        """Bytes so far, as they came."""
        ...

    def write(self, chunk: bytes | bytearray | memoryview) -> None: ...

    def commit(self) -> object: ...

    def discard(self) -> None: ...

    def retract(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class ArrivedFile:
    """A file part. Clients differ in where they put the name that the XML uses."""

    filename: str = field(repr=False)
    field_name: str = field(repr=False)
    content: Bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One request's XML part and files, with what is known of who sent it."""

    xml: bytes = field(repr=False)
    files: tuple[ArrivedFile, ...] = ()
    channel: str = OPENROSA
    device_key: str | None = None
    """Keyed pseudonym of the id that the device gave."""
    user_agent: str = ""
    received_at: dt.datetime

    @property
    def size(self) -> int:
        """Bytes of XML and files."""
        return len(self.xml) + sum(file.content.size for file in self.files)


def safe_name(raw: str) -> str:
    """A file name as data: the last path segment, NFC, without control and direction marks."""
    name = unicodedata.normalize("NFC", raw.replace("\\", "/").rsplit("/", 1)[-1])
    name = name.translate(_UNSAFE).strip()
    if name in (".", ".."):
        return ""
    return name.encode("utf-8")[:MAX_NAME_BYTES].decode("utf-8", "ignore")


def name_in(instance: Instance, filename: str, field_name: str) -> str | None:
    """The name by which the instance means this file: its file name first, then its field name."""
    for name in (safe_name(filename), safe_name(field_name)):
        if name in instance.expected_files:
            return name
    return None


def match_files(instance: Instance, files: tuple[ArrivedFile, ...]) -> dict[str, ArrivedFile]:
    """Arrived files by the name that the instance uses.

    Files that the instance does not name are left out (phones send leftovers, and after a crash
    while encrypting even plaintext): the caller drops them unread. So are empty ones: a phone
    without room sends them in place of the file, which is still missing.
    """
    matched: dict[str, ArrivedFile] = {}
    for file in files:
        name = name_in(instance, file.filename, file.field_name)
        if name is not None and file.content.size:
            matched[name] = file
    return matched
