"""How long what opens a door is good for. Pure."""

from __future__ import annotations

import datetime as dt

ACCESS = dt.timedelta(minutes=10)
"""An access token; the sign-in that it names is asked for at every request besides."""
PROGRAM_IDLE = dt.timedelta(days=14)
"""A refresh token that nobody uses."""
PROGRAM = dt.timedelta(days=90)
"""A family of refresh tokens, however busy."""
PAGE_IDLE = dt.timedelta(hours=12)
"""A session of pages that nobody uses: a working day; there is no script that could renew it."""
PAGE = dt.timedelta(days=14)
HALF = dt.timedelta(minutes=30)
"""Between the password and the second factor, setting it up included."""
REPLAY = dt.timedelta(seconds=10)
"""Within which a program whose answer was lost may use its refresh token once more."""
NOTED_AFTER = dt.timedelta(minutes=5)
"""Use of a session is noted no more often: not every page should cost a write."""
INVITATION = dt.timedelta(hours=24)
"""Handed over in person or by a message, to somebody who must find the time."""
RESET = dt.timedelta(minutes=30)
"""For somebody who waits for it, and whose account holds something already."""
