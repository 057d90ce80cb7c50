"""Texts as they lie: each sealed under a key of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from service.foundation import keys
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import DataClass, DataKey, Place, Unsealable, seal, unseal
from service.testimonies import masks
from service.testimonies.tables import ToldMask, ToldText


def sealed(
    key: DataKey, project_id: int, record_pk: uuid.UUID, version_pk: uuid.UUID, text: str
) -> bytes:
    return seal(key, _place(project_id, record_pk, version_pk), text.encode())


def opened(version: ToldText) -> str:
    """The whole text. Raises NOT_FOUND where its key is gone, or it does not open."""
    key = keys.current().find(version.project_id, version.key_pk)
    if key is None:
        raise Problem(NOT_FOUND)
    place = _place(version.project_id, version.record_pk, version.version_pk)
    try:
        return unseal(key, place, version.sealed).decode()
    except Unsealable:
        keys.unsealable(testimony=str(version.version_pk))
        raise Problem(NOT_FOUND) from None


def shown(version: ToldText, redactions: Iterable[ToldMask]) -> str:
    """With what is masked in it. Raises as `opened`."""
    masked = [
        span for one in redactions if one.version_pk == version.version_pk for span in one.spans
    ]
    return masks.shown(opened(version), masked)


def digest(version_pk: uuid.UUID, text: str) -> str:
    """What stands for the text as it is shown."""
    return keys.current().stand_in("testimony", version_pk, text).hex()


def _place(project_id: int, record_pk: uuid.UUID, version_pk: uuid.UUID) -> Place:
    return Place(
        project_id=project_id,
        record=record_pk,
        data_class=DataClass.TESTIMONY,
        field=f"version/{version_pk.hex}",
    )
