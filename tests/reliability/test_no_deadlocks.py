"""Several people and the worker at one record at the same moment, on PostgreSQL: all of them wait
for each other in one order, so nobody is told that the server is busy."""

from __future__ import annotations

import http.client
import json
import os
import random
import threading
import time
from pathlib import Path

import pytest

from tests.reliability.server import Server, Site
from tests.reliability.test_canary_sweep import FORM

pytestmark = [pytest.mark.reliability]

SECONDS = float(os.environ.get("SECONDS", "8"))
RECORDS, VERSIONS, HANDS = 2, 12, 6


class Hands:
    """Threads that change the same few records, each in an order of its own."""

    def __init__(self, site: Site, bearer: str) -> None:
        self.site, self.bearer = site, bearer
        self.statuses: list[tuple[str, int]] = []
        self.busy: list[str] = []
        self.current = {f"uuid:one-{number}": f"uuid:one-{number}" for number in range(RECORDS)}

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=60)
        try:
            headers = {"Authorization": f"Bearer {self.bearer}", "Content-Type": kind}
            connection.request(method, f"/v1/projects/{self.site.project_id}{path}", body, headers)
            reply = connection.getresponse()
            said = reply.read()
        finally:
            connection.close()
        self.statuses.append((method, reply.status))
        if reply.status >= 500:
            self.busy.append(f"{method} {path}: {reply.status} {said[:120]!r}")
        return reply.status

    def record(self, instance_id: str, edits: str = "") -> bytes:
        base = f"<orx:deprecatedID>{edits}</orx:deprecatedID>" if edits else ""
        number = instance_id.split("-")[1]
        entity = f"5b0c2f5e-4c1d-4d52-8d6f-7d6f3a1e0b{int(number):02d}"
        does = 'update="1" baseVersion="1"' if edits else 'create="1"'
        return (
            '<data xmlns:orx="http://openrosa.org/xforms" id="sweep" version="1">'
            f"<name>Sok</name><prov>02</prov><orx:meta><orx:instanceID>{instance_id}"
            f'</orx:instanceID>{base}<entity dataset="swept" id="{entity}" {does}>'
            "<label>Sok</label></entity></orx:meta></data>"
        ).encode()

    def send(self) -> None:
        """Each with many versions: what is locked in one order is locked in another."""
        forms = "/forms/sweep/submissions"
        for first in self.current:
            assert self.ask("POST", forms, self.record(first), "text/xml") < 300
            for _ in range(VERSIONS):
                self.edit(first, "before")

    def edit(self, first: str, by: str) -> None:
        edit = f"{first}-{by}-{time.monotonic_ns()}"
        xml = self.record(edit, self.current[first])
        if self.ask("PUT", f"/forms/sweep/submissions/{first}", xml, "text/xml") < 300:
            self.current[first] = edit

    def work(self, seed: int, until: float) -> None:
        chance, forms = random.Random(f"{seed}"), "/forms/sweep/submissions"
        while time.monotonic() < until:
            first = chance.choice(list(self.current))
            match chance.randrange(6):
                case 0:
                    self.edit(first, f"{seed}")
                case 1:
                    self.ask("DELETE", f"{forms}/{first}")
                case 2 | 3:
                    self.ask("POST", f"{forms}/{first}/restore")
                case 4:
                    state = chance.choice(("approved", "hasIssues", "rejected"))
                    self.ask(
                        "PATCH", f"{forms}/{first}", json.dumps({"reviewState": state}).encode()
                    )
                case 5:
                    self.ask("POST", f"{forms}/{first}/comments", b'{"body": "asked"}')


def test_nobody_who_changes_a_record_is_told_that_the_server_is_busy(
    postgresql_site: Site, tmp_path: Path
) -> None:
    site = postgresql_site.copy_to(tmp_path / "data")
    form = tmp_path / "sweep.xml"
    form.write_text(FORM, "utf-8")
    project = ("--project", str(site.project_id))
    site.command("forms", "publish", str(form), *project, "--ignore-warnings")
    scopes = [word for one in ("all", "identity", "removals") for word in ("--scope", one)]
    script = site.command("api-tokens", "create", "Hands", *scopes)
    with Server(site) as server:
        hands = Hands(site, script["token"])
        hands.send()
        until = time.monotonic() + SECONDS
        threads = [threading.Thread(target=hands.work, args=(seed, until)) for seed in range(HANDS)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        server.stop()
    done = {method for method, status in hands.statuses if status < 300}
    assert done == {"POST", "PUT", "DELETE", "PATCH"}, "each was done, or it is no test"
    assert hands.busy == []
