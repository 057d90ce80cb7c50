"""Tags alone decide what a form means, whatever its shape."""

from __future__ import annotations

from service.facts.plan import compile_plan, plan_for
from tests.golden import reference_forms
from tests.unit.facts.forms_by_hand import a_form


def test_reference_form_f1_makes_households_persons_and_needs() -> None:
    plan = compile_plan(reference_forms.schema("needs_assessment"))
    assert plan.person_repeat == ("person",)
    assert plan.makes >= {"household", "consent", "person", "need"}
    assert "signature" not in plan.makes
    assert plan.warnings == ()


def test_reference_form_f3a_makes_signatures_and_no_persons() -> None:
    plan = compile_plan(reference_forms.schema("treaty_signature"))
    assert plan.makes >= {"signature", "consent"}
    assert not plan.makes & {"person", "need", "household"}
    assert plan.warnings == ()


def test_form_without_repeats_speaks_of_one_person() -> None:
    plan = compile_plan(a_form({"ភេទ": "person.sex", "a/b/c": "wg.see"}))
    assert plan.person_repeat == ()
    assert "person" in plan.makes


def test_repeat_of_persons_is_where_persons_are_described() -> None:
    form = a_form(
        {"who": "person.name", "tel": "person.phone", "m/x": "person.sex", "m/y": "person.age"},
        repeats=("m",),
    )
    assert compile_plan(form).person_repeat == ("m",)


def test_unknown_tags_are_a_warning() -> None:
    plan = compile_plan(a_form({"q": "person.shoe_size", "r": None}))
    assert any("person.shoe_size" in warning for warning in plan.warnings)
    assert plan.makes == frozenset()


def test_needs_beside_the_repeat_of_persons_are_a_warning() -> None:
    form = a_form({"p/sex": "person.sex", "n/code": "need.code"}, repeats=("p", "n"))
    assert any("outside the repeat of persons" in w for w in compile_plan(form).warnings)


def test_plan_is_made_once_per_schema() -> None:
    form, twin = a_form({"q": "person.sex"}), a_form({"q": "person.sex"})
    assert plan_for(form) is plan_for(form)
    assert plan_for(form) is not plan_for(twin)
