"""Making a text usable: written by one, read back to the narrator, released by another."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import clock, ids, keys
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_READ_BACK,
    REVIEW_OUTDATED,
    SECOND_PERSON_NEEDED,
    Problem,
)
from service.persons.actions import today
from service.testimonies.actions import sealed
from service.testimonies.actions.desk import is_another, locked, note, record_of
from service.testimonies.queries import texts
from service.testimonies.terms import How, Kind

LONGEST = 20_000
LANGUAGES = ("km", "en")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A text that somebody wrote."""

    kind: Kind
    language: str
    words: str = field(repr=False)
    source_pk: uuid.UUID | None = None


def write(
    session: Session, actor: Actor, project_id: int, record_pk: uuid.UUID, given: Written
) -> uuid.UUID:
    """A text is never changed: this makes another. Raises INVALID_PARAMETER, NOT_FOUND,
    CONSENT_MISSING."""
    if not 0 < len(given.words) <= LONGEST:
        raise Problem(INVALID_PARAMETER, name="words", reason=f"1 to {LONGEST} characters")
    if given.language not in LANGUAGES:
        raise Problem(INVALID_PARAMETER, name="language", reason=", ".join(LANGUAGES))
    record_of(session, actor, Act.TESTIMONY_WRITE, project_id, record_pk, lock=True)
    if given.source_pk is not None:
        source = texts.find_version(session, project_id, given.source_pk)
        if source is None or source.record_pk != record_pk:
            raise Problem(INVALID_PARAMETER, name="source", reason="a text of this record")
    version_pk, key = ids.new_uuid(), keys.current().take(project_id)
    texts.insert_version(
        session,
        {
            "project_id": project_id,
            "version_pk": version_pk,
            "record_pk": record_pk,
            "kind": given.kind.value,
            "language": given.language,
            "source_pk": given.source_pk,
            "key_pk": key.key_pk,
            "sealed": sealed.sealed(key, project_id, record_pk, version_pk, given.words),
            "written_by": actor.id,
            "written_at": clock.now(),
            "shown_digest": sealed.digest(version_pk, given.words),
        },
    )
    note(session, actor, Act.TESTIMONY_WRITE, project_id, version_pk, "written")
    return version_pk


@dataclass(frozen=True, kw_only=True)
class ReadBack:
    """That the narrator heard exactly this text, and found it right."""

    seen: str
    """Stand-in of the text that was read (`shown_digest`)."""
    on: dt.date
    how: How
    language: str


def approve(
    session: Session, actor: Actor, project_id: int, version_pk: uuid.UUID, given: ReadBack
) -> None:
    """Raises REVIEW_OUTDATED where another text stands there meanwhile, INVALID_PARAMETER."""
    version = locked(session, actor, Act.TESTIMONY_WRITE, project_id, version_pk)
    if given.seen != version.shown_digest:
        raise Problem(REVIEW_OUTDATED)
    if not version.written_at.date() - dt.timedelta(days=1) <= given.on <= today():
        raise Problem(INVALID_PARAMETER, name="on", reason="a day since it was written")
    texts.update_version(
        session,
        project_id,
        version_pk,
        approved_digest=version.shown_digest,
        approved_on=given.on,
        approved_how=given.how.value,
        approved_language=given.language,
        read_by=actor.id,
    )
    note(session, actor, Act.TESTIMONY_WRITE, project_id, version_pk, "read_back")


def release(
    session: Session, actor: Actor, project_id: int, version_pk: uuid.UUID, seen: str
) -> None:
    """By somebody else than who wrote it. Raises NOT_READ_BACK, SECOND_PERSON_NEEDED,
    REVIEW_OUTDATED."""
    version = locked(session, actor, Act.TESTIMONY_RELEASE, project_id, version_pk)
    if seen != version.shown_digest:
        raise Problem(REVIEW_OUTDATED)
    if version.approved_digest != version.shown_digest:
        raise Problem(NOT_READ_BACK)
    if not is_another(actor, version.written_by):
        raise Problem(SECOND_PERSON_NEEDED)
    texts.update_version(
        session,
        project_id,
        version_pk,
        released_digest=version.shown_digest,
        released_by=actor.id,
        released_at=clock.now(),
    )
    note(session, actor, Act.TESTIMONY_RELEASE, project_id, version_pk, "released")
