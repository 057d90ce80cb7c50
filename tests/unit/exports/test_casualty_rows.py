"""Rows of casualties hold codes, days and ages: nothing that somebody typed there instead."""

from __future__ import annotations

import pytest

from service.exports.casualties.rows import cells
from service.exports.shapes import Words

NAME = "Sok Dara"
TAGS = (
    "casualty.source", "person.sex", "incident.outcome", "injury.side", "incident.device",
    "incident.submunition", "incident.activity", "incident.civil_status", "incident.marked",
    "injury.kind", "incident.adm1", "incident.adm4", "incident.age", "incident.age_band",
    "incident.date", "incident.year", "meta.date",
)  # fmt: skip


@pytest.mark.parametrize("words", Words)
@pytest.mark.parametrize("style", ["imsma", "cmvis"])
def test_s30_no_name_and_no_formula_leaves_whatever_question_it_was_typed_into(
    style: str, words: Words
) -> None:
    for typed in (NAME, "=1+1", "1989 Sok", "44 Dara"):
        row = cells(style, "uuid:1", "2026-11-20", dict.fromkeys(TAGS, typed), words)
        assert not [cell for cell in row if "Sok" in cell or "Dara" in cell or "=" in cell]


def test_days_months_and_years_are_written_day_first() -> None:
    found = {
        told: cells("imsma", "k", "", {"incident.date": told}, Words.EN)
        for told in ("1989-03-07", "1989-03", "1989", "1989-03-07T00:00:00.000+07:00")
    }
    for told, day in (("1989-03-07", "07/03/1989"), ("1989-03", "03/1989"), ("1989", "1989")):
        assert day in found[told]
    assert "07/03/1989" in found["1989-03-07T00:00:00.000+07:00"]
