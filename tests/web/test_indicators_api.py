"""The catalogue and its tables through HTTP: protected for whoever asks."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.actor import Role
from service.foundation.db import unit_of_work
from service.foundation.settings import Settings
from service.indicators.catalogue import INDICATORS, MISSING
from tests.integration.indicators.villages import Village
from tests.web.people import bearer


class Analyst:
    """Asks one project's figures."""

    def __init__(self, client: FlaskClient, key: str, project_id: int, role: Role) -> None:
        self.client, self.project_id = client, project_id
        self.headers = bearer(key, role, project_id)

    def ask(self, path: str = "", **query: str) -> TestResponse:
        url = f"/v1/projects/{self.project_id}/indicators{path}"
        return self.client.get(url, query_string=query, headers=self.headers)


@pytest.fixture
def project_id(client: FlaskClient) -> int:
    """In Battambang ten people need a prosthesis, in Pailin one does."""
    with unit_of_work() as session:
        village = Village(session)
        for number in range(10):
            village.household({"needs": ["reh_prosthesis"]}, submitter_id=1 + number % 3)
        village.household({"needs": ["reh_prosthesis"]}, province="24", submitter_id=2)
        return village.project_id


@pytest.fixture
def analyst(client: FlaskClient, settings: Settings, project_id: int) -> Analyst:
    return Analyst(client, settings.secrets.jwt_key, project_id, Role.ANALYST)


def rows(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.json is not None
    return [*answer.json["cells"], *answer.json["totals"]]


def test_every_table_of_persons_says_that_visits_are_counted(analyst: Analyst) -> None:
    for one in INDICATORS.values():
        if one.is_mixed:
            continue  # for internal work alone
        answer = analyst.ask(f"/{one.id}", by=",".join(one.grid[0]))
        said = (answer.json or {})["note"]
        assert ("somebody visited twice is two" in said["en"]) is (one.unit == "persons")
        assert ("រាប់ជាពីរ" in said["km"]) is (one.unit == "persons")


def test_the_catalogue_names_every_indicator_in_both_languages(analyst: Analyst) -> None:
    answer = analyst.ask()
    assert answer.status_code == 200
    listed = {entry["id"]: entry for entry in answer.json or []}
    assert set(listed) == {*INDICATORS, *MISSING}
    for code in MISSING:
        assert listed[code]["needs"]["km"]
        assert listed.pop(code)["breakdowns"] == {}
    for entry in listed.values():
        assert entry["title"]["en"]
        assert any("\u1780" <= letter <= "\u17ff" for letter in entry["title"]["km"])
        assert set(entry["breakdowns"]) == {"public", "partner"}


def test_a_table_has_the_shape_that_is_promised(analyst: Analyst) -> None:
    answer = analyst.ask("/I12", by="need,province")
    assert answer.json is not None
    assert set(answer.json) >= {
        "indicator", "title", "by", "period", "audience", "k", "as_of", "basis", "cells",
        "totals", "note",
    }  # fmt: skip
    assert answer.json["by"] == ["need", "province"]
    for row in rows(answer):
        assert row["hidden"] is (row["n"] is None)


@pytest.mark.parametrize("audience", ["public", "partner"])
def test_one_person_alone_in_a_province_is_never_shown(analyst: Analyst, audience: str) -> None:
    for row in rows(analyst.ask("/I12", by="province", audience=audience)):
        assert row["n"] != 1


def test_from_what_is_shown_the_hidden_number_cannot_be_subtracted(analyst: Analyst) -> None:
    found = rows(analyst.ask("/I12", by="province"))
    shown = {row.get("province"): row["n"] for row in found if not row["hidden"]}
    assert not {None, "02"} <= set(shown), "total and the other province give Pailin away"


def test_unhidden_cells_are_for_coordinators_alone(
    client: FlaskClient, settings: Settings, analyst: Analyst, project_id: int
) -> None:
    assert analyst.ask("/I12", by="province", audience="internal").status_code == 403
    key = settings.secrets.jwt_key
    chanthou = Analyst(client, key, project_id, Role.COORDINATOR)
    found = rows(chanthou.ask("/I12", by="province", audience="internal"))
    assert {row.get("province"): row["n"] for row in found} == {"02": 10, "24": 1, None: 11}


def test_a_past_day_leaves_out_what_came_later(
    client: FlaskClient, settings: Settings, project_id: int
) -> None:
    """Records came in on 23 November 2026."""
    chanthou = Analyst(client, settings.secrets.jwt_key, project_id, Role.COORDINATOR)
    for day, n in (("2026-11-23", 11), ("2026-11-22", 0)):
        answer = chanthou.ask("/I12", audience="internal", as_of=day)
        assert answer.json is not None
        assert answer.json["came_by"] == day
        assert [row["n"] for row in answer.json["totals"]] == [n]


def test_a_period_cuts_the_table(analyst: Analyst) -> None:
    inside = analyst.ask("/I12", **{"from": "2026-01-01", "to": "2026-12-31"})
    outside = analyst.ask("/I12", **{"from": "2025-01-01", "to": "2025-12-31"})
    assert inside.json is not None
    assert outside.json is not None
    assert inside.json["period"] == {"from": "2026-01-01", "to": "2026-12-31"}
    assert inside.json["basis"]["persons"] != outside.json["basis"]["persons"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/I99", {}, 404),
        ("/I12", {"by": "shoe_size"}, 400),
        ("/I12", {"by": "commune,age,wg,need"}, 400),
        ("/I12", {"audience": "everybody"}, 400),
        ("/I12", {"from": "yesterday"}, 400),
        ("/I12", {"unknown": "x"}, 400),
        ("/I12", {"from": "2026-12-31", "to": "2026-01-01"}, 400),
        ("/I12", {"as_of": "2026-01-31"}, 400),
        ("/I12", {"as_of": "2026-01-31", "audience": "public"}, 400),
    ],
)
def test_what_is_not_offered_is_said_in_words(
    analyst: Analyst, path: str, query: dict[str, str], status: int
) -> None:
    answer = analyst.ask(path, **query)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["message"]


def test_a_period_beyond_all_calendars_is_refused(analyst: Analyst) -> None:
    assert analyst.ask("/I01", to="9999-12-31").status_code == 400


def test_dara_may_not_see_figures_of_a_project_that_is_not_hers(
    client: FlaskClient, settings: Settings, project_id: int
) -> None:
    stranger = bearer(settings.secrets.jwt_key, Role.COORDINATOR, project_id + 1)
    for path in ("", "/I12"):
        url = f"/v1/projects/{project_id}/indicators{path}"
        assert client.get(url, headers=stranger).status_code == 404
        assert client.get(url).status_code == 401
