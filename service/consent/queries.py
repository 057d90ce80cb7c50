"""Every SQL statement about withdrawals, and about how long things are kept."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service.consent.periods import Look, Periods
from service.consent.requests import Reason, Status
from service.consent.tables import LegalHold, ProjectPeriods, Withdrawal
from service.facts.queries import LastDayBefore
from service.facts.tables import Consent, RemovedCode
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.columns import UtcDateTime
from service.foundation.insert_together import InsertTogether, Rows
from service.intake.tables import Submission

Connected = Session | sa.Connection
_insert = InsertTogether(Withdrawal)


def insert_withdrawal(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    """False where it is there already, or where it waits already (`find_waiting`)."""
    nothing: dict[str, Any] = {
        "actor_id": None,
        "scopes": 0,
        "ends_on": None,
        "code_digest": None,
        "instances": 0,
        "uses": {},
        "first_received_on": None,
        "done_at": None,
        "last_done_at": None,
        "gone_at": None,
        "reason": Reason.OTHER,
    }
    return _insert.run(connection, Rows(each=[{**nothing, **row}]))


def find_waiting(
    connection: Connected,
    *,
    project_id: int,
    code_digest: str | None,
    scopes: int,
    actor_id: int | None,
) -> uuid.UUID | None:
    """The request that waits with this code, for the same, through the same person."""
    return connection.scalar(
        sa.select(Withdrawal.withdrawal_pk).where(
            Withdrawal.project_id == project_id,
            Withdrawal.code_digest == code_digest,
            Withdrawal.scopes == scopes,
            Withdrawal.actor_id.is_not_distinct_from(actor_id),
            Withdrawal.state == Status.WAITING,
        )
    )


def update_withdrawal(
    connection: Connected, project_id: int, withdrawal_pk: uuid.UUID, **values: Any
) -> bool:
    done = connection.execute(
        sa.update(Withdrawal)
        .where(Withdrawal.project_id == project_id, Withdrawal.withdrawal_pk == withdrawal_pk)
        .values(**values)
        .returning(Withdrawal.withdrawal_pk)
    )
    return done.first() is not None


def mark_done(
    connection: Connected, project_id: int, withdrawal_pk: uuid.UUID, now: dt.datetime
) -> None:
    """Done, and since when: again changes no day that a person was told."""
    first = sa.func.coalesce(Withdrawal.done_at, sa.bindparam("now", now, UtcDateTime))
    update_withdrawal(
        connection,
        project_id,
        withdrawal_pk,
        state=Status.DONE,
        done_at=first,
        last_done_at=clock.now(),
    )


def add_instances(
    connection: Connected, project_id: int, withdrawal_pk: uuid.UUID, more: int, **values: Any
) -> None:
    update_withdrawal(
        connection, project_id, withdrawal_pk, instances=Withdrawal.instances + more, **values
    )


def decide(connection: Connected, project_id: int, withdrawal_pk: uuid.UUID, to: Status) -> bool:
    """Take a request that waits out of waiting; False if somebody else was first."""
    done = connection.execute(
        sa.update(Withdrawal)
        .where(
            Withdrawal.project_id == project_id,
            Withdrawal.withdrawal_pk == withdrawal_pk,
            Withdrawal.state == Status.WAITING,
        )
        .values(state=to, uses={})
        .returning(Withdrawal.withdrawal_pk)
    )
    return done.first() is not None


def note_gone(
    connection: Connected, project_id: int, withdrawal_pk: uuid.UUID, now: dt.datetime
) -> None:
    """What was taken away is so for everybody who begins from now on: it was committed."""
    sooner = sa.or_(Withdrawal.gone_at.is_(None), Withdrawal.gone_at > now)
    connection.execute(
        sa.update(Withdrawal)
        .where(Withdrawal.project_id == project_id, Withdrawal.withdrawal_pk == withdrawal_pk)
        .where(sooner)
        .values(gone_at=now)
    )


_LAST_DONE = sa.func.coalesce(Withdrawal.last_done_at, Withdrawal.done_at, Withdrawal.asked_at)


def has_taken_back(project_id: Any, since: Any) -> sa.ColumnElement[bool]:
    """Whether anything of a project was taken back since something was made of its records (a
    column or a value each): it may stand in what was made. What is begun while keys and files of
    something are still being destroyed holds nothing of it."""
    return sa.exists().where(
        Withdrawal.project_id == project_id,
        Withdrawal.state.in_((Status.ERASING, Status.DONE)),
        sa.or_(
            sa.and_(Withdrawal.state == Status.ERASING, Withdrawal.gone_at.is_(None)),
            since <= sa.func.coalesce(Withdrawal.gone_at, _LAST_DONE),
        ),
    )


def find_withdrawal(
    session: Session, project_id: int, withdrawal_pk: uuid.UUID
) -> Withdrawal | None:
    return session.get(Withdrawal, (project_id, withdrawal_pk))


def list_withdrawals(
    session: Session,
    project_id: int,
    after: uuid.UUID | None = None,
    limit: int = 50,
    *,
    only_of: int | None = None,
) -> list[Withdrawal]:
    """Newest first, from `after` (exclusive) on; those of one person only. Codes that no record
    carries are left out: whoever tries codes would fill the list."""
    query = sa.select(Withdrawal).where(
        Withdrawal.project_id == project_id, Withdrawal.state != Status.UNMATCHED
    )
    if after is not None:
        query = query.where(Withdrawal.withdrawal_pk < after)
    if only_of is not None:
        query = query.where(Withdrawal.actor_id == only_of)
    return list(session.scalars(query.order_by(Withdrawal.withdrawal_pk.desc()).limit(limit)))


def known(
    connection: Connected, project_id: int, withdrawal_pks: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    query = sa.select(Withdrawal.withdrawal_pk).where(
        Withdrawal.project_id == project_id, Withdrawal.withdrawal_pk.in_(list(withdrawal_pks))
    )
    return set(connection.execute(query).scalars())


def find_oldest_erased(
    connection: Connected, project_ids: Collection[int], since: dt.datetime | None
) -> dt.datetime | None:
    """When the first of those records was erased that were since then: their keys are still in
    older copies of the key store. Of those that went under one code, when
    the first of them did that is not over yet."""
    first: sa.ColumnElement[Any] = sa.func.coalesce(Withdrawal.done_at, Withdrawal.asked_at)
    if since is not None:
        first = sa.case(
            (first >= sa.bindparam("since", since, UtcDateTime), first), else_=_LAST_DONE
        )
    query = sa.select(sa.type_coerce(sa.func.min(first), UtcDateTime)).where(
        Withdrawal.project_id.in_(list(project_ids)),
        Withdrawal.state.in_((Status.DONE, Status.ERASING)),
        Withdrawal.scopes == 0,
        Withdrawal.instances > 0,
    )
    if since is not None:
        query = query.where(sa.bindparam("since", since, UtcDateTime) <= _LAST_DONE)
    found: dt.datetime | None = connection.scalar(query)
    return found


def list_done(
    connection: Connected, project_ids: Collection[int], since: dt.datetime
) -> set[uuid.UUID]:
    """What was erased or narrowed since then: of each a line is in the list of erasures."""
    query = sa.select(Withdrawal.withdrawal_pk).where(
        Withdrawal.project_id.in_(list(project_ids)),
        Withdrawal.state == Status.DONE,
        Withdrawal.instances > 0,
        sa.bindparam("since", since, UtcDateTime) <= _LAST_DONE,
    )
    return set(connection.execute(query).scalars())


def has_erased_since(connection: Connected, since: dt.datetime) -> bool:
    """Whether anything was erased, in any project."""
    query = sa.select(
        sa.exists().where(
            Withdrawal.state == Status.DONE,
            Withdrawal.scopes == 0,
            Withdrawal.instances > 0,
            sa.bindparam("since", since, UtcDateTime) <= _LAST_DONE,
        )
    )
    return bool(connection.execute(query).scalar())


def list_unfinished(connection: Connected) -> list[tuple[int, uuid.UUID]]:
    """Those of which files may still lie somewhere: (project, withdrawal)."""
    query = sa.select(Withdrawal.project_id, Withdrawal.withdrawal_pk).where(
        Withdrawal.state == Status.ERASING
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def count_held(connection: Connected, project_id: int, most: int) -> int:
    """Codes of strangers that wait for a record or a coordinator; counted up to `most`."""
    held = (
        sa.select(sa.literal(1))
        .where(
            Withdrawal.project_id == project_id,
            Withdrawal.code_digest.is_not(None),
            Withdrawal.actor_id.is_(None),
            Withdrawal.state.in_((Status.UNMATCHED, Status.WAITING)),
        )
        .limit(most)
    )
    return connection.scalar(sa.select(sa.func.count()).select_from(held.subquery())) or 0


def delete_held(connection: Connected, until: dt.datetime) -> None:
    """Forget codes that were given until then and that no record carries."""
    connection.execute(
        sa.delete(Withdrawal).where(
            Withdrawal.code_digest.is_not(None),
            Withdrawal.actor_id.is_(None),
            Withdrawal.state.in_((Status.UNMATCHED, Status.WAITING)),
            Withdrawal.asked_at < until,
            ~sa.exists().where(_carries(Consent)),
            ~sa.exists().where(_carries(RemovedCode)),
        )
    )


# --- codes --------------------------------------------------------------------------------------
def codes_to_honour(connection: Connected, limit: int = 200) -> list[tuple[int, uuid.UUID]]:
    """(project, withdrawal) of codes which records carry that came later, or of which a kill came
    before what they asked for. Only consent from before counts. Some uses are taken back once:
    of what is here when it is done."""

    def by_records(kind: Any) -> Any:
        return (
            sa.select(Withdrawal.project_id, Withdrawal.withdrawal_pk)
            .join(kind, _carries(kind))
            .where(
                Withdrawal.code_digest.is_not(None),
                sa.or_(
                    Withdrawal.state == Status.UNMATCHED,
                    sa.and_(Withdrawal.state == Status.DONE, Withdrawal.scopes == 0),
                ),
                kind.given_on <= LastDayBefore(Withdrawal.asked_at),  # later: a new consent
            )
        )

    found = sa.union(by_records(Consent), by_records(RemovedCode)).limit(limit)
    return [(row[0], row[1]) for row in connection.execute(found)]


def _carries(kind: Any) -> sa.ColumnElement[bool]:
    """A record, or one that was removed, with the code of a withdrawal."""
    return sa.and_(
        kind.project_id == Withdrawal.project_id, kind.code_digest == Withdrawal.code_digest
    )


# --- what it was used in ------------------------------------------------------------------------
WIDE = (
    "rows.", "figures.", "release.", "export.", "brief.", "package.", "backup.", "person.search",
)  # fmt: skip
"""Beginnings of acts on a whole project, which include a record without naming it."""
OF_LISTS = ("entity.read_names", "entity.carry")
"""Acts on a list of entities: those that the record gave to, whoever else stood there."""
OF_FORMS = ("sealed.export",)
"""Acts on all records of a form."""
BY_EMERGENCY = "emergency.read"
"""Its subject is the access; what was opened stands in `thing`."""


@dataclass(frozen=True, kw_only=True)
class Traces:
    """By what the audit log may know a person's record."""

    subjects: Collection[str]
    """Its versions."""
    instance_ids: Collection[str] = field(default=(), repr=False)
    list_pks: Collection[int] = ()
    """Lists of entities to which it gave something."""
    form_pks: Collection[int] = ()

    def things(self) -> list[str]:
        """As an address may have named them, without hyphens and capitals."""
        plain = (name.removeprefix("uuid:") for name in (*self.subjects, *self.instance_ids))
        return sorted({name.replace("-", "").lower() for name in plain})


