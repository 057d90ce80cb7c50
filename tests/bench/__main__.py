"""Runs everything on both databases and prints tables: about twenty minutes.

QUICK=1 takes two; ONLY=sqlite or ONLY=postgresql one database; STORED=50000 a smaller filling,
PULLED=20000 fewer records to pull out, POLLS=500 fewer looks at the list of forms, PERSONS=100000
fewer persons to find pairs among; PART=follows what a receipt and what follows it cost, alone;
DENSE=1 everybody who is stored in the villages where visits are sent from. PART=tables fills ten
millions of facts (FACTS=1000000: one) and counts tables over them.
"""

from __future__ import annotations

import itertools
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from service.accounts.actor import SYSTEM
from service.foundation import db
from service.indicators import actions
from tests import postgres
from tests.bench import filling, load, persons, polling, pulling, table, tabulating
from tests.bench.bench_site import BenchSite, Meter, new_site
from tests.reliability import mutants
from tests.reliability.server import ROOT, Server

QUICK = os.environ.get("QUICK") == "1"
COUNTS = {1: 300, 8: 1200, 32: 1200} if QUICK else {1: 1500, 8: 6000, 32: 6000}
STORED = int(os.environ.get("STORED", "10000" if QUICK else "200000"))
PULLED = int(os.environ.get("PULLED", "10000" if QUICK else "100000"))
POLLS = int(os.environ.get("POLLS", "500" if QUICK else "4000"))
PERSONS = int(os.environ.get("PERSONS", "100000" if QUICK else "1000000"))
FACTS = int(os.environ.get("FACTS", "1000000" if QUICK else "10000000"))
ONLY = os.environ.get("ONLY", "")
PART = os.environ.get("PART", "")


