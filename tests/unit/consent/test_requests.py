"""Who may ask, what may be said, by when nothing is left."""

from __future__ import annotations

import datetime as dt

import pytest

from service.consent import requests, withdrawal
from service.consent.requests import OFFERED, Reason
from service.foundation.problems import Problem

DAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize("reason", OFFERED)
def test_a_reason_is_one_of_a_few(reason: Reason) -> None:
    assert requests.reason_of(f" {reason.value.upper()} ") is reason


@pytest.mark.parametrize("text", ["", "code", "Sok Dara asked me", "ព្រោះ"])
def test_free_text_becomes_other(text: str) -> None:
    assert requests.reason_of(text) is Reason.OTHER


def test_to_take_back_the_record_is_to_take_back_all() -> None:
    assert requests.scopes_of(["store", "stats"]) == requests.EVERYTHING
    assert requests.scopes_of(["stats"]) == {"stats"}
    assert "publish_voice" in requests.scopes_of(["publish_media"])
    with pytest.raises(Problem):
        requests.scopes_of(["everything"])


@pytest.mark.parametrize(
    ("actor", "submitters", "is_own"),
    [(7, [7, 7], True), (7, [7, 8], False), (7, [7, None], False), (7, [], False),
     (None, [None], False)],
)  # fmt: skip
def test_an_advocates_own_is_what_she_sent_in_every_version(
    actor: int | None, submitters: list[int | None], is_own: bool
) -> None:
    assert requests.is_their_own(actor, submitters) is is_own


def test_backups_are_closed_after_30_days_or_with_new_keys() -> None:
    told = withdrawal.dates(DAY)
    assert told.live_on == DAY
    assert told.unreadable_on == dt.date(2026, 12, 25)
    assert told.overwritten_on == dt.date(2027, 12, 30)
    rotated = withdrawal.dates(DAY, dt.date(2026, 12, 1))
    assert rotated.unreadable_on == dt.date(2026, 12, 1)
    assert withdrawal.dates(DAY, dt.date(2026, 11, 1)).unreadable_on == told.unreadable_on
