"""What must hold after every fault, read from the disk itself and held against the ledger."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import sqlite3
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from service.foundation.audit.canonical import BEGINNING, hash_of, moment
from service.foundation.keys import KeyRing, KeyStore
from service.foundation.sealing import DataKey, Unsealable, boxes, streams
from service.intake.actions.sealed import file_place, keys_of, opened_name, opened_xml
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
    """A row names it; the bytes are not there whole."""
    strangers: list[str] = field(default_factory=list)
    """There, and no phone ever meant to send it."""
    unreadable: list[str] = field(default_factory=list)
    """There, and its key is not, or does not open it."""
    unlogged: list[str] = field(default_factory=list)
    """Stored without an entry in the audit log, or entered in it and not stored."""
    unchained: list[str] = field(default_factory=list)
    """What does not hold of the audit log, in words."""
    unaccounted: list[str] = field(default_factory=list)
    """Where what was received is not what is there, by the law of conservation."""
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
                self.unreadable,
                self.unlogged,
                self.unchained,
                self.unaccounted,
                self.broken,
            )
        )


def check(site: Site, entries: Mapping[str, Entry]) -> Findings:
    """Look at a dead server's disk, leaving it untouched: recovery happens on a copy."""
    found = Findings(acknowledged=sum(bool(entry.acknowledged) for entry in entries.values()))
    try:
        with opened(site) as database, opened_keys(site) as keys:
            _check_database(database, found)
            files = _files_by_submission(database, keys, site.blobs, found)
            _check_records(database, keys, files, entries, found)
            _check_form_files(database, keys, site.blobs, found)
            _check_log(database, found)
            _check_conservation(database, found)
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
        # One moment: the server may live, and store more between two looks.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


@contextmanager
def opened_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """The database as SQLite recovers it, in a place of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        database = sqlite3.connect(_copied(path, Path(scratch)))
        try:
            yield database
        finally:
            database.close()


def _copied(path: Path, scratch: Path) -> Path:
    copy = scratch / path.name
    for tail in ("", "-wal", "-journal"):
        part = path.with_name(path.name + tail)
        if part.exists():
            shutil.copyfile(part, copy.with_name(part.name))
    return copy


@contextmanager
def opened_keys(site: Site) -> Iterator[KeyStore]:
    """The key store as SQLite recovers it, in a place of its own, or PostgreSQL's."""
    with tempfile.TemporaryDirectory() as scratch:
        url = site.database_url
        if not url:
            url = f"sqlite:///{_copied(site.data_dir / 'keys.db', Path(scratch))}"
        store = KeyStore(url, KeyRing(site.key_file), b"")
        try:
            yield store
        finally:
            store.dispose()


def _check_database(database: Any, found: Findings) -> None:
    if not isinstance(database, sqlite3.Connection):
        return  # PostgreSQL checks its foreign keys and recovers by itself
    verdicts = [str(row[0]) for row in database.execute("PRAGMA integrity_check")]
    found.broken += [verdict for verdict in verdicts if verdict != "ok"]
    found.broken += [f"foreign key: {row}" for row in database.execute("PRAGMA foreign_key_check")]


def _check_conservation(database: Any, found: Findings) -> None:
    """Everything that was ever received is live, superseded, parked, quarantined or erased."""
    [received] = database.execute(
        "SELECT count(*) FROM audit_entries WHERE action IN ("
        "'submission.receive', 'submission.queue',"
        " 'submission.quarantine', 'submission.receive_erased')"
    ).fetchone()
    [there] = database.execute("SELECT count(*) FROM submissions").fetchone()
    [quarantined] = database.execute("SELECT count(*) FROM quarantined").fetchone()
    if received != there + quarantined:
        found.unaccounted.append(f"received {received}, there {there}, in quarantine {quarantined}")


def _uuid(value: Any) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(bytes=value)


_OF_XML = "s.project_id, s.submission_pk, x.xml, x.key_pk, x.identity_key_pk, x.testimony_key_pk"


