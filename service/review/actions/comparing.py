"""The versions of a record beside each other, and a copy beside what it contradicts, as far as the
reader may see them."""

from __future__ import annotations

import enum
import itertools
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.reach import Thing
from service.consent.actions.erasing import today
from service.facts import actions as facts
from service.facts.scopes import Purpose
from service.forms.classes import IDS
from service.forms.schema import Field
from service.foundation.problems import NOT_FOUND, Problem
from service.intake.actions import reading_again
from service.intake.queries import copies
from service.intake.queries.copies import Copy
from service.review import classes, diffs, queries
from service.review.actions.records import Sight, look, note, own_words
from service.review.diffs import Change, Tree
from service.review.queries import records
from service.review.queries.records import RecordTold, VersionTold

AT_ONCE = 20
"""Versions whose XML is read together: one may be of 4 MiB."""


def list_changes(
    session: Session,
    actor: Actor,
    project_id: int,
    record: RecordTold,
    purpose: Purpose | None,
) -> dict[str, list[Change]]:
    """{instance ID of a version: what made it of the one before}, the newest first. The first
    version has none, nor has one that nobody can read any more, or whose predecessor that is.
    Whoever sees more than codes leaves an entry."""
    policy.demand_thing(actor, Act.ANSWERS_READ, project_id, record.thing)
    versions = records.list_versions(session, project_id, record.record_pk)
    held = [one.submission_pk for one in versions]
    own = own_words(session, project_id, record, held, purpose)
    sight = look(session, actor, project_id, record, purpose, also=own)
    found = _trees(session, project_id, versions, sight)
    return {
        version.instance_id: list(diffs.changes(before, after))
        for (version, after), (_, before) in itertools.pairwise(found)
        if after is not None and before is not None
    }


def _trees(
    session: Session,
    project_id: int,
    versions: list[VersionTold],
    sight: Sight,
) -> Iterator[tuple[VersionTold, Tree | None]]:
    for start in range(0, len(versions), AT_ONCE):
        some = versions[start : start + AT_ONCE]
        read = reading_again.find_many(session, project_id, [one.submission_pk for one in some])
        for version in some:
            one = read.get(version.submission_pk)
            if one is None:
                yield version, None
            else:
                told = diffs.tree(one.xml, one.schema, sight.seen, today=sight.today)
                yield version, told


# --- copies that wait ---------------------------------------------------------------------------
class Against(enum.StrEnum):
    """What a copy stands against."""

    RECORD = "record"
    REMOVED = "removed"
    NOTHING = "nothing"
    """What it names has not arrived, or is no more."""
    ELSEWHERE = "elsewhere"
    """A record that is out of the reader's reach."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A copy, and the record that it contradicts, where that stands."""

    copy: Copy
    against: Against
    record: RecordTold | None = None


def find_copy(
    session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID
) -> tuple[Thing, Copy | None]:
    """A copy that the actor may compare; without it where it waits no more, nor was set aside.
    Raises NOT_FOUND."""
    thing = queries.find_thing(session, project_id, submission_pk)
    if thing is None or queries.find_record(session, project_id, submission_pk) is None:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, Act.ANSWERS_READ, project_id, thing)
    return thing, copies.find_copy(session, project_id, submission_pk)


def get_standing(session: Session, actor: Actor, project_id: int, copy: Copy) -> Standing:
    """As far as the actor reads records there. The copy itself is within reach."""
    record = records.find(session, project_id, copy.form_pk, copy.names)
    against = Against.RECORD
    if record is None:
        record = records.find_removed(session, project_id, copy.form_pk, copy.names)
        against = Against.REMOVED if record else Against.NOTHING
    if record and not policy.reach(actor, Act.ANSWERS_READ, project_id).holds_thing(record.thing):
        return Standing(copy=copy, against=Against.ELSEWHERE)
    return Standing(copy=copy, against=against, record=record)


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Which of them somebody may make of a copy."""

    may_set_aside: bool
    may_place: bool


def decisions(actor: Actor, project_id: int, thing: Thing, standing: Standing) -> Decisions:
    """`thing`: the copy. To take a place is an edit of the record that has it, too."""
    edits = policy.reach(actor, Act.SUBMISSION_EDIT, project_id)
    removes = policy.reach(actor, Act.RECORD_REMOVE, project_id)
    record = standing.record if standing.against is Against.RECORD else None
    return Decisions(
        may_set_aside=removes.holds_thing(thing),
        may_place=record is not None
        and edits.holds_thing(thing)
        and edits.holds_thing(record.thing),
    )


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What a copy says otherwise than the record that stands."""

    changes: Sequence[Change] = field(repr=False)
    fields: Mapping[tuple[str, ...], Field]
    """Questions of the form as the copy was filled in, by their paths."""
    sees_codes: bool
    """False: the people of one of them did not allow that it be kept."""
    sees_names: bool


def compare_copy(
    session: Session, actor: Actor, project_id: int, standing: Standing, purpose: Purpose | None
) -> Compared | None:
    """Question by question, as far as the reader may see, by what the people of both allow.
    Whoever sees more than codes leaves an entry. None where nobody can read one of them here."""
    record, copy = standing.record, standing.copy
    if record is None or record.sealed_to is not None or copy.sealed_to is not None:
        return None
    policy.demand_thing(actor, Act.ANSWERS_READ, project_id, record.thing)
    keys = (record.current.submission_pk, copy.submission_pk)
    read = reading_again.find_many(session, project_id, keys)
    if len(read) < len(keys):
        return None
    wanted = (Purpose.CODES, purpose or Purpose.CODES)
    own = facts.allowed_by_itself(session, project_id, [copy.submission_pk], wanted, today())
    sight = look(session, actor, project_id, record, purpose, also=own)
    more = sight.seen - classes.CODED
    if more and purpose is not None:  # whoever takes the copy back is told of it, too
        note(session, actor, project_id, copy.submission_pk, purpose, more)
    stands, other = (
        diffs.tree(read[key].xml, read[key].schema, sight.seen, today=sight.today) for key in keys
    )
    schema = read[copy.submission_pk].schema
    return Compared(
        changes=[one for one in diffs.changes(stands, other) if one.path not in IDS],
        fields={one.path: one for one in schema.fields} if schema else {},
        sees_codes=sight.seen >= classes.CODED,
        sees_names=bool(more),
    )
