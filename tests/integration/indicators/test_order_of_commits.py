"""Writers commit in another order than they began: nothing that was written earlier and seen later
is missed."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from service.facts import queries as facts
from service.facts.tables import FactChange
from service.foundation import clock
from service.foundation.db import Database, reading, unit_of_work
from service.indicators.actions import following
from service.indicators.catalogue import Count
from service.indicators.counting import Scope
from tests.integration.facts.test_facts_rows import facts_of
from tests.integration.indicators.by_sql import BySql
from tests.integration.indicators.villages import Village

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
of_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def a_village(records: int) -> tuple[int, list[tuple[int, object]]]:
    with unit_of_work() as session:
        village = Village(session)
        keys = [village.arrive()["submission_pk"] for _ in range(records)]
    return village.project_id, [(village.project_id, key) for key in keys]


def persons(project_id: int) -> tuple[int, int]:
    """As columns count them, and as SQL does."""
    scope = Scope(project_id=project_id, as_of=NOW.date())
    with reading() as session:
        with following.figures_of(session, project_id) as figures:
            counted = figures.group(scope, Count.ASSESSED, ()).groups
        grouped = BySql(session).group(scope, Count.ASSESSED, ()).groups
    return sum(one.persons for one in counted), sum(one.persons for one in grouped)


@of_postgresql
def test_who_wrote_first_and_commits_last_is_counted(database: Database) -> None:
    """A number of order, or of the last transaction that was seen, would pass over the first one:
    both are lower than the second's."""
    with clock.frozen(NOW):
        project_id, (one, other) = a_village(2)
        assert persons(project_id) == (0, 0)
        with database.writer.connect() as slow:
            slow.begin()
            facts.insert_facts(slow, [facts_of(*one)])  # type: ignore[arg-type]
            with unit_of_work() as session:
                facts.insert_facts(session.connection(), [facts_of(*other)])  # type: ignore[arg-type]
            assert persons(project_id) == (3, 3)
            slow.commit()
        assert persons(project_id) == (6, 6)
        with reading() as session:
            rows = session.execute(
                sa.select(FactChange.xid, FactChange.seq, FactChange.submission_pk)
            )
            order = [row.submission_pk for row in sorted(rows) if row.submission_pk]
        assert order[-2:] == [one[1], other[1]], "the first to write is the last to commit"


@pytest.mark.each_database
def test_many_who_write_at_once_are_all_counted(database: Database) -> None:
    with clock.frozen(NOW):
        project_id, keys = a_village(48)

        def write(mine: list[tuple[int, object]]) -> None:
            for number, key in enumerate(mine):
                with unit_of_work() as session:
                    batch = [(key, facts_of(*key))]  # type: ignore[arg-type]
                    facts.replace_facts(session.connection(), batch)  # type: ignore[arg-type]
                    if not database.is_sqlite and number % 3 == 0:
                        session.execute(sa.text("SELECT pg_sleep(0.03)"))
                if number % 4 == 3:
                    with unit_of_work() as session:
                        facts.delete_facts(session.connection(), [key])  # type: ignore[list-item]

        writers = [threading.Thread(target=write, args=(keys[at::4],)) for at in range(4)]
        for writer in writers:
            writer.start()
        looks = 0
        while any(writer.is_alive() for writer in writers):
            persons(project_id)
            looks += 1
        for writer in writers:
            writer.join()
        assert looks > 3
        assert persons(project_id) == (3 * 36, 3 * 36)
