"""How far a release is: frozen by one, published or dropped by another."""

from __future__ import annotations

import enum


class Standing(enum.StrEnum):
    """Frozen ones are seen by coordinators alone."""

    FROZEN = "frozen"
    PUBLISHED = "published"
    DROPPED = "dropped"
