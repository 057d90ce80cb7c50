"""The versions of a record beside each other, as far as the reader may see them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts.scopes import Purpose
from service.intake.actions import reading_again
from service.review import diffs
from service.review.actions.records import Sight, look
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
    sight = look(session, actor, project_id, record, purpose)
    versions = records.list_versions(session, project_id, record.record_pk)
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
