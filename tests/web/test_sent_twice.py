"""A form that is sent twice (a double tap, a page loaded again) makes one thing, or says so.

Phones: `test_pages_phones.py`. Scripts: `test_api_tokens.py`.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM
from service.accounts.tables import SetupLink, User
from service.consent.requests import Status
from service.consent.tables import Withdrawal
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from tests.factories import Phone, a_form
from tests.survivors import FORM_ID, form_xml, told
from tests.web.pages_world import World, a_world, sign_in, text_of


@pytest.fixture
def world(client: FlaskClient) -> World:
    made = a_world()
    sign_in(client, made.coordinator)
    client.get("/account?lang=en")
    return made


def withdrawals() -> list[Status]:
    with reading() as session:
        return list(session.scalars(sa.select(Withdrawal.state)))


def test_an_invitation_sent_twice_invites_one_person_by_one_link(
    client: FlaskClient, world: World
) -> None:
    """The second page shows the link that works, for it is the one that the reader sees."""
    form = {"email": "bopha@example.org", "name": "បុប្ផា", "role": "reviewer", "where": "all"}
    pages = [client.post(f"{world.path}/people/new", data=form) for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 200]
    with reading() as session:
        people = session.scalars(sa.select(User.id).where(User.email == form["email"])).all()
        open_links = sa.select(sa.func.count()).where(SetupLink.used_at.is_(None))
        assert len(people) == 1
        assert session.scalar(open_links.where(SetupLink.user_id == people[0])) == 1
    links = [next(w for w in text_of(page).split() if "/setup/" in w) for page in pages]
    anonymous = client.application.test_client()
    assert [anonymous.get(link.partition("test")[2]).status_code for link in links] == [404, 200]


def test_a_record_taken_back_twice_is_one_withdrawal_and_says_so(
    client: FlaskClient, world: World
) -> None:
    with unit_of_work() as session:
        a_form(session, world.project_id, FORM_ID, xml=form_xml())
        made = actions.create_app_user(session, SYSTEM, world.project_id, "ទូរសព្ទ", None)
    phone = Phone(client=client.application.test_client(), project_id=world.project_id,
                  token=made.token, id=made.id)  # fmt: skip
    assert phone.send(told("uuid:1")).status_code == 201
    form = {"way": "record", "record": "uuid:1", "reason": "asked", "extent": "all"}
    first, second = (client.post(f"{world.path}/withdrawals", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 404)
    assert "There is no such record here" in text_of(second)
    assert withdrawals() == [Status.DONE]


@pytest.mark.parametrize("is_public", [True, False])
def test_a_short_code_given_twice_waits_once(
    client: FlaskClient, world: World, is_public: bool
) -> None:
    if is_public:
        address, form = "/withdraw/battambang?lang=en", {"code": "BTB-7731"}
        asking = client.application.test_client()
    else:
        address, form = f"{world.path}/withdrawals", {"way": "code", "code": "BTB-7731"}
        asking = client
    answers = [asking.post(address, data=form) for _ in range(2)]
    assert text_of(answers[0]) == text_of(answers[1])
    assert answers[0].headers.get("Location") == answers[1].headers.get("Location")
    assert withdrawals() == [Status.WAITING]
    with reading() as session:
        asked = sa.select(sa.func.count()).where(AuditEntry.action == "consent.ask")
        assert session.scalar(asked) == 1


def test_what_others_give_waits_beside_it_and_each_sees_her_own(
    client: FlaskClient, world: World
) -> None:
    form = {"way": "code", "code": "BTB-7731"}
    client.application.test_client().post("/withdraw/battambang", data={"code": "BTB-7731"})
    answer = client.post(f"{world.path}/withdrawals", data=form)
    assert client.get(answer.headers["Location"]).status_code == 200
    assert withdrawals() == [Status.WAITING, Status.WAITING]
    client.post(f"{answer.headers['Location']}/decide", data={"agree": "no"})
    client.post(f"{world.path}/withdrawals", data=form)
    assert sorted(withdrawals()) == [Status.REFUSED, Status.WAITING, Status.WAITING]
