"""Casualties that an institution counted: incidents that are counted, and used for nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from service.facts.kinds import Facts
from service.facts.plan import plan_for
from service.facts.projection import project
from service.facts.scopes import NAMELESS, Purpose, after_edit, allows, read_consent
from service.forms import actions as forms
from service.forms.schema import Sensitivity
from service.foundation.formats import safe_xml
from service.intake.instance import Instance
from service.intake.readers import xform_xml
from service.moving.casualties import form
from tests.unit.facts.forms_by_hand import a_context

SCHEMA = forms.prepare_xml(form.xform(), {}).schema
ON = dt.date(2046, 1, 1)
PUBLISHED = {
    "2026112701": "274946b22af525e506e534b25ab521b47f7cf7203ff4ffe9cf1d7cdfb9d8db0f",
}
KILLED = {
    "source": "cmvis", "sex": "male", "age_group": "unk_child", "victim_type": "direct_killed",
    "outcome": "killed", "device": "submunition", "incident_date": "1989-03", "prov": "02",
    "dist": "0201", "c_store": "yes", "c_stats": "yes", "c_method": "institution",
}  # fmt: skip


def told(**changes: str) -> Facts:
    xml = form.instance("uuid:1", {**KILLED, **changes})
    answers = xform_xml.answers(safe_xml.parse(xml), SCHEMA)
    instance = Instance(form_id=form.FORM_ID, version="1", instance_id="uuid:1", answers=answers)
    return project(instance, plan_for(SCHEMA), a_context())


def test_a_casualty_is_an_incident_where_it_happened_and_nobody_assessed() -> None:
    facts = told()
    assert facts.persons == facts.needs == facts.households == ()
    (incident,) = facts.incidents
    assert (incident.sex, incident.was_child, incident.age_from, incident.age_to) == (
        "male", "yes", 0, 17,
    )  # fmt: skip
    assert (incident.reported_by, incident.outcome, incident.device) == (
        "cmvis", "killed", "submunition",
    )  # fmt: skip
    assert (incident.adm1, incident.adm2, incident.place) == ("02", "0201", "0201")
    assert (incident.incident_from, incident.incident_to) == (
        dt.date(1989, 3, 1),
        dt.date(1989, 3, 31),
    )


def test_the_age_at_the_time_stands_as_it_was_told() -> None:
    (incident,) = told(age_years="44", age_group="").incidents
    assert (incident.age_from, incident.age_to, incident.was_child) == (44, 44, "no")


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("age", ["unk_child", "unk_adult", ""])
def test_the_word_of_an_institution_opens_counts_and_codes_for_good_and_nothing_else(
    purpose: Purpose, age: str
) -> None:
    facts = told(age_group=age)
    for fact in (*facts.consents, *facts.incidents):
        assert fact.stats
        assert fact.stats_until is None
        assert allows(purpose, fact.scopes, fact.scopes_until, ON) is (purpose in NAMELESS)


def test_an_institution_can_allow_no_more_and_widens_nobodys_no() -> None:
    more = {
        "consent.store": "yes", "consent.stats": "yes", "consent.contact": "yes",
        "consent.publish_name": "yes", "consent.method": "institution",
    }  # fmt: skip
    now = read_consent({**more, "consent.date": "2026-01-02"}, ON)
    assert now.granted == ("store", "stats")
    before = read_consent({"consent.store": "yes", "consent.stats": "no"}, dt.date(2025, 1, 1))
    assert "stats" not in after_edit(before, now).granted


def test_the_form_holds_codes_and_days_alone() -> None:
    asked = [field for field in SCHEMA.fields if field.path[0] != "meta"]
    assert {field.sensitivity for field in asked} == {Sensitivity.CODED}
    digest = hashlib.sha256(form.xform()).hexdigest()
    assert {form.VERSIONS[-1]: digest} == PUBLISHED, "other bytes want another version"
    assert not forms.prepare_xml(form.xform(), {}).warnings
