"""Releases through HTTP: frozen by one, published by another, beside all that came before."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import DatabaseError
from werkzeug.test import TestResponse

from service.accounts.actor import Role
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.releases import document
from service.releases.document import Signed
from service.releases.tables import Release
from tests.integration.indicators.villages import Village
from tests.web.people import bearer

BY_PROVINCE = {"indicator": "I01", "by": ["province"]}


class Team:
    """Two coordinators and an analyst of one project."""

    def __init__(self, client: FlaskClient, settings: Settings, village: Village) -> None:
        self.client, self.village, self.project_id = client, village, village.project_id
        key = settings.secrets.jwt_key
        self.sopheap, self.dara = (bearer(key, Role.COORDINATOR, self.project_id) for _ in range(2))
        self.analyst = bearer(key, Role.ANALYST, self.project_id)
        self.at = f"/v1/projects/{self.project_id}/releases"

    def visits(self, province: str, count: int) -> None:
        with unit_of_work() as session:
            self.village.session = session
            for at in range(count):
                self.village.household({}, province=province, submitter_id=1 + at % 3)

    def freeze(self, *tables: dict[str, Any], **more: Any) -> TestResponse:
        told = {"title": "Who we reached", "audience": "public", "tables": list(tables), **more}
        return self.client.post(self.at, json=told, headers=self.sopheap)

    def frozen(self, *tables: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = self.freeze(*(tables or (BY_PROVINCE,)), **more)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        assert answer.json is not None
        return dict(answer.json)

    def say(self, number: int, said: str, who: dict[str, str]) -> TestResponse:
        return self.client.post(f"{self.at}/{number}/word", json={"said": said}, headers=who)

    def get(self, path: str, who: dict[str, str]) -> TestResponse:
        return self.client.get(f"{self.at}{path}", headers=who)


@pytest.fixture
def team(client: FlaskClient, settings: Settings) -> Team:
    with unit_of_work() as session:
        village = Village(session)
    found = Team(client, settings, village)
    for province, count in (("02", 12), ("12", 15), ("24", 3), ("25", 4)):
        found.visits(province, count)
    return found


def number(release: dict[str, Any], province: str | None, table: int = 0) -> int | None:
    rows = [*release["tables"][table]["cells"], *release["tables"][table]["totals"]]
    found: int | None = next(row["n"] for row in rows if row.get("province") == province)
    return found


def test_a_release_holds_its_tables_protected_numbered_and_signed(team: Team) -> None:
    release = team.frozen(BY_PROVINCE, {"indicator": "I01", "by": []})
    assert (release["number"], release["audience"], release["standing"]) == (1, "public", "frozen")
    assert number(release, "24") is None
    assert number(release, None) == 34
    assert [one["carried_from"] for one in release["tables"]] == [None, None]
    with reading() as session:
        stored = session.execute(sa.select(Release)).scalar_one()
        signed = Signed(
            text=stored.text,
            sha256=stored.sha256,
            signature=stored.signature,
            public_key=stored.public_key,
        )
    apart = {name for name in release if name not in document.whole(signed)}
    assert apart == {"standing", "published_at"}
    hashed = {
        name: value
        for name, value in release.items()
        if name not in {*document.HASHED_APART, *apart}
    }
    text = document.canonical(hashed)
    assert hashlib.sha256(text.encode()).hexdigest() == release["sha256"]
    assert document.holds(signed, team.project_id, 1)
    assert not document.holds(signed, team.project_id, 2)
    assert not document.holds(signed, team.project_id + 1, 1)


@pytest.mark.each_database
def test_it_never_changes(team: Team) -> None:
    team.frozen()
    for statement in (sa.update(Release).values(title="Others"), sa.delete(Release)):
        with pytest.raises(DatabaseError, match=r"never changes|append"), unit_of_work() as session:
            session.execute(statement)
    team.visits("02", 40)
    assert number(team.get("/1", team.sopheap).json or {}, "02") == 12


def test_another_coordinator_publishes_and_until_then_coordinators_alone_see_it(
    team: Team,
) -> None:
    team.frozen()
    for path in ("/1", "/1.csv"):
        assert team.get(path, team.analyst).status_code == 404
        assert team.get(path, team.dara).status_code == 200
    assert (team.get("", team.analyst).json or {})["items"] == []
    assert team.say(1, "published", team.sopheap).status_code == 409
    assert team.say(1, "published", team.analyst).status_code == 403
    answer = team.say(1, "published", team.dara)
    assert (answer.json or {})["standing"] == "published"
    assert team.get("/1", team.analyst).status_code == 200
    assert [one["number"] for one in (team.get("", team.analyst).json or {})["items"]] == [1]
    assert (team.say(1, "dropped", team.dara).json or {})["code"] == "409.49"


def test_whoever_froze_it_may_drop_it_and_what_was_dropped_binds_nobody(team: Team) -> None:
    team.frozen()
    assert team.say(1, "dropped", team.sopheap).status_code == 200
    assert team.get("/1", team.analyst).status_code == 404
    team.visits("02", 1)
    assert number(team.frozen(), "02") == 13


def test_too_few_came_and_the_whole_table_stands_once_more(team: Team) -> None:
    first = team.frozen()
    team.visits("02", 1)
    second = team.frozen()
    assert second["tables"][0] == first["tables"][0] | {"carried_from": 1}
    third = team.frozen()
    assert third["tables"][0]["carried_from"] == 1
    team.visits("02", 4)
    fourth = team.frozen()
    assert (fourth["tables"][0]["carried_from"], number(fourth, "02")) == (None, 17)


def test_the_number_of_a_coarser_table_of_before_binds_a_finer_one(team: Team) -> None:
    team.frozen()
    team.visits("02", 1)
    answer = team.freeze({"indicator": "I01", "by": ["province", "sex"]})
    assert answer.status_code == 201
    assert number(answer.json or {}, "02") is None


def test_a_correction_says_what_and_why(team: Team) -> None:
    team.frozen()
    answer = team.freeze(BY_PROVINCE, corrects=1, reason="Counted twice")
    assert (answer.json or {})["code"] == "400.8", "nobody published it"
    team.say(1, "published", team.dara)
    assert team.freeze(BY_PROVINCE, corrects=1).status_code == 400, "no reason"
    second = team.frozen(BY_PROVINCE, corrects=1, reason="Counted twice")
    assert (second["corrects"], second["reason"]) == (1, "Counted twice")


@pytest.mark.parametrize(
    "told",
    [
        {"title": " "},
        {"audience": "internal"},
        {"tables": []},
        {"tables": [BY_PROVINCE] * 2},
        {"tables": [{"indicator": "I01", "by": ["province", "sex", "age", "wg"]}]},
        {"tables": [{"indicator": "I99", "by": []}]},
    ],
)
def test_what_cannot_be_released_is_refused_and_takes_no_number(
    team: Team, told: dict[str, Any]
) -> None:
    answer = team.freeze(**({"tables": [BY_PROVINCE]} | told))
    assert answer.status_code in {400, 404, 422}
    assert team.frozen()["number"] == 1


def test_csv_has_tags_and_tells_hidden_from_zero(team: Team) -> None:
    team.frozen()
    answer = team.get("/1.csv", team.dara)
    assert answer.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    tags, *cells = rows
    assert all(tag.startswith("#") for tag in tags.values())
    by_province = {row["province"]: row for row in cells}
    hidden, shown = by_province["24"], by_province["02"]
    assert (hidden["value"], hidden["cell_status"]) == ("", "c")
    assert (shown["value"], shown["province_en"]) == ("12", "Battambang")


def test_each_is_an_entry_of_the_log(team: Team) -> None:
    team.frozen()
    team.say(1, "published", team.dara)
    with reading() as session:
        rows = session.scalars(sa.select(AuditEntry).where(AuditEntry.action.like("release.%")))
        found = sorted((one.action, one.subject, one.details) for one in rows)
    assert found == [
        ("release.freeze", "1", {"tables": 1}),
        ("release.publish", "1", {"what": "published"}),
    ]
