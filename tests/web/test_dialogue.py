"""The dialogue log through HTTP: pages that need no script, and the JSON API."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.actor import Role
from service.foundation import clock
from service.foundation.settings import Settings
from service.persons.actions import today
from tests import statements
from tests.integration.dialogue.conftest import Log
from tests.integration.testimonies.conftest import CODE, Stories, stories
from tests.web.pages_world import text_of
from tests.web.people import bearer
from tests.web.test_releases import BY_PROVINCE, Team, team

__all__ = ["stories", "team"]
P = "/p/battambang"
D = f"{P}/dialogue"
QUESTION = {"text_en": "When will the hall be accessible?", "text_km": "តើសាលាឃុំអាចចូលបានពេលណា?"}
PROMISE = {"owner": "Public works", "text_en": "A ramp", "text_km": "ជម្រាល"}
DAY = dt.timedelta(days=1)


class Office:
    """What one person does there."""

    def __init__(self, client: FlaskClient, headers: dict[str, str], project_id: int) -> None:
        self.client, self.headers = client, headers
        self.api = f"/v1/projects/{project_id}/dialogue"

    def get(self, path: str = D, language: str = "en", **query: str) -> TestResponse:
        asked = {"lang": language, **query}
        return self.client.get(path, query_string=asked, headers=self.headers)

    def post(self, path: str, **form: object) -> TestResponse:
        return self.client.post(f"{path}?lang=en", data=form, headers=self.headers)

    def meet(self, *partners: str, **more: str) -> str:
        """The address of its page."""
        given = {"held_on": str(today()), "partner": list(partners or ("PDAC",)), "place": "02"}
        done = self.post(f"{D}/meetings", **{**given, **more})
        assert done.status_code == 303, done.text
        return done.headers["Location"].partition("?")[0]

    def promise(self, met: str, **more: str) -> str:
        """The address of its page."""
        before = self._promises(met)
        done = self.post(f"{met}/promises", **{"partner": "PDAC", **PROMISE, **more})
        assert done.status_code == 303, done.text
        [new] = self._promises(met) - before
        return new

    def _promises(self, met: str) -> set[str]:
        return set(re.findall(rf'"({D}/promises/[0-9a-f-]+)"', self.get(met).text))

    def json(self, method: str, path: str, body: Any = None) -> TestResponse:
        return self.client.open(f"{self.api}{path}", method=method, json=body, headers=self.headers)


@pytest.fixture
def office(team: Team) -> Office:
    return Office(team.client, team.sopheap, team.project_id)


def test_from_a_meeting_to_what_became_of_its_promise(office: Office, team: Team) -> None:
    assert "No meeting was written down yet" in text_of(office.get())
    met = office.meet("PDAC", "MAPU", notes="ឯកជន", ours="Chanthou")
    asked = office.post(f"{met}/questions", partner="MAPU", framework="CRPD-9", **QUESTION)
    assert asked.status_code == 303
    page = office.get(met)
    told = text_of(page)
    assert "Mine Action Planning Unit; Provincial Disability Action Council" in told
    assert "ឯកជន" in told
    assert "CRPD-9" in told
    assert "Not answered yet" in told
    [question] = set(re.findall(r'<option value="([0-9a-f-]{36})"', page.text))
    said = {"question": question, "answered_on": str(today()), "text_en": "In spring"}
    assert office.post(f"{met}/answers", **said).status_code == 303
    assert "In spring" in text_of(office.get(met))
    promise = office.promise(met, due_on=str(today() + 9 * DAY))
    assert "soon" in text_of(office.get())
    word = {"status": "partly", "said_on": str(today())}
    refused = office.post(promise, **word)
    assert refused.status_code == 400
    assert 'value="partly" required checked' in refused.text
    assert office.post(promise, **word, reason="One of two").status_code == 303
    history = text_of(office.get(promise))
    assert "kept in part" in history
    assert "One of two" in history
    khmer = text_of(office.get(promise, "km"))
    assert "ជម្រាល" in khmer
    assert "បានធ្វើខ្លះ" in khmer
    year = office.get(f"{D}/became", year=str(today().year))
    assert "A ramp" in text_of(year)
    assert "Nobody promised anything" in text_of(office.get(f"{D}/became"))
    analyst = Office(team.client, team.analyst, team.project_id)
    assert "ឯកជន" not in analyst.get(met).text
    assert "A ramp" in analyst.get(met).text
    assert "<form method" not in analyst.get(met).text.partition("<main")[2]


def test_what_is_refused_comes_back_with_what_was_typed(office: Office) -> None:
    late = office.post(f"{D}/meetings", held_on="", partner="PDAC", venue="សាលា")
    assert late.status_code == 400
    assert 'value="សាលា"' in late.text
    assert 'value="PDAC" checked' in late.text
    met = office.meet()
    wrong = office.post(f"{met}/promises", partner="PDAC", owner="", text_km="ជម្រាល")
    assert wrong.status_code == 400
    assert ">ជម្រាល</textarea>" in wrong.text
    assert office.post(f"{met}/remove").status_code == 400
    assert office.post(f"{met}/remove", sure="yes").status_code == 303
    assert office.get(met).status_code == 404


def test_a_release_that_is_not_theirs_is_refused_in_kind_words(office: Office, team: Team) -> None:
    team.frozen(BY_PROVINCE, audience="partner")
    team.say(1, "published", team.dara)
    met = office.meet()
    refused = office.post(f"{met}/releases", number="1")
    assert refused.status_code == 409
    assert "may see public releases alone" in text_of(refused)
    seen = office.post(f"{D}/partners", code="PDAC", sees="partner")
    assert seen.status_code == 303
    assert office.post(f"{met}/releases", number="1").status_code == 303
    assert "Release 1" in text_of(office.get(met))
    assert office.post(f"{met}/releases", number="7").status_code == 409


@pytest.mark.each_database
def test_today_reminds_of_what_is_near_and_late(office: Office, team: Team) -> None:
    early = str(today() - 60 * DAY)
    met = office.meet(held_on=early)
    office.promise(met, due_on=str(today() - DAY))
    office.promise(met, due_on=str(today() + DAY))
    told = text_of(office.get(f"{P}/"))
    assert "1 Promises are late" in told
    assert "1 Promises are due within 30 days" in told
    analyst = Office(team.client, team.analyst, team.project_id)
    assert "1 Promises are late" in text_of(analyst.get(f"{P}/")), "who sees no record is reminded"


def test_the_figure_since_a_promise_is_said_in_words(office: Office, team: Team) -> None:
    team.frozen()
    team.say(1, "published", team.dara)
    promise = office.promise(office.meet(), indicator="I01")
    assert "no release on both sides" in text_of(office.get(promise))
    team.visits("02", 30)
    with clock.frozen(clock.now() + DAY):  # no session is as long
        Log(team.project_id).release()
    told = text_of(office.get(promise))
    assert re.search(r"Release 1 \([^)]+\): 12\. Release 2 \([^)]+\): 42\. Now it is more", told)
    assert "Battambang" in told


# --- quotes ---------------------------------------------------------------------------------------
def test_a_quote_is_read_used_and_gone_when_it_is_taken_back(
    stories: Stories, settings: Settings
) -> None:
    stories.text(stories.tell())
    key = settings.secrets.jwt_key
    who = bearer(key, Role.COORDINATOR, stories.project_id)
    office = Office(stories.phone.client, who, stories.project_id)
    met = office.meet("OPD")
    listed = office.get(f"{met}/quotes")
    [read] = re.findall(rf'"({met}/quotes/text/[0-9a-f-]+)\?naming=none"', listed.text)
    page = office.get(read)
    assert "ដើរបាន" in page.text
    fields = dict(re.findall(r'name="(source|key|seen|naming)" value="([^"]+)"', page.text))
    stale = office.post(f"{met}/quotes", **{**fields, "seen": "x"}, means="speech")
    assert stale.status_code == 409
    assert office.post(f"{met}/quotes", **fields, means="broadcast").status_code == 400
    assert office.post(f"{met}/quotes", **fields, means="speech").status_code == 303
    shown = office.get(met)
    [again] = re.findall(rf'"({met}/quotes/[0-9a-f-]+)"', shown.text)
    assert "ដើរបាន" not in shown.text, "words are opened one by one, each with an entry"
    assert "ដើរបាន" in office.get(again).text
    assert "OPD" in text_of(office.get(f"{P}/testimonies/uses"))
    asked = office.post(f"{P}/withdrawals", way="code", code=CODE, extent="all")
    assert asked.status_code == 303
    assert office.get(again).status_code == 410
    after = office.get(met)
    assert "taken back" in text_of(after)
    assert again not in after.text
    assert "ដើរបាន" not in after.text


# --- API ------------------------------------------------------------------------------------------
def test_programs_of_people_write_and_read_the_log(office: Office, team: Team) -> None:
    held = {"held_on": str(today()), "partners": ["PDAC"], "place": "02", "notes": "ឯកជន"}
    made = office.json("POST", "/meetings", held)
    assert made.status_code == 201
    met = f"/meetings/{made.json['id']}"
    asked = office.json(
        "POST",
        f"{met}/questions",
        {"partner": "PDAC", "text": {"en": "When?"}, "framework": "LAP-35"},
    )
    answered = {"answered_on": str(today()), "text": {"km": "រដូវក្តៅ"}}
    path = f"/questions/{asked.json['id']}/answers"
    assert office.json("POST", path, answered).status_code == 201
    wanted = {
        "partner": "PDAC", "owner": "Works", "text": {"en": "A ramp"}, "question": asked.json["id"],
        "indicator": "I01", "cell": {"sex": "female"}, "due_on": str(today() + DAY),
    }  # fmt: skip
    promised = office.json("POST", f"{met}/promises", wanted)
    assert promised.status_code == 201, promised.text
    word = {"status": "kept", "said_on": str(today())}
    told = office.json("POST", f"/promises/{promised.json['id']}/words", word)
    assert told.json["status"] == "kept"
    assert [one["number"] for one in told.json["history"]] == [1, 2]
    whole = office.json("GET", met).json
    assert whole["notes"]["notes"] == "ឯកជន"
    assert whole["questions"][0]["answers"][0]["text"] == {"en": "រដូវក្តៅ", "km": "រដូវក្តៅ"}
    assert whole["promises"][0]["cell"] == {"sex": "female"}
    assert whole["promises"][0]["since"] == {"before": None, "now": None, "went": "none"}
    assert office.json("GET", "/promises?status=open").json == {"items": []}
    block = office.json("GET", f"/became?year={today().year}").json
    assert block["counts"] == {"open": 0, "kept": 1, "partly": 0, "broken": 0, "withdrawn": 0}
    team.frozen()
    assert office.json("POST", f"{met}/releases", {"number": 1}).json["code"] == "409.62"
    team.say(1, "published", team.dara)
    assert office.json("POST", f"{met}/releases", {"number": 1}).status_code == 204
    page = office.json("GET", "/meetings?limit=1").json
    assert [one["promises"] for one in page["items"]] == [1]
    assert (page["more"], page["cursor"]) == (False, None)
    analyst = Office(team.client, team.analyst, team.project_id)
    assert analyst.json("GET", met).json["notes"] == {}
    assert analyst.json("POST", "/meetings", held).status_code == 403
    assert office.json("DELETE", met).status_code == 204
    assert office.json("GET", met).status_code == 404


def test_meetings_come_page_by_page(office: Office) -> None:
    for days in range(5):
        office.meet(held_on=str(today() - days * DAY))
    found, cursor = [], ""
    while True:
        page = office.json("GET", f"/meetings?limit=2{cursor}").json
        found += [one["held_on"] for one in page["items"]]
        if not page["more"]:
            break
        cursor = f"&cursor={page['cursor']}"
    assert found == [str(today() - days * DAY) for days in range(5)]


# --- cost -----------------------------------------------------------------------------------------
@pytest.mark.each_database
def test_many_promises_cost_as_many_statements_as_few(office: Office, team: Team) -> None:
    team.frozen()
    team.say(1, "published", team.dara)
    met = office.meet()
    pages = (D, met, f"{D}/became?year={today().year}", f"{P}/feedback/020101")

    def counts() -> list[int]:
        found = []
        for page in pages:
            office.client.get(page, headers=office.headers)
            with statements.counted() as seen:
                assert office.client.get(page, headers=office.headers).status_code == 200
            found.append(len(seen))
        return found

    def more(count: int) -> None:
        for _ in range(count):
            office.post(f"{met}/questions", partner="PDAC", **QUESTION)
            office.promise(met, indicator="I01")

    more(1)
    few = counts()
    more(5)
    assert counts() == few
    assert max(few) < 40
