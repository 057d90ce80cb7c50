"""Files beside a form, as they come from its source: hashed for a look, sealed while they flow in
for the deed. One of 200 MB takes no more memory than a small one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from service.forms import file_names
from service.foundation import keys
from service.foundation.blobs import Blob, Draft
from service.moving.actions.door import Door
from service.moving.source import OpenMedia


class FormFiles:
    """Those of one version. Use as a context manager: what was not committed goes at its end."""

    def __init__(self, door: Door, media: Mapping[str, OpenMedia], *, is_kept: bool) -> None:
        """Raises FILE_NAME_INVALID."""
        self._door, self._is_kept = door, is_kept
        self._media = {file_names.checked(name): opened for name, opened in media.items()}
        self._drafts: dict[str, Draft] = {}
        self.hashes: dict[str, str] = {}
        """Of those that the source has, by name."""

    def __enter__(self) -> FormFiles:
        return self

    def __exit__(self, *_: object) -> None:
        held = [draft.key.key_pk for draft in self._drafts.values() if draft.key]
        for draft in self._drafts.values():
            draft.discard()
        if held:
            keys.current().destroy(self._door.project_id, held)

    def fetch(self) -> None:
        """Raises what the source raises, DISK_FULL and PROJECT_FULL."""
        for name, opened in self._media.items():
            pieces = opened()
            if pieces is None:
                continue
            digest = hashlib.sha256()
            draft = self._draft(name)
            for piece in pieces:
                digest.update(piece)
                if draft is not None:
                    self._door.demand_room(len(piece))
                    draft.write(piece)
            self.hashes[name] = digest.hexdigest()

    def _draft(self, name: str) -> Draft | None:
        if not self._is_kept:
            return None
        project_id = self._door.project_id
        draft = self._drafts[name] = self._door.blobs.draft(keys.current().take(project_id))
        return draft

    def commit(self) -> dict[str, Blob]:
        """Make them durable, for a version that is about to be published."""
        found = {name: draft.commit() for name, draft in self._drafts.items()}
        self._drafts.clear()
        return found
