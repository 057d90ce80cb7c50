"""Two visits, one person: decided by two, taken back by one, looked for by name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role
from service.foundation.audit import AuditEntry
from service.foundation.db import reading
from service.foundation.settings import Settings
from tests import visited
from tests.conftest import drain
from tests.factories import Phone
from tests.visited import DARA, DARA_AGAIN, ELSEWHERE, SOPHEA, VANNA, visit
from tests.web.people import bearer

pytestmark = pytest.mark.each_database

Headers = Mapping[str, str]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return visited.a_visiting_phone(client)


@pytest.fixture
def bopha(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


@pytest.fixture
def chanthou(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def send(app: Flask, phone: Phone, *forms: bytes) -> None:
    for form in forms:
        assert phone.send(form).status_code in (201, 202)
    drain(app)


def entries(action: str) -> list[Any]:
    with reading() as session:
        query = sa.select(AuditEntry).where(AuditEntry.action == action)
        return list(session.scalars(query.order_by(AuditEntry.at)))


def get(phone: Phone, by: Headers, path: str, status: int = 200) -> Any:
    answer = phone.client.get(f"/v1/projects/{phone.project_id}/persons/{path}", headers=by)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def post(phone: Phone, by: Headers, path: str, status: int = 200, **body: str) -> Any:
    address = f"/v1/projects/{phone.project_id}/persons/{path}"
    answer = phone.client.post(address, json=body, headers=by)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def decide(
    phone: Phone, by: Headers, pair: str, verdict: str, status: int = 200, seen: str = ""
) -> Any:
    seen = seen or get(phone, by, f"pairs/{pair}")["seen"]
    return post(phone, by, f"pairs/{pair}/decision", status, verdict=verdict, seen=seen)


def the_pair(phone: Phone, by: Headers) -> Any:
    (pair,) = get(phone, by, "pairs")["items"]
    return pair


# --- pairs --------------------------------------------------------------------------------------
def test_an_open_pair_is_told_with_reasons_and_no_name(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    pair = the_pair(phone, bopha)
    assert pair["level"] == "likely"
    assert "phone_same" in pair["reasons"]
    assert {pair["first"]["instance_id"], pair["second"]["instance_id"]} == {"uuid:1", "uuid:2"}
    assert (pair["first"]["name"], pair["verdict"]) == (None, None)
    assert entries("identity.read") == []


def test_names_are_shown_for_a_purpose_and_each_record_is_an_entry(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    send(app, phone, visit("uuid:1", DARA, SOPHEA), visit("uuid:2", DARA_AGAIN))
    pair = the_pair(phone, bopha)
    told = get(phone, bopha, f"pairs/{pair['id']}?purpose=work")
    assert {told["first"]["name"], told["second"]["name"]} == {"សុខ ដារ៉ា", "Sok Dara"}
    assert [one.details["purpose"] for one in entries("identity.read")] == ["work", "work"]
    for_name = get(phone, bopha, f"pairs/{pair['id']}?purpose=name")
    assert for_name["first"]["name"] is None, "nobody allowed to publish it"
    get(phone, bopha, f"pairs/{pair['id']}?purpose=count", 400)


def test_an_old_session_sees_no_name(
    app: Flask, phone: Phone, bopha: Headers, settings: Settings
) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    key = settings.secrets.jwt_key
    stale = bearer(key, Role.COORDINATOR, phone.project_id, is_fresh=False)
    pair = the_pair(phone, stale)
    get(phone, stale, f"pairs/{pair['id']}?purpose=work", 403)
    post(phone, stale, "search", 403, name="Sok Dara", purpose="work")


def test_pairs_come_page_by_page(app: Flask, phone: Phone, bopha: Headers) -> None:
    send(app, phone, *(visit(f"uuid:{n}", {**DARA, "age": str(50 + n)}) for n in range(3)))
    first = get(phone, bopha, "pairs?limit=2")
    rest = get(phone, bopha, f"pairs?limit=2&cursor={first['cursor']}")
    assert (len(first["items"]), len(rest["items"]), rest["cursor"]) == (2, 1, None)
    for forged in ("x", f"{'9' * 30}_{uuid.UUID(int=0)}", f"-1_{uuid.UUID(int=0)}", "9_"):
        get(phone, bopha, f"pairs?cursor={forged}", 400)


# --- deciding -----------------------------------------------------------------------------------
def test_joining_takes_two_people_and_one_takes_it_back_with_nothing_lost(
    app: Flask, phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    pair = the_pair(phone, bopha)
    sides = [get(phone, bopha, pair[side]["id"]) for side in ("first", "second")]
    assert decide(phone, bopha, pair["id"], "same") == {"done": False, "verdict": None}
    assert the_pair(phone, chanthou)["proposed_by"] is not None
    decide(phone, bopha, pair["id"], "same", 409)
    assert decide(phone, chanthou, pair["id"], "same")["done"]
    assert get(phone, bopha, "pairs")["items"] == []
    for side in ("first", "second"):
        file = get(phone, bopha, pair[side]["id"])
        assert file["id"] == min(pair["first"]["id"], pair["second"]["id"])
        assert [one["instance_id"] for one in file["visits"]] in (
            ["uuid:1", "uuid:2"],
            ["uuid:2", "uuid:1"],
        )
    (word,) = file["log"]
    assert word["decided_by"] != word["proposed_by"]
    (join,) = file["joins"]
    decide(phone, bopha, join["id"], "apart", seen=join["seen"])
    again = [get(phone, bopha, pair[side]["id"]) for side in ("first", "second")]
    for one in (*sides, *again):
        one["open_pairs"], one["log"] = [], []
    assert again == sides
    assert visited.log() == ["same", "apart"]
    assert [one.details["verdict"] for one in entries("person.decide")] == ["same", "apart"]
    assert [len(entries(act)) for act in ("four_eyes.propose", "four_eyes.agree")] == [1, 1]


@pytest.mark.parametrize("verdict", ["different", "unsure"])
def test_every_other_word_is_one_persons(
    app: Flask, phone: Phone, bopha: Headers, verdict: str
) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    pair = the_pair(phone, bopha)
    assert decide(phone, bopha, pair["id"], "same")["done"] is False
    assert decide(phone, bopha, pair["id"], verdict)["done"]
    assert get(phone, bopha, "pairs")["items"] == []
    unsure = get(phone, bopha, "pairs?state=unsure")["items"]
    assert [one["id"] for one in unsure] == ([pair["id"]] if verdict == "unsure" else [])
    assert get(phone, bopha, f"pairs/{pair['id']}")["proposed_by"] is None
    decide(phone, bopha, pair["id"], "apart", 409)


def test_nobody_decides_on_what_became_another(
    app: Flask, phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    pair = get(phone, bopha, f"pairs/{the_pair(phone, bopha)['id']}")
    decide(phone, bopha, pair["id"], "same")
    send(app, phone, visit("uuid:3", {**DARA, "name": "Suk Dara"}, edits="uuid:1"))
    decide(phone, chanthou, pair["id"], "same", 409, seen=pair["seen"])
    assert decide(phone, chanthou, pair["id"], "same")["done"] is False, "she is the first now"
    assert visited.log() == []


def test_different_within_one_file_is_told(
    app: Flask, phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    send(app, phone, *(visit(f"uuid:{n}", {**DARA, "age": str(50 + n)}) for n in range(3)))
    one, two, three = (pair["id"] for pair in get(phone, bopha, "pairs")["items"])
    for pair in (one, two):
        decide(phone, bopha, pair, "same")
        decide(phone, chanthou, pair, "same")
    decide(phone, bopha, three, "different")
    person = get(phone, bopha, f"pairs/{one}")["first"]["id"]
    file = get(phone, bopha, person)
    assert (len(file["visits"]), file["contradictions"]) == (3, [three])
    assert file["id"] == min(visit["id"] for visit in file["visits"])


def test_a_file_reaches_through_a_visit_that_was_erased(
    app: Flask, phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    """And tells nothing of it."""
    send(app, phone, *(visit(f"uuid:{n}", DARA) for n in range(3)))
    for pair in get(phone, bopha, "pairs")["items"]:
        middle = {pair["first"]["instance_id"], pair["second"]["instance_id"]}
        if "uuid:1" in middle:
            decide(phone, bopha, pair["id"], "same")
            decide(phone, chanthou, pair["id"], "same")
    rows = {one.mention_pk: one for one in visited.mentions()}
    visited.erase(app, phone.project_id, "uuid:1")
    left = [one for one in visited.mentions() if one.mention_pk in rows]
    file = get(phone, bopha, str(left[0].mention_pk))
    assert sorted(one["instance_id"] for one in file["visits"]) == ["uuid:0", "uuid:2"]
    assert all(pair.reasons == [] for pair in visited.pairs() if pair.verdict)


# --- by hand ------------------------------------------------------------------------------------
def found_ids(phone: Phone, by: Headers, *names: str) -> dict[str, str]:
    """Instance -> the visit's id, as searches tell it."""
    hits = [post(phone, by, "search", name=name, purpose="work")["items"] for name in names]
    return {one["instance_id"]: one["id"] for items in hits for one in items}


