"""The recovery key on paper: what is written can be typed, and a slip of the pen is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.foundation.keys import paper
from service.foundation.keys.paper import MistypedError, RecoveryKey

SECRETS = st.binary(min_size=32, max_size=32)


@given(SECRETS)
def test_what_is_written_is_read_again(secret: bytes) -> None:
    key = RecoveryKey(secret=secret)
    written = key.written()
    assert [len(line.split()) for line in written.splitlines()] == [4, 4, 4, 4]
    assert paper.read(written) == key
    assert paper.read(written.lower().replace(" ", "-").replace("\n", "  ")) == key
    assert paper.read(written.replace("0", "o").replace("1", "l")) == key


@given(SECRETS, st.integers(0, 63), st.sampled_from(paper.SIGNS))
def test_a_wrong_sign_is_found_or_leads_to_another_key(secret: bytes, at: int, sign: str) -> None:
    key = RecoveryKey(secret=secret)
    signs = list(key.written().replace("\n", "").replace(" ", ""))
    if signs[at] == sign:
        return
    signs[at] = sign
    found = _told("".join(signs))
    assert found == f"Group {at // 4 + 1} of 16" or found is None  # one in sixteen: opens nothing


@given(SECRETS)
def test_two_groups_in_the_wrong_order_are_told_apart(secret: bytes) -> None:
    groups = RecoveryKey(secret=secret).written().split()
    swapped = [groups[1], groups[0], *groups[2:]]
    if swapped != groups:
        assert _told(" ".join(swapped)) in ("Group 1 of 16", "Group 2 of 16", None)
        assert _told(" ".join(groups)) is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [("", "these are 0"), ("7F3K " * 15, "these are 60"), ("7F3é", "“É”"), ("ក" * 64, "“ក”")],
)
def test_what_is_no_key_is_told_in_words(typed: str, told: str) -> None:
    with pytest.raises(MistypedError, match=told):
        paper.read(typed)


def test_only_the_right_key_opens_and_nothing_that_was_changed() -> None:
    key, other = paper.new_key(), paper.new_key()
    sealed = paper.seal_for(key.public, b"the wrapping keys")
    assert key.open(sealed) == b"the wrapping keys"
    assert other.open(sealed) is None
    assert key.open(sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert key.open(b"") is None
    assert "secret" not in repr(key)


def _told(text: str) -> str | None:
    """The beginning of the complaint; None where the text is a key."""
    try:
        paper.read(text)
    except MistypedError as error:
        return str(error).partition(" (")[0]
    return None
