"""Rotation: data keys wrapped anew, while the server runs, and the older wrapping key destroyed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy as sa

from service.foundation import clock, crash_points
from service.foundation.keys import recovery
from service.foundation.keys.ring import WrappingKey
from service.foundation.keys.store import KeyStore
from service.foundation.keys.wrapping import wrap

_AT_ONCE = 500


def rotate(
    store: KeyStore,
    progress: Callable[[int], None] = lambda _done: None,
    copy_to: Path | None = None,
    begun: Callable[[str], None] = lambda _kek_id: None,
) -> int:
    """Wrap every data key anew under a new wrapping key, then destroy the older ones; answers
    how many were wrapped. While it runs both are readable. Killed at any moment, it is taken
    up where it was by calling it again.

    The recovery copy holds the new key before anything is wrapped under it, and loses the old
    one after nothing is. So does the one that is kept beside the paper, where it is at hand
    (`copy_to`); else that one is to be replaced at once, by hand.

    `begun` hears which key it will be before that is anywhere: the log of acts lies in another
    database, and no key may come that it does not know.
    """
    store.prepare()
    if len(store.ring.ids()) == 1:
        key = store.ring.plan()
        begun(key.kek_id)
        recovery.seal_again(store, [*store.ring.keys(), key], copy_to)
        store.ring.add(key)
    new = store.ring.current()
    with store.database.writing() as connection:
        store.register(connection, new)
    count = 0
    while True:
        count += wrap_all(store, new, progress)
        crash_points.reached("after_rewrap")
        if retire_others(store, new):
            break
    crash_points.reached("after_retire")
    store.database.truncate_log()
    store.ring.drop_others()
    recovery.seal_again(store, store.ring.keys(), copy_to)
    return count


def wrap_all(store: KeyStore, new: WrappingKey, progress: Callable[[int], None]) -> int:
    """Every data key once, in batches of one transaction each; answers how many were wrapped."""
    keys, done = store.database.tables.data_keys, 0
    last: tuple[int, uuid.UUID] | None = None
    while True:
        query = sa.select(keys).order_by(keys.c.project_id, keys.c.key_pk).limit(_AT_ONCE)
        if last is not None:
            query = query.where(sa.tuple_(keys.c.project_id, keys.c.key_pk) > last)
        with store.database.writing() as connection:
            rows = connection.execute(query).all()
            if not rows:
                return done
            last = (rows[-1].project_id, rows[-1].key_pk)
            old = [row for row in rows if row.kek_id != new.kek_id]
            if old:
                connection.execute(*_rewrapping(store, new, old))
        done += len(old)
        progress(done)


def _rewrapping(
    store: KeyStore, new: WrappingKey, rows: Sequence[sa.Row[tuple[int, uuid.UUID, str, bytes]]]
) -> tuple[sa.Update, list[dict[str, object]]]:
    keys = store.database.tables.data_keys
    statement = (
        keys.update()
        .where(
            keys.c.project_id == sa.bindparam("of_project"),
            keys.c.key_pk == sa.bindparam("of_key"),
        )
        .values(kek_id=sa.bindparam("new_kek"), wrapped=sa.bindparam("new_wrapped"))
    )
    values: list[dict[str, object]] = [
        {
            "of_project": row.project_id,
            "of_key": row.key_pk,
            "new_kek": new.kek_id,
            "new_wrapped": wrap(new, row.project_id, store.unwrapped(row.project_id, row)),
        }
        for row in rows
    ]
    return statement, values


def retire_others(store: KeyStore, new: WrappingKey) -> bool:
    """Let nobody wrap under older keys any more; False if somebody did while we worked."""
    tables = store.database.tables
    keys, keks = tables.data_keys, tables.wrapping_keys
    left = sa.select(sa.func.count()).where(keys.c.kek_id != new.kek_id)
    with store.database.writing() as connection:
        connection.execute(
            keks.update()
            .where(keks.c.kek_id != new.kek_id, keks.c.retired_at.is_(None))
            .values(retired_at=clock.now())
        )
        is_done = connection.execute(left).scalar() == 0
        if not is_done:
            connection.rollback()
    return is_done
