"""Moving in by the page: looked at first, then brought by the worker; what opens the other server
is kept no longer than it is needed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service.accounts.actor import Role
from service.accounts.tables import Project
from service.foundation import clock, keys
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Submission
from service.moving.actions import runs
from service.moving.states import State
from service.moving.tables import MovePage, MoveRun
from tests.clients.scripted_server import scripted
from tests.conftest import drain
from tests.factories import a_project
from tests.integration.moving.test_servers import TOKEN, answering, central
from tests.integration.moving.village import id_of
from tests.web.people import signed_in


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The old server stands beside the new one."""
    return dataclasses.replace(settings, move_in_private=True)


@pytest.fixture
def old() -> Iterator[str]:
    """The address of the server that is left."""
    with scripted(answering(central(), f"Bearer {TOKEN}")) as (address, _):
        yield address


class Person:
    def __init__(
        self,
        app: Flask,
        settings: Settings,
        role: Role = Role.COORDINATOR,
        *,
        is_fresh: bool = True,
    ) -> None:
        self.client = app.test_client()
        with unit_of_work() as session:
            project = a_project(session, "Pailin")
            self.project_id = project.id
        with reading() as session:
            query = sa.select(Project.slug).where(Project.id == self.project_id)
            self.base = f"/p/{session.scalars(query).one()}/moving"
        self.headers, self.id = signed_in(
            settings.secrets.jwt_key, role, self.project_id, is_fresh=is_fresh
        )

    def page(self, rest: str = "") -> Any:
        return self.client.get(f"{self.base}{rest}", headers=self.headers)

    def post(self, rest: str, **fields: str) -> Any:
        return self.client.post(f"{self.base}{rest}", data=fields, headers=self.headers)

    def begin(self, address: str, **more: str) -> str:
        """The path of the move's page below the list."""
        fields = {"kind": "central", "address": address, "of_project": "7", "token": TOKEN, **more}
        answer = self.post("/new", **fields)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["Location"]).removeprefix(self.base)


@pytest.fixture
def chanthou(app: Flask, settings: Settings) -> Person:
    return Person(app, settings)


def run() -> MoveRun:
    with reading() as session:
        return session.scalars(sa.select(MoveRun).order_by(MoveRun.run_pk.desc())).first()  # type: ignore[return-value]


def count(table: Any) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_looked_at_then_brought(app: Flask, chanthou: Person, old: str) -> None:
    looked = chanthou.begin(old)
    waiting = chanthou.page(looked)
    assert waiting.headers["Refresh"] == "5", "looks again without a script"
    drain(app)
    assert count(Submission) == 0
    first = chanthou.page(looked)
    assert "What would happen" in first.text
    assert f'href="{chanthou.base}/new?again=' in first.text
    records = chanthou.page(f"{looked}?page=2").text
    assert id_of(11) in records
    assert id_of(2) in records
    form = chanthou.page(f"/new?again={looked[1:]}").text
    assert f'value="{old}"' in form
    assert TOKEN not in form
    chanthou.begin(old, dry="no")
    drain(app)
    assert count(Submission) == 3
    assert run().counts == {"form.new": 2, "record.new": 2, "list.new": 1}
    with reading() as session:
        assert set(session.scalars(sa.select(Submission.submitter_id))) == {chanthou.id}


def test_what_opens_the_other_server_is_destroyed_when_it_is_over(
    app: Flask, chanthou: Person, old: str
) -> None:
    chanthou.begin(old)
    before = run()
    assert before.secret is not None
    assert TOKEN.encode() not in before.secret
    assert before.secret_key_pk is not None
    drain(app)
    assert run().secret is None
    assert keys.current().find(chanthou.project_id, before.secret_key_pk) is None
    with reading() as session:
        details = session.scalars(sa.select(AuditEntry.details)).all()
    assert TOKEN not in str(details)
    assert old not in str(details)


