"""Kills and power cuts under load, round after round, each from its seed.

A round: the team sends, the server dies at a moment drawn from the seed, the disk is looked at
before anything restarts, the server comes up again. `Drill` holds what is needed for that.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import postgres
from tests.clients.ledger import Ledger
from tests.reliability import checker
from tests.reliability.checker import Findings
from tests.reliability.powercut.disk import Disk
from tests.reliability.powercut.postgresql import BothDisks, PostgresOnDisk
from tests.reliability.server import Server, Site, new_site
from tests.reliability.team import Team

LONGEST_LIFE_S = 0.8
"""A server dies at most this long after it was ready,"""
LONG_LIFE_S, LONG_LIFE_EACH = 5.0, 10
"""but for every tenth, which has worked a while: caches, prepared statements, keys of its own."""


@dataclass(kw_only=True)
class Drill:
    """One site under one team, on one disk."""

    site: Site
    ledger: Ledger
    team: Team
    disk: Disk | BothDisks | None = None
    seed: int = 1
    env: Mapping[str, str] = field(default_factory=dict)
    rounds: int = 0

    def live_and_die(self, *, torn: bool = False, at_most_s: float = LONGEST_LIFE_S) -> Findings:
        """One life of the server under load, its death, and what the disk holds then."""
        self.rounds += 1
        if self.rounds % LONG_LIFE_EACH == 0:
            at_most_s = max(at_most_s, LONG_LIFE_S)
        moment = random.Random(f"{self.seed} round {self.rounds}").uniform(0, at_most_s)
        server = self.start()
        time.sleep(moment)
        if self.disk:
            self.disk.power_off()
        server.kill()
        if self.disk:
            self.disk.cut(torn_seed=self.seed * 1000 + self.rounds if torn else None)
        return self.look()

    def die_at(self, point: str, within_s: float = 20.0) -> Findings:
        """A life that ends at a named point of the first submission that reaches it."""
        self.rounds += 1
        server = self.start({"SAMLENG_CRASH_AT": point})
        until = time.monotonic() + within_s
        while server.has_all_processes and time.monotonic() < until:
            time.sleep(0.005)
        reached = not server.has_all_processes
        if self.disk and reached:
            self.disk.power_off()
        server.kill()
        if not reached:
            raise RuntimeError(f"nothing reached the crash point {point}")
        if self.disk:
            self.disk.cut()
        return self.look()

    def start(self, env: Mapping[str, str] | None = None) -> Server:
        """A server that is ready, on the disk if there is one."""
        on_disk = self.disk.env() if self.disk else {}
        return Server(self.site, {**self.env, **on_disk, **(env or {})}).wait_ready()

    def look(self) -> Findings:
        """What the disk holds, against the ledger. A server that lives stores more meanwhile:
        what phones had not meant to send before the look, and have after it, is no stranger."""
        found = checker.check(self.site, self.ledger.entries())
        if found.strangers:
            later = self.ledger.entries()
            found.strangers = [instance for instance in found.strangers if instance not in later]
        return found

    def settle(self) -> None:
        """Let every phone get its answer and every job its turn, on a server that then stops."""
        with self.start() as server:
            self.team.rest()
            server.stop()
        checker.let_leases_lapse(self.site)
        self.site.run("worker", "--once")


@contextmanager
def drill(
    template: Site,
    where: Path,
    *,
    powercut: bool = False,
    database: PostgresOnDisk | None = None,
    phones: int = 4,
    seed: int = 1,
    env: Mapping[str, str] | None = None,
    pause_s: float = 0,
) -> Iterator[Drill]:
    """A fresh copy of the site with a team that already sends. `database`: the one that holds the
    site's data, on a disk that loses power with that of the files."""
    site = template.copy_to(where / "data")
    disk: Disk | BothDisks | None = Disk(site.data_dir, where / "disk") if powercut else None
    if isinstance(disk, Disk) and database is not None:
        database.lay_on_disk()
        disk = BothDisks(disk, database)
    with Ledger(where / "ledger") as ledger:
        team = Team(site, ledger, phones=phones, seed=seed, pause_s=pause_s)
        team.start()
        try:
            yield Drill(site=site, ledger=ledger, team=team, disk=disk, seed=seed, env=env or {})
        finally:
            team.dismiss()


@contextmanager
def power_cut_on_postgresql(
    where: Path, *, seed: int = 1, env: Mapping[str, str] | None = None
) -> Iterator[Drill]:
    """A drill on a cluster of its own, which loses power with the server."""
    database = PostgresOnDisk()
    try:
        database.start()
        postgres.execute(database.url, "CREATE DATABASE drill")
        template = new_site(where / "site", postgres.on(database.url, "drill"))
        with drill(template, where, powercut=True, database=database, seed=seed, env=env) as made:
            yield made
    finally:
        database.remove()
