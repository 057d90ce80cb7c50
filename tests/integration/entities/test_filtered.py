"""`$filter` on the table of a list: by what is said of entities, never by what they hold."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from flask import Flask

from service.accounts.actor import SYSTEM, Role
from service.entities import actions
from service.foundation import clock
from service.foundation.db import unit_of_work
from service.foundation.settings import Settings
from tests.entity_forms import a_record, a_uuid
from tests.integration.entities.conftest import Field
from tests.integration.entities.test_on_phones import create
from tests.web.test_giving_roles import Person

BRANCH = "6f9c5a7e-3f2b-4c11-9a57-0d6e656e6701"
EARLY = dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC)


class Reader:
    def __init__(self, field: Field, who: Person) -> None:
        self.field, self.who = field, who

    def ask(self, condition: str | None = None, **query: Any) -> Any:
        if condition is not None:
            query["$filter"] = condition
        return self.who.client.get(
            f"/v1/projects/{self.field.project_id}/datasets/people.svc/Entities",
            query_string=query, headers=self.who.headers,
        )  # fmt: skip

    def ids(self, condition: str | None = None, **query: Any) -> list[str]:
        answer = self.ask(condition, **query)
        assert answer.status_code == 200, answer.data
        return [row["__id"] for row in answer.json["value"]]


@pytest.fixture
def reader(field: Field, app: Flask, settings: Settings) -> Reader:
    key = settings.secrets.jwt_key
    return Reader(field, Person(app, key, Role.COORDINATOR, field.project_id))


@pytest.fixture
def three(reader: Reader) -> list[str]:
    """One of March; one that was changed; one that two changed, and that was deleted."""
    field, made = reader.field, [str(uuid.uuid4()) for _ in range(3)]
    with clock.frozen(EARLY), unit_of_work() as session:
        given = [actions.given(made[0], "ផ្ទះ", {"age": "45"})]
        actions.create(session, SYSTEM, field.project_id, "people", given)
    field.send(*map(create, made[1:]))
    for each in made[1:]:
        field.send(a_record(each, {"age": "45"}, update="1", baseVersion="1"))
    clash = {"baseVersion": 1, "trunkVersion": 1, "branchId": BRANCH}
    field.send(a_record(made[2], {"age": "50"}, update="1", **clash))
    with unit_of_work() as session:
        actions.delete(session, SYSTEM, field.project_id, "people", uuid.UUID(made[2]))
    return made


def test_c85_each_field_of_an_entity_filters(reader: Reader, three: list[str]) -> None:
    early, changed, gone = three
    creator = reader.ask(f"__id eq '{changed}'").json["value"][0]["__system"]["creatorId"]
    for condition, found in (
        (None, {early, changed}),
        (f"__id eq '{early}'", {early}),
        (f"__id ne '{early}'", {changed}),
        (f"not (__id eq '{early}')", {changed}),
        ("__system/createdAt lt 2026-03-02", {early}),
        ("year(__system/createdAt) eq 2026 and month(__system/createdAt) eq 3", {early}),
        ("day(__system/createdAt) eq 1 and hour(__system/createdAt) eq 5", {early}),
        ("__system/updatedAt eq null", {early}),
        ("__system/updatedAt ne null and __system/updatedAt le now()", {changed}),
        (f"__system/creatorId eq '{creator}'", {changed}),
        (f"__system/creatorId eq {creator} or __system/conflict eq 'hard'", {changed}),
        ("__system/conflict ne null", set()),
        ("__system/deletedAt ne null", {gone}),
        ("__system/deletedAt eq null", {early, changed}),
        ("__system/deletedAt eq null or __system/conflict eq 'hard'", {early, changed, gone}),
    ):
        assert set(reader.ids(condition)) == found, condition


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("label eq 'x'", 501),
        ("age eq '45'", 501),
        ("full_name eq null", 501),
        ("__system/version eq 1", 501),
        ("contains(__id, 'a')", 501),
        ("__system/creatorId add 1 eq 2", 501),
        ("__id", 400),
        ("__id eq", 400),
        ("__id eq 'not-a-uuid'", 400),
        ("(__system/updatedAt eq null", 400),
        ("__system/createdAt gt 'soon'", 400),
        ("__system/conflict eq 3", 400),
    ],
)
def test_c85_what_is_not_supported_is_501_and_what_is_broken_400(
    reader: Reader, three: list[str], condition: str, status: int
) -> None:
    assert len(three) == 3
    assert reader.ask(condition).status_code == status


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"$orderby": "label"}, 501),
        ({"$orderby": "age"}, 501),
        ({"$orderby": "__id sideways"}, 400),
        ({"$orderby": "__id", "$skiptoken": "x"}, 501),
        ({"$select": "nope"}, 400),
        ({"$select": "__system/nope"}, 400),
        ({"$select": "label,age, __system/version"}, 200),
    ],
)
def test_c85_order_and_columns_that_nobody_knows_are_refused(
    reader: Reader, three: list[str], query: dict[str, str], status: int
) -> None:
    assert len(three) == 3
    assert reader.ask(**query).status_code == status


def test_numbers_below_none_are_none_as_of_records(reader: Reader, three: list[str]) -> None:
    early, changed, _ = three
    assert set(reader.ids(**{"$skip": -1})) == {early, changed}
    assert reader.ids(**{"$top": -1}) == []


def test_entities_come_in_the_order_that_is_asked_for(reader: Reader, three: list[str]) -> None:
    early, changed, gone = three
    assert reader.ids(**{"$orderby": "__system/createdAt"}) == [early, changed]
    assert reader.ids(**{"$orderby": "__system/createdAt desc"}) == [changed, early]
    assert reader.ids(**{"$orderby": "__system/updatedAt asc"}) == [early, changed], "nothing first"
    both = "__system/deletedAt eq null or __system/deletedAt ne null"
    assert reader.ids(both, **{"$orderby": "__system/conflict desc", "$top": 1}) == [gone]


def test_c84_a_filtered_walk_counts_and_pages(reader: Reader) -> None:
    given = [actions.given(None, f"ផ្ទះ {n}", {}) for n in range(7)]
    with unit_of_work() as session:
        actions.create(session, SYSTEM, reader.field.project_id, "people", given)
    other = a_uuid()
    reader.field.send(create(other))
    creator = reader.ask(f"__id eq '{other}'").json["value"][0]["__system"]["creatorId"]
    condition, query = f"__system/creatorId ne '{creator}'", {"$top": 3, "$count": "true"}
    answer = reader.ask(condition, **query)
    seen = [row["__id"] for row in answer.json["value"]]
    assert answer.json["@odata.count"] == 7
    while link := answer.json.get("@odata.nextLink"):
        answer = reader.who.client.get(
            link.removeprefix("http://samleng.test"), headers=reader.who.headers
        )
        seen += [row["__id"] for row in answer.json["value"]]
    assert sorted(seen) == sorted(str(one.entity_id) for one in given)


def test_an_answer_that_depends_on_the_hour_is_not_taken_from_before(
    reader: Reader, three: list[str]
) -> None:
    assert len(three) == 3
    condition = "__system/createdAt lt now()"
    etag = reader.ask(condition).headers["ETag"]
    with clock.frozen(clock.now() + dt.timedelta(minutes=1)):
        assert reader.ask(condition).headers["ETag"] != etag
