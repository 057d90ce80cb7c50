"""A key of which each trustee has a share: 3 of 5 open it, 2 learn nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import combinations

import pytest
import shamir_mnemonic
from cryptography.hazmat.primitives.asymmetric import rsa

from service.foundation.sealing import trustees
from service.foundation.sealing.odk import read_public_key
from service.foundation.sealing.odk_opening import read_private_key
from service.foundation.sealing.trustees import Made, NotLockedError, SharesRefused

DAY = dt.date(2026, 11, 28)


@pytest.fixture(scope="module")
def made() -> Made:
    return trustees.make(3, 5, DAY)


def why(made: Made, *shares: str) -> tuple[str, int]:
    with pytest.raises(SharesRefused) as refused:
        trustees.unlock(made.locked, shares)
    return refused.value.why, refused.value.number


def test_all_ten_openings_by_three_of_five_work_and_all_pairs_fail(made: Made) -> None:
    sealed = read_public_key(made.public).seal(b"a record's key")
    for three in combinations(made.shares, 3):
        opened = read_private_key(trustees.unlock(made.locked, three))
        assert opened.fingerprint == made.locked.fingerprint
        assert opened.open(sealed) == b"a record's key"
    for two in combinations(made.shares, 2):
        assert why(made, *two) == (trustees.TOO_FEW, 0)
    for one in made.shares:
        assert why(made, one) == (trustees.TOO_FEW, 0)
        assert why(made, one, one, one) == (trustees.TWICE, 2)
    assert read_private_key(trustees.unlock(made.locked, made.shares)).open(sealed)


def test_whoever_edits_the_file_needs_as_many_shares_all_the_same(made: Made) -> None:
    eased = replace(made, locked=replace(made.locked, need=2))
    assert why(eased, *made.shares[:2]) == (trustees.TOO_FEW, 0)
    with pytest.raises(NotLockedError):
        trustees.unlock(eased.locked, made.shares[:3])


@pytest.mark.parametrize("place", range(0, 33, 4))
def test_a_wrong_word_is_told_with_the_share_that_it_stands_in(made: Made, place: int) -> None:
    words = made.shares[1].split()
    words[place] = "academic" if words[place] != "academic" else "zero"
    assert why(made, made.shares[0], " ".join(words), made.shares[2]) == (trustees.DAMAGED, 2)
    assert why(made, made.shares[0], "អក្សរ", made.shares[2]) == (trustees.DAMAGED, 2)
    swapped = [*made.shares[1].split()]
    swapped[10], swapped[11] = swapped[11], swapped[10]
    if swapped != made.shares[1].split():
        assert why(made, " ".join(swapped)) == (trustees.DAMAGED, 1)


def test_shares_of_another_key_and_a_file_of_another(made: Made) -> None:
    other = trustees.make(3, 5, DAY)
    assert why(made, *made.shares[:2], other.shares[2]) == (trustees.OF_ANOTHER_KEY, 3)
    with pytest.raises(NotLockedError):
        trustees.unlock(other.locked, made.shares[:3])


def test_the_same_key_for_other_trustees(made: Made) -> None:
    """After one has left: the old shares open the new file no more."""
    import cryptography.hazmat.primitives.serialization as keys

    key = keys.load_pem_private_key(trustees.unlock(made.locked, made.shares[:3]), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    anew = trustees.lock(key, 2, 3, DAY)
    assert (anew.public, anew.locked.fingerprint) == (made.public, made.locked.fingerprint)
    assert read_private_key(trustees.unlock(anew.locked, anew.shares[1:])).fingerprint
    with pytest.raises(NotLockedError):
        trustees.unlock(anew.locked, made.shares[:3])


@pytest.mark.parametrize(("need", "of"), [(1, 1), (1, 5), (0, 3), (4, 3), (3, 17), (-1, 2)])
def test_one_who_opens_alone_is_no_trustee(need: int, of: int) -> None:
    with pytest.raises(ValueError, match="of"):
        trustees.make(need, of, DAY)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b'{"need": 3}', "ក".encode(), b"\xff\xfe", b"null"]
)
def test_what_is_no_locked_key(data: bytes) -> None:
    with pytest.raises(NotLockedError):
        trustees.read_locked(data)


def test_what_is_written_is_read_back(made: Made) -> None:
    assert trustees.read_locked(made.locked.text()) == made.locked
    with pytest.raises(NotLockedError):
        trustees.read_locked(made.locked.text().replace(b'"need": 3', b'"need": "3"'))


def test_the_library_keeps_to_the_published_vectors() -> None:
    """Numbers 1 and 4 of https://github.com/trezor/python-shamir-mnemonic vectors.json."""
    one = (
        "duckling enlarge academic academic agency result length solution fridge kidney coal piece "
        "deal husband erode duke ajar critical decision keyboard"
    )
    two = (
        (
            "shadow pistol academic always adequate wildlife fancy gross oasis cylinder "
            "mustang wrist rescue view short owner flip making coding armed"
        ),
        (
            "shadow pistol academic acid actress prayer class unknown daughter sweater depict flip "
            "twice unkind craft early superior advocate guest smoking"
        ),
    )
    joined = shamir_mnemonic.combine_mnemonics
    assert joined([one], b"TREZOR").hex() == "bb54aac4b89dc868ba37d9cc21b2cece"
    assert joined(two, b"TREZOR").hex() == "b43ceb7e57a0ea8766221624d01b0864"
