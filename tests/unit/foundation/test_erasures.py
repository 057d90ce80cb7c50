"""The list of erasures: only added to, whole or cut at its end, never silently wrong."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from service.foundation.keys import ErasureList, KeyRingError


def test_what_is_added_is_read_in_order(tmp_path: Path) -> None:
    listed = ErasureList(tmp_path / "erasures.jsonl")
    assert list(listed.read()) == []
    for number in range(3):
        listed.append({"what": "erase", "number": number})
    assert [entry["number"] for entry in listed.read()] == [0, 1, 2]
    assert listed.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kept", [1, 9, 20])
def test_a_line_that_a_kill_cut_off_is_passed_over_and_spoils_no_later_one(
    tmp_path: Path, kept: int
) -> None:
    listed = ErasureList(tmp_path / "erasures.jsonl")
    listed.append({"number": 1})
    with listed.path.open("ab") as file:
        file.write(b'{"what":"erase","number":2}'[:kept])
    assert [entry["number"] for entry in listed.read()] == [1]
    listed.append({"number": 3})
    assert [entry["number"] for entry in listed.read()] == [1, 3]


def test_a_line_that_is_damaged_otherwise_stops_the_start(tmp_path: Path) -> None:
    listed = ErasureList(tmp_path / "erasures.jsonl")
    listed.append({"number": 1})
    listed.path.write_bytes(b"\0" * 9 + b"\n" + listed.path.read_bytes())
    with pytest.raises(KeyRingError, match="line 1"):
        list(listed.read())


def test_many_writers_at_once_leave_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    threads = [
        threading.Thread(target=ErasureList(path).append, args=({"number": n, "x": "y" * 5000},))
        for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry["number"] for entry in ErasureList(path).read()) == list(range(16))
