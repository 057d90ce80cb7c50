"""The recovery copy: with a backup of the key store and a sheet of paper it brings all back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.foundation import clock, keys
from service.foundation.keys import KeyRing, KeyRingError, KeyStore, paper, recovery, rotation
from tests import kept_copy


@pytest.fixture
def elsewhere(key_store: KeyStore, database_url: str, tmp_path: Path) -> Iterator[KeyStore]:
    """The same store on a new machine: its backup is there, the file of wrapping keys is not."""
    from tests.conftest import keys_url

    store = KeyStore(
        keys_url(database_url, tmp_path), KeyRing(tmp_path / "new" / "ring.json"), b"d" * 32
    )
    yield store
    store.dispose()


def test_s41_the_store_the_copy_and_the_paper_alone_bring_every_key_back(
    key_store: KeyStore, elsewhere: KeyStore
) -> None:
    taken = [key_store.take(project) for project in (1, 2)]
    written = recovery.make(key_store).written()
    key_store.ring.path.unlink()
    with pytest.raises(KeyRingError, match="missing"):
        elsewhere.find(1, taken[0].key_pk)
    assert recovery.restore(elsewhere, paper.read(written), kept_copy.of(key_store))
    assert elsewhere.ring.path.stat().st_mode & 0o777 == 0o600
    for project, key in zip((1, 2), taken, strict=True):
        assert elsewhere.find(project, key.key_pk) == key


def test_s41_the_paper_opens_what_was_wrapped_after_a_rotation(
    key_store: KeyStore, elsewhere: KeyStore
) -> None:
    key = key_store.take(1)
    sheet = recovery.make(key_store)
    assert kept_copy.prove(key_store, sheet)
    first = recovery.find(key_store)
    keys.rotate(key_store)
    second = recovery.find(key_store)
    assert first is not None
    assert second is not None
    assert second.kek_ids == key_store.ring.ids()
    assert not second.kek_ids & first.kek_ids  # the destroyed key is in no copy
    assert second.proven_at == first.proven_at
    assert recovery.restore(elsewhere, sheet, kept_copy.of(key_store))
    assert elsewhere.find(1, key.key_pk) == key


@pytest.mark.parametrize("step", ["before the ring", "before the last copy"])
def test_s41_a_rotation_that_was_killed_leaves_a_copy_that_opens_everything(
    key_store: KeyStore, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_store.take(1)
    sheet = recovery.make(key_store)
    with monkeypatch.context() as patch:

        def die(*_args: object) -> None:
            raise KeyboardInterrupt

        target = key_store.ring if step == "before the ring" else key_store.database
        patch.setattr(target, "add" if step == "before the ring" else "truncate_log", die)
        with pytest.raises(KeyboardInterrupt):
            keys.rotate(key_store)
    copy = recovery.find(key_store)
    assert copy is not None
    opened = json.loads(sheet.open(copy.sealed) or b"")
    assert opened["keys"].keys() >= key_store.ring.ids()
    recovery.seal_if_stale(key_store)
    copy = recovery.find(key_store)
    assert copy is not None
    assert copy.kek_ids == key_store.ring.ids()
    keys.rotate(key_store)
    assert kept_copy.prove(key_store, sheet)


def test_s41_nothing_is_wrapped_under_a_key_that_the_copy_lacks(
    key_store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may take up the new key the moment it is in the file."""
    recovery.make(key_store)
    seen: list[bool] = []
    add = KeyRing.add

    def look(ring: KeyRing, key: rotation.WrappingKey) -> None:
        copy = recovery.find(key_store)
        seen.append(copy is not None and key.kek_id in copy.kek_ids)
        add(ring, key)

    monkeypatch.setattr(KeyRing, "add", look)
    keys.rotate(key_store)
    assert seen == [True]


def test_s41_set_up_is_proven_by_reading_the_paper_back_and_for_a_year(key_store: KeyStore) -> None:
    assert recovery.find(key_store) is None
    sheet = recovery.make(key_store)
    assert not _is_proven(key_store, clock.now())
    assert not kept_copy.prove(key_store, paper.new_key())
    assert not _is_proven(key_store, clock.now())
    assert kept_copy.prove(key_store, sheet)
    assert _is_proven(key_store, clock.now())
    assert not _is_proven(key_store, clock.now() + dt.timedelta(days=366))


def test_s41_a_newer_sheet_takes_the_place_of_the_older(key_store: KeyStore) -> None:
    old = recovery.make(key_store)
    new = recovery.make(key_store)
    assert not kept_copy.prove(key_store, old)
    assert kept_copy.prove(key_store, new)


def test_a_ring_that_is_there_is_never_overwritten(key_store: KeyStore) -> None:
    sheet = recovery.make(key_store)
    before = key_store.ring.path.read_bytes()
    with pytest.raises(KeyRingError, match="already"):
        recovery.restore(key_store, sheet, kept_copy.of(key_store))
    assert key_store.ring.path.read_bytes() == before


