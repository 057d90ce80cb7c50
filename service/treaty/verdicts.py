"""What people say of two signatures that may be one person's."""

from __future__ import annotations

import enum


class Verdict(enum.StrEnum):
    """The last word on a pair."""

    SAME = "same"
    DIFFERENT = "different"