class _Sealed(NamedTuple):
    """Under which keys a version's XML lies."""

    submission_pk: uuid.UUID
    key_pk: uuid.UUID | None
    identity_key_pk: uuid.UUID | None
    testimony_key_pk: uuid.UUID | None

    @classmethod
    def of(cls, row: Any) -> _Sealed:
        """Of instance, project, and what follows (`_OF_XML`)."""
        held = (row[2], *row[4:])
        return cls(*(None if one is None else _uuid(one) for one in held))  # type: ignore[arg-type]


def _check_records(
    database: Any,
    keys: KeyStore,
    files: Mapping[uuid.UUID, Mapping[str, str]],
    entries: Mapping[str, Entry],
    found: Findings,
) -> None:
    rows = database.execute(
        f"SELECT s.instance_id, {_OF_XML} FROM submissions s"
        " LEFT JOIN submission_xml x USING (project_id, submission_pk)"
    ).fetchall()
    copies = Counter(row[0] for row in rows)
    held = keys.find_many(1, (key for row in rows for key in keys_of(_Sealed.of(row))))
    found.stored = len(copies)
    found.doubled = [instance_id for instance_id, count in copies.items() if count > 1]
    found.strangers = [instance_id for instance_id in copies if instance_id not in entries]
    found.lost = [i for i, entry in entries.items() if entry.acknowledged and i not in copies]
    for row in rows:
        instance_id, sealed = row[0], _Sealed.of(row)
        entry, submission_pk = entries.get(instance_id), sealed.submission_pk
        if entry is None:
            continue
        visited = household(int(entry.record))
        try:
            if opened_xml(row[1], sealed, bytes(row[3]), held) != visited.record.xml:
                found.altered.append(instance_id)
        except (KeyError, Unsealable, TypeError):
            found.unreadable.append(instance_id)
        if entry.acknowledged and files.get(submission_pk, {}) != photo_hashes(visited):
            found.files_lost.append(instance_id)


def _files_by_submission(
    database: Any, keys: KeyStore, blobs: Path, found: Findings
) -> dict[uuid.UUID, dict[str, str]]:
    """Submission to file name to SHA-256 of what can be opened; "" for what cannot."""
    columns = "name_digest, sealed_name, blob, key_pk, bound"
    rows = database.execute(
        f"SELECT project_id, submission_pk, {columns} FROM attachments WHERE is_current"
        f" UNION ALL SELECT project_id, quarantined_pk, {columns} FROM quarantined_files"
    ).fetchall()
    held = keys.find_many(1, [_uuid(row[5]) for row in rows])
    files: dict[uuid.UUID, dict[str, str]] = {}
    for project_id, record, digest, sealed_name, blob, key_pk, bound in rows:
        key, place = held.get(_uuid(key_pk)), file_place(project_id, _uuid(record), digest)
        name = content = ""
        if key is None or not boxes.is_bound(key, place, blob, bytes(bound)):
            found.unreadable.append(blob)
        else:
            name = _name(key, project_id, _uuid(record), sealed_name, found)
            content = _content_sha256(blobs, blob, key)
            if not content:
                found.blobs_lost.append(blob)
        files.setdefault(_uuid(record), {})[name or digest] = content
    return files


def _name(
    key: DataKey, project_id: int, record: uuid.UUID, sealed_name: Any, found: Findings
) -> str:
    try:
        return opened_name(key, project_id, record, sealed_name and bytes(sealed_name))
    except Unsealable:
        found.unreadable.append(f"the name of a file of {record}")
        return ""


def _content_sha256(blobs: Path, blob: str, key: DataKey) -> str:
    whole = hashlib.sha256()
    try:
        with (blobs / blob[:2] / blob).open("rb") as source:
            for piece in streams.opened(key, source):
                whole.update(piece)
    except (FileNotFoundError, Unsealable):
        return ""
    return whole.hexdigest()


