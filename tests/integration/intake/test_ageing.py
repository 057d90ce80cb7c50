"""What is old is found, whatever its key says of its age."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from service.foundation import clock, db
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.queries import ageing
from tests.integration.moving.test_servers import instance
from tests.integration.moving.village import Village, a_village

YEAR = dt.timedelta(days=365)
LIMIT = 3


def moved_in(village: Village, n: int, received_at: dt.datetime) -> None:
    from service.intake.actions import moved_in
    from service.intake.actions.reception import Reception

    door = village.door
    moved_in.bring(
        Reception(door.actor, door.project_id, door.blobs),
        instance(n, "name").encode(),
        received_at,
        lambda _: None,
        None,
    )


def found(project_id: int, before: dt.datetime) -> int:
    """How many the looks of retention find, page by page."""
    records = set()
    with reading() as session:
        for walk in ageing.WALKS:
            after = None
            while True:
                page = walk(session, project_id, before, after, LIMIT)
                records |= set(page.keys)
                after = page.after
                if after is None:
                    break
    return len(records)


def counted(project_id: int, before: dt.datetime) -> int:
    with reading() as session:
        return sum(one.records for one in ageing.count_old(session, project_id, before))


def test_what_was_brought_along_is_as_old_as_its_answers(
    database: db.Database, blobs: LocalBlobs
) -> None:
    """Its keys are of today: young ones stand before old ones and among them."""
    village, now = a_village(blobs), clock.now()
    for n in range(8):
        moved_in(village, n, now)
    for n in range(8, 16):
        moved_in(village, n, now - (1 + n % 4) * YEAR)
    project_id, before = village.door.project_id, now - 2.5 * YEAR
    assert (found(project_id, before), counted(project_id, before)) == (4, 4)


def test_the_look_goes_by_indexes(database: db.Database, blobs: LocalBlobs) -> None:
    """One old record behind many young ones costs no look at these."""
    if not database.is_sqlite:
        return
    village = a_village(blobs)
    moved_in(village, 1, clock.now() - 4 * YEAR)
    seen: list[str] = []
    with unit_of_work() as session:
        sa.event.listen(
            session.connection().engine,
            "before_cursor_execute",
            lambda *given: seen.append(given[2]),
        )
        ageing.list_old_moved(session, village.door.project_id, clock.now(), None, LIMIT)
    (query,) = [one for one in seen if "FROM submissions" in one]
    with reading() as session:
        plan = session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {query}", tuple([0] * query.count("?"))
        )
        assert "ix_submissions_moved" in str(plan.all())
