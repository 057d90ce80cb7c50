"""What receiving an instance means: a row for each line of the table in docs/device-sync.md."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.intake.edit_rules import (
    MAX_VARIANTS,
    Decision,
    Found,
    Incoming,
    Known,
    Outcome,
    Reason,
    as_new,
    decide,
)

SAME, OTHER = b"c", b"d"
"""Digests of canonical XML."""
PHOTO, SOUND = {"a.jpg": "1"}, {"n.m4a": "2"}

RECORD = Incoming(canonical_digest=SAME)
NAMING = replace(RECORD, expected=frozenset({"a.jpg", "n.m4a"}))
EDIT = replace(NAMING, deprecated_id="uuid:1")
STORED = Known(canonical_digest=SAME, is_current=True)
REPLACED = replace(STORED, is_current=False)
DELETED = replace(STORED, is_deleted=True)
ERASED = replace(STORED, is_erased=True)
EXPIRED = replace(STORED, canonical_digest=b"", is_current=False, is_expired=True)
OF_ANOTHER = Known(canonical_digest=OTHER, is_current=True)
BASE = Known(canonical_digest=OTHER, is_current=True, files=PHOTO)


def queued(reason: Reason, **more: object) -> Decision:
    return Decision(outcome=Outcome.QUEUE, reason=reason, **more)  # type: ignore[arg-type]


def found(known: Known | None = None, base: Known | None = None, **more: object) -> Found:
    return Found(known=known, base=base, **more)  # type: ignore[arg-type]


TABLE = {
    "new ID, no deprecatedID": (found(), RECORD, Decision(outcome=Outcome.NEW)),
    "new ID, with files": (
        found(),
        replace(NAMING, files=PHOTO),
        Decision(outcome=Outcome.NEW, new_files=frozenset(PHOTO), is_complete=False),
    ),
    "known ID, same XML, new files": (
        found(replace(STORED, files=PHOTO)),
        replace(NAMING, files={**PHOTO, **SOUND}),
        Decision(outcome=Outcome.MORE_FILES, new_files=frozenset(SOUND)),
    ),
    "known ID, same XML, nothing new": (
        found(replace(STORED, files=PHOTO)),
        replace(NAMING, files=PHOTO),
        Decision(outcome=Outcome.SAME, is_complete=False),
    ),
    "known ID, same XML, a file differs": (
        found(replace(STORED, files={**PHOTO, **SOUND})),
        replace(NAMING, files={"a.jpg": "9"}),
        Decision(outcome=Outcome.MORE_FILES, new_files=frozenset({"a.jpg"})),
    ),
    "a pulled copy comes back: files add what is missing, no more": (
        found(replace(STORED, files=PHOTO)),
        replace(NAMING, files={"a.jpg": "clean", **SOUND}, is_copy=True),
        Decision(outcome=Outcome.MORE_FILES, new_files=frozenset(SOUND)),
    ),
    "known ID, different XML": (found(OF_ANOTHER), RECORD, queued(Reason.DIFFERENT_XML)),
    "known ID, different XML, an edit of the same": (
        found(replace(OF_ANOTHER, deprecated_id="uuid:1"), BASE),
        replace(EDIT, expected=frozenset()),
        queued(Reason.DIFFERENT_XML),
    ),
    "known ID, different XML, that very copy waits: files land with it": (
        found(OF_ANOTHER, waiting=replace(STORED, files=PHOTO), variants=MAX_VARIANTS),
        replace(NAMING, files={**PHOTO, **SOUND}),
        queued(Reason.DIFFERENT_XML, is_waiting=True, new_files=frozenset(SOUND)),
    ),
    "known ID, different XML, the last that may wait": (
        found(OF_ANOTHER, variants=MAX_VARIANTS - 1),
        RECORD,
        queued(Reason.DIFFERENT_XML),
    ),
    "known ID, different XML, one too many": (
        found(OF_ANOTHER, variants=MAX_VARIANTS),
        RECORD,
        Decision(outcome=Outcome.FULL),
    ),
    "deleted ID, same XML": (
        found(replace(DELETED, files=PHOTO)),
        replace(NAMING, files=SOUND),
        Decision(outcome=Outcome.SAME, is_complete=False),
    ),
    "deleted ID, different XML": (
        found(replace(DELETED, canonical_digest=OTHER)),
        RECORD,
        queued(Reason.DIFFERENT_AFTER_DELETION),
    ),
    "edit of the current version: files that it still names are carried": (
        found(None, replace(BASE, files={**PHOTO, "unnamed.jpg": "3"})),
        replace(EDIT, files=SOUND),
        Decision(outcome=Outcome.EDIT, new_files=frozenset(SOUND), carried=frozenset(PHOTO)),
    ),
    "edit of the current version, with a file of its own": (
        found(None, BASE),
        replace(EDIT, files={"a.jpg": "9"}),
        Decision(outcome=Outcome.EDIT, new_files=frozenset({"a.jpg"}), is_complete=False),
    ),
    "edit of the current version, sealed: nothing is carried": (
        found(None, BASE),
        replace(EDIT, is_sealed=True),
        Decision(outcome=Outcome.EDIT, is_complete=False),
    ),
    "edit of the current version that waits already": (
        found(None, BASE, waiting=replace(STORED, files=SOUND), variants=1),
        EDIT,
        Decision(outcome=Outcome.EDIT, is_waiting=True, carried=frozenset(PHOTO)),
    ),
    "edit of a superseded version, and it is the one that superseded it": (
        found(replace(STORED, deprecated_id="uuid:1", files=PHOTO), REPLACED),
        replace(EDIT, files=SOUND),
        Decision(outcome=Outcome.MORE_FILES, new_files=frozenset(SOUND)),
    ),
    "the same, nothing new": (
        found(replace(STORED, deprecated_id="uuid:1", files=PHOTO), REPLACED),
        EDIT,
        Decision(outcome=Outcome.SAME, is_complete=False),
    ),
    "edit of a version that something else superseded": (
        found(None, REPLACED),
        replace(EDIT, expected=frozenset()),
        queued(Reason.SUPERSEDED_BASE),
    ),
    "edit of something unknown": (
        found(),
        replace(EDIT, files=PHOTO),
        queued(Reason.UNKNOWN_BASE, new_files=frozenset(PHOTO), is_complete=False),
    ),
    "edit of something unknown, again": (
        found(waiting=replace(STORED, files=PHOTO), variants=1),
        replace(EDIT, files=PHOTO),
        queued(Reason.UNKNOWN_BASE, is_waiting=True, is_complete=False),
    ),
    "edit of a deleted record": (
        found(None, replace(DELETED, is_current=False)),
        replace(EDIT, expected=frozenset()),
        queued(Reason.DELETED_BASE),
    ),
    "edit of a record that somebody else sent": (
        found(None, replace(BASE, sender=7)),
        replace(EDIT, sender=8, files=SOUND),
        queued(Reason.OF_ANOTHER, new_files=frozenset(SOUND), is_complete=False),
    ),
    "edit of a record that somebody else sent, and another has edited": (
        found(None, replace(BASE, sender=7, is_current=False, is_deleted=True)),
        replace(EDIT, sender=8, expected=frozenset()),
        queued(Reason.OF_ANOTHER),
    ),
    "edit of somebody else's record by who looks after that place": (
        found(None, replace(BASE, sender=7)),
        replace(EDIT, sender=8, may_edit_all=True),
        Decision(outcome=Outcome.EDIT, carried=frozenset(PHOTO), is_complete=False),
    ),
    "edit whose instanceID belongs to another record": (
        found(OF_ANOTHER, BASE),
        replace(EDIT, expected=frozenset()),
        queued(Reason.ID_IN_USE),
    ),
    "edit of itself": (
        found(BASE, BASE),
        replace(EDIT, expected=frozenset()),
        queued(Reason.ID_IN_USE),
    ),
    "a record whose period is over": (found(EXPIRED), RECORD, Decision(outcome=Outcome.ERASED)),
    "an edit of one whose period is over": (
        found(None, EXPIRED),
        replace(EDIT, expected=frozenset()),
        queued(Reason.UNKNOWN_BASE),
    ),
    "a record that was taken back": (found(ERASED), RECORD, Decision(outcome=Outcome.ERASED)),
    "an edit of one that was taken back": (
        found(None, ERASED),
        EDIT,
        Decision(outcome=Outcome.ERASED),
    ),
    "an edit that arrived before its base was taken back": (
        found(OF_ANOTHER, ERASED),
        EDIT,
        Decision(outcome=Outcome.ERASED),
    ),
}
"""Situation to what is stored, what arrives, and what it means. (The line of files that the XML
does not name is `match_files`: test_envelope.py.)"""


@pytest.mark.parametrize("situation", TABLE)
def test_what_it_means(situation: str) -> None:
    stored, incoming, expected = TABLE[situation]
    assert decide(stored, incoming) == expected


@pytest.mark.parametrize("outcome", Outcome)
def test_no_outcome_is_without_a_situation(outcome: Outcome) -> None:
    assert outcome in {expected.outcome for _, _, expected in TABLE.values()}


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_is_without_a_situation(reason: Reason) -> None:
    assert reason in {expected.reason for _, _, expected in TABLE.values()}


def test_what_the_index_let_in_is_what_would_have_been_decided() -> None:
    for files in ({}, PHOTO, {**PHOTO, **SOUND}):
        incoming = replace(NAMING, files=files)
        assert as_new(incoming) == decide(Found(), incoming)
        assert as_new(incoming).is_complete == (len(files) == 2)


@pytest.mark.parametrize("situation", TABLE)
def test_sent_again_after_it_was_stored_nothing_is_new(situation: str) -> None:
    """Whatever was decided, the same upload once more adds nothing."""
    stored, incoming, first = TABLE[situation]
    if first.outcome in (Outcome.ERASED, Outcome.FULL):
        assert decide(stored, incoming) == first
        return
    held = Known(
        canonical_digest=incoming.canonical_digest,
        is_current=True,
        deprecated_id=incoming.deprecated_id,
        files=incoming.files,
    )
    if first.outcome is Outcome.QUEUE:
        again = decide(replace(stored, waiting=held), incoming)
        assert (again.outcome, again.reason) == (Outcome.QUEUE, first.reason)
        assert again.is_waiting
    else:
        again = decide(Found(known=held, base=stored.base), incoming)
        assert again.outcome is Outcome.SAME
    assert not again.new_files
