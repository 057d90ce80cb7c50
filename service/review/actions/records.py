"""Records through the API: found by their instance IDs, read as far as the reader may."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from unicodedata import normalize

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.consent.actions.erasing import today
from service.facts import actions as fact_actions
from service.facts import queries as facts
from service.facts.plan import asks_consent
from service.facts.scopes import Purpose
from service.forms import queries as forms
from service.forms.schema import FormSchema, Sensitivity
from service.foundation import audit
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import safe_xml
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.intake.actions import reading_again
from service.intake.actions.reading_again import ReadAgain
from service.intake.queries import listing, preparing
from service.review import classes, masking, queries
from service.review.queries import records
from service.review.queries.records import RecordTold, VersionTold

_GUARDED = {
    Act.IDENTITY_READ: Sensitivity.IDENTITY,
    Act.TESTIMONY_READ: Sensitivity.TESTIMONY,
}
"""The right that shows each class of answers which is not always shown."""


def get_record(
    session: Session, actor: Actor, act: Act, project_id: int, form_id: str, instance_id: str
) -> RecordTold:
    """Raises NOT_FOUND, for a record out of the actor's reach, too."""
    form = forms.find_form(session, project_id, form_id)
    found = records.find(session, project_id, form.form_pk, instance_id) if form else None
    if found is None:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, act, project_id, found.thing)
    return found


def get_removed(
    session: Session, actor: Actor, act: Act, project_id: int, form_id: str, instance_id: str
) -> RecordTold:
    """One that was removed, by the ID of any of its versions. Raises NOT_FOUND."""
    form = forms.find_form(session, project_id, form_id)
    found = records.find_removed(session, project_id, form.form_pk, instance_id) if form else None
    if found is None:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, act, project_id, found.thing)
    return found


def get_version(
    session: Session, project_id: int, record: RecordTold, instance_id: str
) -> VersionTold:
    """Raises NOT_FOUND for what is no version of this record."""
    for version in records.list_versions(session, project_id, record.record_pk):
        if version.instance_id == instance_id:
            return version
    raise Problem(NOT_FOUND)


def purpose_of(given: str | None) -> Purpose | None:
    """Raises INVALID_PARAMETER."""
    known = [purpose.value for purpose in classes.OPENED if classes.OPENED[purpose]]
    if given is None:
        return None
    if given not in known:
        raise Problem(INVALID_PARAMETER, name="purpose", reason=", ".join(known))
    return Purpose(given)


def session_for(actor: Actor, project_id: int, purpose: Purpose) -> AbstractContextManager[Session]:
    """To read answers in: whoever may see more than codes leaves an entry, in the same
    transaction."""
    may_see_more = any(policy.may(actor, act, project_id) for act in _GUARDED)
    return unit_of_work() if may_see_more and classes.OPENED[purpose] else reading()


@dataclass(frozen=True, kw_only=True)
class Sight:
    """How far somebody sees into the versions of a record."""

    seen: frozenset[Sensitivity]
    today: FormSchema | None
    """The form as it is offered: what it classes more strictly than a version did, stays hidden."""


def look(
    session: Session,
    actor: Actor,
    project_id: int,
    record: RecordTold,
    purpose: Purpose | None,
    also: Collection[Purpose] | None = None,
) -> Sight:
    """By the rule that all obey (`review.classes`). Beyond codes somebody sees only for a purpose,
    with the right to it (of a person: proven minutes ago), and leaves an entry. `also`: what else
    must allow it, because a copy that speaks of the record is seen beside it."""
    form_pk = queries.get_form(session, project_id, record.record_pk)
    schemas = forms.list_schemas(session, form_pk)
    offered = forms.find_version(session, project_id, form_pk, even_deleted=True)
    # Consent is kept of the version that stands; those before it were given no wider one.
    current = record.current.submission_pk
    wanted = list(dict.fromkeys((Purpose.CODES, purpose or Purpose.CODES)))
    allowed = facts.allowed_of_many(session, project_id, [current], wanted, today())
    held = allowed.get(current, facts.NOT_ASKED).purposes
    seen = classes.seen(
        held if also is None else held & frozenset(also),
        purpose,
        _may_see(actor, project_id, record),
        asks_consent=asks_consent(schemas.values()),
    )
    more = seen - classes.CODED
    if more and purpose is not None:
        note(session, actor, project_id, record.current.submission_pk, purpose, more)
    return Sight(seen=seen, today=schemas[offered.version_pk] if offered else None)


