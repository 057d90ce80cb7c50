"""The petition as a package for one addressee: what is in it, and hashes of all of it. Pure.

No name is in it, no place smaller than a province, no code of who collected, and no name of who
wrote a step down: each person of the office is a number. Who wants to see marks is shown paper.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from service.foundation.formats import csv_text, pdf
from service.foundation.formats.zip_stream import Member
from service.treaty import verify_tally

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What the package is made of."""

    told: Mapping[str, Any]
    """Of the letter and tables: what `petition.typ` reads."""
    about: Mapping[str, Any]
    """What the manifest says of the whole."""
    tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[Any]]]]
    """Name -> head and rows."""
    log: Mapping[str, bytes]
    """Lines, heads and key: what `verify_tally` reads."""


@dataclass
class Steps:
    """People of the office, by the order in which they come."""

    known: dict[int, str] = field(default_factory=dict)

    def called(self, actor_id: int) -> str:
        return self.known.setdefault(actor_id, f"person {len(self.known) + 1}")


def files_of(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """Name -> bytes, the same for the same contents."""
    template = resources.files("service.treaty").joinpath("petition.typ").read_bytes()
    yield "petition.pdf", pdf.make(template, contents.told)
    for name, (head, rows) in sorted(contents.tables.items()):
        yield f"{name}.csv", b"".join(csv_text.table(head, rows, for_spreadsheet=True))
    for name, held in sorted(contents.log.items()):
        yield f"log/{name}", held
    source = resources.files("service.treaty").joinpath("verify_tally.py").read_bytes()
    yield "log/verify_tally.py", source


def members(contents: Contents) -> list[Member]:
    """The files, then the manifest with the hash of each, then the hashes as `sha256sum -c` reads
    them."""
    files = list(files_of(contents))
    sums = {name: hashlib.sha256(held).hexdigest() for name, held in files}
    listed = [{"name": name, "bytes": len(held), "sha256": sums[name]} for name, held in files]
    manifest = json.dumps({**contents.about, "files": listed}, ensure_ascii=False, indent=1)
    files.append((MANIFEST, manifest.encode()))
    sums[MANIFEST] = hashlib.sha256(files[-1][1]).hexdigest()
    files.append((SUMS, "".join(f"{one}  {name}\n" for name, one in sums.items()).encode()))
    return [Member(name=name, pieces=_whole(held)) for name, held in files]


def _whole(held: bytes) -> Iterable[bytes]:
    return (held,)


def is_sound(files: Mapping[str, bytes]) -> bool:
    """Whether a package that somebody unpacked is as its manifest says, and its log adds up."""
    listed = json.loads(files[MANIFEST])["files"]
    same = all(hashlib.sha256(files[one["name"]]).hexdigest() == one["sha256"] for one in listed)
    roots = verify_tally.read_heads(files["log/key"].decode(), files["log/heads"].decode())
    lines = files["log/lines"].splitlines()
    return same and bool(verify_tally.check_log(lines, roots)) is bool(lines)
