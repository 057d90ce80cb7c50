"""What is guessed first is refused, and nothing else is."""

from __future__ import annotations

import pytest

from service.accounts import credentials
from service.accounts.guessable import common, is_guessable
from service.foundation.problems import PASSWORD_GUESSABLE, Problem

NAMES = ("bopha.sok@example.org", "bopha.sok", "Bopha Sok", "បាត់ដំបង", "Mine Action Pailin")


@pytest.mark.parametrize(
    "password",
    [
        "qwertyuiop12", "1qaz2wsx3edc", "Password1234", "passwordpassword", "PASSWORD!!!!!",
        "111111111111", "121212121212", "abcabcabcabc", "123456789012", "abcdefghijklm",
        "qwertyuiopas", "samleng2026!!", "Samleng Samleng", "Cambodia-2026", "9876543210987",
        "aaaaaaaaaaab", "ｐａｓｓｗｏｒｄ１２３４", "iloveyou2026", "bopha.sok@example.org",
        "Bopha Sok 2026", "Mine Action Pailin", "mineactionpailin1", "បាត់ដំបង2026",
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert is_guessable(password, NAMES)
    with pytest.raises(Problem) as raised:
        credentials.hash_password(password, NAMES)
    assert raised.value.kind is PASSWORD_GUESSABLE
    assert password not in raised.value.text()


@pytest.mark.parametrize(
    "password",
    [
        "ស្រែ ត្នោត មេឃ ទន្លេ", "correct horse battery staple", "tR4!kkq0-zzP",
        "a long enough pass-phrase",
        "bopha likes mangoes at dawn", "samleng is heard in pailin", "7 fish, 2 nets, no boat",
    ],
)  # fmt: skip
def test_four_words_of_ones_own_are_taken(password: str) -> None:
    assert not is_guessable(password, NAMES)


def test_a_name_of_two_letters_forbids_nothing() -> None:
    assert not is_guessable("ly met a tall quiet heron", ["Ly"])


def test_the_list_is_there() -> None:
    assert len(common()) > 200
    assert all(word == word.casefold() for word in common())


def test_a_password_in_use_is_hashed_again_without_being_judged() -> None:
    encoded = credentials.hash_again("passwordpassword")
    assert credentials.verify_password(encoded, "passwordpassword")
