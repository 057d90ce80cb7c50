"""The library: which texts may be used now; reading one; and each use, written down."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts.scopes import Purpose
from service.foundation import audit, clock, ids
from service.foundation.problems import (
    CONSENT_MISSING,
    INVALID_PARAMETER,
    NOT_FOUND,
    REVIEW_OUTDATED,
    Problem,
)
from service.intake.queries.preparing import Prepared
from service.persons.actions import today
from service.testimonies.actions import filing, naming, publishing, recording
from service.testimonies.actions.desk import note_reading, words_of
from service.testimonies.actions.publishing import Story
from service.testimonies.actions.recording import LONGEST_PLACE
from service.testimonies.queries import library, texts, uses
from service.testimonies.queries.library import NO_FILTERS, Filters, Page, Usable
from service.testimonies.queries.texts import Standing
from service.testimonies.tables import ToldUse
from service.testimonies.terms import NAMED, Audience, Means, Medium, Naming, Wanted


def list_usable(
    session: Session,
    actor: Actor,
    project_id: int,
    wanted: Wanted,
    filters: Filters = NO_FILTERS,
    before: uuid.UUID | None = None,
    limit: int = 50,
) -> Page:
    """Now, within the reader's reach; codes alone."""
    policy.demand(actor, Act.TESTIMONY_LIBRARY, project_id)
    reach = policy.reach(actor, Act.TESTIMONY_LIBRARY, project_id)
    return library.usable(
        session, project_id, wanted, today(), reach=reach, filters=filters, before=before,
        limit=limit,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A text that may be used, with its words."""

    usable: Usable
    words: str = field(repr=False)
    name: str = field(repr=False)
    """As it may stand there; "" for nobody's."""


def open_text(
    session: Session, actor: Actor, project_id: int, version_pk: uuid.UUID, wanted: Wanted
) -> Opened:
    """Every look is an entry. A name, for whoever may see names. Raises NOT_FOUND, CONSENT_MISSING
    where it may not be used so."""
    found = _usable(session, actor, project_id, version_pk, wanted)
    is_named = wanted.naming in NAMED
    if is_named and not policy.reach(actor, Act.IDENTITY_READ, project_id).is_whole:
        raise Problem(CONSENT_MISSING)
    purpose = Purpose.NAME if is_named else Purpose.QUOTE
    note_reading(session, actor, project_id, found.submission_pk, purpose, named=is_named)
    return Opened(
        usable=found,
        words=words_of(session, project_id, version_pk),
        name=naming.name_of(session, project_id, found.submission_pk, wanted.naming),
    )


@dataclass(frozen=True, kw_only=True)
class Going:
    """Where a text goes."""

    wanted: Wanted
    means: Means
    whither: str
    seen: str
    """Stand-in of the text that the user read."""


def use(
    session: Session,
    actor: Actor,
    project_id: int,
    version_pk: uuid.UUID,
    given: Going,
    use_pk: uuid.UUID | None = None,
) -> uuid.UUID:
    """Write a use down; refused where it is not allowed at this moment. `use_pk`: the key that it
    gets, where something names it already. Raises CONSENT_MISSING, REVIEW_OUTDATED,
    INVALID_PARAMETER, NOT_FOUND."""
    if not 0 < len(given.whither) <= LONGEST_PLACE:
        raise Problem(INVALID_PARAMETER, name="whither", reason=f"1 to {LONGEST_PLACE} characters")
    found = _usable(session, actor, project_id, version_pk, given.wanted, lock=True)
    if given.seen != found.digest:
        raise Problem(REVIEW_OUTDATED)
    use_pk = use_pk or ids.new_uuid()
    recording.record(
        session, actor, project_id, use_pk, given.wanted, given.means, given.whither,
        record_pk=found.record_pk, version_pk=version_pk, digest=found.digest,
    )  # fmt: skip
    return use_pk


def _usable(
    session: Session,
    actor: Actor,
    project_id: int,
    version_pk: uuid.UUID,
    wanted: Wanted,
    *,
    lock: bool = False,
) -> Usable:
    _record(session, actor, project_id, version_pk, lock=lock)
    found = library.usable(session, project_id, wanted, today(), version_pk=version_pk).texts
    if not found:
        raise Problem(CONSENT_MISSING)
    return found[0]


def _record(
    session: Session,
    actor: Actor,
    project_id: int,
    version_pk: uuid.UUID,
    *,
    lock: bool = False,
) -> Standing:
    """Of a text, within the reach of whoever uses it. Raises NOT_FOUND."""
    policy.demand(actor, Act.TESTIMONY_USE, project_id)
    version = texts.find_version(session, project_id, version_pk)
    if version is None:
        raise Problem(NOT_FOUND)
    record = texts.find_record(session, project_id, version.record_pk, lock=lock)
    if record is None:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, Act.TESTIMONY_USE, project_id, record.thing)
    return record


