"""What the rules of flags notice, what they leave, and why."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts.circumstances import Context, latest_day
from service.facts.plan import plan_for
from service.facts.projection import project
from service.forms.schema import Field, FormSchema
from service.intake.instance import Instance
from service.review.flags import distance, doubles, pace
from service.review.flags.kinds import Code, Flag
from service.review.flags.looks import Look, look_of
from service.review.flags.rules import Beside, flags_of
from service.review.flags.seen import Seen, see
from service.web.pages.flag_panel import explain
from tests.golden import reference_forms

RECEIVED = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
KEY = uuid.UUID(int=7)
VISITED = {
    "start": "2026-11-19T08:00:00.000+07:00",
    "end": "2026-11-19T08:45:00.000+07:00",
    "today": "2026-11-19",
    "c_store": "yes",
    "prov": "02",
    "dist": "0201",
    "comm": "020101",
    "vill": "02010101",
    "hh_id": "BTB-1",
    "hh_size": "4",
    "hh_head_sex": "female",
    "id_docs": "nid",
    "min_hc": "30",
    "min_town": "60",
}
SOKHA = {
    "sex": "male",
    "age_known": "exact",
    "age": "44",
    "victim_type": "direct_injured",
    "device": "mine_ap",
    "inc_year_known": "yes",
    "inc_year": "1996",
    "civil_status": "civilian",
    "inc_outcome": "amputation",
    "injury": "amp_leg_below_knee",
    "wg": dict.fromkeys(
        ("wg_see", "wg_hear", "wg_remember", "wg_selfcare", "wg_communicate"), "1"
    ) | {"wg_walk": "3"},
    "need": [{"need_code": "reh_prosthesis", "need_status": "unmet"}],
}  # fmt: skip
ALIKE = ("wg_see", "wg_hear", "wg_walk", "wg_remember", "wg_selfcare", "wg_communicate")


def flat(degree: str) -> dict[str, str]:
    return dict.fromkeys(ALIKE, degree)


def seen_of(answers: dict[str, Any], schema: FormSchema | None = None) -> Seen:
    of = schema or reference_forms.schema("needs_assessment")
    instance = Instance(form_id=of.form_id, version="1", instance_id="uuid:1", answers=answers)
    scope = plan_for(of).read(instance.answers)
    return see(instance, of, project(instance, plan_for(of), CONTEXT), scope)


CONTEXT = Context(project_id=1, submission_pk=KEY, submitter_id=5, received_at=RECEIVED)


def remembered(seen: Seen) -> Look:
    return look_of(seen, submission_pk=KEY, record_pk=KEY, form_pk=1, sender=5)


def flags(seen: Seen, beside: Beside | None = None) -> dict[Code, list[str]]:
    """Code to reasons; each of them has words in both languages."""
    found = flags_of(seen, remembered(seen), beside or Beside(), latest_day(CONTEXT))
    for one in found:
        for language in ("en", "km"):
            assert all(explain(one.reasons, language))
    return {one.code: [reason.why for reason in one.reasons] for one in found}


def person(**more: Any) -> dict[str, Any]:
    return {**VISITED, "person": [{**SOKHA, **more}]}


def test_an_ordinary_record_has_no_flag() -> None:
    assert flags(seen_of(person())) == {}
    assert flags(seen_of({"start": VISITED["start"], "c_store": "no"})) == {}
    assert flags(seen_of({})) == {}


# --- pace ---------------------------------------------------------------------------------------
SLOW = [(600, 40)] * 20


@pytest.mark.parametrize(
    ("seconds", "answered", "others", "why"),
    [
        (45, 40, [], ["fast_to_read"]),
        (100, 40, [], None),  # 2.5 seconds each, and nobody to compare with
        (100, 40, SLOW, ["fast_for_form"]),
        (100, 40, SLOW[:19], None),  # too few to be a form's usual pace
        (210, 40, SLOW, None),  # 5.25 against 15: faster than most, not a third
        (300, 40, [(2400, 40)] * 20, None),  # 7.5 seconds each are nobody's haste
        (10, 9, SLOW, None),  # so few answers say nothing
        (None, 40, SLOW, None),
    ],
)
def test_too_fast_is_told_by_reading_aloud_and_by_the_forms_own_pace(
    seconds: int | None, answered: int, others: list[tuple[int, int]], why: list[str] | None
) -> None:
    found = pace.too_fast(seconds, answered, pace.usual(others))
    assert (found and [one.why for one in found.reasons]) == why


def test_a_few_odd_paces_move_no_median() -> None:
    assert pace.usual([*SLOW, *[(1, 40)] * 9]) == 15.0


def test_time_is_from_start_to_end_and_not_where_a_clock_went_back() -> None:
    assert seen_of(person()).seconds == 45 * 60
    assert seen_of(person() | {"end": "2026-11-19T07:59:00.000+07:00"}).seconds is None
    assert seen_of(person() | {"end": "2569-11-19T08:45:00.000+07:00"}).seconds is None
    assert seen_of(person() | {"start": "2026-11-19T08:00:00"}).seconds is None, "no offset"


def test_copying_a_sheet_is_no_interview() -> None:
    sheet = {
        "start": VISITED["start"], "end": "2026-11-19T08:00:10.000+07:00", "sheet_no": "7",
        "c_store": "yes", "declared_lines": "2",
        "line": [{"line_no": str(n), "sex": "female", "line_status": "valid"} for n in range(9)],
    }  # fmt: skip
    seen = seen_of(sheet, reference_forms.schema("treaty_sheet"))
    assert (seen.is_interview, seen.answered) == (False, 30)
    assert Code.TOO_FAST not in flags(seen)


# --- days ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"today": "2026-11-21", "start": "2026-11-21T08:00:00.000+07:00"}, None),  # a day of grace
        ({"today": "2026-11-22", "start": "2026-11-19T08:00:00.000+07:00"}, ["future_interview"]),
        ({"today": "2569-11-19"}, ["buddhist_interview"]),
        ({"today": "២៥៦៩-១១-១៩"}, ["buddhist_interview"]),
        ({"today": "19/11/2026"}, None),
    ],
)
def test_a_day_to_come_is_told_with_a_day_of_grace_and_the_buddhist_era_as_such(
    answers: dict[str, str], why: list[str] | None
) -> None:
    assert flags(seen_of(person() | answers)).get(Code.FUTURE) == why


@pytest.mark.parametrize(
    ("year", "why"),
    [("2027", "future_incident"), ("2539", "buddhist_incident"), ("2026", None), ("1996", None)],
)
def test_a_year_of_an_incident_to_come_is_told(year: str, why: str | None) -> None:
    told = flags(seen_of(person(inc_year=year))).get(Code.FUTURE)
    assert told == (why and [why])
    if why == "buddhist_incident":
        (flag,) = flags_of(
            seen_of(person(inc_year=year)),
            Look(submission_pk=KEY, record_pk=KEY, form_pk=1, sender=5),
            Beside(),
            latest_day(CONTEXT),
        )
        assert "2539, of the Buddhist calendar: 1996" in explain(flag.reasons, "en")[0]


def test_the_next_visit_and_the_end_of_a_consent_are_to_come() -> None:
    visit = {"start": VISITED["start"], "c_store": "yes", "found": "found", "case_id": "C-1",
             "next_visit": "2027-01-10"}  # fmt: skip
    seen = seen_of(visit, reference_forms.schema("follow_up"))
    assert any(seen.answers("case.next_visit"))
    assert Code.FUTURE not in flags(seen)


# --- ages ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"age": "105"}, None),
        ({"age": "106"}, ["age_of_nobody"]),
        ({"age": "440"}, ["age_of_nobody"]),
        ({"age": "-4"}, ["age_of_nobody"]),
        ({"age": "999"}, None),  # another form's word for unknown
        ({"age": "20", "inc_year": "1996"}, ["age_before_birth"]),
        ({"age": "28", "age_known": "estimated", "inc_year": "1996"}, None),  # may be 33
        ({"age": "40", "civil_status": "military"}, ["age_of_soldier"]),  # 9 to 11 in 1996
        ({"age": "41", "civil_status": "military"}, None),  # perhaps 12
        ({"age": "40", "age_known": "estimated", "civil_status": "military"}, None),
        ({"age": "8", "victim_type": "indirect_family", "relation": "parent"}, ["age_of_parent"]),
        ({"age": "8", "victim_type": "indirect_family", "relation": "child"}, None),
        ({"age": "9", "inc_year": "2024", "seat": "yes"}, ["age_of_member"]),
    ],
)
def test_ages_that_can_hardly_be_are_told_and_rough_ones_only_if_all_of_the_range_is(
    answers: dict[str, str], why: list[str] | None
) -> None:
    assert flags(seen_of(person(**answers))).get(Code.AGE) == why


# --- straight-lining ----------------------------------------------------------------------------
def test_no_difficulty_six_times_is_what_most_people_say() -> None:
    most = [{**SOKHA, "wg": flat("1"), "age": str(age)} for age in (30, 40, 50)]
    assert flags(seen_of({**VISITED, "person": most})) == {}


@pytest.mark.parametrize("degree", ["7", "9"])
def test_refusing_six_times_is_a_right(degree: str) -> None:
    both = [{**SOKHA, "wg": flat(degree), "age": str(age)} for age in (30, 40)]
    quick = {**VISITED, "end": "2026-11-19T08:02:50.000+07:00", "person": both}
    assert Code.STRAIGHT not in flags(seen_of(quick))


def test_alike_and_quick_alike_in_several_and_alike_against_an_injury_are_told() -> None:
    quick = {"end": "2026-11-19T08:01:50.000+07:00"}
    one = seen_of(person(wg=flat("1")) | quick)
    assert flags(one)[Code.STRAIGHT] == ["alike_and_quick"]
    assert Code.STRAIGHT not in flags(seen_of(person(wg=flat("3")))), "by itself it is no sign"
    two = [{**SOKHA, "wg": flat("2"), "age": str(age)} for age in (30, 40)]
    assert flags(seen_of({**VISITED, "person": two}))[Code.STRAIGHT] == ["alike_in_several"]
    blind = person(wg=flat("1"), injury="eye_both fragments_retained")
    assert flags(seen_of(blind))[Code.STRAIGHT] == ["alike_against_injury"]
    half = dict.fromkeys(ALIKE[:5], "1")
    assert Code.STRAIGHT not in flags(seen_of(person(wg=half, injury="eye_both")))


# --- distance -----------------------------------------------------------------------------------
HERE = (13.10, 103.20)


def taken(count: int, village: str = "02010101", at: tuple[float, float] = HERE) -> list[Any]:
    return [(village, distance.cell_of(at))] * count


def near(km: float) -> tuple[float, float]:
    return HERE[0] + km / 111.2, HERE[1]


@pytest.mark.parametrize(
    ("point", "known", "why"),
    [
        (near(18), taken(5), ["far_village"]),
        (near(8), taken(5), None),
        (near(18), taken(4), None),  # too few know where the village is
        (near(18), [*taken(5), *taken(2, at=near(200))], ["far_village"]),  # the middle holds
        (near(18), [*taken(2), *taken(5, "02010102")], None),  # of a commune more is near
        (near(60), [*taken(2), *taken(5, "02010102")], ["far_commune"]),
        ((48.85, 2.35), [], ["far_abroad"]),
        (None, taken(5), None),
    ],
)
def test_far_from_where_earlier_records_of_the_village_were_taken(
    point: tuple[float, float] | None, known: list[Any], why: list[str] | None
) -> None:
    found = distance.far(point, "02010101", "020101", known)
    assert (found and [one.why for one in found.reasons]) == why
    if found and found.reasons[0].values:
        km = found.reasons[0].values["km"]
        assert km % 5 == 0
        assert abs(km - (60 if why == ["far_commune"] else 18)) <= 6.5, "rounded, and of a cell"


def test_a_cell_says_no_more_than_a_village() -> None:
    """Its sides are longer than those of a village on average."""
    side_km = 111.2 / distance.STEPS
    assert side_km * side_km * math.cos(math.radians(13)) > 181_035 / 14_576


def test_a_position_is_read_wherever_the_form_asks_and_nothing_is_kept_without_a_village() -> None:
    schema = FormSchema(
        form_id="f",
        version="1",
        title="f",
        root="data",
        fields=(
            Field(path=("g", "gps"), type="geopoint"),
            Field(path=("comm",), type="string", tag="geo.adm3"),
            Field(path=("vill",), type="string", tag="geo.adm4"),
            Field(path=("sex",), type="string", tag="person.sex"),
        ),
    )
    told = {"sex": "female", "comm": "020101", "g": {"gps": "13.1004 103.2009 12.0 4.9"}}
    seen = seen_of({**told, "vill": "02010101"}, schema)
    assert seen.point == (13.1004, 103.2009)
    assert remembered(seen).cell == (262, 2064)
    assert remembered(seen_of(told, schema)).cell is None
    for odd in ("0 0 0 0", "91 3 0 0", "here", "nan 7", "13.1"):
        assert seen_of({**told, "g": {"gps": odd}}, schema).point is None


# --- doubles ------------------------------------------------------------------------------------
def look(number: int = 1, **more: Any) -> Look:
    people = more.pop("people", (("male", 44, ("reh_prosthesis",)),))
    given = {
        "submission_pk": uuid.UUID(int=number),
        "record_pk": uuid.UUID(int=number),
        "form_pk": 1,
        "sender": 5,
        "happened_on": dt.date(2026, 11, 19),
        "begun_at": dt.datetime(2026, 11, 19, 1, 0, tzinfo=dt.UTC),
        "alike": "1.02010101.m",
        "people": people,
    }
    return Look(**{**given, **more})


MINE = look(9)
FAMILY = (("female", 12, ()), ("female", 40, ("sei_livelihood",)), ("male", 44, ()))


def why(found: Flag | None) -> list[str]:
    return [one.why for one in found.reasons] if found else []


def test_the_same_people_of_the_same_place_and_days_are_told_with_what_speaks_for_it() -> None:
    later = dt.datetime(2026, 11, 19, 1, 12, tzinfo=dt.UTC)
    found = doubles.double(MINE, [look(begun_at=later)])
    assert why(found) == ["double_people_same_day", "double_needs", "double_minutes"]
    assert found is not None
    told = [one.values for one in found.reasons]
    assert told[0] == {"days": 0, "other": uuid.UUID(int=1).hex, "people": 1}
    assert (told[1], told[2]) == ({"needs": 1}, {"minutes": 12})
    other_phone = doubles.double(MINE, [look(sender=6, happened_on=dt.date(2026, 11, 3))])
    assert why(other_phone) == ["double_people", "double_needs", "double_other_phone"]
    family: dict[str, Any] = {"people": FAMILY, "alike": "1.02010101.ffm", "sender": 6}
    assert "double_people_same_day" in why(doubles.double(look(9, **family), [look(**family)]))


@pytest.mark.parametrize(
    "other",
    [
        {"people": (("male", 46, ("reh_prosthesis",)),)},  # two years apart
        {"people": (("male", None, ("reh_prosthesis",)),)},
        {"people": (("male", 44, ("sei_livelihood",)),), "sender": 6},  # needs something else
        {"people": (("male", 44, ()),), "sender": 6},  # a man of 44: that there are more
        {"happened_on": dt.date(2026, 10, 10)},  # the next round
        {"form_pk": 2},
        {"alike": "1.02010102.m"},
    ],
)
def test_other_people_are_not(other: dict[str, Any]) -> None:
    assert why(doubles.double(MINE, [look(**other)])) == []


def test_the_same_household_again_so_soon_and_the_same_case_twice_a_day_are_told() -> None:
    house = {"household": "ab12", "people": FAMILY}
    others = [look(household="ab12", sender=6)]
    assert why(doubles.double(look(9, **house), others))[0] == "double_household_same_day"
    visit: dict[str, Any] = {"alike": "1.case.C-1", "people": ()}
    assert why(doubles.double(look(9, **visit), [look(**visit)]))[0] == "double_visit"
    before = [look(**visit, happened_on=dt.date(2026, 11, 18))]
    assert why(doubles.double(look(9, **visit), before)) == []


def test_what_is_compared_is_of_a_place_a_form_and_the_people() -> None:
    seen = seen_of(person())
    found = remembered(seen)
    assert found.alike == "1.02010101.m"
    assert found.people == (("male", 44, ("reh_prosthesis",)),)
    assert (found.commune, found.village) == ("020101", "02010101")
    nowhere = seen_of({**person(), "comm": "", "vill": ""})
    assert remembered(nowhere).alike is None


# --- whatever is answered -----------------------------------------------------------------------
words = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2569-13-45", "1e9", "nan", "-1",
         "inf", "2539", "12 13", "yes", "1", "direct_injured", "military", "2026-11-19"]
    ),
)  # fmt: skip


@given(st.data())
def test_no_answer_whatever_breaks_a_rule(data: st.DataObject) -> None:
    of_one = dict.fromkeys(("age", "inc_year", "civil_status", "sex", "victim_type"), words)
    told = dict.fromkeys(("start", "end", "today", "comm", "vill", "hh_id"), words)
    answers = data.draw(st.fixed_dictionaries({}, optional=told))
    people = st.lists(st.fixed_dictionaries({}, optional=of_one), max_size=3)
    flags(seen_of({**VISITED, **answers, "person": data.draw(people)}))
