"""Phones in the hands of people: bound to an installation, renewed, ended, counted, refused."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions, queries
from service.accounts.actor import SYSTEM
from service.accounts.queries import devices
from service.accounts.queries import phones as rows
from service.accounts.tables import AppUser, DeviceAlarm
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import current, reading, unit_of_work
from service.foundation.problems import ALREADY_EXISTS, DEVICE_ENDED, INVALID_PARAMETER, Problem
from service.intake.tables import Submission
from tests.factories import Phone, a_phone, a_project, an_instance, at, multipart

NOW = at("2026-11-24T08:00")
DAY = dt.timedelta(days=1)


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


def fetch(phone: Phone, install_id: str | None, **options: Any) -> int:
    query = f"?deviceID={install_id}" if install_id else ""
    return phone.client.get(f"{phone.base}/formList{query}", **options).status_code


def row(phone: Phone) -> rows.AppUserRow:
    with reading() as session:
        found = rows.find_app_user(session, phone.project_id, phone.id)
    assert found is not None
    return found


def acts(prefix: str = "device.") -> list[str]:
    with reading() as session:
        found = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.entry_pk))
        return [action for action in found if action.startswith(prefix)]


# --- which installation -------------------------------------------------------------------------
def test_a_phone_is_bound_to_the_first_installation_that_uses_its_token(phone: Phone) -> None:
    assert fetch(phone, None) == 200
    assert row(phone).bound_at is None
    for _ in range(2):
        assert fetch(phone, "collect%3Afirst") == 200
    assert row(phone).bound_at is not None
    assert acts() == ["device.create", "device.bind"]


def test_a_second_installation_raises_one_alarm_and_is_never_blocked(phone: Phone) -> None:
    fetch(phone, "collect%3Afirst")
    for _ in range(3):
        assert fetch(phone, "collect%3Asecond") == 200
    assert phone.send(an_instance()).status_code == 201  # a third one: collect:xY12
    assert row(phone).alarm_at is not None
    assert acts().count("device.second_installation") == 2
    with reading() as session:
        keys = session.scalars(sa.select(DeviceAlarm.device_key)).all()
    assert len(set(keys)) == 2
    assert not [key for key in keys if "collect" in key], "only pseudonyms are kept"


def test_the_install_id_is_found_on_every_address_and_verb(phone: Phone) -> None:
    phone.client.head(f"{phone.base}/submission?deviceID=collect%3Ahead")
    assert row(phone).bound_at is not None


def test_our_phone_set_up_anew_is_bound_again_and_the_old_one_is_the_stranger(
    phone: Phone,
) -> None:
    fetch(phone, "collect%3Afirst")
    fetch(phone, "collect%3Asecond")
    with unit_of_work() as session:
        actions.accept_installation(session, SYSTEM, phone.project_id, phone.id)
    assert row(phone).alarm_at is None
    fetch(phone, "collect%3Asecond")
    assert row(phone).alarm_at is None
    fetch(phone, "collect%3Afirst")
    assert row(phone).alarm_at is not None
    assert "device.accept_installation" in acts()


def test_an_installation_that_was_explained_once_is_asked_about_again_when_it_returns(
    phone: Phone,
) -> None:
    for install_id in ("a", "b"):
        fetch(phone, install_id)
    for install_id in ("a", "b"):
        with unit_of_work() as session:
            actions.accept_installation(session, SYSTEM, phone.project_id, phone.id)
        fetch(phone, install_id)
    assert acts().count("device.second_installation") == 3
    assert row(phone).alarm_at is not None


def test_a_usual_request_costs_one_look_up_and_writes_nothing(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(phone, "collect%3AxY12")
    written: list[str] = []
    sa.event.listen(
        current().writer,
        "before_cursor_execute",
        lambda *given: written.append(str(given[2])),
    )
    looked = _count_looks(monkeypatch)
    assert phone.client.head(f"{phone.base}/submission?deviceID=collect%3AxY12").status_code == 204
    assert looked == ["look-up"]
    assert fetch(phone, "collect%3AxY12") == 200
    assert [sql for sql in written if sql.startswith(("UPDATE", "INSERT"))] == []


def _count_looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    looked: list[str] = []
    real = devices.look

    def watched(statement: Any, **parameters: Any) -> Any:
        looked.append("look-up")
        return real(statement, **parameters)

    monkeypatch.setattr(devices, "look", watched)
    return looked


def test_that_forms_were_fetched_is_written_down_once_an_hour(phone: Phone) -> None:
    with clock.frozen(NOW):
        fetch(phone, None)
    for minutes in (15, 30, 59):
        with clock.frozen(NOW + dt.timedelta(minutes=minutes)):
            fetch(phone, None)
    assert row(phone).fetched_at == NOW
    with clock.frozen(NOW + dt.timedelta(minutes=60)):
        fetch(phone, None)
    assert row(phone).fetched_at == NOW + dt.timedelta(minutes=60)


# --- renewed, ended -----------------------------------------------------------------------------
def test_a_renewed_phone_has_a_new_token_and_the_old_one_ends_at_once(phone: Phone) -> None:
    fetch(phone, "collect%3Afirst")
    fetch(phone, "collect%3Asecond")
    with unit_of_work() as session:
        made = actions.renew_app_user(
            session, SYSTEM, phone.project_id, phone.id, dt.timedelta(days=30)
        )
    assert fetch(phone, "collect%3Afirst") == 403
    again = Phone(client=phone.client, project_id=phone.project_id, token=made.token, id=made.id)
    assert made.id == phone.id, "what it sent stays together"
    assert fetch(again, "collect%3Anew") == 200
    assert row(phone).alarm_at is None
    assert (made.expires_at - clock.now()).days in (29, 30)


def test_ending_is_final(phone: Phone) -> None:
    with unit_of_work() as session:
        actions.revoke_app_user(session, SYSTEM, phone.project_id, phone.id)
    with pytest.raises(Problem) as raised, unit_of_work() as session:
        actions.renew_app_user(session, SYSTEM, phone.project_id, phone.id)
    assert raised.value.kind is DEVICE_ENDED


def test_an_expired_phone_is_refused_in_words_and_works_again_when_renewed(phone: Phone) -> None:
    later = clock.now() + actions.DEVICE_LIFE + DAY
    with clock.frozen(later):
        answer = phone.client.get(f"{phone.base}/formList")
        assert answer.status_code == 403
        assert "QR" in answer.get_data(as_text=True)
        with unit_of_work() as session:
            made = actions.renew_app_user(session, SYSTEM, phone.project_id, phone.id)
        again = f"/v1/key/{made.token}/projects/{phone.project_id}/formList"
        assert phone.client.get(again).status_code == 200


@pytest.mark.parametrize("days", [0, 181, -1])
def test_no_access_lasts_longer_than_half_a_year(phone: Phone, days: int) -> None:
    life = dt.timedelta(days=days)
    for work in (
        lambda session: actions.create_app_user(
            session, SYSTEM, phone.project_id, "ប៉ៃលិន", None, life
        ),
        lambda session: actions.renew_app_user(session, SYSTEM, phone.project_id, phone.id, life),
    ):
        with pytest.raises(Problem) as raised, unit_of_work() as session:
            work(session)
        assert raised.value.kind is INVALID_PARAMETER


@pytest.mark.each_database
def test_s06_a_revocation_acts_on_the_next_request_on_every_thread(
    app: Flask, phone: Phone
) -> None:
    """While four phones hammer, none succeeds once the revocation has returned."""
    ended, late = threading.Event(), []

    def hammer() -> None:
        client = app.test_client()
        for _ in range(100):
            was_ended = ended.is_set()
            status = client.get(f"{phone.base}/formList").status_code
            late.append((was_ended, status))

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    with unit_of_work() as session:
        actions.revoke_app_user(session, SYSTEM, phone.project_id, phone.id)
    ended.set()
    for thread in threads:
        thread.join()
    assert {status for was_ended, status in late if was_ended} == {403}


def test_s06_all_phones_of_a_project_end_together_and_those_of_others_go_on(
    client: FlaskClient, phone: Phone
) -> None:
    with unit_of_work() as session:
        other = a_project(session, "Pailin").id
        names = {name: actions.create_app_user(session, SYSTEM, project, name, None)
                 for name, project in (("១", phone.project_id), ("២", phone.project_id),
                                       ("៣", other))}  # fmt: skip
        chosen = [names["១"].id, names["៣"].id]
        assert actions.revoke_app_users(session, SYSTEM, phone.project_id, chosen) == 1
    assert status(client, phone.project_id, names["១"].token) == 403
    assert status(client, other, names["៣"].token) == 200
    with unit_of_work() as session:
        assert actions.revoke_app_users(session, SYSTEM, phone.project_id, None) == 2
    assert fetch(phone, None) == 403
    assert status(client, phone.project_id, names["២"].token) == 403
    assert status(client, other, names["៣"].token) == 200
    assert acts().count("device.revoke") == 3


def status(client: FlaskClient, project_id: int, token: str) -> int:
    return client.get(f"/v1/key/{token}/projects/{project_id}/formList").status_code


def test_an_ended_phone_is_told_so_however_it_shows_its_token(phone: Phone) -> None:
    """403 and never 401: Collect answers a 401 by asking the worker for a password."""
    url = f"/v1/projects/{phone.project_id}/formList"
    bearer = {"headers": {"Authorization": f"Bearer {phone.token}"}}
    ways: list[dict[str, Any]] = [{"auth": ("arun", phone.token)}, bearer]
    assert [phone.client.get(url, **way).status_code for way in ways] == [200, 200]
    with unit_of_work() as session:
        actions.revoke_app_user(session, SYSTEM, phone.project_id, phone.id)
    for way in ways:
        answer = phone.client.get(url, **way)
        assert answer.status_code == 403
        assert "WWW-Authenticate" not in answer.headers
        assert "QR" in answer.get_data(as_text=True)


# --- names --------------------------------------------------------------------------------------
def test_two_live_phones_of_a_project_never_share_a_name(phone: Phone) -> None:
    for name in ("បាត់ដំបង ២", " បាត់ដំបង  ២ "):
        work = lambda session, name=name: actions.create_app_user(  # noqa: E731
            session, SYSTEM, phone.project_id, name, None
        )
        if name.startswith(" "):
            with pytest.raises(Problem) as raised, unit_of_work() as session:
                work(session)
            assert raised.value.kind is ALREADY_EXISTS
        else:
            with unit_of_work() as session:
                first = work(session)
    with unit_of_work() as session:
        actions.revoke_app_user(session, SYSTEM, phone.project_id, first.id)
        actions.create_app_user(session, SYSTEM, phone.project_id, "បាត់ដំបង ២", None)


def test_a_script_that_enrols_the_same_name_again_gets_a_number(phone: Phone) -> None:
    with unit_of_work() as session:
        made = [
            actions.create_numbered_app_user(session, SYSTEM, phone.project_id, "Arun", None)
            for _ in range(3)
        ]
        named = {one.id: one.name for one in queries.list_app_users(session, phone.project_id)}
    assert [named[one.id] for one in made] == ["Arun", "Arun 2", "Arun 3"]
    assert [one.name for one in made] == ["Arun", "Arun 2", "Arun 3"]


# --- how much in a day --------------------------------------------------------------------------
def limit(app: Flask, submissions: int = 0, size: int = 0) -> actions.DeviceWatch:
    watch = actions.DeviceWatch(actions.Quota(submissions=submissions, bytes=size))
    app.extensions["samleng.device_watch"] = watch
    return watch


def test_s21_a_phone_that_sent_its_fill_is_told_in_words_and_others_go_on(
    app: Flask, phone: Phone
) -> None:
    limit(app, submissions=3)
    with unit_of_work() as session:
        made = actions.create_app_user(session, SYSTEM, phone.project_id, "ទូរសព្ទ ២", None)
    other = Phone(client=phone.client, project_id=phone.project_id, token=made.token, id=made.id)
    with clock.frozen(NOW):
        assert [phone.send(an_instance()).status_code for _ in range(4)] == [201, 201, 201, 429]
        refused = phone.send(an_instance())
        assert int(refused.headers["Retry-After"]) == 16 * 3600 + 1
        assert b"OpenRosaResponse" in refused.data
        assert "ស្អែក" in refused.get_data(as_text=True)
        assert other.send(an_instance()).status_code == 201
        assert fetch(phone, None) == 200
    with clock.frozen(NOW + DAY):
        assert phone.send(an_instance()).status_code == 201


def test_s21_records_sent_again_use_nothing_up(app: Flask, phone: Phone) -> None:
    limit(app, submissions=3)
    xml, unreadable = an_instance("uuid:1"), b"<broken"
    assert phone.send(xml).status_code == 201
    assert phone.send(unreadable).status_code == 202
    for _ in range(5):
        assert phone.send(xml).status_code == 202
        assert phone.send(unreadable).status_code == 202
    other = an_instance("uuid:1", village="ផ្សេង")
    assert phone.send(other).status_code == 202
    assert phone.send(an_instance("uuid:2")).status_code == 429


def test_s21_the_rest_of_a_records_files_is_no_second_record(app: Flask, phone: Phone) -> None:
    limit(app, submissions=2)
    xml = an_instance("uuid:1", photo="a.jpg", sound="b.m4a")
    assert phone.send(xml, {"a.jpg": b"A"}, incomplete=True).status_code == 201
    assert phone.send(xml, {"b.m4a": b"B"}).status_code == 201
    assert phone.send(an_instance("uuid:2")).status_code == 201


def test_s21_bytes_are_counted_and_refused_before_the_body_is_understood(
    app: Flask, phone: Phone
) -> None:
    limit(app, size=30_000)
    xml = an_instance("uuid:1", photo="a.jpg")
    assert phone.send(xml, {"a.jpg": b"x" * 25_000}).status_code == 201
    body, kind = multipart(an_instance("uuid:2", photo="b.jpg"), {"b.jpg": b"x" * 25_000})
    answer = phone.client.post(f"{phone.base}/submission", data=body, content_type=kind)
    assert answer.status_code == 429
    assert phone.send(an_instance("uuid:3")).status_code == 201, "a small one still fits"


def test_s21_on_a_day_that_is_used_up_what_is_here_comes_again_and_is_completed(
    app: Flask, phone: Phone
) -> None:
    """A 201 that got lost, a second batch: else they were not done before tomorrow."""
    limit(app, submissions=2, size=100_000)
    whole = an_instance("uuid:1")
    assert phone.send(whole).status_code == 201
    xml = an_instance("uuid:2", photo="a.jpg", sound="b.m4a")
    assert phone.send(xml, {"a.jpg": b"x" * 40_000}, incomplete=True).status_code == 201
    assert phone.send(whole).status_code == 202
    assert phone.send(xml, {"b.m4a": b"x" * 70_000}).status_code == 201, "beyond the bytes, too"
    assert phone.send(xml, {"a.jpg": b"x" * 40_000}).status_code == 202
    for refused in (an_instance("uuid:3"), "<cut"):
        assert phone.send(refused).status_code == 429
    with reading() as session:
        rows = session.execute(sa.select(Submission.instance_id, Submission.files_present))
        assert sorted(tuple(row) for row in rows) == [("uuid:1", 0), ("uuid:2", 2)]


def test_s21_what_is_here_is_no_way_to_send_without_end(app: Flask, phone: Phone) -> None:
    limit(app, size=30_000)
    xml = an_instance("uuid:1", photo="a.jpg")
    statuses = [phone.send(xml, {"a.jpg": bytes([n]) * 20_000}).status_code for n in range(5)]
    assert statuses == [201, 201, 429, 429, 429]


def test_s21_two_instances_differ_by_a_few_percent_of_the_quota(app: Flask, phone: Phone) -> None:
    """Two processes, each with a memory of its own, over one database."""
    first, second = (actions.DeviceWatch(actions.Quota(submissions=100, bytes=0)) for _ in range(2))
    taken = 0
    for number in range(300):
        app.extensions["samleng.device_watch"] = (first, second)[number % 2]
        taken += phone.send(an_instance()).status_code == 201
    assert 100 <= taken <= 100 + 2 * 100 // actions.device_use.PART
    with reading() as session:
        assert session.scalar(sa.select(AppUser.used_submissions)) >= 96


def test_s21_counting_writes_once_in_twenty_records(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(app, submissions=500)
    written: list[int] = []
    real = devices.add_use

    def watched(connection: Any, app_user_id: int, *more: Any) -> None:
        written.append(app_user_id)
        real(connection, app_user_id, *more)

    monkeypatch.setattr(devices, "add_use", watched)
    with clock.frozen(NOW):
        for _ in range(41):
            assert phone.send(an_instance()).status_code == 201
    assert len(written) == 2
    with reading() as session:
        assert session.scalar(sa.select(AppUser.used_submissions)) == 40


def test_s21_people_and_scripts_have_no_phones_quota(app: Flask, phone: Phone) -> None:
    limit(app, submissions=1)
    with unit_of_work() as session:
        made = actions.create_api_token(
            session, SYSTEM, "import", None, {actions.scripts.Scope.SUBMISSIONS}
        )
    for _ in range(3):
        body, kind = multipart(an_instance(), {})
        answer = phone.client.post(
            f"/v1/projects/{phone.project_id}/submission",
            data=body,
            content_type=kind,
            headers={"Authorization": f"Bearer {made.token}"},
        )
        assert answer.status_code == 201
