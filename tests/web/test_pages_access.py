"""Who may do what, on a page; access for a day, given by a coordinator and told to all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role
from service.accounts.tables import EmergencyRow, Grant
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests.factories import a_phone, an_instance, at
from tests.web.pages_world import text_of
from tests.web.people import signed_in

NOW = at("2026-11-26T08:00")
PATH = "/p/battambang/access"


class Person:
    """Somebody with a role, and a browser."""

    def __init__(self, app: Flask, key: str, role: Role, project_id: int, area: str = "") -> None:
        self.client = app.test_client()
        self.headers, self.id = signed_in(key, role, project_id, area)

    def get(self, path: str, **query: object) -> Any:
        words = {name: str(value) for name, value in query.items()}
        asked = {"lang": "en", **words}
        return self.client.get(path, query_string=asked, headers=self.headers)

    def post(self, path: str, **form: object) -> Any:
        data = {name: str(value) for name, value in form.items()}
        return self.client.post(path, data=data, headers=self.headers)


@pytest.fixture
def project(client: FlaskClient) -> Iterator[int]:
    with clock.frozen(NOW):
        phone = a_phone(client)
        assert phone.send(an_instance("uuid:1")).status_code == 201
        yield phone.project_id


@pytest.fixture
def chanthou(app: Flask, settings: Settings, project: int) -> Person:
    return Person(app, settings.secrets.jwt_key, Role.COORDINATOR, project)


@pytest.fixture
def sokha(app: Flask, settings: Settings, project: int) -> Person:
    return Person(app, settings.secrets.jwt_key, Role.ADMIN, 0)


@pytest.fixture
def bopha(app: Flask, settings: Settings, project: int) -> Person:
    return Person(app, settings.secrets.jwt_key, Role.REVIEWER, project, "02")


def reads() -> list[AuditEntry]:
    with reading() as session:
        return list(
            session.scalars(
                sa.select(AuditEntry)
                .where(AuditEntry.action == "emergency.read")
                .order_by(AuditEntry.entry_pk)
            )
        )


def test_the_team_is_listed_with_role_area_giver_and_end(
    chanthou: Person, bopha: Person, project: int
) -> None:
    ends = NOW + dt.timedelta(days=3)
    with unit_of_work() as session:
        actions.grant(session, SYSTEM, bopha.id, Role.ANALYST, project, "2401", ends)
        row = session.get_one(Grant, (bopha.id, project, "reviewer", "02"))
        row.granted_by, row.granted_at = chanthou.id, NOW
    page = text_of(chanthou.get(PATH))
    assert "Reviewer · Battambang Given by សុខា, 26 November 2026, 15:00." in page
    assert "Analyst · Pailin, Pailin" in page
    assert "Given by the server&#39;s administrator, 26 November 2026, 15:00." in page
    assert "Until 29 November 2026, 15:00." in page
    assert "Coordinator · the whole project Given before such things were written down." in page


@pytest.mark.parametrize(
    ("act", "place", "told"),
    [
        ("submission.list", "", "Yes, through: Reviewer · Battambang"),
        ("submission.list", "0201", "Yes, through:"),
        ("submission.list", "24", "Not there: it is given in another area. Reviewer · Battambang"),
        ("submission.list", "none", "Not there:"),
        ("queue.read", "", "No: that needs the role in the whole project"),
        ("device.manage", "", "No: no role gives that here. Held here: Reviewer"),
    ],
)
def test_why_somebody_may_do_something_is_told(
    chanthou: Person, bopha: Person, act: str, place: str, told: str
) -> None:
    answer = chanthou.get(PATH, person=bopha.id, act=act, place=place)
    assert answer.status_code == 200
    assert told in text_of(answer)


def test_what_is_over_is_told_as_over(chanthou: Person, bopha: Person, project: int) -> None:
    with unit_of_work() as session:
        row = session.get_one(Grant, (bopha.id, project, "reviewer", "02"))
        row.ends_at = NOW
    page = text_of(chanthou.get(PATH, person=bopha.id, act="submission.list"))
    assert "No longer: the time of this is over." in page
    assert "Over since 26 November 2026, 15:00." in page


def test_the_administrator_asks_too_and_sees_why_she_reads_nobody(sokha: Person) -> None:
    page = text_of(sokha.get(PATH, person=sokha.id, act="submission.list"))
    assert "No: no role gives that here. Held here: Administrator · the whole installation" in page
    assert "/access/emergency" not in sokha.get(PATH).get_data(as_text=True)


@pytest.mark.parametrize(
    "query",
    [{"act": "nonsense"}, {"act": "submission.list", "place": "99"}, {"act": ""}],
)
def test_a_question_that_makes_no_sense_is_refused(chanthou: Person, query: dict[str, str]) -> None:
    assert chanthou.get(PATH, person=chanthou.id, **query).status_code == 400


def test_s12_nobody_of_another_project_is_told_of(
    app: Flask, settings: Settings, chanthou: Person, project: int
) -> None:
    with unit_of_work() as session:
        other = actions.create_project(session, SYSTEM, "Pailin").id
    dara = Person(app, settings.secrets.jwt_key, Role.COORDINATOR, other)
    assert chanthou.get(PATH, person=dara.id, act="submission.list").status_code == 404
    assert f"person{dara.id}@" not in chanthou.get(PATH).get_data(as_text=True)
    given = chanthou.post(f"{PATH}/emergency", person=dara.id, role="reviewer", reason="fault")
    assert given.status_code == 404


def test_access_for_a_day_from_the_form_to_its_end(
    chanthou: Person, sokha: Person, project: int
) -> None:
    assert sokha.get("/p/battambang/submissions").status_code == 403
    form = chanthou.get(f"{PATH}/emergency")
    assert form.status_code == 200
    assert f'<option value="{chanthou.id}"' not in form.get_data(as_text=True)
    given = chanthou.post(f"{PATH}/emergency", person=sokha.id, role="reviewer", reason="danger")
    assert given.status_code == 303

    page = sokha.get("/p/battambang/submissions")
    assert "uuid:1" in page.get_data(as_text=True)
    assert "You read here by emergency access until 27 November 2026, 15:00." in text_of(page)
    assert sokha.post("/p/battambang/phones", name="x").status_code == 200  # her own role

    today = text_of(chanthou.get("/p/battambang/"))
    assert "Emergency access Access of សុខា open now" in today
    assert "Somebody may come to harm" in today

    with reading() as session:
        key = session.scalar(sa.select(EmergencyRow.id))
    assert sokha.post(f"{PATH}/emergency/{key}/end").status_code == 403
    assert chanthou.post(f"{PATH}/emergency/{key}/end").status_code == 303
    assert sokha.get("/p/battambang/submissions").status_code == 403
    assert "over" in text_of(chanthou.get("/p/battambang/"))


def test_access_for_a_day_ends_by_itself_and_is_told_for_a_week_more(
    app: Flask, settings: Settings, chanthou: Person, sokha: Person, project: int
) -> None:
    chanthou.post(f"{PATH}/emergency", person=sokha.id, role="reviewer", reason="danger")
    with unit_of_work() as session:
        row = session.scalars(sa.select(EmergencyRow)).one()
        begun = row.granted_at
        row.granted_at, row.ends_at = begun, NOW + dt.timedelta(minutes=1)
    assert sokha.get("/p/battambang/submissions").status_code == 200
    with clock.frozen(NOW + dt.timedelta(minutes=1)):
        assert sokha.get("/p/battambang/submissions").status_code == 403
    for days, is_told in ((6, True), (8, False)):
        with clock.frozen(NOW + dt.timedelta(days=days)):
            second = Person(app, settings.secrets.jwt_key, Role.COORDINATOR, project, "24")
            assert ("Access of សុខា" in text_of(second.get("/p/battambang/"))) is is_told


def test_every_coordinator_is_told_and_nobody_else(
    app: Flask, settings: Settings, chanthou: Person, sokha: Person, bopha: Person, project: int
) -> None:
    chanthou.post(f"{PATH}/emergency", person=sokha.id, role="analyst", reason="oversight")
    bound = Person(app, settings.secrets.jwt_key, Role.COORDINATOR, project, "24")
    for person, is_told in ((chanthou, True), (bound, True), (bopha, False)):
        assert ("Access of" in text_of(person.get("/p/battambang/"))) is is_told


def test_s16_reads_under_it_are_written_down_before_they_are_shown(
    chanthou: Person, sokha: Person, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chanthou.post(f"{PATH}/emergency", person=sokha.id, role="reviewer", reason="request")
    assert reads() == []
    sokha.get("/p/battambang/submissions", form="visit")
    (entry,) = reads()
    assert (entry.actor_id, entry.project_id) == (sokha.id, project)
    assert entry.details == {
        "act": "submission.list",
        "route": "/p/<slug>/submissions",
        "thing": "",
        "purpose": "request",
    }

    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(actions, "note_emergency_reads", broken)
    answer = sokha.get("/p/battambang/submissions")
    assert answer.status_code == 500
    assert "uuid:1" not in answer.get_data(as_text=True)


def test_s16_what_somebody_types_into_an_address_is_not_written_down(
    chanthou: Person, sokha: Person, project: int
) -> None:
    chanthou.post(f"{PATH}/emergency", person=sokha.id, role="reviewer", reason="request")
    sokha.get("/p/battambang/submissions/សុខ សុភា")
    assert [entry.details["thing"] for entry in reads()] == [""]


@pytest.mark.parametrize(
    "form",
    [
        {}, {"person": "x", "role": "reviewer", "reason": "danger"},
        {"person": "1", "role": "coordinator", "reason": "danger"},
        {"person": "1", "role": "reviewer", "reason": "because Sok Sophea asked"},
    ],
)  # fmt: skip
def test_a_form_that_is_not_whole_gives_nothing(chanthou: Person, form: dict[str, str]) -> None:
    answer = chanthou.post(f"{PATH}/emergency", **form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(EmergencyRow)) == 0
