"""Visits of persons, as far as a reader's areas go: when, where, of what age; no names."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.reach import Reach
from service.facts import queries as facts
from service.facts import tables as fact_tables
from service.facts.scopes import Purpose
from service.intake.queries.listing import within
from service.intake.tables import Submission
from service.persons.queries import pairs
from service.persons.queries.pairs import Stored
from service.persons.tables import Decision, Mention, MentionKey, Pair
from service.persons.verdicts import Verdict

MATCHED = 20_000
"""Persons whose keys one search looks at: those who share the most of them."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One person at one visit, in codes."""

    mention_pk: uuid.UUID
    record_pk: uuid.UUID
    submission_pk: uuid.UUID
    ordinal: int
    form_pk: int
    instance_id: str
    """Of the version that stands."""
    received_at: dt.datetime
    happened_on: dt.date
    sex: str
    age_years: int | None
    age_known: str
    age_band: str
    home: str
    victim_type: str
    device: str


def list_visits(
    session: Session,
    project_id: int,
    mention_pks: Collection[uuid.UUID],
    reach: Reach,
    on: dt.date,
    purpose: Purpose = Purpose.CODES,
) -> dict[uuid.UUID, Visit]:
    """Those of them within reach whose codes may be read on that day, or who may be used for
    another purpose."""
    person: Any = facts.usable(fact_tables.Person, purpose, project_id, on)
    query = (
        sa.select(
            Mention.mention_pk,
            Mention.record_pk,
            Mention.submission_pk,
            Mention.ordinal,
            Submission.form_pk,
            Submission.instance_id,
            Submission.received_at,
            person.happened_on,
            person.sex,
            person.age_years,
            person.age_known,
            person.age_band,
            person.home,
            person.victim_type,
            person.device,
        )
        .join(
            person,
            sa.and_(
                person.submission_pk == Mention.submission_pk, person.ordinal == Mention.ordinal
            ),
        )
        .join(Submission, _is_version_of(Mention))
        .where(
            Mention.project_id == project_id,
            Mention.mention_pk.in_(list(mention_pks)),
            Mention.is_here,
            within(reach),
        )
    )
    found = [Visit(**row._mapping) for row in session.execute(query)]
    return {one.mention_pk: one for one in found}


def _is_version_of(mention: Any) -> sa.ColumnElement[bool]:
    return sa.and_(
        Submission.project_id == mention.project_id,
        Submission.submission_pk == mention.submission_pk,
    )


def list_pairs(
    session: Session,
    project_id: int,
    *,
    unsure: bool = False,
    after: tuple[int, uuid.UUID] | None = None,
    limit: int,
) -> list[Stored]:
    """Pairs of which nobody has decided, or with `unsure` those of which somebody was not, the
    likeliest first. Whom of them a reader sees `list_visits` says: the gate is asked of few.
    `after`: score and key of the last one that was seen."""
    # As the index has it: SQLite uses it for nothing else.
    is_open = sa.or_(Pair.verdict.is_(None), Pair.verdict == sa.literal_column("'again'"))
    query = pairs.STORED.where(
        Pair.project_id == project_id, Pair.verdict == Verdict.UNSURE if unsure else is_open
    )
    if after is not None:
        score, pair_pk = after
        later = sa.tuple_(Pair.score, Pair.pair_pk) < sa.tuple_(
            sa.literal(score), sa.literal(pair_pk, Pair.pair_pk.type)
        )
        query = query.where(later)
    ordered = query.order_by(Pair.score.desc(), Pair.pair_pk.desc()).limit(limit)
    return pairs.stored(session.execute(ordered))


@dataclass(frozen=True, kw_only=True)
class Word:
    """One decision, as the log has it."""

    pair_pk: uuid.UUID
    verdict: Verdict
    decided_by: int | None
    proposed_by: int | None
    at: dt.datetime


def list_words(session: Session, project_id: int, pair_pks: Collection[uuid.UUID]) -> list[Word]:
    """All that was said of these pairs, the newest first."""
    query = (
        sa.select(
            Decision.pair_pk,
            Decision.verdict,
            Decision.decided_by,
            Decision.proposed_by,
            Decision.at,
        )
        .where(Decision.project_id == project_id, Decision.pair_pk.in_(list(pair_pks)))
        .order_by(Decision.decision_pk.desc())
    )
    return [Word(**row._mapping) for row in session.execute(query)]


@dataclass(frozen=True, kw_only=True)
class Found:
    """Somebody who has a key of a search."""

    mention_pk: uuid.UUID
    submission_pk: uuid.UUID
    ordinal: int


def search(
    session: Session,
    project_id: int,
    keys: Sequence[int],
    reach: Reach,
    purpose: Purpose,
    on: dt.date,
    *,
    under: str,
    limit: int,
) -> list[Found]:
    """Who has the most of these keys, within reach, living in that place (`under`, "" for any) and
    to be used for the purpose on that day."""
    person: Any = facts.usable(fact_tables.Person, purpose, project_id, on)
    stands = sa.and_(
        person.submission_pk == Mention.submission_pk, person.ordinal == Mention.ordinal
    )
    # By itself first: SQLite would begin with everybody there is.
    matched = (
        sa.select(MentionKey.mention_pk, sa.func.count().label("shared"))
        .where(MentionKey.project_id == project_id, MentionKey.key.in_(sorted(set(keys))))
        .group_by(MentionKey.mention_pk)
        .order_by(sa.func.count().desc(), MentionKey.mention_pk.desc())
        .limit(MATCHED)
        .subquery()
    )
    query = (
        sa.select(Mention.mention_pk, Mention.submission_pk, Mention.ordinal)
        .join(matched, matched.c.mention_pk == Mention.mention_pk)
        .join(person, stands)
        .join(Submission, _is_version_of(Mention))
        .where(Mention.project_id == project_id, Mention.is_here, within(reach))
        .order_by(matched.c.shared.desc(), Mention.mention_pk.desc())
        .limit(limit)
    )
    if under:
        query = query.where(person.home.startswith(under, autoescape=True))
    return [Found(**row._mapping) for row in session.execute(query)]
