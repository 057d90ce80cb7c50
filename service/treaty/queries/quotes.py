"""Leaders who said a sentence with their signature and let it be shown with their name."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.facts import queries as facts
from service.facts import tables
from service.facts.scopes import Purpose
from service.treaty.status import Status
from service.treaty.tables import QuoteRow, SignerRow

Connected = Session | sa.Connection
LEADERS = frozenset(
    {
        "leader_faith", "leader_commune_village", "mp_official", "school_university", "monk_nun",
        "organisation_rep",
    }
)  # fmt: skip
"""Kinds of whom the form asks a sentence."""


@dataclass(frozen=True, kw_only=True)
class Leader:
    """One whose signature counts and who may be named today."""

    signer_pk: uuid.UUID
    submission_pk: uuid.UUID
    ordinal: int
    signed_on: dt.date
    kind: str
    is_shown: bool


def list_leaders(
    connection: Connected,
    project_id: int,
    on: dt.date,
    *,
    limit: int,
    only_shown: bool = False,
    signer_pk: uuid.UUID | None = None,
) -> list[Leader]:
    """The first who signed first."""
    one: Any = facts.usable(tables.Signature, Purpose.NAME, project_id, on)
    is_shown = QuoteRow.signer_pk.is_not(None)
    query = (
        sa.select(
            SignerRow.signer_pk,
            SignerRow.submission_pk,
            SignerRow.ordinal,
            SignerRow.signed_on,
            one.kind,
            is_shown.label("is_shown"),
        )
        .join(
            one,
            sa.and_(one.submission_pk == SignerRow.submission_pk, one.ordinal == SignerRow.ordinal),
        )
        .outerjoin(
            QuoteRow,
            sa.and_(
                QuoteRow.project_id == SignerRow.project_id,
                QuoteRow.signer_pk == SignerRow.signer_pk,
                QuoteRow.submission_pk == SignerRow.submission_pk,
            ),
        )
        .where(
            SignerRow.project_id == project_id,
            SignerRow.status == Status.VALID,
            SignerRow.may_count,
            one.kind.in_(sorted(LEADERS)),
        )
    )
    if only_shown:
        query = query.where(is_shown)
    if signer_pk is not None:
        query = query.where(SignerRow.signer_pk == signer_pk)
    rows = connection.execute(query.order_by(SignerRow.signer_pk).limit(limit))
    return [Leader(**row._mapping) for row in rows]


def show(connection: Connected, project_id: int, one: Leader) -> None:
    take_down(connection, project_id, one.signer_pk)
    row = {"project_id": project_id, "signer_pk": one.signer_pk}
    connection.execute(sa.insert(QuoteRow), [{**row, "submission_pk": one.submission_pk}])


def take_down(connection: Connected, project_id: int, signer_pk: uuid.UUID) -> None:
    mine = (QuoteRow.project_id == project_id, QuoteRow.signer_pk == signer_pk)
    connection.execute(sa.delete(QuoteRow).where(*mine))
