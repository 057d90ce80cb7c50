"""Forms are opened and closed on a page and from the shell; phones see it at once. On both
databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.forms import actions
from service.forms.states import FormState
from service.forms.tables import Form
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from tests.factories import Phone, a_coordinator, an_instance
from tests.web.pages_world import World, sign_in, text_of


@pytest.fixture
def phone(app: Flask, world: World) -> Phone:
    with unit_of_work() as session:
        made = accounts.create_app_user(session, SYSTEM, world.project_id, "បាត់ដំបង 1", None)
    return Phone(
        client=app.test_client(), project_id=world.project_id, token=made.token, id=made.id
    )


def form_of(world: World) -> Form:
    with reading() as session:
        return session.scalars(sa.select(Form).where(Form.project_id == world.project_id)).one()


def offered(phone: Phone) -> list[str]:
    answer = phone.client.get(f"{phone.base}/formList")
    assert answer.status_code == 200
    return [node.text or "" for node in etree.fromstring(answer.data).iter("{*}formID")]


def set_to(client: FlaskClient, world: World, state: str, form_pk: int | None = None) -> int:
    address = f"{world.path}/forms/{form_pk or form_of(world).form_pk}/state"
    return client.post(address, data={"state": state}).status_code


def entries() -> list[dict[str, str]]:
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == "form.set_state")
        return list(session.scalars(query.order_by(AuditEntry.at)))


def test_a_coordinator_closes_a_form_step_by_step_and_opens_it_again(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    assert offered(phone) == ["visit"]
    for state, listed, status in (
        ("closing", [], 201),
        ("closed", [], 409),
        ("open", ["visit"], 201),
    ):
        assert set_to(client, world, state) == 303
        assert offered(phone) == listed, state
        assert phone.send(an_instance()).status_code == status, state
    assert entries() == [
        {"before": "open", "state": "closing"},
        {"before": "closing", "state": "closed"},
        {"before": "closed", "state": "open"},
    ]


def test_the_page_says_what_each_state_means_and_what_has_changed(
    client: FlaskClient, world: World
) -> None:
    page = text_of(client.get(f"{world.path}/forms"))
    assert "សម្ភាសន៍ visit" in page
    assert "Its records are refused, and stay on the phones." in page
    assert "Only one form is open." in page
    answer = client.post(
        f"{world.path}/forms/{form_of(world).form_pk}/state", data={"state": "closing"}
    )
    page = text_of(client.get(answer.headers["Location"]))
    assert "“សម្ភាសន៍ visit” is now: closing." in page
    assert "Only one form is open." not in page
    assert "កំពុងបិទ" in text_of(client.get(f"{world.path}/forms?lang=km"))


def test_the_same_state_again_is_no_second_entry(client: FlaskClient, world: World) -> None:
    assert [set_to(client, world, "closing") for _ in range(2)] == [303, 303]
    assert len(entries()) == 1


def test_no_other_word_is_a_state(client: FlaskClient, world: World) -> None:
    assert set_to(client, world, "gone") == 400
    assert form_of(world).state is FormState.OPEN


def test_a_form_of_another_project_is_none(client: FlaskClient, world: World) -> None:
    assert set_to(client, world, "closed", form_pk=99) == 404


def test_an_analyst_and_dara_may_not(app: Flask, world: World) -> None:
    for email, status in ((world.analyst, 403), (world.stranger, 404)):
        client = app.test_client()
        sign_in(client, email)
        assert client.get(f"{world.path}/forms").status_code == status
        assert set_to(client, world, "closed") == status
    assert form_of(world).state is FormState.OPEN


def test_the_list_and_the_entry_change_together_or_not_at_all(world: World, phone: Phone) -> None:
    chanthou = a_coordinator(world.project_id)

    def closed_and_then_a_fault() -> None:
        with unit_of_work() as session:
            actions.set_state(session, chanthou, world.project_id, "visit", FormState.CLOSED)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        closed_and_then_a_fault()
    assert (offered(phone), entries()) == (["visit"], [])
