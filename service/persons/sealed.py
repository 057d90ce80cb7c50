"""A person's description as it lies with the person: sealed as the record's names are.

Under the very key of those names, so it goes with them, wherever and whenever they are erased.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import msgspec

from service.foundation.sealing import DataClass, DataKey, Place, seal, unseal
from service.persons.matching import Described

Columns = Mapping[str, object]
NOTHING: Columns = {"compared": None, "compared_key_pk": None}
_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(Described).decode


def place(project_id: int, record_pk: uuid.UUID, mention_pk: uuid.UUID) -> Place:
    return Place(
        project_id=project_id,
        record=record_pk,
        data_class=DataClass.IDENTITY,
        field=f"person {mention_pk.hex}",
    )


def sealed(key: DataKey | None, where: Place, described: Described) -> Columns:
    """The columns `compared` and `compared_key_pk`; without a key nothing is kept."""
    if key is None:
        return NOTHING
    return {"compared": seal(key, where, _write(described)), "compared_key_pk": key.key_pk}


def opened(key: DataKey, where: Place, compared: bytes) -> Described:
    """Raises Unsealable."""
    return _read(unseal(key, where, compared))
