"""Figures that are rows of others, in the world that is counted by hand: of every kind of fact."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from service.disclosure.rules import canonical
from service.disclosure.safe_table import RawTable
from service.foundation import clock
from service.foundation.db import Database, reading, unit_of_work
from service.indicators.actions import following, show
from service.indicators.catalogue import Indicator, breakdowns
from service.indicators.counting import Scope
from service.indicators.raw import Asked, table
from tests import factories
from tests.integration.indicators.phum_thmei import settle
from tests.integration.indicators.test_show import NOW
from tests.unit.indicators.test_restating import READERS, RESTATING, rows


@contextmanager
def told() -> Iterator[tuple[Session, int]]:
    with unit_of_work() as session:
        project_id = settle(session).project_id
    with reading() as session:
        yield session, project_id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_number_is_the_sum_of_rows_that_is_declared(database: Database) -> None:
    with clock.frozen(NOW), told() as (session, project_id):
        scope = Scope(project_id=project_id, as_of=clock.today())

        def count(one: Indicator, by: tuple[str, ...]) -> RawTable:
            with following.figures_of(session, project_id) as figures:
                asked = Asked(
                    indicator=one, by=canonical(by), scope=scope, period=scope, units=None,
                    now=clock.now(), counts="",
                )  # fmt: skip
                return replace(table(figures, asked), asked=by)

        for one in RESTATING:
            found = [row for by in one.grid for row in rows(one, by, count)]
            assert [row for row in found if row[1] != row[2]] == []
            assert any(row[1] for row in found) or one.id in NOBODY, one.id


NOBODY = {"I51"}
"""No leader signed in that world."""


PERIODS = ((None, None), (dt.date(2026, 4, 1), dt.date(2026, 6, 30)), (dt.date(2026, 1, 1), None))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_readers_get_them_by_everything_on_offer_and_of_any_period(database: Database) -> None:
    """Ten people: whatever is small is hidden, and nothing is refused."""
    with clock.frozen(NOW), told() as (session, project_id):
        chanthou = factories.a_coordinator(project_id)
        for one, reader, period in itertools.product(RESTATING, READERS, PERIODS):
            for by in breakdowns(one, reader)[::4]:
                safe = show(session, chanthou, project_id, one.id, by, reader, *period)
                rows_ = (*safe.cells, *safe.totals)
                assert rows_, one.id
                assert not [row for row in rows_ if row.n in (1, 2)], one.id
