"""What nobody took back goes when its period is over: by the same erasing, page by page.

Killed anywhere, it is finished as a withdrawal is (`finish_left`, `replay`); what was not begun is
found again at the next look. Facts that may be counted stay, as long as they may.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.consent import queries
from service.consent.actions import holding
from service.consent.actions.erasing import (
    Order,
    finish,
    finish_later,
    plan_for,
    take_away,
    today,
)
from service.consent.actions.forgetting_told import erase_told
from service.consent.periods import Periods
from service.consent.requests import Reason
from service.consent.withdrawal import Plan
from service.facts import queries as fact_queries
from service.foundation import audit, clock, crash_points, ids, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.queries import ageing, told
from service.intake.queries.ageing import Old
from service.treaty.actions import ending

PERIOD_LOOK = "period.look"
"""The event on which a project is looked at for what is over (`jobs/handlers.py`)."""
AT_ONCE = 200
"""Records of one transaction."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """What will have gone by a day, if nothing comes to it until then."""

    periods: Periods
    erases_from: dt.datetime
    """Nothing goes before."""
    by: dt.datetime
    forms: tuple[Old, ...]
    told: int
    """Records of which words, pictures and voices go before the rest."""
    quarantined: int

    @property
    def records(self) -> int:
        return sum(one.records for one in self.forms)


def tell_due(
    session: Session,
    actor: Actor,
    project_id: int,
    *,
    days: int = 31,
    periods: Periods | None = None,
) -> Due:
    """What goes in so many days; with other periods than the project's, if those are named."""
    policy.demand(actor, Act.RETENTION_READ, project_id)
    held, look = queries.find_periods(session, project_id)
    now = clock.now()
    by = now + dt.timedelta(days=days)
    wanted = periods or held
    told_before = wanted.told_before(by)
    return Due(
        periods=held,
        erases_from=look.after(now).erases_from or now,
        by=by,
        told=told.count(session, project_id, told_before) if told_before else 0,
        forms=tuple(ageing.count_old(session, project_id, wanted.records_before(by))),
        quarantined=ageing.count_old_quarantined(
            session, project_id, wanted.quarantined_before(by)
        ),
    )


def set_periods(session: Session, actor: Actor, project_id: int, periods: Periods) -> None:
    """Keep things in this project for so long from now on. Nothing goes within this call: a job
    looks once a day."""
    policy.demand(actor, Act.RETENTION_SET, project_id)
    before, _ = queries.find_periods(session, project_id)
    if periods == before:
        return
    queries.put_periods(session, project_id, periods)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.RETENTION_SET,
        subject=project_id,
        records_months=periods.records_months,
        testimony_months=periods.testimony_months,
        quarantine_days=periods.quarantine_days,
        was_records_months=before.records_months,
        was_testimony_months=before.testimony_months,
        was_quarantine_days=before.quarantine_days,
    )


def erase_what_is_over(
    project_id: int, blobs: LocalBlobs, is_enough: Callable[[], bool] = lambda: False
) -> bool:
    """Erase what has been kept for long enough; False if it stopped before the end because
    `is_enough` said so. Again is no error: what is gone is not found."""
    now = clock.now()
    holding.release(project_id, blobs)
    with unit_of_work() as session:
        periods, seen = queries.find_periods(session, project_id)
        look = seen.after(now)
        queries.put_look(session, project_id, look)
    if not look.erases(now):
        return True
    return (
        _erase_delivered(project_id, blobs, is_enough)
        and all(
            _erase_records(walk, project_id, periods.records_before(now), blobs, is_enough)
            for walk in ageing.WALKS
        )
        and _erase_told(project_id, periods.told_before(now), blobs, is_enough)
        and _erase_quarantined(project_id, periods.quarantined_before(now), blobs, is_enough)
        and _forget_ended(project_id)
    )


def _erase_delivered(project_id: int, blobs: LocalBlobs, is_enough: Callable[[], bool]) -> bool:
    """Who signed a petition that was handed over, from the day on that its office set."""
    after: uuid.UUID | None = uuid.UUID(int=0)
    while after is not None:
        with reading() as session:
            record_pks, after = ending.over(session, project_id, after, AT_ONCE)
        if record_pks and is_enough():
            return False
        if record_pks:
            _erase_page(project_id, record_pks, clock.now(), blobs)
    return True


def _erase_told(
    project_id: int,
    before: dt.datetime | None,
    blobs: LocalBlobs,
    is_enough: Callable[[], bool],
) -> bool:
    return before is None or erase_told(project_id, before, blobs, is_enough)


def _erase_records(
    walk: Callable[..., ageing.Page],
    project_id: int,
    before: dt.datetime,
    blobs: LocalBlobs,
    is_enough: Callable[[], bool],
) -> bool:
    after: ageing.Place | None = None
    while True:
        with reading() as session:
            page = walk(session, project_id, before, after, AT_ONCE)
        if page.keys and is_enough():
            return False
        if page.keys:
            _erase_page(project_id, page.keys, before, blobs)
        if page.after is None:
            return True
        after = page.after


def _erase_page(
    project_id: int, record_pks: Sequence[uuid.UUID], before: dt.datetime, blobs: LocalBlobs
) -> None:
    order = _order(project_id)
    with unit_of_work() as session:
        connection = session.connection()
        free = holding.not_held(connection, project_id, record_pks)
        rows = ageing.list_over(connection, project_id, free, before)
        if not rows:
            return
        plan = plan_for(connection, order, rows)
        take_away(connection, order, plan, rows, {})
    crash_points.reached("after_erasure_commit")
    finish(plan, blobs)


def _order(project_id: int) -> Order:
    return Order(
        project_id=project_id,
        withdrawal_pk=ids.new_uuid(),
        channel="period",
        reason=Reason.PERIOD,
        asked_at=clock.now(),
        expires=True,
    )


def _erase_quarantined(
    project_id: int, before: dt.datetime, blobs: LocalBlobs, is_enough: Callable[[], bool]
) -> bool:
    while not is_enough():
        plan = _quarantined_page(project_id, before)
        if plan is None:
            return True
        finish(plan, blobs)
    return False


def _quarantined_page(project_id: int, before: dt.datetime) -> Plan | None:
    """Take a page of what nobody could read away; None where there is none."""
    order = _order(project_id)
    with unit_of_work() as session:
        connection = session.connection()
        held = ageing.lock_old_quarantined(connection, project_id, before, AT_ONCE)
        if not held.quarantined_pks:
            return None
        plan = Plan(
            project_id=project_id,
            withdrawal_pk=order.withdrawal_pk,
            digests=[],
            keys=held.keys,
            blobs=held.blobs,
            asked_at=order.asked_at,
            expires=True,
        )
        keys.current().erasures.append(plan.as_entry())
        ageing.expire_quarantined(connection, project_id, held.quarantined_pks, clock.now())
        count = len(held.quarantined_pks)
        queries.insert_withdrawal(connection, {**order.row(), "instances": count})
        audit.record(
            connection,
            project_id=project_id,
            actor_id=None,
            action="retention.erase",
            subject=order.withdrawal_pk,
            channel=order.channel,
            quarantined=count,
        )
        finish_later(connection, order)
    return plan


def _forget_ended(project_id: int) -> bool:
    """Facts that were kept to be counted, and may not be any more."""
    with unit_of_work() as session:
        count = fact_queries.delete_ended(session.connection(), project_id, today())
        if count:
            audit.record(
                session,
                project_id=project_id,
                actor_id=None,
                action="retention.forget",
                subject=project_id,
                facts=count,
            )
    return True
