"""What may still happen with a form."""

from __future__ import annotations

import enum


class FormState(enum.StrEnum):
    """Phones are offered open forms alone."""

    OPEN = "open"
    CLOSING = "closing"
    """Hidden from phones, records still accepted."""
    CLOSED = "closed"
    """Hidden, records refused."""


class DraftEnd(enum.StrEnum):
    """What became of a draft. Phones that were trying it are told."""

    REPLACED = "replaced"
    PUBLISHED = "published"
    DELETED = "deleted"
