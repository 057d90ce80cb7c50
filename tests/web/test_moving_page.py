"""Moving in by the page: looked at first, then brought by the worker; what opens the other server
is kept no longer than it is needed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask

from service.accounts.actor import Role
from service.accounts.tables import Project
from service.foundation import clock, crash_points, keys
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Submission
from service.moving.actions import reaching, runs
from service.moving.states import State
from service.moving.tables import MovePage, MoveRun
from tests.clients.scripted_server import Answer, Asked, scripted
from tests.conftest import drain
from tests.factories import a_project
from tests.integration.moving.test_servers import TOKEN, answering, central, instance
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


class Old:
    """A server that is left, and what becomes of it while it is: `answer` may be changed."""

    def __init__(self, routes: dict[str, Any]) -> None:
        self.routes = routes
        self.answer: Callable[[Asked], Answer | None] = lambda _: None
        self._usual = answering(routes, f"Bearer {TOKEN}")

    def __call__(self, asked: Asked) -> Answer:
        return self.answer(asked) or self._usual(asked)


@contextmanager
def left(routes: dict[str, Any] | None = None) -> Iterator[tuple[str, Old, list[Asked]]]:
    old = Old(central() if routes is None else routes)
    with scripted(old) as (address, asked):
        yield address, old, asked


def cut_at(part: str) -> Callable[[Asked], Answer | None]:
    """The line breaks when this is asked for."""
    return lambda asked: Answer(hang_up=True) if part in unquote(asked.path) else None


def test_where_the_line_breaks_it_waits_and_goes_on_by_itself(app: Flask, chanthou: Person) -> None:
    with left() as (address, old, _), clock.frozen(clock.now()):
        old.answer = cut_at(f"{id_of(2)}.xml")
        path = chanthou.begin(address, dry="no")
        drain(app)
        waiting = run()
        assert (waiting.state, waiting.waits_since) == (State.QUEUED, clock.now())
        assert waiting.secret is not None, "what opens it is still needed"
        told = chanthou.page(path)
        assert "does not answer" in told.text
        assert "មិនឆ្លើយតប" in chanthou.page(f"{path}?lang=km").text
        old.answer = lambda _: None
        drain(app)
        assert run().state is State.QUEUED, "not every second"
        with clock.frozen(clock.now() + dt.timedelta(minutes=2)):
            assert runs.is_due()
            drain(app)
    assert (run().state, run().secret, count(Submission)) == (State.DONE, None, 3)


def test_a_server_that_is_away_for_good_is_given_up_after_a_day(
    app: Flask, chanthou: Person
) -> None:
    with left() as (address, old, asked):
        old.answer = cut_at("/")
        chanthou.begin(address)
        key_pk = run().secret_key_pk
        start = clock.now()
        for hours in range(26):
            with clock.frozen(start + dt.timedelta(hours=hours)):
                drain(app)
        assert 20 < len(asked) < 100
    assert (run().state, run().problem) == (State.FAILED, "source-away")
    assert key_pk is not None
    assert keys.current().find(chanthou.project_id, key_pk) is None


def many_forms() -> dict[str, Any]:
    """Two forms; a server that lists them by what was edited last."""
    routes = central()
    at = "/v1/projects/7"
    (village, *_) = routes[f"{at}/forms"]
    routes[f"{at}/forms"] = [{**village, "xmlFormId": "another"}, village]
    for path, content in [*routes.items()]:
        if "/forms/village" in path and "submissions" not in path:
            held = content.replace('id="village"', 'id="another"') if ".xml" in path else content
            routes[path.replace("/forms/village", "/forms/another")] = held
    another = [
        {
            "instanceId": id_of(n), "createdAt": "2024-02-01T00:00:00.000Z", "reviewState": None,
            "currentVersion": {"instanceId": id_of(n), "formVersion": "1", "current": True},
        }
        for n in range(1000, 1300)
    ]  # fmt: skip
    routes[f"{at}/forms/another/submissions"] = lambda query: another[
        int(query["offset"][0]) : int(query["offset"][0]) + int(query["limit"][0])
    ]
    for n in range(1000, 1300):
        xml = instance(n, "name", form="another")
        routes[f"{at}/forms/another/submissions/{id_of(n)}.xml"] = xml
    return routes


def test_forms_that_change_places_meanwhile_are_all_gone_through(
    app: Flask, chanthou: Person
) -> None:
    """Cut off on the second page of one; somebody edits the other; then on."""
    with left(many_forms()) as (address, old, asked), clock.frozen(clock.now()):
        old.answer = cut_at(f"{id_of(1270)}.xml")
        chanthou.begin(address, dry="no")
        drain(app)
        assert run().mark["form"] == "another"
        assert 200 < count(Submission) < 300
        old.answer = lambda _: None
        old.routes["/v1/projects/7/forms"].reverse()
        asked.clear()
        with clock.frozen(clock.now() + dt.timedelta(minutes=2)):
            drain(app)
    assert (run().state, count(Submission)) == (State.DONE, 303)
    assert not [one for one in asked if "offset=0" in one.path and "another" in one.path]
    assert run().counts["record.new"] + run().counts["record.same"] == 302


def test_whoever_loses_her_role_meanwhile_brings_no_more(app: Flask, chanthou: Person) -> None:
    from service.accounts.tables import Grant

    def dismiss(asked: Asked) -> None:
        if "offset=247" in asked.path:  # pages overlap by three records
            with unit_of_work() as session:
                session.execute(sa.delete(Grant).where(Grant.user_id == chanthou.id))

    with left(many_forms()) as (address, old, _):
        old.answer = dismiss
        chanthou.begin(address, dry="no")
        drain(app)
    assert (run().state, run().problem) == (State.FAILED, "not-allowed")
    assert 250 <= count(Submission) <= 300, "no further than the page that was under way"


@pytest.mark.parametrize("is_stopped", [False, True])
def test_while_it_waits_for_answers_it_says_that_it_goes_on(
    app: Flask, chanthou: Person, monkeypatch: pytest.MonkeyPatch, is_stopped: bool
) -> None:
    """A page of records takes minutes: no other worker takes it for stopped, and it can be."""
    monkeypatch.setattr(runs, "BEAT_S", 0.0)
    beats = []

    def look(asked: Asked) -> None:
        if asked.path.endswith(".xml") and "submissions" in asked.path:
            beats.append(run().beat_at)
            if is_stopped:
                with unit_of_work() as session:
                    session.execute(sa.update(MoveRun).values(state=State.STOPPED))

    with left() as (address, old, _):
        old.answer = look
        chanthou.begin(address, dry="no")
        drain(app)
    assert len(beats) == (1 if is_stopped else 3)
    assert len(set(beats)) == len(beats), "at each question"
    assert run().state is (State.STOPPED if is_stopped else State.DONE)


@pytest.mark.each_database
def test_while_a_name_is_looked_up_others_write(
    chanthou: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers of names answer when they like: nobody waits for them but whoever asked."""
    wrote: list[str] = []

    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        def write() -> None:
            with unit_of_work() as session:
                a_project(session, "Kampot")
            wrote.append("while it is looked up")

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        writer.join(timeout=5)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    chanthou.begin("https://data.example")
    assert wrote


