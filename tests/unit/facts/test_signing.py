"""Signatures: what is valid, what is kept apart, what may be counted."""

from __future__ import annotations

from typing import Any

import pytest

from service.facts.kinds import Signature
from tests.unit.facts.forms_by_hand import a_form, facts_from

FORM = a_form(
    {
        "store": "consent.store",
        "stats": "consent.stats",
        "who": "petition.name",
        "grown": "petition.minor",
        "sex": "person.sex",
        "band": "person.age_band",
        "kind": "petition.kind",
        "mark": "petition.mark",
        "agree": "petition.agree",
    }
)
SIGNED = {
    "store": "yes", "who": "ម៉ៅ សុភាព", "grown": "adult", "mark": "thumbprint_on_paper",
    "agree": "yes",
}  # fmt: skip


def signature(**changes: Any) -> Signature:
    found = facts_from(FORM, SIGNED | changes)
    assert found.persons == ()
    (only,) = found.signatures
    return only


def test_an_adult_who_agrees_and_marks_has_signed() -> None:
    signed = signature(kind="survivor", sex="male", band="1859")
    assert (signed.line_status, signed.kind, signed.sex, signed.age_band) == (
        "valid", "survivor", "male", "1859",
    )  # fmt: skip
    assert "សុភាព" not in repr(signed)


def test_agreeing_allows_counting_unless_it_is_refused() -> None:
    assert signature().stats is True
    assert signature(stats="no").stats is False
    assert signature(agree="no").stats is False


@pytest.mark.parametrize(
    "changes", [{"grown": "under18"}, {"band": "1217"}, {"grown": "", "band": "unk_child"}]
)
def test_children_are_kept_apart(changes: dict[str, str]) -> None:
    assert signature(**changes).line_status == "minor"


@pytest.mark.parametrize(
    "changes",
    [{"agree": "no"}, {"agree": ""}, {"mark": "none"}, {"mark": ""}, {"mark": "គូស"},
     {"mark": "", "grown": "under18"}],
)  # fmt: skip
def test_without_agreement_or_mark_there_is_no_signature(changes: dict[str, str]) -> None:
    assert signature(**changes).line_status == "no_mark"


def test_refusal_to_store_leaves_no_signature() -> None:
    found = facts_from(FORM, SIGNED | {"store": "no"})
    assert found.signatures == ()
    assert len(found.consents) == 1


def test_lines_of_a_sheet_are_signatures_in_order() -> None:
    form = a_form(
        {
            "on": "petition.date",
            "line/name": "petition.line_name",
            "line/mark": "petition.mark",
            "line/status": "petition.line_status",
            "line/age": "person.age_band",
        },
        repeats=("line",),
    )
    lines: list[Any] = [
        {"name": "ក", "mark": "signature"},
        {"name": "ខ", "mark": "signature", "status": "illegible"},
        {"name": "គ", "mark": "signature", "age": "0511"},
        {"name": "ឃ"},
    ]
    found = facts_from(form, {"on": "2026-05-30", "line": lines}).signatures
    assert [(s.ordinal, s.line_status) for s in found] == [
        (0, "valid"), (1, "illegible"), (2, "minor"), (3, "no_mark"),
    ]  # fmt: skip
    assert {s.month for s in found} == {"2026-05"}
