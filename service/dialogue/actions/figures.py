"""Releases as the log reads them: published ones, for whoever may see them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from service.dialogue.since import Frozen
from service.disclosure.rules import Audience
from service.releases import queries

INSIDE = (Audience.PUBLIC, Audience.PARTNER)
"""Whoever reads releases in the house reads both."""


def seen_by(audience: Audience) -> tuple[Audience, ...]:
    """A partner reads public ones, too."""
    return (Audience.PUBLIC,) if audience is Audience.PUBLIC else INSIDE


def published(
    session: Session, project_id: int, audiences: Collection[Audience] = INSIDE
) -> list[Frozen]:
    """In the order of their numbers."""
    return [
        Frozen(
            number=told.number,
            audience=told.audience,
            frozen_at=told.frozen_at,
            title=told.title,
            corrects=told.corrects,
            tables=tables,
        )
        for told, tables in queries.list_published(session, project_id, audiences)
    ]
