"""Why a record is removed. A list, for a sentence might name somebody, and the log keeps it."""

from __future__ import annotations

import enum


class Why(enum.StrEnum):
    DUPLICATE = "duplicate"
    """Another record tells the same."""
    PRACTICE = "practice"
    """It was sent for practice."""
    MISTAKE = "mistake"
    """It was filled in by mistake."""
    UNTRUE = "untrue"
    """What it tells did not happen."""
    OTHER = "other"
