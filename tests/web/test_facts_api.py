"""Facts through HTTP: coded, masked, in pages, within the caller's reach; each reading noted."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.actor import SYSTEM, Role
from service.cli.demo import people, phone_xml
from service.facts.actions import listing
from service.facts.actions.listing import KINDS
from service.facts.tables import Need, Person, RightsIssue
from service.foundation import clock
from service.foundation.audit.tables import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests import statements
from tests.factories import Phone, a_form, a_phone
from tests.golden import reference_forms
from tests.web.people import bearer

VERSION = "2026112401"
SENT = 7
RECORDS = Path(__file__).parents[1] / "golden" / "forms"
FOLLOW_UP = "2026112701"
"""The version that its golden record was told by."""


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    """Seven households, counted from their receipt on."""
    made = a_phone(client)
    with unit_of_work() as session:
        xml = reference_forms.converted("needs_assessment")[0].decode()
        a_form(session, made.project_id, "needs_assessment", VERSION, xml=xml)
    for number in range(SENT):
        sent = made.send(phone_xml.instance(people.household(7, number), VERSION))
        assert sent.status_code == 201
    return made


class Reader:
    def __init__(self, phone: Phone, key: str, role: Role, area: str = "") -> None:
        self.client, self.project_id = phone.client, phone.project_id
        self.headers = bearer(key, role, phone.project_id, area)

    def ask(self, kind: str, **query: object) -> TestResponse:
        url = f"/v1/projects/{self.project_id}/facts/{kind}"
        return self.client.get(url, query_string=query, headers=self.headers)

    def all(self, kind: str, limit: int = 1000) -> list[dict[str, Any]]:
        """Every page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
            told = self.ask(kind, **query).json
            assert told is not None
            assert len(told["items"]) <= limit
            found += told["items"]
            cursor = told["cursor"]
            assert told["more"] == (cursor is not None)
            if cursor is None:
                return found


@pytest.fixture
def chanthou(phone: Phone, settings: Settings) -> Reader:
    return Reader(phone, settings.secrets.jwt_key, Role.COORDINATOR)


def rows(table: Any) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_every_fact_is_on_one_page_and_on_one_alone(chanthou: Reader, limit: int) -> None:
    persons, needs = chanthou.all("persons", limit), chanthou.all("needs", limit)
    keys = {(one["instance_id"], one["ordinal"]) for one in persons}
    assert len(keys) == len(persons) == rows(Person)
    assert len(needs) == rows(Need)
    assert {one["disability"] for one in persons} <= {"yes", "no", "indeterminate", "not_asked"}
    assert {one["instance_id"] for one in persons} == {
        people.household(7, number).instance_id for number in range(SENT)
    }


def test_no_fact_says_a_name_a_place_in_words_or_whose_phone_it_was(chanthou: Reader) -> None:
    told = json.dumps([chanthou.all(kind) for kind in KINDS], ensure_ascii=False)
    for number in range(SENT):
        for person in people.household(7, number).answers["person"]:
            assert person.get("name", "no name was told") not in told
    for column in ("submitter_id", "household_key", "code_digest", "submission_pk"):
        assert column not in told


def test_what_nobody_may_use_is_on_no_page(chanthou: Reader) -> None:
    with unit_of_work() as session:
        session.execute(sa.update(Person).values(scopes=0))
    assert chanthou.all("persons") == []


def test_a_role_bound_to_an_area_reads_its_facts(
    phone: Phone, chanthou: Reader, settings: Settings
) -> None:
    by_place: dict[str, int] = {}
    for one in chanthou.all("persons"):
        by_place[one["adm1"]] = by_place.get(one["adm1"], 0) + 1
    assert len(by_place) > 1
    for area, number in by_place.items():
        bound = Reader(phone, settings.secrets.jwt_key, Role.REVIEWER, area)
        assert len(bound.all("persons")) == number


def _told_violence(project_id: int) -> None:
    """One breach of each kind, beside the first household."""
    with unit_of_work() as session:
        beside = session.scalars(sa.select(Person).order_by(Person.submission_pk)).first()
        assert beside is not None
        shared = {
            column.name: getattr(beside, column.name)
            for column in RightsIssue.__table__.columns
            if hasattr(beside, column.name) and column.name != "ordinal"
        }
        for ordinal, code in enumerate(("stigma", "violence_abuse"), start=90):
            session.add(
                RightsIssue(
                    **shared, ordinal=ordinal, issue_code=code, crpd=[16],
                    is_restricted=code == "violence_abuse", reporter="self", place_type="home",
                    duty_bearer="village", safe_to_raise="no", wants_action="no",
                    status="reported", raised_with="not_asked",
                )
            )  # fmt: skip


