"""Addresses of opened files: for one sign-in, one file and half an hour."""

from __future__ import annotations

import datetime as dt
import uuid

from service.web.pages.tickets import LIFE, is_valid, issue

KEY, OTHER_KEY = "ab" * 32, "cd" * 32
SIGN_IN, FILE = uuid.uuid4(), uuid.uuid4()
NOW = dt.datetime(2026, 11, 26, 8, 0, tzinfo=dt.UTC)


def test_it_opens_one_file_for_one_sign_in_for_a_while() -> None:
    ticket = issue(KEY, SIGN_IN, FILE, NOW)
    assert is_valid(ticket, KEY, SIGN_IN, FILE, NOW)
    assert is_valid(ticket, KEY, SIGN_IN, FILE, NOW + LIFE - dt.timedelta(seconds=1))
    assert not is_valid(ticket, KEY, SIGN_IN, FILE, NOW + LIFE)
    assert not is_valid(ticket, KEY, uuid.uuid4(), FILE, NOW)
    assert not is_valid(ticket, KEY, SIGN_IN, uuid.uuid4(), NOW)
    assert not is_valid(ticket, OTHER_KEY, SIGN_IN, FILE, NOW)


def test_nothing_else_opens_it() -> None:
    ticket = issue(KEY, SIGN_IN, FILE, NOW)
    ends, _, mac = ticket.partition("-")
    later = f"{int(ends, 16) + 1000:x}"
    for forged in (
        "", "-", f"{later}-{mac}", ends, mac, f"{ends}-", f"-{mac}", f"{ends}-{mac}0", "zz-zz",
        f"{ends}-{mac[:-1]}é", f"{'f' * 5000}-{mac}",
    ):  # fmt: skip
        assert not is_valid(forged, KEY, SIGN_IN, FILE, NOW)


def test_it_says_nothing_of_whom_it_is_for() -> None:
    ticket = issue(KEY, SIGN_IN, FILE, NOW)
    assert SIGN_IN.hex not in ticket
    assert FILE.hex not in ticket
    assert len(ticket) < 50
