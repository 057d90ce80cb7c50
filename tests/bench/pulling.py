"""100,000 records × 60 columns pulled out of a running server: how soon, how fast, in how much
memory."""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.forms import queries as form_queries
from service.foundation import clock, ids, keys
from service.foundation.db import Database, unit_of_work, use
from service.foundation.settings import from_environment
from service.intake.actions.sealed import sealed_by_class
from service.intake.queries.receiving import instance_digest
from service.intake.tables import State, Submission, SubmissionXml
from tests.bench.bench_site import BenchSite, Meter

FORM_ID = "sixty_columns"
QUESTIONS = [f"question_{number:02}" for number in range(48)]
"""With what is said of each record itself, 60 columns of CSV."""
BATCH = 500
LOOK_S = 0.05
FILES = (
    ("CSV", "/submissions.csv"),
    ("CSV, zipped", "/submissions.csv.zip"),
    ("OData", ".svc/Submissions?$count=true"),
    ("XLSX", "/submissions.xlsx"),
    ("JSON lines", "/submissions.jsonl"),
)
COLUMNS = ("Database", "File", "first byte s", "all s", "records per s", "MB", "memory + MB")


@dataclass(frozen=True, kw_only=True)
class Pulled:
    first_s: float
    all_s: float
    megabytes: float
    memory_mb: float
    """Above what the server used before."""


def head() -> str:
    return f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


def row(database: str, name: str, records: int, pulled: Pulled) -> str:
    cells = (
        database,
        name,
        f"{pulled.first_s:.2f}",
        f"{pulled.all_s:.1f}",
        f"{records / pulled.all_s:,.0f}",
        f"{pulled.megabytes:.0f}",
        f"{pulled.memory_mb:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def fill(site: BenchSite, database: Database, records: int) -> None:
    """A form, and its records as intake would have left them."""
    chosen = from_environment(site.env())
    keys.use(keys.KeyStore(chosen.keys_database_url, keys.KeyRing(chosen.key_file), b""))
    use(database)
    path = site.data_dir / "sixty_columns.xml"
    path.write_text(_form(), "utf-8")
    site.command(
        "forms", "publish", str(path), "--project", str(site.project_id), "--ignore-warnings"
    )
    with database.reading() as session:
        form = form_queries.find_version(session, site.project_id, FORM_ID)
        schema = form_queries.schema_of(session, form.version_pk) if form else None
    if form is None:
        raise RuntimeError("the form is not published")
    for start in range(0, records, BATCH):
        numbers = range(start, min(start + BATCH, records))
        rows, texts = [], []
        for number in numbers:
            key = ids.new_uuid()
            rows.append(_row(site.project_id, form.form_pk, form.version_pk, key))
            record = _record(f"uuid:{key}", number).encode()
            sealed = sealed_by_class(site.project_id, key, record, schema)
            texts.append({"project_id": site.project_id, "submission_pk": key, **sealed})
        with unit_of_work() as session:
            session.connection().execute(sa.insert(Submission), rows)
            session.connection().execute(sa.insert(SubmissionXml), texts)
    if not database.is_sqlite:
        with database.writer.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def _form() -> str:
    binds = "".join(
        f'<bind nodeset="/data/all/{name}" type="{"string" if number % 3 else "int"}" '
        'samleng:class="coded"/>'
        for number, name in enumerate(QUESTIONS)
    )
    return f"""<?xml version="1.0"?><h:html xmlns="http://www.w3.org/2002/xforms"
 xmlns:h="http://www.w3.org/1999/xhtml" xmlns:samleng="https://samleng.org/xforms"><h:head>
<h:title>Sixty columns</h:title><model><instance><data id="{FORM_ID}" version="1"><start/>
<all>{"".join(f"<{name}/>" for name in QUESTIONS)}</all><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/start" type="dateTime"/>{binds}
<bind nodeset="/data/meta/instanceID" type="string"/></model></h:head>
<h:body><input ref="/data/all/{QUESTIONS[0]}"><label>?</label></input></h:body></h:html>"""


def _record(instance_id: str, number: int) -> str:
    answers = "".join(
        f"<{name}>{number % 97 if place % 3 == 0 else f'answer {number} to {place}'}</{name}>"
        for place, name in enumerate(QUESTIONS)
    )
    return (
        f'<data id="{FORM_ID}" version="1"><start>2026-11-20T08:00:00.000+07:00</start>'
        f"<all>{answers}</all><meta><instanceID>{instance_id}</instanceID></meta></data>"
    )


def _row(project_id: int, form_pk: int, version_pk: int, key: Any) -> dict[str, Any]:
    instance_id = f"uuid:{key}"
    return {
        "project_id": project_id,
        "submission_pk": key,
        "record_pk": key,
        "form_pk": form_pk,
        "version": "1",
        "version_pk": version_pk,
        "instance_id": instance_id,
        "instance_digest": instance_digest(project_id, form_pk, instance_id),
        "state": State.CURRENT,
        "xml_digest": key.bytes * 2,
        "canonical_digest": key.bytes * 2,
        "expected_files": [],
        "files_expected": 0,
        "files_present": 0,
        "flags": [],
        "channel": "openrosa",
        "submitter_id": 1,
        "user_agent": "",
        "received_at": clock.now(),
        "projected_at": clock.now(),
    }


def pull(site: BenchSite, meter: Meter, path: str, token: str) -> Pulled:
    """One file, read as fast as it comes, while the server's memory is looked at."""
    address = f"{site.url}/v1/projects/{site.project_id}/forms/{FORM_ID}{path}"
    asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    before = highest = meter.memory_mb()
    done = threading.Event()

    def look() -> None:
        nonlocal highest
        while not done.wait(LOOK_S):
            highest = max(highest, meter.memory_mb())

    watching = threading.Thread(target=look)
    watching.start()
    begun = time.perf_counter()
    size, first = 0, 0.0
    with urllib.request.urlopen(asked, timeout=600) as answer:
        while piece := answer.read1(1 << 16):
            first = first or time.perf_counter() - begun
            size += len(piece)
    elapsed = time.perf_counter() - begun
    done.set()
    watching.join()
    return Pulled(first_s=first, all_s=elapsed, megabytes=size / 1e6, memory_mb=highest - before)


def measure(
    name: str, site: BenchSite, meter: Meter, records: int, say: Callable[[str], None]
) -> None:
    """All files, once to warm up the caches and once to be told."""
    words = ["--scope", "exports", "--scope", "submissions"]
    token = site.command(
        "api-tokens", "create", "bench", "--project", str(site.project_id), *words
    )["token"]
    say(head())
    for file, path in FILES:
        say(row(name, file, records, pull(site, meter, path, token)))
