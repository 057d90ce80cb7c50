"""What receiving an instance means, given what is stored: one pure function, its table the test.

Nothing that a phone cannot repair is refused: what contradicts is kept apart for a person.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Outcome(enum.StrEnum):
    """What to do with what arrived."""

    NEW = "new"
    SAME = "same"
    MORE_FILES = "more_files"
    EDIT = "edit"
    QUEUE = "queue"
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
    OF_ANOTHER = "of_another"
    """An edit of a record that somebody else sent: it could open files, and widen consent."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A stored version. `files` maps names to digests of the current contents."""

    canonical_digest: bytes
    is_current: bool
    is_deleted: bool = False
    is_erased: bool = False
    deprecated_id: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    sender: int | None = None
    """Whose account or phone sent the first version of its record: the record is theirs."""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What arrived: only files that its XML names."""

    canonical_digest: bytes
    deprecated_id: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    sender: int | None = None
    may_edit_all: bool = False
    """Whether the sender looks after the records of that place, whoever sent them."""

    def is_of_another(self, base: Known) -> bool:
        return not self.may_edit_all and self.sender != base.sender


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The outcome; for QUEUE its reason, for MORE_FILES and SAME the names that are new."""

    outcome: Outcome
    reason: Reason | None = None
    new_files: frozenset[str] = frozenset()


def decide(known: Known | None, base: Known | None, incoming: Incoming) -> Decision:
    """What receiving `incoming` means.

    `known` is stored under its instanceID, `base` under its deprecatedID. Equal canonical XML is
    the same submission however often it comes (OpenRosa 1.0: clients resend until 201). Raises
    nothing: a conflict is a decision, not an error.
    """
    if any(stored is not None and stored.is_erased for stored in (known, base)):
        return Decision(outcome=Outcome.ERASED)
    if known is not None:
        return _again(known, incoming)
    if incoming.deprecated_id is None:
        return Decision(outcome=Outcome.NEW)
    return _edit(base, incoming)


def _edit(base: Known | None, incoming: Incoming) -> Decision:
    if base is None:
        return Decision(outcome=Outcome.QUEUE, reason=Reason.UNKNOWN_BASE)
    if incoming.is_of_another(base):
        return Decision(outcome=Outcome.QUEUE, reason=Reason.OF_ANOTHER)
    if base.is_deleted:
        return Decision(outcome=Outcome.QUEUE, reason=Reason.DELETED_BASE)
    if not base.is_current:
        return Decision(outcome=Outcome.QUEUE, reason=Reason.SUPERSEDED_BASE)
    return Decision(outcome=Outcome.EDIT)


def _again(known: Known, incoming: Incoming) -> Decision:
    if known.canonical_digest != incoming.canonical_digest:
        if known.is_deleted:
            reason = Reason.DIFFERENT_AFTER_DELETION
        elif incoming.deprecated_id is not None and incoming.deprecated_id != known.deprecated_id:
            reason = Reason.ID_IN_USE
        else:
            reason = Reason.DIFFERENT_XML
        return Decision(outcome=Outcome.QUEUE, reason=reason)
    if known.is_deleted:
        return Decision(outcome=Outcome.SAME)
    changed = frozenset(
        name for name, digest in incoming.files.items() if known.files.get(name) != digest
    )
    return Decision(outcome=Outcome.MORE_FILES if changed else Outcome.SAME, new_files=changed)
