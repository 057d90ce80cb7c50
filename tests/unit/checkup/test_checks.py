"""The list of what decays: whole in both languages, and judged at its edges."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from service.checkup.checks import CHECKS, findings
from service.checkup.rules import (
    CERTIFICATE_NOW,
    CERTIFICATE_SOON,
    CLOCK_SLACK,
    HEADS_LEAVE_WITHIN,
    MOST_LOG_BYTES,
    ROTATE_NOW,
    ROTATE_SOON,
    WRAPS_FOR,
)
from service.checkup.vitals import Certificate, Vitals
from service.web.pages.texts import placeholders
from tests.factories import at

NOW = at("2026-11-26T08:00")
SECOND = dt.timedelta(seconds=1)
WELL = Vitals(
    now=NOW,
    free_bytes=2,
    floor_bytes=2,
    newest_received_at=NOW,
    has_recovery_key=True,
    was_recovery_proven=True,
    is_recovery_proven=True,
    wraps_since=NOW,
    backup_at=NOW,
)


def names(**changes: object) -> list[str]:
    return [one.check.name for one in findings(dataclasses.replace(WELL, **changes))]  # type: ignore[arg-type]


def ending_in(left: dt.timedelta) -> Certificate:
    return Certificate(host="x.test", ends_at=NOW + left)


def test_s58_a_well_installation_hears_nothing() -> None:
    assert names() == []


@pytest.mark.parametrize(
    ("well", "ill", "name"),
    [
        ({"free_bytes": 2}, {"free_bytes": 1}, "disk"),
        (
            {"newest_received_at": NOW + CLOCK_SLACK},
            {"newest_received_at": NOW + CLOCK_SLACK + SECOND},
            "clock",
        ),
        (
            {"wraps_since": NOW - WRAPS_FOR + SECOND},
            {"wraps_since": NOW - WRAPS_FOR},
            "wrapping_key",
        ),
        ({"log_bytes": MOST_LOG_BYTES}, {"log_bytes": MOST_LOG_BYTES + 1}, "log"),
        ({"log_kept_longer": ()}, {"log_kept_longer": ("archive_mode=on",)}, "log_kept"),
        (
            {"certificate": ending_in(CERTIFICATE_SOON + SECOND)},
            {"certificate": ending_in(CERTIFICATE_SOON)},
            "certificate_ends_soon",
        ),
        ({}, {"certificate": ending_in(CERTIFICATE_NOW)}, "certificate_ends"),
        ({}, {"certificate": ending_in(dt.timedelta())}, "certificate_over"),
        ({"buried": 0}, {"buried": 1}, "jobs"),
        ({"is_copy_kept": True}, {"is_copy_kept": False}, "recovery_copy"),
        (
            {"erased_at": NOW - ROTATE_SOON + SECOND},
            {"erased_at": NOW - ROTATE_SOON},
            "rotation_soon",
        ),
        (
            {"heads_kept_here_since": NOW - HEADS_LEAVE_WITHIN + SECOND},
            {"heads_kept_here_since": NOW - HEADS_LEAVE_WITHIN},
            "heads",
        ),
        ({}, {"erased_at": NOW - ROTATE_NOW}, "rotation_due"),
        ({"newest_received_at": None}, {"backup_at": None}, "backup"),
        ({"is_root": False}, {"is_root": True}, "root"),
        ({}, {"is_root": True, "is_public": True}, "public_root"),
        ({"fullest_share": 79}, {"fullest_share": 80}, "share_soon"),
        ({}, {"fullest_share": 98}, "share_full"),
    ],
)
def test_s58_each_is_judged_at_its_edge(
    well: dict[str, object], ill: dict[str, object], name: str
) -> None:
    assert names(**well) == []
    assert names(**ill) == [name]


def test_s58_every_sentence_is_there_in_both_languages() -> None:
    for check in CHECKS:
        assert placeholders(check.en) == placeholders(check.km), check.name
        for khmer in (check.km, check.mend_km):
            assert any("\u1780" <= sign <= "\u17ff" for sign in khmer), check.name
        assert check.mend_en.endswith((".", ":")), check.name
    assert len({check.name for check in CHECKS}) == len(CHECKS)
