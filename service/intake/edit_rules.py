"""What receiving an instance means, given what is stored: one pure function, its table the test.

Nothing that a phone cannot repair is refused: what contradicts is kept apart for a person.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_VARIANTS = 50
"""Copies that may wait under one instanceID: more is a fault of the phone, or worse."""


class Outcome(enum.StrEnum):
    """What to do with what arrived."""

    NEW = "new"
    SAME = "same"
    MORE_FILES = "more_files"
    EDIT = "edit"
    QUEUE = "queue"
    FULL = "full"
    """Too many copies wait already: the only contradiction that is refused."""
    ERASED = "erased"
    """Taken back: nothing of what arrived is kept."""


class Reason(enum.StrEnum):
    """Why a copy waits for a person."""

    DIFFERENT_XML = "different_xml"
    """The same instanceID with other answers."""
    DIFFERENT_AFTER_DELETION = "different_after_deletion"
    ID_IN_USE = "id_in_use"
    """An edit whose own instanceID belongs to another record."""
    UNKNOWN_BASE = "unknown_base"
    """An edit of something that has not arrived; linked by itself when it does."""
    SUPERSEDED_BASE = "superseded_base"
    """An edit of a version that another edit has replaced already."""
    DELETED_BASE = "deleted_base"
    """An edit of a deleted record; linked by itself when that is restored."""
    OF_ANOTHER = "of_another"
    """An edit of a record that somebody else sent: it could open files, and widen consent."""


LINKED_LATER = frozenset({Reason.UNKNOWN_BASE, Reason.DELETED_BASE})
"""What a waiting edit may wait for that is no person."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A stored version, or a copy that waits. `files` maps names to digests of the current
    contents."""

    canonical_digest: bytes
    is_current: bool
    is_deleted: bool = False
    is_erased: bool = False
    is_expired: bool = False
    """Nothing of it is left, and nobody asked for that: its period was over."""
    deprecated_id: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    sender: int | None = None
    """Whose account or phone sent the first version of its record: the record is theirs."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is stored of an instance."""

    known: Known | None = None
    """Under its instanceID; or what came under it with the same answers, and a person put in the
    place of another version."""
    base: Known | None = None
    """Under its deprecatedID."""
    waiting: Known | None = None
    """The copy with the same answers that waits for a person, or for its base; deleted: a person
    set it aside."""
    variants: int = 0
    """How many copies wait under its instanceID."""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What arrived. `expected`: names of files that its XML says; `files`: those of them that
    came, with digests of their contents."""

    canonical_digest: bytes
    deprecated_id: str | None = None
    expected: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)
    is_sealed: bool = False
    is_copy: bool = False
    """What a program pulled from here and sends back: its files may be clean copies of those that
    are here, and take the place of none."""
    sender: int | None = None
    may_edit_all: bool = False
    """Whether the sender looks after the records of that place, whoever sent them."""

    def is_of_another(self, base: Known) -> bool:
        return not self.may_edit_all and self.sender != base.sender


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The outcome, and what follows for its files."""

    outcome: Outcome
    reason: Reason | None = None
    """Of QUEUE."""
    is_waiting: bool = False
    """Of QUEUE, EDIT and SAME: the very copy is here already, and is taken instead of what
    came."""
    new_files: frozenset[str] = frozenset()
    """Names that are new, or have other contents than before. Of what is stored for the first
    time all are."""
    carried: frozenset[str] = frozenset()
    """Of EDIT: names whose files are taken along from the base."""
    is_complete: bool = True
    """Whether every file that the XML names is here then, whatever the phone says of it."""


def decide(found: Found, incoming: Incoming) -> Decision:
    """What receiving `incoming` means.

    Equal canonical XML is the same submission however often it comes (OpenRosa 1.0: clients
    resend until 201). Raises nothing: a conflict is a decision, not an error.
    """
    known, base = found.known, found.base
    if any(stored is not None and stored.is_erased for stored in (known, base)):
        return Decision(outcome=Outcome.ERASED)
    if known is not None and known.is_expired:
        return Decision(outcome=Outcome.ERASED)
    if known is not None and known.canonical_digest == incoming.canonical_digest:
        return _again(known, incoming)
    if found.waiting is not None and found.waiting.is_deleted:
        return Decision(outcome=Outcome.SAME, is_waiting=True)
    reason = _contradiction(found, incoming)
    if reason is not None:
        return _queue(found, incoming, reason)
    return as_new(incoming) if base is None else _edit(base, found.waiting, incoming)


def as_new(incoming: Incoming) -> Decision:
    """What it means where nothing is stored under either of its ids."""
    return Decision(
        outcome=Outcome.NEW,
        new_files=frozenset(incoming.files),
        is_complete=incoming.expected <= incoming.files.keys(),
    )


def _contradiction(found: Found, incoming: Incoming) -> Reason | None:
    """Why it cannot stand as it is; None where it can."""
    known, base = found.known, found.base
    if known is not None:
        if known.is_deleted:
            return Reason.DIFFERENT_AFTER_DELETION
        is_of_another = incoming.deprecated_id not in (None, known.deprecated_id)
        return Reason.ID_IN_USE if is_of_another else Reason.DIFFERENT_XML
    if incoming.deprecated_id is None:
        return None
    return Reason.UNKNOWN_BASE if base is None else _contradicted_base(base, incoming)


def _contradicted_base(base: Known, incoming: Incoming) -> Reason | None:
    if base.is_expired:  # somebody has been there again: kept, for a person to look at
        return Reason.UNKNOWN_BASE
    if incoming.is_of_another(base):
        return Reason.OF_ANOTHER
    if base.is_deleted:
        return Reason.DELETED_BASE
    return None if base.is_current else Reason.SUPERSEDED_BASE


def _again(known: Known, incoming: Incoming) -> Decision:
    """The same record once more: perhaps with files that were missing, or other contents."""
    new = frozenset() if known.is_deleted else _new_files(known, incoming)
    if incoming.is_copy:
        new -= known.files.keys()
    return Decision(
        outcome=Outcome.MORE_FILES if new else Outcome.SAME,
        new_files=new,
        is_complete=incoming.expected <= known.files.keys() | new,
    )


def _queue(found: Found, incoming: Incoming, reason: Reason) -> Decision:
    waiting = found.waiting
    if waiting is None and found.variants >= MAX_VARIANTS:
        return Decision(outcome=Outcome.FULL)
    held = waiting.files.keys() if waiting else set[str]()
    return Decision(
        outcome=Outcome.QUEUE,
        reason=reason,
        is_waiting=waiting is not None,
        new_files=_new_files(waiting, incoming),
        is_complete=incoming.expected <= held | incoming.files.keys(),
    )


def _edit(base: Known, waiting: Known | None, incoming: Incoming) -> Decision:
    """Files of sealed records are not taken along: they have the same names, and each a key of
    its own."""
    own = incoming.files.keys() | (waiting.files.keys() if waiting else set[str]())
    kept = frozenset() if incoming.is_sealed else incoming.expected & base.files.keys()
    return Decision(
        outcome=Outcome.EDIT,
        is_waiting=waiting is not None,
        new_files=_new_files(waiting, incoming),
        carried=kept - own,
        is_complete=incoming.expected <= own | kept,
    )


def _new_files(held: Known | None, incoming: Incoming) -> frozenset[str]:
    before = held.files if held else {}
    return frozenset(name for name, digest in incoming.files.items() if before.get(name) != digest)
