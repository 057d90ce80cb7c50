"""A project's share of the disk: what does not fit stays on the phone, and coordinators know."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role
from service.consent import actions as consent
from service.foundation import clock
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake import actions
from service.intake.queries import shares
from tests import statements
from tests.factories import Phone, a_form, a_phone, a_project, an_instance
from tests.web.pages_world import text_of
from tests.web.people import bearer

pytestmark = pytest.mark.each_database

NOW = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
PHOTO = b"x" * 25_000


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    with clock.frozen(NOW):
        return a_phone(client)


def elsewhere(client: FlaskClient) -> Phone:
    with unit_of_work() as session:
        project = a_project(session, "Elsewhere")
        a_form(session, project.id)
        made = accounts.create_app_user(session, SYSTEM, project.id, "ទូរសព្ទ ២", None)
        return Phone(client=client, project_id=project.id, token=made.token, id=made.id)


def give(project_id: int, most: int) -> None:
    with unit_of_work() as session:
        actions.set_share(session, SYSTEM, project_id, most)


def held(project_id: int) -> shares.Share:
    with reading() as session:
        return shares.find_share(session, project_id)


def send(phone: Phone, number: int) -> int:
    xml = an_instance(f"uuid:{number}", photo="a.jpg")
    return phone.send(xml, {"a.jpg": PHOTO}).status_code


def test_s21_what_does_not_fit_a_projects_share_stays_on_the_phone_and_others_go_on(
    phone: Phone, client: FlaskClient
) -> None:
    with clock.frozen(NOW):
        other = elsewhere(client)
        give(phone.project_id, 100_000)
        assert [send(phone, number) for number in range(4)] == [201, 201, 201, 507]
        refused = phone.send(an_instance("uuid:9", photo="a.jpg"), {"a.jpg": PHOTO})
        assert int(refused.headers["Retry-After"]) > 0
        assert b"OpenRosaResponse" in refused.data
        assert "អ្នកសម្របសម្រួល" in refused.get_data(as_text=True)
        assert send(other, 1) == 201
        give(phone.project_id, 0)
    with clock.frozen(NOW + 2 * MINUTE):
        assert send(phone, 9) == 201


def test_s21_a_share_is_counted_without_a_look_for_each_record(phone: Phone, app: Flask) -> None:
    """Nothing is scanned, and nothing written, between two notes of a minute."""
    with clock.frozen(NOW):
        give(phone.project_id, 100_000_000)
        assert send(phone, 0) == 201
        with statements.counted() as seen:
            assert [send(phone, number) for number in range(1, 9)] == [201] * 8
    assert seen
    assert [one for one in seen if "project_shares" in one or "sum(" in one.lower()] == []
    with clock.frozen(NOW + 2 * MINUTE):
        assert send(phone, 20) == 201
    assert 200_000 < held(phone.project_id).held < 300_000


def test_s21_two_processes_differ_by_what_one_counts_in_a_minute(phone: Phone, app: Flask) -> None:
    with clock.frozen(NOW):
        give(phone.project_id, 10_000_000)
        for number in range(20):
            assert send(phone, number) == 201
    noted = held(phone.project_id).held
    assert 20 * len(PHOTO) - noted <= 10_000_000 // 50 + len(PHOTO) * 2


def test_s21_what_was_erased_is_room_again(phone: Phone, app: Flask) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    with clock.frozen(NOW):
        give(phone.project_id, 60_000)
        assert [send(phone, number) for number in range(3)] == [201, 201, 507]
        consent.withdraw_record(SYSTEM, phone.project_id, "uuid:0", "asked", blobs=blobs)
        actions.count_anew()
    with clock.frozen(NOW + 2 * MINUTE):
        assert send(phone, 2) == 201


@pytest.mark.parametrize(("language", "says"), [("en", "used up to 8"), ("km", "បានប្រើអស់ 8")])
def test_s21_coordinators_are_told_at_four_fifths(
    phone: Phone, settings: Settings, language: str, says: str
) -> None:
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    page = f"/p/battambang/?lang={language}"
    with clock.frozen(NOW):
        for number in range(3):
            assert send(phone, number) == 201
    give(phone.project_id, 200_000)
    assert says not in text_of(phone.client.get(page, headers=by))
    give(phone.project_id, 92_000)
    assert says in text_of(phone.client.get(page, headers=by))


def test_s21_what_comes_by_a_program_counts_and_does_not_fit_either(
    phone: Phone, client: FlaskClient, settings: Settings
) -> None:
    by = bearer(settings.secrets.jwt_key, Role.FIELD_WORKER, phone.project_id)
    records = f"/v1/projects/{phone.project_id}/forms/visit/submissions"

    def add(number: int) -> list[int]:
        xml = an_instance(f"uuid:{number}", photo="a.jpg")
        added = client.post(records, data=xml, headers=by)
        file = f"{records}/uuid:{number}/attachments/a.jpg"
        return [added.status_code, client.post(file, data=PHOTO, headers=by).status_code]

    give(phone.project_id, 60_000)
    assert [add(1), add(2)] == [[200, 200], [200, 200]]
    assert add(3) == [200, 507]
    assert send(phone, 4) == 507