def print_paper(session: Session, actor: Actor, project_id: int, use_pk: uuid.UUID) -> Story:
    """What goes out by a use, whatever its means; every look is an entry. Raises NOT_FOUND,
    STORY_GONE, CONSENT_MISSING."""
    use = uses.find(session, project_id, use_pk)
    if use is None or use.medium != Medium.TEXT:
        raise Problem(NOT_FOUND)
    told = publishing.paper(session, project_id, use_pk)
    wanted = Wanted(audience=Audience(use.audience), naming=Naming(use.naming))
    if use.version_pk is not None:
        open_text(session, actor, project_id, use.version_pk, wanted)
    return told


# --- for whoever draws pages before anybody is shown them -----------------------------------------
def look_at(
    session: Session,
    actor: Actor,
    project_id: int,
    version_pk: uuid.UUID,
    wanted: Wanted,
    seen: str,
) -> Mapping[str, str]:
    """Language -> the words, as a use of this moment lets them out. No entry: `note_look` writes it
    before the pages leave. Raises as `use`."""
    found = _usable(session, actor, project_id, version_pk, wanted)
    if seen != found.digest:
        raise Problem(REVIEW_OUTDATED)
    return publishing.words(session, project_id, found, wanted)


def look_again(
    session: Session, actor: Actor, project_id: int, use_pk: uuid.UUID
) -> Mapping[str, str]:
    """The same of a use that was written down. Raises as `print_paper`."""
    version_pk = _text_of(session, project_id, use_pk)
    told = publishing.paper(session, project_id, use_pk)
    if version_pk is not None:
        _record(session, actor, project_id, version_pk)
    return told.words


def note_look(session: Session, actor: Actor, project_id: int, use_pk: uuid.UUID) -> None:
    """The entry of what `look_at` or `look_again` read in this transaction, without a name: it goes
    out. Raises NOT_FOUND."""
    version_pk = _text_of(session, project_id, use_pk)
    if version_pk is None:
        raise Problem(NOT_FOUND)
    record = _record(session, actor, project_id, version_pk)
    note_reading(session, actor, project_id, record.submission_pk, Purpose.QUOTE)


def _text_of(session: Session, project_id: int, use_pk: uuid.UUID) -> uuid.UUID | None:
    """None where it was taken back. Raises NOT_FOUND for what is no use of a text."""
    use = uses.find(session, project_id, use_pk)
    if use is None or use.medium != Medium.TEXT:
        raise Problem(NOT_FOUND)
    return use.version_pk


def hand_out_file(session: Session, actor: Actor, project_id: int, use_pk: uuid.UUID) -> Prepared:
    """The clean copy that goes out by a use; every look is an entry. Raises NOT_FOUND, STORY_GONE,
    CONSENT_MISSING."""
    use = uses.find(session, project_id, use_pk)
    if use is None:
        raise Problem(NOT_FOUND)
    copy = publishing.file_that_went(session, project_id, use_pk)
    wanted = Wanted(
        audience=Audience(use.audience), naming=Naming(use.naming), medium=Medium(use.medium)
    )
    filing.open_file(session, actor, project_id, copy.prepared_pk, wanted)
    return copy


def end(session: Session, actor: Actor, project_id: int, use_pk: uuid.UUID) -> None:
    """The office itself takes down what can be, or writes down that it is over. Again is no
    error. Raises NOT_FOUND."""
    policy.demand(actor, Act.TESTIMONY_USE, project_id)
    found = uses.find(session, project_id, use_pk)
    if found is None:
        raise Problem(NOT_FOUND)
    if found.record_pk is not None:
        record = texts.find_record(session, project_id, found.record_pk)
        if record is not None:
            policy.demand_thing(actor, Act.TESTIMONY_USE, project_id, record.thing)
    uses.end(session, project_id, use_pk, clock.now())
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TESTIMONY_USE,
        subject=use_pk,
        what="ended",
    )


def list_uses(
    session: Session, actor: Actor, project_id: int, before: uuid.UUID | None, limit: int
) -> Sequence[ToldUse]:
    """The newest first, within the reader's reach; those that were taken back, too."""
    policy.demand(actor, Act.TESTIMONY_LIBRARY, project_id)
    reach = policy.reach(actor, Act.TESTIMONY_LIBRARY, project_id)
    return uses.list_uses(session, project_id, reach, before, limit)
