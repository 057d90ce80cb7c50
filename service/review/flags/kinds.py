"""Flags: what they are, and what leads to them."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RULES = 1
"""Of these rules. Raised where one of them changes: then every record is looked at again."""


class Code(enum.StrEnum):
    DOUBLE = "double"
    """Likely somebody was interviewed twice."""
    TOO_FAST = "too_fast"
    FAR = "far"
    """The place that the phone took is far from the village that was chosen."""
    FUTURE = "future"
    """A day that has not come yet."""
    STRAIGHT = "straight"
    """Answers alike, one after the other, beside other signs."""
    AGE = "age"
    """An age that can hardly be."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One sentence of an explanation: which (the end of a key of the texts), and what is filled
    into it. Numbers, years and codes; never who somebody is, nor where to the metre."""

    why: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def other(self) -> uuid.UUID | None:
        """The record with which one was compared, where it was."""
        key = self.values.get("other")
        return uuid.UUID(hex=key) if key else None


@dataclass(frozen=True, kw_only=True)
class Flag:
    code: Code
    reasons: tuple[Reason, ...]
