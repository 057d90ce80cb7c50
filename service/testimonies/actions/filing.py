"""Pictures, voices and films in use: which may be used now, and each use, written down."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts.scopes import Purpose
from service.foundation import ids, keys
from service.foundation.problems import CONSENT_MISSING, INVALID_PARAMETER, NOT_FOUND, Problem
from service.intake.queries import preparing
from service.intake.queries.preparing import Prepared
from service.persons.actions import today
from service.testimonies.actions import naming, recording
from service.testimonies.actions.desk import note_reading
from service.testimonies.actions.recording import LONGEST_PLACE
from service.testimonies.queries import files, texts, uses
from service.testimonies.queries.files import UsableFile
from service.testimonies.tables import ToldUse
from service.testimonies.terms import NAMED, TO_PUBLISH, Means, Wanted


def list_usable(
    session: Session, actor: Actor, project_id: int, wanted: Wanted, limit: int = 50
) -> list[UsableFile]:
    """Of each medium, now, within the reader's reach; codes alone."""
    policy.demand(actor, Act.TESTIMONY_LIBRARY, project_id)
    reach = policy.reach(actor, Act.TESTIMONY_LIBRARY, project_id)
    found = []
    for medium in files.BEGINS:
        asked = replace(wanted, medium=medium)
        found += files.usable(session, project_id, asked, today(), reach=reach, limit=limit)
    return found


@dataclass(frozen=True, kw_only=True)
class OpenedFile:
    """A file that may be used, what a browser shows of it, and what it is opened for."""

    usable: UsableFile
    shown: Prepared
    purpose: Purpose
    name: str = field(repr=False)
    """As it may stand there; "" for nobody's."""


def open_file(
    session: Session, actor: Actor, project_id: int, prepared_pk: uuid.UUID, wanted: Wanted
) -> OpenedFile:
    """Every look is an entry. A name, for whoever may see names. Raises NOT_FOUND, CONSENT_MISSING
    where it may not be used so."""
    found = _usable(session, actor, project_id, prepared_pk, wanted)
    is_named = wanted.naming in NAMED
    if is_named and not policy.reach(actor, Act.IDENTITY_READ, project_id).is_whole:
        raise Problem(CONSENT_MISSING)
    purpose = TO_PUBLISH[wanted.medium]
    note_reading(session, actor, project_id, found.submission_pk, purpose, named=is_named)
    copy = preparing.find_prepared(session, project_id, prepared_pk)
    if copy is None:
        raise Problem(NOT_FOUND)
    return OpenedFile(
        usable=found,
        shown=shown_with(session, project_id, copy),
        purpose=purpose,
        name=naming.name_of(session, project_id, found.submission_pk, wanted.naming),
    )


@dataclass(frozen=True, kw_only=True)
class FileGoing:
    """Where a file goes. `beside`: the public page of a text of the same record on which it
    stands; None: a page of its own."""

    wanted: Wanted
    means: Means
    whither: str
    beside: uuid.UUID | None = None


def wanted_for(session: Session, project_id: int, prepared_pk: uuid.UUID, wanted: Wanted) -> Wanted:
    """Of the medium that the file is. Raises NOT_FOUND."""
    copy = preparing.find_prepared(session, project_id, prepared_pk)
    medium = files.medium_of(copy.media_type) if copy and copy.is_copy else None
    if medium is None:
        raise Problem(NOT_FOUND)
    return replace(wanted, medium=medium)


def use(
    session: Session, actor: Actor, project_id: int, prepared_pk: uuid.UUID, given: FileGoing
) -> uuid.UUID:
    """Write a use of a file down; refused where it is not allowed at this moment. Raises
    CONSENT_MISSING, INVALID_PARAMETER, NOT_FOUND."""
    if not 0 < len(given.whither) <= LONGEST_PLACE:
        raise Problem(INVALID_PARAMETER, name="whither", reason=f"1 to {LONGEST_PLACE} characters")
    found = _usable(session, actor, project_id, prepared_pk, given.wanted)
    if given.beside is not None:
        pages = pages_for(session, project_id, found.record_pk, given.wanted)
        is_theirs = given.beside in {one.use_pk for one in pages}
        if not is_theirs or given.means is not Means.WEB:
            raise Problem(INVALID_PARAMETER, name="beside", reason="a page of the same record")
    use_pk = ids.new_uuid()
    recording.record(
        session, actor, project_id, use_pk, given.wanted, given.means, given.whither,
        record_pk=found.record_pk, prepared_pk=prepared_pk, beside_pk=given.beside,
        digest=digest(prepared_pk),
    )  # fmt: skip
    return use_pk


def pages_for(
    session: Session, project_id: int, record_pk: uuid.UUID, wanted: Wanted
) -> Sequence[ToldUse]:
    """On which a file of this record can stand: those for the same people, under the same name."""
    return [
        one
        for one in uses.pages_of(session, project_id, record_pk)
        if (one.audience, one.naming) == (wanted.audience, wanted.naming)
    ]


def digest(prepared_pk: uuid.UUID) -> str:
    """What stands for a clean copy. One that is made anew is another: it is looked at anew."""
    return keys.current().stand_in("testimony file", prepared_pk).hex()


def _usable(
    session: Session, actor: Actor, project_id: int, prepared_pk: uuid.UUID, wanted: Wanted
) -> UsableFile:
    policy.demand(actor, Act.TESTIMONY_USE, project_id)
    copy = preparing.find_prepared(session, project_id, prepared_pk)
    if copy is None or not copy.is_copy or files.medium_of(copy.media_type) is not wanted.medium:
        raise Problem(NOT_FOUND)
    record_pk = texts.find_record_key(session, project_id, copy.submission_pk)
    record = record_pk and texts.find_record(session, project_id, record_pk, lock=True)
    if not record:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, Act.TESTIMONY_USE, project_id, record.thing)
    found = files.usable(session, project_id, wanted, today(), prepared_pk=prepared_pk)
    if not found:
        raise Problem(CONSENT_MISSING)
    return found[0]


def shown_with(session: Session, project_id: int, copy: Prepared) -> Prepared:
    """What a browser is given of a picture: the small one where there is one."""
    made = preparing.list_made_with(session, copy)
    return next((one for one in made if not one.is_copy), copy)
