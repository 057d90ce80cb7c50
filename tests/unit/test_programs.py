"""What a test needs and a machine has not: said, skipped on a desk, and a failure in CI."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import prepare, programs

TESTS = Path(__file__).parents[1]
SKIPS = re.compile(r"pytest\.(?:skip|mark\.skip|importorskip)(?!\(why\))")
"""`why` is that of `proxy.why_not`: None in CI, where the test then fails for want of nginx."""
OF_SETTINGS = {"integration/cli/test_doctor.py"}
"""Depends on how a server is set up, not on what is installed."""


def test_no_test_is_skipped_but_by_the_one_way_that_fails_in_ci() -> None:
    found = {
        str(path.relative_to(TESTS))
        for path in TESTS.rglob("*.py")
        if path not in (Path(programs.__file__), Path(__file__))
        and SKIPS.search(path.read_text("utf-8"))
    }
    assert found == OF_SETTINGS


def test_a_missing_program_fails_in_ci_and_is_skipped_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install default-jre-headless"):
        programs.need("java", "default-jre-headless")
    assert prepare._java() == "java. Debian: apt-get install default-jre-headless"
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="java is missing"):
        programs.need("java", "default-jre-headless")
