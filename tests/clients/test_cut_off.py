"""A file that breaks while it leaves does not look whole to whoever reads it strictly. The server
ends its body as if nothing had been (granian 2.8 knows no way to break off)."""

from __future__ import annotations

import csv
import io
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--http", "1",
         "--log-level", "error", "tests.clients.cut_off_site:app"],
        cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _wait(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def fetched(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def test_a_cut_off_csv_is_refused_by_a_strict_reader(address: str) -> None:
    text = fetched(f"{address}/csv")
    assert text.count("1,2\n") == 20_000, "what was read is there"
    assert text.endswith("Fetch it again."), "and says what it lacks"
    with pytest.raises(csv.Error):
        list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_the_last_line_of_a_cut_off_jsonl_is_no_json(address: str) -> None:
    *lines, last = fetched(f"{address}/jsonl").splitlines()
    assert all(json.loads(line) == {"a": 1} for line in lines)
    assert "cut off" in last
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(last)
