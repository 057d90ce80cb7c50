"""Which version reads a record of a version that nobody published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.forms.nearest import natural, nearest


@pytest.mark.parametrize(
    ("version", "known", "expected"),
    [
        ("2", ["1", "2", "3"], "2"),
        ("v10", ["v2", "v9", "v11"], "v9"),
        ("1", ["2", "3"], "2"),
        ("99", ["1", "2"], "2"),
        ("", ["1", "2"], "1"),
        ("007", ["5", "9"], "5"),
        ("២០២៦", ["2025", "2027"], "2025"),
        ("១០", ["៩", "១១"], "៩"),
        ("1²", ["1", "2"], "1"),
        ("²³", ["1", "2"], "2"),
        ("5", ["1²", "4", "6"], "4"),
        ("9" * 5000, ["1", "9" * 4999, "1" + "0" * 5001], "9" * 4999),
    ],
)
def test_the_last_version_before_reads_it(version: str, known: list[str], expected: str) -> None:
    assert nearest(version, known) == expected


@given(st.text(max_size=20), st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_any_text_is_a_version(version: str, known: list[str]) -> None:
    assert nearest(version, known) in known


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_digits_are_compared_as_the_numbers_that_they_are(one: int, other: int) -> None:
    assert (natural(f"v{one}") < natural(f"v{other}")) == (one < other)