def own_words(
    session: Session,
    project_id: int,
    record: RecordTold,
    versions: Collection[uuid.UUID],
    purpose: Purpose | None,
) -> frozenset[Purpose] | None:
    """What these versions may be used for by what they say themselves, where a copy was put in the
    place of one: it may speak of other people, who say nothing for those before. None: all speak of
    the same."""
    older = [one for one in versions if one != record.current.submission_pk]
    if not older or not records.holds_copies(session, project_id, record.record_pk):
        return None
    wanted = dict.fromkeys((Purpose.CODES, purpose or Purpose.CODES))
    return fact_actions.allowed_by_itself(session, project_id, older, wanted, today())


def _may_see(actor: Actor, project_id: int, record: RecordTold) -> frozenset[Sensitivity]:
    return frozenset(
        sensitivity
        for act, sensitivity in _GUARDED.items()
        if policy.reach(actor, act, project_id).holds_thing(record.thing)
        and (actor.scopes is not None or actor.is_fresh)
    )


def read_answers(
    session: Session,
    actor: Actor,
    project_id: int,
    record: RecordTold,
    version: VersionTold,
    purpose: Purpose | None,
) -> bytes:
    """The XML of a version, what may not be seen in it emptied. Whoever sees more than codes
    leaves an entry. Raises NOT_FOUND where nobody can read it any more."""
    policy.demand_thing(actor, Act.ANSWERS_READ, project_id, record.thing)
    found = reading_again.find(session, project_id, version.submission_pk)
    if found is None:
        raise Problem(NOT_FOUND)
    own = own_words(session, project_id, record, [version.submission_pk], purpose)
    sight = look(session, actor, project_id, record, purpose, also=own)
    told = masking.masked(found.xml, found.schema, sight.seen, today=sight.today)
    is_as_sent = version.instance_id == found.instance_id
    return told if is_as_sent else masking.named(told, version.instance_id)


def note(
    session: Session,
    actor: Actor,
    project_id: int,
    submission_pk: uuid.UUID,
    purpose: Purpose,
    seen: Collection[Sensitivity],
) -> None:
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.IDENTITY_READ,
        subject=submission_pk,
        purpose=purpose.value,
        classes=sorted(one.value for one in seen),
    )


@dataclass(frozen=True, kw_only=True)
class FileTold:
    """A file that a version names. `name`: as the phone called it, or what stands for that."""

    name: str = field(repr=False)
    name_digest: str
    is_here: bool


def list_files(
    session: Session,
    actor: Actor,
    project_id: int,
    record: RecordTold,
    version: VersionTold,
) -> list[FileTold]:
    """In the order of the record. What a file is called may say who somebody is: whoever sent the
    record is told, and who may open the file and reads its name in the record, for the team's work;
    others what stands for it. To others only what they could open is here: a program would fetch
    what it is told of, and stop where it is refused."""
    found = reading_again.find(session, project_id, version.submission_pk)
    if found is None:
        raise Problem(NOT_FOUND)
    is_own = actor.id is not None and actor.id in (record.first.submitter_id, version.submitter_id)
    if is_own:
        here = listing.list_held(session, project_id, version.submission_pk)
    else:
        here = _list_openable(session, actor, project_id, record, version)
    read = _texts_read(session, actor, project_id, record, found) if here and not is_own else ()
    return [
        FileTold(
            name=name if is_own or (digest in here and name in read) else stand_in(digest),
            name_digest=digest,
            is_here=digest in here,
        )
        for name, digest in found.names.items()
    ]


def _texts_read(
    session: Session, actor: Actor, project_id: int, record: RecordTold, found: ReadAgain
) -> frozenset[str]:
    """Everything that the actor reads in a version for the team's work. Leaves an entry."""
    sight = look(session, actor, project_id, record, Purpose.WORK)
    told = masking.masked(found.xml, found.schema, sight.seen, today=sight.today)
    return frozenset(
        normalize("NFC", str(text).strip()) for text in safe_xml.parse(told).itertext()
    )


def _list_openable(
    session: Session, actor: Actor, project_id: int, record: RecordTold, version: VersionTold
) -> frozenset[str]:
    """Files of a version that the actor may look at for the team's work, as `open_file` would let
    her: a coordinator once she has given a code."""
    standing = record.current.submission_pk
    if not policy.reach(actor, Act.TESTIMONY_READ, project_id).holds_thing(record.thing):
        return frozenset()
    if not facts.may_use(session, project_id, standing, Purpose.WORK, today()):
        return frozenset()
    return preparing.names_of_copies(session, project_id, version.submission_pk)


def stand_in(name_digest: str) -> str:
    """What a file is called before those who may not know its name."""
    return f"file-{name_digest[:12]}"


def digest_of(session: Session, project_id: int, version: VersionTold, name: str) -> str:
    """Of the file of a version that has this name, or this in its stead. Raises NOT_FOUND."""
    found = reading_again.find(session, project_id, version.submission_pk)
    for known, digest in found.names.items() if found else ():
        if name in (known, stand_in(digest)):
            return digest
    raise Problem(NOT_FOUND)
