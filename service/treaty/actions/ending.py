"""After delivery, from a day on that the office set, names and marks of a campaign are over; what
was counted stays, in the log and in facts."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from service.facts.plan import plan_for
from service.forms import queries as forms
from service.persons.actions import today
from service.treaty.queries import campaigns, signers

OF_PETITIONS = frozenset({"signature", "sheet", "consent", "record"})
"""Kinds of facts of forms that are for signing alone. What somebody told of needs in the same
record has a period of its own."""
Page = tuple[list[uuid.UUID], uuid.UUID | None]


def over(session: Session, project_id: int, after: uuid.UUID, limit: int) -> Page:
    """A page of records that are over, and where the next one begins; None: there is none."""
    campaign = campaigns.find(session, project_id)
    if campaign is None or campaign.names_until is None or campaign.names_until > today():
        return [], None
    page = signers.page_of_records(session, project_id, after, limit)
    mine = _forms(session, project_id)
    keys = [record_pk for record_pk, form_pk in page if form_pk in mine]
    return keys, page[-1][0] if len(page) == limit else None


def _forms(session: Session, project_id: int) -> set[int]:
    schemas = forms.schemas_of(session, forms.list_forms(session, project_id))
    return {key for key, schema in schemas.items() if plan_for(schema).makes <= OF_PETITIONS}
