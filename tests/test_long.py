"""What `make long` runs is there."""

from __future__ import annotations

from pathlib import Path

from tests import long

ROOT = Path(__file__).parents[1]


def test_what_is_named_is_there_and_nothing_twice() -> None:
    assert all((ROOT / one).is_dir() for one in long.FOLDERS)
    assert all((ROOT / one).is_file() for one in long.FILES)
    assert not any(one.startswith(tuple(long.FOLDERS)) for one in long.FILES)
    defined = {
        line.removeprefix("def ").partition("(")[0]
        for file in (ROOT / "tests").rglob("test_*.py")
        for line in file.read_text("utf-8").splitlines()
        if line.startswith("def test_")
    }
    assert defined >= long.TESTS


def test_a_test_is_long_by_its_folder_its_file_or_its_name() -> None:
    assert long.is_long(Path("tests/clients/engines/test_every_type.py"), "test_it")
    assert long.is_long(Path("tests/web/test_csrf.py"), "test_it")
    assert long.is_long(Path("tests/test_long.py"), next(iter(long.TESTS)))
    assert not long.is_long(Path("tests/test_docs.py"), "test_it")
