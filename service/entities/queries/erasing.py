"""Entities follow their records: erased when people take back what they gave, or when it was kept
for long enough.

An entity to which a withdrawn record gave anything is erased whole, versions that others gave
included: they were made on top of what is taken back, and repeat it. One whose record is over
stays while another record that gave to it stands: the period begins with the last contact.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from service.entities.queries import arrivals, by_record, changes, lists
from service.entities.queries.storing import Connected, Found


def keys_of(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID], *, expires: bool
) -> list[uuid.UUID]:
    """Data keys of entities that go with these records."""
    found, _ = _going(connection, project_id, record_pks, expires=expires)
    return [one.key_pk for one in found if one.key_pk is not None]


def lists_of(connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]) -> set[int]:
    """Lists in which something stands that these records gave."""
    return {one.list_pk for one in by_record.of_records(connection, project_id, record_pks)}


def _going(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID], *, expires: bool
) -> tuple[list[Found], list[Found]]:
    """Entities that go with these records, and those that stay."""
    found = by_record.of_records(connection, project_id, record_pks)
    if not expires or not found:
        return found, []
    given = by_record.records_of(connection, project_id, [one.entity_pk for one in found])
    others = frozenset().union(*given.values()) - frozenset(record_pks)
    standing = by_record.standing_records(connection, project_id, others).keys()
    staying = {pk for pk, records in given.items() if records & standing}
    return (
        [one for one in found if one.entity_pk not in staying],
        [one for one in found if one.entity_pk in staying],
    )


def lock_deleted(
    connection: Connected, project_id: int, before: dt.datetime, limit: int
) -> dict[uuid.UUID, uuid.UUID | None]:
    """{entity: its data key} of those that were deleted before then, and that no record gave."""
    return by_record.lock_deleted(connection, project_id, before, limit)


def erase(
    connection: Connected, project_id: int, entity_pks: Collection[uuid.UUID], now: dt.datetime
) -> None:
    """Leave of each its stand-in. No list changes: they were in none."""
    by_record.erase(connection, project_id, entity_pks, now)


def touch_of_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> None:
    """These records stand otherwise than before: removed, put back, or with other consent. The
    lists that their entities are in may be others for phones."""
    found = by_record.of_records(connection, project_id, record_pks)
    changes.touch(connection, project_id, found)


def hand_over(
    connection: Connected, project_id: int, submission_pk: uuid.UUID, of: uuid.UUID, to: uuid.UUID
) -> None:
    """A copy took its place in a record, or was taken out: what it gave to lists goes along, is
    seen by what that record allows, and is taken back with it."""
    by_record.hand_over(connection, project_id, submission_pk, of, to)
    touch_of_records(connection, project_id, [of, to])


def erase_of_records(
    connection: Connected,
    project_id: int,
    record_pks: Collection[uuid.UUID],
    now: dt.datetime,
    *,
    expires: bool,
) -> None:
    """Leave of them a stand-in, by which a record that is sent again brings nobody back."""
    going, staying = _going(connection, project_id, record_pks, expires=expires)
    arrivals.forget(connection, project_id, record_pks)
    lists.lock(connection, project_id, {one.list_pk for one in (*going, *staying)})
    by_record.erase(connection, project_id, [one.entity_pk for one in going], now)
    by_record.forget_records(connection, project_id, [one.entity_pk for one in staying], record_pks)
    changes.touch(connection, project_id, [*going, *staying])
