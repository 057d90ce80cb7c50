"""What the machine has: the container's limit where that is lower."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from service.foundation import machine


def test_without_a_limit_it_is_what_the_machine_has() -> None:
    assert machine.memory_mb(()) == psutil.virtual_memory().total // 1_000_000


@pytest.mark.parametrize(("text", "expected"), [("536870912\n", 536), ("max\n", None)])
def test_a_containers_limit_counts_where_there_is_one(
    tmp_path: Path, text: str, expected: int | None
) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text(text, "ascii")
    found = machine.memory_mb((tmp_path / "none", limit))
    assert found == (expected or machine.memory_mb(()))
