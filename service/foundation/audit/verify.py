"""Whether an exported log is whole: from the file and public keys alone, no database, no settings.

Each entry must follow from the one before; each signed head, in the file or kept elsewhere since,
must find the entries that it names; and the newest must leave none uncovered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from service.foundation.audit.canonical import BEGINNING, FORM, canonical, hash_of, message
from service.foundation.sealing import is_signed, key_id

_LINES = {("log",), ("head", "signature"), ("entry", "hash")}
Place = tuple[int, int]
"""strand, seq"""


class Unsound(Exception):  # noqa: N818 - a verdict on a file, not a fault here
    """What does not hold, in a sentence."""


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What was found whole."""

    project_id: int
    entries: int
    strands: int
    heads: int
    newest_head: str
    """When it was signed."""


def read_heads(text: bytes) -> list[dict[str, Any]]:
    """Heads as `flask audit head` prints them: one a line, or a list. Raises Unsound."""
    try:
        if text.lstrip().startswith(b"["):
            return list(orjson.loads(text))
        return [orjson.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        raise Unsound("The file of heads is not JSON.") from None


def verify(
    lines: Iterable[bytes],
    public_keys: Sequence[bytes],
    kept_heads: Sequence[dict[str, Any]] = (),
) -> Verified:
    """Go through an export. `kept_heads` are those that were kept elsewhere, of any project.
    Raises Unsound at the first thing that does not hold."""
    number = 0
    try:
        for number, line in enumerate(lines, start=1):
            said = orjson.loads(line)
            if canonical(said) != line.rstrip(b"\r\n") or tuple(said) not in _LINES:
                raise Unsound(f"Line {number} is not as Samleng writes it: something was added.")
            if number == 1:
                log = _begun(said["log"], public_keys, kept_heads)
            else:
                log.take(said)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unsound(f"Line {number} is not a line of an exported audit log.") from None
    if not number:
        raise Unsound("The file is empty.")
    return log.end()


def _begun(
    about: Mapping[str, Any], public_keys: Sequence[bytes], kept_heads: Sequence[dict[str, Any]]
) -> _Log:
    if about["form"] != FORM:
        raise Unsound("The file has a form of another release of Samleng.")
    log = _Log(about["project_id"], public_keys)
    if kept_heads:
        try:
            mine = [one for one in kept_heads if one["head"]["project_id"] == log.project_id]
            for head in mine:
                log.take_head(head, "kept elsewhere")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unsound("What was kept elsewhere is not a signed head.") from None
        if not mine:
            raise Unsound(f"None of the heads kept elsewhere is of project {log.project_id}.")
    return log


class _Log:
    """What has been read so far."""

    def __init__(self, project_id: int, public_keys: Sequence[bytes]) -> None:
        self.project_id = project_id
        self._keys = {key_id(key): key for key in public_keys}
        self._promised: dict[Place, tuple[str, str]] = {}
        """Place -> its entry's hash, and when it was signed; until the entry is met."""
        self._heads = 0
        self._newest: Mapping[str, Any] = {}
        self._ends: dict[int, tuple[int, bytes]] = {}
        self._entries = 0

    def take(self, line: Mapping[str, Any]) -> None:
        if "head" in line:
            if self._entries:
                raise Unsound("A signed head stands among the entries: lines were moved.")
            self.take_head(line, "in the file")
            self._heads += 1
            self._newest = line["head"]
        else:
            self._take_entry(line["entry"], line["hash"])

    def take_head(self, line: Mapping[str, Any], where: str) -> None:
        head, at = line["head"], line["head"]["at"]
        name = f"The head of {at} ({where})"
        key = self._keys.get(head["key_id"])
        if key is None:
            raise Unsound(f"{name} is signed with key {head['key_id']}, not with one you gave.")
        if not is_signed(key, message(head), bytes.fromhex(line["signature"])):
            raise Unsound(f"{name} is not as it was signed.")
        if head["project_id"] != self.project_id:
            raise Unsound(f"{name} is of project {head['project_id']}, not {self.project_id}.")
        if head["count"] != sum(end["seq"] for end in head["strands"]):
            raise Unsound(f"{name} contradicts itself: its strands do not add up.")
        for end in head["strands"]:
            known = self._promised.setdefault((end["strand"], end["seq"]), (end["hash"], at))
            if known[0] != end["hash"]:
                raise Unsound(
                    f"{name} and that of {known[1]} name different entries at "
                    f"{_place(end['strand'], end['seq'])}: the log was written anew."
                )

    def _take_entry(self, said: Mapping[str, Any], told_hash: str) -> None:
        strand, seq = said["strand"], said["seq"]
        before, previous = self._ends.get(strand, (0, BEGINNING))
        place = _place(strand, seq)
        if said["project_id"] != self.project_id:
            raise Unsound(f"{place} is of project {said['project_id']}, not {self.project_id}.")
        if seq != before + 1:
            raise Unsound(
                f"{_place(strand, before + 1)} is missing: {place} stands where it should."
            )
        found = hash_of(previous, said)
        if found.hex() != told_hash:
            raise Unsound(
                f"{place} is not as it was written: its hash does not follow from what it says "
                "and from the entry before."
            )
        promised = self._promised.pop((strand, seq), None)
        if promised is not None and promised[0] != told_hash:
            raise Unsound(
                f"{place} is not the one that the head signed at {promised[1]} names: it, or one "
                "before it, was written anew."
            )
        self._ends[strand] = (seq, found)
        self._entries += 1

    def end(self) -> Verified:
        if not self._newest:
            raise Unsound("The file holds no signed head.")
        if self._promised:
            (strand, seq), (_, at) = min(self._promised.items())
            first = _place(strand, self._ends.get(strand, (0, b""))[0] + 1)
            late = " That head is newer than this export." if at > self._newest["at"] else ""
            raise Unsound(
                f"{first} is missing: the head signed at {at} knows this strand up to {seq}.{late}"
            )
        covered = {end["strand"]: end["seq"] for end in self._newest["strands"]}
        for strand, (seq, _) in self._ends.items():
            if seq > covered.get(strand, 0):
                place = _place(strand, covered.get(strand, 0) + 1)
                raise Unsound(f"{place} came after the newest signed head: nothing vouches for it.")
        return Verified(
            project_id=self.project_id,
            entries=self._entries,
            strands=len(self._ends),
            heads=self._heads,
            newest_head=self._newest["at"],
        )


def _place(strand: int, seq: int) -> str:
    return f"Entry {seq} of strand {strand}"
