"""Passwords, access tokens, device tokens: the cryptography of knowing who somebody is."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
import threading
import unicodedata
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

import argon2
import jwt

from service.accounts.guessable import is_guessable
from service.foundation.problems import BUSY, INVALID_PARAMETER, PASSWORD_GUESSABLE, Problem

MIN_PASSWORD = 12
MAX_PASSWORD = 256
ISSUER = "samleng"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068's media type, not a secret
DEVICE_PREFIX = "smd-"
"""Lets scanners recognise a leaked device token."""
REFRESH_PREFIX = "smr-"
API_PREFIX = "smt-"
"""The same for a script's token."""
SCRIPT_SESSION_PREFIX = "sms-"
"""And for that of a session which a script opened."""
_SECRET = 43
"""Signs of 256 random bits."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What guessing a password from its hash costs, and so does hashing it here."""

    memory_kib: int
    rounds: int

    @property
    def hasher(self) -> argon2.PasswordHasher:
        return argon2.PasswordHasher(
            time_cost=self.rounds,
            memory_cost=self.memory_kib,
            parallelism=1,
            hash_len=32,
            salt_len=16,
        )


USUAL = Cost(memory_kib=64 * 1024, rounds=3)
LEAST = Cost(memory_kib=19 * 1024, rounds=2)
"""Where two hashes at once must not take a quarter of the memory (OWASP's floor for argon2id)."""
SMALL_MACHINE_MB = 1000
_cost = [USUAL]
_dummy: list[str] = []
"""What an unknown account's password is held against."""

AT_ONCE = 2
"""Each hash takes 64 MiB: unbounded sign-ins would be a memory bomb on a small server."""
_at_once = threading.BoundedSemaphore(AT_ONCE)
_places = threading.BoundedSemaphore(AT_ONCE + 8)
_mine = threading.local()
_of_host: list[Callable[[], AbstractContextManager[None]]] = [nullcontext]


def cost_for(memory_mb: int) -> Cost:
    """What a machine with so much memory can bear."""
    return USUAL if memory_mb >= SMALL_MACHINE_MB else LEAST


def use(cost: Cost) -> None:
    """Hash at this cost from now on. Hashes that cost less are made anew when they are used."""
    _cost[0] = cost
    _dummy.clear()


def normalise_password(password: str) -> bytes:
    """NFKC bytes. Raises INVALID_PARAMETER outside 12–256 bytes."""
    data = unicodedata.normalize("NFKC", password).encode("utf-8")
    if not MIN_PASSWORD <= len(data) <= MAX_PASSWORD:
        reason = f"{MIN_PASSWORD}–{MAX_PASSWORD} characters"
        raise Problem(INVALID_PARAMETER, name="password", reason=reason)
    return data


def hash_password(password: str, names: Iterable[str] = ()) -> str:
    """argon2id, encoded with its parameters. Takes about 0.1 s; at most two run at once. Raises
    INVALID_PARAMETER, PASSWORD_GUESSABLE; `names` (of the person, of projects) are guessed first.
    """
    data = normalise_password(password)
    if is_guessable(password, names):
        raise Problem(PASSWORD_GUESSABLE)
    return _hashed(data)


def hash_again(password: str) -> str:
    """By today's parameters; a password that is in use already is not judged any more."""
    return _hashed(unicodedata.normalize("NFKC", password).encode("utf-8"))


def _hashed(data: bytes) -> str:
    with _turn():
        return _cost[0].hasher.hash(data)


def verify_password(encoded: str | None, password: str) -> bool:
    """Whether the password is right. An unknown account (None) costs the same time."""
    data = unicodedata.normalize("NFKC", password).encode("utf-8")[: 4 * MAX_PASSWORD]
    with _turn():
        try:
            return _cost[0].hasher.verify(encoded or _dummy_hash(), data) and encoded is not None
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False


def needs_rehash(encoded: str) -> bool:
    """Whether it costs less than a new one would. One that costs more is left as it is."""
    found = argon2.extract_parameters(encoded)
    is_weak = found.memory_cost < _cost[0].memory_kib or found.time_cost < _cost[0].rounds
    return is_weak or found.type is not argon2.Type.ID


@contextmanager
def place() -> Iterator[None]:
    """One of the places for those who want something hashed, two at work and eight that wait; held
    already, it is no second one. Raises BUSY where all are taken: whoever comes to sign in takes
    one first, so that a rush waits neither for a hash nor for the database."""
    if getattr(_mine, "has_place", False):
        yield
        return
    if not _places.acquire(blocking=False):
        raise Problem(BUSY)
    _mine.has_place = True
    try:
        yield
    finally:
        _mine.has_place = False
        _places.release()


@contextmanager
def _turn() -> Iterator[None]:
    with place(), _at_once, _of_host[0]():
        yield


def share(places: Callable[[], AbstractContextManager[None]]) -> None:
    """Hash only in one of these places, which other processes of the machine respect, too."""
    _of_host[0] = places