def test_a_session_that_ends_meanwhile_is_opened_anew_and_closed_at_the_end(
    app: Flask, chanthou: Person
) -> None:
    """Central's last for a day."""
    opened: list[str] = []

    def answer(asked: Asked) -> Answer | None:
        if asked.path == "/v1/sessions":
            opened.append("new")
            return Answer(body=b'{"token": "secret-token"}')
        if asked.path == "/v1/sessions/current":
            opened.append(asked.method)
            return Answer(body=b"{}")
        is_over = "submissions" in asked.path and len(opened) == 1
        return Answer(status=401, body=b"{}") if is_over else None

    with left() as (address, old, _):
        old.answer = answer
        chanthou.begin(address, dry="no", token="", email="a@example.org", password="p")
        drain(app)
        assert (run().state, opened) == (State.DONE, ["new", "new", "DELETE"])
        opened.clear()
        old.answer = lambda asked: (
            answer(asked) if "sessions" in asked.path else Answer(status=401, body=b"{}")
        )
        chanthou.begin(address, token="", email="a@example.org", password="p")
        drain(app)
    assert (run().state, run().problem) == (State.FAILED, "source-denied")
    assert opened == ["new", "new", "DELETE"], "once more, not for ever"


def test_killed_before_it_destroyed_what_opens_the_server_that_is_done_later(
    app: Flask, chanthou: Person, old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(point: str) -> None:
        if point == "after_move_end_commit":
            raise KeyboardInterrupt

    chanthou.begin(old)
    key_pk = run().secret_key_pk
    assert key_pk is not None
    monkeypatch.setattr(crash_points, "reached", killed)
    with pytest.raises(KeyboardInterrupt):
        drain(app)
    assert run().state is State.DONE
    assert keys.current().find(chanthou.project_id, key_pk) is not None
    runs.forget_old()
    assert keys.current().find(chanthou.project_id, key_pk) is None
    assert run().secret_key_pk is None


def test_a_mark_of_an_earlier_release_begins_again(app: Flask, chanthou: Person, old: str) -> None:
    """As an update leaves it: claimed, seen last some time ago, its mark a place in a list."""
    chanthou.begin(old, dry="no")
    past = clock.now() - dt.timedelta(minutes=15)
    with unit_of_work() as session:
        session.execute(
            sa.update(MoveRun).values(
                state=State.RUNNING, started_at=past, beat_at=past, attempts=1,
                mark={"stage": 1, "form": 0, "after": "0"},
            )
        )  # fmt: skip
    assert runs.is_due()
    drain(app)
    assert (run().state, count(Submission)) == (State.DONE, 3)


def test_whoever_lost_her_role_moves_nothing(app: Flask, chanthou: Person, old: str) -> None:
    from service.accounts.tables import Grant

    chanthou.begin(old, dry="no")
    with unit_of_work() as session:
        session.execute(sa.delete(Grant).where(Grant.user_id == chanthou.id))
    drain(app)
    assert (run().state, count(Submission)) == (State.FAILED, 0)


@pytest.mark.each_database
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
    app: Flask, chanthou: Person, old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with structlog.testing.capture_logs() as lines:
        chanthou.begin(old, token="not-the-right-one")
        monkeypatch.setattr(reaching, "Central", None)  # a fault of ours, with the token at hand
        drain(app)
    assert "move_failed" in [line["event"] for line in lines], "lines were written"
    assert "not-the-right-one" not in str(lines)
    assert old not in str(lines)
