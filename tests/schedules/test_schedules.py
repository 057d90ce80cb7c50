"""A field day split, shuffled, repeated, delayed and interleaved with those of other teams ends in one
state, byte for byte: every record, file, fact and entity once, nothing lost and nothing doubled.

`SCHEDULES=100000 pytest tests/schedules` runs as many; `SCHEDULES_SEED` others than the usual ones.
"""

from __future__ import annotations

import datetime as dt
import difflib
import os
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service import jobs
from service.accounts.actor import SYSTEM
from service.foundation import clock
from service.foundation.db import reading
from service.indicators import actions as indicators
from tests.clients.households import Count, unmet_needs
from tests.conftest import drain
from tests.schedules import day, ending, schedule
from tests.schedules.day import Day, Piece
from tests.schedules.schedule import WORK, Schedule
from tests.schedules.sending import Device, a_device, a_field

SCHEDULES = int(os.environ.get("SCHEDULES", "2000"))
SEED = os.environ.get("SCHEDULES_SEED", "samleng")
TEAMS = 100
"""In one project, at the same time."""
BLOCK = 500
"""On one database."""
TRY_S = float(os.environ.get("TRY_S", "60"))
MORNING = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)


@pytest.fixture
def swept(tmp_path: Path) -> Iterator[None]:
    """A hundred thousand schedules leave nothing on the disk."""
    yield
    shutil.rmtree(tmp_path)


@pytest.fixture
def app(swept: None, app: Flask) -> Flask:
    return app


class Teams:
    """Teams of one project, each with the same day and an order of its own."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app, self.client = app, client
        self.project_id, self.versions = a_field(app)
        self.devices: dict[str, Device] = {}
        self.names: dict[str, tuple[str, str]] = {}
        self.now = MORNING

    def day_of(self, team: str) -> Day:
        made = day.day(team, self.versions)
        self.names |= {key: (team, name) for key, name in made.names.items()}
        return made

    def run(self, schedules: Mapping[str, Schedule], chance: random.Random) -> None:
        """All of them, taking turns; then whatever is still due."""
        days = {team: self.day_of(team) for team in schedules}
        for team in schedules:
            self.devices[team] = a_device(self.client, self.project_id, team)
        left = {team: list(reversed(steps)) for team, steps in schedules.items()}
        while left:
            team = chance.choice(list(left))
            self._take(team, days[team], left[team].pop())
            if not left[team]:
                del left[team]
        for team, each in days.items():
            self._finish(team, each)

    def _take(self, team: str, of: Day, name: str) -> None:
        self.now += dt.timedelta(seconds=1)
        with clock.frozen(self.now):
            if name == WORK:
                jobs.work_once(self.app.extensions["samleng.worker"].tools, 1000)
            else:
                self.devices[team].send(of.steps[name])

    def _finish(self, team: str, of: Day) -> None:
        with clock.frozen(self.now):
            for step in of.steps.values():
                if type(step) is Piece:
                    self.devices[team].finish(step)

    def endings(self) -> dict[str, str]:
        """Once whatever waits for a moment has had it."""
        for _ in range(2):
            self.now += dt.timedelta(minutes=10)
            with clock.frozen(self.now):
                drain(self.app)
        with reading() as session:
            return ending.endings(session, self.project_id, self.names)

    def i12(self) -> dict[tuple[str, str], Count]:
        """Figures of the whole project."""
        with clock.frozen(self.now), reading() as session:
            told = indicators.show(
                session, SYSTEM, self.project_id, "I12", ("need", "province"), "internal",
                None, None,
            )  # fmt: skip
        return {
            (row["need"], row["province"]): Count(having=row["n"], assessed=row["d"])
            for row in told.as_dict()["cells"]
        }


def plain_day(teams: Teams) -> tuple[Day, str]:
    """How a day ends on which everything goes well."""
    teams.run({"plain": schedule.plain(teams.day_of("plain").steps)}, random.Random(0))
    return teams.day_of("plain"), teams.endings()["plain"]


def of_teams(steps: Mapping[str, day.Step], numbers: Sequence[int]) -> dict[str, Schedule]:
    return {f"{SEED}-{n}": schedule.shuffled(f"{SEED}-{n}", steps) for n in numbers}


def demand_one_ending(teams: Teams, schedules: Mapping[str, Schedule], plain: str) -> None:
    found = teams.endings()
    for team, steps in schedules.items():
        if found[team] != plain:
            if TRY_S == 0:
                for line in difflib.unified_diff(plain.split("\n"), found[team].split("\n"), n=0):
                    print(team, line)
                continue
            least, text = simplest(teams, steps, plain)
            told = "\n".join(difflib.unified_diff(plain.split("\n"), text.split("\n"), n=0))
            pytest.fail(f"schedule {team} ends otherwise; at its simplest:\n{least}\n{told}")


def simplest(teams: Teams, found: Schedule, plain: str) -> tuple[Schedule, str]:
    """The same fault with as few steps as a minute allows, by a team that tries alone."""
    steps = teams.day_of("plain").steps
    end = time.monotonic() + TRY_S
    least, text = found, ended_alone(teams, found)
    if text == plain:
        return found, "(only beside the others)"
    tries = iter(schedule.simpler(least, steps))
    while time.monotonic() < end and (simpler := next(tries, None)) is not None:
        ended = ended_alone(teams, simpler)
        if ended != plain:
            least, text, tries = simpler, ended, iter(schedule.simpler(simpler, steps))
    return least, text


def ended_alone(teams: Teams, steps: Schedule) -> str:
    team = f"again {len(teams.devices)}"
    teams.run({team: steps}, random.Random(0))
    return teams.endings()[team]


def expected_i12(teams: int) -> dict[tuple[str, str], Count]:
    """Counted by hand: F1, and what the edits made of the other household."""
    last = day.dataclasses.replace(day.AGAIN, persons=day.CORRECTED.persons)
    found: Counter[tuple[str, str]] = Counter()
    assessed: dict[tuple[str, str], int] = {}
    told = unmet_needs([day.VISITED, last] * teams)
    for key, count in told.items():
        found[key] += count.having
        assessed[key] = count.assessed
    return {key: Count(having=n, assessed=assessed[key]) for key, n in found.items()}


def run_block(app: Flask, client: FlaskClient, numbers: Sequence[int]) -> None:
    for at in range(0, len(numbers), TEAMS):
        teams = Teams(app, client)
        of, plain = plain_day(teams)
        schedules = of_teams(of.steps, numbers[at : at + TEAMS])
        teams.run(schedules, random.Random(f"{SEED} {at}"))
        demand_one_ending(teams, schedules, plain)
        assert teams.i12() == expected_i12(len(schedules) + 1)


BLOCKS = [range(at, min(at + BLOCK, SCHEDULES)) for at in range(0, SCHEDULES, BLOCK)]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("numbers", BLOCKS, ids=lambda block: f"{block.start}-{block.stop - 1}")
def test_any_schedule_of_a_field_day_ends_in_one_state(
    app: Flask, client: FlaskClient, numbers: range
) -> None:
    run_block(app, client, numbers)