def past_acts(
    connection: Connected, project_id: int, traces: Traces, since: dt.datetime
) -> list[dict[str, Any]]:
    """[{act, times, first, last, is_wide, records}] of the audit log since the first of a record's
    versions was here: acts that name it, and (`is_wide`) acts on lists, forms or the whole project,
    in which it may have stood. `records`: of how many records the widest of those was."""
    thing = sa.func.lower(sa.func.replace(AuditEntry.details["thing"].as_string(), "-", ""))
    is_named = sa.or_(
        AuditEntry.subject.in_(sorted(traces.subjects)),
        sa.and_(AuditEntry.action == BY_EMERGENCY, thing.in_(traces.things())),
    )
    is_wide = sa.case((is_named, sa.literal(0)), else_=sa.literal(1)).label("is_wide")
    most = sa.func.max(AuditEntry.details["records"].as_integer())
    query = (
        sa.select(
            AuditEntry.action,
            is_wide,
            sa.func.count(),
            sa.func.min(AuditEntry.at),
            sa.func.max(AuditEntry.at),
            most,
        )
        .where(
            AuditEntry.project_id == project_id,
            AuditEntry.at >= since,
            sa.or_(is_named, _may_hold(traces, thing)),
        )
        .group_by(AuditEntry.action, sa.text("is_wide"))
        .order_by(AuditEntry.action, sa.text("is_wide"))
    )
    return [
        {
            "act": act,
            "times": times,
            "first": first.date().isoformat(),
            "last": last.date().isoformat(),
            "is_wide": bool(wide),
            "records": records if wide else None,
        }
        for act, wide, times, first, last, records in connection.execute(query)
    ]


