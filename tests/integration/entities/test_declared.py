"""Lists and properties come to be when a form that uses them is published."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.entities import actions as entities
from service.entities.queries import lists
from service.forms import actions as forms
from service.forms.entity_lists import Telling
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import FORM_INVALID, Problem
from tests.entity_forms import REPEATS, register
from tests.integration.entities.conftest import Field


def properties(field: Field, name: str) -> list[str]:
    with reading() as session:
        return lists.property_names(session, field.list_named(name).list_pk)


def test_publishing_makes_the_list_and_its_properties(field: Field) -> None:
    assert properties(field, "people") == ["full_name", "age", "village"]
    with reading() as session:
        [use] = lists.forms_of(session, field.list_named("people").list_pk)
    assert (use.form_id, use.creates, use.updates) == ("register", True, True)
    assert field.list_named("people").telling is Telling.PEOPLE


def only(xml: bytes, *, list_name: str, label: str, calculates: str = "") -> bytes:
    """The form with this label alone, and what is calculated for it."""
    for name in ("full_name", "age", "village"):
        xml = xml.replace(f' entities:saveto="{name}"'.encode(), b"")
    xml = xml.replace(b'dataset="people"', f'dataset="{list_name}"'.encode())
    xml = xml.replace(b'calculate="/data/name"', f'calculate="{label}"'.encode())
    return xml.replace(b"<phone/>", b"<phone/><made/>").replace(
        b'<bind nodeset="/data/phone"', calculates.encode() + b'<bind nodeset="/data/phone"'
    )


CODED = 'samleng:class="coded" type="string"'


@pytest.mark.parametrize(
    ("label", "calculates", "telling"),
    [
        ("/data/name", "", Telling.PEOPLE),
        ("/data/made", '<bind nodeset="/data/made" calculate="/data/age"/>', Telling.PEOPLE),
        (
            "/data/made", f'<bind nodeset="/data/made" calculate="concat( /data/name )" {CODED}/>',
            Telling.PEOPLE,
        ),
        ("instance('people')/root/item[name = /data/age]/label", "", Telling.PEOPLE),
        ("/data/age", "", Telling.UNDECLARED),
        (
            "/data/made", f'<bind nodeset="/data/made" calculate="/data/age * 2" {CODED}/>',
            Telling.UNDECLARED,
        ),
    ],
    ids=["unclassed", "unclassed calculate", "made of a name", "another list", "coded", "of coded"],
)  # fmt: skip
def test_a_list_names_people_if_anything_in_it_may(
    field: Field, label: str, calculates: str, telling: Telling
) -> None:
    xml = register("another")
    field.publish(only(xml, list_name="others", label=label, calculates=calculates))
    assert field.list_named("others").telling is telling


def test_a_form_that_calls_an_answer_a_name_makes_a_list_that_names_people(field: Field) -> None:
    field.publish(register("named", names_people=True))
    assert field.list_named("people").telling is Telling.PEOPLE


@pytest.mark.parametrize(
    "xml",
    [
        register("named", names_people=True),
        register("b").replace(b'"village"', b'"owner"').replace(b'age" type="int"', b'age"'),
    ],
    ids=["a name", "unclassed in a new property"],
)
def test_s08_a_list_declared_to_tell_of_nobody_is_so_no_more_when_a_form_saves_names_into_it(
    field: Field, xml: bytes
) -> None:
    declare_nobody(field)
    told = field.publish(xml)
    assert field.list_named("people").telling is Telling.PEOPLE
    assert [one for one in told.warnings if "people, declared to tell of nobody" in one]
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == "entity_list.tell")
        assert {"before": "nobody", "telling": "people"} in list(session.scalars(query))


def test_what_was_declared_holds_for_the_next_version_of_the_same_questions(field: Field) -> None:
    declare_nobody(field)
    field.publish(register(version="2"))
    assert field.list_named("people").telling is Telling.NOBODY


def declare_nobody(field: Field) -> None:
    with unit_of_work() as session:
        entities.tell(session, SYSTEM, field.project_id, "people", Telling.NOBODY)


def test_a_later_form_adds_properties_and_takes_none_away(field: Field) -> None:
    field.publish(register(version="2").replace(b'"village"', b'"hamlet"'))
    assert properties(field, "people") == ["full_name", "age", "village", "hamlet"]


def test_blocks_in_repeats_have_lists_of_their_own(field: Field) -> None:
    field.publish(REPEATS)
    assert properties(field, "households") == ["code"]
    assert properties(field, "people") == ["full_name", "age", "village"]


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (register("b", list_name="People"), "People (people)"),
        (register("b").replace(b'"full_name"', b'"Full_Name"'), "Full_Name (full_name)"),
        (register("b", list_name="a.b"), "a.b"),
        (register("b").replace(b'saveto="age"', b'saveto="label"'), "label"),
        (register("b").replace(b'saveto="age"', b'saveto="__age"'), "__age"),
        (register("b").replace(b'"age"', b'"village"'), "full_name, village, village"),
        (register("b").replace(b"<entity dataset", b"<thing dataset").replace(
            b"</entity>", b"</thing>"), "village: village"),
    ],
    ids=["list case", "property case", "list name", "reserved", "underscores", "twice", "no list"],
)  # fmt: skip
def test_what_no_phone_could_follow_is_told_kindly_and_leaves_nothing(
    field: Field, xml: bytes, text: str
) -> None:
    with pytest.raises(Problem) as raised:
        field.publish(xml)
    assert raised.value.kind is FORM_INVALID
    [*_, told] = raised.value.context["details"]
    assert told["text"] == text
    assert told["message"]
    assert told["message_km"]
    assert told["fix"]
    assert told["fix_km"]
    assert properties(field, "people") == ["full_name", "age", "village"]
    with reading() as session:
        assert [one.ref.name for one in lists.list_counted(session, field.project_id)] == ["people"]


def test_a_file_cannot_have_the_name_of_a_list(field: Field) -> None:
    with pytest.raises(Problem) as raised:
        field.publish(register("b", reads="people"), {"People.csv": b"name,label\n"})
    assert raised.value.kind is FORM_INVALID


def test_a_workbook_with_an_entities_sheet_is_read(field: Field) -> None:
    """As pyxform writes it, prefixes and all."""
    import io

    import openpyxl

    book = openpyxl.Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    for row in (
        ["type", "name", "label", "save_to"],
        ["text", "who", "Name", "who"],
        ["integer", "age", "Age", "age"],
    ):
        survey.append(row)
    for title, rows in {
        "entities": [["list_name", "label"], ["trees", "${who}"]],
        "settings": [["form_id", "form_title", "version"], ["trees", "Trees", "1"]],
    }.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    prepared = forms.prepare_workbook(out.getvalue(), "trees.xlsx", {})
    [spec] = prepared.schema.entities
    assert (spec.list_name, spec.creates, spec.updates) == ("trees", True, False)
    assert spec.saves == ((("who",), "who"), (("age",), "age"))
    assert spec.label_from >= {"who"}
