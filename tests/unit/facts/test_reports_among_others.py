"""Reports in a repeat, a testimony, a visit: the record speaks for whoever is in it, too."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from service.facts import scopes
from service.facts.kinds import Facts
from service.facts.scopes import NAMELESS, NEEDS, Purpose
from tests.unit.facts.forms_by_hand import a_form, facts_from

ASKED: dict[str, str | None] = {f"c{n}": f"consent.{s}" for n, s in enumerate(scopes.CONSENT_SCOPE)}
YES: dict[str, Any] = dict.fromkeys(ASKED, "yes")
FORM = ASKED | {"g": "consent.guardian", "as": "consent.assent"}
NAMED = [one for one in Purpose if one is not Purpose.COUNT and one not in NAMELESS]
FORMS: dict[str, tuple[dict[str, str | None], tuple[str, ...], dict[str, Any]]] = {
    "testimony": ({"age": "person.age", "k": "testimony.kind"}, (), {"k": "story"}),
    "report": ({"age": "person.age", "i": "issue.code"}, (), {"i": "violence_abuse"}),
    "visit": ({"age": "person.age", "case": "case.id"}, (), {"case": "0b7c1f0a"}),
    "reports": (
        {"p/age": "person.age", "p/i": "issue.code"}, ("p",),
        {"p": [{"age": "40", "i": "stigma"}, {"age": "10", "i": "violence_abuse"}]},
    ),
}  # fmt: skip


def may(told: Facts, purpose: Purpose) -> bool:
    """As `gate.may_use` asks of the rows that speak for people."""
    closing = 0 if purpose in NAMELESS else scopes.CODES_ALONE
    needed = scopes.bits(NEEDS[purpose])
    speaking = [*told.consents, *told.persons, *told.signatures]
    held = [one.scopes & (needed | closing) == needed for one in speaking]
    return bool(told.consents) and all(held)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("guardian", "assent"), list(itertools.product(("yes", "no", ""), repeat=2))
)
def test_s44_what_a_child_told_opens_by_its_guardians_yes_and_its_own_alone(
    name: str, guardian: str, assent: str
) -> None:
    tags, repeats, answers = FORMS[name]
    given = YES | {"age": "10", "g": guardian, "as": assent} | answers
    told = facts_from(a_form(FORM | tags, repeats=repeats), given)
    both = guardian == assent == "yes"
    assert [may(told, one) for one in NAMED] == [both] * len(NAMED)
    rows = [*told.testimonies, *told.rights_issues, *told.visits]
    assert rows
    assert {bool(one.scopes & scopes.CODES_ALONE) for one in rows} == {not both}


@pytest.mark.parametrize(
    ("tag", "denied"),
    [("consent.quote_anon", Purpose.QUOTE), ("consent.contact", Purpose.CONTACT),
     ("consent.store", Purpose.QUOTE)],
)  # fmt: skip
def test_s44_what_one_refuses_among_several_reports_is_refused_for_the_record(
    tag: str, denied: Purpose
) -> None:
    tags = FORM | {"p/age": "person.age", "p/i": "issue.code", "p/no": tag}
    entries = [{"age": "30", "i": "stigma"}, {"age": "40", "i": "stigma", "no": "no"}]
    form = a_form(tags, repeats=("p",))
    told = facts_from(form, YES | {"p": entries})
    assert not may(told, denied)
    entries[1]["no"] = "yes"
    assert may(facts_from(form, YES | {"p": entries}), denied)
    (consent,) = told.consents
    assert len(told.rights_issues) == 2, "the others are kept"
    assert tag.removeprefix("consent.") in consent.refused or tag == "consent.store"


def test_s44_a_person_who_decided_alone_speaks_for_her_own_breaches_of_rights() -> None:
    tags = FORM | {"size": "household.size", "p/sex": "person.sex", "p/age": "person.age",
                   "p/no": "consent.quote_anon", "p/r/i": "issue.code"}  # fmt: skip
    entries = [
        {"sex": "male", "age": "50", "r": [{"i": "stigma"}]},
        {"sex": "female", "age": "40", "no": "no", "r": [{"i": "violence_abuse"}]},
    ]
    form = a_form(tags, repeats=("p", "p/r"))
    told = facts_from(form, YES | {"size": "2", "p": entries})
    quoted = scopes.bits(NEEDS[Purpose.QUOTE])
    issues = {one.issue_code: one.scopes & quoted == quoted for one in told.rights_issues}
    assert issues == {"stigma": True, "violence_abuse": False}
    assert not may(told, Purpose.QUOTE), "the record tells of her, too"
    assert may(told, Purpose.CONTACT)