def test_two_whom_no_key_lets_meet_are_joined_by_hand_by_two_people(
    app: Flask, phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", VANNA, at=ELSEWHERE))
    assert get(phone, bopha, "pairs")["items"] == []
    ids = found_ids(phone, bopha, "Sok Dara", "Heng Vanna")
    body = {"first": ids["uuid:1"], "second": ids["uuid:2"], "reason": "hand_papers"}
    made = post(phone, bopha, "pairs", **body)
    assert (made["verdict"], made["reasons"][0], made["level"]) == (
        "again", "hand_papers", "unlikely",
    )  # fmt: skip
    assert post(phone, bopha, "pairs", **body)["id"] == made["id"]
    (entry,) = entries("person.decide")
    assert (entry.details["reason"], entry.details["verdict"]) == ("hand_papers", "again")
    # Comparing again does not sweep it away, nor the reason.
    send(app, phone, visit("uuid:3", {**VANNA, "age": "41"}, at=ELSEWHERE, edits="uuid:2"))
    assert [one["id"] for one in get(phone, bopha, "pairs")["items"]] == [made["id"]]
    assert decide(phone, bopha, made["id"], "same")["done"] is False
    assert decide(phone, chanthou, made["id"], "same")["done"]
    file = get(phone, bopha, ids["uuid:1"])
    assert len(file["visits"]) == 2
    (join,) = file["joins"]
    decide(phone, bopha, join["id"], "apart", seen=join["seen"])
    assert visited.log() == ["again", "same", "apart"]
    assert get(phone, bopha, f"pairs/{made['id']}")["reasons"][0] == "hand_papers"
    assert post(phone, bopha, "pairs", **body)["verdict"] == "apart", "what was decided stays"


def test_nobody_is_put_beside_oneself_or_the_household_or_somebody_out_of_reach(
    app: Flask, phone: Phone, bopha: Headers, settings: Settings
) -> None:
    send(app, phone, visit("uuid:1", DARA, SOPHEA), visit("uuid:2", VANNA, at=ELSEWHERE))
    one, other, there = (
        next(iter(found_ids(phone, bopha, name).values()))
        for name in ("Sok Dara", "Chan Sophea", "Heng Vanna")
    )
    post(phone, bopha, "pairs", 400, first=one, second=other, reason="hand_told")
    post(phone, bopha, "pairs", 400, first=one, second=one, reason="hand_told")
    post(phone, bopha, "pairs", 400, first=one, second=there, reason="name_same")
    local = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id, "02")
    post(phone, local, "pairs", 404, first=one, second=there, reason="hand_told")
    assert visited.pairs() == []


