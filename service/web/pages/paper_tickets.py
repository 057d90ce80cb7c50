"""What stands for the code on a paper while its page is open, so that the code is typed once and no
cookie remembers it: for minutes, for one project, and of a file for that file alone. Pure."""

from __future__ import annotations

import datetime as dt
import hmac

from service.foundation.sealing import pseudonym

LIFE = dt.timedelta(minutes=20)
"""Long enough to listen; a page that was left open on somebody else's phone opens nothing then."""


def issue(key_hex: str, project_id: int, digest: str, now: dt.datetime, file: str = "") -> str:
    ends = int((now + LIFE).timestamp())
    return f"{ends:x}-{digest}-{_mac(key_hex, project_id, digest, ends, file)}"


def digest_of(
    ticket: str, key_hex: str, project_id: int, now: dt.datetime, file: str = ""
) -> str | None:
    """What stands for the code; None if the ticket is not ours, not for this, or over."""
    text, _, rest = ticket.partition("-")
    digest, _, mac = rest.partition("-")
    try:
        ends = int(text[:16], 16)
    except ValueError:
        return None
    expected = _mac(key_hex, project_id, digest, ends, file)
    is_ours = hmac.compare_digest(expected.encode(), mac.encode())
    return digest if is_ours and now.timestamp() < ends else None


def _mac(key_hex: str, project_id: int, digest: str, ends: int, file: str) -> str:
    return pseudonym(key_hex, "paper", str(project_id), digest, str(ends), file)