def test_violence_is_shown_to_those_alone_who_may_see_who_somebody_is(
    phone: Phone, chanthou: Reader, settings: Settings
) -> None:
    _told_violence(phone.project_id)
    reviewer = Reader(phone, settings.secrets.jwt_key, Role.REVIEWER)
    for who, seen in ((chanthou, ["stigma", "violence_abuse"]), (reviewer, ["stigma"])):
        told = who.all("rights-issues")
        assert [one["issue_code"] for one in told if one["ordinal"] >= 90] == seen
    assert not any(one["is_restricted"] for one in reviewer.all("rights-issues"))


@pytest.mark.parametrize(
    "cursor",
    ["x", "", base64.urlsafe_b64encode(b"[1]").decode(), base64.urlsafe_b64encode(b"{}").decode(),
     base64.urlsafe_b64encode(json.dumps(["ff" * 16, "0"]).encode()).decode(),
     base64.urlsafe_b64encode(json.dumps(["ff" * 16]).encode()).decode()],
)  # fmt: skip
def test_a_cursor_that_nobody_was_answered_is_told_so(chanthou: Reader, cursor: str) -> None:
    assert chanthou.ask("persons", cursor=cursor).status_code == 400


def _forged(*key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


@pytest.mark.parametrize(
    ("kind", "cursor"),
    [
        ("persons", base64.urlsafe_b64encode(b"[" * 5000).decode()),
        ("persons", _forged("ff" * 16, 2**70)),
        ("persons", _forged("ff" * 16, -(2**63) - 1)),
        ("persons", _forged("ff" * 16, True)),
        ("persons", _forged("ff" * 16, 1.5)),
        ("needs", _forged("ff" * 16, 0, "a\0b")),
        ("needs", _forged("ff" * 16, 0, "\ud800")),
        ("needs", _forged(["ff" * 16], 0, "a")),
        ("persons", "ក" * 20),
    ],
)
def test_a_forged_cursor_breaks_nothing(chanthou: Reader, kind: str, cursor: str) -> None:
    assert chanthou.ask(kind, cursor=cursor).status_code == 400


def test_s44_consent_is_over_by_the_day_of_those_who_gave_it(chanthou: Reader) -> None:
    """Midnight comes to them seven hours before it comes to the clock of the server."""
    last = dt.date(2026, 11, 24)
    with unit_of_work() as session:
        session.execute(sa.update(Person).values(scopes_until=last))
    for hour, is_there in ((16, True), (17, False)):
        moment = dt.datetime(2026, 11, 24, hour, 30, tzinfo=dt.UTC)
        with reading() as session, clock.frozen(moment):
            page = listing.list_facts(session, SYSTEM, chanthou.project_id, "persons", [], 100)
        assert bool(page.items) is is_there


def test_another_kind_is_not_there(chanthou: Reader) -> None:
    assert chanthou.ask("names").status_code == 404
    assert chanthou.ask("persons", limit=1001).status_code == 400


@pytest.mark.each_database
def test_each_reading_is_an_entry_and_a_page_costs_the_same_however_many_rows(
    chanthou: Reader,
) -> None:
    with statements.counted() as few:
        chanthou.ask("persons", limit=1)
    with statements.counted() as many:
        chanthou.ask("persons", limit=1000)
    assert len(few) == len(many)
    with reading() as session:
        noted = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "facts.read"))
        entries = [(one.subject, one.details["rows"]) for one in noted]
    assert entries == [("persons", 1), ("persons", rows(Person))]


def test_services_are_the_follow_ups_by_which_somebody_was_served(
    client: FlaskClient, settings: Settings
) -> None:
    phone = a_phone(client)
    with unit_of_work() as session:
        xml = reference_forms.converted("follow_up")[0].decode()
        a_form(session, phone.project_id, "follow_up", FOLLOW_UP, xml=xml)
    record = (RECORDS / "follow_up.xml").read_bytes()
    assert phone.send(record).status_code in (201, 202)
    chanthou = Reader(phone, settings.secrets.jwt_key, Role.COORDINATOR)
    told = chanthou.all("follow-ups")
    assert [(one["need_code"], one["status"]) for one in told] == [
        ("reh_prosthesis", "met"), ("psy_peer", "partly_met"), ("reh_wheelchair", "unmet"),
    ]  # fmt: skip
    assert [one["need_code"] for one in chanthou.all("services", 1)] == ["reh_prosthesis"]
