"""The texts of a record, for whoever works with them: seen, locked, and what was done noted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts import queries as facts
from service.facts.scopes import Purpose
from service.foundation import audit
from service.foundation.problems import CONSENT_MISSING, NOT_FOUND, Problem
from service.persons.actions import today
from service.testimonies.actions import sealed
from service.testimonies.queries import library, texts
from service.testimonies.queries.texts import Standing
from service.testimonies.tables import ToldMask, ToldText


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text as whoever works with it sees it."""

    version: ToldText
    words: str = field(repr=False)
    """As it is shown, masked."""
    masked: Sequence[ToldMask]
    is_read_back: bool
    is_released: bool


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The texts of one record."""

    record: Standing
    texts: Sequence[Text]


def record_key(session: Session, project_id: int, submission_pk: uuid.UUID) -> uuid.UUID:
    """Of the record that this is a version of. Raises NOT_FOUND."""
    found = texts.find_record_key(session, project_id, submission_pk)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def record_of_text(session: Session, project_id: int, version_pk: uuid.UUID) -> uuid.UUID:
    """Raises NOT_FOUND."""
    found = texts.find_version(session, project_id, version_pk)
    if found is None:
        raise Problem(NOT_FOUND)
    return found.record_pk


def open_desk(session: Session, actor: Actor, project_id: int, record_pk: uuid.UUID) -> Desk:
    """Every look that shows a text is an entry. Raises NOT_FOUND (out of reach, too),
    CONSENT_MISSING."""
    record = record_of(session, actor, Act.TESTIMONY_WRITE, project_id, record_pk)
    versions = texts.list_versions(session, project_id, record_pk)
    masked = texts.list_redactions(session, project_id, [one.version_pk for one in versions])
    if versions:
        note_reading(session, actor, project_id, record.submission_pk, Purpose.WORK)
    return Desk(record=record, texts=[_as_text(one, masked) for one in versions])


def note_reading(
    session: Session,
    actor: Actor,
    project_id: int,
    submission_pk: uuid.UUID,
    purpose: Purpose,
    *,
    named: bool = False,
) -> None:
    classes = ["identity", "testimony"] if named else ["testimony"]
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.IDENTITY_READ,
        subject=submission_pk,
        purpose=purpose.value,
        classes=classes,
    )


def _as_text(version: ToldText, masked: Sequence[ToldMask]) -> Text:
    theirs = [one for one in masked if one.version_pk == version.version_pk]
    is_read_back = version.approved_digest == version.shown_digest
    return Text(
        version=version,
        words=sealed.shown(version, theirs),
        masked=theirs,
        is_read_back=is_read_back,
        is_released=is_read_back and version.released_digest == version.shown_digest,
    )


def words_of(session: Session, project_id: int, version_pk: uuid.UUID) -> str:
    """Of a text, as they are shown, for whoever asked the gate. Raises NOT_FOUND."""
    version = texts.find_version(session, project_id, version_pk)
    if version is None:
        raise Problem(NOT_FOUND)
    return sealed.shown(version, texts.list_redactions(session, project_id, [version_pk]))


def is_another(actor: Actor, first: int | None) -> bool:
    """A person, and not that one: neither a script nor the shell is a second pair of eyes."""
    return actor.id is not None and actor.id != first


def locked(
    session: Session, actor: Actor, act: Act, project_id: int, version_pk: uuid.UUID
) -> ToldText:
    """With its record locked."""
    found = texts.find_version(session, project_id, version_pk)
    if found is None:
        raise Problem(NOT_FOUND)
    record_of(session, actor, act, project_id, found.record_pk, lock=True)
    again = texts.find_version(session, project_id, version_pk)
    if again is None:
        raise Problem(NOT_FOUND)
    return again


def record_of(
    session: Session,
    actor: Actor,
    act: Act,
    project_id: int,
    record_pk: uuid.UUID,
    *,
    lock: bool = False,
) -> Standing:
    """Of whoever lets the team work with what was told."""
    policy.demand(actor, act, project_id)
    found = texts.find_record(session, project_id, record_pk, lock=lock)
    if found is None:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, act, project_id, found.thing)
    if not facts.may_use(session, project_id, found.submission_pk, Purpose.WORK, today()):
        raise Problem(CONSENT_MISSING)
    if not library.is_told(session, project_id, found.submission_pk, today()):
        raise Problem(NOT_FOUND)
    return found


def note(
    session: Session, actor: Actor, act: Act, project_id: int, version_pk: uuid.UUID, what: str
) -> None:
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=act,
        subject=version_pk,
        what=what,
    )
