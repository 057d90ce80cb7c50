"""Keys of those who signed, and who shares one."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from service.persons.blocking import HUGE
from service.treaty.queries.signers import AT_ONCE, Connected
from service.treaty.tables import SignerKey, SignerRow


def put_keys(
    connection: Connected, project_id: int, keys: Mapping[uuid.UUID, Collection[int]]
) -> None:
    """Keys of these, instead of those that they had."""
    if not keys:
        return
    theirs = (SignerKey.project_id == project_id, SignerKey.signer_pk.in_(list(keys)))
    connection.execute(sa.delete(SignerKey).where(*theirs))
    rows = [
        {"project_id": project_id, "signer_pk": signer_pk, "key": key}
        for signer_pk, own in keys.items()
        for key in sorted(own)
    ]
    if rows:
        connection.execute(sa.insert(SignerKey), rows)


@dataclass(frozen=True, kw_only=True)
class Sharing:
    key: int
    signer_pk: uuid.UUID
    submission_pk: uuid.UUID
    ordinal: int


def list_sharing(
    connection: Connected, project_id: int, keys: Collection[int]
) -> Iterable[Sharing]:
    """Who has one of these keys and counts, or would. What more than HUGE share tells nobody
    apart."""
    wanted = sorted(keys)
    for at in range(0, len(wanted), AT_ONCE):
        counted = (
            sa.select(
                SignerKey.key,
                SignerKey.signer_pk,
                sa.func.count().over(partition_by=SignerKey.key).label("holders"),
            )
            .where(SignerKey.project_id == project_id, SignerKey.key.in_(wanted[at : at + AT_ONCE]))
            .subquery()
        )
        query = (
            sa.select(
                counted.c.key, counted.c.signer_pk, SignerRow.submission_pk, SignerRow.ordinal
            )
            .join(
                SignerRow,
                sa.and_(
                    SignerRow.project_id == project_id,
                    SignerRow.signer_pk == counted.c.signer_pk,
                ),
            )
            .where(counted.c.holders <= HUGE, SignerRow.may_count)
        )
        yield from (Sharing(**row._mapping) for row in connection.execute(query))
