"""Access for a day to one record: given from its page, told to all coordinators, over by itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SITE, SYSTEM, Role
from service.accounts.tables import EmergencyRow, Grant
from service.consent import actions as consent
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Submission
from tests.factories import Phone, a_phone, an_instance
from tests.web.pages_world import text_of
from tests.web.test_giving_roles import NOW, Person

SITE_PATH = "/p/battambang"


@pytest.fixture
def phone(client: FlaskClient) -> Iterator[Phone]:
    """Two records, one of them in two versions."""
    with clock.frozen(NOW):
        made = a_phone(client)
        for instance in ("uuid:1", "uuid:2"):
            assert made.send(an_instance(instance)).status_code == 201
        edit = an_instance("uuid:1b", deprecated_id="uuid:1")
        assert made.send(edit).status_code == 201
        yield made


@pytest.fixture
def records(phone: Phone) -> dict[str, str]:
    """Instance ID to the address of its page."""
    with reading() as session:
        rows = session.execute(sa.select(Submission.instance_id, Submission.submission_pk))
        return {row[0]: f"{SITE_PATH}/submissions/{row[1]}" for row in rows}


@pytest.fixture
def chanthou(app: Flask, settings: Settings, phone: Phone) -> Person:
    return Person(app, settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


@pytest.fixture
def sokha(app: Flask, settings: Settings, phone: Phone) -> Person:
    """She administers, and reads nobody."""
    return Person(app, settings.secrets.jwt_key, Role.ADMIN, SITE)


def accesses() -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(EmergencyRow)) or 0


def reads() -> list[dict[str, object]]:
    with reading() as session:
        query = sa.select(AuditEntry).where(AuditEntry.action == "emergency.read")
        return [row.details for row in session.scalars(query.order_by(AuditEntry.entry_pk))]


def give(giver: Person, record: str, to: Person, reason: str = "danger") -> int:
    answer = giver.post(f"{record}/emergency", person=str(to.id), reason=reason)
    return answer.status_code


def test_one_record_opens_in_all_its_versions_and_nothing_else(
    chanthou: Person, sokha: Person, records: dict[str, str]
) -> None:
    assert {sokha.get(one).status_code for one in records.values()} == {403}
    assert f"{records['uuid:1']}/emergency" in chanthou.get(records["uuid:1"]).get_data(True)
    form = chanthou.get(f"{records['uuid:1']}/emergency")
    assert "No list, no figure, no other record." in text_of(form)
    assert give(chanthou, records["uuid:1"], sokha) == 303

    for instance, status in (("uuid:1", 200), ("uuid:1b", 200), ("uuid:2", 404)):
        assert sokha.get(records[instance]).status_code == status, instance
    page = sokha.get(records["uuid:1"]).get_data(as_text=True)
    assert records["uuid:1b"] in page
    assert records["uuid:2"] not in page
    for path in ("submissions", "quarantine", "figures", "sent", "withdrawals"):
        assert sokha.get(f"{SITE_PATH}/{path}").status_code == 403, path
    today = sokha.get(f"{SITE_PATH}/")
    assert "You may read one record here by emergency access until 27 November" in text_of(today)
    assert records["uuid:1"] in today.get_data(as_text=True), "the way there"
    assert "since the beginning" not in text_of(today)


def test_it_ends_by_itself_after_a_day_and_earlier_by_a_button(
    chanthou: Person, sokha: Person, records: dict[str, str]
) -> None:
    give(chanthou, records["uuid:1"], sokha)
    with unit_of_work() as session:
        row = session.scalars(sa.select(EmergencyRow)).one()
        assert row.ends_at - row.granted_at == dt.timedelta(hours=24)
        row.ends_at = NOW + dt.timedelta(minutes=1)
    assert sokha.get(records["uuid:1"]).status_code == 200
    with clock.frozen(NOW + dt.timedelta(minutes=1)):
        assert sokha.get(records["uuid:1"]).status_code == 403
        assert give(chanthou, records["uuid:1"], sokha) == 303
        assert sokha.get(records["uuid:1"]).status_code == 200
        with reading() as session:
            key = session.scalar(sa.select(sa.func.max(EmergencyRow.id)))
        assert chanthou.post(f"{SITE_PATH}/access/emergency/{key}/end").status_code == 303
        assert sokha.get(records["uuid:1"]).status_code == 403


def test_pressed_twice_it_is_one_access_for_a_record_and_for_the_project(
    chanthou: Person, sokha: Person, records: dict[str, str]
) -> None:
    for _ in range(2):
        assert give(chanthou, records["uuid:1"], sokha) == 303
        assert give(chanthou, records["uuid:1b"], sokha) == 303, "the same record"
    assert accesses() == 1
    for _ in range(2):
        form = {"person": str(sokha.id), "role": "reviewer", "reason": "danger"}
        assert chanthou.post(f"{SITE_PATH}/access/emergency", **form).status_code == 303
    assert accesses() == 2


def test_every_coordinator_is_told_on_today_and_nobody_else(
    app: Flask, settings: Settings, phone: Phone, chanthou: Person, sokha: Person,
    records: dict[str, str],
) -> None:  # fmt: skip
    give(chanthou, records["uuid:1"], sokha)
    key = settings.secrets.jwt_key
    bound = Person(app, key, Role.COORDINATOR, phone.project_id, "24")
    bopha = Person(app, key, Role.REVIEWER, phone.project_id)
    told = "One record, and nothing else. Somebody may come to harm"
    for person, is_told in ((chanthou, True), (bound, True), (bopha, False)):
        assert (told in text_of(person.get(f"{SITE_PATH}/"))) is is_told
    assert records["uuid:1"] in chanthou.get(f"{SITE_PATH}/").get_data(as_text=True)
    assert records["uuid:1"] not in bound.get(f"{SITE_PATH}/").get_data(as_text=True)
    team = text_of(chanthou.get(f"{SITE_PATH}/access"))
    assert "Reviewer, emergency access · one record" in team
    assert "អ្នកពិនិត្យ សិទ្ធិបន្ទាន់ · កំណត់ត្រាមួយ" in text_of(chanthou.get(f"{SITE_PATH}/access", "km"))


def test_s16_each_opening_is_written_down_with_the_record_and_the_reason(
    chanthou: Person, sokha: Person, records: dict[str, str]
) -> None:
    give(chanthou, records["uuid:1"], sokha, "request")
    sokha.get(f"{SITE_PATH}/people")  # her own role's work
    assert reads() == []
    for instance in ("uuid:1", "uuid:2"):
        sokha.get(records[instance])
    assert [(one["act"], one["thing"], one["purpose"]) for one in reads()] == [
        ("record.read", records[name].rpartition("/")[2], "request")
        for name in ("uuid:1", "uuid:2")
    ]


def test_s17_a_coordinator_of_the_whole_project_gives_it_and_nobody_else(
    app: Flask, settings: Settings, phone: Phone, chanthou: Person, sokha: Person,
    records: dict[str, str],
) -> None:  # fmt: skip
    key = settings.secrets.jwt_key
    bound = Person(app, key, Role.COORDINATOR, phone.project_id, "02")
    bopha = Person(app, key, Role.REVIEWER, phone.project_id)
    for giver in (bound, bopha, sokha):
        assert give(giver, records["uuid:1"], chanthou) == 403
    assert f"{records['uuid:1']}/emergency" not in bopha.get(records["uuid:1"]).get_data(True)
    assert give(chanthou, records["uuid:1"], chanthou) == 403, "to herself"
    give(chanthou, records["uuid:1"], bopha)
    assert give(bopha, records["uuid:1"], sokha) == 403, "whoever has it gives none"
    assert accesses() == 1


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400), ({"person": "x", "reason": "danger"}, 400), ({"person": "1"}, 400),
        ({"person": "1", "reason": "because Sok Sophea asked"}, 400),
        ({"person": "99999", "reason": "danger"}, 404),
        ({"person": "9" * 30, "reason": "danger"}, 404),
        ({"person": "1", "reason": "danger", "role": "coordinator"}, 400),
        ({"person": "1", "reason": "danger", "record_pk": "x"}, 400),
    ],
)  # fmt: skip
def test_a_form_that_is_not_whole_or_holds_more_gives_nothing(
    chanthou: Person, records: dict[str, str], form: dict[str, str], status: int
) -> None:
    answer = chanthou.post(f"{records['uuid:1']}/emergency", **form)
    assert answer.status_code == status
    assert accesses() == 0


def test_s12_there_is_none_to_a_record_of_another_project_or_to_what_was_erased(
    app: Flask, settings: Settings, phone: Phone, chanthou: Person, sokha: Person,
    records: dict[str, str],
) -> None:  # fmt: skip
    nothing = f"{SITE_PATH}/submissions/00000000-0000-7000-8000-000000000000"
    for path in (nothing, f"{SITE_PATH}/submissions/odd"):
        assert give(chanthou, path, sokha) == 404
        assert chanthou.get(f"{path}/emergency").status_code == 404
    give(chanthou, records["uuid:2"], sokha)
    blobs = app.extensions["samleng.blobs"]
    page = chanthou.get(records["uuid:2"]).get_data(as_text=True)
    assert re.search(r"withdrawals\?record=uuid", page)
    consent.withdraw_record(SYSTEM, phone.project_id, "uuid:2", "asked", blobs=blobs)
    assert "was taken back by the person" in text_of(sokha.get(records["uuid:2"]))
    assert give(chanthou, records["uuid:2"], sokha) == 404
    assert f"{records['uuid:2']}/emergency" not in chanthou.get(records["uuid:2"]).get_data(True)


def test_whoever_has_no_other_role_finds_the_way_from_the_first_page(
    app: Flask, settings: Settings, phone: Phone, chanthou: Person, records: dict[str, str]
) -> None:
    """Somebody whose role ended, as a former reviewer."""
    bopha = Person(app, settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)
    with unit_of_work() as session:
        session.execute(sa.update(Grant).where(Grant.user_id == bopha.id).values(ends_at=NOW))
    assert bopha.get(f"{SITE_PATH}/").status_code == 404
    give(chanthou, records["uuid:1"], bopha)
    assert bopha.get("/").headers["Location"] == f"{SITE_PATH}/"
    assert records["uuid:1"] in bopha.get(f"{SITE_PATH}/").get_data(as_text=True)
    assert bopha.get(records["uuid:1"]).status_code == 200
    assert bopha.get(f"{SITE_PATH}/submissions").status_code == 403


def test_the_paper_lists_who_opened_the_record_by_access_for_a_day(
    chanthou: Person, sokha: Person, records: dict[str, str], phone: Phone, app: Flask
) -> None:
    """However the address was written; not what was opened of somebody else."""
    give(chanthou, records["uuid:1"], sokha)
    assert sokha.get(records["uuid:1b"]).status_code == 200
    before, _, key = records["uuid:1"].rpartition("/")
    assert sokha.get(f"{before}/{key.replace('-', '').upper()}").status_code == 200
    assert sokha.get(f"{SITE_PATH}/").status_code == 200
    form = {"person": str(sokha.id), "role": "reviewer", "reason": "danger"}
    assert chanthou.post(f"{SITE_PATH}/access/emergency", **form).status_code == 303
    assert sokha.get(f"{SITE_PATH}/submissions").status_code == 200
    assert sokha.get(records["uuid:2"]).status_code == 200

    blobs = app.extensions["samleng.blobs"]
    asked = consent.withdraw_record(SYSTEM, phone.project_id, "uuid:1", "asked", blobs=blobs)
    with reading() as session:
        told = consent.tell(session, SYSTEM, phone.project_id, asked.id)
    used = [(one["times"], one["is_wide"]) for one in told.acts if one["act"] == "emergency.read"]
    assert used == [(2, False), (1, True)]
    paper = text_of(chanthou.get(f"{SITE_PATH}/withdrawals/{asked.id}"))
    assert "emergency access for a day opened it." in paper
    assert "in which it may have stood" in paper