def _may_hold(traces: Traces, thing: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Acts in which a record may have stood without being named. Of what was opened by access for a
    day: figures, and whatever named no thing, but for the project's first page."""
    action, subject = AuditEntry.action, AuditEntry.subject
    act = AuditEntry.details["act"].as_string()
    looked = sa.or_(act == "figures.read", sa.and_(thing == "", act != "project.read"))
    lists = [f"entity-list:{key}" for key in sorted(traces.list_pks)]
    forms = [f"form:{key}" for key in sorted(traces.form_pks)]
    return sa.or_(
        *(action.startswith(start) for start in WIDE),
        sa.and_(action.in_(OF_LISTS), subject.in_(lists)),
        sa.and_(action.in_(OF_FORMS), subject.in_(forms)),
        sa.and_(action == BY_EMERGENCY, looked),
    )


# --- periods ------------------------------------------------------------------------------------
def find_periods(session: Session, project_id: int) -> tuple[Periods, Look]:
    """A project's periods, and when it was looked at last; of one that chose none, the usual."""
    row = session.get(ProjectPeriods, project_id)
    if row is None:
        return Periods(), Look()
    return (
        Periods(
            records_months=row.records_months,
            testimony_months=row.testimony_months,
            quarantine_days=row.quarantine_days,
        ),
        Look(looked_at=row.looked_at, erases_from=row.erases_from),
    )


def put_periods(session: Session, project_id: int, periods: Periods) -> None:
    row = _row_of_periods(session, project_id)
    row.records_months, row.quarantine_days = periods.records_months, periods.quarantine_days
    row.testimony_months = periods.testimony_months


def put_look(session: Session, project_id: int, look: Look) -> None:
    row = _row_of_periods(session, project_id)
    row.looked_at, row.erases_from = look.looked_at, look.erases_from


def _row_of_periods(session: Session, project_id: int) -> ProjectPeriods:
    """The row, made where there is none; two at once on PostgreSQL make one."""
    usual = Periods()
    new = {
        "project_id": project_id,
        "records_months": usual.records_months,
        "quarantine_days": usual.quarantine_days,
    }
    session.execute(postgresql.insert(ProjectPeriods).on_conflict_do_nothing(), [new])
    return session.get_one(ProjectPeriods, project_id)


# --- legal holds --------------------------------------------------------------------------------
def list_holds(session: Session, project_id: int, limit: int) -> list[LegalHold]:
    """Newest first, those that ended too."""
    query = sa.select(LegalHold).where(LegalHold.project_id == project_id)
    return list(session.scalars(query.order_by(LegalHold.hold_pk.desc()).limit(limit)))


def find_hold(session: Session, project_id: int, hold_pk: uuid.UUID) -> LegalHold | None:
    return session.get(LegalHold, (project_id, hold_pk), with_for_update=True)


def list_held(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID], on: dt.date
) -> set[uuid.UUID]:
    """Those of these records on which a hold is in force that day; also one that was placed on what
    took a place in the record since."""
    query = (
        sa.select(Submission.record_pk)
        .join(
            LegalHold,
            sa.and_(
                LegalHold.project_id == Submission.project_id,
                LegalHold.record_pk == Submission.submission_pk,
            ),
        )
        .where(
            Submission.project_id == project_id,
            Submission.record_pk.in_(list(record_pks)),
            LegalHold.agreed_at.is_not(None),
            LegalHold.ended_at.is_(None),
            LegalHold.until >= on,
        )
    )
    return set(connection.execute(query).scalars())


def list_waiting_for_holds(session: Session, project_id: int) -> list[Withdrawal]:
    query = sa.select(Withdrawal).where(
        Withdrawal.project_id == project_id, Withdrawal.state == Status.HELD
    )
    return list(session.scalars(query))
