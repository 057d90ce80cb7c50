"""Files are prepared for those who may look at them: a clean copy, and of pictures a small one.

The original stays as it came, sealed, and is shown to nobody: nothing acknowledged is lost, and
nothing is shown that says more than its content. What is made is durable before the row that
names it; killed in between, it is made again, and the orphan is swept up.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from service.foundation import clock, crash_points, ids, keys
from service.foundation.blobs import Blob, Draft, LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import media_types, metadata, pictures
from service.foundation.formats.media_types import Kind
from service.foundation.sealing import DataClass, DataKey, Place, Unsealable, boxes, seal
from service.intake.actions.sealed import file_place
from service.intake.queries import preparing as queries
from service.intake.queries.preparing import Waiting
from service.intake.tables import Part, Preparation


def prepare_files(
    blobs: LocalBlobs,
    project_id: int,
    submission_pk: uuid.UUID,
    is_time_up: Callable[[], bool] = lambda: False,
) -> bool:
    """Prepare what waits of a submission, each file by itself; False where time was up before
    the last. A file that fails stops none of the others."""
    with reading() as session:
        waiting = queries.list_waiting(session, project_id, submission_pk)
    failed: Exception | None = None
    for file in waiting:
        if is_time_up():
            return False
        try:
            _prepare(blobs, file)
        except Exception as error:  # told once the others are done
            failed = error
    if failed is not None:
        raise failed
    return True


def _prepare(blobs: LocalBlobs, file: Waiting) -> None:
    if file.key_pk is None:
        raise LookupError("stored in clear: seal_stored comes first")
    key = keys.current().find(file.project_id, file.key_pk)
    if key is None:
        return  # taken back: nobody can read it any more
    content = _Content(blobs, file, key)
    media_type = file.media_type or _look_at_type(file, content)
    if media_type not in metadata.CLEANED_TYPES:
        return
    kept = _Kept(blobs, file)
    try:
        outcome = _make(kept, media_type, content)
        crash_points.reached("before_prepared")
        with unit_of_work() as session:
            rows = [] if outcome is not Preparation.READY else kept.rows
            is_stored = queries.mark_prepared(session, file, outcome, rows, clock.now())
    except BaseException:
        kept.retract()
        raise
    if outcome is not Preparation.READY or not is_stored:
        kept.retract()


def _look_at_type(file: Waiting, content: _Content) -> str:
    """Of a file that was stored before types were asked."""
    head = b"".join(itertools.islice(content(), 1))[: media_types.HEAD]
    media_type = media_types.sniff(head)
    with unit_of_work() as session:
        queries.set_media_type(session, file, media_type)
    return media_type


def _make(kept: _Kept, media_type: str, content: _Content) -> Preparation:
    try:
        cleaned = metadata.clean(media_type, content)
        if media_types.kind(media_type) is not Kind.PICTURE:
            kept.add(Part.COPY, cleaned.media_type, cleaned.pieces)
            return Preparation.READY
        picture = b"".join(cleaned.pieces)
    except (metadata.NotUnderstood, Unsealable) as error:
        if isinstance(error, Unsealable):
            keys.unsealable(submission=str(kept.file.submission_pk))
        return Preparation.NOT_UNDERSTOOD
    preview = pictures.preview(picture)
    if preview is None:
        return Preparation.UNDECODABLE
    kept.add(Part.COPY, cleaned.media_type, (picture,))
    kept.add(Part.PREVIEW, media_types.WEBP, (preview,))
    return Preparation.READY


class _Content:
    """The file as it came, from its beginning, as often as asked. Raises Unsealable."""

    def __init__(self, blobs: LocalBlobs, file: Waiting, key: DataKey) -> None:
        self._blobs, self._file, self._key = blobs, file, key

    def __call__(self) -> Iterator[bytes]:
        file = self._file
        place = file_place(file.project_id, file.submission_pk, file.name_digest)
        if not boxes.is_bound(self._key, place, file.blob, file.bound or b""):
            raise Unsealable
        return self._blobs.unsealed(file.blob, self._key)


class _Kept:
    """What was made of a file: durable, and not named by any row yet."""

    def __init__(self, blobs: LocalBlobs, file: Waiting) -> None:
        self.file = file
        self.rows: list[dict[str, Any]] = []
        self._blobs = blobs
        self._drafts: list[Draft] = []

    def add(self, part: Part, media_type: str, pieces: Iterable[bytes]) -> None:
        """Seal it under a key of its own. Raises what `pieces` raises, leaving nothing behind."""
        key = keys.current().take(self.file.project_id)
        draft = self._blobs.draft(key)
        try:
            for piece in pieces:
                draft.write(piece)
            blob = draft.commit()
        except BaseException:
            draft.discard()
            raise
        self._drafts.append(draft)
        self.rows.append(self._row(part, media_type, blob, key))

    def _row(self, part: Part, media_type: str, blob: Blob, key: DataKey) -> dict[str, Any]:
        prepared_pk = ids.new_uuid()
        place = prepared_place(self.file.project_id, self.file.submission_pk, prepared_pk)
        return {
            "prepared_pk": prepared_pk,
            "part": part,
            "media_type": media_type,
            "size": blob.size,
            "blob": blob.name,
            "key_pk": key.key_pk,
            "bound": boxes.binding(key, place, blob.name),
            "sealed_md5": seal(key, md5_place(place), bytes.fromhex(blob.md5)),
        }

    def retract(self) -> None:
        """Gone, and their keys with them: the file may have been taken back meanwhile."""
        for draft in self._drafts:
            draft.retract()
        if self.rows:
            keys.current().destroy(self.file.project_id, [row["key_pk"] for row in self.rows])


def md5_place(place: Place) -> Place:
    """Of the MD5 of what lies in `place`."""
    return replace(place, field=f"{place.field}/md5")


def prepared_place(project_id: int, submission_pk: uuid.UUID, prepared_pk: uuid.UUID) -> Place:
    """Of something that was made of a file."""
    return Place(
        project_id=project_id,
        record=submission_pk,
        data_class=DataClass.TESTIMONY,
        field=f"prepared/{prepared_pk.hex}",
    )
