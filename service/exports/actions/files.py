"""Files of records for a ZIP: clean copies alone, and only where the person's consent opens what
they told for this purpose (`source` has asked the gate, record by record)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from service.exports.actions.source import Source
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading
from service.foundation.formats.zip_stream import Member, safe_member
from service.foundation.problems import Problem
from service.intake.actions import showing
from service.review import actions as review

PAGE = 100


def members(source: Source, blobs: LocalBlobs, keys: Sequence[uuid.UUID]) -> Iterator[Member]:
    """`media/<name>`; names that come again get a number."""
    taken: dict[str, int] = {}
    for start in range(0, len(keys), PAGE):
        with reading() as session:
            copies = review.list_copies(
                session, source.project_id, keys[start : start + PAGE], source.told.purpose
            )
        for copy in copies:
            try:
                shown = showing.content(blobs, copy)
            except Problem:  # taken back a moment ago
                continue
            name = safe_member(shown.name)
            number = taken[name] = taken.get(name, 0) + 1
            stem, dot, ending = name.rpartition(".")
            own = (
                name
                if number == 1
                else f"{stem or ending}~{number}{dot if stem else ''}{ending if stem else ''}"
            )
            yield Member(name=f"media/{own}", pieces=shown.pieces, is_packed=True)
