"""Code lists: shape, languages, links. That forms offer the same lists: test_reference_forms."""

from __future__ import annotations

import re

import pytest

from service.facts import codes, issues, needs

LISTS = {
    name: value for name, value in vars(codes).items() if name.isupper() and isinstance(value, dict)
} | {"NEED": needs.NEED, "ISSUE": issues.ISSUE}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_list_has_both_languages_and_plain_codes(name: str) -> None:
    for code, label in LISTS[name].items():
        assert re.fullmatch(r"[a-z0-9_]{1,24}", code)
        assert label.keys() == {"en", "km"}
        assert all(text.strip() for text in label.values())
        is_name = name == "SUBMUNITION_KIND" and label["km"] == label["en"]
        assert re.search(r"[\u1780-\u17ff]|WG-SS", label["km"]) or is_name, code


@pytest.mark.parametrize(
    "name",
    ["SEX", "AGE_BAND5", "VICTIM_TYPE", "DEVICE", "ID_DOC", "INJURY", "BARRIER", "RELATIONSHIP",
     "OCCUPATION", "ACTIVITY", "CIVIL_STATUS", "INCIDENT_OUTCOME"],
)  # fmt: skip
def test_lists_about_a_person_offer_unknown_and_no_answer(name: str) -> None:
    assert {"unknown", "no_answer"} <= LISTS[name].keys()


def test_there_are_37_needs_each_with_pillar_and_article() -> None:
    assert len(needs.NEED_KINDS) == 37
    for code, kind in needs.NEED_KINDS.items():
        assert (kind.pillar in needs.PILLARS and kind.crpd) or code == "other"
    assert needs.NEED_KINDS["reh_prosthesis"].crpd == (20, 26)
    assert needs.NEED_KINDS["psy_family"].pillar == "PSY"


def test_open_is_unmet_referred_in_progress_and_partly_met() -> None:
    assert {"unmet", "referred", "in_progress", "partly_met"} == codes.OPEN_STATUSES
    assert codes.NEED_STATUS.keys() > codes.OPEN_STATUSES
    assert codes.MARK_TYPE.keys() > codes.MARKS_THAT_COUNT


def test_a_dimension_names_every_value_a_fact_can_hold() -> None:
    assert list(codes.as_dimension(codes.SEX)) == [
        "female", "male", "other", "unknown", "no_answer", "not_asked",
    ]  # fmt: skip


def test_every_breach_has_an_article_and_violence_alone_is_shown_to_few() -> None:
    assert len(issues.ISSUE_KINDS) == 20
    assert all(kind.crpd for kind in issues.ISSUE_KINDS.values())
    restricted = {code for code, kind in issues.ISSUE_KINDS.items() if kind.is_restricted}
    assert restricted == {"violence_abuse"}
    assert issues.ISSUE_KINDS["mobility_device"].crpd == (20, 26)
