"""The verbs of facts. Project a batch as it arrives; compute everything again at will."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.facts import queries
from service.facts.kinds import Facts
from service.facts.plan import plan_for
from service.facts.projection import Context, project
from service.forms.schema import FormSchema
from service.foundation import audit
from service.intake.instance import Instance

_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A submission as intake keeps it, read again; `schema` is that of its form version."""

    instance: Instance
    schema: FormSchema
    context: Context


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """What `flask facts rebuild` prints."""

    counts: dict[str, int]
    sha256: str


def facts_of(stored: Stored) -> tuple[tuple[int, uuid.UUID], Facts]:
    """Key and facts of one submission, as `queries.replace_facts` takes them."""
    context = stored.context
    key = (context.project_id, context.submission_pk)
    return key, project(stored.instance, plan_for(stored.schema), context)


def project_submissions(connection: sa.Connection, batch: Iterable[Stored]) -> None:
    """Write the facts of submissions; doing it again changes nothing."""
    queries.replace_facts(connection, [facts_of(stored) for stored in batch])


def rebuild(
    session: Session, project_id: int, load_instances: Callable[[int], Iterable[Stored]]
) -> Rebuilt:
    """Throw away the facts of a project and compute them from what intake keeps.

    `load_instances` gives the project's current submissions, in any order, once each. Only the
    host shell offers this; it reveals and changes nothing, which the checksum proves.
    """
    connection = session.connection()
    queries.delete_project_facts(connection, project_id)
    stored = iter(load_instances(project_id))
    for batch in _batches(stored):
        queries.insert_facts(connection, [facts_of(one)[1] for one in batch])
    rebuilt = Rebuilt(
        counts=queries.count_facts(connection, project_id),
        sha256=queries.checksum(queries.canonical_rows(connection, project_id)),
    )
    audit.record(
        session,
        actor_id=None,
        action="facts.rebuild",
        subject=project_id,
        project_id=project_id,
        sha256=rebuilt.sha256,
    )
    return rebuilt


def _batches(stored: Iterator[Stored]) -> Iterator[list[Stored]]:
    while batch := list(islice(stored, _BATCH)):
        yield batch
