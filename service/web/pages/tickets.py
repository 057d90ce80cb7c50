"""Addresses of opened files: short-lived, for one sign-in, not to be guessed. Pure.

A ticket says when it ends and what the file was opened for, with a MAC over that, the file and
the sign-in. It opens nothing by itself: whoever uses it must be signed in with that very sign-in,
and right and consent must still hold.
"""

from __future__ import annotations

import datetime as dt
import hmac
import uuid

from service.foundation.sealing import pseudonym

LIFE = dt.timedelta(minutes=30)
"""Long enough to listen to a testimony."""


def issue(
    key_hex: str, sign_in_pk: uuid.UUID, file: uuid.UUID, purpose: str, now: dt.datetime
) -> str:
    ends = int((now + LIFE).timestamp())
    return f"{ends:x}-{purpose}-{_mac(key_hex, sign_in_pk, file, purpose, ends)}"


def purpose_of(
    ticket: str, key_hex: str, sign_in_pk: uuid.UUID, file: uuid.UUID, now: dt.datetime
) -> str | None:
    """What the file was opened for; None if the ticket is not ours, not for them, or over."""
    text, _, rest = ticket.partition("-")
    purpose, _, mac = rest.partition("-")
    try:
        ends = int(text[:16], 16)
    except ValueError:
        return None
    expected = _mac(key_hex, sign_in_pk, file, purpose, ends)
    is_ours = hmac.compare_digest(expected.encode(), mac.encode())
    return purpose if is_ours and now.timestamp() < ends else None


def _mac(key_hex: str, sign_in_pk: uuid.UUID, file: uuid.UUID, purpose: str, ends: int) -> str:
    return pseudonym(key_hex, "opened file", sign_in_pk.hex, file.hex, purpose, str(ends))
