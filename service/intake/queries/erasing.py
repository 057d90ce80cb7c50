"""What is erased of a record that was taken back, and what is left of it: its place."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.forms.tables import Form
from service.foundation import audit
from service.foundation.insert_together import InsertTogether
from service.intake.queries.receiving import instance_digest
from service.intake.tables import (
    Attachment,
    FilePart,
    PreparedFile,
    State,
    Submission,
    SubmissionXml,
)

Connected = Session | sa.Connection
PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Row:
    """One received instance that is to be erased."""

    project_id: int
    submission_pk: uuid.UUID
    record_pk: uuid.UUID
    form_pk: int
    instance_id: str = field(repr=False)
    instance_digest: bytes
    state: State
    received_at: dt.datetime
    submitter_id: int | None
    place: str | None

    @property
    def is_current(self) -> bool:
        return self.state == State.CURRENT

    @property
    def is_expired(self) -> bool:
        return self.state == State.EXPIRED

    @property
    def is_queued(self) -> bool:
        return self.state == State.QUEUED

    @property
    def is_beside(self) -> bool:
        """A copy under the ID of something else that stays: its own key stands for it."""
        return bytes(self.instance_digest) == self.submission_pk.bytes


_ROW = sa.select(
    Submission.project_id,
    Submission.submission_pk,
    Submission.record_pk,
    Submission.form_pk,
    Submission.instance_id,
    Submission.instance_digest,
    Submission.state,
    Submission.received_at,
    Submission.submitter_id,
    Submission.place,
)
NOT_QUEUED = Submission.state != sa.literal_column(f"'{State.QUEUED}'")
IS_QUEUED = Submission.state == sa.literal_column(f"'{State.QUEUED}'")
"""As the partial indexes say it: with a parameter in its place they would not be used."""

insert_tombstone = InsertTogether(Submission, audit.LOG)
"""The place of an instance that was erased before it arrived: an edit of an erased record."""


def find_instances(connection: Connected, project_id: int, instance_id: str) -> list[Row]:
    """The records stored under an instance ID; one for each form that has such a one. A copy
    that only waits beside a record is not one."""
    of_project = sa.select(Form.form_pk).where(Form.project_id == project_id)
    forms = connection.execute(of_project).scalars()
    digests = [instance_digest(project_id, form_pk, instance_id) for form_pk in forms]
    return find_by_digest(connection, project_id, digests)


def find_by_digest(connection: Connected, project_id: int, digests: Collection[bytes]) -> list[Row]:
    """Those of these instances that are stored and not erased."""
    these = (Submission.project_id == project_id, Submission.instance_digest.in_(list(digests)))
    kept = _ROW.where(*these, NOT_QUEUED, Submission.state != State.ERASED)
    parked = _ROW.where(*these, IS_QUEUED)
    return [Row(**row._mapping) for query in (kept, parked) for row in connection.execute(query)]


def find_rows(
    connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID]
) -> list[Row]:
    query = _ROW.where(
        Submission.project_id == project_id, Submission.submission_pk.in_(list(submission_pks))
    )
    return [Row(**row._mapping) for row in connection.execute(query)]


def list_hanging(
    connection: Connected,
    project_id: int,
    record_pks: Collection[uuid.UUID],
    *,
    lock: bool = True,
) -> list[Row]:
    """Everything that hangs on these records, locked: all versions, copies that contradict them,
    and edits that wait for one of them, with those that wait for these. A copy whose ID something
    else has, which stays, is known by its own key (`Row.is_beside`): by that ID the other would be
    erased with it, now or when the list of erasures is read again. What was a record of its own
    when it was found, and took a place since, stands for the record that it is a version of."""
    found = _list_hanging(connection, project_id, record_pks, lock=lock)
    while lock:  # PostgreSQL: whom one waited for a lock may have added an edit, unseen by then
        again = _list_hanging(connection, project_id, record_pks, lock=True)
        if again.keys() == found.keys():
            break
        found = again
    return _apart(connection, project_id, found)


def _apart(connection: Connected, project_id: int, found: Mapping[uuid.UUID, Row]) -> list[Row]:
    digests = {bytes(row.instance_digest) for row in found.values() if row.is_queued}
    if not digests:
        return list(found.values())
    others = connection.execute(
        sa.select(Submission.submission_pk, Submission.instance_digest).where(
            Submission.project_id == project_id,
            Submission.instance_digest.in_(digests),
            NOT_QUEUED,
        )
    )
    taken = {bytes(row.instance_digest) for row in others if row.submission_pk not in found}
    return [
        replace(row, instance_digest=row.submission_pk.bytes)
        if row.is_queued and bytes(row.instance_digest) in taken
        else row
        for row in found.values()
    ]


def _list_hanging(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID], *, lock: bool
) -> dict[uuid.UUID, Row]:
    theirs = sa.select(Submission.record_pk).where(
        Submission.project_id == project_id, Submission.submission_pk.in_(list(record_pks))
    )
    query = _ROW.where(
        Submission.project_id == project_id,
        Submission.record_pk.in_(theirs),
        Submission.state != State.ERASED,
    ).order_by(Submission.submission_pk)
    found = {
        row.submission_pk: Row(**row._mapping)
        for row in connection.execute(query.with_for_update() if lock else query)
    }
    fresh = set(found)
    while fresh:
        # On the ID of a copy that something else has hangs what hangs on that, and stays with it.
        known = _apart(connection, project_id, found)
        own = [row for row in known if row.submission_pk in fresh and not row.is_beside]
        more = {
            row.submission_pk: row for row in _hanging_on(connection, project_id, own, lock=lock)
        }
        fresh = more.keys() - found.keys()
        found |= {key: more[key] for key in fresh}
    return found


def _hanging_on(
    connection: Connected, project_id: int, rows: Sequence[Row], *, lock: bool
) -> Iterator[Row]:
    by_form: dict[int, list[str]] = {}
    for row in rows:
        if row.is_expired:
            yield from _edits_after(connection, row)
        else:
            by_form.setdefault(row.form_pk, []).append(row.instance_id)
    for form_pk, instance_ids in by_form.items():
        queued = _ROW.where(
            Submission.project_id == project_id,
            Submission.form_pk == form_pk,
            Submission.state == State.QUEUED,
        )
        for column in (Submission.instance_id, Submission.deprecated_id):
            these = queued.where(column.in_(instance_ids))
            found = connection.execute(these.with_for_update() if lock else these)
            yield from (Row(**row._mapping) for row in found)


def _edits_after(connection: Connected, expired: Row) -> Iterator[Row]:
    """Edits that wait for a record of which only the stand-in is left: each says the ID of its
    base, and is asked for the stand-in of that. Few wait at any time."""
    waiting = _ROW.add_columns(Submission.deprecated_id).where(
        Submission.project_id == expired.project_id,
        Submission.form_pk == expired.form_pk,
        IS_QUEUED,
        Submission.deprecated_id.is_not(None),
    )
    for row in connection.execute(waiting).all():
        values = dict(row._mapping)
        base = instance_digest(expired.project_id, expired.form_pk, values.pop("deprecated_id"))
        if base == bytes(expired.instance_digest):
            yield Row(**values)


def find_late(connection: Connected, project_id: int, keys: Collection[uuid.UUID]) -> list[Row]:
    """Waiting edits among `keys` whose base was erased meanwhile."""
    query = _ROW.add_columns(Submission.deprecated_id).where(
        Submission.project_id == project_id,
        Submission.submission_pk.in_(list(keys)),
        Submission.state == State.QUEUED,
        Submission.deprecated_id.is_not(None),
    )
    waiting = {}
    for row in connection.execute(query):
        values = dict(row._mapping)
        base = instance_digest(project_id, row.form_pk, values.pop("deprecated_id"))
        waiting[Row(**values)] = base
    if not waiting:
        return []
    erased = connection.execute(
        sa.select(Submission.instance_digest).where(
            Submission.project_id == project_id,
            Submission.instance_digest.in_(list(waiting.values())),
            NOT_QUEUED,
            Submission.state == State.ERASED,
        )
    )
    gone = {bytes(digest) for digest in erased.scalars()}
    return [row for row, base in waiting.items() if base in gone]


def waiting_for(
    connection: Connected, project_id: int, form_pk: int, instance_id: str
) -> list[uuid.UUID]:
    """Edits that wait for this instance."""
    query = sa.select(Submission.submission_pk).where(
        Submission.project_id == project_id,
        Submission.form_pk == form_pk,
        Submission.deprecated_id == instance_id,
        Submission.state == State.QUEUED,
    )
    return list(connection.execute(query).scalars())


def what_is_held(
    connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID]
) -> tuple[list[uuid.UUID], list[str]]:
    """(data keys, blobs) of these submissions, what was made of their files included. A file that
    was carried over, and that a submission which stays has too, stays."""
    keys: set[uuid.UUID] = set()
    blobs: set[str] = set()
    for page in _pages(submission_pks):
        xml = sa.select(
            SubmissionXml.key_pk,
            SubmissionXml.identity_key_pk,
            SubmissionXml.testimony_key_pk,
            SubmissionXml.replaced_key_pk,
        ).where(SubmissionXml.project_id == project_id, SubmissionXml.submission_pk.in_(page))
        files = sa.select(Attachment.key_pk, Attachment.blob).where(
            Attachment.project_id == project_id, Attachment.submission_pk.in_(page)
        )
        made = sa.select(PreparedFile.key_pk, PreparedFile.blob).where(
            PreparedFile.project_id == project_id, PreparedFile.submission_pk.in_(page)
        )
        parts = sa.select(FilePart.key_pk, FilePart.blob).where(
            FilePart.project_id == project_id, FilePart.submission_pk.in_(page)
        )
        of_xml = chain.from_iterable(connection.execute(xml))
        keys.update(key for key in of_xml if key is not None)
        held = (connection.execute(query) for query in (files, made, parts))
        for key, blob in chain.from_iterable(held):
            blobs.add(blob)
            if key is not None:
                keys.add(key)
    for blob, key in shared(connection, project_id, submission_pks, blobs):
        blobs.discard(blob)
        keys.discard(key)
    return sorted(keys), sorted(blobs)


def shared(
    connection: Connected,
    project_id: int,
    submission_pks: Collection[uuid.UUID],
    blobs: Collection[str],
) -> Iterator[tuple[str, uuid.UUID]]:
    """Files among these that others have too: those of a record that a copy took a place in, and
    was taken out of again."""
    going = frozenset(submission_pks)
    for page in _pages(sorted(blobs)):
        query = sa.select(Attachment.blob, Attachment.key_pk, Attachment.submission_pk).where(
            Attachment.project_id == project_id, Attachment.blob.in_(page)
        )
        for blob, key, submission_pk in connection.execute(query):
            if submission_pk not in going and key is not None:
                yield blob, key


def erase(
    connection: Connected,
    project_id: int,
    rows: Sequence[Row],
    now: dt.datetime,
    *,
    expires: bool = False,
) -> None:
    """Leave of each row its place, and nothing that was said or sent with it. Where only its
    period is over (`expires`), it stays known where it lies and who sent it."""
    left = dict(tombstone(now))
    if expires:
        left["state"] = State.EXPIRED
        del left["place"], left["submitter_id"]
    for page in _pages([row.submission_pk for row in rows]):
        for table in (FilePart, PreparedFile, Attachment, SubmissionXml):
            connection.execute(
                sa.delete(table).where(
                    table.project_id == project_id, table.submission_pk.in_(page)
                )
            )
    _leave_the_place_to_one(connection, project_id, rows)
    for page in _pages([row.submission_pk for row in rows]):
        connection.execute(
            sa.update(Submission)
            .where(Submission.project_id == project_id, Submission.submission_pk.in_(page))
            .values(left)
        )


def tombstone(now: dt.datetime) -> Mapping[str, Any]:
    """The columns of a submission that is erased, but for keys, place and time of receipt."""
    return {
        "state": State.ERASED,
        "reason": None,
        "version": "",
        "version_pk": None,
        "instance_id": "",
        "deprecated_id": None,
        "xml_digest": b"",
        "canonical_digest": b"",
        "expected_files": [],
        "files_expected": 0,
        "files_present": 0,
        "flags": [],
        "sealed_to": None,
        "channel": "",
        "submitter_id": None,
        "device_key": None,
        "user_agent": "",
        "deleted_at": now,
        "projected_at": now,
        "changed_at": now,
        "place": None,
    }


def _leave_the_place_to_one(connection: Connected, project_id: int, rows: Sequence[Row]) -> None:
    """Copies that waited have their record's stand-in, and are no longer outside the index that
    lets one have it: they take their own key instead."""
    taken: set[bytes] = set()
    for row in sorted(rows, key=lambda row: (row.state == State.QUEUED, row.submission_pk)):
        digest = bytes(row.instance_digest)
        if digest not in taken and not row.is_beside:
            taken.add(digest)
            continue
        connection.execute(
            sa.update(Submission)
            .where(
                Submission.project_id == project_id,
                Submission.submission_pk == row.submission_pk,
            )
            .values(instance_digest=row.submission_pk.bytes)
        )


def _pages(values: Collection[Any]) -> Iterator[list[Any]]:
    held = list(values)
    yield from (held[at : at + PAGE] for at in range(0, len(held), PAGE))


# --- stand-ins of an earlier release ------------------------------------------------------------
PLAIN = 20
"""Bytes of a stand-in that a migration made, which knows no keys."""


def is_all_keyed(connection: Connected, project_id: int) -> bool:
    """They are replaced from the newest to the oldest: the oldest tells."""
    oldest = (
        sa.select(Submission.instance_digest)
        .where(Submission.project_id == project_id)
        .order_by(Submission.submission_pk)
        .limit(1)
    )
    found = connection.execute(oldest).scalar()
    return found is None or len(found) != PLAIN


def plain_page(connection: Connected, project_id: int) -> list[Row]:
    query = (
        _ROW.where(
            Submission.project_id == project_id,
            sa.func.length(Submission.instance_digest) == PLAIN,
        )
        .order_by(Submission.submission_pk.desc())
        .limit(PAGE)
    )
    return [Row(**row._mapping) for row in connection.execute(query)]


def set_digests(connection: Connected, project_id: int, rows: Sequence[Row]) -> None:
    statement = (
        sa.update(Submission.__table__)  # type: ignore[arg-type]
        .where(
            Submission.project_id == project_id,
            Submission.submission_pk == sa.bindparam("of_submission"),
        )
        .values(instance_digest=sa.bindparam("digest"))
    )
    values = [
        {
            "of_submission": row.submission_pk,
            "digest": instance_digest(project_id, row.form_pk, row.instance_id),
        }
        for row in rows
    ]
    connection.execute(statement, values)
