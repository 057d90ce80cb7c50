"""Releases as coordinators make, read and publish them."""

from __future__ import annotations

import hashlib
import json

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.actor import Role
from service.foundation.settings import Settings
from service.releases import document
from tests.web.pages_world import text_of
from tests.web.people import bearer
from tests.web.test_releases import Team, team  # noqa: F401 - a fixture

AT = "/p/battambang/releases"


class Pages:
    """What one person does there."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    def get(self, path: str = "", language: str = "en") -> TestResponse:
        return self.client.get(f"{AT}{path}?lang={language}", headers=self.headers)

    def post(self, path: str, **form: object) -> TestResponse:
        return self.client.post(f"{AT}{path}", data=form, headers=self.headers)


@pytest.fixture
def sopheap(team: Team) -> Pages:  # noqa: F811
    return Pages(team.client, team.sopheap)


@pytest.fixture
def dara(team: Team) -> Pages:  # noqa: F811
    return Pages(team.client, team.dara)


def freeze(who: Pages, *tables: str, **more: object) -> TestResponse:
    told = {"title": "Who we reached", "audience": "public", "table": list(tables)}
    return who.post("", **(told | more))


def test_one_freezes_ticked_tables_and_another_publishes_them(
    sopheap: Pages,
    dara: Pages,
    settings: Settings,
    team: Team,  # noqa: F811
) -> None:
    assert "Nothing was released yet" in text_of(sopheap.get())
    answer = freeze(sopheap, "I01:province", "I01:")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{AT}/1")
    own = text_of(sopheap.get("/1"))
    assert "You froze it, so somebody else publishes it" in own
    assert "Publish?" not in own
    analyst = Pages(team.client, bearer(settings.secrets.jwt_key, Role.ANALYST, team.project_id))
    assert analyst.get("/1").status_code == 404
    assert sopheap.post("/1/word", said="published").status_code == 409
    assert dara.post("/1/word", said="published").status_code == 303
    read = analyst.get("/1")
    assert read.status_code == 200
    assert "published" in text_of(read)
    assert "Battambang" in text_of(read)
    assert "waits for a second person" not in text_of(read)
    assert dara.post("/1/word", said="dropped").status_code == 409


def test_what_is_cited_can_be_checked(sopheap: Pages) -> None:
    freeze(sopheap, "I01:province")
    whole = json.loads(sopheap.get("/1/json").get_data())
    told = {name: value for name, value in whole.items() if name not in document.HASHED_APART}
    sha256 = hashlib.sha256(document.canonical(told).encode()).hexdigest()
    assert sha256 == whole["sha256"]
    assert sha256 in text_of(sopheap.get("/1"))
    assert sopheap.get("/1/csv").get_data().startswith(b"\xef\xbb\xbfrelease,")


def test_what_cannot_be_frozen_is_said_and_what_was_ticked_is_kept(sopheap: Pages) -> None:
    answer = freeze(sopheap, "I01:province", title=" ")
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "It was not done" in page
    assert 'value="I01:province" checked' in page
    assert freeze(sopheap, "I01:province", corrects="x").status_code == 400
    assert freeze(sopheap, "I01:province", audience="internal").status_code == 400
    assert sopheap.post("/1/word", said="published").status_code == 404


def test_too_few_came_is_said_in_words(sopheap: Pages, team: Team) -> None:  # noqa: F811
    freeze(sopheap, "I01:province")
    team.visits("02", 1)
    freeze(sopheap, "I01:province")
    assert "Too few people came since release 1" in text_of(sopheap.get("/2"))
    assert "លេខ 1" in text_of(sopheap.get("/2", "km"))
