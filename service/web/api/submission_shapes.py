"""Records as Central's clients read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from service.accounts.queries.actors import SYSTEM_ID, ActorTold
from service.review.queries.records import RecordTold, VersionTold

Actors = Mapping[int | None, ActorTold]


def record(found: RecordTold, actors: Actors | None = None) -> dict[str, Any]:
    """With `actors`, those who sent it too."""
    told = _told(found.first, actors)
    is_edited = found.current.submission_pk != found.record_pk
    return {
        **told,
        "review_state": found.state,
        "updated_at": found.current.received_at if is_edited else None,
        "current_version": version(found.current, actors),
    }


def version(found: VersionTold, actors: Actors | None = None) -> dict[str, Any]:
    return {
        **_told(found, actors),
        "form_version": found.version,
        "current": found.is_current,
    }


def _told(found: VersionTold, actors: Actors | None) -> dict[str, Any]:
    told = {
        "instance_id": found.instance_id,
        "submitter_id": found.submitter_id or SYSTEM_ID,
        "device_id": found.device_key,
        "user_agent": found.user_agent or None,
        "created_at": found.received_at,
    }
    return told if actors is None else {**told, "submitter": actors.get(found.submitter_id)}


def senders(found: Iterable[RecordTold | VersionTold]) -> set[int | None]:
    """Whose names the extended metadata hold."""
    ids: set[int | None] = set()
    for one in found:
        if isinstance(one, RecordTold):
            ids |= {one.first.submitter_id, one.current.submitter_id}
        else:
            ids.add(one.submitter_id)
    return ids
