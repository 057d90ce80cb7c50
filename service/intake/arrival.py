"""Arrival: a record about to be stored as new, as the rooms to the right may see it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.forms.schema import FormSchema
from service.intake.instance import Instance


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What was understood of a record that nobody has seen before, answers included."""

    project_id: int
    submission_pk: uuid.UUID
    submitter_id: int | None
    received_at: dt.datetime
    instance: Instance
    schema: FormSchema
    """Of the very version that the record names."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a room to the right adds to a new record: rows of its own, and where it lies."""

    rows: Mapping[Any, Sequence[Any]]
    """Table to rows."""
    place: str | None
