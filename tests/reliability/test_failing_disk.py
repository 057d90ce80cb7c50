"""R-05, R-06: a full or failing disk is said so, keeps nothing by halves, and is survived."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.households import Household, household
from tests.clients.ledger import Entry
from tests.clients.openrosa_phone import Phone, Sending
from tests.ports import free_port
from tests.reliability import checker, mutants
from tests.reliability.powercut.disk import CREATIONS, SYNCS, WRITES, Disk
from tests.reliability.server import Server, Site

pytestmark = pytest.mark.reliability

MOST_CALLS = 60
"""More disk calls than one submission makes."""


@pytest.fixture
def disk(site: Site, tmp_path: Path) -> Disk:
    own = site.copy_to(tmp_path / "data")
    return Disk(own.data_dir, tmp_path / "disk")


def with_photos() -> Iterator[Household]:
    """Households that bring a photo, so that blobs are written too."""
    return (each for each in map(household, range(1, 10_000)) if each.photos)


def fail_every_call_once(site: Site, disk: Disk, kinds: int, error: int) -> list[Sending]:
    """Fail the nth call from then on, for n = 1, 2, … until a record passes untouched.

    Each record is refused, then sent again on the healed disk. Answers the refusals.
    """
    refusals: list[Sending] = []
    phone = Phone(site.phone_url)
    for nth, visited in zip(range(1, MOST_CALLS), with_photos(), strict=False):
        disk.fail(kinds, nth=nth, error=error, times=0)
        sending = phone.send(visited.record)
        if not disk.heal():
            assert sending.statuses == (201,)
            phone.close()
            return refusals
        if sending.is_sent:  # what failed was work after the answer
            continue
        refusals.append(sending)
        assert phone.send(visited.record).statuses == (201,), f"call {nth}, after healing"
    raise AssertionError(f"still failing after {MOST_CALLS} calls")


@pytest.mark.parametrize(
    ("kinds", "error"),
    [
        (WRITES, errno.ENOSPC),
        (CREATIONS, errno.ENOSPC),
        (WRITES | SYNCS, errno.EIO),
    ],
    ids=["full", "no-room-for-names", "failing"],
)
def test_r05_r06_what_the_disk_refuses_is_refused_and_succeeds_later(
    site: Site, disk: Disk, kinds: int, error: int
) -> None:
    own = site_on(disk, site)
    with Server(own, disk.env()) as server:
        refusals = fail_every_call_once(own, disk, kinds, error)
        assert server.is_running
        server.kill()
    assert refusals
    statuses = {sending.statuses for sending in refusals}
    assert statuses <= {(507,), (503,)}, statuses
    assert all(sending.shown.startswith("Error: ") for sending in refusals)


def site_on(disk: Disk, template: Site) -> Site:
    """The site whose data directory is on this disk."""
    return Site(
        data_dir=disk.data_dir,
        port=free_port(),
        project_id=template.project_id,
        token=template.token,
    )


def refused_fsyncs_acknowledged(site: Site, disk: Disk, env: dict[str, str]) -> list[str]:
    """Let every fsync fail once, cut the power, and see what was promised and is not there. No job
    is worked off meanwhile: its fsync would fail in the place of a receipt's."""
    entries: dict[str, Entry] = {}
    alone = {"SAMLENG_EMBEDDED_WORKER": "0"}
    with Server(site, {**disk.env(), **alone, **env}) as server:
        phone = Phone(site.phone_url)
        for nth, visited in zip(range(1, 8), with_photos(), strict=False):
            disk.fail(SYNCS, nth=nth, error=errno.EIO)
            sending = phone.send(visited.record)
            disk.heal()
            entry = Entry(record=str(visited.number), acknowledged=int(sending.is_sent))
            entries[visited.instance_id] = entry
        phone.close()
        server.kill()
    disk.cut()
    found = checker.check(site, entries)
    return [*found.lost, *found.files_lost, *found.blobs_lost, *found.broken]


def test_r06_a_failed_fsync_is_never_acknowledged(site: Site, disk: Disk) -> None:
    assert refused_fsyncs_acknowledged(site_on(disk, site), disk, {}) == []


def test_r06_goes_red_on_a_server_that_ignores_fsync_errors(site: Site, disk: Disk) -> None:
    ignoring = mutants.env("fsync_error_ignored")
    assert refused_fsyncs_acknowledged(site_on(disk, site), disk, ignoring) != []