def test_a_pair_that_comparing_found_takes_the_reason_along(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    pair = the_pair(phone, bopha)
    first, second = pair["first"]["id"], pair["second"]["id"]
    made = post(phone, bopha, "pairs", first=second, second=first, reason="hand_told")
    assert (made["id"], made["score"]) == (pair["id"], pair["score"])
    assert made["reasons"] == ["hand_told", *pair["reasons"]]
    other = {**DARA_AGAIN, "phone": "011 222 333"}
    send(app, phone, visit("uuid:3", other, edits="uuid:2"))
    found = the_pair(phone, bopha)["reasons"]
    assert found[0] == "hand_told"
    assert "phone_same" not in found, "compared anew"


# --- areas --------------------------------------------------------------------------------------
def test_whoever_sees_an_area_sees_pairs_of_it_alone(
    app: Flask, phone: Phone, bopha: Headers, settings: Settings
) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN, at=ELSEWHERE))
    pair = the_pair(phone, bopha)
    key = settings.secrets.jwt_key
    local = bearer(key, Role.COORDINATOR, phone.project_id, "02")
    assert get(phone, local, "pairs")["items"] == []
    get(phone, local, f"pairs/{pair['id']}", 404)
    post(phone, local, f"pairs/{pair['id']}/decision", 404, verdict="different", seen="x")
    by_id = {pair[side]["instance_id"]: pair[side]["id"] for side in ("first", "second")}
    assert len(get(phone, local, by_id["uuid:1"])["visits"]) == 1
    get(phone, local, by_id["uuid:2"], 404)
    found = post(phone, local, "search", name="Sok Dara", purpose="work")
    assert [one["instance_id"] for one in found["items"]] == ["uuid:1"]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADVOCATE, Role.ADMIN])
