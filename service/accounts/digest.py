"""HTTP Digest (RFC 7616) as far as phones may use it: `qop=auth`, nothing older.

What the server keeps for it (HA1) is as good as the password within one realm. So passwords are
made here, never chosen; the realm names this installation; HA1 is kept sealed; and a nonce counts
every use, so that a recorded header opens nothing.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import unquote

SHA256, MD5 = "SHA-256", "MD5"
NONCE_LIFE = dt.timedelta(hours=24)
"""A phone keeps a nonce for a day of polling, and a proxy that buffers delivers a large upload on
2G an hour after its headers were written."""
WINDOW = 128
"""Counts below the highest one that may still arrive, each once: uploads overtake one another."""
USER = re.compile(r"phone-([1-9][0-9]{0,9})")
_EASY_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_PAIR = re.compile(r'\s*([A-Za-z*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;="]+))\s*(?:,|$)')
_LONGEST = 4096


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an `Authorization: Digest` header says; nothing in it is true yet."""

    username: str
    realm: str
    nonce: str
    uri: str
    algorithm: str
    cnonce: str
    nc: str
    response: str = field(repr=False)

    @property
    def count(self) -> int:
        return int(self.nc, 16)


def parse(value: str) -> Answer | None:
    """The header's part after `Digest `, or None where anything is missing, doubled or odd: an
    answer without `qop`, or with `auth-int` or a hashed user name, is none."""
    found: dict[str, str] = {}
    place, value = 0, value.strip()
    while place < len(value) <= _LONGEST:
        pair = _PAIR.match(value, place)
        if pair is None or pair[1].lower() in found:
            return None
        quoted = pair[2]
        found[pair[1].lower()] = pair[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        place = pair.end()
    algorithm = found.get("algorithm", MD5).upper()
    wanted = ("username", "realm", "nonce", "uri", "response", "nc", "cnonce")
    if not all(found.get(name) for name in wanted) or algorithm not in (SHA256, MD5):
        return None
    if found.get("qop") != "auth" or found.get("userhash", "false").lower() != "false":
        return None
    if not re.fullmatch(r"[0-9A-Fa-f]{8}", found["nc"]) or int(found["nc"], 16) == 0:
        return None
    return Answer(algorithm=algorithm, **{name: found[name] for name in wanted})


def _hash(algorithm: str, text: str) -> str:
    data = text.encode("utf-8")
    if algorithm == MD5:  # where the operator allows it, for old clients
        return hashlib.md5(data, usedforsecurity=False).hexdigest()
    return hashlib.sha256(data).hexdigest()


def ha1(algorithm: str, username: str, realm: str, password: str) -> str:
    return _hash(algorithm, f"{username}:{realm}:{password}")


def expected(answer: Answer, ha1_hex: str, method: str) -> str:
    """The response that whoever knows the password gives to this request."""
    ha2 = _hash(answer.algorithm, f"{method}:{answer.uri}")
    parts = (ha1_hex, answer.nonce, answer.nc, answer.cnonce, "auth", ha2)
    return _hash(answer.algorithm, ":".join(parts))


def is_right(answer: Answer, ha1_hex: str, method: str) -> bool:
    """In constant time."""
    given = answer.response.lower().encode("utf-8", "replace")
    return hmac.compare_digest(given, expected(answer, ha1_hex, method).encode())


def names_target(uri: str, path: str, query: str) -> bool:
    """Whether the answer's `uri` is the request's own target: the query as it was sent, the path
    decoded, with doubled and trailing slashes folded as the server folds them."""
    given_path, _, given_query = uri.partition("?")
    folded = re.sub("/{2,}", "/", unquote(given_path)).rstrip("/")
    return folded == path.rstrip("/") and given_query == query


def user_name(app_user_id: int) -> str:
    return f"phone-{app_user_id}"


def app_user_id(username: str) -> int | None:
    """`phone-17` -> 17."""
    found = USER.fullmatch(username)
    number = int(found[1]) if found else 0
    return number if 0 < number < 2**31 else None


def new_password() -> str:
    """99 random bits in signs that are easily typed; nobody chooses one."""
    signs = [secrets.choice(_EASY_SIGNS) for _ in range(20)]
    return "-".join("".join(signs[start : start + 5]) for start in range(0, 20, 5))


# --- nonces -------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Nonce:
    """A nonce of ours, read back."""

    id: bytes
    """16 random bytes, under which its uses are counted."""
    expires_at: dt.datetime


def nonce_key(secret_hex: str) -> bytes:
    return hashlib.sha256(b"samleng digest nonce " + bytes.fromhex(secret_hex)).digest()


def make_nonce(key: bytes, realm: str, now: dt.datetime) -> str:
    """Time and random bytes with their HMAC: nothing is stored until somebody answers it right."""
    body = int(now.timestamp()).to_bytes(8) + os.urandom(16)
    return base64.urlsafe_b64encode(body + _mac(key, realm, body)).decode()


def read_nonce(key: bytes, realm: str, text: str) -> Nonce | None:
    """None for what was not made here. It may have expired."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii"))
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[:24], raw[24:]
    if len(raw) != 40 or not hmac.compare_digest(mac, _mac(key, realm, body)):
        return None
    made_at = dt.datetime.fromtimestamp(int.from_bytes(body[:8]), dt.UTC)
    return Nonce(id=body[8:], expires_at=made_at + NONCE_LIFE)


def _mac(key: bytes, realm: str, body: bytes) -> bytes:
    return hmac.digest(key, body + realm.encode(), "sha256")[:16]


def challenge(algorithm: str, realm: str, nonce: str, *, is_stale: bool) -> str:
    """One header line. A stale one tells the phone to answer anew with what it has."""
    stale = ", stale=true" if is_stale else ""
    return (
        f'Digest realm="{realm}", nonce="{nonce}", qop="auth", algorithm={algorithm}, '
        f'charset="UTF-8"{stale}'
    )


# --- each use once ------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Uses:
    """Which counts of a nonce were accepted. Bit n of `seen`: `highest - n` was."""

    highest: int = 0
    seen: int = 0


def admit(uses: Uses, count: int) -> Uses | None:
    """The uses with one more; None for a count that was used, or fell out of the window."""
    behind = uses.highest - count
    if behind < 0:
        shifted = uses.seen << -behind if -behind < WINDOW else 0
        return Uses(highest=count, seen=(shifted | 1) & ((1 << WINDOW) - 1))
    if behind >= WINDOW or uses.seen >> behind & 1:
        return None
    return Uses(highest=uses.highest, seen=uses.seen | 1 << behind)
