"""Workbooks become forms, and their mistakes are told so that they can be mended."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from service.forms import xform, xlsform
from service.forms.sheets import Sheets
from service.forms.xlsform_mistakes import explain
from service.foundation.problems import FORM_INVALID, Problem
from tests.unit.forms.workbooks import CHOICES, HEADER, SETTINGS, Rows, form, workbook

KHMER = re.compile(r"[\u1780-\u17ff]")
Q = ("text", "wish", "បំណងប្រាថ្នា")
END = ("end_group",)
REPEATED = [*CHOICES, ("yn", "yes", "ម្តងទៀត")]
SETTING = ("form_title", "form_id")

MISTAKES = {
    "unknown type": (form(Q, ("txet", "b", "ខ")), "survey", "A3", "txet", "no question type"),
    "select without a list": (
        form(Q, ("select_one", "b", "ខ")),
        "survey",
        "A3",
        "select_one",
        "which choice list",
    ),
    "name used twice": (form(Q, (), ("text", "wish", "ខ")), "survey", "B4", "wish", "used twice"),
    "no name": (form(Q, ("text", None, "ខ")), "survey", "B3", "", "no name"),
    "no type": (form(Q, (None, "b", "ខ")), "survey", "A3", "", "no type"),
    "no label": (form(Q, ("text", "b")), "survey", "C3", "", "no label"),
    "unknown list": (form(Q, ("select_one ny", "b", "ខ")), "survey", "A3", "select_one ny", "“ny”"),
    "reference to nothing": (
        form(Q, ("text", "b", "ខ", None, "${wihs} = 'x'")),
        "survey",
        "E3",
        "${wihs} = 'x'",
        "${wihs}",
    ),
    "reference in a label": (
        form(Q, ("text", "b", "ខ ${nobody}")),
        "survey",
        "C3",
        "ខ ${nobody}",
        "does not exist",
    ),
    "reference half written": (
        form(Q, ("text", "b", "ខ", None, "${wish = 'x'")),
        "survey",
        "E3",
        "${wish = 'x'",
        "written wrongly",
    ),
    "group never ends": (
        form(("begin_group", "g", "ក្រុម"), Q),
        "survey",
        "A2",
        "begin_group",
        "never ends",
    ),
    "prefix that is not explained": (
        workbook(
            survey=[(*HEADER, "bind::samleng:tag"), (*Q, None, None, None, "note.text")],
            settings=[SETTINGS[0][:4], SETTINGS[1][:4]],
        ),
        "survey",
        "G1",
        "bind::samleng:tag",
        "does not explain",
    ),
    "our prefix as something else": (
        form(Q, settings=[SETTINGS[0], (*SETTINGS[1][:4], 'samleng="https://example.org/x"')]),
        "settings",
        None,
        "https://example.org/x",
        "another meaning",
    ),
    "group never began": (form(Q, END), "survey", "A3", "end_group", "did not begin"),
    "no survey sheet": (
        workbook(questions=[HEADER, Q], settings=SETTINGS),
        "survey",
        None,
        None,
        "no sheet “survey”",
    ),
    "no header": (
        workbook(survey=[Q, ("text", "b", "ខ")], settings=SETTINGS),
        "survey",
        None,
        None,
        "'type' is missing",
    ),
    "constraint that is no formula": (
        form(Q, ("integer", "age", "អាយុ", ". >= (0 and . <= 120")),
        "survey",
        "D3",
        ". >= (0 and . <= 120",
        "constraint cannot be read",
    ),
    "calculation missing": (form(Q, ("calculate", "c")), "survey", "F3", "", "no calculation"),
    "name with a space": (form(Q, ("text", "b c", "ខ")), "survey", "B3", "b c", "characters"),
    "choice twice": (
        form(Q, ("select_one yn", "b", "ខ"), choices=REPEATED),
        "choices",
        "B4",
        "yes",
        "twice in one list",
    ),
    "choice without a name": (
        form(Q, ("select_one yn", "b", "ខ"), choices=[*CHOICES, ("yn", None, "មិនដឹង")]),
        "choices",
        "B4",
        "",
        "no name",
    ),
    "choice with a space": (
        form(Q, ("select_multiple yn", "b", "ខ"), choices=[*CHOICES, ("yn", "not sure", "?")]),
        "choices",
        "B4",
        "not sure",
        "holds a space",
    ),
    "form id with a space": (
        form(Q, settings=[SETTING, ("T", "needs 2026")]),
        "settings",
        "B2",
        "needs 2026",
        "form_id",
    ),
    "no form id": (form(Q, settings=[SETTING, ("T", None)]), "settings", None, None, "no form_id"),
    "a file of another kind": (
        form(("select_one_from_file villages.txt", "v", "ភូមិ")),
        "survey",
        "A2",
        "select_one_from_file villages.txt",
        "do not read",
    ),
    "no choices sheet": (
        workbook(survey=[HEADER, Q, ("select_one yn", "b", "ខ")], settings=SETTINGS),
        "survey",
        "A3",
        "select_one yn",
        "missing or empty",
    ),
    "no choices": (
        form(Q, ("select_multiple yn", "b", "ខ"), choices=CHOICES[:1]),
        "survey",
        "A3",
        "select_multiple yn",
        "missing or empty",
    ),
}
WITH_MORE = (*HEADER, "save_to", "parameters")
ENTITIES = ("list_name", "label", "entity_id", "create_if", "update_if")


def saved(*cells: object, entities: Rows | None = ((*ENTITIES,), ("people", "${wish}"))) -> bytes:
    """A form whose question has these cells in `save_to` and `parameters`."""
    kind = "range" if len(cells) > 1 else "text"
    survey = [WITH_MORE, Q, (kind, "b", "ខ", None, None, None, *cells)]
    more = {} if entities is None else {"entities": entities}
    return workbook(survey=survey, settings=SETTINGS, **more)


def listed(*row: object) -> bytes:
    return saved(entities=[ENTITIES, row])


MISTAKES |= {
    "save_to without entities": (saved("w", entities=None), "survey", "G3", "w", "no entities"),
    "save_to a reserved name": (saved("label"), "survey", "G3", "label", "may not use"),
    "save_to a hidden name": (saved("__w"), "survey", "G3", "__w", "may not use"),
    "save_to an unknown list": (saved("other#w"), "survey", "G3", "other#w", "no list “other”"),
    "save_to with two marks": (saved("people#w#x"), "survey", "G3", "people#w#x", "which list"),
    "entities without label": (listed("people"), "entities", "B2", "", "without a label"),
    "entities of nobody": (
        listed("people", "x", None, None, "1=1"), "entities", "C2", "", "which entity",
    ),
    "entities, changed whenever": (
        listed("people", "x", "${wish}", "1=1"), "entities", "E2", "", "when to change",
    ),
    "entities without a name": (listed(None, "x"), "entities", "A2", "", "no list_name"),
    "entities with a space": (listed("my people", "x"), "entities", "A2", "my people", "charact"),
    "a range without numbers": (
        saved(None, "start=a"), "survey", "H3", "start=a", "“start” of this range",
    ),
    "a range without a step": (
        saved(None, "step=0"), "survey", "H3", "step=0", "“step” of this range",
    ),
    "a parameter nobody knows": (saved(None, "foo=1"), "survey", "H3", "foo=1", "“foo”"),
    "parameters that are none": (saved(None, "start"), "survey", "H3", "start", "cannot be read"),
}  # fmt: skip
for heading in (
    "samleng::tag", "samleng:tag", "bind:samleng:tag", "bind::samleng::tag", "body::samleng:tag",
    "bind::samleng:tags", "samleng_tag", "Samleng:tag",
):  # fmt: skip
    MISTAKES[f"a column {heading}"] = (
        workbook(
            survey=[(*HEADER, heading), (*Q, None, None, None, "note.wish")], settings=SETTINGS
        ),
        "survey",
        "G1",
        heading,
        "lost on the way",
    )


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_sheet_cell_text_and_fix_in_both_languages(name: str) -> None:
    data, sheet, cell, text, says = MISTAKES[name]
    with pytest.raises(Problem) as refused:
        xlsform.convert(data)
    assert refused.value.kind is FORM_INVALID
    told = refused.value.context["details"][0]
    assert (told["sheet"], told["cell"], told["text"]) == (sheet, cell, text)
    assert says in told["message"]
    assert told["fix"]
    assert KHMER.search(told["message_km"])
    assert told["message_km"] != told["message"]
    assert told["fix"] in refused.value.text("en")
    assert told["fix_km"] in refused.value.text("km")
    assert (cell or "") in refused.value.text("km")


def test_what_we_have_no_words_for_is_told_as_the_converters_in_both_languages() -> None:
    told = explain("[row : 2] Something that nobody foresaw. Learn more: https://x.org", Sheets({}))
    assert told.message == "pyxform says: Something that nobody foresaw."
    assert KHMER.search(told.message_km)
    assert "Something that nobody foresaw" in told.message_km


@pytest.mark.parametrize(
    "heading", ["bind::samleng:tag", "instance::samleng:tag", "BIND :: samleng:tag"]
)
def test_a_column_that_reaches_its_question_is_taken(heading: str) -> None:
    rows = [(*HEADER, heading), (*Q, None, None, None, "note.wish")]
    [wish, *_] = xform.read(xlsform.convert(workbook(survey=rows, settings=SETTINGS)).xml).fields
    assert wish.tag == "note.wish"


def test_every_broken_formula_is_told_at_once() -> None:
    data = form(("integer", "a", "ក", ". > ("), ("integer", "b", "ខ", ". > 1", "1 +"))
    with pytest.raises(Problem) as refused:
        xlsform.convert(data)
    assert [told["cell"] for told in refused.value.context["details"]] == ["D2", "E3"]


def test_a_right_workbook_becomes_the_form_it_describes() -> None:
    made = xlsform.convert(form(("select_one yn", "agrees", "យល់ព្រម?"), Q))
    schema = xform.read(made.xml)
    assert (schema.form_id, schema.version, schema.title) == ("needs", "1", "តម្រូវការ")
    assert schema.fields[0].choices == ("yes", "no")
    assert schema.fields[0].label["km"] == "យល់ព្រម?"
    assert made.itemsets is None


def test_s26_a_converter_that_runs_too_long_is_killed_and_said_so() -> None:
    before = time.monotonic()
    with pytest.raises(Problem) as refused:
        xlsform.convert(form(Q), timeout_s=0.05)
    assert time.monotonic() - before < 5
    assert "took too long" in refused.value.text("en")


def test_s26_the_child_can_reach_neither_network_nor_another_program() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import xlsform_child as c; c.confine()\n"
        "import socket, subprocess\n"
        "for act in (lambda: socket.create_connection(('127.0.0.1', 9)),"
        " lambda: subprocess.run(['true']), lambda: bytearray(2**30)):\n"
        "    try: act()\n"
        "    except (PermissionError, MemoryError) as error: print(type(error).__name__)\n"
    )
    folder = str(xlsform.CHILD.parent)
    run = subprocess.run(
        [sys.executable, "-I", "-c", code, folder], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["PermissionError", "PermissionError", "MemoryError"]
