"""A port that another program has; and that one who is ending lets go."""

from __future__ import annotations

import socket
import threading

import pytest

from service.foundation import free_port
from tests import ports


def test_whose_port_another_program_keeps_is_told_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(free_port, "PATIENCE_S", 0.1)
    port = ports.free_port()
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(free_port.PortTakenError, match=f"PORT={port + 1} make run"),
    ):
        free_port.demand("127.0.0.1", port)


def test_one_who_is_killed_and_started_again_waits_for_the_last_of_its_threads() -> None:
    port = ports.free_port()
    ending = socket.create_server(("127.0.0.1", port))
    threading.Timer(0.3, ending.close).start()
    free_port.demand("127.0.0.1", port)
    assert ending.fileno() == -1
