"""Records of the reference forms F2 to F7 as web clients wrote them (`tests/golden/forms/*.xml`):
each answer has a question, and what nobody allowed is allowed by none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from service.facts.plan import plan_for
from service.facts.projection import consents_of
from service.facts.scopes import Given
from service.intake.instance import Instance
from service.intake.readers import xform_xml
from tests.golden import reference_forms
from tests.unit.facts.forms_by_hand import a_context

RECORDS = sorted((Path(__file__).parents[2] / "golden" / "forms").glob("*.xml"))
IN_META = {"instanceID", "instanceName", "entity"}


def form_of(path: Path) -> str:
    return str(etree.fromstring(path.read_bytes()).get("id"))


def answers_of(path: Path) -> dict[str, Any]:
    root = etree.fromstring(path.read_bytes())
    return dict(xform_xml.answers(root, reference_forms.schema(form_of(path))))


def consent(form_id: str, answers: dict[str, Any]) -> Given:
    instance = Instance(form_id=form_id, version="1", instance_id="uuid:1", answers=answers)
    return consents_of(instance, plan_for(reference_forms.schema(form_id)), a_context())[0]


def test_of_each_form_a_record_and_a_refusal_are_kept() -> None:
    names = {path.stem for path in RECORDS}
    new = {*reference_forms.FORM_IDS} - {"needs_assessment", "treaty_signature"}
    assert names >= {name for form in new for name in (form, f"{form}_refused")}


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_answer_has_a_question(path: Path) -> None:
    schema = reference_forms.schema(form_of(path))
    known = {field.path for field in schema.fields}
    root = etree.fromstring(path.read_bytes())
    for node in root.iter(etree.Element):
        steps = [etree.QName(one).localname for one in (*reversed([*node.iterancestors()]), node)]
        if (node.text or "").strip() and not IN_META & {*steps}:
            assert tuple(steps[1:]) in known, steps


@pytest.mark.parametrize("form_id", ["rights_issue", "treaty_sheet", "testimony", "follow_up",
                                     "clearance_concern"])  # fmt: skip
def test_a_refusal_is_one(form_id: str) -> None:
    path = next(path for path in RECORDS if path.stem == f"{form_id}_refused")
    assert consent(form_id, answers_of(path)).is_refusal
    whole = next(path for path in RECORDS if path.stem == form_id)
    assert not consent(form_id, answers_of(whole)).is_refusal


@pytest.mark.parametrize("form_id", reference_forms.FORM_IDS[1:])
def test_nobody_is_assessed_but_by_an_assessment(form_id: str) -> None:
    """Sex and age of a signer, a narrator, of whom a right was denied, are of no person counted."""
    makes = plan_for(reference_forms.schema(form_id)).makes
    assert not makes & {"household", "person", "need"}


def test_what_was_allowed_before_the_telling_allows_nothing() -> None:
    """Asked again afterwards, the narrator took back all but a quote; and a form that was left
    before that allows no use at all."""
    told = answers_of(next(path for path in RECORDS if path.stem == "testimony"))
    before = [name for name, answer in told["before"].items() if answer == "yes"]
    assert before == ["b_quote_anon", "b_photo", "b_advocacy_intl"]
    assert consent("testimony", told).granted == ("store", "stats", "quote_anon")
    del told["after"], told["c_keep"]
    assert consent("testimony", told).granted == ("store", "stats")
    assert consent("testimony", {**told, "c_keep": "no"}).is_refusal
