"""What records tell of people, opened for comparison and for whoever may see it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from sqlalchemy.orm import Session

from service.facts import actions as facts
from service.facts.circumstances import PHNOM_PENH
from service.foundation import clock, keys
from service.persons import describing
from service.persons.describing import Told
from service.persons.queries import mentions


def tell(session: Session, project_id: int, submission_pks: Collection[uuid.UUID]) -> list[Told]:
    """Everybody whom the team may look at in these records as they stand, names and all: for
    comparison, and for whoever may see them."""
    coded = mentions.list_coded(session, project_id, submission_pks, today())
    stand_in, found = keys.current().stand_in, []
    for row, persons in facts.told_of_persons(session, project_id, list(coded)):
        for ordinal, said in coded[row.submission_pk].items():
            if ordinal < len(persons):
                values = persons[ordinal].values
                key_pk = row.identity_key_pk or row.key_pk
                where = (project_id, row.record_pk, row.submission_pk, key_pk, ordinal)
                one = describing.tell(*where, values, said, stand_in)
                found += [one] if one is not None else []
    return found


def today() -> dt.date:
    """By the clock of the people who are asked."""
    return clock.now().astimezone(PHNOM_PENH).date()
