"""How far a move is. Pure."""

from __future__ import annotations

import enum


class State(enum.StrEnum):
    WAITING = "waiting"
    """For the export file that somebody is about to send."""
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It ended before it was through. What came is here; asked for again, it goes on."""
    STOPPED = "stopped"
    """By somebody of the team."""


OPEN = (State.QUEUED, State.RUNNING)
