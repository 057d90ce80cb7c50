"""What a phone does with its access: which installation uses it, when it fetches, how much it
sends. Noted beside the request; none of it may cost a phone its answer, except a full quota.

The day's counts lie in the phone's row and come with the look-up of its token. A process counts
by itself and writes down now and then: a submission costs no statement more, and every other
instance is behind by a few percent of the quota at most.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.accounts.queries import devices
from service.foundation import audit, clock
from service.foundation.db import commit_together, unit_of_work
from service.foundation.problems import DEVICE_QUOTA, Problem

log = structlog.get_logger("samleng.accounts")

FETCH_NOTED_EVERY = dt.timedelta(hours=1)
WRITTEN_DOWN_AFTER = dt.timedelta(seconds=60)
PART = 25
"""A process writes down when it has counted a 25th of a quota: so far may two of them differ."""
MORE = 2
"""So many times a day's bytes at most, to complete what is here and to send it again."""
MOST_COUNTED = 20
"""And after so many records in any case."""
REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What one phone may send on a day (UTC) that is new. 0: as much as it likes."""

    submissions: int
    bytes: int


@dataclass(kw_only=True)
class _Counted:
    """What this process has seen of a phone and not written down yet."""

    day: dt.date
    since: dt.datetime
    submissions: int = 0
    bytes: int = 0


class DeviceWatch:
    """What one process remembers of the phones that come to it."""

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self._lock = threading.Lock()
        self._counted: dict[int, _Counted] = {}
        self._reported: OrderedDict[tuple[int | None, str, dt.datetime | None], None] = (
            OrderedDict()
        )
        """Install ids known to differ from the one bound then: a second phone writes once."""

    # --- which installation ---------------------------------------------------------------------
    def note_installation(self, actor: Actor, device_key: str) -> None:
        """Tie the token to the first install id that uses it; raise an alarm at another one. It
        never blocks: phones get reset, and a record in hand is worth more than a suspicion."""
        use = actor.device
        if use is None or use.device_key == device_key:
            return
        seen = (actor.id, device_key, use.bound_at)
        if seen in self._reported:
            return
        try:
            with unit_of_work() as session:
                _tie_or_alarm(session, actor, device_key)
        except Problem as problem:  # said at the next request
            log.warning("installation_not_noted", problem=problem.kind.slug)
            return
        if use.device_key is not None:
            with self._lock:
                self._reported[seen] = None
                while len(self._reported) > REMEMBERED:
                    self._reported.popitem(last=False)

    # --- how much -------------------------------------------------------------------------------
    def refusal(self, actor: Actor, size: int) -> Problem | None:
        """What a record is to be told that is not here yet, where the phone's day is used up. One
        whose answer was lost, or of which a part is here, comes again all the same: see `MORE`.
        Raises DEVICE_QUOTA where even that is too much."""
        if actor.device is None or actor.id is None:
            return None
        now, quota = clock.now(), self.quota
        submissions, held = actor.device.submissions, actor.device.bytes
        with self._lock:
            own = self._counted.get(actor.id)
            if own is not None and own.day == now.date():
                submissions += own.submissions
                held += own.bytes
        if not (0 < quota.submissions <= submissions or 0 < quota.bytes < held + size):
            return None
        refusal = Problem(DEVICE_QUOTA, seconds=_until_tomorrow_s(now))
        if 0 < quota.bytes * MORE < held + size:
            raise refusal
        return refusal

    def count(self, actor: Actor, submissions: int, size: int) -> None:
        """What a phone sent that was new, after it is durable. A record sent again counts
        nothing: bad networks must not use up a day."""
        if actor.device is None or actor.id is None:
            return
        now = clock.now()
        with self._lock:
            own = self._counted.get(actor.id)
            if own is None or own.day != now.date():
                own = self._counted[actor.id] = _Counted(day=now.date(), since=now)
            own.submissions += submissions
            own.bytes += size
            if not self._is_due(own, now):
                return
            del self._counted[actor.id]
        _write_down(actor.id, own)

    def _is_due(self, own: _Counted, now: dt.datetime) -> bool:
        parts = ((own.submissions, self.quota.submissions), (own.bytes, self.quota.bytes))
        return (
            own.submissions >= MOST_COUNTED
            or now - own.since >= WRITTEN_DOWN_AFTER
            or any(0 < quota <= counted * PART for counted, quota in parts)
        )


def _tie_or_alarm(session: Session, actor: Actor, device_key: str) -> None:
    if actor.id is None or actor.project_id is None:
        raise AssertionError("a phone has an id and a project")
    now = clock.now()
    if devices.bind(session, actor.id, device_key, now):
        action = "device.bind"
    elif devices.is_bound_to(session, actor.id, device_key):
        return  # by another request, a moment ago
    elif devices.raise_alarm(session, actor.project_id, actor.id, device_key, now):
        action = "device.second_installation"
    else:
        return
    audit.record(
        session,
        project_id=actor.project_id,
        actor_id=actor.id,
        action=action,
        subject=actor.id,
    )


def note_fetch(actor: Actor) -> None:
    """That the phone asked for forms, at most once an hour."""
    last, now = actor.device.fetched_at if actor.device else None, clock.now()
    if actor.id is None or (last is not None and now - last < FETCH_NOTED_EVERY):
        return
    try:
        with unit_of_work() as session:
            devices.note_fetch(session, actor.id, now)
    except Problem as problem:
        log.warning("fetch_not_noted", problem=problem.kind.slug)


def _write_down(app_user_id: int, own: _Counted) -> None:
    try:
        commit_together(
            lambda connection: devices.add_use(
                connection, app_user_id, own.day, own.submissions, own.bytes
            )
        )
    except Problem as problem:  # the record is durable: it is answered all the same
        log.warning("use_not_noted", problem=problem.kind.slug)


def _until_tomorrow_s(now: dt.datetime) -> int:
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    return max(60, int((tomorrow - now).total_seconds()) + 1)
