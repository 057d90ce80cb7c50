"""Visits of the demonstration to its own cases: its assessments opened them, and a phone would hold
them in its lists."""

from __future__ import annotations

import time
from collections.abc import Iterator

from service.accounts.reach import WHOLE
from service.cases.naming import need_id
from service.cases.queries import listing, storing
from service.cli.demo.odd import Unit
from service.cli.demo.others import OTHERS, Known, visit
from service.consent.actions.erasing import today
from service.foundation import job_queue
from service.foundation.db import reading

FORM = "follow_up"
WITHIN_S = 60


def count_of(records: int) -> int:
    """As many visits to a thousand records as are sent elsewhere."""
    return max(1, round(OTHERS[FORM][0] * records / 1000))


def units(project_id: int, seed: int, visits: int) -> Iterator[Unit]:
    """One visit to each of some cases; the last ones to invented ones, where there are fewer."""
    known = iter(_known(project_id, visits))
    for number in range(visits):
        yield (visit(seed, number, next(known, None)),)


def _known(project_id: int, most: int) -> list[Known]:
    with reading() as session:
        cases = listing.page(session, project_id, today(), WHOLE, limit=most)
        keys = [one.case_pk for one in cases]
        needs = listing.needs_of(session, project_id, keys)
        held = {one.case_pk: one for one in storing.list_cases(session, project_id, keys)}
    return [
        Known(
            case_id=held[one.case_pk].entity_id,
            code=one.code,
            place=one.place,
            told_on=max((need.told_on for need in needs[one.case_pk]), default=None),
            visit_no=one.visits + 1,
            needs=[
                (need.need_code, str(need_id(held[one.case_pk].entity_id, need.need_code)))
                for need in needs[one.case_pk]
                if need.is_open
            ],
        )
        for one in cases
    ]


def wait_for_cases() -> None:
    """Until nothing is to be done any more, or for a minute: then there are fewer visits."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        with reading() as session:
            if not job_queue.count(session)["waiting"]:
                return
        time.sleep(0.2)
