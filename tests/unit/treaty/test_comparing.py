"""Who is suspected of having signed already; `python -m tests.bench.signers 100000` measures it."""

from __future__ import annotations

import pytest

from service.persons.matching import Described
from service.treaty import comparing
from tests.bench import signers, unmasking
from tests.bench.persons import stand_in

HERE, NEXT, ELSEWHERE = "02040101", "02040105", "02050101"


def signer(name: str, place: str = HERE, sex: str = "female") -> Described:
    found = comparing.describe({"petition.line_name": name}, sex=sex, place=place)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "place", "sex", "suspected"),
    [
        ("សុខ វិបុល", HERE, "female", True),
        ("វិបុល សុខ", HERE, "not_asked", True),
        ("Sok Vibol", "020401", "female", True),
        ("សុខ វិបុល", NEXT, "female", False),
        ("សុខ វិបុល", "020401", "female", True),
        ("សុខ វិបុល", HERE, "male", False),
        ("សុខ វិបុល", ELSEWHERE, "female", False),
        ("ចាន់ សុផល", HERE, "female", False),
    ],
)
def test_the_same_name_in_one_commune_is_suspected_and_nothing_else(
    name: str, place: str, sex: str, suspected: bool
) -> None:
    match = comparing.suspicion(signer("សុខ វិបុល"), signer(name, place, sex))
    assert (match is not None) is suspected


def test_keys_of_signers_are_none_of_persons() -> None:
    from service.persons import blocking

    person = signer("សុខ វិបុល")
    mine = comparing.keys_of(1, person, stand_in)
    assert mine
    assert mine.isdisjoint(blocking.pair_keys(1, person, stand_in))


def test_who_knows_everybody_and_has_the_database_but_no_key_names_next_to_nobody() -> None:
    found = unmasking.run(communes=2, tell_age=1.0)  # the worst for them: all told their age
    assert max(found.values()) < 0.01, found


def test_who_has_no_name_is_compared_with_nobody() -> None:
    assert comparing.describe({}, sex="female", place=HERE) is None


def test_most_who_sign_again_in_their_commune_are_found_and_few_others() -> None:
    said = signers.run(10_000)
    near, precision = (float(said.split(word)[1][:5]) for word in ("(", "precision "))
    assert near >= 0.95, said
    assert precision >= 0.98, said
