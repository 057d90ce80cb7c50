"""Somebody looks at what a person gave, for a purpose that the person allowed and the log keeps;
or takes a record out of everything, and puts it back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.reach import Thing
from service.cases.actions import TOLD
from service.consent.actions.erasing import today
from service.entities.queries import erasing as entities
from service.facts import queries as facts
from service.facts.scopes import Purpose
from service.foundation import audit, clock, job_queue
from service.foundation.formats import media_types
from service.foundation.problems import (
    CONSENT_MISSING,
    INVALID_PARAMETER,
    NOT_FOUND,
    NOT_LOOKED_AT,
    Problem,
)
from service.intake.actions.receipts import reproject
from service.intake.queries import preparing as intake
from service.intake.queries import trash
from service.intake.queries.preparing import Prepared
from service.intake.queries.trash import Version
from service.persons.queries import mentions
from service.review import purposes, queries
from service.review.actions.records import own_words
from service.review.queries import changes
from service.review.queries.records import RecordTold
from service.review.removing import Why
from service.review.states import What
from service.testimonies.queries import pictures
from service.testimonies.terms import Faces


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What there is to look at."""

    copy: Prepared
    preview: Prepared | None
    """Of a picture."""


def allowed(session: Session, project_id: int, submission_pk: uuid.UUID) -> frozenset[Purpose]:
    """What the files of a record may be opened for today, by all for whom it speaks."""
    on = today()
    return frozenset(
        purpose
        for purpose in purposes.EVERY
        if facts.may_use(session, project_id, submission_pk, purpose, on)
    )


def demand_purpose(purpose: str) -> None:
    """Raises INVALID_PARAMETER for what no file is opened for, whichever it is."""
    if purpose not in purposes.EVERY:
        raise Problem(INVALID_PARAMETER, name="purpose", reason=", ".join(purposes.EVERY))


def open_file(
    session: Session,
    actor: Actor,
    project_id: int,
    submission_pk: uuid.UUID,
    prepared_pk: uuid.UUID,
    purpose: str,
    *,
    of: RecordTold | None = None,
) -> Opened:
    """Let `actor` look at a file of a record, by its clean copy. One audit entry each time. Of an
    earlier version (`of` which record) the consent counts that was given with the one that stands.
    Raises NOT_FOUND (for a record out of the actor's reach, too), INVALID_PARAMETER,
    CONSENT_MISSING, NOT_LOOKED_AT."""
    policy.demand(actor, Act.TESTIMONY_READ, project_id)
    copy = intake.find_prepared(session, project_id, prepared_pk)
    if copy is None or copy.submission_pk != submission_pk or not copy.is_copy:
        raise Problem(NOT_FOUND)
    _demand_reach(session, actor, Act.TESTIMONY_READ, copy)
    offered = purposes.offered(media_types.kind(copy.media_type))
    if purpose not in offered:
        raise Problem(INVALID_PARAMETER, name="purpose", reason=", ".join(offered))
    standing = of.current.submission_pk if of else submission_pk
    demand_consent(session, project_id, standing, Purpose(purpose))
    own = own_words(session, project_id, of, [submission_pk], Purpose(purpose)) if of else None
    if own is not None and purpose not in own:
        raise Problem(CONSENT_MISSING)
    if purpose in purposes.PUBLISHED and not pictures.may_leave(session, project_id, [prepared_pk]):
        raise Problem(NOT_LOOKED_AT)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TESTIMONY_READ,
        subject=submission_pk,
        file=str(prepared_pk),
        purpose=purpose,
    )
    made = intake.list_made_with(session, copy)
    return Opened(copy=copy, preview=next((one for one in made if not one.is_copy), None))


def open_named(
    session: Session,
    actor: Actor,
    project_id: int,
    submission_pk: uuid.UUID,
    name_digest: str,
    purpose: str,
    *,
    of: RecordTold | None = None,
) -> Opened:
    """The same by what stands for the file's name. Raises NOT_FOUND also while no clean copy has
    been made, or none could be."""
    copy_pk = intake.find_copy(session, project_id, submission_pk, name_digest)
    if copy_pk is None:
        raise Problem(NOT_FOUND)
    return open_file(session, actor, project_id, submission_pk, copy_pk, purpose, of=of)


def get_opened(
    session: Session, actor: Actor, project_id: int, prepared_pk: uuid.UUID, purpose: Purpose
) -> Prepared:
    """What was opened for a purpose minutes ago, if right and consent still hold. Raises
    NOT_FOUND, CONSENT_MISSING."""
    found = intake.find_prepared(session, project_id, prepared_pk)
    if found is None:
        raise Problem(NOT_FOUND)
    _demand_reach(session, actor, Act.TESTIMONY_SHOW, found)
    demand_consent(session, project_id, found.submission_pk, purpose)
    return found


