"""The verbs of testimonies in use; here, what whoever takes back calls."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa

from service.foundation import clock
from service.testimonies.queries import texts, uses
from service.testimonies.terms import Audience, Medium, Naming, Wanted

keys_of = texts.keys_of
records_with_texts = texts.records_with_texts


def strike(
    connection: sa.Connection,
    project_id: int,
    record_pks: Collection[uuid.UUID],
    withdrawal_pk: uuid.UUID,
) -> None:
    """In the transaction that erases these records, or what they told: texts go, uses end, and are
    told of by the withdrawal alone."""
    ended = [row.use_pk for row in uses.list_of_records(connection, project_id, record_pks)]
    uses.take_back(connection, project_id, ended, withdrawal_pk, clock.now())
    uses.forget_records(connection, project_id, record_pks)
    texts.delete_of_records(connection, project_id, record_pks)


def narrow(
    connection: sa.Connection,
    project_id: int,
    record_pks: Collection[uuid.UUID],
    withdrawal_pk: uuid.UUID,
    scopes: frozenset[str],
) -> None:
    """Some uses were taken back: those that needed them end."""
    ended = [
        row.use_pk
        for row in uses.list_of_records(connection, project_id, record_pks)
        if Wanted(
            audience=Audience(row.audience),
            naming=Naming(row.naming),
            medium=Medium(row.medium),
        ).needs_any(scopes)
    ]
    uses.take_back(connection, project_id, ended, withdrawal_pk, clock.now())
