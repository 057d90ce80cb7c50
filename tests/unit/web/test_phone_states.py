"""What a coordinator is told about a phone."""

from __future__ import annotations

import datetime as dt

import pytest

from service.accounts.queries import AppUserRow
from service.web.pages.phone_states import ENDS_SOON, SILENT_AFTER, states
from tests.factories import at

NOW = at("2026-11-24T08:00")
DAY = dt.timedelta(days=1)


def a_row(**given: object) -> AppUserRow:
    values: dict[str, object] = {
        "id": 7,
        "name": "បាត់ដំបង ២",
        "project_id": 1,
        "all_forms": True,
        "form_ids": (),
        "created_at": NOW - 40 * DAY,
        "expires_at": NOW + 50 * DAY,
        "revoked_at": None,
        "renewed_at": None,
        "bound_at": None,
        "fetched_at": None,
        "created_by": None,
        "alarm_at": None,
    }
    return AppUserRow(**{**values, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "last_at", "expected"),
    [
        (a_row(created_at=NOW), None, "new"),
        (a_row(), NOW - DAY, "active"),
        (a_row(), NOW - SILENT_AFTER, "silent"),
        (a_row(), None, "silent"),
        (a_row(created_at=NOW - SILENT_AFTER + DAY), None, "new"),
        (a_row(expires_at=NOW), NOW - DAY, "expired"),
        (a_row(revoked_at=NOW - DAY), NOW - DAY, "revoked"),
        (a_row(revoked_at=NOW, expires_at=NOW - DAY), None, "revoked"),
    ],
)
def test_state_of_a_phone(row: AppUserRow, last_at: dt.datetime | None, expected: str) -> None:
    seen = {row.id: (last_at, 3)} if last_at else {}
    [phone] = states([row], seen, NOW)
    assert phone.state == expected
    assert phone.last_at == last_at


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (a_row(expires_at=NOW + ENDS_SOON), True),
        (a_row(expires_at=NOW + ENDS_SOON + DAY), False),
        (a_row(expires_at=NOW), False),
        (a_row(expires_at=NOW + DAY, revoked_at=NOW), False),
    ],
)
def test_the_end_is_told_while_something_can_be_done(row: AppUserRow, expected: bool) -> None:
    [phone] = states([row], {}, NOW)
    assert phone.ends_soon is expected


def test_an_ended_phone_raises_no_alarm() -> None:
    waiting, ended = states([a_row(alarm_at=NOW), a_row(alarm_at=NOW, revoked_at=NOW)], {}, NOW)
    assert waiting.alarm_at == NOW
    assert ended.alarm_at is None
