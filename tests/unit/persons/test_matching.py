"""Two descriptions of perhaps one person: the name leads, the rest helps or speaks against."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.persons import matching, names, normal, reasons
from service.persons.matching import Described, match
from service.persons.years import YearRange
from tests.unit.persons.test_names import NAMES

DARA = Described(
    name=normal.read("សុខ ដារ៉ា"),
    sex="male",
    born=YearRange(first=1974, last=1976),
    place="02030405",
    victim_type="direct_injured",
    incident=YearRange(first=1991, last=1991),
    device="mine_ap",
    household="h1",
    phone="p1",
)
RANGES = st.none() | st.tuples(st.integers(1930, 2020), st.integers(0, 9)).map(
    lambda both: YearRange(first=both[0], last=both[0] + both[1])
)
PERSONS = st.builds(
    Described,
    name=NAMES.map(normal.read),
    sex=st.sampled_from(["female", "male", "other", "unknown", "no_answer"]),
    born=RANGES,
    place=st.sampled_from(["", "02", "0203", "020304", "02030405", "02030406", "03010101"]),
    victim_type=st.sampled_from(["direct_injured", "not_victim", "unknown"]),
    incident=RANGES,
    device=st.sampled_from(["mine_ap", "submunition", "unknown"]),
    household=st.sampled_from([None, "h1", "h2"]),
    phone=st.sampled_from([None, "p1", "p2"]),
)


@given(PERSONS, PERSONS)
def test_whichever_comes_first(one: Described, other: Described) -> None:
    assert match(one, other) == match(other, one)


@given(PERSONS)
def test_equal_descriptions_are_one(person: Described) -> None:
    assert match(person, person).score == (1.0 if person.name.readings else 0.0)


@given(PERSONS, PERSONS)
def test_every_reason_has_words_in_both_languages(one: Described, other: Described) -> None:
    found = match(one, other)
    assert 0.0 <= found.score <= 1.0
    for code in found.reasons:
        assert reasons.REASONS[code]["en"]
        assert reasons.REASONS[code]["km"]
    assert set(reasons.LEVELS[found.level]) == {"en", "km"}


def test_weights_are_of_reasons_that_exist() -> None:
    weighed = reasons.SPEAKS_FOR | reasons.SPEAKS_AGAINST
    assert weighed.keys() <= reasons.REASONS.keys()
    assert all(0 < share < 1 for share in weighed.values())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sex": "female"}, "sex_differs"),
        ({"born": YearRange(first=1977, last=1978)}, "birth_years_near"),
        ({"born": YearRange(first=1990, last=1990)}, "birth_years_far"),
        ({"place": "11030405"}, "province_differs"),
        ({"incident": YearRange(first=2005, last=2005)}, "incident_differs"),
        ({"victim_type": "not_victim"}, "victim_differs"),
        ({"name": normal.read("សុខ ដារ៉ា ២"), "phone": None}, None),
    ],
)
def test_what_speaks_against_lowers_the_score(
    change: dict[str, object], reason: str | None
) -> None:
    found = match(DARA, replace(DARA, **change))
    assert (reason in found.reasons) if reason else found.score == 1.0
    assert found.score < 1.0 or reason is None


def test_a_number_tells_two_of_one_name_apart() -> None:
    one, other = (replace(DARA, name=normal.read(f"Sok Dara {n}")) for n in (1, 2))
    assert match(one, other).level == "unlikely"
    assert "number_differs" in match(one, other).reasons


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ("phone", "phone_same"),
        ("household", "household_same"),
        ("place", "village_same"),
        ("born", "birth_years_overlap"),
        ("sex", "sex_same"),
    ],
)
def test_what_agrees_closes_a_part_of_what_the_name_leaves_open(known: str, reason: str) -> None:
    given_alone = Described(name=normal.read("Dara"))
    found = match(DARA, replace(given_alone, **{known: getattr(DARA, known)}))
    assert found.reasons[:2] == ("name_given_only", reason)
    assert found.score > match(DARA, given_alone).score


def test_a_shared_phone_makes_nobody_of_another_name() -> None:
    sister = replace(DARA, name=normal.read("សុខ សុភាព"), sex="female")
    assert match(DARA, sister).level == "unlikely"
    assert match(DARA, sister).score < names.PERHAPS / 2


def test_where_only_a_name_is_known_it_is_said() -> None:
    alone = Described(name=normal.read("Sok Dara"))
    assert match(DARA, alone).reasons == ("name_spelled_otherwise", "little_known")
    assert match(DARA, DARA).reasons[0] == "name_same"
    assert matching.LIKELY > names.GIVEN_ALONE, "a given name alone is never likely by itself"
