"""A server that is killed in the middle of a move goes on where it stopped, and doubles nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.clients.scripted_server import Answer, Asked, scripted
from tests.integration.moving.test_servers import TOKEN, answering
from tests.reliability.server import ROOT, Server, Site
from tests.web.test_moving_page import many_forms

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(180)]

WITHIN_S = 60.0


def asked_of(site: Site, query: str) -> list[Any]:
    with closing(sqlite3.connect(site.database, timeout=30)) as database:
        return database.execute(query).fetchall()


def test_killed_in_the_middle_it_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    """Twice: on the first page of a form's records, and on the second one."""
    mine = site.copy_to(tmp_path / "data")
    usual, asked_for = answering(many_forms(), f"Bearer {TOKEN}"), 0
    amid, limits = threading.Event(), [60, 290]

    def answer(asked: Asked) -> Answer:
        nonlocal asked_for
        asked_for += asked.path.endswith(".xml") and "submissions" in asked.path
        if limits and asked_for >= limits[0]:
            amid.set()
        return usual(asked)

    with scripted(answer) as (address, asked):
        env = {**mine.env(), "SAMLENG_MOVE_IN_PRIVATE": "on"}
        words = [str(mine.project_id), address, TOKEN]
        subprocess.run(
            [sys.executable, "-m", "tests.reliability.a_move", *words],
            env={**env, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            check=True,
        )
        while limits:
            with Server(mine, {"SAMLENG_MOVE_IN_PRIVATE": "on"}) as server:
                assert amid.wait(WITHIN_S)
                server.kill()
            del limits[0]
            amid.clear()
            assert asked_of(mine, "SELECT state FROM move_runs") == [("running",)]
        asked.clear()
        with Server(mine, {"SAMLENG_MOVE_IN_PRIVATE": "on"}):
            until = time.monotonic() + WITHIN_S
            over = "SELECT state, secret_key_pk IS NULL FROM move_runs"
            while asked_of(mine, over) != [("done", 1)]:  # the key goes behind the commit
                assert time.monotonic() < until
                time.sleep(0.05)
        assert not [one for one in asked if "offset=0" in one.path and "another" in one.path]
    (told,) = asked_of(mine, "SELECT state, secret IS NULL FROM move_runs")
    assert told == ("done", 1)
    every = "SELECT count(*), count(DISTINCT instance_id) FROM submissions"
    assert asked_of(mine, every) == [(303, 303)]