def _dummy_hash() -> str:
    if not _dummy:
        _dummy.append(_cost[0].hasher.hash(secrets.token_bytes(16)))
    return _dummy[0]


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What an access token says. The sign-in row it names is the authority, not the token."""

    user_id: int
    sign_in_pk: uuid.UUID
    secret: str = field(repr=False)
    """Of the session. The row keeps its hash alone: whoever has our key and the whole database can
    sign a token, and does not know what to write into it."""


def issue_access_token(key_hex: str, claims: Claims, now: dt.datetime, life: dt.timedelta) -> str:
    payload = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": str(claims.user_id),
        "sid": str(claims.sign_in_pk),
        "key": claims.secret,
        "jti": secrets.token_hex(8),
        "iat": now,
        "exp": now + life,
    }
    headers = {"typ": TOKEN_TYPE, "kid": key_id(key_hex)}
    return jwt.encode(payload, bytes.fromhex(key_hex), algorithm="HS256", headers=headers)


def read_access_token(key_hex: str, token: str, now: dt.datetime) -> Claims | None:
    """Claims of a token that is ours, complete and not expired; else None."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TOKEN_TYPE or header.get("kid") != key_id(key_hex):
            return None
        payload = jwt.decode(
            token,
            bytes.fromhex(key_hex),
            algorithms=["HS256"],
            audience=ISSUER,
            issuer=ISSUER,
            options={
                "require": ["iss", "aud", "sub", "sid", "key", "jti", "iat", "exp"],
                "verify_exp": False,  # by our clock, below
                "verify_iat": False,
            },
        )
        if not float(payload["exp"]) > now.timestamp():  # so written, NaN has expired too
            return None
        return Claims(
            user_id=int(payload["sub"]),
            sign_in_pk=uuid.UUID(payload["sid"]),
            secret=str(payload["key"]),
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        return None


def key_id(key_hex: str) -> str:
    return hashlib.sha256(bytes.fromhex(key_hex)).hexdigest()[:12]


def new_device_token() -> str:
    return _new_token(DEVICE_PREFIX)


def looks_like_device_token(token: str) -> bool:
    """False for mistyped or foreign tokens, without asking the database."""
    return _is_whole(DEVICE_PREFIX, token)


def new_api_token() -> str:
    return _new_token(API_PREFIX)


def looks_like_api_token(token: str) -> bool:
    return _is_whole(API_PREFIX, token)


def new_script_session_token() -> str:
    return _new_token(SCRIPT_SESSION_PREFIX)


def looks_like_script_session_token(token: str) -> bool:
    return _is_whole(SCRIPT_SESSION_PREFIX, token)


def is_of_script(token: str) -> bool:
    """A script's token, or that of a session which it opened."""
    return looks_like_api_token(token) or looks_like_script_session_token(token)


def _new_token(prefix: str) -> str:
    """256 random bits and a checksum, in A–Z a–z 0–9 - _ (phones need no escapes in URLs)."""
    body = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return f"{prefix}{body}{_checksum(body)}"


def _is_whole(prefix: str, token: str) -> bool:
    body, check = token[len(prefix) : -6], token[-6:]
    return token.startswith(prefix) and hmac.compare_digest(
        check.encode(), _checksum(body).encode()
    )


def _checksum(body: str) -> str:
    crc = zlib.crc32(body.encode()).to_bytes(4)
    return base64.urlsafe_b64encode(crc).decode().rstrip("=")


def token_sha256(token: str) -> bytes:
    """What is stored of a random token. (No slow hash: 256 random bits cannot be guessed.)"""
    return hashlib.sha256(token.encode("utf-8")).digest()


def new_link_token() -> str:
    return secrets.token_urlsafe(32)


def new_refresh_token() -> str:
    """The first of a family: the session's secret, which all of them carry on, and what each use
    changes."""
    return REFRESH_PREFIX + secrets.token_urlsafe(32) + secrets.token_urlsafe(32)


def session_secret(refresh_token: str) -> str | None:
    """What the access tokens of the family say; None for what is no refresh token of ours."""
    body = refresh_token.removeprefix(REFRESH_PREFIX)
    is_whole = refresh_token.startswith(REFRESH_PREFIX) and len(body) == 2 * _SECRET
    return body[:_SECRET] if is_whole else None


def next_refresh_token(key_hex: str, token: str) -> str:
    """The successor of a refresh token, with the same secret. Made from it, so that who lost the
    answer can be given the same one again although hashes alone are stored; by our key, so that
    nobody else can make it."""
    key = hmac.digest(bytes.fromhex(key_hex), b"samleng refresh", "sha256")
    body = hmac.digest(key, token.encode("utf-8"), "sha256")
    changed = base64.urlsafe_b64encode(body).decode("ascii").rstrip("=")
    return f"{REFRESH_PREFIX}{session_secret(token) or ''}{changed}"
