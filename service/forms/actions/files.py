"""Files of forms at rest: sealed, each under a key of its own, bound to the version it belongs to.

Phones fetch them and keep them in clear, so whoever publishes declares that they tell of nobody.
They are sealed here all the same: a declaration may be wrong.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.forms import file_names, queries
from service.forms.queries import OfferedFile
from service.forms.queries.drafts import DraftFile
from service.forms.tables import FormFile
from service.foundation import audit, keys
from service.foundation.blobs import CHUNK, Blob, LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import DataClass, DataKey, Place, boxes


def file_rows(
    blobs: LocalBlobs, project_id: int, version_pk: int, media: Mapping[str, bytes]
) -> list[FormFile]:
    """Make the files durable, and answer the rows that name them."""
    return [
        _row(project_id, version_pk, name, _kept(blobs, project_id, iter([data])))
        for name, data in media.items()
    ]


def brought_rows(project_id: int, version_pk: int, files: Mapping[str, Blob]) -> list[FormFile]:
    """Rows that name files which are durable already, sealed as they flowed in."""
    return [_row(project_id, version_pk, name, blob) for name, blob in files.items()]


def _kept(blobs: LocalBlobs, project_id: int, pieces: Iterator[bytes]) -> Blob:
    draft = blobs.draft(keys.current().take(project_id))
    try:
        for piece in pieces:
            draft.write(piece)
        return draft.commit()
    except BaseException:
        draft.discard()
        raise


def _row(project_id: int, version_pk: int, name: str, blob: Blob) -> FormFile:
    return FormFile(
        version_pk=version_pk,
        name=name,
        sha256=blob.sha256,
        md5=blob.md5,
        size=blob.size,
        media_type=file_names.media_type(name),
        **_sealed_as(project_id, version_pk, name, blob),
    )


def _sealed_as(project_id: int, version_pk: int, name: str, blob: Blob) -> dict[str, Any]:
    """The columns that say where the bytes are, and tie them to this file."""
    if blob.key is None:
        raise TypeError("a clear blob")
    place = _place(project_id, version_pk, name)
    bound = boxes.binding(blob.key, place, blob.name)
    return {"blob": blob.name, "key_pk": blob.key.key_pk, "bound": bound}


def _place(project_id: int, version_pk: int, name: str) -> Place:
    return Place(
        project_id=project_id,
        record=uuid.UUID(int=version_pk),
        data_class=DataClass.IDENTITY,
        field=f"form file/{name}",
    )


def content(blobs: LocalBlobs, file: OfferedFile) -> Iterator[bytes]:
    """The bytes as they were published, a piece at a time. Raises NOT_FOUND at once where they are
    not the ones that were published as this file."""
    if file.key_pk is None:  # of an earlier release: `seal_files` has not come by yet
        return _clear(blobs, file.blob)
    key = keys.current().find(file.project_id, file.key_pk)
    place = _place(file.project_id, file.version_pk, file.name)
    if key is None or not boxes.is_bound(key, place, file.blob, file.bound or b""):
        keys.unsealable(form_file=file.file_pk)
        raise Problem(NOT_FOUND)
    return keys.watched(blobs.unsealed(file.blob, key), form_file=file.file_pk)


def _clear(blobs: LocalBlobs, name: str) -> Iterator[bytes]:
    with blobs.open(name) as source:
        while chunk := source.read(CHUNK):
            yield chunk


# --- of drafts ----------------------------------------------------------------------------------
def keep_draft_file(blobs: LocalBlobs, project_id: int, pieces: Iterator[bytes]) -> Blob:
    """Make a file durable while it streams in, before it is known to which draft it belongs."""
    return _kept(blobs, project_id, pieces)


def draft_columns(project_id: int, draft_pk: int, name: str, blob: Blob) -> dict[str, Any]:
    """What a row of a draft says of a file that is durable."""
    if blob.key is None:
        raise TypeError("a clear blob")
    return {
        "sha256": blob.sha256,
        "md5": blob.md5,
        "size": blob.size,
        "media_type": file_names.media_type(name),
        **_bound_to_draft(project_id, draft_pk, name, key=blob.key, blob=blob.name),
    }


def _bound_to_draft(
    project_id: int, draft_pk: int, name: str, *, key: DataKey, blob: str
) -> dict[str, Any]:
    place = _draft_place(project_id, draft_pk, name)
    return {"blob": blob, "key_pk": key.key_pk, "bound": boxes.binding(key, place, blob)}


def _draft_place(project_id: int, draft_pk: int, name: str) -> Place:
    return Place(
        project_id=project_id,
        record=uuid.UUID(int=draft_pk),
        data_class=DataClass.IDENTITY,
        field=f"draft file/{name}",
    )


def carried_columns(
    project_id: int, draft_pk: int, files: Sequence[OfferedFile | DraftFile]
) -> Iterator[dict[str, Any]]:
    """Rows of a new draft for files that its form had before: the same bytes, bound anew."""
    found = _keys_of(project_id, files)
    for file in files:
        key = _checked(found, project_id, file)
        if key is not None:
            yield {
                "name": file.name,
                "sha256": file.sha256,
                "md5": file.md5,
                "size": file.size,
                "media_type": file.media_type,
                **_bound_to_draft(project_id, draft_pk, file.name, key=key, blob=file.blob),
            }


def moved_columns(
    project_id: int, version_pk: int, files: Sequence[DraftFile]
) -> Iterator[dict[str, Any]]:
    """Rows of a published version for the files of its draft. Raises NOT_FOUND where one is not
    what was put there: nothing is published without it."""
    found = _keys_of(project_id, files)
    for file in files:
        key = _checked(found, project_id, file)
        if key is None:
            raise Problem(NOT_FOUND)
        place = _place(project_id, version_pk, file.name)
        yield {
            "version_pk": version_pk,
            "name": file.name,
            "sha256": file.sha256,
            "md5": file.md5,
            "size": file.size,
            "media_type": file.media_type,
            "blob": file.blob,
            "key_pk": key.key_pk,
            "bound": boxes.binding(key, place, file.blob),
        }


def _keys_of(
    project_id: int, files: Sequence[OfferedFile | DraftFile]
) -> Mapping[uuid.UUID, DataKey]:
    """All at once: whoever publishes many files keeps others from writing."""
    return keys.current().find_many(project_id, [file.key_pk for file in files if file.key_pk])


def _checked(
    found: Mapping[uuid.UUID, DataKey], project_id: int, file: OfferedFile | DraftFile
) -> DataKey | None:
    """The key of a file that lies where it was put; None for one that does not."""
    if file.key_pk is None:  # of an earlier release, not sealed yet
        return None
    key = found.get(file.key_pk)
    if isinstance(file, DraftFile):
        place = _draft_place(project_id, file.draft_pk, file.name)
    else:
        place = _place(project_id, file.version_pk, file.name)
    if key is None or not boxes.is_bound(key, place, file.blob, file.bound or b""):
        keys.unsealable(form_file=file.file_pk)
        return None
    return key


def draft_content(blobs: LocalBlobs, file: DraftFile) -> Iterator[bytes]:
    """The bytes as they were put into the draft. Raises NOT_FOUND at once, as `content` does."""
    key = _checked(_keys_of(file.project_id, [file]), file.project_id, file)
    if key is None:
        raise Problem(NOT_FOUND)
    return keys.watched(blobs.unsealed(file.blob, key), form_file=file.file_pk)


def seal_files(blobs: LocalBlobs) -> frozenset[str]:
    """Seal what earlier releases stored in clear, page by page; killed, it goes on. Answers names
    of blobs that no file of a form needs any more: others may."""
    left: list[str] = []
    while files := _clear_files():
        with unit_of_work() as session:
            for file in files:
                blob = _kept(blobs, file.project_id, _clear(blobs, file.blob))
                columns = _sealed_as(file.project_id, file.version_pk, file.name, blob)
                queries.update_file(session, file.file_pk, columns)
        left += [file.blob for file in files]
    if left:
        with unit_of_work() as session:
            audit.record(
                session, project_id=0, actor_id=None, action="form.seal_files", subject=0,
                rows=len(left),
            )  # fmt: skip
    return frozenset(left)


def _clear_files() -> list[OfferedFile]:
    with reading() as session:
        return queries.list_clear_files(session)
