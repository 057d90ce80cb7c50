"""Whoever answers for a project sees its log: who did what, and when, and nothing of survivors."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role
from service.accounts.policy import Act
from service.foundation import audit, clock
from service.foundation.audit import AuditEntry
from service.foundation.db import current, reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Submission
from service.review import walking
from service.review.queries import audit_log
from service.web.pages.texts import catalogue
from tests import survivors
from tests.audit_acts import written
from tests.conftest import drain
from tests.factories import Phone, a_form, as_its_owner
from tests.survivors import FORM_ID, told
from tests.web.pages_world import World, text_of
from tests.web.people import bearer, signed_in


@pytest.fixture
def phone(app: Flask, world: World) -> Phone:
    with unit_of_work() as session:
        a_form(session, world.project_id, FORM_ID, xml=survivors.form_xml())
        made = actions.create_app_user(session, SYSTEM, world.project_id, "ទូរសព្ទ ១", None)
    sender = app.test_client()
    sender.environ_base["HTTP_HOST"] = "samleng.test"
    return Phone(client=sender, project_id=world.project_id, token=made.token, id=made.id)


def acts_on(client: FlaskClient, address: str) -> list[str]:
    """Names of the acts on this page and all older ones."""
    found, path = [], address.partition("?")[0]
    while True:
        body = client.get(address).get_data(as_text=True)
        found += re.findall(r'class="tap mono soft small" href="[^"]*act=([a-z_.]+)"', body)
        older = re.search(r'rel="next" href="([^"]+)"', body)
        if older is None:
            return found
        address = path + html.unescape(older[1])


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("en", "Log of this project", "a record arrived"),
        ("km", "កំណត់ហេតុនៃគម្រោងនេះ", "កំណត់ត្រាបានមកដល់"),
    ],
)
def test_the_log_says_who_did_what_and_nothing_of_survivors(
    client: FlaskClient, world: World, phone: Phone, language: str, title: str, words: str
) -> None:
    assert phone.send(told("uuid:1", name="សុខ ម៉ារី", village="ភូមិដូនអៀវ")).status_code == 201
    page = client.get(f"{world.path}/log?lang={language}")
    for said in (title, words, "submission.receive", "ទូរសព្ទ ១"):
        assert said in text_of(page)
    assert "សុខ" not in page.text
    assert "ដូនអៀវ" not in page.text
    assert f'href="{world.path}/log"' in client.get(f"{world.path}/").text


def test_it_is_cut_to_one_act_and_one_person_and_paged(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    with unit_of_work() as session:
        for n in range(120):
            audit.record(
                session, project_id=world.project_id, actor_id=phone.id if n % 2 else None,
                action="submission.receive" if n % 3 else "form.publish", subject=n,
            )  # fmt: skip
    everything = acts_on(client, f"{world.path}/log")
    assert everything.count("form.publish") == 40
    assert everything.count("submission.receive") == 80
    assert acts_on(client, f"{world.path}/log?act=form.publish") == ["form.publish"] * 40
    of_phone = acts_on(client, f"{world.path}/log?who={phone.id}")
    assert (of_phone.count("form.publish"), of_phone.count("submission.receive")) == (20, 40)
    assert len(acts_on(client, f"{world.path}/log?who={phone.id}&act=form.publish")) == 20
    assert acts_on(client, f"{world.path}/log?act=user.sign_in") == []
    for wrong in ("act=gossip", "before=x"):
        assert client.get(f"{world.path}/log?{wrong}").status_code == 400


def test_programs_of_people_read_it_page_by_page(
    app: Flask, client: FlaskClient, world: World, phone: Phone, settings: Settings
) -> None:
    phone.send(told("uuid:1", name="សុខ"))
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, world.project_id)
    address = f"/v1/projects/{world.project_id}/audits"
    found, before = [], ""
    while before is not None:
        query = {"limit": 1, **({"before": before} if before else {})}
        answer = app.test_client().get(address, headers=by, query_string=query)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        found += answer.json["items"]
        before = answer.json["next"]
    whole = app.test_client().get(address, headers=by).json["items"]
    assert found == whole
    [received] = [one for one in whole if one["action"] == "submission.receive"]
    assert (received["actorId"], received["actorName"]) == (phone.id, "ទូរសព្ទ ១")
    assert uuid.UUID(received["subject"])
    only = app.test_client().get(address, headers=by, query_string={"action": "form.publish"})
    assert only.json == {"items": [], "next": None}
    wrong = app.test_client().get(address, headers=by, query_string={"before": "x"})
    assert wrong.status_code == 400


def test_s12_of_an_area_one_sees_what_was_done_there_and_ones_own_acts(
    app: Flask, world: World, phone: Phone, settings: Settings
) -> None:
    phone.send(told("uuid:1", prov="02"))
    phone.send(told("uuid:2", prov="24"))
    drain(app)
    by, person = signed_in(settings.secrets.jwt_key, Role.COORDINATOR, world.project_id, "02")
    with unit_of_work() as session:
        for actor in (person, phone.id):
            audit.record(
                session, project_id=world.project_id, actor_id=actor, action="form.publish",
                subject="form:1",
            )  # fmt: skip
    address = f"/v1/projects/{world.project_id}/audits"
    seen = app.test_client().get(address, headers=by).json["items"]
    assert [(one["action"], one["actorId"]) for one in seen] == [
        ("form.publish", person),
        ("submission.receive", phone.id),
    ]
    page = app.test_client().get(f"{world.path}/log", headers=by)
    assert "records of your area" in text_of(page)


def test_s17_the_administrator_reads_acts_and_the_key_of_no_record(
    app: Flask, world: World, phone: Phone, settings: Settings
) -> None:
    phone.send(told("uuid:1"))
    with reading() as session:
        key = str(session.scalars(sa.select(Submission.submission_pk)).one())
    by = bearer(settings.secrets.jwt_key, Role.ADMIN)
    answer = app.test_client().get(f"/v1/projects/{world.project_id}/audits", headers=by)
    [received] = [one for one in answer.json["items"] if one["action"] == "submission.receive"]
    assert (received["subject"], received["actorId"]) == ("", phone.id)
    page = app.test_client().get(f"{world.path}/log", headers=by)
    assert page.status_code == 200
    assert key not in page.text + answer.text


def test_every_act_has_words_in_both_languages(app: Flask) -> None:
    keys = {name.replace(".", "_") for name in written() | {act.value for act in Act}}
    assert {one for one in keys if not {f"act.{one}", f"deed.{one}"} & set(catalogue())} == set()
    deeds = {key.removeprefix("deed.") for key in catalogue() if key.startswith("deed.")}
    assert deeds - keys == set(), "an act that nobody writes"


@pytest.mark.each_database
def test_a_page_costs_the_same_however_long_the_log_is(world: World) -> None:
    at = clock.now()
    with unit_of_work() as session:
        rows = [
            {
                "project_id": world.project_id, "strand": 900 + n % 3, "seq": n // 3 + 1,
                "entry_pk": uuid.uuid4(), "at": at + dt.timedelta(seconds=n), "actor_id": None,
                "action": "submission.receive", "subject": "x", "details": {}, "hash": b"",
            }
            for n in range(9000)
        ]  # fmt: skip
        session.execute(sa.insert(AuditEntry), rows)
    as_its_owner("ANALYZE")
    looked = walking.windows({900: 3000, 901: 3000, 902: 3000})
    query = audit_log.entries(world.project_id, looked, action="form.publish", who=1, limit=50)
    literal = {"literal_binds": True}
    text = str(query.compile(dialect=current().writer.dialect, compile_kwargs=literal))
    explain = "EXPLAIN QUERY PLAN" if current().is_sqlite else "EXPLAIN"
    with current().writer.begin() as connection:
        plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {text}"))
    assert "SCAN audit_entries" not in plan, plan
    assert "Seq Scan on audit_entries" not in plan, plan
    bounded = "(project_id=? AND strand=? AND seq>? AND seq<?)" if current().is_sqlite else "seq >="
    assert plan.count(bounded) >= 3, plan


def test_lists_in_an_entry_are_said_as_words(app: Flask, world: World, settings: Settings) -> None:
    with unit_of_work() as session:
        audit.record(
            session, project_id=world.project_id, actor_id=None, action="script.create",
            subject=1, scopes=["figures", "facts"],
        )  # fmt: skip
    page = app.test_client().get(
        f"{world.path}/log", headers=bearer(settings.secrets.jwt_key, Role.ADMIN)
    )
    assert "scopes: figures facts" in text_of(page)
