"""From answers to facts: consent, dates, places, persons, needs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from service.facts import codes
from service.facts.kinds import Facts
from tests.unit.facts.forms_by_hand import a_form, facts_from

FORM = a_form(
    {
        "start": None,
        "today": None,
        "c/store": "consent.store",
        "c/stats": "consent.stats",
        "c/how": "consent.method",
        "prov": "geo.adm1",
        "comm": "geo.adm3",
        "far": "remote.min_hc",
        "rain": "remote.wet_pass",
        "size": "household.size",
        "p/name": "person.name",
        "p/sex": "person.sex",
        "p/age": "person.age",
        "p/kind": "victim.type",
        "p/what": "incident.device",
        "p/wg/see": "wg.see",
        "p/wg/hear": "wg.hear",
        "p/wg/walk": "wg.walk",
        "p/wg/mem": "wg.remember",
        "p/wg/care": "wg.selfcare",
        "p/wg/talk": "wg.communicate",
        "p/n/code": "need.code",
        "p/n/status": "need.status",
        "p/n/why": "need.barrier",
    },
    repeats=("p", "p/n"),
)
YES: dict[str, Any] = {"c": {"store": "yes", "stats": "yes", "how": "verbal_witnessed"}}


def facts(answers: dict[str, Any], **context: object) -> Facts:
    return facts_from(FORM, YES | answers, **context)


def of_person(**answers: Any) -> Facts:
    return facts({"p": [{"sex": "female", **answers}]})


# --- consent ------------------------------------------------------------------------------------
def test_refusal_leaves_nothing_but_itself() -> None:
    answers = {"c": {"store": "no", "stats": "yes"}, "prov": "02", "p": [{"sex": "male"}]}
    found = facts_from(FORM, answers)
    assert found == Facts(consents=found.consents)
    (refusal,) = found.consents
    assert refusal.refused == ("store",)
    assert refusal.granted == ()
    assert refusal.stats is False


@pytest.mark.parametrize("said", [{}, {"stats": "no"}, {"stats": "unknown"}, {"stats": ""}])
def test_without_consent_to_statistics_nothing_is_counted(said: dict[str, str]) -> None:
    found = facts_from(FORM, {"c": {"store": "yes", **said}, "p": [{"sex": "male"}]})
    assert [person.stats for person in found.persons] == [False]
    assert found.households[0].stats is False


def test_consent_is_kept_as_it_was_given() -> None:
    (consent,) = facts({}).consents
    assert (consent.ordinal, consent.granted, consent.refused) == (0, ("store", "stats"), ())
    assert consent.method == "verbal_witnessed"


def test_a_person_asked_alone_decides_for_themself() -> None:
    form = a_form(
        {
            "all": "consent.stats",
            "p/sex": "person.sex",
            "p/store": "consent.store",
            "p/stats": "consent.stats",
        },
        repeats=("p",),
    )
    people = [
        {"sex": "male", "stats": "no"},
        {"sex": "female"},
        {"sex": "other", "store": "no"},
    ]
    found = facts_from(form, {"all": "yes", "p": people})
    assert [(p.ordinal, p.stats) for p in found.persons] == [(0, False), (1, True)]
    assert [c.ordinal for c in found.consents] == [0, 1, 3]
    assert found.consents[2].refused == ("store",)


# --- when ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answers", "day"),
    [
        ({"today": "2026-10-05", "start": "2026-10-01T08:00:00.000+07:00"}, "2026-10-05"),
        ({"start": "2026-10-01T20:00:00.000Z"}, "2026-10-02"),
        ({}, "2026-11-24"),
        ({"today": "ម្សិលមិញ"}, "2026-11-24"),
        ({"today": "2031-01-01"}, "2026-11-24"),
        ({"today": "1970-01-01", "start": "2026-10-01T08:00:00.000+07:00"}, "2026-10-01"),
        ({"today": "2026-11-25"}, "2026-11-25"),
        ({"today": "2026-11-26"}, "2026-11-24"),
    ],
)
def test_day_of_the_interview(answers: dict[str, Any], day: str) -> None:
    """Received at 20:30 UTC on the 23rd, which is the 24th in Phnom Penh."""
    (consent,) = facts(answers).consents
    assert consent.happened_on.isoformat() == day
    assert consent.month == day[:7]


def test_a_question_tagged_as_date_stands_before_today() -> None:
    form = a_form({"today": None, "visited": "meta.date", "sex": "person.sex"})
    answers = {"today": "2026-11-20", "visited": "2026-11-18", "sex": "male"}
    assert facts_from(form, answers).persons[0].happened_on == dt.date(2026, 11, 18)


# --- where --------------------------------------------------------------------------------------
def test_place_is_filled_upwards_and_unknown_downwards() -> None:
    (consent,) = facts({"comm": "020101"}).consents
    assert (consent.adm1, consent.adm2, consent.adm3, consent.adm4) == (
        "02", "0201", "020101", "unknown",
    )  # fmt: skip


def test_place_asked_of_each_person_is_theirs() -> None:
    form = a_form({"p/sex": "person.sex", "p/where": "geo.adm1"}, repeats=("p",))
    people = [{"sex": "male", "where": "02"}, {"sex": "male", "where": "12"}]
    assert [p.adm1 for p in facts_from(form, {"p": people}).persons] == ["02", "12"]


# --- persons ------------------------------------------------------------------------------------
def test_household_and_persons_share_remoteness() -> None:
    found = facts({"far": "45", "rain": "no", "size": "6", "p": [{"sex": "female"}]})
    assert (found.households[0].size, found.households[0].remoteness) == (6, "r4")
    assert found.households[0].minutes_health_centre == 45
    assert found.households[0].wet_season_passable is False
    assert found.persons[0].remoteness == "r4"


def test_names_reach_no_fact() -> None:
    found = of_person(name="សុខ ចាន់ណា", n=[{"code": "sp_cash", "status": "unmet"}])
    assert "ចាន់ណា" not in repr(found)


def test_ordinals_are_places_in_the_repeat_and_empty_entries_are_nobody() -> None:
    found = facts({"p": [{"sex": "male"}, {}, {"wg": {"see": "1"}}]})
    assert [person.ordinal for person in found.persons] == [0, 2]
    assert found.persons[1].sex == "not_asked"


def test_washington_group_follows_age() -> None:
    wg = dict.fromkeys(("see", "hear", "walk", "mem", "care", "talk"), "1")
    found = facts(
        {
            "p": [
                {"age": "44", "wg": wg | {"walk": "3"}},
                {"age": "44", "wg": wg},
                {"age": "44", "wg": wg | {"mem": "7"}},
                {"age": "4", "wg": wg | {"walk": "4"}},
                {"age": "44"},
            ]
        }
    )
    assert [person.disability for person in found.persons] == [
        "yes", "no", "indeterminate", "not_asked", "not_asked",
    ]  # fmt: skip
    assert (found.persons[0].wg_walk, found.persons[0].wg_max) == (3, 3)
    assert (found.persons[2].wg_remember, found.persons[2].wg_max) == (7, 1)


def test_a_tag_asked_once_for_all_holds_for_everybody() -> None:
    form = a_form({"kind": "victim.type", "p/sex": "person.sex"}, repeats=("p",))
    people = [{"sex": "male"}, {"sex": "female"}]
    found = facts_from(form, {"kind": "indirect_family", "p": people})
    assert {person.victim_type for person in found.persons} == {"indirect_family"}


def test_form_without_repeats_gives_one_person_with_needs() -> None:
    form = a_form(
        {
            "consent": "consent.stats",
            "person/sex": "person.sex",
            "person/age": "person.age",
            "need/need_code": "need.code",
            "need/need_status": "need.status",
        },
        repeats=("need",),
    )
    answers: dict[str, Any] = {
        "consent": "yes",
        "person": {"sex": "female", "age": "44"},
        "need": [{"need_code": "reh_prosthesis", "need_status": "unmet"}],
    }
    found = facts_from(form, answers)
    assert [(p.ordinal, p.sex, p.age_band, p.open_needs) for p in found.persons] == [
        (0, "female", "1859", 1)
    ]
    assert [(n.person_ordinal, n.need_code, n.sex) for n in found.needs] == [
        (0, "reh_prosthesis", "female")
    ]


def test_a_form_left_before_its_first_person_has_nobody() -> None:
    form = a_form({"today": None, "sex": "person.sex"})
    assert facts_from(form, {"today": "2026-11-20"}).persons == ()


# --- needs --------------------------------------------------------------------------------------
def test_same_need_told_twice_is_one_need_open_if_any_is() -> None:
    told = [
        {"code": "sp_cash", "status": "met"},
        {"code": "sp_cash", "status": "unmet", "why": "distance"},
        {"code": "sp_cash", "status": "declined"},
    ]
    found = of_person(n=told)
    assert [(n.need_code, n.status, n.is_open, n.barriers) for n in found.needs] == [
        ("sp_cash", "unmet", True, ("distance",))
    ]
    assert found.persons[0].open_needs == 1


@pytest.mark.parametrize("status", [*codes.NEED_STATUS, "", "រង់ចាំ"])
def test_only_four_statuses_are_open(status: str) -> None:
    (need,) = of_person(n=[{"code": "sp_cash", "status": status}]).needs
    assert need.is_open == (status in {"unmet", "referred", "in_progress", "partly_met"})
    assert need.status == (status if status in codes.NEED_STATUS else
                           "not_asked" if not status else "unknown")  # fmt: skip


def test_a_form_that_only_asks_what_people_need_gives_unmet_needs() -> None:
    form = a_form({"sex": "person.sex", "needs": "need.code"})
    found = facts_from(form, {"sex": "male", "needs": "sp_cash sei_food"})
    assert [(n.need_code, n.status) for n in found.needs] == [
        ("sei_food", "unmet"),
        ("sp_cash", "unmet"),
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("no_answer", [("no_answer", "no_answer", False)]),
        ("dont_know", [("unknown", "unknown", False)]),
        ("none", []),
        ("none_of_these", []),
        ("sp_cash dont_know", [("sp_cash", "unmet", True), ("unknown", "unmet", True)]),
        ("our_own_code", [("unknown", "unmet", True)]),
    ],
)
def test_whoever_names_no_need_has_none_that_is_unmet(
    said: str, told: list[tuple[str, str, bool]]
) -> None:
    form = a_form({"sex": "person.sex", "needs": "need.code"})
    found = facts_from(form, {"sex": "male", "needs": said})
    assert [(n.need_code, n.status, n.is_open) for n in found.needs] == told
    assert found.persons[0].open_needs == sum(is_open for _, _, is_open in told)


def test_needs_repeat_the_dimensions_of_their_person() -> None:
    found = of_person(
        age="12",
        kind="direct_injured",
        what="submunition",
        n=[{"code": "sei_education", "status": "unmet"}],
    )
    person, need = found.persons[0], found.needs[0]
    for dimension in ("sex", "age_band", "disability", "victim_type", "device", "remoteness",
                      "adm1", "happened_on", "stats"):  # fmt: skip
        assert getattr(need, dimension) == getattr(person, dimension)
    assert person.age_band == "1217"


def test_standing_is_what_review_decided() -> None:
    assert facts({"p": [{"sex": "male"}]}, standing="approved").persons[0].standing == "approved"


# --- which household ----------------------------------------------------------------------------
def test_visits_to_one_household_are_known_by_its_commune_and_code() -> None:
    form = a_form({
        "store": "consent.store", "comm": "geo.adm3", "hh": "household.id",
        "size": "household.size", "p/sex": "person.sex", "p/n/code": "need.code",
    }, repeats=("p", "p/n"))  # fmt: skip
    asked: list[tuple[str, str]] = []

    def stand_in(commune: str, code: str) -> str | None:
        asked.append((commune, code))
        return f"{commune}-{code}" if code != "?" else None

    answers = {"store": "yes", "comm": "020101", "hh": "HH 7",
               "p": [{"sex": "male"}, {"sex": "female", "n": [{"code": "psy_peer"}]}]}  # fmt: skip
    found = facts_from(form, answers, household_key=stand_in)
    keys = {one.household_key for one in (*found.households, *found.persons, *found.needs)}
    assert keys == {"020101-HH 7"}
    for none in ({**answers, "hh": ""}, {**answers, "hh": "?"}):
        found = facts_from(form, none, household_key=stand_in)
        own = found.persons[0].submission_pk.hex[-16:]
        assert {one.household_key for one in (*found.persons, *found.needs)} == {own}


@pytest.mark.parametrize(("said", "known"), [("yes", True), ("no", False), ("", None)])
def test_whether_somebody_else_answered_stands_beside_the_person(
    said: str, known: bool | None
) -> None:
    form = a_form({"store": "consent.store", "who": "consent.proxy", "p/sex": "person.sex"}, ("p",))
    found = facts_from(form, {"store": "yes", "who": said, "p": [{"sex": "male"}]})
    assert [person.is_proxy for person in found.persons] == [known]