def _check_log(database: Any, found: Findings) -> None:
    """Every chain is whole, and every submission that is stored is in the log once."""
    rows = database.execute(
        "SELECT project_id, strand, seq, entry_pk, at, actor_id, action, subject, details, hash"
        " FROM audit_entries ORDER BY project_id, strand, seq"
    ).fetchall()
    ends: dict[tuple[int, int], tuple[int, bytes]] = {}
    for project_id, strand, seq, entry_pk, at, actor_id, action, subject, details, hashed in rows:
        said = {
            "action": action,
            "actor_id": actor_id,
            "at": moment(
                at if isinstance(at, dt.datetime) else dt.datetime.fromisoformat(f"{at}Z")
            ),
            "details": json.loads(details) if isinstance(details, str) else details,
            "entry_pk": str(_uuid(entry_pk)),
            "project_id": project_id,
            "seq": seq,
            "strand": strand,
            "subject": subject,
        }
        before, previous = ends.get((project_id, strand), (0, BEGINNING))
        if seq != before + 1 or hash_of(previous, said) != bytes(hashed):
            found.unchained.append(f"project {project_id}, strand {strand}, entry {seq}")
        ends[project_id, strand] = (seq, bytes(hashed))
    stored = {
        str(_uuid(key)) for (key,) in database.execute("SELECT submission_pk FROM submissions")
    }
    logged = Counter(row[7] for row in rows if row[6] in ARRIVALS)
    found.unlogged = sorted(stored ^ logged.keys())
    found.unlogged += [key for key, count in logged.items() if count > 1]


ARRIVALS = ("submission.receive", "submission.queue")
"""Acts by which a submission is stored."""


def _check_form_files(database: Any, keys: KeyStore, blobs: Path, found: Findings) -> None:
    """Workbooks lie as they came, files beside forms each under a key of its own."""
    workbooks = database.execute(
        "SELECT source_sha256 FROM form_versions WHERE source_sha256 IS NOT NULL"
    )
    found.blobs_lost += [sha256 for (sha256,) in workbooks if not _is_whole(blobs, sha256)]
    files = database.execute("SELECT sha256, blob, key_pk FROM form_files").fetchall()
    held = keys.find_many(1, [_uuid(row[2]) for row in files])
    for sha256, blob, key_pk in files:
        key = held.get(_uuid(key_pk))
        if key is None or _content_sha256(blobs, blob, key) != sha256:
            found.blobs_lost.append(blob)


def _is_whole(blobs: Path, sha256: str) -> bool:
    try:
        content = (blobs / sha256[:2] / sha256).read_bytes()
    except FileNotFoundError:
        return False
    return hashlib.sha256(content).hexdigest() == sha256


def files_of(site: Site) -> list[tuple[str, str | None, str | None]]:
    """(instance, file name, SHA-256), one for each file, or one with nothing for none."""
    with opened(site) as database, opened_keys(site) as keys:
        files = _files_by_submission(database, keys, site.blobs, Findings())
        rows = database.execute("SELECT instance_id, submission_pk FROM submissions").fetchall()
    found: list[tuple[str, str | None, str | None]] = []
    for instance_id, key in rows:
        names = files.get(_uuid(key), {})
        found += [(instance_id, name, sha256) for name, sha256 in names.items()]
        if not names:
            found.append((instance_id, None, None))
    return found


def records_of(site: Site) -> dict[str, bytes]:
    """Instance to its XML, opened with its own key."""
    with opened(site) as database, opened_keys(site) as keys:
        rows = database.execute(
            f"SELECT s.instance_id, {_OF_XML} FROM submissions s"
            " JOIN submission_xml x USING (project_id, submission_pk)"
        ).fetchall()
        held = keys.find_many(1, (key for row in rows for key in keys_of(_Sealed.of(row))))
    return {row[0]: opened_xml(row[1], _Sealed.of(row), bytes(row[3]), held) for row in rows}


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
