"""Arrival: a record about to be stored as new, as the rooms to the right may see it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

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
