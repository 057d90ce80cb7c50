"""What follows a receipt costs a record the same however many there are, and few statements."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from service.cases.tables import Case
from service.entities.tables import Entity
from service.foundation import job_queue
from service.foundation.db import current, reading
from service.persons import actions as persons
from service.persons.tables import Mention
from tests import statements
from tests.integration.cases.conftest import HOUSEHOLD, Cases, person

LEG, TALK = ("reh_prosthesis", "p2"), ("psy_peer", "p1")
FEW, MANY = 6, 40
LARGE = (
    "submissions", "submission_xml", "persons", "needs", "incidents", "consents", "visits",
    "person_mentions", "person_keys", "person_pairs", "cases", "case_ids", "case_needs",
    "case_visits", "entities", "entity_versions", "entity_awaited", "flag_looks", "record_flags",
)  # fmt: skip
_LOOKED_THROUGH = re.compile(
    rf"SCAN (?:{'|'.join(LARGE)})\b|SEARCH (?:{'|'.join(LARGE)}) .*\(project_id=\?\)$"
)


def arrive(site: Cases, first: int, count: int) -> None:
    for number in range(first, first + count):
        people = [person(LEG, name=f"ឈ្មោះ{number}"), person(TALK, name=f"សុខ {number}")]
        answers = {**HOUSEHOLD, "hh_id": f"H-{number}", "person": people}
        site.send("needs_assessment", answers, works=False)


def rows(table: Any) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_many_records_are_followed_in_as_many_statements_as_few(site: Cases) -> None:
    arrive(site, 0, FEW)
    site.work()  # what is read once: forms, lists
    arrive(site, 100, FEW)
    with statements.counted() as few:
        site.work()
    arrive(site, 200, MANY)
    with statements.counted() as many:
        site.work()
    assert min(rows(Mention), rows(Case), rows(Entity)) > MANY / 2
    # One of each record's own: whether another is alike.
    assert len(_but_keys(many)) - len(_but_keys(few)) <= MANY - FEW
    assert len(_but_keys(few)) < 140


def _but_keys(asked: list[str]) -> list[str]:
    """Keys are made ahead, some at a time."""
    return [one for one in asked if not re.search("BEGIN|data_keys|wrapping_keys", one)]


def test_persons_and_names_on_phones_are_read_from_a_record_that_is_opened_once(
    site: Cases,
) -> None:
    arrive(site, 0, FEW)
    with reading() as session:
        assert set(session.scalars(sa.select(job_queue.JobRow.event))) == {persons.TOLD}
    with statements.counted() as asked:
        site.work()
    assert rows(Entity) > 0
    opening = [one for one in asked if "submission_xml.xml" in one]
    assert len(opening) == 2  # by the job, and for flags


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_of_it_looks_through_a_whole_project(site: Cases) -> None:
    """As SQLite goes about it, which knows nothing of how large a table is."""
    arrive(site, 0, MANY)
    seen: dict[str, Any] = {}

    def note(
        _connection: Any, _cursor: Any, text: str, given: Any, _context: Any, many: bool
    ) -> None:
        seen[text] = given[0] if many else given

    engines = (current().reader, current().writer)  # not that of the keys
    for one in engines:
        sa.event.listen(one, "before_cursor_execute", note)
    site.work()
    for one in engines:
        sa.event.remove(one, "before_cursor_execute", note)
    wrong = []
    for text, given in seen.items():
        if text.startswith(("SELECT", "UPDATE", "DELETE")):
            wrong += [f"{step}: {text}" for step in _steps(text, given)]
    assert wrong == [], "\n\n".join(wrong)


def _steps(text: str, given: Any) -> list[str]:
    with reading() as session:
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)
        return [row[3] for row in plan if _LOOKED_THROUGH.search(row[3])]
