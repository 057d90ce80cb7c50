"""What `make bench` prints of its runs: rows of the table in docs/performance.md."""

from __future__ import annotations

from tests.bench.load import Result

COLUMNS = (
    "Database", "Stored", "Connections", "per s", "server CPU ms", "database CPU ms", "all CPU ms",
    "p50 ms", "p95 ms", "p99 ms", "refused", "facts + s",
)  # fmt: skip


def head() -> str:
    return f"{_row(COLUMNS)}\n{'|---' * len(COLUMNS)}|"


def row(database: str, stored: int, r: Result) -> str:
    return _row(
        (
            database,
            f"{stored:,}",
            f"{r.connections}",
            f"{r.per_second:.0f}",
            *(f"{ms:.2f}" for ms in (r.server_ms, r.database_ms, r.all_ms)),
            *(f"{ms:.1f}" for ms in (r.p50, r.p95, r.p99)),
            f"{r.refused}",
            f"{r.facts_behind_s:.1f}",
        )
    )


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
