"""S-49 for acts that no test kills: where the transaction that holds the entry is not committed,
nothing of the act is there either; where it is, both are."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service.accounts import actions as accounts
from service.accounts.actions import second_factors
from service.accounts.actor import SYSTEM, Role, Scope
from service.accounts.tables import Project
from service.consent import actions as consent
from service.entities import actions as entities
from service.entities.actions.changing import given
from service.entities.tables import Arrival, Entity
from service.entities.versions import Conflict
from service.forms import actions as forms
from service.forms import queries as form_queries
from service.forms.entity_lists import Telling
from service.foundation import audit, db
from service.foundation.audit import AuditEntry
from service.foundation.db import Base, reading, unit_of_work
from service.indicators import actions as indicators
from service.intake import actions as intake
from tests.conftest import drain
from tests.entity_forms import a_record, register
from tests.factories import Phone, a_phone, an_instance
from tests.web.people import signed_in

COUNTED = {"jobs", "audit_entries", "audit_heads", "flag_looks", "flag_progress"}
"""What changes without the act: work that is claimed and given back, and what the worker remembers
of records that it looked at."""
numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Site:
    app: Flask
    phone: Phone

    @property
    def project_id(self) -> int:
        return self.phone.project_id

    def a_list(self, **more: Any) -> str:
        name = f"list{next(numbers)}"
        with unit_of_work() as session:
            entities.create_list(session, SYSTEM, self.project_id, name, **more)
        return name

    def an_entity(self, name: str) -> uuid.UUID:
        key = uuid.uuid4()
        with unit_of_work() as session:
            one = given(str(key), "ឃ្លាំង", {})
            entities.create(session, SYSTEM, self.project_id, name, [one])
        return key

    def a_person(self, role: Role = Role.REVIEWER) -> int:
        with unit_of_work() as session:
            address = f"person{next(numbers)}@example.org"
            return accounts.create_user(session, SYSTEM, address, role, self.project_id).id

    def a_phone(self, form_ids: list[str] | None) -> int:
        with unit_of_work() as session:
            name = f"phone {next(numbers)}"
            made = accounts.create_app_user(session, SYSTEM, self.project_id, name, form_ids)
            return made.id


@pytest.fixture
def site(app: Flask) -> Site:
    return Site(app=app, phone=a_phone(app.test_client()))


Act = Iterator[None]
"""Makes ready, yields, acts."""
ACTS: dict[str, Callable[[Site], Act]] = {}


def of(action: str) -> Callable[[Callable[[Site], Act]], Callable[[Site], Act]]:
    def keep(act: Callable[[Site], Act]) -> Callable[[Site], Act]:
        ACTS[action] = act
        return act

    return keep


# --- phones, people and scripts -----------------------------------------------------------------
@of("device.assign")
def assign(site: Site) -> Act:
    phone = site.a_phone([])
    yield
    with unit_of_work() as session:
        accounts.assign_form(session, SYSTEM, site.project_id, phone, "visit")


@of("device.unassign")
def unassign(site: Site) -> Act:
    phone = site.a_phone(["visit"])
    yield
    with unit_of_work() as session:
        accounts.unassign_form(session, SYSTEM, site.project_id, phone, "visit", ["visit"])


@of("device.renew")
def renew(site: Site) -> Act:
    phone = site.a_phone(None)
    yield
    with unit_of_work() as session:
        accounts.renew_app_user(session, SYSTEM, site.project_id, phone)


@of("user.invite")
def invite(site: Site) -> Act:
    person = site.a_person()
    yield
    with unit_of_work() as session:
        accounts.create_setup_link(session, SYSTEM, person)


@of("user.set_password")
def set_password(site: Site) -> Act:
    person = site.a_person()
    with unit_of_work() as session:
        link = accounts.create_setup_link(session, SYSTEM, person)
    yield
    with unit_of_work() as session:
        accounts.use_setup_link(session, link, "hash")


@of("user.switch_off")
def switch_off(site: Site) -> Act:
    person = site.a_person()
    yield
    with unit_of_work() as session:
        accounts.set_active(session, SYSTEM, site.project_id, person, is_active=False)


@of("user.switch_on")
def switch_on(site: Site) -> Act:
    person = site.a_person()
    with unit_of_work() as session:
        accounts.set_active(session, SYSTEM, site.project_id, person, is_active=False)
    yield
    with unit_of_work() as session:
        accounts.set_active(session, SYSTEM, site.project_id, person, is_active=True)


@of("user.end_sessions")
def end_sessions(site: Site) -> Act:
    person = site.a_person()
    yield
    with unit_of_work() as session:
        accounts.end_sessions_of(session, SYSTEM, site.project_id, person)


@of("factor.enrol")
def enrol(site: Site) -> Act:
    person = site.a_person()
    yield
    with unit_of_work() as session:
        second_factors.enrol_from_shell(session, SYSTEM, person)


def a_coordinator(site: Site) -> dict[str, str]:
    settings = site.app.config["SAMLENG"]
    return signed_in(settings.secrets.jwt_key, Role.COORDINATOR, site.project_id)[0]


@of("factor.change")
def change_factor(site: Site) -> Act:
    headers = a_coordinator(site)
    yield
    site.phone.client.post("/account/recovery-codes", headers=headers)


@of("user.sign_out")
def leave(site: Site) -> Act:
    headers = a_coordinator(site)
    yield
    site.phone.client.delete("/v1/sessions/current", headers=headers)


@of("script.create")
def create_script(site: Site) -> Act:
    yield
    with unit_of_work() as session:
        name = f"script {next(numbers)}"
        accounts.create_api_token(session, SYSTEM, name, [site.project_id], [Scope.FORMS])


def a_script(site: Site) -> accounts.NewApiToken:
    with unit_of_work() as session:
        name = f"script {next(numbers)}"
        return accounts.create_api_token(session, SYSTEM, name, [site.project_id], [Scope.FORMS])


@of("script.sign_in")
def sign_in(site: Site) -> Act:
    made = a_script(site)
    yield
    assert accounts.open_script_session(made.email, made.token)


@of("script.sign_out")
def sign_out(site: Site) -> Act:
    made = a_script(site)
    opened = accounts.open_script_session(made.email, made.token)
    assert opened
    actor = accounts.find_script(opened.token)
    assert actor
    yield
    with unit_of_work() as session:
        accounts.end_script_session(session, actor)


# --- entity lists -------------------------------------------------------------------------------
@of("entity_list.create")
def create_list(site: Site) -> Act:
    yield
    site.a_list()


@of("entity_list.add_property")
def add_property(site: Site) -> Act:
    name = site.a_list()
    yield
    with unit_of_work() as session:
        entities.add_property(session, SYSTEM, site.project_id, name, "age")


@of("entity_list.tell")
def tell(site: Site) -> Act:
    name = site.a_list()
    yield
    with unit_of_work() as session:
        entities.tell(session, SYSTEM, site.project_id, name, Telling.NOBODY)


@of("entity_list.require_approval")
def require_approval(site: Site) -> Act:
    name = site.a_list()
    yield
    with unit_of_work() as session:
        entities.require_approval(session, SYSTEM, site.project_id, name, required=True)


@of("entity_list.allow")
def allow(site: Site) -> Act:
    name, phone = site.a_list(telling=Telling.PEOPLE), site.a_phone(None)
    yield
    with unit_of_work() as session:
        entities.allow_phone(session, SYSTEM, site.project_id, name, phone)


@of("entity_list.end_phone")
def end_phone(site: Site) -> Act:
    name, phone = site.a_list(telling=Telling.PEOPLE), site.a_phone(None)
    with unit_of_work() as session:
        entities.allow_phone(session, SYSTEM, site.project_id, name, phone)
    yield
    with unit_of_work() as session:
        entities.end_phone(session, SYSTEM, site.project_id, name, phone)


@of("entity.update")
def update(site: Site) -> Act:
    name = site.a_list()
    key = site.an_entity(name)
    yield
    with unit_of_work() as session:
        said = {"label": "ផ្សារ"}
        entities.update(session, SYSTEM, site.project_id, name, key, said, base_version=1)


@of("entity.resolve")
def resolve(site: Site) -> Act:
    name = site.a_list()
    key = site.an_entity(name)
    with unit_of_work() as session:
        clashing = sa.update(Entity).where(Entity.entity_id == key)
        session.execute(clashing.values(conflict=Conflict.SOFT))
    yield
    with unit_of_work() as session:
        entities.update(
            session, SYSTEM, site.project_id, name, key, {}, base_version=1, resolves=True
        )


def a_claim(site: Site, *, approval: bool) -> uuid.UUID:
    """A record that speaks of an entity: its key."""
    name = site.a_list(approval_required=approval)
    form_id = f"register_{name}"
    xml = register(form_id, list_name=name)
    with unit_of_work() as session:
        blobs = site.app.extensions["samleng.blobs"]
        forms.publish_xml(session, SYSTEM, site.project_id, xml, media={}, blobs=blobs)
        assert form_queries.find_form(session, site.project_id, form_id)
    sent = a_record(
        str(uuid.uuid4()), {"name": "ក"}, label="ក", form_id=form_id, list_name=name, create="1"
    )
    assert site.phone.send(sent).status_code == 201
    if not approval:
        return uuid.UUID(int=0)
    drain(site.app)
    with reading() as session:
        return session.scalars(
            sa.select(Arrival.record_pk).order_by(Arrival.looked_at.desc())
        ).first() or uuid.UUID(int=0)


@of("entity.apply")
def apply(site: Site) -> Act:
    a_claim(site, approval=False)
    yield
    drain(site.app)


@of("entity.approve")
def approve(site: Site) -> Act:
    record_pk = a_claim(site, approval=True)
    yield
    with unit_of_work() as session:
        entities.approve(session, SYSTEM, site.project_id, record_pk)


# --- records and the rest -----------------------------------------------------------------------
@of("project.share")
def share(site: Site) -> Act:
    yield
    with unit_of_work() as session:
        intake.set_share(session, SYSTEM, site.project_id, next(numbers) << 30)


@of("withdrawal.decide")
def decide(site: Site) -> Act:
    blobs = site.app.extensions["samleng.blobs"]
    asked = consent.ask_by_code(
        site.project_id, f"BTB-{7000 + next(numbers)}", network="n", blobs=blobs, actor=SYSTEM
    )
    yield
    consent.decide(SYSTEM, site.project_id, asked.id, agree=False, blobs=blobs)


@of("figures.internal")
def look_at_unhidden(site: Site) -> Act:
    yield
    with unit_of_work() as session:
        indicators.note_unhidden(session, SYSTEM, site.project_id, "I01")


ENTRY_ALONE = {"figures.internal", "user.end_sessions"}
"""Acts that leave nothing but their entry, or nothing where nobody has signed in."""


# --- the comparison -----------------------------------------------------------------------------
class NotCommittedError(Exception):
    pass


@contextmanager
def no_entry_is_committed() -> Iterator[None]:
    """Every transaction in which an entry was written ends before its commit."""
    engine, written = db.current().writer, set[int]()

    def note(connection: sa.Connection, _c: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith("INSERT INTO AUDIT_ENTRIES"):
            written.add(id(connection))

    def refuse(connection: sa.Connection) -> None:
        if id(connection) in written:
            written.discard(id(connection))
            raise NotCommittedError

    sa.event.listen(engine, "before_cursor_execute", note)
    sa.event.listen(engine, "commit", refuse)
    try:
        yield
    finally:
        sa.event.remove(engine, "commit", refuse)
        sa.event.remove(engine, "before_cursor_execute", note)


def held() -> dict[str, list[str]]:
    """Every row of every table."""
    with reading() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(sa.select(table)))
            for table in Base.metadata.sorted_tables
        }


def entries(action: str) -> int:
    with reading() as session:
        count = sa.select(sa.func.count()).where(AuditEntry.action == action)
        return session.scalar(count) or 0


def but_for_work(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: lines for name, lines in rows.items() if name not in COUNTED}


def test_s49_without_its_entry_no_act_is_done_and_with_it_every_one(site: Site) -> None:
    for action, act in ACTS.items():
        begun = act(site)
        next(begun)
        before, told = held(), entries(action)
        with no_entry_is_committed(), pytest.raises((NotCommittedError, StopIteration)):
            next(begun)
        assert entries(action) == told, action
        assert but_for_work(held()) == but_for_work(before), action
        again = act(site)
        next(again)
        before, told = held(), entries(action)
        with pytest.raises(StopIteration):
            next(again)
        assert entries(action) > told, action
        assert action in ENTRY_ALONE or but_for_work(held()) != but_for_work(before), action


def test_what_is_not_committed_is_seen(site: Site) -> None:
    """An act whose entry comes in a transaction of its own stands without it."""

    def act() -> None:
        with unit_of_work() as session:
            session.execute(sa.update(Project).values(name="កំពត"))
        with unit_of_work() as session:
            audit.record(session, actor_id=None, action="test.late", subject="x")

    before = held()
    with no_entry_is_committed(), pytest.raises(NotCommittedError):
        act()
    assert but_for_work(held()) != but_for_work(before)


def test_s49_files_that_come_later_leave_an_entry_and_again_none(site: Site) -> None:
    xml, photo = an_instance(photo="a.jpg"), {"a.jpg": b"\xff\xd8\xff"}
    assert site.phone.send(xml).status_code == 201
    assert entries("submission.add_files") == 0
    for _ in range(2):
        assert site.phone.send(xml, photo).status_code in (201, 202)
        assert entries("submission.add_files") == 1
