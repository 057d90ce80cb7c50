"""HTTP Digest as pure rules: what is read, what is right, what is accepted once."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.accounts import digest
from service.accounts.digest import MD5, SHA256, WINDOW, Uses, admit
from tests.factories import at

NOW = at("2026-11-24T08:00")
KEY, REALM = b"k" * 32, "Samleng 0123456789ab"

HEADER = (
    'username="phone-7", realm="Samleng x", nonce="bm9uY2U=", uri="/v1/projects/1/formList?a=%3A", '
    'response="00ff", algorithm=SHA-256, qop=auth, nc=0000000a, cnonce="c"'
)


def test_a_header_is_read_whole() -> None:
    answer = digest.parse(HEADER)
    assert answer is not None
    assert (answer.username, answer.uri) == ("phone-7", "/v1/projects/1/formList?a=%3A")
    assert (answer.algorithm, answer.count) == (SHA256, 10)
    assert "00ff" not in repr(answer)


ODD = {
    "no qop, as before 1999": HEADER.replace(" qop=auth,", ""),
    "qop of the body": HEADER.replace("qop=auth", "qop=auth-int"),
    "both qop": HEADER.replace("qop=auth", 'qop="auth,auth-int"'),
    "a hashed user name": HEADER + ", userhash=true",
    "another algorithm": HEADER.replace("SHA-256", "SHA-512-256"),
    "a session key": HEADER.replace("SHA-256", "MD5-sess"),
    "count zero": HEADER.replace("0000000a", "00000000"),
    "a short count": HEADER.replace("0000000a", "a"),
    "no count": HEADER.replace(" nc=0000000a,", ""),
    "a count that is none": HEADER.replace("0000000a", "-0000001"),
    "no user": HEADER.replace('username="phone-7", ', ""),
    "two users": HEADER + ', username="phone-8"',
    "an open quote": HEADER + ', opaque="x',
    "no commas": HEADER.replace(",", ""),
    "nothing": "",
    "only words": "phone-7 nonce",
    "endless": HEADER + ", x=" + "a" * 5000,
}


@pytest.mark.parametrize("header", ODD.values(), ids=ODD.keys())
def test_what_is_missing_doubled_or_old_is_no_answer(header: str) -> None:
    assert digest.parse(header) is None


@given(st.text(max_size=300))
def test_no_text_at_all_crashes_the_reader(text: str) -> None:
    digest.parse(text)
    digest.read_nonce(KEY, REALM, text)
    digest.names_target(text, "/v1/projects/1/formList", "")
    digest.app_user_id(text)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        (MD5, "8ca523f5e9506fed4657c9700eebdbec"),
        (SHA256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_it_computes_what_rfc_7616_section_3_9_1_computes(algorithm: str, response: str) -> None:
    answer = digest.Answer(
        username="Mufasa",
        realm="http-auth@example.org",
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        uri="/dir/index.html",
        algorithm=algorithm,
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        nc="00000001",
        response=response,
    )
    ha1 = digest.ha1(algorithm, answer.username, answer.realm, "Circle of Life")
    assert digest.is_right(answer, ha1, "GET")
    assert not digest.is_right(answer, ha1, "POST")


@pytest.mark.parametrize(
    ("uri", "fits"),
    [
        ("/v1/projects/1/submission?deviceID=collect%3AxY", True),
        ("//v1/projects/1/submission/?deviceID=collect%3AxY", True),
        ("/v1/projects/%31/submission?deviceID=collect%3AxY", True),
        ("/v1/projects/1/submission", False),
        ("/v1/projects/1/submission?deviceID=collect:xY", False),
        ("/v1/projects/2/submission?deviceID=collect%3AxY", False),
        ("http://samleng.test/v1/projects/1/submission?deviceID=collect%3AxY", False),
    ],
)
def test_the_answer_is_for_the_very_target(uri: str, fits: bool) -> None:
    path, query = "/v1/projects/1/submission", "deviceID=collect%3AxY"
    assert digest.names_target(uri, path, query) is fits


def test_a_nonce_is_read_back_by_its_maker_alone() -> None:
    text = digest.make_nonce(KEY, REALM, NOW)
    read = digest.read_nonce(KEY, REALM, text)
    assert read is not None
    assert read.expires_at == NOW + dt.timedelta(hours=24)
    assert digest.read_nonce(b"j" * 32, REALM, text) is None
    assert digest.read_nonce(KEY, "Samleng other", text) is None
    for place in range(0, 40, 3):
        other = "A" if text[place] != "A" else "B"
        assert digest.read_nonce(KEY, REALM, text[:place] + other + text[place + 1 :]) is None
    assert digest.make_nonce(KEY, REALM, NOW) != text


def test_passwords_are_made_never_chosen_and_easily_typed() -> None:
    made = {digest.new_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(one) == 23 and set(one) <= set(digest._EASY_SIGNS + "-") for one in made)


@pytest.mark.parametrize("name", ["phone-0", "phone-", "phone-07", "phone-9999999999", "arun", ""])
def test_names_of_nobody(name: str) -> None:
    assert digest.app_user_id(name) is None
    assert digest.app_user_id(digest.user_name(17)) == 17


@given(st.lists(st.integers(1, 400), max_size=200))
def test_s09_every_count_is_accepted_once_and_within_the_window(counts: list[int]) -> None:
    uses, accepted = Uses(), set[int]()
    for count in counts:
        after = admit(uses, count)
        is_late = count <= uses.highest - WINDOW
        assert (after is None) is (count in accepted or is_late)
        if after is not None:
            accepted.add(count)
            uses = after
        assert uses.highest == max(accepted, default=0)


def test_s09_uploads_that_overtake_one_another_are_all_accepted() -> None:
    for order in itertools.permutations((1, 2, 3, 130)):
        uses: Uses | None = Uses()
        for count in order:
            assert uses is not None
            before, uses = uses, admit(uses, count)
            if uses is None:
                assert before.highest == 130
                assert count <= 2, "only what fell out of the window"
                break


def test_s09_the_window_is_128_wide() -> None:
    uses = admit(Uses(), 1000)
    assert uses is not None
    assert admit(uses, 1000) is None
    assert admit(uses, 1000 - 127) is not None
    assert admit(uses, 1000 - 128) is None
    far = admit(uses, 10_000)
    assert far is not None
    assert far.seen == 1
