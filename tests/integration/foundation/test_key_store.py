"""Data keys: durable before they are used, gone when destroyed, wrapped anew without a gap."""

from __future__ import annotations

import json
import stat
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.foundation import keys
from service.foundation.keys import KeyRing, KeyRingError, KeyStore, rotation
from service.foundation.sealing import Unsealable


@pytest.fixture
def other(key_store: KeyStore, database_url: str, tmp_path: Path) -> KeyStore:
    """The same store, as another process has it."""
    from tests.conftest import keys_url

    return KeyStore(keys_url(database_url, tmp_path), KeyRing(tmp_path / "ring.json"), b"d" * 32)


def test_a_key_is_there_for_others_before_it_is_handed_out(
    key_store: KeyStore, other: KeyStore
) -> None:
    taken = [key_store.take(1) for _ in range(300)]
    assert len({key.key_pk for key in taken}) == len({key.secret for key in taken}) == 300
    found = other.find_many(1, [key.key_pk for key in taken])
    assert [found[key.key_pk].secret for key in taken] == [key.secret for key in taken]
    other.dispose()


def test_a_key_is_of_one_project(key_store: KeyStore) -> None:
    assert key_store.find(2, key_store.take(1).key_pk) is None


def test_what_is_destroyed_is_gone_for_every_process_at_once(
    key_store: KeyStore, other: KeyStore, database_url: str, tmp_path: Path
) -> None:
    gone, stays = key_store.take(1), key_store.take(1)
    assert other.find(1, gone.key_pk) is not None
    assert key_store.destroy(1, [gone.key_pk, uuid.UUID(int=1)]) == 1
    assert other.find(1, gone.key_pk) is None
    assert other.find(1, stays.key_pk) == stays
    other.dispose()
    if database_url.startswith("sqlite"):
        held = b"".join(path.read_bytes() for path in tmp_path.glob("keys.db*"))
        assert stays.key_pk.bytes in held
        assert gone.key_pk.bytes not in held


def test_s38_the_store_without_the_ring_holds_no_key(key_store: KeyStore, tmp_path: Path) -> None:
    key = key_store.take(1)
    assert stat.S_IMODE((tmp_path / "ring.json").stat().st_mode) == 0o600
    for path in tmp_path.glob("keys.db*"):
        assert key.secret not in path.read_bytes()


def test_the_wrong_ring_is_refused_and_no_new_one_is_made(
    key_store: KeyStore, other: KeyStore, tmp_path: Path
) -> None:
    key = key_store.take(1)
    right = (tmp_path / "ring.json").rename(tmp_path / "away.json")
    with pytest.raises(KeyRingError, match="missing"):
        other.take(1)
    assert not (tmp_path / "ring.json").exists()
    KeyRing(tmp_path / "ring.json").make()
    with pytest.raises(KeyRingError, match="lacks the keys"):
        other.take(1)
    right.rename(tmp_path / "ring.json")
    assert other.find(1, key.key_pk) == key
    other.dispose()


@pytest.mark.parametrize("fault", ["readable", "weak", "damaged", "empty"])
def test_s01_a_ring_that_is_weak_or_open_to_others_is_refused(tmp_path: Path, fault: str) -> None:
    ring = KeyRing(tmp_path / "ring.json")
    ring.make()
    if fault == "readable":
        ring.path.chmod(0o644)
    elif fault == "weak":
        ring.path.write_text(json.dumps({"current": "a", "keys": {"a": "00" * 32}}))
    else:
        ring.path.write_text("{" if fault == "damaged" else "{}")
    with pytest.raises(KeyRingError):
        ring.current()


def test_rotation_wraps_everything_anew_and_destroys_the_old_key(
    key_store: KeyStore, other: KeyStore, tmp_path: Path
) -> None:
    taken = [key_store.take(project) for project in (1, 2, 2)]
    old = json.loads((tmp_path / "ring.json").read_text())
    wrapped = dict(_wrapped(key_store))
    done: list[int] = []
    held = 2 * keys.store.MADE_AHEAD
    assert keys.rotate(key_store, done.append) == held
    assert done[-1] == held
    new = json.loads((tmp_path / "ring.json").read_text())
    assert len(new["keys"]) == 1
    assert new["current"] != old["current"]
    assert {kek for _, kek, _ in _rows(key_store)} == {new["current"]}
    assert not set(wrapped.values()) & set(dict(_wrapped(key_store)).values())
    for project, key in zip((1, 2, 2), taken, strict=True):
        assert other.find(project, key.key_pk) == key
    other.dispose()
    # The old file opens nothing any more.
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "old.json").chmod(0o600)
    assert KeyRing(tmp_path / "old.json").find(new["current"]) is None


def test_a_process_that_has_the_old_key_in_mind_wraps_nothing_under_it(
    key_store: KeyStore, other: KeyStore, tmp_path: Path
) -> None:
    other.take(1)  # it remembers the ring
    keys.rotate(key_store)
    for _ in range(keys.store.MADE_AHEAD):
        made = other.take(1)
    other.dispose()
    assert (
        KeyStore(str(key_store.database._engine.url), KeyRing(tmp_path / "ring.json"), b"")
        is not None
    )
    assert key_store.find(1, made.key_pk) == made
    assert len({kek for _, kek, _ in _rows(key_store)}) == 1


@pytest.mark.parametrize("step", ["wrap_all", "retire_others", "drop_others"])
def test_s40_a_rotation_that_was_killed_is_taken_up_again(
    key_store: KeyStore, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it dies between two steps; the kill loop of the reliability suite dies anywhere."""
    taken = [key_store.take(1) for _ in range(3)]
    target = key_store.ring if step == "drop_others" else rotation
    with monkeypatch.context() as patch:

        def die(*_args: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(target, step, die)
        with pytest.raises(KeyboardInterrupt):
            keys.rotate(key_store)
    for key in taken:
        assert key_store.find(1, key.key_pk) == key
    assert len(key_store.ring.ids()) == 2
    keys.rotate(key_store)
    assert len(key_store.ring.ids()) == 1
    for key in taken:
        assert key_store.find(1, key.key_pk) == key


def test_s39_a_wrapped_key_moved_to_another_row_does_not_open(key_store: KeyStore) -> None:
    one, two = key_store.take(1), key_store.take(1)
    table = key_store.database.tables.data_keys
    with key_store.database.writing() as connection:
        moved = connection.execute(
            sa.select(table.c.wrapped).where(table.c.key_pk == one.key_pk)
        ).scalar()
        connection.execute(table.update().where(table.c.key_pk == two.key_pk).values(wrapped=moved))
    with pytest.raises(Unsealable):
        key_store.find(1, two.key_pk)


def _rows(store: KeyStore) -> list[tuple[uuid.UUID, str, bytes]]:
    table = store.database.tables.data_keys
    with store.database.reading() as connection:
        query = sa.select(table.c.key_pk, table.c.kek_id, table.c.wrapped)
        return [(row.key_pk, row.kek_id, bytes(row.wrapped)) for row in connection.execute(query)]


def _wrapped(store: KeyStore) -> list[tuple[uuid.UUID, bytes]]:
    return [(key, wrapped) for key, _, wrapped in _rows(store)]
