"""What is not approved yet, and what was rejected, counts as the project says; every figure says
how. Through HTTP, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role
from service.facts.counting import PAUSE
from service.facts.tables import CountingPolicy
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests.conftest import drain
from tests.factories import Phone
from tests.statements import counted
from tests.survivors import a_survivors_phone, told
from tests.web.pages_world import text_of
from tests.web.people import bearer
from tests.web.test_reviewing import decide

Headers = Mapping[str, str]
PAGE = "/p/battambang/counting?lang=en"


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_survivors_phone(client)


@pytest.fixture
def chanthou(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def table(phone: Phone, by: Headers) -> dict[str, Any]:
    address = f"/v1/projects/{phone.project_id}/indicators/I01?audience=internal"
    answer = phone.client.get(address, headers=by)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def total(phone: Phone, by: Headers) -> int:
    return int(table(phone, by)["totals"][0]["n"])


def choose(phone: Phone, by: Headers, counting: str) -> int:
    return phone.client.post(PAGE, data={"counting": counting}, headers=by).status_code


def a_month_later() -> None:
    with unit_of_work() as session:
        session.execute(sa.update(CountingPolicy).values(changed_at=clock.now() - PAUSE))


def test_rejected_records_are_never_counted_and_others_as_the_project_says(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    for n in range(6):
        phone.send(told(f"uuid:{n}"))
    assert total(phone, chanthou) == 6
    decide(phone, chanthou, "uuid:0", "approved")
    decide(phone, chanthou, "uuid:1", "rejected", reasons=["practice"])
    assert total(phone, chanthou) == 5
    said = table(phone, chanthou)
    assert said["counts"] == "all_but_rejected"
    assert "all records but those that review rejected" in said["note"]["en"]
    assert choose(phone, chanthou, "approved_only") == 303
    assert total(phone, chanthou) == 1
    said = table(phone, chanthou)
    assert said["counts"] == "approved_only"
    assert "that review approved" in said["note"]["en"]
    assert "បានយល់ព្រម" in said["note"]["km"]
    shown = text_of(
        phone.client.get("/p/battambang/figures?indicator=I01&lang=en", headers=chanthou)
    )
    assert "Approved records alone" in shown
    phone.send(told("uuid:new", edits="uuid:0", size="5"))
    drain(app)
    assert total(phone, chanthou) == 0, "an edit is to be looked at again"


def test_it_is_changed_once_in_a_month_with_an_entry_and_by_a_coordinator_alone(
    phone: Phone, settings: Settings, chanthou: Headers
) -> None:
    key = settings.secrets.jwt_key
    assert choose(phone, chanthou, "sideways") == 400
    assert choose(phone, chanthou, "all_but_rejected") == 303, "as it is already"
    assert choose(phone, chanthou, "approved_only") == 303
    again = phone.client.post(PAGE, data={"counting": "all_but_rejected"}, headers=chanthou)
    assert again.status_code == 409
    assert "less than 30 days ago" in text_of(again)
    a_month_later()
    assert choose(phone, chanthou, "all_but_rejected") == 303
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == "figures.counting")
        told_ = list(session.scalars(query))
    assert [one["counting"] for one in told_] == ["approved_only", "all_but_rejected"]
    for role in (Role.REVIEWER, Role.ANALYST):
        assert choose(phone, bearer(key, role, phone.project_id), "approved_only") == 403
    bound = bearer(key, Role.COORDINATOR, phone.project_id, "02")
    assert choose(phone, bound, "approved_only") == 403


def test_programs_read_it_and_people_change_it_with_a_fresh_code(
    phone: Phone, settings: Settings, chanthou: Headers
) -> None:
    address = f"/v1/projects/{phone.project_id}/counting"
    assert phone.client.get(address, headers=chanthou).get_json() == {
        "counting": "all_but_rejected", "changed_at": None,
    }  # fmt: skip
    stale = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id, is_fresh=False)
    wanted = {"counting": "approved_only"}
    assert phone.client.patch(address, json=wanted, headers=stale).status_code == 403
    assert phone.client.patch(address, json={"counting": "x"}, headers=chanthou).status_code == 400
    done = phone.client.patch(address, json=wanted, headers=chanthou)
    assert (done.status_code, done.get_json()["counting"]) == (200, "approved_only")
    assert (
        phone.client.patch(
            address, json={"counting": "all_but_rejected"}, headers=chanthou
        ).status_code
        == 409
    )


@pytest.mark.each_database
def test_no_statement_more_a_figure_whatever_is_decided(phone: Phone, chanthou: Headers) -> None:
    def asked() -> int:
        with counted() as seen:
            table(phone, chanthou)
        return len(seen)

    phone.send(told("uuid:0"))
    table(phone, chanthou)
    few = asked()
    phone.send(told("uuid:1"))
    followed = asked()
    for n in range(2, 6):
        phone.send(told(f"uuid:{n}"))
        decide(phone, chanthou, f"uuid:{n}", "approved")
    assert asked() == followed, "what changed is read together"
    assert asked() == few < followed
