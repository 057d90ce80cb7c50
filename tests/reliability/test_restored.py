"""S-41: the machine is gone. A backup, a sheet of paper, the copy beside it and the newest list of
erasures, on another machine with empty directories, bring back what was sent, and nobody who took
it back since."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sqlite3
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests import commands, survivors
from tests.factories import multipart
from tests.ports import free_port
from tests.reliability.server import Server, Site

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(300)]

STAYS, GOES = "uuid:stays", "uuid:goes"
STAYING, GOING, CODE = "ស្រីមុំ", "បុប្ផា", "4TZC-8WQH-2KDN"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Machine(Site):
    """Its keys lie in a directory of their own, as they do by default."""

    keys_dir: Path

    @property
    def key_file(self) -> Path:
        return self.keys_dir / "ring.json"


def asked(site: Site, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{site.url}{path}", body or None, told, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def send(site: Site, xml: str) -> int:
    body, kind = multipart(xml, {})
    path = site.phone_url.removeprefix(site.url)
    return asked(site, "POST", f"{path}/submission", body, Content_Type=kind)[0]


def read(site: Site, script: str, instance_id: str) -> tuple[int, str]:
    path = f"/v1/projects/{site.project_id}/forms/{survivors.FORM_ID}/submissions/{instance_id}.xml"
    return asked(site, "GET", f"{path}?purpose=work", Authorization=f"Bearer {script}")


def test_s41_a_backup_the_paper_and_the_copy_bring_it_back_on_a_bare_machine(
    site: Site, tmp_path: Path
) -> None:
    old = _machine(site, tmp_path / "old")
    backup, stick = tmp_path / "backup", tmp_path / "copy.json"
    form = tmp_path / "form.xml"
    form.write_text(
        survivors.form_xml().replace(
            "</instance><bind", '</instance><submission orx:auto-delete="true"/><bind', 1
        ),
        "utf-8",
    )
    project = ("--project", str(old.project_id))
    old.command("forms", "publish", str(form), *project, "--ignore-warnings")
    scopes = ("--scope", "submissions", "--scope", "identity")
    script = old.command("api-tokens", "create", "Names", *scopes)["token"]
    paper = old.command("keys", "recovery", "make")["recovery_key"]
    old.command("keys", "recovery", "export", str(stick))
    with Server(old):
        for instance_id, name in ((STAYS, STAYING), (GOES, GOING)):
            code = CODE if instance_id == GOES else ""
            assert send(old, survivors.told(instance_id, name=name, code=code)) == 201
            assert name in read(old, script, instance_id)[1]
        _back_up(old, backup)
        withdrawals = f"/v1/projects/{old.project_id}/withdrawals"
        said = json.dumps({"code": CODE}).encode()
        status, _ = asked(old, "POST", withdrawals, said, Content_Type="application/json")
        assert status == 201
        assert read(old, script, GOES)[0] == 404
        assert send(old, survivors.told("uuid:after", name="ដារា")) == 201
    erasures = (old.keys_dir / "erasures.jsonl").read_bytes()
    shutil.rmtree(tmp_path / "old")  # the machine is gone, its keys with it

    new = dataclasses.replace(
        old, data_dir=tmp_path / "new" / "var", keys_dir=tmp_path / "new" / "keys", port=free_port()
    )
    shutil.copytree(backup, new.data_dir)
    new.keys_dir.mkdir(mode=0o700)
    nothing = commands.run(["facts", "rebuild", *project], new.env())
    assert nothing.returncode != 0, "a backup alone opens nothing"
    new.run("keys", "recovery", "restore", "--copy", str(stick), stdin=paper)
    (new.keys_dir / "erasures.jsonl").write_bytes(erasures)
    with Server(new):
        assert read(new, script, GOES)[0] == 404, "the first answer of all"
        status, told = read(new, script, STAYS)
        assert (status, STAYING in told) == (200, True)
        assert send(new, survivors.told(GOES, name=GOING, code=CODE)) == 202
        assert read(new, script, GOES)[0] == 404, "its phone brings it back no more"
        assert send(new, survivors.told("uuid:after", name="ដារា")) == 201
        assert "ដារា" in read(new, script, "uuid:after")[1]
    was = new.command("facts", "checksum", *project)["sha256"]
    assert new.command("facts", "rebuild", *project)["sha256"] == was
    found = commands.run(["doctor", "--json"], new.env())
    assert "erasures" not in found.stdout


def _machine(site: Site, where: Path) -> Machine:
    given = {one.name: getattr(site, one.name) for one in dataclasses.fields(Site)}
    given |= {"data_dir": where / "var", "port": free_port()}
    machine = Machine(**given, keys_dir=where / "keys")
    shutil.copytree(site.data_dir, machine.data_dir)
    machine.keys_dir.mkdir(mode=0o700)
    for held in (site.key_file, *site.data_dir.glob("erasures*"), *site.data_dir.glob("recovery*")):
        shutil.move(machine.data_dir / held.name, machine.keys_dir / held.name)
    return machine


def _back_up(site: Site, where: Path) -> None:
    """As docs/for-operators.md says, while the server runs: no file of keys, no secrets."""
    where.mkdir()
    for name in ("samleng.db", "keys.db"):
        source, copy = sqlite3.connect(site.data_dir / name), sqlite3.connect(where / name)
        source.backup(copy)
        source.close()
        copy.close()
    shutil.copytree(site.blobs, where / "blobs")
