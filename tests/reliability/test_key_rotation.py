"""Wrapping keys replaced under load, and killed while at it: no key is lost, none stays behind."""

from __future__ import annotations

import json
import random
import signal
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.foundation.keys import KeyRing, KeyStore
from service.foundation.sealing import DataKey
from tests import commands
from tests.reliability.harness import drill
from tests.reliability.server import Site
from tests.reliability.test_crashes import FULL, SEED, assert_settles

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(7200 if FULL else 300)]

KILLS = 200 if FULL else 2
KEYS = 10_000 if FULL else 3_000
PAUSE_S = 0 if FULL else 0.1
POINTS = ("after_rewrap", "after_retire")


@pytest.mark.parametrize("kind", ["site", "postgresql_site"])
def test_s40_rotation_killed_at_any_moment_loses_no_key(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(SEED)
    where = request.getfixturevalue(kind)
    with drill(where, tmp_path, seed=SEED, pause_s=PAUSE_S) as drilled:
        site = drilled.site
        with drilled.start():
            taken = _take_keys(site)
            for point in POINTS:
                assert _rotate(site, {"SAMLENG_CRASH_AT": point}).wait() != 0
                assert _read_again(site, taken) == taken
            took = _seconds_of(site)
            for _ in range(KILLS):
                rotating = _rotate(site, {})
                time.sleep(chance.uniform(took / 2, took))
                rotating.send_signal(signal.SIGKILL)
                rotating.wait()
                assert _read_again(site, taken) == taken
            before = json.loads(site.key_file.read_text())
            site.run("keys", "rotate")
            after = json.loads(site.key_file.read_text())
        assert len(after["keys"]) == 1
        assert after["current"] not in before["keys"] or len(before["keys"]) > 1
        assert_settles(drilled)


def _rotate(site: Site, env: dict[str, str]) -> commands.Begun:
    return commands.begin(["keys", "rotate"], {**site.env(), **env})


def _seconds_of(site: Site) -> float:
    begun = time.monotonic()
    assert _rotate(site, {}).wait() == 0
    return time.monotonic() - begun


def _take_keys(site: Site) -> dict[uuid.UUID, DataKey]:
    """So many that wrapping them takes a while."""
    with opened(site) as store:
        taken = [store.take(site.project_id) for _ in range(KEYS)]
    return {key.key_pk: key for key in taken}


def _read_again(site: Site, taken: Mapping[uuid.UUID, DataKey]) -> Mapping[uuid.UUID, DataKey]:
    with opened(site) as store:
        return store.find_many(site.project_id, taken)


@contextmanager
def opened(site: Site) -> Iterator[KeyStore]:
    """The store as another process has it."""
    url = site.database_url or f"sqlite:///{site.data_dir}/keys.db"
    store = KeyStore(url, KeyRing(site.key_file), b"")
    yield store
    store.dispose()
