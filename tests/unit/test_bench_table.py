"""What `make bench` prints: a row for each run, p95 between p50 and p99."""

from __future__ import annotations

from tests.bench import table
from tests.bench.load import Result, percentile

RUN = Result(
    connections=8, count=100, per_second=550.4, server_ms=1.9, database_ms=0, all_ms=1.9,
    p50=14.0, p95=19.5, p99=23.7, refused=0, facts_behind_s=0.1,
)  # fmt: skip


def test_each_run_is_a_row_under_its_head() -> None:
    head, line = table.head().splitlines()
    cells = [cell.strip() for cell in table.row("SQLite", 200_000, RUN).strip("|").split("|")]
    assert [cell.strip() for cell in head.strip("|").split("|")] == [*table.COLUMNS]
    assert line.count("---") == len(cells) == len(table.COLUMNS)
    told = dict(zip(table.COLUMNS, cells, strict=True))
    assert (told["p50 ms"], told["p95 ms"], told["p99 ms"]) == ("14.0", "19.5", "23.7")
    assert (told["Stored"], told["per s"]) == ("200,000", "550")


def test_percentiles_are_those_of_the_waits() -> None:
    waits = [float(n) for n in range(1, 101)]
    assert [percentile(waits, share) for share in (50, 95, 99)] == [51, 96, 100]
    assert percentile([7.0], 99) == 7.0
