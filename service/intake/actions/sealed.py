"""How what people sent lies at rest: sealed, bound to its record, each file under its own key."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from service.foundation import keys
from service.foundation.blobs import Blob
from service.foundation.db import reading
from service.foundation.sealing import DataClass, DataKey, Place, Unsealable, boxes, seal, unseal
from service.intake.envelope import Bytes
from service.intake.queries import receiving as queries
from service.intake.queries.projecting import ForProjection


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """A file that is durable, and sealed."""

    digest: str
    size: int
    media_type: str
    blob: str
    key: DataKey
    content: Bytes = field(repr=False)

    def row(self, project_id: int, record: uuid.UUID, name: str) -> dict[str, Any]:
        """What a row of `record` says of it, in which it is called `name`."""
        return {
            "digest": self.digest,
            "size": self.size,
            "media_type": self.media_type,
            "blob": self.blob,
            "key_pk": self.key.key_pk,
            **bound_to(project_id, record, name, key=self.key, blob=self.blob),
        }


def keep(content: Bytes) -> KeptFile:
    """Make a file that arrived durable."""
    blob = content.commit()
    if not isinstance(blob, Blob) or blob.key is None:
        raise TypeError(f"{type(content).__name__} does not commit to a sealed blob")
    digest = keys.current().digest(bytes.fromhex(blob.sha256)).hex()
    return KeptFile(
        digest=digest,
        size=blob.size,
        media_type=blob.media_type,
        blob=blob.name,
        key=blob.key,
        content=content,
    )


def retract_unnamed(files: Collection[KeptFile]) -> None:
    """Remove files that no row came to name: a phone sent again what was here already."""
    if files:
        with reading() as session:
            named = queries.named_blobs(session, [file.blob for file in files])
        for file in files:
            if file.blob not in named:
                file.content.retract()


def forget(project_id: int, xml: Mapping[str, Any], files: Iterable[KeptFile]) -> None:
    """Destroy the keys of what arrived and was not kept: no copy of it opens, wherever one is."""
    keys.current().destroy(project_id, [xml["key_pk"], *(file.key.key_pk for file in files)])


def xml_place(project_id: int, submission_pk: uuid.UUID) -> Place:
    return Place(project_id=project_id, record=submission_pk, data_class=DataClass.RAW, field="xml")


def file_place(project_id: int, record: uuid.UUID, name_digest: str) -> Place:
    """Of a file of a submission, or of what is in quarantine. (In rows that `seal_stored` has not
    come by yet the name itself stands where its stand-in will.)"""
    return Place(
        project_id=project_id,
        record=record,
        data_class=DataClass.TESTIMONY,
        field=f"file/{name_digest}",
    )


def name_place(project_id: int, record: uuid.UUID) -> Place:
    """Of what a file is called there; which file it is, its key says."""
    return Place(
        project_id=project_id, record=record, data_class=DataClass.IDENTITY, field="file name"
    )


def bound_to(
    project_id: int, record: uuid.UUID, name: str, *, key: DataKey, blob: str
) -> dict[str, Any]:
    """The columns that tie a file to a record: what stands for its name, the name, the MAC."""
    digest = queries.name_digest(project_id, record, name)
    return {
        "name_digest": digest,
        "sealed_name": seal(key, name_place(project_id, record), name.encode()),
        "bound": boxes.binding(key, file_place(project_id, record, digest), blob),
    }


def opened_name(key: DataKey, project_id: int, record: uuid.UUID, sealed: bytes | None) -> str:
    """Raises Unsealable."""
    return unseal(key, name_place(project_id, record), sealed or b"").decode()


def sealed_xml(project_id: int, submission_pk: uuid.UUID, xml: bytes) -> dict[str, Any]:
    """The columns `xml` and `key_pk`."""
    key = keys.current().take(project_id)
    return {"xml": seal(key, xml_place(project_id, submission_pk), xml), "key_pk": key.key_pk}


def with_xml(project_id: int, rows: Sequence[ForProjection]) -> Iterator[ForProjection]:
    """The rows with their XML unsealed. Rows whose key was destroyed are left out: nobody can
    read them any more; so are those that do not open, after an alarm."""
    found = keys.current().find_many(project_id, (row.key_pk for row in rows if row.key_pk))
    for row in rows:
        if row.key_pk is None:
            yield row
        elif row.key_pk in found:
            try:
                place = xml_place(project_id, row.submission_pk)
                yield replace(row, xml=unseal(found[row.key_pk], place, row.xml))
            except Unsealable:
                keys.unsealable(submission=str(row.submission_pk))


def moved_files(
    project_id: int,
    from_pk: uuid.UUID,
    to_pk: uuid.UUID,
    rows: Sequence[Mapping[str, Any]],
    wanted: Collection[str],
) -> list[dict[str, Any]]:
    """Rows of files of one submission, bound to another: an edit keeps files of its base, those
    whose names it says (`wanted`: their stand-ins there). Those whose key was destroyed, and
    those that were not bound to the first, stay behind."""
    found = keys.current().find_many(project_id, (row["key_pk"] for row in rows if row["key_pk"]))
    moved = []
    for row in rows:
        key = found.get(row["key_pk"])
        if key is None:
            continue
        try:
            name = _checked_name(key, project_id, from_pk, row)
        except Unsealable:
            keys.unsealable(submission=str(from_pk))
            continue
        columns = bound_to(project_id, to_pk, name, key=key, blob=row["blob"])
        if columns["name_digest"] in wanted:
            moved.append({**row, **columns})
    return moved


def _checked_name(key: DataKey, project_id: int, record: uuid.UUID, row: Mapping[str, Any]) -> str:
    """Raises Unsealable, too, where the file is not bound to this record."""
    place = file_place(project_id, record, row["name_digest"])
    if not boxes.is_bound(key, place, row["blob"], row["bound"] or b""):
        raise Unsealable
    return opened_name(key, project_id, record, row["sealed_name"])
