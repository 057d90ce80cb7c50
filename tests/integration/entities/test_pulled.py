"""Lists as apps of JSON sync pull them: what changed, what to forget, and nothing of others."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import sqlalchemy as sa
from flask import Flask

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role
from service.consent import actions as taking_back
from service.entities import actions
from service.entities.actions import Given
from service.entities.queries import changes, holders
from service.forms.entity_lists import Telling
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Submission
from tests.entity_forms import a_record, a_uuid
from tests.factories import Phone
from tests.integration.entities.conftest import Field
from tests.integration.entities.test_on_phones import (
    allow,
    carried,
    consent,
    create,
    follow_up,
    named,
)
from tests.statements import counted
from tests.web.test_giving_roles import Person

__all__ = ["follow_up", "named"]  # fixtures


class App:
    """One that speaks JSON, with a phone's token: what it holds is what it was told."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.cursor: str | None = None
        self.held: dict[str, dict[str, Any]] = {}
        self.changes: list[dict[str, Any]] = []
        self.pages = 0

    def get(self, **query: Any) -> Any:
        if self.cursor is not None:
            query["cursor"] = self.cursor
        return self.phone.client.get(
            f"/v1/projects/{self.phone.project_id}/sync",
            query_string=query,
            headers={"Authorization": f"Bearer {self.phone.token}"},
        )

    def pull(self, **query: Any) -> list[dict[str, Any]]:
        """Follow the pages, and do what they say; answers what was told of entities."""
        self.changes, self.pages, more = [], 0, True
        while more:
            answer = self.get(**query)
            assert answer.status_code == 200, answer.data
            assert answer.headers["Cache-Control"] == "no-store"
            self.cursor, more, self.pages = (
                answer.json["cursor"],
                answer.json["more"],
                self.pages + 1,
            )
            self.changes += [
                one for one in answer.json["changes"] if one["type"].startswith("entity")
            ]
        for one in self.changes:
            self._take(one)
        return self.changes

    def _take(self, one: dict[str, Any]) -> None:
        if one["type"] == "entity_list":
            if one["forget"]:
                self.held = {k: v for k, v in self.held.items() if v["list"] != one["list"]}
        elif one["status"] == "removed":
            assert (one["entity_id"], one["label"], one["data"]) == (None, None, None)
            self.held.pop(one["id"], None)
        else:
            self.held[one["id"]] = one

    @property
    def names(self) -> list[str]:
        return sorted(one["entity_id"] for one in self.held.values())

    def removed(self) -> int:
        return len([one for one in self.changes if one.get("status") == "removed"])


def test_what_is_made_changed_and_deleted_is_told_and_then_nothing(follow_up: Field) -> None:
    one, app = a_uuid(), App(follow_up.phone)
    follow_up.send(create(one, "សុខ", name="សុខ", age="44"))
    told_list, told = app.pull()
    assert told_list == {
        "type": "entity_list", "list": "people", "forget": True,
        "properties": ["full_name", "age", "village"],
    }  # fmt: skip
    assert told == {
        "type": "entity", "list": "people", "id": told["id"], "status": "current",
        "entity_id": one, "entity_version": 1, "label": "សុខ",
        "data": {"full_name": "សុខ", "age": "44"},
    }  # fmt: skip
    cursor = app.cursor
    assert app.pull() == []
    assert app.cursor == cursor
    follow_up.send(a_record(one, {"age": "45"}, update="1", baseVersion="1"))
    [changed] = [one for one in app.pull() if one["entity_version"] == 2]
    assert (changed["id"], changed["data"]["age"]) == (told["id"], "45")
    with unit_of_work() as session:
        actions.delete(session, SYSTEM, follow_up.project_id, "people", uuid.UUID(one))
    [gone] = app.pull()
    assert (gone["id"], gone["status"]) == (told["id"], "removed")
    with unit_of_work() as session:
        actions.restore(session, SYSTEM, follow_up.project_id, "people", uuid.UUID(one))
        actions.add_property(session, SYSTEM, follow_up.project_id, "people", "kin")
    assert [one["type"] for one in app.pull()] == ["entity_list", "entity"]
    assert app.changes[0]["properties"][-1] == "kin"
    assert app.changes[0]["forget"] is False
    assert app.names == [one]


