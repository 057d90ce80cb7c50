"""Facts row by row, for whoever reads coded answers: through the gate, in the order of keys."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.reach import Reach
from service.facts import tables
from service.facts.queries.gate import Kind, usable
from service.facts.scopes import Purpose
from service.intake.queries.listing import within
from service.intake.tables import Submission

NOT_SHOWN = frozenset(
    {"project_id", "submission_pk", "submitter_id", "household_key", "code_digest", "scopes"}
)
"""Columns of no use to a reader, or by which records could be joined to something else."""
FIRST: tuple[Any, ...] = ()
_MOST = 2**31
"""Beyond what a database keeps as a number; it keeps no NUL in a text, either."""


def page(
    session: Session,
    kind: type[Kind],
    project_id: int,
    on: dt.date,
    reach: Reach,
    *,
    restricted: Reach,
    after: Sequence[Any] = FIRST,
    limit: int,
    served_alone: bool = False,
) -> list[Mapping[str, Any]]:
    """Rows of one kind that may be read on that day, within reach, after this key; breaches that
    are shown to few within `restricted` alone. `served_alone`: of follow-ups those that tell of a
    service. Each carries the ID of its record and of its present version."""
    of: Any = kind  # to mypy a mapped class has no hash
    fact = usable(of, Purpose.CODES, project_id, on)
    columns = sa.inspect(kind).columns
    names = [column.key for column in columns if column.key not in NOT_SHOWN]
    key = [getattr(fact, column.key) for column in key_of(kind)]
    first = aliased(Submission)
    query = (
        sa.select(
            first.instance_id,
            Submission.instance_id.label("version_id"),
            fact.submission_pk,
            *(getattr(fact, name).label(name) for name in names),
        )
        .join(
            Submission,
            sa.and_(
                Submission.project_id == project_id,
                Submission.submission_pk == fact.submission_pk,
            ),
        )
        .join(
            first,
            sa.and_(first.project_id == project_id, first.submission_pk == Submission.record_pk),
        )
        .where(within(reach))
        .order_by(*key)
        .limit(limit)
    )
    if kind is tables.RightsIssue:
        query = query.where(sa.or_(_is_open(fact), within(restricted)))
    if served_alone:
        query = query.where(_is_service(fact))
    if after:
        query = query.where(sa.tuple_(*key) > sa.tuple_(*_bound(kind, after)))
    return [dict(row) for row in session.execute(query).mappings()]


def key_of(kind: type[tables.OfSubmission]) -> list[sa.Column[Any]]:
    """The columns of its key, without the project."""
    return list(sa.inspect(kind).primary_key)[1:]


def _bound(kind: type[tables.OfSubmission], after: Sequence[Any]) -> list[sa.ColumnElement[Any]]:
    return [
        sa.literal(value, column.type) for column, value in zip(key_of(kind), after, strict=True)
    ]


def _is_open(fact: Any) -> sa.ColumnElement[bool]:
    found: sa.ColumnElement[bool] = fact.is_restricted.is_(False)
    return found


def _is_service(fact: Any) -> sa.ColumnElement[bool]:
    return sa.or_(fact.service_on.is_not(None), fact.provider.is_not(None))


def key_values(kind: type[tables.OfSubmission], row: Mapping[str, Any]) -> list[Any]:
    """Of a row of `page`, as `after` takes it."""
    return [row[column.key] for column in key_of(kind)]


def read_key(kind: type[tables.OfSubmission], values: Sequence[Any]) -> tuple[Any, ...]:
    """What `plain_key` wrote. Raises ValueError, TypeError or AttributeError for anything else."""
    first, *rest = zip(key_of(kind), values, strict=True)
    return (uuid.UUID(hex=first[1]), *(_typed(column, value) for column, value in rest))


def _typed(column: sa.Column[Any], value: Any) -> Any:
    if type(value) is not column.type.python_type:
        raise TypeError(column.name)
    if "\0" in value if isinstance(value, str) else not 0 <= value < _MOST:
        raise ValueError(column.name)
    return value


def plain_key(values: Sequence[Any]) -> list[Any]:
    """A key as JSON can hold it."""
    return [value.hex if isinstance(value, uuid.UUID) else value for value in values]
