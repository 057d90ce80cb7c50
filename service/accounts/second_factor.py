"""The second factor: six digits that an app computes from a shared seed and the time (RFC 6238),
and codes on paper for the day the phone is gone. Pure."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from service.accounts.actor import Due, Role

NEEDED_BY = frozenset({Role.ADVOCATE, Role.REVIEWER, Role.COORDINATOR, Role.ADMIN})
"""Roles that must have one; all others may."""
FRESH = dt.timedelta(minutes=5)
"""How long an act that wants a fresh code is content with the last one."""
STEP_S = 30
DIGITS = 6
RECOVERY_CODES = 10
_SEED_BYTES = 20
_RECOVERY_BYTES = 10
_ISSUER = "Samleng"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What somebody typed, found to be right: a step of the app, or the hash of a paper code.
    Whoever accepts it spends it in the same statement that checks that it is unspent."""

    step: int | None = None
    recovery_sha256: bytes | None = field(default=None, repr=False)


def due(roles: Iterable[Role], *, has_factor: bool, is_proven: bool) -> Due | None:
    """What is missing before a session opens anything."""
    if has_factor:
        return None if is_proven else Due.CODE
    return Due.ENROL if NEEDED_BY & set(roles) else None


def new_seed() -> bytes:
    return secrets.token_bytes(_SEED_BYTES)


def seed_text(seed: bytes) -> str:
    """As apps take it: Base32."""
    return base64.b32encode(seed).decode("ascii")


def in_groups(text: str, size: int = 4, between: str = " ") -> str:
    """Cut into groups, for whoever copies it by hand."""
    return between.join(text[start : start + size] for start in range(0, len(text), size))


def uri(seed: bytes, email: str) -> str:
    """What the QR code says to the app: `otpauth://totp/…`."""
    told = urlencode({"secret": seed_text(seed), "issuer": _ISSUER})
    return f"otpauth://totp/{_ISSUER}:{quote(email, safe='')}?{told}"


def step_at(moment: dt.datetime) -> int:
    return int(moment.timestamp()) // STEP_S


def code_at(seed: bytes, step: int) -> str:
    """RFC 4226 §5.3: four bytes of an HMAC, from where its last half-byte points, as a number."""
    digest = hmac.digest(seed, step.to_bytes(8), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matching_step(seed: bytes, typed: str, now: dt.datetime) -> int | None:
    """The step whose code was typed: this one, or the one before or after, since clocks of phones
    are not exact. Khmer digits are digits, and spaces are nothing."""
    digits = _digits(typed)
    if len(digits) != DIGITS:
        return None
    current, found = step_at(now), None
    for step in (current - 1, current + 1, current):
        if hmac.compare_digest(code_at(seed, step), digits):
            found = step
    return found


def _digits(typed: str) -> str:
    values = [unicodedata.decimal(sign, None) for sign in typed if not sign.isspace()]
    return "" if None in values else "".join(map(str, values))


def new_recovery_codes() -> list[str]:
    """Codes of 80 bits, such as `k3fq-7wzn-a2ph-m5xe`."""
    codes = (base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))
    return [in_groups(code.decode("ascii").lower(), between="-") for code in codes]


def recovery_sha256(typed: str) -> bytes | None:
    """What is stored of a recovery code; None for what cannot be one. Of signs that look alike,
    those that no code has are read as those that they look like."""
    text = re.sub(r"[\s\-–]", "", typed).lower().translate(str.maketrans("018", "olb"))
    if not re.fullmatch(r"[a-z2-7]{16}", text):
        return None
    return hashlib.sha256(text.encode("ascii")).digest()
