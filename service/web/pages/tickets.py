"""Addresses of opened files: short-lived, for one sign-in, not to be guessed. Pure.

A ticket says when it ends, and a MAC over that, the file and the sign-in. It opens nothing by
itself: whoever uses it must be signed in with that very sign-in, and still have the right.
"""

from __future__ import annotations

import datetime as dt
import hmac
import uuid

from service.foundation.sealing import pseudonym

LIFE = dt.timedelta(minutes=30)
"""Long enough to listen to a testimony."""


def issue(key_hex: str, sign_in_pk: uuid.UUID, file: uuid.UUID, now: dt.datetime) -> str:
    ends = int((now + LIFE).timestamp())
    return f"{ends:x}-{_mac(key_hex, sign_in_pk, file, ends)}"


def is_valid(
    ticket: str, key_hex: str, sign_in_pk: uuid.UUID, file: uuid.UUID, now: dt.datetime
) -> bool:
    text, _, mac = ticket.partition("-")
    try:
        ends = int(text[:16], 16)
    except ValueError:
        return False
    is_ours = hmac.compare_digest(_mac(key_hex, sign_in_pk, file, ends).encode(), mac.encode())
    return is_ours and now.timestamp() < ends


def _mac(key_hex: str, sign_in_pk: uuid.UUID, file: uuid.UUID, ends: int) -> str:
    return pseudonym(key_hex, "opened file", sign_in_pk.hex, file.hex, str(ends))
