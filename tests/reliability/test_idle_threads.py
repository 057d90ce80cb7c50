"""After a rush threads end. What they held must not take the server with it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.clients.households import household
from tests.clients.openrosa_phone import Phone
from tests.reliability.server import Server

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(120)]

IDLE_S = 5
"""The shortest that the server takes."""
PHONES = 8


@pytest.mark.parametrize("kind", ["site", "postgresql_site"])
def test_the_server_outlives_its_threads(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    own = request.getfixturevalue(kind).copy_to(tmp_path / "data")
    with Server(own, {"THREADS_IDLE_S": str(IDLE_S)}) as server:

        def send(number: int) -> None:
            phone = Phone(own.phone_url, f"collect:idle{number}", timeout_s=10)
            for record in range(5):
                assert phone.send(household(number * 5 + record).record).is_sent
            phone.close()

        rush = [threading.Thread(target=send, args=(number,)) for number in range(PHONES)]
        for thread in rush:
            thread.start()
        for thread in rush:
            thread.join()
        time.sleep(IDLE_S + 3)
        assert server.has_all_processes
