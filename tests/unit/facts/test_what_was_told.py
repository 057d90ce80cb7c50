"""Incidents, follow-ups, rights issues, concerns, testimonies, sheets, providers: by tags alone."""

from __future__ import annotations

import datetime as dt

import pytest

from service.facts.places import UNKNOWN
from service.facts.plan import compile_plan
from tests.unit.facts.forms_by_hand import a_form, facts_from

CONSENT = {"c": "consent.store", "s": "consent.stats", "today": None}
YES = {"c": "yes", "s": "yes", "today": "2026-11-20"}
PERSON = CONSENT | {"sex": "person.sex", "age": "person.age", "need": "need.code"}
INCIDENT = {
    "victim": "victim.type", "dev": "incident.device", "y": "incident.year",
    "m": "incident.month", "p": "incident.adm1", "d": "incident.adm2", "inj": "injury.kind",
    "prov": "geo.adm1", "home": "home.adm1",
}  # fmt: skip


# --- places and times of one person -------------------------------------------------------------
def test_home_incident_and_interview_lie_apart_each_as_exact_as_it_was_told() -> None:
    told = facts_from(
        a_form(PERSON | INCIDENT),
        YES | {"sex": "male", "age": "58", "victim": "direct_injured", "y": "1989", "m": "3",
               "p": "01", "d": "0102", "prov": "02", "home": "24", "dev": "mine_ap",
               "inj": "amp_leg_below_knee"},
    )  # fmt: skip
    (person,), (incident,) = told.persons, told.incidents
    assert (person.adm1, person.home, person.home_precision) == ("02", "24", "province")
    assert (incident.place, incident.place_precision) == ("0102", "district")
    assert (incident.incident_from, incident.incident_to) == (
        dt.date(1989, 3, 1), dt.date(1989, 3, 31),
    )  # fmt: skip
    assert (incident.age_from, incident.age_to, incident.was_child) == (20, 21, "no")
    assert (incident.era, incident.injuries) == ("1979_1998", ("amp_leg_below_knee",))


def test_who_is_visited_lives_there_unless_the_form_says_otherwise() -> None:
    (person,) = facts_from(a_form(PERSON | INCIDENT), YES | {"sex": "male", "prov": "02"}).persons
    assert (person.home, person.home_precision) == ("02", "province")
    (person,) = facts_from(a_form(PERSON | INCIDENT), YES | {"sex": "male"}).persons
    assert (person.home, person.home_precision) == (UNKNOWN, UNKNOWN)


def test_of_somebody_elses_incident_no_age_is_computed() -> None:
    told = facts_from(
        a_form(PERSON | INCIDENT),
        YES | {"sex": "female", "age": "30", "victim": "indirect_family", "y": "2003"},
    )
    assert (told.incidents[0].age_from, told.incidents[0].was_child) == (None, "unknown")


def test_without_an_answer_there_is_no_incident() -> None:
    assert facts_from(a_form(PERSON | INCIDENT), YES | {"sex": "male"}).incidents == ()


@pytest.mark.parametrize(
    ("year", "era"),
    [("1970", "pre1979"), ("1985", "1979_1998"), ("2003", "1999_2024"), ("2026", "unknown")],
)
def test_a_year_tells_the_period_as_far_as_it_can(year: str, era: str) -> None:
    (incident,) = facts_from(a_form(PERSON | INCIDENT), YES | {"sex": "male", "y": year}).incidents
    assert incident.era == era


# --- follow-up ----------------------------------------------------------------------------------
VISIT = CONSENT | {
    "case": "case.id", "found": "case.found", "next": "case.next_visit", "sex": "person.sex",
    "hc": "remote.min_hc", "old/id": "need.id", "old/code": "need.code", "old/st": "need.status",
    "old/ok": "service.confirmed", "old/by": "service.provider", "old/on": "service.date",
    "new/code": "need.code", "new/pr": "need.priority",
}  # fmt: skip
A_VISIT = YES | {"case": "0b7c1f0a-1111-4222-8333-444455556666", "found": "found"}


