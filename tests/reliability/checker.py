"""What must hold after every fault, read from the disk itself and held against the ledger."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.clients.households import household, photo_hashes
from tests.clients.ledger import Entry
from tests.reliability.server import Site


@dataclass(kw_only=True)
class Findings:
    """What is wrong, by kind, and how much was looked at. Lists hold instance ids, mostly."""

    acknowledged: int = 0
    stored: int = 0
    lost: list[str] = field(default_factory=list)
    """Acknowledged, and not there."""
    doubled: list[str] = field(default_factory=list)
    """There more than once, or taken for a contradiction of itself."""
    altered: list[str] = field(default_factory=list)
    """There, with other bytes than were sent."""
    files_lost: list[str] = field(default_factory=list)
    """Acknowledged, and a file of it is not on record."""
    blobs_lost: list[str] = field(default_factory=list)
    """SHA-256: a row names it; the bytes are not there whole."""
    strangers: list[str] = field(default_factory=list)
    """There, and no phone ever meant to send it."""
    broken: list[str] = field(default_factory=list)
    """What SQLite itself says of the file, in words."""

    @property
    def is_clean(self) -> bool:
        return not any(
            (
                self.lost,
                self.doubled,
                self.altered,
                self.files_lost,
                self.blobs_lost,
                self.strangers,
                self.broken,
            )
        )


def check(site: Site, entries: Mapping[str, Entry]) -> Findings:
    """Look at a dead server's disk, leaving it untouched: recovery happens on a copy."""
    found = Findings(acknowledged=sum(bool(entry.acknowledged) for entry in entries.values()))
    try:
        with opened(site) as database:
            _check_database(database, found)
            _check_records(database, entries, found)
            _check_blobs(database, site.blobs, found)
    except sqlite3.DatabaseError as error:
        found.broken.append(str(error))
        found.lost = [i for i, entry in entries.items() if entry.acknowledged]
    return found


@contextmanager
def opened(site: Site) -> Iterator[Any]:
    """A connection that answers `execute`: to a copy of SQLite's files, or to PostgreSQL."""
    if not site.database_url:
        with opened_copy(site.database) as database:
            yield database
        return
    with psycopg.connect(site.database_url.replace("+psycopg", "")) as connection:
        yield connection


@contextmanager
def opened_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """The database as SQLite recovers it, in a place of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / path.name
        for tail in ("", "-wal", "-journal"):
            part = path.with_name(path.name + tail)
            if part.exists():
                shutil.copyfile(part, copy.with_name(part.name))
        database = sqlite3.connect(copy)
        try:
            yield database
        finally:
            database.close()


def _check_database(database: Any, found: Findings) -> None:
    if not isinstance(database, sqlite3.Connection):
        return  # PostgreSQL checks its foreign keys and recovers by itself
    verdicts = [str(row[0]) for row in database.execute("PRAGMA integrity_check")]
    found.broken += [verdict for verdict in verdicts if verdict != "ok"]
    found.broken += [f"foreign key: {row}" for row in database.execute("PRAGMA foreign_key_check")]


def _check_records(database: Any, entries: Mapping[str, Entry], found: Findings) -> None:
    rows = database.execute(
        "SELECT s.instance_id, s.submission_pk, x.xml FROM submissions s"
        " LEFT JOIN submission_xml x USING (project_id, submission_pk)"
    ).fetchall()
    files = _files_by_submission(database)
    copies = Counter(instance_id for instance_id, _, _ in rows)
    found.stored = len(copies)
    found.doubled = [instance_id for instance_id, count in copies.items() if count > 1]
    found.strangers = [instance_id for instance_id in copies if instance_id not in entries]
    found.lost = [i for i, entry in entries.items() if entry.acknowledged and i not in copies]
    for instance_id, submission_pk, xml in rows:
        entry = entries.get(instance_id)
        if entry is None:
            continue
        visited = household(int(entry.record))
        if xml != visited.record.xml:
            found.altered.append(instance_id)
        if entry.acknowledged and files.get(submission_pk, {}) != photo_hashes(visited):
            found.files_lost.append(instance_id)


def _files_by_submission(database: Any) -> dict[Any, dict[str, str]]:
    files: dict[Any, dict[str, str]] = {}
    rows = database.execute("SELECT submission_pk, name, sha256 FROM attachments WHERE is_current")
    for submission_pk, name, sha256 in rows:
        files.setdefault(submission_pk, {})[name] = sha256
    return files


def _check_blobs(database: Any, blobs: Path, found: Findings) -> None:
    named = database.execute(
        "SELECT sha256 FROM attachments UNION SELECT sha256 FROM quarantined_files"
        " UNION SELECT sha256 FROM form_files"
        " UNION SELECT source_sha256 FROM form_versions WHERE source_sha256 IS NOT NULL"
    )
    found.blobs_lost = [sha256 for (sha256,) in named if not _is_whole(blobs, sha256)]


def _is_whole(blobs: Path, sha256: str) -> bool:
    try:
        content = (blobs / sha256[:2] / sha256).read_bytes()
    except FileNotFoundError:
        return False
    return hashlib.sha256(content).hexdigest() == sha256


FACT_TABLES = ("households", "consents", "persons", "needs", "signatures")


def facts_digest(site: Site) -> str:
    """SHA-256 of every fact as it stands, whatever order the rows lie in."""
    whole = hashlib.sha256()
    with opened(site) as database:
        for table in FACT_TABLES:
            rows = sorted(repr(row) for row in database.execute(f"SELECT * FROM {table}"))
            whole.update("\n".join([table, *rows]).encode())
    return whole.hexdigest()


def let_leases_lapse(site: Site) -> None:
    """Two minutes pass for a stopped server: what a killed worker had claimed is due again."""
    lapse = "UPDATE jobs SET due_at = (SELECT min(received_at) FROM submissions)"
    if site.database_url:
        with opened(site) as connection:
            connection.execute(lapse)
        return
    database = sqlite3.connect(site.database)
    with database:
        database.execute(lapse)
    database.close()


def persons_counted(site: Site) -> int:
    """Persons in the facts, those who refused to be counted included."""
    with opened(site) as database:
        count: int = database.execute("SELECT count(*) FROM persons").fetchone()[0]
    return count


def unprojected(site: Site) -> int:
    """Submissions whose facts were never computed."""
    with opened(site) as database:
        count: int = database.execute(
            "SELECT count(*) FROM submissions WHERE state = 'current' AND projected_at IS NULL"
        ).fetchone()[0]
    return count


def persons_visited(instance_ids: Iterable[str], entries: Mapping[str, Entry]) -> int:
    """The same count from the records themselves."""
    return sum(len(household(int(entries[i].record)).persons) for i in instance_ids)
