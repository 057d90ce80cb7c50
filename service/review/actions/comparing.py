"""The versions of a record beside each other, as far as the reader may see them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts.scopes import Purpose
from service.forms.schema import Sensitivity
from service.intake.actions import reading_again
from service.review import diffs, masking
from service.review.actions.records import note, shown_to
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
    shown = shown_to(session, actor, project_id, record, record.current.submission_pk, purpose)
    more = shown - masking.ALWAYS
    if more and purpose is not None:
        note(session, actor, project_id, record, purpose, [one.value for one in more])
    versions = records.list_versions(session, project_id, record.record_pk)
    found = _trees(session, project_id, versions, shown)
    return {
        version.instance_id: list(diffs.changes(before, after))
        for (version, after), (_, before) in itertools.pairwise(found)
        if after is not None and before is not None
    }


def _trees(
    session: Session,
    project_id: int,
    versions: list[VersionTold],
    shown: frozenset[Sensitivity],
) -> Iterator[tuple[VersionTold, Tree | None]]:
    for start in range(0, len(versions), AT_ONCE):
        some = versions[start : start + AT_ONCE]
        read = reading_again.find_many(session, project_id, [one.submission_pk for one in some])
        for version in some:
            one = read.get(version.submission_pk)
            yield version, None if one is None else diffs.tree(one.xml, one.schema, shown)
