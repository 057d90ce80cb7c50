"""Passwords cost what they should, and no token that is not ours opens anything."""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import argon2
import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.accounts import credentials
from service.accounts.credentials import Claims, read_access_token
from service.foundation.problems import BUSY, INVALID_PARAMETER, Problem

PASSWORD = "ស្រែ ត្នោត មេឃ ទន្លេ"
KEY, OTHER_KEY = "5e" * 16 + "a7" * 16, "c1" * 32
NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
CLAIMS = Claims(user_id=7, sign_in_pk=uuid.UUID(int=9), secret="s")


@pytest.fixture(autouse=True)
def _least_cost() -> None:
    credentials.use(credentials.LEAST)


@pytest.fixture
def _usual_cost() -> Iterator[None]:
    credentials.use(credentials.USUAL)
    yield
    credentials.use(credentials.LEAST)


@pytest.mark.usefixtures("_usual_cost")
def test_s02_passwords_are_hashed_by_argon2id_with_64_mib() -> None:
    encoded = credentials.hash_password(PASSWORD)
    found = argon2.extract_parameters(encoded)
    assert (found.type, found.memory_cost) == (argon2.Type.ID, 64 * 1024)
    assert (found.time_cost, found.parallelism) == (3, 1)
    assert (found.hash_len, found.salt_len) == (32, 16)
    assert not credentials.needs_rehash(encoded)


def test_s02_a_machine_of_half_a_gigabyte_hashes_at_the_floor() -> None:
    credentials.use(credentials.cost_for(512))
    found = argon2.extract_parameters(credentials.hash_password(PASSWORD))
    assert (found.type, found.memory_cost, found.time_cost) == (argon2.Type.ID, 19 * 1024, 2)
    assert credentials.cost_for(1000) == credentials.USUAL


@pytest.mark.usefixtures("_usual_cost")
def test_s02_a_hash_of_a_small_machine_is_made_anew_on_a_large_one_and_not_back() -> None:
    credentials.use(credentials.LEAST)
    small = credentials.hash_password(PASSWORD)
    assert not credentials.needs_rehash(small)
    credentials.use(credentials.USUAL)
    assert credentials.needs_rehash(small)
    large = credentials.hash_password(PASSWORD)
    credentials.use(credentials.LEAST)
    assert not credentials.needs_rehash(large)
    assert credentials.verify_password(large, PASSWORD)


def test_a_weaker_hash_of_earlier_days_is_recognised() -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD.encode())
    assert credentials.needs_rehash(weak)
    assert credentials.verify_password(weak, PASSWORD)


def test_only_the_right_password_is_right_in_whatever_form_it_is_typed() -> None:
    encoded = credentials.hash_password("café ស្រែ ត្នោត")
    assert credentials.verify_password(encoded, "cafe\u0301 ស្រែ ត្នោត")  # decomposed by the keyboard
    assert not credentials.verify_password(encoded, "cafe ស្រែ ត្នោត")
    assert not credentials.verify_password(encoded, "")
    assert not credentials.verify_password("no hash at all", PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 257, "ក" * 86])
def test_passwords_of_unfit_length_are_refused_with_a_reason(password: str) -> None:
    with pytest.raises(Problem) as raised:
        credentials.hash_password(password)
    assert raised.value.kind is INVALID_PARAMETER
    assert password not in raised.value.text() or not password


def test_s02_an_unknown_account_costs_as_much_time_as_a_known_one() -> None:
    encoded = credentials.hash_password(PASSWORD)
    assert not credentials.verify_password(None, PASSWORD)  # makes the stand-in
    known = min(_seconds(lambda: credentials.verify_password(encoded, "y" * 12)))
    unknown = min(_seconds(lambda: credentials.verify_password(None, "y" * 12)))
    assert unknown > known / 3, "the least of five: what else the machine does only adds to it"


def _seconds(work: Callable[[], object], times: int = 5) -> list[float]:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return taken


