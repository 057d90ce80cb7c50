"""Who signed: as rows that name nobody, their keys, and pairs that may be one person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation import ids
from service.intake.tables import Submission
from service.treaty.status import Status
from service.treaty.tables import QuoteRow, SignerKey, SignerPair, SignerRow
from service.treaty.verdicts import Verdict

Connected = Session | sa.Connection
Both = tuple[uuid.UUID, uuid.UUID]
AT_ONCE = 400


@dataclass(frozen=True, kw_only=True)
class Signer:
    """One signature as it stands."""

    signer_pk: uuid.UUID
    record_pk: uuid.UUID
    submission_pk: uuid.UUID
    ordinal: int
    slot: int
    sheet: str
    has_stub: bool
    place: str
    signed_on: dt.date
    told: str
    may_count: bool
    is_taken_back: bool
    status: Status
    logged: Status | None
    lines: int


_COLUMNS = [getattr(SignerRow, name) for name in Signer.__dataclass_fields__]


def _read(connection: Connected, query: sa.Select[Any]) -> list[Signer]:
    return [Signer(**row._mapping) for row in connection.execute(query)]


def of_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> list[Signer]:
    query = sa.select(*_COLUMNS).where(
        SignerRow.project_id == project_id, SignerRow.record_pk.in_(list(record_pks))
    )
    return _read(connection, query.order_by(SignerRow.signer_pk))


def of_versions(
    connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID]
) -> list[Signer]:
    query = sa.select(*_COLUMNS).where(
        SignerRow.project_id == project_id, SignerRow.submission_pk.in_(list(submission_pks))
    )
    return _read(connection, query)


def of_sheets(connection: Connected, project_id: int, numbers: Collection[str]) -> list[Signer]:
    query = sa.select(*_COLUMNS).where(
        SignerRow.project_id == project_id, SignerRow.sheet.in_([one for one in numbers if one])
    )
    return _read(connection, query)


def these(
    connection: Connected, project_id: int, signer_pks: Collection[uuid.UUID]
) -> list[Signer]:
    found, wanted = list[Signer](), sorted(signer_pks)
    for at in range(0, len(wanted), AT_ONCE):
        query = sa.select(*_COLUMNS).where(
            SignerRow.project_id == project_id,
            SignerRow.signer_pk.in_(wanted[at : at + AT_ONCE]),
        )
        found += _read(connection, query)
    return found


def page(connection: Connected, project_id: int, after: uuid.UUID, limit: int) -> list[uuid.UUID]:
    query = sa.select(SignerRow.signer_pk).where(
        SignerRow.project_id == project_id, SignerRow.signer_pk > after
    )
    return list(connection.execute(query.order_by(SignerRow.signer_pk).limit(limit)).scalars())


def page_of_records(
    connection: Connected, project_id: int, after: uuid.UUID, limit: int
) -> list[tuple[uuid.UUID, int]]:
    """Records in which somebody signed, by key, each with its form."""
    query = (
        sa.select(SignerRow.record_pk, Submission.form_pk)
        .join(
            Submission,
            sa.and_(
                Submission.project_id == project_id,
                Submission.submission_pk == SignerRow.record_pk,
            ),
        )
        .where(SignerRow.project_id == project_id, SignerRow.record_pk > after)
        .distinct()
    )
    rows = connection.execute(query.order_by(SignerRow.record_pk).limit(limit))
    return [(row.record_pk, row.form_pk) for row in rows]


def at_stubs(
    connection: Connected, project_id: int, stubs: Collection[tuple[str, int]]
) -> dict[tuple[str, int], uuid.UUID]:
    """(sheet, line) -> who has the code on its stub."""
    query = sa.select(SignerRow.sheet, SignerRow.slot, SignerRow.signer_pk).where(
        SignerRow.project_id == project_id,
        SignerRow.sheet.in_({sheet for sheet, _ in stubs}),
        SignerRow.has_stub,
    )
    return {(row.sheet, row.slot): row.signer_pk for row in connection.execute(query)}


def insert(connection: Connected, project_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(
            sa.insert(SignerRow), [{"project_id": project_id, **row} for row in rows]
        )


_TABLE: Any = SignerRow.__table__
_THIS = (
    sa.bindparam("of_project") == SignerRow.project_id,
    SignerRow.signer_pk == sa.bindparam("of_signer", type_=SignerRow.signer_pk.type),
)


def update(
    connection: Connected, project_id: int, rows: Mapping[uuid.UUID, Mapping[str, Any]]
) -> None:
    """Signer -> columns with their new values; the same columns of each."""
    if not rows:
        return
    names = next(iter(rows.values()))
    values = {
        name: sa.bindparam(f"now_{name}", type_=getattr(SignerRow, name).type) for name in names
    }
    given = [
        {"of_project": project_id, "of_signer": key}
        | {f"now_{name}": value for name, value in row.items()}
        for key, row in rows.items()
    ]
    connection.execute(sa.update(_TABLE).where(*_THIS).values(values), given)


def delete(connection: Connected, project_id: int, signer_pks: Collection[uuid.UUID]) -> None:
    """With their keys and pairs, and what is shown of them."""
    gone = list(signer_pks)
    for table, columns in (
        (SignerKey, (SignerKey.signer_pk,)),
        (SignerPair, (SignerPair.first_pk, SignerPair.second_pk)),
        (QuoteRow, (QuoteRow.signer_pk,)),
        (SignerRow, (SignerRow.signer_pk,)),
    ):
        theirs = sa.or_(*(column.in_(gone) for column in columns))
        connection.execute(sa.delete(table).where(table.project_id == project_id, theirs))


def take_back(connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]) -> None:
    """Nobody in these records is counted again."""
    theirs = (SignerRow.project_id == project_id, SignerRow.record_pk.in_(list(record_pks)))
    connection.execute(sa.update(SignerRow).where(*theirs).values(is_taken_back=True))


# --- pairs --------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Pair:
    pair_pk: uuid.UUID
    first_pk: uuid.UUID
    second_pk: uuid.UUID
    score: int
    reasons: tuple[str, ...]
    verdict: Verdict | None

    @property
    def both(self) -> Both:
        return self.first_pk, self.second_pk


_PAIR = sa.select(*(getattr(SignerPair, name) for name in Pair.__dataclass_fields__))


def _pairs(connection: Connected, query: sa.Select[Any]) -> list[Pair]:
    return [
        Pair(**{**row._mapping, "reasons": tuple(row.reasons)}) for row in connection.execute(query)
    ]


def pairs_of(
    connection: Connected, project_id: int, signer_pks: Collection[uuid.UUID]
) -> list[Pair]:
    """All pairs in which one of these is."""
    found, wanted = dict[uuid.UUID, Pair](), sorted(signer_pks)
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        theirs = sa.or_(SignerPair.first_pk.in_(some), SignerPair.second_pk.in_(some))
        query = _PAIR.where(SignerPair.project_id == project_id, theirs)
        found |= {one.pair_pk: one for one in _pairs(connection, query)}
    return list(found.values())


def open_pairs(connection: Connected, project_id: int, limit: int) -> list[Pair]:
    """Of which nobody has decided, the likeliest first."""
    query = _PAIR.where(SignerPair.project_id == project_id, SignerPair.verdict.is_(None))
    ordered = query.order_by(SignerPair.score.desc(), SignerPair.pair_pk).limit(limit)
    return _pairs(connection, ordered)


def find_pair(connection: Connected, project_id: int, pair_pk: uuid.UUID) -> Pair | None:
    query = _PAIR.where(SignerPair.project_id == project_id, SignerPair.pair_pk == pair_pk)
    return next(iter(_pairs(connection, query)), None)


def put_pairs(
    connection: Connected,
    project_id: int,
    found: Mapping[Both, tuple[int, Sequence[str]]],
    of: Collection[uuid.UUID],
) -> None:
    """What was found now of these. Pairs that nobody decided on and that are not found any more
    go; what people said stays."""
    held = {one.both: one for one in pairs_of(connection, project_id, of)}
    gone = [one.pair_pk for key, one in held.items() if one.verdict is None and key not in found]
    if gone:
        theirs = (SignerPair.project_id == project_id, SignerPair.pair_pk.in_(gone))
        connection.execute(sa.delete(SignerPair).where(*theirs))
    new = [
        {
            "project_id": project_id,
            "pair_pk": ids.new_uuid(),
            "first_pk": first,
            "second_pk": second,
            "score": score,
            "reasons": list(reasons),
            "verdict": None,
        }
        for (first, second), (score, reasons) in found.items()
        if (first, second) not in held
    ]
    if new:
        connection.execute(sa.insert(SignerPair), new)


def say(connection: Connected, project_id: int, pair_pk: uuid.UUID, verdict: Verdict) -> None:
    one = (SignerPair.project_id == project_id, SignerPair.pair_pk == pair_pk)
    connection.execute(sa.update(SignerPair).where(*one).values(verdict=verdict))


# --- counted ------------------------------------------------------------------------------------
def by_place(connection: Connected, project_id: int, status: Status) -> dict[str, int]:
    """Place -> how many stand so there."""
    query = (
        sa.select(SignerRow.place, sa.func.count())
        .where(SignerRow.project_id == project_id, SignerRow.status == status)
        .group_by(SignerRow.place)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
