"""A project's share of the disk: no body of work fills it for the others.

The count lies in one row. A process reads it once a minute and adds up by itself what comes through
it, writing that down now and then: no request scans anything, and two processes differ by a few
percent of a share at most. Once a day all is counted anew, for what was erased meanwhile.
"""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.foundation import audit, clock
from service.foundation.db import commit_together, reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, PROJECT_FULL, Problem
from service.intake.queries import shares
from service.intake.queries.shares import Share

log = structlog.get_logger("samleng.intake")

READ_EVERY = dt.timedelta(seconds=60)
PART = 50
"""A process writes down when it has counted a 50th of a share, and once a minute."""


@dataclass(kw_only=True)
class _Known:
    """What this process read of a share, and what came through it since it last wrote."""

    share: Share
    read_at: dt.datetime
    own: int = 0


class ShareWatch:
    """What one process knows of how full projects are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, _Known] = {}

    def demand_room(self, project_id: int, size: int) -> None:
        """Before a body is read. Raises PROJECT_FULL: what was sent stays on the phone."""
        known = self._read(project_id)
        if 0 < known.share.most < known.share.held + known.own + size:
            raise Problem(PROJECT_FULL)

    def count(self, project_id: int, size: int) -> None:
        """What came and was new, after it is durable."""
        with self._lock:
            known = self._known.get(project_id)
            if known is None or not known.share.most:
                return
            known.own += size
            is_due = (
                known.own * PART >= known.share.most or clock.now() - known.read_at >= READ_EVERY
            )
            if not is_due:
                return
            more = self._taken(known)
        self._write_down(project_id, more)

    def _read(self, project_id: int) -> _Known:
        now = clock.now()
        with self._lock:
            known = self._known.get(project_id)
            if known is not None and dt.timedelta() <= now - known.read_at < READ_EVERY:
                return known
            more = self._taken(known) if known else 0
        if more:
            self._write_down(project_id, more)
        with reading() as session:
            found = shares.find_share(session, project_id)
        with self._lock:
            own = self._known[project_id].own if project_id in self._known else 0
            fresh = self._known[project_id] = _Known(share=found, read_at=now, own=own)
        return fresh

    @staticmethod
    def _taken(known: _Known) -> int:
        """What is to be written down; from now on it counts as held."""
        more, known.own = known.own, 0
        known.share = Share(most=known.share.most, held=known.share.held + more)
        return more

    def _write_down(self, project_id: int, more: int) -> None:
        try:
            commit_together(lambda connection: shares.add_held(connection, project_id, more))
        except Problem as problem:  # the record is durable: it is answered all the same
            log.warning("share_not_noted", problem=problem.kind.slug)


def set_share(session: Session, actor: Actor, project_id: int, most_bytes: int) -> Share:
    """Let a project use so many bytes from now on; 0: as many as there are. For the host's shell,
    whose disk it is. Nothing is erased where there are more already: nothing new comes in."""
    policy.demand_shell(actor)
    if most_bytes < 0:
        raise Problem(INVALID_PARAMETER, name="megabytes", reason="0 or more")
    share = Share(most=most_bytes, held=shares.count_held(session, project_id))
    shares.put_share(session, project_id, share, clock.now())
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="project.share",
        subject=project_id,
        most_bytes=most_bytes,
    )
    return share


def count_anew() -> None:
    """Once a day: what was erased is room again."""
    with reading() as session:
        counted = [(one, shares.count_held(session, one)) for one in shares.list_limited(session)]
    for project_id, held in counted:
        with unit_of_work() as session:
            shares.put_counted(session, project_id, held, clock.now())