def list_copies(
    session: Session, project_id: int, submission_pks: Sequence[uuid.UUID], purpose: Purpose
) -> list[Prepared]:
    """Clean copies of the files of those records whose people allow the purpose today: of such
    kinds alone as `open_file` would open for it."""
    allowed = facts.allowed_of_many(session, project_id, submission_pks, [purpose], today())
    may = [key for key, one in allowed.items() if purpose in one.purposes]
    found = [
        copy
        for copy in intake.list_copies(session, project_id, may)
        if purpose in purposes.offered(media_types.kind(copy.media_type))
    ]
    if purpose not in purposes.PUBLISHED:
        return found
    leaving = pictures.may_leave(session, project_id, [copy.prepared_pk for copy in found])
    return [copy for copy in found if copy.prepared_pk in leaving]


def say_who_is_seen(
    session: Session,
    actor: Actor,
    project_id: int,
    submission_pk: uuid.UUID,
    prepared_pk: uuid.UUID,
    faces: Faces,
) -> None:
    """Somebody looked at a picture or film for faces, or heard a voice for names. Raises
    NOT_FOUND, CONSENT_MISSING where the team may not look at it."""
    policy.demand(actor, Act.TESTIMONY_WRITE, project_id)
    copy = intake.find_prepared(session, project_id, prepared_pk)
    if copy is None or copy.submission_pk != submission_pk or not copy.is_copy:
        raise Problem(NOT_FOUND)
    thing = queries.find_thing(session, project_id, submission_pk)
    if thing is None or not purposes.shows_people(media_types.kind(copy.media_type)):
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, Act.TESTIMONY_WRITE, project_id, thing)
    demand_consent(session, project_id, submission_pk, Purpose.WORK)
    said = {
        "project_id": project_id,
        "prepared_pk": prepared_pk,
        "record_pk": thing.record,
        "faces": faces.value,
        "looked_by": actor.id,
        "looked_at": clock.now(),
    }
    pictures.put(session, said)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TESTIMONY_WRITE,
        subject=submission_pk,
        what="looked_for_faces",
        file=str(prepared_pk),
        faces=faces.value,
    )


def _demand_reach(session: Session, actor: Actor, act: Act, file: Prepared) -> None:
    thing = queries.find_thing(session, file.project_id, file.submission_pk)
    if thing is None:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, act, file.project_id, thing)


def demand_consent(
    session: Session, project_id: int, submission_pk: uuid.UUID, purpose: Purpose
) -> None:
    if not facts.may_use(session, project_id, submission_pk, purpose, today()):
        raise Problem(CONSENT_MISSING)


def remove_record(
    session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID, why: Why
) -> None:
    """Take a record, with all its versions, out of every list and figure, from the commit on.
    Nothing of it is erased. Removed already, it is left as it is, without an entry.
    Raises NOT_FOUND, for a record out of the actor's reach, too."""
    versions = _reachable(session, actor, project_id, submission_pk)
    if versions[0].deleted_at is not None:
        return
    record_pk = versions[0].record_pk
    trash.set_deleted(session, project_id, record_pk, clock.now())
    entities.touch_of_records(session.connection(), project_id, [record_pk])
    held = [version.submission_pk for version in versions]
    facts.keep_codes(session.connection(), project_id, held)
    facts.delete_facts(session.connection(), [(project_id, key) for key in held])
    mentions.hide(session.connection(), project_id, [record_pk])
    job_queue.enqueue(session, project_id=project_id, event=TOLD, subject=record_pk)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.RECORD_REMOVE,
        subject=record_pk,
        reason=why.value,
    )
    _step(session, actor, project_id, versions, What.REMOVED, [why.value])


def restore_record(
    session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID
) -> None:
    """Undo that. Its facts follow, and edits that waited for it take their place. Raises as
    `remove_record` does."""
    versions = _reachable(session, actor, project_id, submission_pk)
    if versions[0].deleted_at is None:
        return
    record_pk = versions[0].record_pk
    trash.set_deleted(session, project_id, record_pk, None)
    entities.touch_of_records(session.connection(), project_id, [record_pk])
    for version in versions:
        reproject(session.connection(), project_id, version.submission_pk)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="record.restore",
        subject=record_pk,
    )
    _step(session, actor, project_id, versions, What.RESTORED)


def _step(
    session: Session,
    actor: Actor,
    project_id: int,
    versions: Sequence[Version],
    what: What,
    reasons: Sequence[str] = (),
) -> None:
    stood = next(one for one in versions if one.is_current)
    key, record_pk = stood.submission_pk, stood.record_pk
    changes.insert(session, project_id, record_pk, key, what, actor.id, reasons=reasons)


def _reachable(
    session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID
) -> Sequence[Version]:
    """The versions of a record that the actor may remove: it lies where its newest version does."""
    policy.demand(actor, Act.RECORD_REMOVE, project_id)
    versions = trash.lock_versions(session, project_id, submission_pk)
    for version in versions:
        if version.is_current:
            thing = Thing(
                place=version.place, sender=version.submitter_id, record=version.record_pk
            )
            policy.demand_thing(actor, Act.RECORD_REMOVE, project_id, thing)
            return versions
    raise Problem(NOT_FOUND)
