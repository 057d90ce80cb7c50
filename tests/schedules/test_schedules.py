"""A field day split, shuffled, repeated, delayed and interleaved with those of other teams ends in
one state, byte for byte: every record, file, fact and entity once, nothing lost, nothing doubled.

Everything goes through the real routes into a real database, its jobs too. Most schedules are of
whole days, which hold one of each of their parts; some are of one part alone, where a fault is
found at its simplest. `docs/reliability.md` says what each covers, and how to run more.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import hashlib
import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

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
from tests.schedules.sending import Device, a_field, devices

SCHEDULES = int(os.environ.get("SCHEDULES", "2000"))
"""Of parts of a day, in whole days and alone."""
SEED = os.environ.get("SCHEDULES_SEED", "samleng")
TEAMS = 200
"""In one project, at the same time."""
BLOCK = 50
"""Whole days on one database; of parts alone four times as many, which take less time."""
MOODS = (1.0, 0.05, 0.0)
"""Whoever works does so for all, and of a hundred teams somebody always would: so that much is
worked off together, too, only this part of them does, until the mood changes (after two steps of
each team or so)."""
TRY_S = 60.0
Parts: TypeAlias = tuple[str, ...]
"""Of `day.PARTS`, those that a team does."""
Planned: TypeAlias = tuple[Parts, Schedule]
PARTS: list[Parts] = [(part,) for part in day.PARTS]
WHOLE_DAYS = SCHEDULES // (len(PARTS) + 1)
ALONE = SCHEDULES - WHOLE_DAYS * len(PARTS)
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

    def day_of(self, team: str, parts: Parts) -> Day:
        made = day.day(team, self.versions, parts)
        self.names |= {key: (team, name) for key, name in made.names.items()}
        return made

    def run(
        self,
        schedules: Mapping[str, Planned],
        chance: random.Random,
        moods: Sequence[float] = (1.0,),
    ) -> None:
        """All of them, taking turns; then whatever is still due. `moods`: see MOODS."""
        days = {team: self.day_of(team, parts) for team, (parts, _) in schedules.items()}
        self.devices |= devices(self.client, self.project_id, list(schedules))
        left = {team: list(reversed(steps)) for team, (_, steps) in schedules.items()}
        mood = moods[0]
        while left:
            team = chance.choice(list(left))
            if chance.random() < 1 / (2 * len(left)):
                mood = chance.choice(moods)
            name = left[team].pop()
            if name != WORK or chance.random() < mood:
                self._take(team, days[team], name)
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
                if type(step) is Piece and step.number == 0:
                    self.devices[team].finish(step)

    def endings(self) -> dict[str, str]:
        """Once whatever waits for a moment has had it."""
        for _ in range(2):
            self.now += dt.timedelta(minutes=10)
            with clock.frozen(self.now):
                drain(self.app)
        with reading() as session:
            blobs = self.app.extensions["samleng.blobs"]
            return ending.endings(session, self.project_id, self.names, blobs)

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


def plain_days(teams: Teams, days: Sequence[Parts]) -> dict[Parts, str]:
    """How each ends if everything goes well."""
    named = {f"plain {n}": parts for n, parts in enumerate(days)}
    plans = {
        team: (parts, schedule.plain(teams.day_of(team, parts).steps))
        for team, parts in named.items()
    }
    teams.run(plans, random.Random(0))
    found = teams.endings()
    return {parts: found[team] for team, parts in named.items()}


def of_teams(teams: Teams, numbers: Sequence[int], days: Sequence[Parts]) -> dict[str, Planned]:
    plans = {}
    for n in numbers:
        team, parts = f"{SEED}-{n}", days[n % len(days)]
        plans[team] = (parts, schedule.shuffled(team, teams.day_of(team, parts).steps))
    return plans


def demand_one_ending(
    teams: Teams, plans: Mapping[str, Planned], plain: Mapping[Parts, str]
) -> None:
    found = teams.endings()
    for team, (parts, steps) in plans.items():
        if found[team] != plain[parts]:
            least, text = simplest(teams, parts, steps, plain[parts])
            lines = difflib.unified_diff(plain[parts].split("\n"), text.split("\n"), n=0)
            told = "\n".join(lines)
            pytest.fail(f"schedule {team} ends otherwise; at its simplest:\n{least}\n{told}")


def simplest(teams: Teams, parts: Parts, found: Schedule, plain: str) -> tuple[Schedule, str]:
    """The same fault with as few steps as a minute allows, by a team that tries alone."""
    steps = teams.day_of("simplest", parts).steps
    end = time.monotonic() + TRY_S
    least, text = found, ended_alone(teams, parts, found)
    if text == plain:
        return found, "(only beside the others)"
    tries = iter(schedule.simpler(least, steps))
    while time.monotonic() < end and (simpler := next(tries, None)) is not None:
        ended = ended_alone(teams, parts, simpler)
        if ended != plain:
            least, text, tries = simpler, ended, iter(schedule.simpler(simpler, steps))
    return least, text


def ended_alone(teams: Teams, parts: Parts, steps: Schedule) -> str:
    team = f"again {len(teams.devices)}"
    teams.run({team: (parts, steps)}, random.Random(0))
    return teams.endings()[team]


def expected_i12(days: Sequence[Parts]) -> dict[tuple[str, str], Count]:
    """Counted by hand: F1, and what the edits made of the other household."""
    last = dataclasses.replace(day.AGAIN, persons=day.CORRECTED.persons)
    told = [day.VISITED for parts in days if "forms" in parts]
    return unmet_needs([*told, *(last for parts in days if "edits" in parts)])


def run_block(
    app: Flask, client: FlaskClient, numbers: Sequence[int], days: Sequence[Parts]
) -> None:
    for at in range(0, len(numbers), TEAMS):
        teams = Teams(app, client)
        plain = plain_days(teams, days)
        plans = of_teams(teams, numbers[at : at + TEAMS], days)
        teams.run(plans, random.Random(f"{SEED} {at}"), MOODS)
        demand_one_ending(teams, plans, plain)
        assert teams.i12() == expected_i12([*days, *(parts for parts, _ in plans.values())])


def blocks(many: int, of: int) -> list[range]:
    return [range(at, min(at + of, many)) for at in range(0, many, of)]


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.mark.timeout(3600)
@on_sqlite
@pytest.mark.parametrize("numbers", blocks(WHOLE_DAYS, BLOCK), ids=str)
def test_any_schedule_of_a_whole_field_day_ends_in_one_state(
    app: Flask, client: FlaskClient, numbers: range
) -> None:
    run_block(app, client, numbers, [day.WHOLE])


@pytest.mark.timeout(3600)
@on_sqlite
@pytest.mark.parametrize("numbers", blocks(ALONE, 4 * BLOCK), ids=str)
def test_any_schedule_of_a_part_of_it_ends_in_one_state(
    app: Flask, client: FlaskClient, numbers: range
) -> None:
    run_block(app, client, numbers, PARTS)


@on_postgresql
def test_schedules_of_whole_days_end_in_one_state_on_postgresql(
    app: Flask, client: FlaskClient
) -> None:
    run_block(app, client, range(8), [day.WHOLE])


def test_as_many_schedules_run_as_were_asked_for() -> None:
    assert WHOLE_DAYS * len(day.WHOLE) + ALONE == SCHEDULES
    assert "SCHEDULES" in os.environ or (SCHEDULES, WHOLE_DAYS, ALONE) == (2000, 200, 200)


@on_sqlite
def test_a_plain_day_leaves_what_was_sent(app: Flask, client: FlaskClient) -> None:
    """All schedules end alike: and not in nothing."""
    [text] = plain_days(Teams(app, client), [day.WHOLE]).values()
    lines = [json.loads(line) for line in text.split("\n")]
    kinds = Counter(line["is"].partition(" ")[0] for line in lines)
    assert (kinds["record"], kinds["entity"], kinds["arrival"]) == (28, 6, 16)
    ends = {line["name"]: line for line in lines if line["is"] == "entity"}
    assert [one["number"] for one in ends["<somebody>"]["versions"]] == [1, 2, 3, 4]
    assert ends["<somebody>"]["versions"][0]["values"]["age"] == "44"
    assert (ends["<hard>"]["conflict"], ends["<hard>"]["asked"]) == ("hard", ["age"])
    assert (ends["<soft>"]["conflict"], ends["<soft>"]["asked"]) == ("soft", [])
    records = {line["name"]: line for line in lines if line["is"] == "record"}
    contents = {one: hashlib.sha256(one).hexdigest() for one in (day.PHOTO, day.SOUND)}
    assert records["<photos>"]["files"] == sorted(
        [["រូប.jpg", contents[day.PHOTO], True], ["a.m4a", contents[day.SOUND], True]]
    )
    assert records["<item 1>"]["files"] == [["a.jpg", contents[day.PHOTO], True]]
    assert [line["stands_and_waits"] for line in lines if line["is"] == "two of one id"] == [
        [["current", None], ["queued", "different_xml"]]
    ]
    assert [records[f"<edit {n}>"]["state"] for n in (1, 2, 3)] == [
        "superseded", "superseded", "current",
    ]  # fmt: skip
