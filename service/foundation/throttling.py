"""How often something may be tried, counted in the database: for all threads and processes, and
across restarts. What is asked too often to be written down each time is counted in memory (`Pace`).

One row for each thing counted, one statement for each try. Windows follow each other: at their
border twice as many tries may pass, which is good enough for a ceiling.
"""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections import Counter

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.foundation import clock
from service.foundation.columns import UtcDateTime
from service.foundation.db import Base
from service.foundation.problems import TOO_MANY_REQUESTS, Problem

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


class Throttle(Base):
    """Tries of one kind from one place, in the running window."""

    __tablename__ = "throttles"
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    """What is counted, and for whom: never an address, only its digest."""
    until: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    count: Mapped[int]


_COUNT = sa.text(
    """
    INSERT INTO throttles (name, until, count) VALUES (:name, :until, 1)
    ON CONFLICT (name) DO UPDATE SET
      count = CASE WHEN throttles.until <= :now THEN 1 ELSE throttles.count + 1 END,
      until = CASE WHEN throttles.until <= :now THEN excluded.until ELSE throttles.until END
    WHERE throttles.until <= :now OR throttles.count < :most
    RETURNING count
    """
).bindparams(sa.bindparam("now", type_=UtcDateTime), sa.bindparam("until", type_=UtcDateTime))
"""The same words on SQLite and PostgreSQL. No row comes back where the window is full."""


def count(session: Session, name: str, *, most: int, window: dt.timedelta = MINUTE) -> None:
    """Count one try. Raises TOO_MANY_REQUESTS where `most` were made in this window, which is
    always the same for one name."""
    now = clock.now()
    values = {"name": name, "now": now, "until": now + window, "most": most}
    counted = session.execute(_COUNT, values).scalar()
    if counted is None:
        until = session.scalar(sa.select(Throttle.until).where(Throttle.name == name)) or now
        raise Problem(TOO_MANY_REQUESTS, seconds=max(1, math.ceil((until - now).total_seconds())))
    if counted == 1:  # once a window is often enough for sweeping
        session.execute(sa.delete(Throttle).where(Throttle.until < now - HOUR))


class Pace:
    """How often each may ask of this process in a minute by the clock. In memory: no request costs
    a write for it, and several processes bear so many times as much."""

    def __init__(self, most: int) -> None:
        """0: any number."""
        self._most = most
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: Counter[int] = Counter()

    def count(self, who: int) -> None:
        """Raises TOO_MANY_REQUESTS."""
        minute, second = divmod(int(clock.now().timestamp()), 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, Counter()
            self._counts[who] += 1
            is_too_often = 0 < self._most < self._counts[who]
        if is_too_often:
            raise Problem(TOO_MANY_REQUESTS, seconds=60 - second)
