"""R-02: the same record from many connections in the same instant is one record, and no error."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.clients.households import Household, household, photo_hashes
from tests.clients.openrosa_phone import Phone
from tests.reliability import checker
from tests.reliability.conftest import FULL
from tests.reliability.server import Server, Site

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(3600 if FULL else 300)]

AT_ONCE = 32
ROUNDS = 200 if FULL else 8


@pytest.mark.parametrize("photos", [True, False], ids=["with-photos", "without"])
def test_r02_32_concurrent_copies_are_one_record(site: Site, tmp_path: Path, photos: bool) -> None:
    own = site.copy_to(tmp_path / "data")
    sent = [household(number, photos=photos) for number in range(1, ROUNDS + 1)]
    statuses: dict[str, Counter[int]] = {each.instance_id: Counter() for each in sent}
    together = threading.Barrier(AT_ONCE)

    def copy(number: int) -> None:
        phone = Phone(own.phone_url, f"collect:copyphone{number:07}")
        for visited in sent:
            together.wait(timeout=60)
            sending = phone.send(visited.record)
            statuses[visited.instance_id].update(sending.statuses or [0])
        phone.close()

    with Server(own) as server:
        threads = [threading.Thread(target=copy, args=(n,)) for n in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        server.kill()
    expected = Counter({201: 1, 202: AT_ONCE - 1})
    assert {i: got for i, got in statuses.items() if got != expected} == {}
    assert sorted(checker.files_of(own)) == sorted(expected_rows(sent))


def expected_rows(sent: list[Household]) -> list[tuple[str, str | None, str | None]]:
    """The same from what was sent."""
    found: list[tuple[str, str | None, str | None]] = []
    for each in sent:
        files = photo_hashes(each)
        found += [(each.instance_id, name, sha256) for name, sha256 in files.items()]
        if not files:
            found.append((each.instance_id, None, None))
    return found
