"""Records as Central's clients read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from service.accounts.queries.actors import SYSTEM_ID, ActorTold
from service.foundation import clock
from service.intake.queries.trials import Trial
from service.review.queries.records import RecordTold, VersionTold

Actors = Mapping[int | None, ActorTold]


def record(found: RecordTold, actors: Actors | None = None) -> dict[str, Any]:
    """With `actors`, those who sent it too."""
    told = _told(found.first, actors)
    return {
        **told,
        "review_state": found.state,
        "updated_at": found.updated_at,
        "deleted_at": found.deleted_at,
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


def trial(found: Trial) -> dict[str, Any]:
    """What was sent to try a draft: nobody looks at it, and it has one version."""
    return {
        "instance_id": found.instance_id,
        "submitter_id": SYSTEM_ID,
        "device_id": found.device_key,
        "user_agent": found.user_agent or None,
        "review_state": None,
        "created_at": found.received_at,
        "updated_at": None,
    }


def senders(found: Iterable[RecordTold | VersionTold]) -> set[int | None]:
    """Whose names the extended metadata hold."""
    ids: set[int | None] = set()
    for one in found:
        if isinstance(one, RecordTold):
            ids |= {one.first.submitter_id, one.current.submitter_id}
        else:
            ids.add(one.submitter_id)
    return ids


def wire(found: RecordTold) -> dict[str, Any]:
    """`SubmissionSchema.dump(record(found))`, at a twelfth of its cost: of long lists. (That both
    say the same: `tests/unit/web/test_submission_shapes.py`.)"""
    current = found.current
    return {
        **_wire(found.first),
        "reviewState": found.state,
        "updatedAt": clock.iso(found.updated_at) if found.updated_at else None,
        "deletedAt": clock.iso(found.deleted_at) if found.deleted_at else None,
        "currentVersion": {
            **_wire(current),
            "formVersion": current.version,
            "current": current.is_current,
        },
    }


def _wire(found: VersionTold) -> dict[str, Any]:
    return {
        "instanceId": found.instance_id,
        "instanceName": None,
        "submitterId": found.submitter_id or SYSTEM_ID,
        "deviceId": found.device_key,
        "userAgent": found.user_agent or None,
        "createdAt": clock.iso(found.received_at),
    }
