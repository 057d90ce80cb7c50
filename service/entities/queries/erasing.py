"""Entities follow their records: what is erased when people take back what they gave.

An entity to which a withdrawn record gave anything is erased whole, versions that others gave
included: they were made on top of what is taken back, and repeat it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from service.entities.queries import arrivals, lists, storing
from service.entities.queries.storing import Connected


def keys_of(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """Data keys of entities to which these records gave something."""
    found = storing.of_records(connection, project_id, record_pks)
    return [one.key_pk for one in found if one.key_pk is not None]


def touch_of_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> None:
    """These records stand otherwise than before: removed, put back, or with other consent. The
    lists that their entities are in may be others for phones."""
    found = storing.of_records(connection, project_id, record_pks)
    lists.touch(connection, project_id, {one.list_pk for one in found})


def erase_of_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID], now: dt.datetime
) -> None:
    """Leave of them a stand-in, by which a record that is sent again brings nobody back."""
    found = storing.of_records(connection, project_id, record_pks)
    arrivals.forget(connection, project_id, record_pks)
    if found:
        lists.lock(connection, project_id, {one.list_pk for one in found})
        storing.erase(connection, project_id, [one.entity_pk for one in found], now)
        lists.touch(connection, project_id, {one.list_pk for one in found})
