"""Starting and stopping, as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pytest

from service.cli.demo import campaign, own_account, people, sending
from service.cli.demo import commands as demo
from service.cli.demo.others import OTHERS
from tests import programs
from tests.ports import free_port

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


@contextmanager
def served(tmp_path: Path, *words: str) -> Iterator[int]:
    """The port of `flask WORDS…`, which serves until the block ends."""
    port = free_port()
    started = command(tmp_path, port, *words)
    try:
        until = time.monotonic() + 60
        while not is_served(port):
            assert started.poll() is None, started.communicate()[0]
            assert time.monotonic() < until
            time.sleep(0.1)
        yield port
        started.send_signal(signal.SIGTERM)
        started.communicate(timeout=60)
    finally:
        started.kill()


def test_a_demonstration_that_is_stopped_leaves_no_server(tmp_path: Path) -> None:
    with served(tmp_path, "demo", "serve") as port:
        pass
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port)).close()


def test_a_record_is_sent_by_hand_as_the_documents_say(tmp_path: Path) -> None:
    programs.need("curl", "curl")
    text = (ROOT / "docs/device-sync.md").read_text("utf-8")
    _, _, rest = text.partition("### By hand")
    example = textwrap.dedent("\n".join(re.findall(r"^    .*$", rest.partition("\n## ")[0], re.M)))
    with served(tmp_path / "var", "serve") as port:
        words = ("app-users", "create", "Try-out", "--project", "1", "--json")
        phone = json.loads(command(tmp_path / "var", port, *words).communicate(timeout=60)[0])
        script = re.sub(r"^BASE=.*$", f"BASE={phone['url']}", example, flags=re.M)
        answers = [
            subprocess.run(
                ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
            ).stdout
            for _ in range(2)
        ]
        flags = stored_flags(tmp_path / "var")
    assert [answer.split()[1] for answer in answers] == ["201", "202"]
    assert flags == [[]], "the version that the documents send is not the one that is published"


def stored_flags(data_dir: Path) -> list[list[str]]:
    database = sqlite3.connect(data_dir / "samleng.db")
    try:
        return [json.loads(row[0]) for row in database.execute("SELECT flags FROM submissions")]
    finally:
        database.close()


def test_a_demonstration_has_two_thousand_households_and_more() -> None:
    assert demo.HOUSEHOLDS >= 2000


def test_a_demonstration_sends_its_households_through_the_real_routes_and_counts_them(
    tmp_path: Path,
) -> None:
    """A small one, as `make demo` makes the large one."""
    port = free_port()
    started = command(tmp_path, port, "demo", "serve", "--households", "30")
    told = ""
    try:
        assert started.stdout is not None
        while "Stop with Ctrl-C" not in told and (line := started.stdout.readline()):
            told += line
        counted = rows_of(tmp_path, "submissions"), rows_of(tmp_path, "households")
        signed, visited = (rows_of(tmp_path, one) for one in ("signatures", "case_visits"))
        page = f"http://127.0.0.1:{port}/treaty/samleng?lang=en"
        with urllib.request.urlopen(page, timeout=30) as answer:
            tally = answer.read().decode()
    finally:
        started.send_signal(signal.SIGTERM)
        started.communicate(timeout=60)
    said = re.search(
        r"30 households, 20 signatures, and of the other forms: (\d+) records taken in .* in "
        r"\d+ seconds",
        told,
    )
    sent = [*chain(*sending.records(demo.SEED, 30, 20, OTHERS.keys() - {"follow_up"}))]
    own = [people.household(1, own_account.FIRST + one) for one in range(own_account.MANY)]
    agreed = {one.instance_id: one for one in [*sent, *own] if one.answers.get("c_store") == "yes"}
    households = {one.instance_id for one in agreed.values() if one.form_id == "needs_assessment"}
    replaced = {one.edits for one in sent if one.edits}
    assert said, told
    assert "still to come" not in told, "the server has a worker, and it worked"
    assert len(agreed) < len({one.instance_id for one in [*sent, *own]}), "some refuse"
    assert visited == 3, "its cases were visited"
    assert int(said[1]) == len(sent) + visited
    assert counted[0] == len(sent) + len(own) + visited
    removed = counted[1] - len(households - replaced)
    assert -3 <= removed <= 0, "the team removed a few"
    assert signed >= 20
    assert "People&#39;s Treaty 2026" in tally
    assert campaign.TEXT["en"] in tally, "there is something to sign, and a goal"


def rows_of(data_dir: Path, table: str) -> int:
    database = sqlite3.connect(data_dir / "samleng.db")
    try:
        [(count,)] = database.execute(f"SELECT count(*) FROM {table}")
        return int(count)
    finally:
        database.close()