def test_s38_the_copy_says_nothing_without_the_paper(
    key_store: KeyStore, elsewhere: KeyStore
) -> None:
    recovery.make(key_store)
    copy = recovery.find(key_store)
    assert copy is not None
    assert key_store.ring.current().secret.hex().encode() not in copy.sealed
    assert not recovery.restore(elsewhere, paper.new_key(), kept_copy.of(key_store))
    assert not elsewhere.ring.exists


def test_s41_a_rotation_replaces_the_copy_beside_the_paper_where_it_is_at_hand(
    key_store: KeyStore, elsewhere: KeyStore, tmp_path: Path
) -> None:
    """Before anything is wrapped under the new key: the machine may burn at any moment."""
    key, stick = key_store.take(1), tmp_path / "copy.json"
    sheet = recovery.make(key_store)
    recovery.hand_out(key_store, stick)
    assert recovery.prove(key_store, sheet, recovery.read(stick))
    held: list[set[str]] = []

    def look(_done: int) -> None:
        opened = sheet.open(recovery.read(stick).sealed)
        held.append(set(json.loads(opened or b"")["keys"]))

    before = key_store.ring.ids()
    keys.rotate(key_store, look, stick)
    assert all(each > before for each in held)
    assert held
    assert recovery.read(stick).kek_ids == key_store.ring.ids()
    assert not kept_copy.of(key_store).is_kept  # nobody has shown it yet
    assert recovery.prove(key_store, sheet, recovery.read(stick))
    assert kept_copy.of(key_store).is_kept
    assert stick.stat().st_mode & 0o777 == 0o600
    assert recovery.restore(elsewhere, sheet, recovery.read(stick))
    assert elsewhere.find(1, key.key_pk) == key


def test_s41_a_copy_of_earlier_wrapping_keys_proves_nothing(
    key_store: KeyStore, tmp_path: Path
) -> None:
    stick, sheet = tmp_path / "copy.json", recovery.make(key_store)
    recovery.hand_out(key_store, stick)
    keys.rotate(key_store)
    assert not recovery.prove(key_store, sheet, recovery.read(stick))
    recovery.hand_out(key_store, stick)
    assert recovery.prove(key_store, sheet, recovery.read(stick))


def test_s45_a_copy_that_an_earlier_release_kept_in_the_store_is_taken_out(
    key_store: KeyStore, elsewhere: KeyStore, tmp_path: Path
) -> None:
    """And leaves nothing behind, in free pages or in the log. Killed between, it is done again."""
    key, sheet = key_store.take(1), paper.new_key()
    sealed = paper.seal_for(sheet.public, key_store.ring.dump())
    row = {
        "public_key": sheet.public,
        "sealed": sealed,
        "kek_ids": " ".join(key_store.ring.ids()),
        "made_at": clock.now(),
        "proven_at": clock.now(),
    }
    with key_store.database.writing() as connection:
        key_store.database.tables.earlier.create_all(connection)
        connection.execute(key_store.database.tables.earlier_copies.insert(), row)
    assert recovery.find(key_store) is None
    found = recovery.find_in_store(elsewhere)  # a backup of that release, on a new machine
    assert found is not None
    assert recovery.restore(elsewhere, sheet, found)
    assert elsewhere.find(1, key.key_pk) == key
    for _ in range(2):
        recovery.move_out(key_store)
    copy = kept_copy.of(key_store)
    assert (copy.sealed, copy.proven_at) == (sealed, row["proven_at"])
    assert not copy.is_kept
    assert key_store.database.earlier_copies() is None
    for path in tmp_path.glob("keys.db*"):
        assert sealed[:40] not in path.read_bytes()
    # Backups from before hold the copy, so that replacing keys does not close them early.
    assert kept_copy.prove(key_store, sheet)
    keys.rotate(key_store)
    assert kept_copy.prove(key_store, sheet)
    assert recovery.closed(key_store) is None
    with clock.frozen(clock.now() + recovery.STORE_BACKUPS):
        assert recovery.closed(key_store) is not None


def test_s45_older_copies_of_the_store_are_closed_by_a_rotation_and_a_copy_in_its_place(
    key_store: KeyStore,
) -> None:
    key_store.take(1)
    first = recovery.closed(key_store)
    assert first is not None
    sheet = recovery.make(key_store)
    assert recovery.closed(key_store) is None
    assert kept_copy.prove(key_store, sheet)
    later = clock.now() + dt.timedelta(days=1)
    with clock.frozen(later):
        keys.rotate(key_store)
    assert recovery.closed(key_store) is None
    with clock.frozen(later + dt.timedelta(days=1)):
        assert kept_copy.prove(key_store, sheet)
    now = recovery.closed(key_store)
    assert now == recovery.Closed(before=later, at=later + dt.timedelta(days=1))
    with clock.frozen(later + dt.timedelta(days=300)):
        assert kept_copy.prove(key_store, sheet)  # the yearly proof moves no day
    assert recovery.closed(key_store) == now


def _is_proven(store: KeyStore, now: dt.datetime) -> bool:
    copy = recovery.find(store)
    return copy is not None and copy.is_proven(now)
