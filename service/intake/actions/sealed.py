"""How what people sent lies at rest: sealed, bound to its record, each class of what a record tells
and each file under a key of its own."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Protocol

from service.forms.schema import FormSchema
from service.foundation import keys
from service.foundation.blobs import Blob
from service.foundation.db import reading
from service.foundation.sealing import DataClass, DataKey, Place, Unsealable, boxes, seal, unseal
from service.intake import parting
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
    of_xml = [xml[name] for name in ("key_pk", *_OF_PARTS) if xml[name] is not None]
    keys.current().destroy(project_id, [*of_xml, *(file.key.key_pk for file in files)])


def xml_place(
    project_id: int, submission_pk: uuid.UUID, data_class: DataClass = DataClass.RAW
) -> Place:
    return Place(project_id=project_id, record=submission_pk, data_class=data_class, field="xml")


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
    """The columns `xml` and `key_pk`: all under one key."""
    key = keys.current().take(project_id)
    return {"xml": seal(key, xml_place(project_id, submission_pk), xml), "key_pk": key.key_pk}


def sealed_by_class(
    project_id: int, submission_pk: uuid.UUID, xml: bytes, schema: FormSchema | None
) -> dict[str, Any]:
    """The same, with the columns of the keys of each class. Without a schema of its very version
    nobody knows which class an answer has, and one key has all."""
    columns: dict[str, Any] = dict.fromkeys(_OF_PARTS)
    if schema is not None:
        apart = parting.parted(xml, schema)
        boxes_: dict[int, bytes] = {}
        for number, part in enumerate(apart.parts):
            if part:
                key = keys.current().take(project_id)
                place = xml_place(project_id, submission_pk, parting.PARTS[number])
                boxes_[number] = seal(key, place, part)
                columns[_OF_PARTS[number]] = key.key_pk
        if boxes_:
            xml = parting.packed(apart, boxes_)
    return columns | sealed_xml(project_id, submission_pk, xml)


_OF_PARTS = ("identity_key_pk", "testimony_key_pk")


class SealedXml(Protocol):
    """A row that says under which keys a version's XML lies."""

    @property
    def submission_pk(self) -> uuid.UUID: ...
    @property
    def key_pk(self) -> uuid.UUID | None: ...
    @property
    def identity_key_pk(self) -> uuid.UUID | None: ...
    @property
    def testimony_key_pk(self) -> uuid.UUID | None: ...


def keys_of(row: SealedXml, classes: Collection[DataClass] = parting.PARTS) -> Iterator[uuid.UUID]:
    """Those to look for, of the classes that are wanted."""
    wanted = [row.key_pk]
    if DataClass.IDENTITY in classes:
        wanted.append(row.identity_key_pk)
    if DataClass.TESTIMONY in classes:
        wanted.append(row.testimony_key_pk)
    return (key for key in wanted if key is not None)


def opened_xml(
    project_id: int, row: SealedXml, xml: bytes, found: Mapping[uuid.UUID, DataKey]
) -> bytes:
    """As it came. Of classes whose keys are not among those found, destroyed or not wanted, answers
    are empty. Raises Unsealable; KeyError where the key of the record is not there."""
    if row.key_pk is None:
        return xml
    plain = unseal(found[row.key_pk], xml_place(project_id, row.submission_pk), xml)
    if not plain.startswith(parting.MARK):
        return plain
    apart = parting.unpacked(plain)
    opened: list[bytes | None] = []
    own = (row.identity_key_pk, row.testimony_key_pk)
    for data_class, key_pk, box in zip(parting.PARTS, own, apart.parts, strict=True):
        key = found.get(key_pk) if key_pk is not None else None
        place = xml_place(project_id, row.submission_pk, data_class)
        opened.append(None if key is None or box is None else unseal(key, place, box))
    return replace(apart, parts=(opened[0], opened[1])).joined()


def with_xml(project_id: int, rows: Sequence[ForProjection]) -> Iterator[ForProjection]:
    """The rows with their XML unsealed. Rows whose key was destroyed are left out: nobody can
    read them any more; so are those that do not open, after an alarm."""
    found = keys.current().find_many(project_id, chain.from_iterable(map(keys_of, rows)))
    for row in rows:
        if row.key_pk is None or row.key_pk in found:
            try:
                yield replace(row, xml=opened_xml(project_id, row, row.xml, found))
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