def test_s45_who_took_it_back_is_told_as_removed(follow_up: Field) -> None:
    one, other, first, app = a_uuid(), a_uuid(), f"uuid:{a_uuid()}", App(follow_up.phone)
    follow_up.send(
        a_record(one, {"name": "ស"}, label="ស", create="1", instance_id=first), create(other)
    )
    app.pull()
    assert app.names == sorted([one, other])
    taking_back.withdraw_record(
        SYSTEM, follow_up.project_id, first, "person_asked", blobs=follow_up.blobs
    )
    app.pull()
    assert app.names == [other]
    assert App(follow_up.phone).pull()[1]["entity_id"] == other  # to others it never was


def test_an_app_holds_names_while_a_coordinator_allows_it(named: Field) -> None:
    one, app = a_uuid(), App(named.phone)
    named.send(create(one, "ចន្ធូ"))
    consent(named, one, "store", "contact")
    assert app.pull() == []
    allow(named)
    app.pull()
    assert app.names == [one]
    with reading() as session:
        [holder] = holders.list_holders(session, named.project_id, app_user_id=named.phone.id)
    assert holder.fetched_at is not None  # what it held, if it is lost
    with unit_of_work() as session:
        actions.end_phone(session, SYSTEM, named.project_id, "people", named.phone.id)
    [told] = app.pull()
    assert (told["type"], told["forget"], told["properties"]) == ("entity_list", True, None)
    assert app.names == []
    assert app.pull() == []


def test_who_refuses_to_be_contacted_is_told_as_removed(named: Field) -> None:
    one, refused, app = a_uuid(), a_uuid(), App(named.phone)
    named.send(create(one), create(refused))
    consent(named, one, "store", "contact")
    consent(named, refused, "store")
    allow(named)
    app.pull()
    assert (app.names, app.removed()) == ([one], 0)
    consent(named, one, "store")
    app.pull()
    assert (app.names, app.removed()) == ([], 1)
    consent(named, one, "store", "contact")
    app.pull()
    assert app.names == [one]


def _move(field: Field, entity_id: str, place: str) -> None:
    found = field.find(entity_id)
    assert found is not None
    with unit_of_work() as session:
        here = Submission.record_pk == found.record_pk
        session.execute(sa.update(Submission).where(here).values(place=place))
        changes.touch(session, field.project_id, [found])


def test_who_moves_out_of_the_area_is_told_as_removed(named: Field) -> None:
    here, there, app = a_uuid(), a_uuid(), App(named.phone)
    named.send(create(here), create(there))
    for one, place in ((here, "020101"), (there, "240101")):
        consent(named, one, "store", "contact")
        _move(named, one, place)
    allow(named, "02")
    app.pull()
    assert (app.names, app.removed()) == ([here], 0)
    _move(named, here, "240102")
    app.pull()
    assert (app.names, app.removed()) == ([], 1)
    allow(named, "24")  # another area is another list
    app.pull()
    assert app.names == sorted([here, there])


def test_consent_that_ends_with_a_day_is_told_on_the_next(named: Field) -> None:
    today = actions.day_of_consent()
    lasting, ending, app = a_uuid(), [a_uuid() for _ in range(3)], App(named.phone)
    named.send(create(lasting), *map(create, ending))
    consent(named, lasting, "store", "contact")
    for one in ending:
        consent(named, one, "store", "contact", until=today)
    allow(named)
    app.pull()
    few = App(named.phone)
    few.pull()
    assert len(app.names) == 4
    with clock.frozen(clock.now() + dt.timedelta(days=1)):
        app.pull()
        assert (app.names, app.removed()) == ([lasting], 3)
        assert app.pull() == []
        few.pull(limit=2)  # more than a page: the list is told anew
        assert (few.names, few.removed()) == ([lasting], 0)


def _given(count: int) -> list[Given]:
    return [actions.given(None, f"ផ្ទះ {n}", {}) for n in range(count)]


def _make(field: Field, *given: Given) -> None:
    with unit_of_work() as session:
        actions.create(session, SYSTEM, field.project_id, "people", given)


def test_a_walk_in_pages_tells_all_and_each_once(follow_up: Field) -> None:
    given, app = _given(25), App(follow_up.phone)
    _make(follow_up, *given)
    told = app.pull(limit=7)
    assert app.pages == 4
    names = [one["entity_id"] for one in told if one["type"] == "entity"]
    assert sorted(names) == sorted(str(one.entity_id) for one in given)
    assert app.pull(limit=7) == []


