"""For how long things are kept: the page tells what goes next, and asks before it is more."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role
from service.consent import actions, queries
from service.consent.periods import Periods
from service.consent.tables import LegalHold, Withdrawal
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Submission
from tests.factories import Phone, a_form
from tests.survivors import FORM_ID, a_survivors_phone, form_xml, told
from tests.web.pages_world import PASSWORD, a_world, sign_in, text_of
from tests.web.people import bearer

PAGE = "/p/battambang/kept"


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_survivors_phone(client)


def chanthou(phone: Phone, settings: Settings) -> dict[str, str]:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def periods() -> Periods:
    with reading() as session:
        return queries.find_periods(session, 1)[0]


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "24 months"), ("km", "24 ខែ")],
)
def test_the_page_tells_what_goes_in_the_next_month(
    phone: Phone, app: Flask, settings: Settings, language: str, says: str
) -> None:
    start = clock.now()
    with clock.frozen(start - dt.timedelta(days=710)):
        for number in range(3):
            assert phone.send(told(f"uuid:{number}", name="ក-canary")).status_code == 201
    shown = phone.client.get(f"{PAGE}?lang={language}", headers=chanthou(phone, settings))
    assert shown.status_code == 200
    text = text_of(shown)
    assert says in text
    assert "សម្ភាសន៍ survivor 3" in text
    assert "canary" not in text


def test_a_longer_period_is_set_at_once_and_a_shorter_one_is_asked_about(
    phone: Phone, settings: Settings
) -> None:
    by, start = chanthou(phone, settings), clock.now()
    with clock.frozen(start - dt.timedelta(days=300)):
        assert phone.send(told("uuid:1")).status_code == 201
    longer = {"records_months": "36", "quarantine_days": "180"}
    assert phone.client.post(PAGE, data=longer, headers=by).status_code == 303
    assert periods() == Periods(records_months=36)
    shorter = {"records_months": "6", "quarantine_days": "180"}
    asked = phone.client.post(PAGE, data=shorter, headers=by)
    assert asked.status_code == 200
    assert "1 records, and 0 that could not be read" in text_of(asked)
    assert periods() == Periods(records_months=36)
    sure = {**shorter, "confirmed": "yes"}
    assert phone.client.post(PAGE, data=sure, headers=by).status_code == 303
    assert periods() == Periods(records_months=6)
    with reading() as session:
        wrote = sa.select(sa.func.count()).where(AuditEntry.action == "retention.set")
        assert session.scalar(wrote) == 2


@pytest.mark.parametrize("months", ["0", "121", "-1", "many", ""])
def test_what_is_no_period_is_told(phone: Phone, settings: Settings, months: str) -> None:
    form = {"records_months": months, "quarantine_days": "180", "confirmed": "yes"}
    answer = phone.client.post(PAGE, data=form, headers=chanthou(phone, settings))
    assert answer.status_code == 400
    assert periods() == Periods()


def test_what_was_told_may_have_a_shorter_period_of_its_own(
    phone: Phone, settings: Settings
) -> None:
    by, start = chanthou(phone, settings), clock.now()
    with clock.frozen(start - dt.timedelta(days=300)):
        assert phone.send(told("uuid:1", wish="words")).status_code == 201
    form = {"records_months": "24", "testimony_months": "6", "quarantine_days": "180"}
    for language, says in (("en", "Of 1 records words, pictures"), ("km", "កំណត់ត្រា 1 នឹងបាត់")):
        asked = phone.client.post(f"{PAGE}?lang={language}", data=form, headers=by)
        assert asked.status_code == 200
        assert says in text_of(asked)
    assert periods() == Periods()
    sure = {**form, "confirmed": "yes"}
    assert phone.client.post(PAGE, data=sure, headers=by).status_code == 303
    assert periods() == Periods(testimony_months=6)
    shown = text_of(phone.client.get(f"{PAGE}?lang=en", headers=by))
    assert "Of those: words, pictures, voices" in shown
    assert "6 months" in shown
    for wrong in ("25", "0", "many"):
        answer = phone.client.post(PAGE, data={**sure, "testimony_months": wrong}, headers=by)
        assert answer.status_code == 400, wrong
    assert periods() == Periods(testimony_months=6)
    longer = {**form, "testimony_months": ""}
    assert phone.client.post(PAGE, data=longer, headers=by).status_code == 303
    assert periods() == Periods()


def test_dara_and_the_administrator_see_and_set_nothing(phone: Phone, settings: Settings) -> None:
    for role in (Role.REVIEWER, Role.ADVOCATE, Role.ANALYST, Role.ADMIN):
        by = bearer(settings.secrets.jwt_key, role, phone.project_id)
        assert phone.client.get(PAGE, headers=by).status_code in (403, 404)
        form = {"records_months": "1", "quarantine_days": "7", "confirmed": "yes"}
        assert phone.client.post(PAGE, data=form, headers=by).status_code in (403, 404)
    assert periods() == Periods()


@pytest.mark.parametrize(("language", "says"), [("en", "kept for its period"), ("km", "ផុតរយៈពេល")])
def test_the_page_of_a_record_that_is_over_says_so(
    phone: Phone, app: Flask, settings: Settings, language: str, says: str
) -> None:
    now, blobs = clock.now(), app.extensions["samleng.blobs"]
    with clock.frozen(now - dt.timedelta(days=800)):
        assert phone.send(told("uuid:1", name="ក-canary")).status_code == 201
    for days in range(40, -1, -5):
        with clock.frozen(now - dt.timedelta(days=days)):
            actions.erase_what_is_over(phone.project_id, blobs)
    with reading() as session:
        record = session.scalars(sa.select(Submission.submission_pk)).one()
        withdrawal = session.scalars(sa.select(Withdrawal.withdrawal_pk)).one()
    by = chanthou(phone, settings)
    for path in (f"submissions/{record}", f"withdrawals/{withdrawal}", "withdrawals"):
        shown = phone.client.get(f"/p/battambang/{path}?lang={language}", headers=by)
        assert shown.status_code == 200, path
        assert "canary" not in text_of(shown)
        if path.startswith("submissions/"):
            assert says in text_of(shown)
    listed = phone.client.get("/p/battambang/submissions", headers=by)
    assert str(record) not in listed.get_data(as_text=True)


def test_a_hold_is_asked_for_and_agreed_to_by_another_on_the_page(
    client: FlaskClient,
) -> None:
    world = a_world()
    with unit_of_work() as session:
        a_form(session, world.project_id, FORM_ID, xml=form_xml())
        made = accounts.create_app_user(session, SYSTEM, world.project_id, "ទូរសព្ទ", None)
        second = accounts.create_user(
            session, SYSTEM, "bopha@example.org", Role.COORDINATOR, world.project_id, PASSWORD
        )
    assert second.id
    anonymous = client.application.test_client()
    phone = Phone(client=anonymous, project_id=world.project_id, token=made.token, id=made.id)
    assert phone.send(told("uuid:1", name="ក-canary")).status_code == 201
    sign_in(client, world.coordinator)
    page = f"{world.path}/holds?lang=en"
    assert "No record is on hold" in text_of(client.get(page))
    until = (clock.today() + dt.timedelta(days=90)).isoformat()
    form = {"record": "uuid:1", "why": "court", "until": until}
    for wrong in ({"record": "uuid:none"}, {"why": "because"}, {"until": "2020-01-01"}):
        assert client.post(page, data={**form, **wrong}).status_code in (400, 404)
    assert client.post(page, data=form).status_code == 303
    shown = client.get(page)
    assert "waits for a second person" in text_of(shown)
    assert "canary" not in shown.get_data(as_text=True)
    assert "/agree" not in shown.get_data(as_text=True), "not to whoever asked"
    with reading() as session:
        hold = session.scalar(sa.select(LegalHold.hold_pk))
    alone = client.post(f"{world.path}/holds/{hold}/agree?lang=en")
    assert alone.status_code == 409
    assert "second person" in text_of(alone)
    other = client.application.test_client()
    sign_in(other, "bopha@example.org")
    enrolled = sign_in(other, "bopha@example.org")
    assert enrolled.status_code == 303
    assert f"/holds/{hold}/agree" in other.get(page).get_data(as_text=True)
    assert other.post(f"{world.path}/holds/{hold}/agree").status_code == 303
    assert "on hold" in text_of(other.get(page))
    assert client.post(f"{world.path}/holds/{hold}/end").status_code == 303
    assert "over" in text_of(client.get(page))
    assert client.post(f"{world.path}/holds/{hold}/end").status_code == 404
