"""Starting and stopping, as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def command(tmp_path: Path, port: int, *words: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAMLENG_")}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", *words],
        cwd=ROOT,
        env=kept | {"SAMLENG_DATA_DIR": str(tmp_path), "SAMLENG_MIN_FREE_MB": "1",
                    "FLASK_APP": "wsgi:app", "HOST": "127.0.0.1", "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def is_served(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.parametrize("words", [("serve",), ("demo", "serve")])
def test_a_port_that_is_taken_is_not_shared(tmp_path: Path, words: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        started = command(tmp_path, port, *words)
        told, _ = started.communicate(timeout=60)
    assert started.returncode == 1
    assert f"PORT={port + 1}" in told
    assert not (tmp_path / "samleng.db").exists()


def test_a_demonstration_that_is_stopped_leaves_no_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    demo = command(tmp_path, port, "demo", "serve")
    try:
        until = time.monotonic() + 60
        while not is_served(port):
            assert demo.poll() is None, demo.communicate()[0]
            assert time.monotonic() < until
            time.sleep(0.1)
        demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=60)
    finally:
        demo.kill()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port)).close()
