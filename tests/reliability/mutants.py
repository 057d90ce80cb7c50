"""Servers with one safety taken out. The fault tests must notice every one of them.

Each mutant patches the real server in memory; `env()` starts it that way. They patch the narrowest
thing that the safety consists of, so that they keep their meaning when the code around it changes.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def env(name: str) -> dict[str, str]:
    """The environment that makes a server this mutant."""
    return {
        "RELIABILITY_MUTANT": name,
        "PYTHONPATH": os.pathsep.join([str(HERE / "mutant_site"), str(ROOT)]),
    }


def synchronous_normal() -> None:
    """Commits return before the WAL is on the disk."""
    from service.foundation import durability

    durability.SQLITE_PRAGMAS["synchronous"] = 1


def postgresql_commits_later() -> None:
    """PostgreSQL answers before its log is on the disk, and nobody looks whether it does."""
    from service.foundation import durability

    def begin(connection: Any, _record: object) -> None:
        connection.execute("SET synchronous_commit = off")
        connection.commit()

    durability.verify_postgresql = begin


def no_file_fsync() -> None:
    """Blobs get their name before their bytes are on the disk."""
    _skip_fsync(stat.S_ISREG)


def no_directory_fsync() -> None:
    """Blobs are on the disk, under no name."""
    _skip_fsync(stat.S_ISDIR)


def _skip_fsync(of: Callable[[int], bool]) -> None:
    real = os.fsync

    def fsync(fd: Any) -> None:
        number = fd if isinstance(fd, int) else fd.fileno()
        if not of(os.fstat(number).st_mode):
            real(number)

    os.fsync = fsync


def no_new_directory_fsync() -> None:
    """Blobs lie in a directory that was made for them, and is on the disk under no name."""
    _skip_sync(lambda path: path.name == "blobs")


def no_blob_name_fsync() -> None:
    """Blobs are on the disk, and their directories; in these stands no name of theirs."""
    _skip_sync(lambda path: path.parent.name == "blobs")


def _skip_sync(of: Callable[[Path], bool]) -> None:
    from service.foundation import directories

    real = directories.sync

    def sync(path: Path) -> None:
        if not of(path):
            real(path)

    directories.sync = sync


def keys_not_durable() -> None:
    """Records are sealed under keys that are not on the disk yet."""
    import sqlalchemy as sa

    from service.foundation.keys import database

    real = database.KeyDatabase.__init__

    def begin(self: database.KeyDatabase, url: str) -> None:
        real(self, url)
        sa.event.listen(self._engine, "connect", _not_durable)

    database.KeyDatabase.__init__ = begin  # type: ignore[method-assign]


def _not_durable(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def fsync_error_ignored() -> None:
    """What the disk refused to keep is acknowledged."""
    real = os.fsync

    def fsync(fd: Any) -> None:
        with contextlib.suppress(OSError):
            real(fd)

    os.fsync = fsync


def answer_before_commit() -> None:
    """The phone hears 201; the commit comes a moment later."""
    from service.foundation import db

    real = db.Database.commit_together

    def commit_together(self: db.Database, work: Callable[[Any], Any]) -> Any:
        with self._one_writer(), self.writer.connect() as connection:
            transaction = connection.begin()
            value = work(connection)
            transaction.rollback()
        _later(lambda: real(self, work))
        return value

    db.Database.commit_together = commit_together  # type: ignore[method-assign]


def blob_after_row() -> None:
    """The row is committed first, the file it names comes a moment later."""
    from service.foundation.blobs import local

    real = local.Draft.commit

    def commit(self: local.Draft) -> local.Blob:
        _later(lambda: real(self))
        return local.Blob(
            name=self._name,
            sha256=self._sha256.hexdigest(),
            md5=self._md5.hexdigest(),
            size=self.size,
            media_type=local.media_types.UNKNOWN,
            key=self._key,
        )

    local.Draft.commit = commit  # type: ignore[method-assign]


def audit_apart() -> None:
    """The act is committed; its audit entry follows in a transaction of its own."""
    from service.foundation import audit, db

    def placed(self: audit.Log, _connection: Any, entries: Any) -> list[Any]:
        def write() -> None:
            with db.unit_of_work() as session:
                rows = honest(self, session.connection(), entries)
                session.execute(self.table.insert(), rows)

        _later(write)
        return []

    honest, audit.Log.placed = audit.Log.placed, placed  # type: ignore[method-assign]


def sealing_off() -> None:
    """Records and files in clear, read by jobs as others are: what sealing costs (`make bench`) is
    the difference."""
    import random
    import uuid

    from service.entities.actions import sealed as entities
    from service.foundation.keys import KeyStore
    from service.foundation.sealing import DataKey, streams
    from service.foundation.sealing import unseal as unseal_really
    from service.intake.actions import accepting, sealed
    from service.persons import sealed as persons

    find_really = KeyStore.find_many

    def take(*_: object) -> DataKey:
        return DataKey(key_pk=uuid.UUID(int=random.getrandbits(64)), secret=bytes(32))

    def is_none(key_pk: uuid.UUID) -> bool:
        return key_pk.int < 1 << 64

    def find_many(store, project_id, key_pks):  # type: ignore[no-untyped-def]
        asked = list(key_pks)
        held = find_really(store, project_id, [one for one in asked if not is_none(one)])
        return held | {one: DataKey(key_pk=one, secret=b"") for one in asked if is_none(one)}

    KeyStore.take = take  # type: ignore[method-assign,assignment]
    KeyStore.find_many = find_many  # type: ignore[method-assign]
    KeyStore.digest = lambda _self, content: content  # type: ignore[method-assign]
    for room in (sealed, entities, persons):
        room.seal = lambda _key, _place, plain: plain  # type: ignore[attr-defined]
        room.unseal = lambda its, place, box: (  # type: ignore[attr-defined]
            box if is_none(its.key_pk) else unseal_really(its, place, box)
        )
    accepting.sealed_by_class = (
        lambda project_id, record, xml, _schema: {  # nothing is cut apart either
            **dict.fromkeys(("identity_key_pk", "testimony_key_pk")),
            **sealed.sealed_xml(project_id, record, xml),
        }
    )
    streams.Sealer._piece = lambda _self, plain, _tag: plain  # type: ignore[method-assign]


def changes_untold() -> None:
    """Records bring their facts, and nobody is told whose changed: what that costs a receipt
    (`PART=tables make bench`) is the difference."""
    from service.facts import queries

    queries.rows_to_store = lambda told: queries.rows_of([told])
    nothing_made_ready()


def nothing_made_ready() -> None:
    """Cubes are made when they are asked for, and cost no receipt that is measured meanwhile."""
    from service.indicators.actions.preparing import Preparing

    Preparing.start = lambda _self: None  # type: ignore[method-assign]


def _later(act: Callable[[], object]) -> None:
    def wait_and_act() -> None:
        time.sleep(0.5)
        act()

    threading.Thread(target=wait_and_act, daemon=True).start()


MUTANTS: dict[str, Callable[[], None]] = {
    mutant.__name__: mutant
    for mutant in (
        synchronous_normal,
        postgresql_commits_later,
        no_file_fsync,
        no_directory_fsync,
        no_new_directory_fsync,
        no_blob_name_fsync,
        keys_not_durable,
        fsync_error_ignored,
        answer_before_commit,
        blob_after_row,
        audit_apart,
        sealing_off,
        changes_untold,
        nothing_made_ready,
    )
}
