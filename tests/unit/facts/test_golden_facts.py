"""Filled-in reference forms and the facts they give: `tests/golden/facts/*.json`, read by people.

To accept a change on purpose: `python -m tests.unit.facts.test_golden_facts`, then read the diff.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from service.facts.kinds import Facts
from service.facts.plan import plan_for
from service.facts.projection import project
from service.intake.instance import Instance
from service.intake.readers import xform_xml
from tests.golden import reference_forms
from tests.unit.facts.forms_by_hand import a_context

RECORDS = Path(__file__).parents[2] / "golden" / "forms"
CASES = sorted((Path(__file__).parents[2] / "golden" / "facts").glob("*.json"))
SHARED = ("project_id", "submission_pk", "submitter_id", "standing")
"""Come from the context, the same in every row: left out to keep the files readable."""


def answers_of(case: dict[str, Any]) -> dict[str, Any]:
    """As they stand in the case, or in the record of a web client that it names."""
    if "record" not in case:
        answers: dict[str, Any] = case["answers"]
        return answers
    root = etree.fromstring((RECORDS / case["record"]).read_bytes())
    return dict(xform_xml.answers(root, reference_forms.schema(case["form_id"])))


def told(case: dict[str, Any]) -> dict[str, Any]:
    instance = Instance(
        form_id=case["form_id"], version="1", instance_id="uuid:1", answers=answers_of(case)
    )
    plan = plan_for(reference_forms.schema(case["form_id"]))
    return readable(project(instance, plan, a_context()))


def readable(facts: Facts) -> dict[str, Any]:
    whole = {kind: rows for kind, rows in msgspec.to_builtins(facts).items() if rows}
    for row in (row for rows in whole.values() for row in rows):
        for name in SHARED:
            del row[name]
    plain: dict[str, Any] = json.loads(json.dumps(whole, default=_plain))
    return plain


def _plain(value: object) -> str:
    assert isinstance(value, dt.date | uuid.UUID)
    return str(value)


def test_there_are_two_filled_instances_for_each_form() -> None:
    forms = [json.loads(path.read_text())["form_id"] for path in CASES]
    assert all(forms.count(form_id) >= 2 for form_id in reference_forms.FORM_IDS)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_facts_are_those_that_were_reviewed(path: Path) -> None:
    case = json.loads(path.read_text())
    assert told(case) == case["facts"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_answer_has_a_question(path: Path) -> None:
    """A golden instance with a misspelt question would prove nothing."""
    case = json.loads(path.read_text())
    known = {f.path for f in reference_forms.schema(case["form_id"]).fields}
    assert set(_leaves(case.get("answers", {}), ())) <= known


def _leaves(answers: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    if isinstance(answers, str):
        return [path]
    entries = answers if isinstance(answers, list) else [answers]
    return [
        leaf for entry in entries for name in entry for leaf in _leaves(entry[name], (*path, name))
    ]


if __name__ == "__main__":
    for file in CASES:
        content = json.loads(file.read_text())
        content["facts"] = told(content)
        file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
