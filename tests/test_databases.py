"""On which database tests of pages and commands run; and PostgreSQL's that many tests have."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tests.conftest import DOORS, ENGINES, on_the_other_database
from tests.standing import Standing

MARK = "each_database"
ABOUT_A_DATABASE = re.compile(
    r"threading\.|ThreadPool|statements\.|\bcounted\(\)|is_sqlite|EXPLAIN|postgres\."
)
"""Races, statements that are counted or explained, what one of the two does otherwise."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """As much of a test as decides where it runs."""

    nodeid: str
    path: Path = DOORS[0] / "test_some.py"
    is_marked: bool = False

    def get_closest_marker(self, name: str) -> object:
        return name if self.is_marked and name == MARK else None


def on_both(name: str, *cases: str, **more: Any) -> list[Any]:
    return [
        Item(nodeid=f"{name}[{'-'.join((*case, engine))}]", **more)
        for case in ([(one,) for one in cases] or [()])
        for engine in ENGINES
    ]


def test_each_case_of_a_page_runs_on_one_database_and_about_half_of_them_on_each() -> None:
    items = [
        *on_both("a", *map(str, range(200))),
        *(i for n in range(200) for i in on_both(f"{n}")),
    ]
    left = [one.nodeid for one in items if one not in on_the_other_database(items)]
    assert len({re.sub("sqlite|postgresql", "", one) for one in left}) == len(left) == 400
    for family in ("a[", "["):
        named = Counter(
            engine for one in left if family in one for engine in ENGINES if engine in one
        )
        assert min(named.values()) > sum(named.values()) * 0.4


def test_what_is_marked_or_asked_for_alone_or_of_no_page_runs_where_it_says() -> None:
    marked = on_both("marked", is_marked=True)
    elsewhere = on_both("elsewhere", path=Path(__file__))
    alone = on_both("alone")[:1]
    assert on_the_other_database([*marked, *elsewhere, *alone]) == set()


def _unmarked(path: Path) -> Iterator[str]:
    source = path.read_text()
    if f"pytestmark = pytest.mark.{MARK}" in source:
        return
    for test in ast.parse(source).body:
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
            marks = [ast.unparse(one) for one in test.decorator_list]
            takes = ast.get_source_segment(source, test) or ""
            if ABOUT_A_DATABASE.search(takes) and f"pytest.mark.{MARK}" not in marks:
                yield f"{path.name}: {test.name}"


def test_what_is_about_a_database_is_marked() -> None:
    paths = [
        path for door in DOORS for path in (door.glob("test_*.py") if door.is_dir() else [door])
    ]
    found = [one for path in paths for one in _unmarked(path)]
    assert found == [], f"mark them {MARK}: they run on both databases"


# --- one database after the other ---------------------------------------------------------------
NAMED = "INSERT INTO actors (kind, display_name, created_at) VALUES ('user', 'សុខា', now())"


def asked(url: str, *statements: str) -> list[Any]:
    """What each answers, as the service connects."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        found = [connection.exec_driver_sql(one) for one in statements]
        rows = [one.fetchall() if one.returns_rows else None for one in found]
    engine.dispose()
    return rows


HELD = """SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
"""Others that run beside have locks on the same server."""


def test_a_test_finds_no_row_no_number_and_no_setting_of_the_one_before(
    standing_database: Standing,
) -> None:
    standing_database.end()  # or this is its last use, by chance, and the next is another
    url = standing_database.next(fresh=False)
    whose = "SELECT pg_backend_pid(), current_setting('work_mem')"
    _, _, [(first, _)] = asked(
        url, NAMED, "SET work_mem = '99MB'; SELECT pg_advisory_lock(7)", whose
    )
    assert standing_database.next() == url
    left, [(again, setting)], [(locks,)], _, [(number,)] = asked(
        url, "SELECT 1 FROM actors", whose, HELD, NAMED, "SELECT id FROM actors",
    )  # fmt: skip
    assert (left, again == first, locks, number) == ([], True, 0, 1)
    assert setting != "99MB"


def test_a_template_that_postgresql_has_analyzed_is_as_good(
    template_url: str, standing_database: Standing
) -> None:
    standing_database.end()
    asked(template_url, "ANALYZE alembic_version")
    assert standing_database.next() == standing_database.next()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE more (x int)",
        "ALTER TABLE actors ADD COLUMN more int",
        "DROP INDEX ix_emergencies_project",
        "ALTER TABLE audit_entries DISABLE TRIGGER USER",
        "GRANT SELECT ON actors TO PUBLIC",
        "ANALYZE",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_what_changed_more_than_rows_is_used_no_more(
    standing_database: Standing, change: str
) -> None:
    url = standing_database.next()
    asked(url, NAMED, change)
    assert standing_database.next() != url


def test_a_setting_of_the_database_and_who_is_still_connected_are_seen(
    standing_database: Standing,
) -> None:
    url = standing_database.next()
    asked(url, f"ALTER DATABASE \"{sa.make_url(url).database}\" SET work_mem = '9MB'")
    other = standing_database.next()
    assert other != url
    with psycopg.connect(other.replace("+psycopg", "")):
        assert standing_database.next() != other


def test_a_database_that_no_test_had_before_is_another_one(standing_database: Standing) -> None:
    url = standing_database.next()
    fresh = standing_database.next(fresh=True)
    assert fresh not in (url, standing_database.next())
