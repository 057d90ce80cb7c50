"""An edit makes nobody's record somebody else's: neither its files, nor its consent, nor the right
to take it back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role, Scope
from service.accounts.tables import Grant
from service.facts.scopes import bits
from service.facts.tables import Person as PersonFact
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.queries import counting
from service.intake.tables import Attachment, State, Submission
from tests import survivors
from tests.conftest import drain
from tests.factories import Phone, a_form, multipart
from tests.survivors import told
from tests.web.pages_world import World, a_world, text_of
from tests.web.test_giving_roles import Person
from tests.web.test_own_files import action, records, send

TAKES_OVER = {"photo": "a.jpg", "contact": "yes", "share": "yes", "again_on": "2026-11-25"}
"""Names a file without bringing it, and a consent of a later day."""


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
    return Person(app, settings.secrets.jwt_key, Role.ADVOCATE, world.project_id)


def edit(person: Person, world: World, instance: str, base: str = "uuid:1") -> int:
    data, content_type = multipart(told(instance, edits=base, **TAKES_OVER), {})
    answer = person.client.post(
        f"/v1/projects/{world.project_id}/submission", data=data, content_type=content_type,
        headers={**person.headers, "X-OpenRosa-Version": "1.0"},
    )  # fmt: skip
    drain(person.client.application)
    return answer.status_code


def states() -> dict[str, tuple[str, str | None]]:
    with reading() as session:
        rows = session.execute(
            sa.select(Submission.instance_id, Submission.state, Submission.reason)
        )
        return {row.instance_id: (row.state, row.reason) for row in rows}


def may_contact() -> set[bool]:
    with reading() as session:
        scopes = session.scalars(sa.select(PersonFact.scopes)).all()
    return {bool(held & bits({"contact"})) for held in scopes}


def withdraw(person: Person, world: World, instance: str = "uuid:1") -> int:
    return person.client.post(
        f"/v1/projects/{world.project_id}/withdrawals",
        json={"instance_id": instance, "reason": "asked"}, headers=person.headers,
    ).status_code  # fmt: skip


def test_s12_s44_an_edit_of_another_advocates_record_waits_and_opens_nothing(
    world: World, arun: Person, dara: Person
) -> None:
    send(arun, world)
    (record,) = records(arun, world)
    assert edit(dara, world, "uuid:evil") == 202
    assert states() == {"uuid:1": ("current", None), "uuid:evil": ("queued", "of_another")}
    assert may_contact() == {False}
    (copy,) = records(dara, world)
    assert "/files/" not in dara.get(copy).get_data(as_text=True)  # none came, none were carried
    assert dara.get(record).status_code == 404
    assert dara.post(action(arun, record), purpose="work").status_code == 404
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 1
        assert counting.conservation(session, world.project_id).holds


def test_s45_an_edit_of_somebody_else_does_not_keep_the_sender_from_taking_back(
    world: World, arun: Person, dara: Person
) -> None:
    send(arun, world)
    assert edit(dara, world, "uuid:evil") == 202
    assert withdraw(dara, world) == 404
    assert withdraw(arun, world) == 201
    with reading() as session:
        assert set(session.scalars(sa.select(Submission.state))) == {State.ERASED}


def test_s45_a_contradiction_that_somebody_else_sends_does_not_either(
    world: World, arun: Person, dara: Person
) -> None:
    send(arun, world)
    data, content_type = multipart(told("uuid:1", name="another"), {})
    address = f"/v1/projects/{world.project_id}/submission"
    headers = {**dara.headers, "X-OpenRosa-Version": "1.0"}
    answer = dara.client.post(address, data=data, content_type=content_type, headers=headers)
    assert answer.status_code == 202
    assert withdraw(dara, world) == 404
    assert withdraw(arun, world) == 201


def test_s12_an_edit_that_came_before_the_record_takes_it_over_no_more(
    world: World, arun: Person, dara: Person
) -> None:
    assert edit(dara, world, "uuid:evil") == 202
    assert states() == {"uuid:evil": ("queued", "unknown_base")}
    send(arun, world)
    assert states() == {"uuid:1": ("current", None), "uuid:evil": ("queued", "of_another")}
    assert may_contact() == {False}


def test_s12_a_record_that_was_taken_over_before_is_the_first_senders_again(
    world: World, arun: Person, dara: Person
) -> None:
    """As an earlier release stored it."""
    send(arun, world)
    assert edit(arun, world, "uuid:2") == 201
    with unit_of_work() as session:
        later = Submission.instance_id == "uuid:2"
        session.execute(sa.update(Submission).where(later).values(submitter_id=dara.id))
    (version,) = records(dara, world)
    assert dara.get(version).status_code == 404
    assert arun.get(version).status_code == 200
    assert withdraw(dara, world, "uuid:2") == 404
    assert withdraw(arun, world, "uuid:2") == 201


def test_whoever_sent_a_record_edits_it_and_asks_consent_again(world: World, arun: Person) -> None:
    send(arun, world)
    assert edit(arun, world, "uuid:2") == 201
    assert states() == {"uuid:1": ("superseded", None), "uuid:2": ("current", None)}
    assert may_contact() == {True}
    (newest, _) = records(arun, world)
    assert arun.post(action(arun, newest), purpose="contact").status_code == 200


@pytest.mark.parametrize(("area", "status"), [("", 201), ("02", 201), ("24", 202)])
def test_a_coordinator_edits_what_lies_in_her_area_and_the_record_stays_the_senders(
    app: Flask, settings: Settings, world: World, arun: Person, area: str, status: int
) -> None:
    send(arun, world)
    sophea = Person(app, settings.secrets.jwt_key, Role.COORDINATOR, world.project_id, area)
    with unit_of_work() as session:
        role = Role.FIELD_WORKER.value
        session.add(Grant(user_id=sophea.id, project_id=world.project_id, role=role))
    assert edit(sophea, world, "uuid:2") == status
    assert may_contact() == {status == 201}
    assert withdraw(arun, world) == 201


@pytest.mark.parametrize(
    ("scopes", "status"), [({Scope.SUBMISSIONS}, 202), ({Scope.SUBMISSIONS, Scope.REVIEW}, 201)]
)
def test_a_script_edits_what_others_sent_where_it_was_given_review(
    app: Flask, world: World, arun: Person, scopes: set[Scope], status: int
) -> None:
    send(arun, world)
    with unit_of_work() as session:
        made = accounts.create_numbered_api_token(
            session, SYSTEM, "corrections", [world.project_id], scopes
        )
    data, content_type = multipart(told("uuid:2", edits="uuid:1", **TAKES_OVER), {})
    answer = app.test_client().post(
        f"/v1/projects/{world.project_id}/submission", data=data, content_type=content_type,
        headers={"Authorization": f"Bearer {made.token}", "X-OpenRosa-Version": "1.0"},
    )  # fmt: skip
    assert answer.status_code == status


def test_phones_edit_what_they_sent_and_not_what_another_phone_did(
    app: Flask, world: World
) -> None:
    """A phone that a team shares is one sender, also with a new token."""
    with unit_of_work() as session:
        made = [
            accounts.create_app_user(session, SYSTEM, world.project_id, f"phone {n}", None)
            for n in range(2)
        ]
    mine, other = (
        Phone(client=app.test_client(), project_id=world.project_id, token=one.token, id=one.id)
        for one in made
    )
    assert mine.send(told("uuid:1")).status_code == 201
    assert other.send(told("uuid:2", edits="uuid:1", **TAKES_OVER)).status_code == 202
    assert mine.send(told("uuid:3", edits="uuid:1", contact="yes")).status_code == 201
    drain(app)
    assert states() == {
        "uuid:1": ("superseded", None),
        "uuid:2": ("queued", "of_another"),
        "uuid:3": ("current", None),
    }


def test_coordinators_are_told_why_it_waits(
    app: Flask, settings: Settings, world: World, arun: Person, dara: Person
) -> None:
    send(arun, world)
    edit(dara, world, "uuid:evil")
    chanthou = Person(app, settings.secrets.jwt_key, Role.COORDINATOR, world.project_id)
    (copy,) = records(dara, world)
    assert "somebody else sent" in text_of(chanthou.get(copy))
    assert "អ្នកផ្សេងបានផ្ញើ" in text_of(chanthou.get(copy, "km"))
