"""The real server as a process of its own, on a data directory of its own, ready to be killed."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.cli.serve import command_to_serve
from tests import commands, postgres
from tests.clients import households
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Site:
    """A data directory with one project, one form and one enrolled phone."""

    data_dir: Path
    port: int
    project_id: int
    token: str
    database_url: str = ""
    """A PostgreSQL database; "" = SQLite in the data directory."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def phone_url(self) -> str:
        return f"{self.url}/v1/key/{self.token}/projects/{self.project_id}"

    @property
    def database(self) -> Path:
        return self.data_dir / "samleng.db"

    @property
    def key_file(self) -> Path:
        return self.data_dir / "ring.json"

    @property
    def blobs(self) -> Path:
        return self.data_dir / "blobs"

    def copy_to(self, data_dir: Path) -> Site:
        """The same site elsewhere, on a port and a database of its own."""
        shutil.copytree(self.data_dir, data_dir)
        url = postgres.copy_of(self.database_url) if self.database_url else ""
        return dataclasses.replace(self, data_dir=data_dir, port=free_port(), database_url=url)

    def env(self) -> dict[str, str]:
        """The environment of the server and of its commands: nothing of the caller's settings."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SAMLENG_")}
        on_postgresql = {"SAMLENG_DATABASE_URL": self.database_url} if self.database_url else {}
        return {
            **inherited,
            **on_postgresql,
            "SAMLENG_DATA_DIR": str(self.data_dir),
            # With the data, unlike by default: copies and power cuts take it along.
            "SAMLENG_KEY_FILE": str(self.key_file),
            "SAMLENG_MIN_FREE_MB": "1",
            # Counted as everywhere, and never reached: one phone sends for a whole country here.
            "SAMLENG_DEVICE_SUBMISSIONS_A_DAY": "1000000",
            "SAMLENG_API_REQUESTS_A_MINUTE": "0",
            "SAMLENG_DEVICE_MIB_A_DAY": "1000000",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }

    def command(self, *words: str) -> Any:
        """What `flask … --json` prints."""
        return json.loads(self.run(*words, "--json"))

    def run(self, *words: str, stdin: str = "", env: Mapping[str, str] | None = None) -> str:
        """What `flask …` prints. Raises with its words if it fails."""
        done = commands.run(words, {**self.env(), **(env or {})}, stdin=stdin.encode())
        if done.returncode:
            raise RuntimeError(f"flask {' '.join(words)}:\n{done.stdout}\n{done.stderr}")
        return done.stdout


def new_site(data_dir: Path, database_url: str = "") -> Site:
    """Set up by the operator's own commands."""
    bare = Site(
        data_dir=data_dir.resolve(),
        port=free_port(),
        project_id=0,
        token="",
        database_url=database_url,
    )
    form = data_dir.parent / "household_drill.xml"
    form.write_text(households.FORM, "utf-8")
    bare.run("setup")
    project_id = int(bare.command("projects", "list")[0]["id"])
    bare.command("forms", "publish", str(form), "--project", str(project_id), "--ignore-warnings")
    phone = bare.command("app-users", "create", "Arun", "--project", str(project_id))
    return dataclasses.replace(bare, project_id=project_id, token=phone["token"])


class Server:
    """One life of the server. `kill()` takes the whole process group at once, as a cut does."""

    def __init__(self, site: Site, env: Mapping[str, str] | None = None) -> None:
        self.site = site
        self._processes: set[int] = set()
        self.log = site.data_dir.with_name(f"{site.data_dir.name}.log")
        self.process = _begun({**site.env(), **(env or {})}, self.log)

    def wait_ready(self) -> Server:
        """Until /readyz says 200. Raises with the server's own words if it does not come up."""
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.site.url}/readyz", timeout=1):
                    self._processes = _living(self.process.pid)
                    return self
            except urllib.error.HTTPError as refused:
                refused.close()
                time.sleep(0.02)
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        self.kill()
        words = self.log.read_text("utf-8", errors="replace")[-4000:]
        raise RuntimeError(f"the server did not come up (code {self.process.returncode}):\n{words}")

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    @property
    def has_all_processes(self) -> bool:
        """Whether all processes of its first moment run: a crash point kills only the worker."""
        return self._processes <= _living(self.process.pid)

    def kill(self) -> None:
        """SIGKILL to every process of the server; returns when the last one is gone."""
        group = self.process.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        self.process.wait()
        while _living(group):
            time.sleep(0.002)

    def stop(self) -> None:
        """SIGTERM, as an operator stops it; SIGKILL where that does not help in time."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=15)
        self.kill()

    def __enter__(self) -> Server:
        return self.wait_ready()

    def __exit__(self, *_: object) -> None:
        self.kill()


def _begun(env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes] | commands.Begun:
    """As its users start it where something is changed before it is imported (`mutants.env`);
    else it begins with the program imported."""
    if env.get("PYTHONPATH") == os.environ.get("PYTHONPATH"):
        return commands.begin_server(env, log)
    with log.open("ab") as told:
        return subprocess.Popen(
            command_to_serve(), cwd=ROOT, env=env, stdout=told, stderr=told, start_new_session=True
        )


def _living(group: int) -> set[int]:
    """Processes of the group that still run. The dead that nobody buries do not count, but those
    of whom a thread is left do: it ends what it asked of the disk first, and holds the port."""
    found: set[int] = set()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            stat = Path(entry.path, "stat").read_text("utf-8", errors="replace")
        except OSError:
            continue
        state, _parent, its_group = stat.rsplit(")", 1)[1].split()[:3]
        if int(its_group) == group and (state not in "ZX" or _has_threads(entry.path)):
            found.add(int(entry.name))
    return found


def _has_threads(process: str) -> bool:
    with contextlib.suppress(OSError):
        return len([*Path(process, "task").iterdir()]) > 1
    return False
