"""A process that does what people do, one act after another, until it is killed.

    python -m tests.reliability.other_acts prepare N    records, people and phones to act on
    python -m tests.reliability.other_acts live         one life for each line of standard input

A life is a child process: its id is printed, and a line as each act begins. So that a
thousand kills are minutes, everything is imported once and each life is a fork.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import sys
import traceback
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from service.accounts import actions as accounts
from service.accounts import queries as account_queries
from service.accounts.actions import second_factors
from service.accounts.actor import SYSTEM, Role, Scope
from service.app import create_app
from service.cli import keys as key_commands
from service.consent import actions as consent
from service.consent.periods import Periods
from service.entities import actions as entities
from service.forms import actions as forms
from service.forms import queries as form_queries
from service.forms.states import FormState
from service.foundation import clock, ids, keys
from service.foundation.db import reading, unit_of_work
from service.foundation.outgoing import Rules
from service.foundation.problems import Problem
from service.moving.actions import asking
from service.moving.actions import runs as moves
from service.moving.actions.reaching import Secret
from service.moving.places import Place
from service.review import actions as review
from service.review.actions import comments, deciding
from service.review.queries import records
from service.review.queries.records import RecordTold
from service.review.removing import Why
from service.review.states import ReviewState
from tests.clients import households
from tests.clients.openrosa_phone import multipart

PROJECT = 1
MOVER, LIST = "chanthou@example.org", "stock"
ROLES = (Role.REVIEWER, Role.ANALYST, Role.ADVOCATE)


def prepare(count: int) -> None:
    app = create_app()
    with unit_of_work() as session:
        phone = accounts.create_app_user(session, SYSTEM, PROJECT, "Filler", None)
        accounts.create_user(session, SYSTEM, "bopha@example.org", Role.REVIEWER, PROJECT)
        mover = accounts.create_user(session, SYSTEM, MOVER, Role.COORDINATOR, PROJECT)
        second_factors.enrol_from_shell(session, SYSTEM, mover.id)
        entities.create_list(session, SYSTEM, PROJECT, LIST)
    client = app.test_client()
    for number in range(count):
        body, kind = multipart(households.household(number, photos=False).record, [], is_last=True)
        told = b"".join(piece for piece in body if isinstance(piece, bytes))
        address = f"/v1/key/{phone.token}/projects/{PROJECT}/submission"
        answer = client.post(
            address, data=told, content_type=kind, base_url=app.config["SAMLENG"].public_url
        )
        assert answer.status_code == 201, answer.data


# --- acts ---------------------------------------------------------------------------------------
def erase(app: Flask, chance: random.Random) -> None:
    visited = households.household(chance.randrange(4000) % _count(), photos=False)
    blobs = app.extensions["samleng.blobs"]
    consent.withdraw_record(SYSTEM, PROJECT, visited.instance_id, "asked", blobs=blobs)


def narrow(app: Flask, chance: random.Random) -> None:
    visited = households.household(chance.randrange(4000) % _count(), photos=False)
    blobs = app.extensions["samleng.blobs"]
    scopes = ("stats",)
    consent.withdraw_record(
        SYSTEM, PROJECT, visited.instance_id, "asked", blobs=blobs, scopes=scopes
    )


def change_role(app: Flask, chance: random.Random) -> None:
    role = chance.choice(ROLES)
    with unit_of_work() as session:
        person = accounts.get_user(session, SYSTEM, "bopha@example.org").id
        if chance.random() < 0.5:
            accounts.grant(session, SYSTEM, person, role, PROJECT)
        else:
            accounts.revoke_grant(session, SYSTEM, person, role, PROJECT)


def end_token(app: Flask, chance: random.Random) -> None:
    name = ids.new_uuid().hex
    if chance.random() < 0.5:
        with unit_of_work() as session:
            phone = accounts.create_app_user(session, SYSTEM, PROJECT, name, None)
        with unit_of_work() as session:
            accounts.revoke_app_user(session, SYSTEM, PROJECT, phone.id)
        return
    with unit_of_work() as session:
        token = accounts.create_api_token(session, SYSTEM, name, [PROJECT], [Scope.FORMS])
    with unit_of_work() as session:
        accounts.revoke_api_token(session, SYSTEM, token.id)


def rotate(app: Flask, chance: random.Random) -> None:
    keys.rotate(keys.current(), begun=key_commands._begun)


def publish(app: Flask, chance: random.Random) -> None:
    xml = households.FORM.replace(households.VERSION, ids.new_uuid().hex)
    prepared = forms.prepare_xml(xml.encode(), {})
    with unit_of_work() as session:
        blobs = app.extensions["samleng.blobs"]
        forms.publish(session, SYSTEM, PROJECT, prepared, blobs, None)


def open_or_close(app: Flask, chance: random.Random) -> None:
    with unit_of_work() as session:
        form = form_queries.list_forms(session, PROJECT)[0].form_pk
        forms.set_state(session, SYSTEM, PROJECT, form, chance.choice([*FormState]))


def remove_or_restore(app: Flask, chance: random.Random) -> None:
    with unit_of_work() as session:
        found = _looked_at(session, chance)
        if found is None:
            return
        key = found.current.submission_pk
        review.remove_record(session, SYSTEM, PROJECT, key, chance.choice([*Why]))
    if chance.random() < 0.5:
        with unit_of_work() as session:
            review.restore_record(session, SYSTEM, PROJECT, key)


def look_at(app: Flask, chance: random.Random) -> None:
    with unit_of_work() as session:
        found = _looked_at(session, chance)
        if found is None:
            return
        if chance.random() < 0.5:
            state = chance.choice([None, *ReviewState])
            deciding.decide(session, SYSTEM, PROJECT, found, state)
        else:
            comments.add_comment(session, SYSTEM, PROJECT, found, "ខ")


def _looked_at(session: Session, chance: random.Random) -> RecordTold | None:
    visited = households.household(chance.randrange(4000) % _count(), photos=False)
    form = form_queries.list_forms(session, PROJECT)[0].form_pk
    return records.find(session, PROJECT, form, visited.instance_id)


def bring_in_or_undo(app: Flask, chance: random.Random) -> None:
    rows = "".join(f"{ids.new_uuid()},Stock {n}\n" for n in range(chance.randint(1, 9)))
    with unit_of_work() as session:
        data = f"__id,label\n{rows}".encode()
        done = entities.import_file(session, SYSTEM, PROJECT, LIST, data)
    if done.import_pk is not None and chance.random() < 0.5:
        with unit_of_work() as session:
            entities.undo_import(session, SYSTEM, PROJECT, LIST, done.import_pk)


def change_entity(app: Flask, chance: random.Random) -> None:
    key = uuid.uuid4()
    with unit_of_work() as session:
        given = [entities.Given(label="Stock", data={}, entity_id=key)]
        entities.create(session, SYSTEM, PROJECT, LIST, given)
    with unit_of_work() as session:
        entities.delete(session, SYSTEM, PROJECT, LIST, key)
    if chance.random() < 0.5:
        with unit_of_work() as session:
            entities.restore(session, SYSTEM, PROJECT, LIST, key)


def move(app: Flask, chance: random.Random) -> None:
    """Asked for, and stopped or not; no worker is there that would go and ask the other server."""
    with reading() as session:
        person = accounts.get_user(session, SYSTEM, MOVER).id
        asker = account_queries.find_person(session, person, clock.now())
    assert asker is not None
    asker = replace(asker, is_fresh=True)
    place, opens = Place(kind="kobo", address="http://127.0.0.1:9"), Secret(token="t")
    run = asking.ask(asker, PROJECT, place, opens, Rules(allows_private=True), is_dry=True)
    if chance.random() < 0.5:
        moves.stop(asker, PROJECT, run, app.extensions["samleng.blobs"])


def set_period(app: Flask, chance: random.Random) -> None:
    with unit_of_work() as session:
        wanted = Periods(records_months=chance.randint(12, 60))
        consent.set_periods(session, SYSTEM, PROJECT, wanted)


Act = Callable[[Flask, random.Random], Any]
ACTS: tuple[Act, ...] = (
    erase, erase, narrow, change_role, end_token, rotate, publish, open_or_close, set_period,
    remove_or_restore, look_at, bring_in_or_undo, change_entity, move,
)  # fmt: skip


def _count() -> int:
    return int(os.environ["ACTS_RECORDS"])


def act_until_killed(line: str) -> None:
    """`line`: after how many commits this life ends by itself (0: it is killed), and its seed."""
    commits, _, seed = line.partition(" ")
    app = create_app()
    chance = random.Random(seed)
    left = itertools.count(int(commits) - 1, -1)

    def ends(_session: Session) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(Session, "after_commit", ends)
    os.write(1, f"acts {os.getpid()}\n".encode())
    for _ in itertools.count():
        os.write(1, b"begun\n")
        with contextlib.suppress(Problem):  # taken back before, or taken away before
            chance.choice(ACTS)(app, chance)


def live() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                act_until_killed(line.strip())
            except BaseException:
                traceback.print_exc()
            os._exit(3)
        _, status = os.waitpid(child, 0)
        os.write(1, f"ended {os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(int(sys.argv[2]))
    else:
        live()
