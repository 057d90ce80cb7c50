"""S-49: whatever is done, its entry in the audit log is there; whatever the log says, was done.

Processes that erase, narrow, give and take roles, end tokens, replace keys, publish and set periods
are killed at random. What they left is compared with the log, act by act, by plain SQL.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.reliability.server import ROOT, Site
from tests.reliability.test_crashes import FULL, SEED

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(7200 if FULL else 180)]

KILLS = 1000 if FULL else 8
RECORDS = 4000 if FULL else 40
MOST_ACTS, MOST_COMMITS = 14, 20
AMID_S = 0.02
"""An act takes some milliseconds; a kill comes amid the one, or the next."""
IN_ORDER = "FROM audit_entries ORDER BY at, seq"
VERSIONS = "SELECT version_pk FROM form_versions"


@pytest.mark.parametrize("kind", ["site", "postgresql_site"])
def test_s45_s49_killed_at_any_moment_no_act_lacks_its_entry_and_no_entry_its_act(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    site: Site = request.getfixturevalue(kind).copy_to(tmp_path / "data")
    chance = random.Random(SEED)
    env = {**site.env(), "ACTS_RECORDS": str(RECORDS), "PYTHONPATH": str(ROOT)}
    module = [sys.executable, "-m", "tests.reliability.other_acts"]
    subprocess.run([*module, "prepare", str(RECORDS)], env=env, cwd=ROOT, check=True)
    first = json.loads(site.key_file.read_text())["current"]
    with opened(site) as engine, lives(module, env) as living:
        seen: set[str] = set()
        for number in range(KILLS):
            if number % 2:
                living.live_for(f"{SEED} {number}", commits=chance.randint(1, MOST_COMMITS))
            else:
                acts, then_s = chance.randint(1, MOST_ACTS), chance.uniform(0, AMID_S)
                living.live(f"{SEED} {number}", acts, then_s)
            assert misfits(engine, site, first) == [], f"SEED={SEED} life {number}"
            seen |= done(engine)
        assert {"consent.withdraw", "form.publish", "keys.rotation_begin"} <= seen, seen
    assert_settles(site, first)


class Lives:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def live(self, seed: str, acts: int, then_s: float) -> None:
        """One life of so many acts, ended by SIGKILL soon after the last has begun."""
        assert self._process.stdout
        number = self._begin(seed, commits=0)
        for _ in range(acts):
            assert self._process.stdout.readline() == "begun\n"
        time.sleep(then_s)
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGKILL)
        self._end()

    def live_for(self, seed: str, commits: int) -> None:
        """One life that ends right behind so many commits: between two of one act, if there are."""
        self._begin(seed, commits)
        self._end()

    def _begin(self, seed: str, commits: int) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{commits} {seed}\n")
        self._process.stdin.flush()
        word, _, number = self._process.stdout.readline().partition(" ")
        assert word == "acts", (word, number)
        return number

    def _end(self) -> None:
        assert self._process.stdout
        while (word := self._process.stdout.readline()) == "begun\n":
            pass
        assert word == f"ended {-signal.SIGKILL}\n"


@contextmanager
def lives(module: Sequence[str], env: dict[str, str]) -> Iterator[Lives]:
    process = subprocess.Popen(
        [*module, "live"],
        env=env,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Lives(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@contextmanager
def opened(site: Site) -> Iterator[sa.Engine]:
    engine = sa.create_engine(site.database_url or f"sqlite:///{site.database}")
    try:
        yield engine
    finally:
        engine.dispose()


def rows(engine: sa.Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.text(query)).all())


def done(engine: sa.Engine) -> set[str]:
    return {row.action for row in rows(engine, "SELECT DISTINCT action FROM audit_entries")}


def misfits(engine: sa.Engine, site: Site, first_key: str) -> list[str]:
    """Where what stands in the tables differs from what the log says was done. `first_key`: of the
    first start, which no rotation brought."""
    entries = [
        (row.action, row.subject, _as_json(row.details))
        for row in rows(
            engine, "SELECT action, subject, details FROM audit_entries ORDER BY at, seq"
        )
    ]

    def subjects(*actions: str) -> set[str]:
        return {subject for name, subject, _ in entries if name in actions}

    def details(name: str, *actions: str) -> list[Any]:
        return [each[name] for act, _, each in entries if act in actions]

    # Killed between the list and its own commit, an act is done by the next start, which says so.
    erase = ("consent.withdraw", "consent.erase_again")
    narrow = ("consent.narrow", "consent.narrow_again")

    taken = rows(engine, "SELECT withdrawal_pk, scopes, instances FROM withdrawals")
    erased = rows(engine, "SELECT count(*) FROM submissions WHERE state = 'erased'")[0][0]
    narrowed = rows(engine, "SELECT DISTINCT withdrawal_pk FROM narrowed_consents")
    state = rows(engine, "SELECT state FROM forms ORDER BY form_pk LIMIT 1")
    periods = rows(engine, "SELECT records_months FROM project_periods WHERE project_id = 1")
    facts = {
        "erasures": (
            {_uid(row[0]) for row in taken if not row.scopes}, subjects(*erase),
        ),
        "erased rows": (erased, sum(details("instances", *erase))),
        "narrowings": (
            {_uid(row[0]) for row in taken if row.scopes}, subjects(*narrow),
        ),
        "narrowed records": (
            {_uid(row[0]) for row in narrowed},
            {subject for name, subject, each in entries
             if name in narrow and each["instances"]},
        ),
        "roles": (_held(engine), _given(entries)),
        "phones ended": (
            _numbers(engine, "SELECT id FROM app_users WHERE revoked_at IS NOT NULL"),
            subjects("device.revoke"),
        ),
        "phones made": (
            _numbers(engine, "SELECT id FROM app_users"), subjects("device.create"),
        ),
        "tokens ended": (
            _numbers(engine, "SELECT id FROM api_tokens WHERE revoked_at IS NOT NULL"),
            subjects("script.revoke"),
        ),
        "versions": (
            {f"form-version:{one}" for one in _numbers(engine, VERSIONS)}, subjects("form.publish"),
        ),
        "period": (
            [row[0] for row in periods],
            details("records_months", "retention.set")[-1:] or [24 for _ in periods],
        ),
    }  # fmt: skip
    facts |= _of_records(engine, entries) | _of_lists_and_moves(engine, subjects, details)
    found = [f"{name}: {held} but {told}" for name, (held, told) in facts.items() if held != told]
    first = f"form:{rows(engine, 'SELECT form_pk FROM forms ORDER BY form_pk LIMIT 1')[0][0]}"
    states = [
        each["state"] for name, about, each in entries
        if name == "form.set_state" and about == first
    ]  # fmt: skip
    if state[0][0] != (states or ["open"])[-1]:
        found.append(f"state of a form: {state[0][0]} but {states[-1:]}")
    known = {*details("key", "keys.rotation_begin"), first_key}
    unknown = {*json.loads(site.key_file.read_text())["keys"]} - known
    return found + [f"a key without an entry: {each}" for each in unknown]


Entries = Sequence[tuple[str, str, dict[str, Any]]]
REMOVED = "SELECT DISTINCT record_pk FROM submissions WHERE deleted_at IS NOT NULL"
GONE = "SELECT record_pk FROM submissions WHERE state IN ('erased', 'expired')"


def _of_records(engine: sa.Engine, entries: Entries) -> dict[str, tuple[Any, Any]]:
    """What was removed, decided and said of records, but for those that were erased since."""
    gone = _uids(engine, GONE)
    last = {
        subject: name for name, subject, _ in entries if name in ("record.remove", "record.restore")
    }
    decided = {subject: each["state"] for name, subject, each in entries if name == "review.state"}
    said = [subject for name, subject, _ in entries if name == "review.comment"]
    states = rows(engine, "SELECT submission_pk, state FROM record_reviews")
    comments = rows(engine, "SELECT record_pk FROM record_comments")
    return {
        "removed": (
            _uids(engine, REMOVED) - gone,
            {subject for subject, name in last.items() if name == "record.remove"} - gone,
        ),
        "decided": (
            {_uid(row[0]): row[1] or "" for row in states if _uid(row[0]) not in gone},
            {subject: state for subject, state in decided.items() if subject not in gone},
        ),
        "said": (
            sorted(_uid(row[0]) for row in comments if _uid(row[0]) not in gone),
            sorted(subject for subject in said if subject not in gone),
        ),
    }


def _of_lists_and_moves(
    engine: sa.Engine, subjects: Callable[..., set[str]], details: Callable[..., list[Any]]
) -> dict[str, tuple[Any, Any]]:
    imports = rows(engine, "SELECT created, undone_at FROM entity_imports")
    stands = "SELECT count(*) FROM entities WHERE deleted_at IS NULL"
    made = sum(details("created", "entity.import")) + sum(details("entities", "entity.create"))
    back = sum(details("entities", "entity.restore"))
    ended = sum(details("entities", "entity.delete")) + sum(details("undone", "entity.undo_import"))
    return {
        "imports": (
            sorted(row.created for row in imports), sorted(details("created", "entity.import")),
        ),
        "imports undone": (
            len([row for row in imports if row.undone_at]),
            len(details("undone", "entity.undo_import")),
        ),
        "entities": (rows(engine, stands)[0][0], made + back - ended),
        "moves": (_uids(engine, "SELECT run_pk FROM move_runs"), subjects("moving.begin")),
        "moves stopped": (
            _uids(engine, "SELECT run_pk FROM move_runs WHERE state = 'stopped'"),
            subjects("moving.stop"),
        ),
    }  # fmt: skip


def _uids(engine: sa.Engine, query: str) -> set[str]:
    return {_uid(row[0]) for row in rows(engine, query)}


def _held(engine: sa.Engine) -> set[tuple[str, str]]:
    found = rows(engine, "SELECT user_id, role FROM grants WHERE project_id = 1")
    return {(str(row.user_id), row.role) for row in found}


def _given(entries: Entries) -> set[tuple[str, str]]:
    held: set[tuple[str, str]] = set()
    for action, subject, details in entries:
        if action == "user.grant" and details["role"] != "admin":
            held.add((subject, details["role"]))
        elif action == "user.revoke_grant":
            held.discard((subject, details["role"]))
        elif action == "user.create" and details.get("role") not in (None, "admin"):
            held.add((subject, details["role"]))
    return held


def _numbers(engine: sa.Engine, query: str) -> set[str]:
    return {str(row[0]) for row in rows(engine, query)}


def _uid(value: Any) -> str:
    return str(uuid.UUID(bytes=value) if isinstance(value, bytes) else value)


def _as_json(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found


def assert_settles(site: Site, first_key: str) -> None:
    """The next start finishes what was begun; the log verifies; what was taken back is gone."""
    site.run("facts", "checksum", "--project", "1")
    out = site.data_dir.with_name("log.jsonl")
    site.run("audit", "export", "--project", "1", "--out", str(out))
    site.run("audit", "verify", str(out))
    with opened(site) as engine:
        assert misfits(engine, site, first_key) == []
        left = "SELECT count(*) FROM withdrawals WHERE state = 'erasing'"
        assert rows(engine, left)[0][0] == 0