def a_visit(*old: dict[str, str], **more: object) -> object:
    return facts_from(a_form(VISIT, repeats=("old", "new")), A_VISIT | {"old": list(old), **more})


@pytest.mark.parametrize(
    ("confirmed", "status"),
    [("yes", "met"), ("partly", "partly_met"), ("no", "in_progress"), ("", "in_progress")],
)
def test_a_need_is_met_when_the_person_says_so(confirmed: str, status: str) -> None:
    found = facts_from(
        a_form(VISIT, repeats=("old", "new")),
        A_VISIT | {"old": [{"id": "n-1", "code": "sei_wash", "st": "met", "ok": confirmed}]},
    )
    (row,) = found.follow_ups
    assert (row.status, row.told_status, row.need_id, row.is_new) == (status, "met", "n-1", False)


def test_a_visit_assesses_nobody_and_tells_new_needs_apart() -> None:
    found = facts_from(
        a_form(VISIT, repeats=("old", "new")),
        A_VISIT | {
            "sex": "male", "hc": "30", "next": "2027-02-01",
            "old": [{"id": "n-1", "code": "reh_prosthesis", "st": "in_progress", "by": "PRC-BTB",
                     "on": "2026-11-02"}, {}],
            "new": [{"code": "psy_peer", "pr": "p2"}],
        },
    )  # fmt: skip
    assert found.persons == found.needs == found.households == ()
    (visit,) = found.visits
    assert (visit.found, visit.next_visit) == ("found", dt.date(2027, 2, 1))
    first, second = found.follow_ups
    assert (first.provider, first.service_on) == ("PRC-BTB", dt.date(2026, 11, 2))
    assert (second.need_code, second.is_new, second.status) == ("psy_peer", True, "unmet")
    assert (second.need_id, second.priority) == (None, "p2")
    assert {row.case_id for row in found.follow_ups} == {A_VISIT["case"]}


def test_a_provider_in_words_is_no_word_of_a_fact() -> None:
    found = facts_from(
        a_form(VISIT, repeats=("old", "new")),
        A_VISIT | {"old": [{"id": "n-1", "st": "unmet", "by": "Doctor Sok in Thmar Koul"}]},
    )
    assert found.follow_ups[0].provider == "in_words"


def test_a_visit_to_nobody_is_none() -> None:
    found = facts_from(a_form(VISIT, repeats=("old", "new")), A_VISIT | {"case": "Sok Dara!"})
    assert (found.visits, found.follow_ups) == ((), ())


# --- rights -------------------------------------------------------------------------------------
ISSUE = {"code": "issue.code", "on": "issue.date", "who": "issue.duty_bearer"}


