"""A power cut after the first records: the installation itself is not an hour old, and nobody has
told the disk to keep its directories."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients import households
from tests.clients.households import household
from tests.clients.ledger import Ledger
from tests.clients.openrosa_phone import Phone
from tests.ports import free_port
from tests.reliability import checker
from tests.reliability.powercut.disk import Disk
from tests.reliability.server import ROOT, Server, Site

pytestmark = pytest.mark.reliability


@dataclasses.dataclass(frozen=True, kw_only=True)
class FirstSite(Site):
    """Keys lie where they do by default: beside the data directory."""

    @property
    def key_file(self) -> Path:
        return self.data_dir.with_name(f"{self.data_dir.name}-keys") / "ring.json"

    def env(self) -> dict[str, str]:
        kept = super().env()
        del kept["SAMLENG_KEY_FILE"]
        return kept


def test_a_first_start_outlives_a_power_cut(tmp_path: Path) -> None:
    machine = tmp_path / "machine"
    disk = Disk(machine, tmp_path / "disk")
    site = FirstSite(data_dir=machine / "srv" / "var", port=free_port(), project_id=1, token="")
    form = tmp_path / "household_drill.xml"
    form.write_text(households.FORM, "utf-8")

    def flask(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi:app", *words],
            cwd=ROOT, env={**os.environ, **site.env(), **disk.env()},
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    flask("setup")
    flask("forms", "publish", str(form), "--project", "1", "--ignore-warnings")
    token = flask("app-users", "create", "Arun", "--project", "1", "--json")
    site = dataclasses.replace(site, token=json.loads(token)["token"])
    server = Server(site, disk.env()).wait_ready()
    with Ledger(tmp_path / "ledger") as ledger:
        phone = Phone(site.phone_url, "collect:firstphone0001", timeout_s=10)
        for number in range(5):
            visited = household(number)
            ledger.intend(visited.instance_id, str(visited.number))
            sending = phone.send(visited.record)
            assert sending.is_sent
            ledger.acknowledge(visited.instance_id, sending.statuses[-1])
        phone.close()
        server.kill()
        disk.cut()
        found = checker.check(site, ledger.entries())
    assert found.acknowledged == 5
    assert found.is_clean, found
