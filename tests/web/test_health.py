"""What machines that watch are told: alive, ready, and counts that name nobody."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from service.app import create_app
from service.foundation import clock, db, ids, job_queue, keys
from service.foundation.db import unit_of_work
from service.foundation.job_queue import JobRow
from service.foundation.settings import Settings
from service.intake.actions.receipts import RECEIVED
from tests import postgres
from tests.conftest import close, drain
from tests.factories import Phone, a_phone, an_instance


def _samples(client: FlaskClient) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(answer.get_data(as_text=True))
        for sample in family.samples
    }


def test_metrics_count_what_was_answered_and_what_waits(app: Flask, client: FlaskClient) -> None:
    phone = a_phone(client)
    before = _samples(client)
    for _ in range(3):
        assert phone.send(an_instance()).status_code == 201
    assert phone.send("<broken").status_code == 202
    after = _samples(client)

    def more(name: str, *labels: str) -> float:
        key = (name, tuple(sorted(labels)))
        return after.get(key, 0) - before.get(key, 0)

    route = "/v1/key/-/projects/<int:project_id>/submission"
    assert more("samleng_requests_total", route, "201") == 3
    assert more("samleng_requests_total", route, "202") == 1
    assert more("samleng_request_seconds_count", route) == 4
    assert more("samleng_submissions_total", "new") == 3
    assert more("samleng_submissions_total", "quarantine") == 1


def test_metrics_tell_how_much_work_waits_and_what_was_given_up(
    app: Flask, client: FlaskClient
) -> None:
    project_id = a_phone(client).project_id
    drain(app)
    idle = _samples(client)["samleng_jobs_waiting", ()]
    with unit_of_work() as session:
        for _ in range(3):
            job_queue.enqueue(
                session, project_id=project_id, event=RECEIVED, subject=ids.new_uuid()
            )
    assert _samples(client)["samleng_jobs_waiting", ()] == idle + 3
    with unit_of_work() as session:
        one = sa.select(JobRow.job_pk).where(JobRow.project_id == project_id).limit(1)
        given_up = sa.update(JobRow).where(JobRow.job_pk.in_(one)).values(buried_at=clock.now())
        session.execute(given_up)
    found = _samples(client)
    assert found["samleng_jobs_waiting", ()] == idle + 2
    assert found["samleng_jobs_buried", ()] == 1


@pytest.mark.parametrize(
    ("proxies", "address", "headers", "status"),
    [
        (0, "127.0.0.1", {}, 200),
        (0, "::1", {}, 200),
        (0, "203.0.113.7", {}, 404),
        (0, "10.0.0.7", {}, 404),
        (0, "203.0.113.7", {"X-Forwarded-For": "127.0.0.1"}, 404),
        (0, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        (0, "127.0.0.1", {"X-Real-IP": "203.0.113.7"}, 404),
        (1, "127.0.0.1", {}, 200),
        (1, "127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 404),
        (1, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1, 203.0.113.7"}, 404),
    ],
)
def test_s21_metrics_are_told_to_this_machine_alone(
    settings: Settings, proxies: int, address: str, headers: dict[str, str], status: int
) -> None:
    app = create_app(dataclasses.replace(settings, trusted_proxies=proxies))
    asked = {"environ_base": {"REMOTE_ADDR": address}, "headers": headers}
    assert app.test_client().get("/metrics", **asked).status_code == status
    assert app.test_client().get("/healthz", **asked).status_code == 200
    close()


def test_metrics_name_no_person_no_phone_and_no_address(client: FlaskClient) -> None:
    phone = a_phone(client)
    phone.send(an_instance(village="ភូមិសម្ងាត់"))
    told = client.get("/metrics").get_data(as_text=True)
    assert "<int:project_id>" in told
    assert phone.token not in told
    assert "ភូមិ" not in told
    assert "xY12" not in told
    assert re.search(r"/projects/\d", told) is None


def _take_away(app: Flask) -> None:
    """The database is gone from under a server that runs."""
    database = db.current()
    database.dispose()
    keys.current().dispose()
    if not database.is_sqlite:
        postgres.execute(database.url, f'ALTER DATABASE "{_name(database)}" RENAME TO away_for_now')
        return
    path = Path(str(sa.make_url(database.url).database))
    for one in path.parent.glob("samleng.db*"):
        one.rename(one.with_name(f"away-{one.name}"))
    path.mkdir()  # what cannot be opened as a file


def _give_back(database: db.Database) -> None:
    if not database.is_sqlite:
        postgres.execute(database.url, f'ALTER DATABASE away_for_now RENAME TO "{_name(database)}"')
        return
    path = Path(str(sa.make_url(database.url).database))
    path.rmdir()
    for one in path.parent.glob("away-samleng.db*"):
        one.rename(one.with_name(one.name.removeprefix("away-")))


def _name(database: db.Database) -> str:
    return str(sa.make_url(database.url).database)


@pytest.mark.each_database
@pytest.mark.fresh_database
def test_without_its_database_a_server_lives_and_is_not_ready(
    app: Flask, client: FlaskClient
) -> None:
    """And takes nothing from phones, which keep it; once the database is back it goes on."""
    phone: Phone = a_phone(client)
    assert client.get("/readyz").status_code == 200
    _take_away(app)
    try:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/metrics").status_code == 503
        assert phone.send(an_instance()).status_code == 503
    finally:
        _give_back(db.current())
    assert client.get("/readyz").status_code == 200
    assert phone.send(an_instance()).status_code == 201