def test_an_issue_knows_its_articles_and_its_day() -> None:
    form = a_form(CONSENT | ISSUE | {"sex": "person.sex", "see": "wg.see"})
    found = facts_from(
        form, YES | {"code": "health_cost", "on": "2026-03", "who": "health_facility",
                     "sex": "female", "see": "3"},
    )  # fmt: skip
    (issue,) = found.rights_issues
    assert found.persons == (), "affected is not assessed"
    assert (issue.crpd, issue.duty_bearer, issue.status) == (
        (25, 28),
        "health_facility",
        "reported",
    )
    assert (issue.issue_from, issue.issue_to) == (dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    assert (issue.sex, issue.disability, issue.is_restricted) == ("female", "yes", False)


def test_violence_is_restricted_whatever_the_form_says() -> None:
    form = a_form(CONSENT | ISSUE | {"r": "class.restricted"})
    (issue,) = facts_from(form, YES | {"code": "violence_abuse", "r": "no"}).rights_issues
    assert issue.is_restricted is True
    (issue,) = facts_from(form, YES | {"code": "stigma", "r": "yes"}).rights_issues
    assert issue.is_restricted is True


def test_two_people_of_one_visit_tell_three_issues() -> None:
    inside = {f"p/i/{name}": tag for name, tag in ISSUE.items()}
    form = a_form(
        CONSENT | {"p/sex": "person.sex", "p/n/need": "need.code"} | inside,
        repeats=("p", "p/i", "p/n"),
    )
    people = [
        {"sex": "male", "i": [{"code": "stigma"}, {"code": "work_refused"}]},
        {"sex": "female", "i": [{"code": "health_cost"}]},
    ]
    found = facts_from(form, YES | {"p": people})
    assert [(i.ordinal, i.person_ordinal, i.issue_code, i.sex) for i in found.rights_issues] == [
        (0, 0, "stigma", "male"),
        (1, 0, "work_refused", "male"),
        (2, 1, "health_cost", "female"),
    ]
    assert len(found.persons) == 2


# --- the others ---------------------------------------------------------------------------------
def test_a_concern_never_says_where() -> None:
    form = a_form(
        CONSENT | {"dev": "concern.device", "land": "concern.land_use", "where": "concern.place",
                   "gps": "concern.gps", "u": "concern.urgent", "hh": "concern.households"}
    )  # fmt: skip
    found = facts_from(
        form,
        YES | {"dev": "submunition", "land": "school path", "where": "behind the school",
               "gps": "13.1 103.2 0 0", "u": "yes", "hh": "12"},
    )  # fmt: skip
    (concern,) = found.clearance_concerns
    assert (concern.device, concern.land_use) == ("submunition", ("path", "school"))
    assert (concern.is_urgent, concern.households) == (True, 12)
    assert "behind" not in str(found)
    assert "13.1" not in str(found)


def test_a_testimony_says_that_it_was_told_and_how() -> None:
    form = a_form(
        CONSENT | {"k": "testimony.kind", "f": "testimony.form", "words": "testimony.transcript",
                   "a": "testimony.media", "sex": "person.sex", "age": "person.age"}
    )  # fmt: skip
    found = facts_from(
        form, YES | {"k": "life_after", "f": "audio", "words": "…", "a": "x.m4a", "sex": "female",
                     "age": "61"},
    )  # fmt: skip
    (told,) = found.testimonies
    assert (told.kind, told.form, told.has_media, told.age_band) == (
        "life_after", "audio", True, "60p",
    )  # fmt: skip
    assert found.persons == ()


def test_a_sheet_is_reconciled_when_every_declared_line_is_found() -> None:
    form = a_form(
        CONSENT | {"no": "petition.sheet", "n": "petition.declared",
                   "l/name": "petition.line_name", "l/st": "petition.line_status",
                   "l/mark": "petition.mark"},
        repeats=("l",),
    )  # fmt: skip
    lines = [{"name": "a", "st": "valid", "mark": "signature"}, {"name": "b", "st": "illegible"}]
    found = facts_from(form, YES | {"no": "BTB-0007", "n": "2", "l": lines})
    (sheet,) = found.sheets
    assert (sheet.tallies, sheet.is_reconciled) == ({"illegible": 1, "valid": 1}, True)
    (sheet,) = facts_from(form, YES | {"no": "BTB-0007", "n": "3", "l": lines}).sheets
    assert sheet.is_reconciled is False


def test_a_provider_is_an_office_with_a_code() -> None:
    form = a_form(
        CONSENT | {"code": "directory.code", "en": "directory.name_en", "n": "directory.needs",
                   "prov": "geo.adm1", "open": "directory.is_open"}
    )  # fmt: skip
    answers = {"code": "PRC-BTB", "en": "Centre in Battambang", "prov": "02", "open": "yes",
               "n": "reh_prosthesis reh_orthosis"}  # fmt: skip
    (provider,) = facts_from(form, YES | answers).providers
    assert (provider.code, provider.adm1, provider.is_open) == ("PRC-BTB", "02", "yes")
    assert provider.serves == ("reh_orthosis", "reh_prosthesis")
    assert facts_from(form, YES | answers | {"code": ""}).providers == ()


def test_what_a_leader_says_beside_a_signature_is_no_testimony() -> None:
    plan = compile_plan(a_form({"m": "petition.mark", "q": "testimony.quote"}))
    assert "testimony" not in plan.makes