def test_a_wrong_token_is_said_with_what_to_do(app: Flask, chanthou: Person, old: str) -> None:
    path = chanthou.begin(old, token="another")
    drain(app)
    assert run().state is State.FAILED
    assert "Make a new token there" in chanthou.page(path).text
    assert "ថូខិន" in chanthou.page(f"{path}?lang=km").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "ftp"},
        {"address": "https://10.0.0.1.example.invalid"},
        {"address": "http://192.0.2.1"},
        {"token": ""},
        {"of_project": "seven"},
    ],
)
def test_what_cannot_be_asked_is_said_and_what_was_typed_stays_but_for_the_token(
    chanthou: Person, old: str, wrong: dict[str, str]
) -> None:
    fields = {"kind": "central", "address": old, "of_project": "7", "token": TOKEN, **wrong}
    answer = chanthou.post("/new", **fields)
    assert answer.status_code == 400
    assert TOKEN not in answer.text
    assert count(MoveRun) == 0


def test_a_session_without_a_fresh_code_moves_nothing(
    app: Flask, settings: Settings, old: str
) -> None:
    chanthou = Person(app, settings, is_fresh=False)
    assert chanthou.page("/new").status_code == 302, "to the page that asks for a code"
    answer = chanthou.post("/new", kind="kobo", address=old)
    assert answer.status_code in (200, 403)
    assert 'name="fresh_code"' in answer.text
    assert chanthou.page().status_code == 200, "looking is free"
    assert count(MoveRun) == 0


def test_dara_may_not(app: Flask, settings: Settings, old: str) -> None:
    dara = Person(app, settings, Role.REVIEWER)
    assert dara.page().status_code == 403
    assert dara.post("/new", kind="kobo", address=old, token=TOKEN).status_code == 403


def test_stopped_it_moves_no_more(app: Flask, chanthou: Person, old: str) -> None:
    path = chanthou.begin(old, dry="no")
    assert chanthou.post(f"{path}/stop").status_code == 303
    drain(app)
    assert (run().state, run().secret) == (State.STOPPED, None)
    assert count(Submission) == 0


def test_killed_it_goes_on_where_it_stopped(app: Flask, chanthou: Person, old: str) -> None:
    """As a process leaves it that dies after the forms: claimed, seen last some minutes ago."""
    chanthou.begin(old, dry="no")
    past = clock.now() - dt.timedelta(minutes=5)
    with unit_of_work() as session:
        session.execute(
            sa.update(MoveRun).values(
                state=State.RUNNING, started_at=past, beat_at=past, attempts=1,
                mark={"stage": 1, "form": 0, "after": "0"}, counts={"form.new": 2},
            )
        )  # fmt: skip
    assert runs.is_due()
    drain(app)
    assert run().state is State.DONE
    assert run().counts["record.refused"] == 2, "the forms are said to have come: not again"


def test_whoever_lost_her_role_moves_nothing(app: Flask, chanthou: Person, old: str) -> None:
    from service.accounts.tables import Grant

    chanthou.begin(old, dry="no")
    with unit_of_work() as session:
        session.execute(sa.delete(Grant).where(Grant.user_id == chanthou.id))
    drain(app)
    assert (run().state, count(Submission)) == (State.FAILED, 0)


def test_lines_are_sealed_and_gone_after_a_week(app: Flask, chanthou: Person, old: str) -> None:
    path = chanthou.begin(old)
    drain(app)
    with reading() as session:
        sealed = b"".join(session.scalars(sa.select(MovePage.sealed)))
    assert id_of(2).encode() not in sealed
    key_pk = run().key_pk
    with clock.frozen(clock.now() + dt.timedelta(days=8)):
        assert runs.forget_old() == 1
    assert (count(MovePage), run().key_pk) == (0, None)
    assert key_pk is not None
    assert keys.current().find(chanthou.project_id, key_pk) is None
    assert "kept for a week" in chanthou.page(path).text


def test_the_token_is_in_no_log_line(
    app: Flask, chanthou: Person, old: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    chanthou.begin(old, token="not-the-right-one")
    drain(app)
    said = capsys.readouterr()
    assert "not-the-right-one" not in said.out + said.err
