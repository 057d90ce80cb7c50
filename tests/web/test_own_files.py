"""Advocates see what they sent, and open its files as coordinators do; nobody else's."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.actor import Role
from service.accounts.tables import Grant
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Submission
from service.web import fresh_code
from service.web.pages import sent
from tests import media_files, survivors
from tests.conftest import drain
from tests.factories import a_form, multipart
from tests.survivors import told
from tests.web.pages_world import World, a_world, text_of
from tests.web.people import signed_in
from tests.web.test_giving_roles import Person


@pytest.fixture
def world(client: FlaskClient) -> World:
    made = a_world()
    with unit_of_work() as session:
        a_form(session, made.project_id, survivors.FORM_ID, xml=survivors.form_xml())
    return made


@pytest.fixture
def arun(app: Flask, settings: Settings, world: World) -> Person:
    return Person(app, settings.secrets.jwt_key, Role.ADVOCATE, world.project_id)


@pytest.fixture
def dara(app: Flask, settings: Settings, world: World) -> Person:
    """Another advocate of the same project."""
    return Person(app, settings.secrets.jwt_key, Role.ADVOCATE, world.project_id)


def send(person: Person, world: World, instance: str = "uuid:1", **consent: str) -> None:
    """With her own account, as programs on a laptop do."""
    xml = told(instance, photo="a.jpg", **consent)
    data, content_type = multipart(xml, {"a.jpg": media_files.jpeg()})
    answer = person.client.post(
        f"/v1/projects/{world.project_id}/submission", data=data, content_type=content_type,
        headers={**person.headers, "X-OpenRosa-Version": "1.0"},
    )  # fmt: skip
    assert answer.status_code == 201
    drain(person.client.application)


def records(person: Person, world: World) -> list[str]:
    body = person.get(f"{world.path}/sent").get_data(as_text=True)
    return list(dict.fromkeys(re.findall(r'href="(/p/[^"]+/submissions/[^"]+)"', body)))


def action(person: Person, record: str) -> str:
    body = person.get(record).get_data(as_text=True)
    (found,) = re.findall(r'action="(/p/[^"]+/files/[^"]+)"', body)
    return str(found)


def addresses(page: TestResponse) -> list[str]:
    return re.findall(r'(?:src|href)="(/p/[^"]+/files/[^"]+)"', page.get_data(as_text=True))


def readings() -> list[AuditEntry]:
    with reading() as session:
        query = sa.select(AuditEntry).where(AuditEntry.action == "testimony.read")
        return list(session.scalars(query))


def test_s16_an_advocate_opens_files_of_what_she_sent_for_a_purpose_that_is_kept(
    world: World, arun: Person
) -> None:
    send(arun, world, contact="yes")
    (record,) = records(arun, world)
    assert "What I sent" in text_of(arun.get(f"{world.path}/"))
    page = arun.post(action(arun, record), purpose="contact")
    assert page.status_code == 200
    assert {arun.get(one).status_code for one in addresses(page)} == {200}
    (entry,) = readings()
    assert (entry.actor_id, entry.subject) == (arun.id, record.rpartition("/")[2])
    assert entry.details["purpose"] == "contact"


@pytest.mark.parametrize(("purpose", "status"), [("", 400), ("curiosity", 400), ("refer", 403)])
def test_s44_the_same_gate_by_purpose_stands_before_her(
    world: World, arun: Person, purpose: str, status: int
) -> None:
    send(arun, world)
    (record,) = records(arun, world)
    assert arun.post(action(arun, record), purpose=purpose).status_code == status
    assert readings() == []


def test_s11_a_stolen_session_of_hers_opens_no_file(
    app: Flask, settings: Settings, world: World, arun: Person
) -> None:
    send(arun, world)
    (record,) = records(arun, world)
    form = action(arun, record)
    headers, user_id = signed_in(
        settings.secrets.jwt_key, Role.ADVOCATE, world.project_id, is_fresh=False
    )
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(submitter_id=user_id))
    answer = app.test_client().post(form, data={"purpose": "work"}, headers=headers)
    assert answer.status_code == 403
    assert fresh_code.CODE in answer.get_data(as_text=True)
    assert readings() == []


def test_s12_dara_may_not_see_or_open_what_another_advocate_sent(
    world: World, arun: Person, dara: Person
) -> None:
    send(arun, world)
    (record,) = records(arun, world)
    form = action(arun, record)
    page = arun.post(form, purpose="work")
    assert records(dara, world) == []
    assert dara.get(record).status_code == 404
    assert dara.post(form, purpose="work").status_code == 404
    assert {dara.get(one).status_code for one in addresses(page)} == {410}
    assert len(readings()) == 1
    assert dara.get(f"{world.path}/submissions").status_code == 403


def test_an_address_is_shut_with_the_right_by_which_it_was_made(world: World, arun: Person) -> None:
    """The record is no longer hers, or the role is another: not half an hour later, at once."""
    send(arun, world)
    (record,) = records(arun, world)
    (address, *_) = addresses(arun.post(action(arun, record), purpose="work"))
    assert arun.get(address).status_code == 200
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(submitter_id=None))
    assert arun.get(address).status_code == 404
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(submitter_id=arun.id))
        session.execute(
            sa.update(Grant).where(Grant.user_id == arun.id).values(role=Role.REVIEWER.value)
        )
    assert arun.get(address).status_code == 403


def test_a_role_in_an_area_reaches_what_she_sent_from_everywhere(
    world: World, arun: Person
) -> None:
    send(arun, world)
    with unit_of_work() as session:
        session.execute(sa.update(Grant).where(Grant.user_id == arun.id).values(area="02"))
    for place in ("020101", "240101", None):
        with unit_of_work() as session:
            session.execute(sa.update(Submission).values(place=place))
        (record,) = records(arun, world)
        assert arun.post(action(arun, record), purpose="work").status_code == 200


def test_s16_many_openings_of_an_advocate_are_told_to_coordinators_and_not_to_her(
    app: Flask, settings: Settings, world: World, arun: Person
) -> None:
    chanthou = Person(app, settings.secrets.jwt_key, Role.COORDINATOR, world.project_id)
    for number in range(20):
        send(arun, world, f"uuid:{number}")
    pages = records(arun, world)
    assert len(pages) == 20
    for record in pages:
        assert arun.post(action(arun, record), purpose="work").status_code == 200
    assert "20 Records of which" in text_of(chanthou.get(f"{world.path}/"))
    assert "within ten minutes" not in text_of(arun.get(f"{world.path}/"))


def test_reviewers_and_field_workers_open_none_not_even_their_own(
    app: Flask, settings: Settings, world: World, arun: Person
) -> None:
    send(arun, world)
    (record,) = records(arun, world)
    form = action(arun, record)
    for role in (Role.REVIEWER, Role.FIELD_WORKER, Role.ANALYST):
        other = Person(app, settings.secrets.jwt_key, role, world.project_id)
        with unit_of_work() as session:
            session.execute(sa.update(Submission).values(submitter_id=other.id))
        assert other.post(form, purpose="work").status_code == 403
        may_list = role is Role.FIELD_WORKER  # states alone, without a way to the files
        assert other.get(f"{world.path}/sent").status_code == (200 if may_list else 403)
        assert other.get(record).status_code in (403, 404) or role is Role.REVIEWER
    assert readings() == []


def test_the_list_of_what_she_sent_is_paged_and_in_both_languages(
    world: World, arun: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent, "PAGE", 2)
    assert "You have sent no record with this account yet." in text_of(
        arun.get(f"{world.path}/sent")
    )
    for number in range(3):
        send(arun, world, f"uuid:{number}")
    first = arun.get(f"{world.path}/sent", "km").get_data(as_text=True)
    assert "អ្វីដែលខ្ញុំបានផ្ញើ" in first
    (after,) = re.findall(r'href="\?after=([^"]+)"', first)
    newest = records(arun, world)
    older = arun.client.get(
        f"{world.path}/sent", query_string={"after": after}, headers=arun.headers
    ).get_data(as_text=True)
    assert len(newest) == 2
    assert len(set(re.findall(r"/submissions/[0-9a-f-]{36}", older))) == 1
    bad = arun.client.get(f"{world.path}/sent?after=odd", headers=arun.headers)
    assert bad.status_code == 404
