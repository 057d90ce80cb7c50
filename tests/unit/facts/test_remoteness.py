"""Rule 1: minutes to the health centre, and the wet season."""

from __future__ import annotations

import pytest

from service.facts import codes, remoteness


@pytest.mark.parametrize(
    ("minutes", "passable", "band"),
    [(0, True, "r0"), (30, True, "r0"), (31, True, "r1"), (60, None, "r1"), (61, True, "r2"),
     (120, True, "r2"), (121, True, "r3"), (240, True, "r3"), (241, True, "r4"),
     (5, False, "r4"), (None, False, "r4"), (None, True, "unknown"), (None, None, "unknown")],
)  # fmt: skip
def test_band(minutes: int | None, passable: bool | None, band: str) -> None:
    assert remoteness.band(minutes, passable) == band


def test_remote_is_more_than_two_hours() -> None:
    assert {"r3", "r4"} == codes.REMOTE_BANDS
    assert remoteness.RULE == 1