def test_what_changes_during_a_walk_is_told_at_its_end(follow_up: Field) -> None:
    given, app = _given(6), App(follow_up.phone)
    _make(follow_up, *given)
    first = app.get(limit=2)
    app.cursor = first.json["cursor"]
    for one in first.json["changes"]:
        if one["type"].startswith("entity"):
            app._take(one)
    with unit_of_work() as session:
        for one in given:
            actions.delete(session, SYSTEM, follow_up.project_id, "people", one.entity_id)
    assert len(app.names) == 2
    app.pull(limit=2)
    assert app.names == []


def test_of_those_it_never_could_hold_an_app_is_told_nothing(named: Field) -> None:
    app = App(named.phone)
    allow(named, "02")
    app.pull()
    hidden = a_uuid()
    named.send(create(hidden))
    consent(named, hidden, "store")
    assert app.pull() == []


def test_a_change_that_is_committed_later_is_not_passed_over(follow_up: Field) -> None:
    """Two at once: the second waits for the first, or its number would be seen before."""
    app = App(follow_up.phone)
    app.pull()
    one, two = _given(2)
    second = threading.Thread(target=_make, args=(follow_up, two))
    with unit_of_work() as session:
        actions.create(session, SYSTEM, follow_up.project_id, "people", [one])
        second.start()
        second.join(0.3)
        assert app.pull() == []
        assert second.is_alive()
    second.join()
    app.pull()
    assert app.names == sorted([str(one.entity_id), str(two.entity_id)])


def test_a_cursor_is_its_callers_and_its_projects(follow_up: Field) -> None:
    mine = App(follow_up.phone)
    mine.pull()
    with unit_of_work() as session:
        made = accounts.create_app_user(session, SYSTEM, follow_up.project_id, "ដារ៉ា", None)
    here = follow_up.phone
    dara = Phone(client=here.client, project_id=here.project_id, token=made.token, id=made.id)
    with unit_of_work() as session:
        elsewhere = accounts.create_project(session, SYSTEM, "ផ្សេង")
        made = accounts.create_app_user(session, SYSTEM, elsewhere.id, "បី", None)
    other = Phone(client=here.client, project_id=elsewhere.id, token=made.token, id=made.id)
    for phone in (dara, other):
        theirs = App(phone)
        theirs.cursor = mine.cursor
        assert theirs.get().status_code == 400


def test_no_name_goes_to_whoever_may_not_hold_it(
    named: Field, app: Flask, settings: Settings
) -> None:
    one = a_uuid()
    named.send(create(one, "ចន្ធូ"))
    consent(named, one, "store", "contact")
    allow(named)
    with unit_of_work() as session:
        other = accounts.create_app_user(session, SYSTEM, named.project_id, "ពីរ", None)
        bound = accounts.create_app_user(session, SYSTEM, named.project_id, "បី", ["register"])
        actions.allow_phone(session, SYSTEM, named.project_id, "people", bound.id)
    arun = Person(app, settings.secrets.jwt_key, Role.FIELD_WORKER, named.project_id)
    told = [
        named.phone.client.get(
            f"/v1/projects/{named.project_id}/sync",
            headers={"Authorization": f"Bearer {made.token}"},
        )
        for made in (other, bound)  # not allowed; with no form that reads the list
    ]
    told.append(arun.client.get(f"/v1/projects/{named.project_id}/sync", headers=arun.headers))
    for answer in told:
        assert answer.status_code == 200
        assert "ចន្ធូ" not in answer.text
        assert one not in answer.text
    mine = App(named.phone)
    assert [each["label"] for each in mine.pull() if each["type"] == "entity"] == ["ចន្ធូ"]


def test_a_list_that_tells_of_somebody_else_is_told_anew(named: Field) -> None:
    one, app = a_uuid(), App(named.phone)
    named.send(create(one))
    allow(named)
    app.pull()
    assert app.names == []  # nobody was asked
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, named.project_id, "people", Telling.NOBODY)
    app.pull()
    assert app.names == [one]


def test_a_page_takes_as_many_statements_however_many_change(follow_up: Field) -> None:
    def asked() -> int:
        app = App(follow_up.phone)
        with counted() as seen:
            app.pull(limit=500)
        return len(seen)

    _make(follow_up, *_given(5))
    asked()
    few = asked()
    _make(follow_up, *_given(200))
    assert asked() == few


def test_s16_names_that_an_app_pulls_leave_an_entry(named: Field) -> None:
    one, app = a_uuid(), App(named.phone)
    named.send(create(one))
    consent(named, one, "store", "contact")
    allow(named)
    app.pull()
    assert app.names == [one]
    told = (named.phone.id, {"purpose": "contact", "records": 1})
    assert carried() == [told]
    app.pull()
    assert carried() == [told], "nothing new was told"
