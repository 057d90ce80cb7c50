"""Whoever takes it back is in no room that follows records: persons, cases, flags. What is left of
them in the database is named, table by table; no page or answer of those rooms tells of them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from service.accounts.actor import Role
from service.cases.tables import Case
from service.foundation import db
from service.foundation.db import reading
from service.foundation.settings import Settings
from service.persons.tables import Mention, Pair
from service.review.tables import RecordFlag
from tests import visited
from tests.integration.cases.conftest import Cases, person, site
from tests.web.people import bearer
from tests.web.test_cases_pages import chanthou, directed

pytestmark = pytest.mark.each_database

__all__ = ["chanthou", "directed", "site"]
LEG = ("reh_prosthesis", "p2")
Headers = Mapping[str, str]
FILES, NAMES = "/p/battambang/persons", {"phone": "012 345 678"}
LEFT = {
    "audit_entries": "who did what, by keys that lead to nothing",
    "submissions": "the tombstone",
    "person_mentions": "the bare row, through which two others may be one person",
    "person_pairs": "a join, without its reasons, for the same",
    "fact_changes": "whose facts changed, for two days (decision 0075)",
}
ROOMS = {
    "cases", "case_ids", "case_events", "case_needs", "person_mentions", "person_pairs",
    "record_flags", "flag_looks",
}  # fmt: skip
"""Where a key of the record may stand for good."""


def _rows() -> Iterator[tuple[str, str]]:
    """(table, all that a row says) of the whole database."""
    with reading() as session:
        names = sa.inspect(db.current().writer).get_table_names()
        for name in names:
            for row in session.execute(sa.text(f'SELECT * FROM "{name}"')):
                yield name, " ".join(map(_plain, row))


def _plain(value: Any) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def tables_with(*words: str) -> set[str]:
    return {name for name, said in _rows() if any(word in said for word in words)}


def both(key: uuid.UUID) -> tuple[str, str]:
    return str(key), key.hex


def pair_legs(pair: Pair) -> tuple[uuid.UUID, uuid.UUID]:
    return pair.first_pk, pair.second_pk


def ask(site: Cases, by: Headers, path: str) -> str:
    answer = site.phone.client.get(path, headers=by)
    assert answer.status_code in (200, 404), (path, answer.status_code)
    return answer.get_data(as_text=True)


def told_of(site: Cases, by: Headers, paths: list[str], words: tuple[str, ...]) -> set[str]:
    """Which of these tell of one of the words, but for an address that has it."""
    return {
        path
        for path in paths
        if any(word in ask(site, by, path) for word in words if word not in path)
    }


def test_s45_what_was_taken_back_is_in_none_of_the_rooms(
    directed: Cases, chanthou: Headers, settings: Settings
) -> None:
    site = directed
    first, second = (
        site.assess(person(LEG, **NAMES), today=day, hh_id=f"BTB-{n}")
        for n, day in enumerate(("2026-11-02", "2026-11-03"))
    )
    gone = site.key(second)
    with reading() as session:
        [pair] = session.scalars(sa.select(Pair)).all()
        mine = session.scalars(sa.select(Mention).where(Mention.record_pk == gone)).one()
        case = session.scalars(sa.select(Case).where(Case.record_pk == gone)).one()
        flags = [one.submission_pk for one in session.scalars(sa.select(RecordFlag))]
    assert gone in flags, "two interviews of one"
    base = f"/p/battambang/cases/{case.case_pk}"
    form = {"need": "reh_prosthesis", "provider": "prc-bt"}
    assert site.phone.client.post(f"{base}/refer", data=form, headers=chanthou).status_code == 303
    other = bearer(settings.secrets.jwt_key, Role.COORDINATOR, site.project_id)
    page = f"{FILES}/pairs/{pair.pair_pk}"
    for who in (chanthou, other):
        seen = re.search(r'name="seen" value="([0-9a-f]{32})"', ask(site, who, page))
        assert seen
        data = {"verdict": "same", "seen": seen[1]}
        site.phone.client.post(f"{page}/decide", data=data, headers=who)
    api = f"/v1/projects/{site.project_id}"
    record = f"{api}/forms/needs_assessment/submissions"
    named, work = "names?purpose=work", "purpose=work"
    paths = [
        "/p/battambang/cases",
        "/p/battambang/cases?show=late",
        base,
        FILES,
        f"{FILES}?state=unsure",
        page,
        f"{page}/{named}",
        *(f"{FILES}/{leg}{more}" for leg in pair_legs(pair) for more in ("", f"/{named}")),
        f"{api}/facts/cases",
        f"{api}/facts/persons",
        f"{api}/persons/pairs",
        f"{api}/persons/pairs/{pair.pair_pk}?{work}",
        *(f"{api}/persons/{leg}?{work}" for leg in pair_legs(pair)),
        *(f"{record}/{one}/flags" for one in (first, second)),
        *(f"/p/battambang/submissions/{key}" for key in (gone, site.key(first))),
        "/p/battambang/submissions?stage=flagged",
    ]
    search = {"name": "វិបុល", "place": "", "purpose": "work"}
    words = (case.code, str(case.case_pk), str(gone), str(mine.mention_pk), second)
    before = told_of(site, chanthou, paths, words)
    assert len(before) > 12, before
    found = site.phone.client.post(f"{FILES}/search", data=search, headers=chanthou)
    assert found.text.count("សុខ វិបុល") >= 2
    keys = (gone, case.case_pk, mine.mention_pk, case.entity_id)
    lies = (*(word for key in keys for word in both(key)), case.code, second)
    assert tables_with(*lies) >= ROOMS

    visited.erase(site.app, site.project_id, second)
    assert told_of(site, chanthou, paths, words) == set(), "at once"
    found = site.phone.client.post(f"{FILES}/search", data=search, headers=chanthou)
    assert found.text.count("សុខ វិបុល") == 1
    site.work()
    assert told_of(site, chanthou, paths, words) == set()
    assert tables_with(*lies) == LEFT.keys()