def main() -> None:
    print(f"Generator, server and database share {os.cpu_count()} cores.\n")
    measured = {"follows": what_follows, "tables": tables}.get(PART, measure)
    if not PART:
        print(f"{persons.run(PERSONS)}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="samleng-bench-") as where:
        if ONLY != "postgresql":
            measured("SQLite", new_site(Path(where) / "sqlite"), None)
        if ONLY == "sqlite":
            return
        with postgres.own_server(Path(where)) as url:  # on the disk that SQLite had
            postgres.execute(url, "CREATE DATABASE bench")
            site = new_site(Path(where) / "postgresql", postgres.on(url, "bench"))
            measured("PostgreSQL", site, postgres.pid(url))


def measure(name: str, site: BenchSite, postgres_pid: int | None) -> None:
    """All tables of one database."""
    print(f"== {name}\n{table.head()}")
    with Server(site).wait_ready() as server:
        meter = Meter(server, postgres_pid)
        time.sleep(2)
        idle = meter.memory_mb()
        load.run(site, meter, connections=2, count=100, seed=1)  # caches, prepared statements
        runs(name, site, meter, 0, seed=10)
        before, highest = load.upload_of_200_mb(site, meter)
        server.stop()
    cost_of_what_follows(site, postgres_pid, seed=30)
    cost_of_sealing(site, postgres_pid)
    database = db.Database(site.database_url or f"sqlite:///{site.database}")
    stored, needs, seconds = filling.fill(site, database, STORED)
    with Server(site).wait_ready() as server:
        meter = Meter(server, postgres_pid)
        load.run(site, meter, connections=2, count=100, seed=2)
        runs(name, site, meter, stored, seed=20)
        server.stop()
    cost_of_what_follows(site, postgres_pid, seed=31)
    print(f"\nmemory: {idle:.0f} MB idle; 200 MB upload: {before:.0f} -> {highest:.0f} MB")
    print(f"filled with {stored:,} submissions, {needs:,} needs in {seconds:.0f} s")
    times = [figure(database, site.project_id) for _ in range(5)]
    print(
        f"I12 by need × province over {needs:,} need facts: "
        f"median {statistics.median(times):.2f} s, worst {max(times):.2f} s\n"
    )
    pulling.fill(site, database, PULLED)
    polling.fill(site, database)
    with Server(site).wait_ready() as server:
        print(f"{PULLED:,} records × 60 columns")
        pulling.measure(name, site, Meter(server, None), PULLED, partial(print, flush=True))
        server.stop()
    with Server(site).wait_ready() as server:
        print(polling.row(polling.run(site, Meter(server, postgres_pid), POLLS)), flush=True)
        server.stop()
    database.dispose()


def what_follows(name: str, site: BenchSite, postgres_pid: int | None) -> None:
    """That part alone, with nothing stored, with a tenth of much, and with much: it may grow from
    nobody to compare with to a few, and no more."""
    print(f"== {name}", flush=True)
    seeds = itertools.count(30)
    stored = 0
    for wanted in (0, STORED // 10, STORED):
        if wanted:
            database = db.Database(site.database_url or f"sqlite:///{site.database}")
            _, _, seconds = filling.fill(site, database, wanted - stored)
            database.dispose()
            print(f"filled with {wanted - stored:,} submissions in {seconds:.0f} s", flush=True)
        stored = wanted
        for _ in range(2):
            cost_of_what_follows(site, postgres_pid, next(seeds))


def tables(name: str, site: BenchSite, postgres_pid: int | None) -> None:
    """That part alone."""
    url = site.database_url or f"sqlite:///{site.database}"
    database = db.Database(url, for_migrations=True)  # it makes tables of its own
    tabulating.measure(name, database, site.project_id, FACTS)
    db.use(None)
    database.dispose()
    cost_of_telling(site, postgres_pid)


def cost_of_telling(site: BenchSite, postgres_pid: int | None) -> None:
    """CPU of a receipt that tells whose facts it brings, and of one that does not, in turns."""
    found: dict[str, list[float]] = {"told": [], "untold": []}
    seeds = itertools.count(2000)
    for _ in range(4):
        for which, changed in (("told", "nothing_made_ready"), ("untold", "changes_untold")):
            env = {"SAMLENG_EMBEDDED_WORKER": "0", **mutants.env(changed)}
            with Server(site, env).wait_ready() as server:
                meter = Meter(server, postgres_pid)
                load.run(site, meter, connections=2, count=100, seed=next(seeds), waits_for=False)
                run = load.run(
                    site,
                    meter,
                    connections=8,
                    count=COUNTS[8] // 3,
                    seed=next(seeds),
                    waits_for=False,
                )
                found[which].append(run.server_ms + run.database_ms)
                server.stop()
    told, untold = (statistics.median(found[which]) for which in ("told", "untold"))
    print(
        f"CPU ms of a receipt {told:.3f}, without telling what changed {untold:.3f}: "
        f"{100 * (told / untold - 1):+.1f} % (lowest {min(found['told']):.3f}, "
        f"{min(found['untold']):.3f})",
        flush=True,
    )


def runs(name: str, site: BenchSite, meter: Meter, stored: int, seed: int) -> None:
    for offset, (connections, count) in enumerate(COUNTS.items()):
        r = load.run(site, meter, connections=connections, count=count, seed=seed + offset)
        print(table.row(name, stored, r), flush=True)


def cost_of_what_follows(site: BenchSite, postgres_pid: int | None, seed: int) -> None:
    """CPU of receipts while no job is worked off, then of the jobs alone."""
    with Server(site, {"SAMLENG_EMBEDDED_WORKER": "0"}).wait_ready() as server:
        meter = Meter(server, postgres_pid)
        load.run(site, meter, connections=2, count=100, seed=seed + 100, waits_for=False)
        site.run("worker", "--once")
        run = load.run(site, meter, connections=8, count=COUNTS[8] // 2, seed=seed, waits_for=False)
        jobs_ms = [_cpu_ms_of_worker(site, meter) for _ in range(2)]
        server.stop()
    alone = (jobs_ms[0] - jobs_ms[1]) / run.count  # the second finds nothing: it only starts
    receipts = run.server_ms + run.database_ms
    print(f"CPU ms of a receipt alone {receipts:.2f}, of what follows {alone:.2f}", flush=True)


def _cpu_ms_of_worker(site: BenchSite, meter: Meter) -> float:
    """The worker's and the database's."""
    before, others = meter.cpu_s()[1], resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "flask", "worker", "--once"]
    subprocess.run(
        command,
        env={**site.env(), "FLASK_APP": "wsgi:app"},
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    done = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = done.ru_utime + done.ru_stime - others.ru_utime - others.ru_stime
    return 1000 * (own + meter.cpu_s()[1] - before)


def cost_of_sealing(site: BenchSite, postgres_pid: int | None) -> None:
    """CPU of a submission sealed and in clear, in turns: what the machine does meanwhile is the
    same for both."""
    found: dict[str, list[float]] = {"sealed": [], "clear": []}
    seeds = itertools.count(1000)  # the same records again would be repeats
    for _ in range(3):
        for name, env in (("sealed", {}), ("clear", mutants.env("sealing_off"))):
            with Server(site, env).wait_ready() as server:
                meter = Meter(server, postgres_pid)
                load.run(site, meter, connections=2, count=100, seed=next(seeds))
                run = load.run(site, meter, connections=8, count=COUNTS[8] // 2, seed=next(seeds))
                found[name].append(run.all_ms)
                server.stop()
    sealed, clear = (statistics.median(found[name]) for name in ("sealed", "clear"))
    print(f"CPU ms sealed {sealed:.2f}, in clear {clear:.2f}: {sealed / clear:.2f} times")


def figure(database: db.Database, project_id: int) -> float:
    """Seconds for one protected table, counted from the facts."""
    begun = time.perf_counter()
    with database.reading() as session:
        actions.show(session, SYSTEM, project_id, "I12", ("need", "province"), "partner")
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