def test_others_see_nothing_of_it(app: Flask, phone: Phone, settings: Settings, role: Role) -> None:
    by = bearer(settings.secrets.jwt_key, role, phone.project_id)
    get(phone, by, "pairs", 403)
    post(phone, by, "search", 403, name="Sok Dara", purpose="work")


# --- search -------------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["សុខ ដារ៉ា", "Dara Sok", "SOK DARA", "លោក សុខ ដារា", "Dara"])
def test_somebody_is_found_however_the_name_is_spelled(
    app: Flask, phone: Phone, bopha: Headers, typed: str
) -> None:
    send(app, phone, visit("uuid:1", DARA, SOPHEA), visit("uuid:2", VANNA))
    found = post(phone, bopha, "search", name=typed, purpose="work")
    assert [(one["name"], one["instance_id"]) for one in found["items"]] == [("សុខ ដារ៉ា", "uuid:1")]
    (entry,) = entries("person.search")
    assert entry.details == {"purpose": "work", "classes": "identity", "records": 1}


def test_a_search_that_finds_nobody_is_an_entry_too_and_keeps_no_name(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    send(app, phone, visit("uuid:1", DARA))
    assert post(phone, bopha, "search", name="Chea Ratha", purpose="contact")["items"] == []
    (entry,) = entries("person.search")
    assert (entry.details["records"], entry.subject) == (0, str(phone.project_id))


def test_a_place_tells_people_apart_and_the_last_syllable_is_enough_there(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    reth = {**DARA, "name": "ឈឹម ចាន់ណារ៉េត"}
    send(app, phone, visit("uuid:1", reth), visit("uuid:2", reth, at=ELSEWHERE))

    def found(**asked: str) -> list[str]:
        answer = post(phone, bopha, "search", purpose="work", **asked)
        return [one["instance_id"] for one in answer["items"]]

    assert len(found(name="Channareth")) == 2
    assert found(name="Channareth", place="01") == ["uuid:2"]
    assert found(name="Reth", place="020304") == ["uuid:1"]
    post(phone, bopha, "search", 400, name="Reth", place="020", purpose="work")
    post(phone, bopha, "search", 400, name="123", purpose="work")
    post(phone, bopha, "search", 400, name="Reth", purpose="count")


def test_whoever_does_not_allow_a_purpose_is_not_found_for_it(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    send(app, phone, visit("uuid:1", DARA, c_contact="no"))
    asked = {"name": "Sok Dara"}
    assert post(phone, bopha, "search", **asked, purpose="contact")["items"] == []
    assert len(post(phone, bopha, "search", **asked, purpose="work")["items"]) == 1


def test_beside_a_child_for_whom_nobody_said_yes_no_name_of_the_record_is_shown(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    """As wherever somebody looks at a record: all for whom it speaks must have allowed it."""
    child = {**SOPHEA, "age": "9"}
    send(app, phone, visit("uuid:1", DARA, child), visit("uuid:2", DARA_AGAIN))
    found = post(phone, bopha, "search", name="Sok Dara", purpose="work")
    assert [one["instance_id"] for one in found["items"]] == ["uuid:2"]
    pair = get(phone, bopha, f"pairs/{the_pair(phone, bopha)['id']}?purpose=work")
    names = {pair[side]["instance_id"]: pair[side]["name"] for side in ("first", "second")}
    assert names == {"uuid:1": None, "uuid:2": "Sok Dara"}
