"""A server to measure, on SQLite or PostgreSQL, and what its processes use."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import psutil

from tests.reliability.server import Server, Site, free_port

FORM_ID = "needs_assessment"


@dataclasses.dataclass(frozen=True, kw_only=True)
class BenchSite(Site):
    """A data directory with the reference forms and one phone."""

    version: str = ""


def new_site(data_dir: Path, database_url: str = "") -> BenchSite:
    """Set up by the operator's own commands."""
    port = free_port()
    bare = BenchSite(
        data_dir=data_dir.resolve(), port=port, project_id=0, token="", database_url=database_url
    )
    bare.run("setup")
    project_id = int(bare.command("projects", "list")[0]["id"])
    phone = bare.command("app-users", "create", "Bench", "--project", str(project_id))
    reference = Path(__file__).parents[2] / "service" / "forms" / "reference"
    media = [word for path in sorted(reference.glob("*.csv")) for word in ("--media", str(path))]
    form = bare.command(
        "forms",
        "publish",
        str(reference / f"{FORM_ID}.xlsx"),
        "--project",
        str(project_id),
        *media,
        "--ignore-warnings",
    )
    return dataclasses.replace(
        bare, project_id=project_id, token=phone["token"], version=form["version"]
    )


class Meter:
    """CPU seconds and memory of the server's processes and of the database's."""

    def __init__(self, server: Server, postgres_pid: int | None) -> None:
        self._server = psutil.Process(server.process.pid)
        self._postgres = psutil.Process(postgres_pid) if postgres_pid else None

    def cpu_s(self) -> tuple[float, float]:
        """(server, database) CPU seconds so far; SQLite's are the server's own."""
        return _cpu_s(self._server), _cpu_s(self._postgres) if self._postgres else 0.0

    def memory_mb(self) -> float:
        """Proportional set size of the server's processes: shared pages counted once."""
        return sum(_pss(process) for process in _family(self._server)) / 1e6


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _cpu_s(process: psutil.Process) -> float:
    total = 0.0
    for each in _family(process):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if each == process:  # of children that ended meanwhile
            total += times.children_user + times.children_system
    return total


def _pss(process: psutil.Process) -> int:
    try:
        found: int = process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0
    return found
