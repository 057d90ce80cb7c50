"""Consent: absent means denied, scopes are independent, refusal leaves nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts import codes
from service.facts.scopes import MEDIA, read_consent


def test_a_scope_that_was_not_asked_is_denied() -> None:
    given_ = read_consent({"consent.store": "yes", "consent.stats": "yes"})
    assert given_.granted == ("store", "stats")
    assert given_.refused == ()
    assert given_.allows("stats")
    assert not given_.allows("publish_name")


@pytest.mark.parametrize("word", ["", "maybe", "2", "បាទ", "unknown", "no_answer"])
def test_anything_but_a_plain_yes_grants_nothing(word: str) -> None:
    given_ = read_consent({"consent.store": "yes", "consent.stats": word})
    assert not given_.allows("stats")
    assert "stats" not in given_.refused


def test_international_use_does_not_imply_the_name() -> None:
    given_ = read_consent({"consent.advocacy_intl": "yes"})
    assert given_.granted == ("advocacy_intl",)


def test_refusal_to_store_leaves_the_refusal_alone() -> None:
    given_ = read_consent(
        {"consent.store": "no", "consent.stats": "yes", "consent.method": "signature"}
    )
    assert given_.is_refusal
    assert given_.granted == ()
    assert given_.refused == ("store",)
    assert given_.method == "not_asked"
    assert not given_.allows("stats")


@given(st.dictionaries(st.sampled_from([f"consent.{s}" for s in codes.CONSENT_SCOPE]), st.text()))
def test_granted_and_refused_never_meet(values: dict[str, str]) -> None:
    given_ = read_consent(values)
    assert not set(given_.granted) & set(given_.refused)
    of_media = {*MEDIA} if "consent.publish_media" in values else set()
    assert {f"consent.{scope}" for scope in {*given_.granted} - of_media} <= values.keys()


def test_a_yes_to_media_is_one_to_each_of_them() -> None:
    assert set(read_consent({"consent.publish_media": "TRUE"}).granted) >= {*MEDIA}
