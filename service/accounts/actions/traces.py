"""What a session leaves behind is forgotten: from where, and with what somebody signed in."""

from __future__ import annotations

import datetime as dt

from service.accounts.actions.tries import KNOWN_FOR
from service.accounts.queries import traces
from service.foundation import clock
from service.foundation.db import unit_of_work

PLACES_KEPT = dt.timedelta(days=30)
"""After a session's last use. That it was, and when, stays: the person is shown it."""


def forget_traces() -> None:
    """Once a day."""
    now = clock.now()
    with unit_of_work() as session:
        traces.forget_places(session, now - PLACES_KEPT, now)
        traces.forget_networks(session, now - KNOWN_FOR)
