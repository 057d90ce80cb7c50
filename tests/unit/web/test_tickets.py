"""Addresses of opened files: for one sign-in, one file and half an hour."""

from __future__ import annotations

import datetime as dt
import uuid

from service.web.pages.tickets import LIFE, issue, purpose_of

KEY, OTHER_KEY = "ab" * 32, "cd" * 32
SIGN_IN, FILE = uuid.uuid4(), uuid.uuid4()
NOW = dt.datetime(2026, 11, 26, 8, 0, tzinfo=dt.UTC)


def test_it_opens_one_file_for_one_sign_in_for_a_while() -> None:
    ticket = issue(KEY, SIGN_IN, FILE, "work", NOW)
    assert purpose_of(ticket, KEY, SIGN_IN, FILE, NOW) == "work"
    assert purpose_of(ticket, KEY, SIGN_IN, FILE, NOW + LIFE - dt.timedelta(seconds=1))
    assert not purpose_of(ticket, KEY, SIGN_IN, FILE, NOW + LIFE)
    assert not purpose_of(ticket, KEY, uuid.uuid4(), FILE, NOW)
    assert not purpose_of(ticket, KEY, SIGN_IN, uuid.uuid4(), NOW)
    assert not purpose_of(ticket, OTHER_KEY, SIGN_IN, FILE, NOW)


def test_nothing_else_opens_it() -> None:
    ticket = issue(KEY, SIGN_IN, FILE, "work", NOW)
    ends, purpose, mac = ticket.split("-")
    later = f"{int(ends, 16) + 1000:x}"
    for forged in (
        "", "-", f"{later}-{purpose}-{mac}", ends, mac, f"{ends}-{purpose}-", f"--{mac}",
        f"{ends}-{purpose}-{mac}0", "zz-work-zz", f"{ends}-{purpose}-{mac[:-1]}é",
        f"{ends}-photo-{mac}", f"{'f' * 5000}-{purpose}-{mac}",
    ):  # fmt: skip
        assert not purpose_of(forged, KEY, SIGN_IN, FILE, NOW)


def test_it_says_nothing_of_whom_it_is_for() -> None:
    ticket = issue(KEY, SIGN_IN, FILE, "work", NOW)
    assert SIGN_IN.hex not in ticket
    assert FILE.hex not in ticket
    assert len(ticket) < 60