def test_s02_many_sign_ins_at_once_take_turns_and_the_rest_are_told_to_wait() -> None:
    """Two hash, eight wait, others get BUSY: memory stays at 2 × 64 MiB."""
    encoded = credentials.hash_password(PASSWORD)
    start, answers = threading.Barrier(30), []

    def try_it() -> None:
        start.wait()
        try:
            answers.append(credentials.verify_password(encoded, PASSWORD))
        except Problem as problem:
            answers.append(problem.kind is BUSY)

    threads = [threading.Thread(target=try_it) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 30
    assert credentials._at_once._value == 2  # every turn was given back
    assert credentials._places._value == 10


def test_a_turn_is_given_back_when_hashing_fails() -> None:
    for _ in range(12):
        assert not credentials.verify_password("$argon2id$broken", PASSWORD)
    assert credentials.hash_password(PASSWORD)


def test_s04_a_token_of_ours_is_read() -> None:
    token = credentials.issue_access_token(KEY, CLAIMS, NOW, HOUR)
    assert read_access_token(KEY, token, NOW) == CLAIMS
    assert read_access_token(KEY, token, NOW + HOUR - dt.timedelta(seconds=1)) == CLAIMS


def forged(
    *,
    key: str = KEY,
    algorithm: str = "HS256",
    headers: dict[str, Any] | None = None,
    without: str = "",
    **claims: Any,
) -> str:
    """A token like ours but for what is named. `claims`/`headers` of None are left out."""
    payload = {
        "iss": "samleng", "aud": "samleng", "sub": "7", "sid": str(uuid.UUID(int=9)), "key": "s",
        "jti": "a1", "iat": NOW, "exp": NOW + HOUR, **claims,
    }  # fmt: skip
    payload.pop(without, None)
    head = {"typ": "at+jwt", "kid": credentials.key_id(KEY), **(headers or {})}
    secret = bytes.fromhex(key) if algorithm != "none" else ""
    return jwt.encode(payload, secret, algorithm=algorithm, headers=head)


def _with_payload(token: str, **changes: Any) -> str:
    """The same signature over another payload."""
    head, body, signature = token.split(".")
    padded = body + "=" * (-len(body) % 4)
    payload = {**json.loads(base64.urlsafe_b64decode(padded)), **changes}
    changed = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"{head}.{changed}.{signature}"


FORGERIES = {
    "no signature": lambda: forged(algorithm="none"),
    "signature cut off": lambda: forged().rpartition(".")[0] + ".",
    "signature of another token": lambda: _with_payload(forged(), sub="1"),
    "another key": lambda: forged(key=OTHER_KEY),
    "another key under its own kid": lambda: forged(
        key=OTHER_KEY, headers={"kid": credentials.key_id(OTHER_KEY)}
    ),
    "a stronger algorithm": lambda: forged(algorithm="HS512"),
    "HS384": lambda: forged(algorithm="HS384"),
    "kid of nobody": lambda: forged(headers={"kid": "0" * 12}),
    "kid is a path": lambda: forged(headers={"kid": "../../../../dev/null"}),
    "kid is SQL": lambda: forged(headers={"kid": "' OR 1=1 --"}),
    "kid missing": lambda: _without_header("kid"),
    "typ of an identity token": lambda: forged(headers={"typ": "JWT"}),
    "typ of a refresh token": lambda: forged(headers={"typ": "rt+jwt"}),
    "typ missing": lambda: _without_header("typ"),
    "never expires": lambda: forged(without="exp"),
    "expired": lambda: forged(exp=NOW),
    "expired long ago": lambda: forged(exp=NOW - 100 * HOUR),
    "expiry is text": lambda: forged(exp="tomorrow"),
    "expiry is not a number": lambda: forged(exp=float("nan")),
    "for another service": lambda: forged(aud="other"),
    "for nobody": lambda: forged(without="aud"),
    "from another service": lambda: forged(iss="other"),
    "from nobody": lambda: forged(without="iss"),
    "no subject": lambda: forged(without="sub"),
    "subject is a name": lambda: forged(sub="admin"),
    "no session": lambda: forged(without="sid"),
    "session is no uuid": lambda: forged(sid="1 OR 1=1"),
    "no secret of the session": lambda: forged(without="key"),
    "no token id": lambda: forged(without="jti"),
    "no moment of issue": lambda: forged(without="iat"),
    "empty": lambda: "",
    "dots": lambda: "..",
    "four parts": lambda: forged() + ".x",
    "not base64": lambda: "ក.ខ.គ",
    "a device token": credentials.new_device_token,
    "a refresh token": credentials.new_refresh_token,
    "a cookie": credentials.new_link_token,
    "life of a hundred years, signed by another": lambda: forged(
        key=OTHER_KEY, exp=NOW + 876_000 * HOUR
    ),
    "an ES256 header over our HMAC": lambda: _with_header(alg="ES256"),
    "an RS256 header over our HMAC": lambda: _with_header(alg="RS256"),
    "alg in other letters": lambda: _with_header(alg="nOnE"),
    "kid of a file": lambda: forged(headers={"kid": "/proc/self/environ"}),
    "several audiences, ours not among them": lambda: forged(aud=["other", "third"]),
    "header says JWS with a key inside": lambda: forged(
        key=OTHER_KEY, headers={"jwk": {"kty": "oct", "k": "wcHBwcE"}}
    ),
    "unknown critical header": lambda: forged(headers={"crit": ["exp2"], "exp2": 1}),
}


def _without_header(name: str) -> str:
    """Signed with our key, one header missing."""
    return _with_header(**{name: None})


def _with_header(**changes: str | None) -> str:
    """Signed with our key, whatever the header says. None: left out."""
    head = {"alg": "HS256", "typ": "at+jwt", "kid": credentials.key_id(KEY), **changes}
    head = {name: value for name, value in head.items() if value is not None}
    body = forged().split(".")[1]
    first = base64.urlsafe_b64encode(json.dumps(head).encode()).decode().rstrip("=")
    signature = jwt.get_algorithm_by_name("HS256").sign(
        f"{first}.{body}".encode(), bytes.fromhex(KEY)
    )
    return f"{first}.{body}." + base64.urlsafe_b64encode(signature).decode().rstrip("=")


def test_s04_the_forger_of_these_tests_makes_good_tokens_when_nothing_is_changed() -> None:
    assert read_access_token(KEY, forged(), NOW) == CLAIMS


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("make", FORGERIES.values(), ids=FORGERIES.keys())
def test_s04_a_forged_token_opens_nothing(make: Callable[[], str]) -> None:
    assert read_access_token(KEY, make(), NOW) is None


@given(st.text(max_size=200))
def test_s04_no_text_at_all_crashes_the_reader(text: str) -> None:
    assert read_access_token(KEY, text, NOW) is None


def test_s04_a_token_changed_in_any_place_is_refused() -> None:
    token = credentials.issue_access_token(KEY, CLAIMS, NOW, HOUR)
    for place in range(0, len(token) - 1, 7):  # the last character holds spare bits
        other = "A" if token[place] != "A" else "B"
        changed = token[:place] + other + token[place + 1 :]
        assert read_access_token(KEY, changed, NOW) is None, place


def test_device_tokens_are_long_recognisable_and_never_the_same() -> None:
    made = {credentials.new_device_token() for _ in range(200)}
    assert len(made) == 200
    for token in made:
        assert token.startswith("smd-")
        assert len(token) == 4 + 43 + 6
        assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        assert credentials.looks_like_device_token(token)


@given(st.text(max_size=80), st.integers(4, 52), st.sampled_from("Aa0-_"))
def test_mistyped_device_tokens_are_told_without_the_database(
    text: str, place: int, other: str
) -> None:
    token = credentials.new_device_token()
    changed = token[:place] + other + token[place + 1 :]
    assert credentials.looks_like_device_token(changed) is (changed == token)
    assert not credentials.looks_like_device_token(text)


def test_what_is_stored_of_a_token_does_not_give_it_back() -> None:
    token = credentials.new_device_token()
    stored = credentials.token_sha256(token)
    assert len(stored) == 32
    assert token.encode() not in stored
    assert stored == credentials.token_sha256(token)
