"""Forms that no phone could open are told before they go out, and ODK Validate says the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyxform.validators.odk_validate import ODKValidateError, check_xform

from service.forms import actions, openable, xform, xlsform
from service.foundation.problems import FORM_INVALID, Problem
from service.moving.actions import form_versions
from service.moving.source import Definition
from tests import programs
from tests.golden import reference_forms
from tests.unit.forms.test_xform import FORM
from tests.unit.forms.workbooks import CHOICES, HEADER, SETTINGS, form, workbook

WITH_FILTER = (*HEADER, "choice_filter")
REGIONS = [
    (*CHOICES[0], "region"),
    ("place", "north", "ជើង", "a"),
    ("place", "south", "ត្បូង", "b"),
]


def filtered(condition: str) -> bytes:
    question = ("select_one place", "where", "ទីណា?", None, None, None, condition)
    asked = ("text", "wish", "បំណង")
    return workbook(survey=[WITH_FILTER, asked, question], choices=REGIONS, settings=SETTINGS)


A, B = ("text", "a", "ក"), ("text", "b", "ខ")
GROUP = ("begin_group", "g", "ក្រុម", None, "${a} = 'x'")
REPEAT, ENDS = ("begin_repeat", "r", "ម្តងទៀត"), ("end_repeat",)
CLOSED = {
    "calculations in a circle": (
        form(A, ("calculate", "c", None, None, None, "${d} + 1"),
             ("calculate", "d", None, None, None, "${c} + 1")),
        "F3", "c → d → c",
    ),
    "a calculation of itself": (
        form(A, ("calculate", "c", None, None, None, "${c} + 1")), "F3", "c → c",
    ),
    "relevance of one another": (
        form((*A[:3], None, "${b} = ''"), (*B[:3], None, "${a} = ''")), "E2", "→",
    ),
    "relevance by its own answer": (form((*A[:3], None, "${a} != 'x'")), "E2", "a → a"),
    "a group that waits for what is in it": (
        form(GROUP, A, ("end_group",)), "E2", "a → a",
    ),
    "a circle through a group": (
        form(("calculate", "c", None, None, None, "${a}"),
             ("begin_group", "g", "ក្រុម", None, "${c} = 'x'"), A, ("end_group",)),
        "F2", "→",
    ),
    "a circle within a repeat": (
        form(REPEAT, B, ("calculate", "c", None, None, None, "${d}"),
             ("calculate", "d", None, None, None, "concat(${c}, ${b})"), ENDS),
        "F4", "→",
    ),
    "the repeat before, which JavaRosa takes for itself": (
        form(REPEAT, B, ("calculate", "c", None, None, None,
                         "indexed-repeat(${c}, ${r}, position(..) - 1) + 1"), ENDS),
        "F4", "c → c",
    ),
    "a function that nobody knows": (
        form(A, ("calculate", "c", None, None, None, "foo(1)")), "F3", "foo()",
    ),
    "a function with a capital": (
        form((*A[:3], None, "Selected('x y', 'x')")), "E2", "Selected()",
    ),
}  # fmt: skip
OPEN = {
    "a limit on its own answer": form(("integer", "a", "ក", ". > 3 and . != 5")),
    "a chain": form(A, ("calculate", "c", None, None, None, "${a}"),
                    ("calculate", "d", None, None, None, "${c} * 2 - ${a}"),
                    (*B, None, "${d} > 2")),
    "a sum over a repeat": form(REPEAT, ("integer", "n", "ចំនួន"), ENDS,
                                ("calculate", "s", None, None, None, "sum(${n})"),
                                (*B[:3], None, "${s} > 3")),
    "the repeat before": form(
        REPEAT, ("integer", "n", "ចំនួន"),
        ("calculate", "c", None, None, None, "indexed-repeat(${n}, ${r}, position(..) - 1)"), ENDS,
    ),
    "once, of something else": form(A, ("calculate", "c", None, None, None, "once(uuid())")),
    "a repeat that waits for a count": form(
        ("integer", "k", "ប៉ុន្មាន?"), (*REPEAT, None, "${k} > 0"), B, ENDS,
        ("calculate", "s", None, None, None, "count(${r})"),
    ),
    "names like operators": form(
        ("text", "div", "ក"), ("calculate", "mod", None, None, None, "${div} mod 2 div 3 * 4"),
    ),
    "a filter by a column that is there": filtered("region = ${wish} or selected(${wish}, name)"),
    "brackets in words": form((*A[:3], ". != 'foo(1) is /data/a'")),
}  # fmt: skip


def refused(data: bytes) -> dict[str, Any]:
    with pytest.raises(Problem) as told:
        xlsform.convert(data)
    assert told.value.kind is FORM_INVALID
    [mistake] = told.value.context["details"]
    return dict(mistake)


@pytest.mark.parametrize("name", CLOSED)
def test_a_form_that_no_phone_could_open_is_told_with_its_cell(name: str) -> None:
    data, cell, says = CLOSED[name]
    told = refused(data)
    assert (told["sheet"], told["cell"]) == ("survey", cell)
    assert says in told["message"]
    assert "→" not in says or says in told["message_km"]
    assert told["fix"] != told["fix_km"]


@pytest.mark.parametrize("name", CLOSED)
def test_odk_validate_refuses_the_same(name: str, tmp_path: Path) -> None:
    programs.need("java", "default-jre-headless")
    path = tmp_path / "form.xml"
    path.write_bytes(xlsform.convert(CLOSED[name][0], must_open=False).xml)
    with pytest.raises(ODKValidateError):
        check_xform(str(path))


@pytest.mark.parametrize("name", OPEN)
def test_a_form_that_phones_open_is_published(name: str, tmp_path: Path) -> None:
    xml = xlsform.convert(OPEN[name]).xml
    programs.need("java", "default-jre-headless")
    path = tmp_path / "form.xml"
    path.write_bytes(xml)
    check_xform(str(path))


def test_a_filter_by_a_column_that_the_list_has_not_would_show_nothing() -> None:
    told = refused(filtered("regoin = ${wish}"))
    assert (told["sheet"], told["cell"], told["text"]) == ("survey", "G3", "regoin = ${wish}")
    assert "“place” has no column “regoin”" in told["message"]
    assert "regoin" in told["message_km"]


def test_a_form_that_asks_nothing_is_told() -> None:
    told = refused(form(("calculate", "c", None, None, None, "1 + 1")))
    assert (told["sheet"], told["cell"]) == ("survey", None)
    assert "asks nothing" in told["message"]


def test_nobody_knows_the_columns_of_a_file() -> None:
    question = ("select_one_from_file villages.csv", "v", "ភូមិ", None, None, None, "adm3 = 'x'")
    data = workbook(survey=[WITH_FILTER, question], choices=CHOICES, settings=SETTINGS)
    assert xlsform.convert(data).xml


@pytest.mark.parametrize("form_id", reference_forms.FORM_IDS)
def test_reference_forms_open(form_id: str) -> None:
    assert list(openable.mistakes_of(reference_forms.converted(form_id)[0])) == []


@pytest.mark.parametrize(
    ("bind", "says"),
    [
        ('constraint=". &lt;= (today()"', "constraint cannot be read"),
        (f'constraint="{"(" * 200}1{")" * 200}"', "constraint cannot be read"),
        ('calculate="foo(1)"', "foo()"),
        ('relevant=". = 1"', "born → born"),
    ],
)
def test_the_form_of_another_tool_is_told_with_its_question(bind: str, says: str) -> None:
    assert actions.prepare_xml(FORM.encode(), {}).schema.form_id == "needs"
    wrong = FORM.replace('type="date"', f'type="date" {bind}').encode()
    with pytest.raises(Problem) as told:
        actions.prepare_xml(wrong, {})
    [mistake] = told.value.context["details"]
    assert mistake["text"].startswith("data/born: ")
    assert says in mistake["message"]


def test_what_phones_elsewhere_have_already_is_kept_whatever_they_say_of_it() -> None:
    """Its records come with it."""
    wrong = FORM.replace('type="date"', 'type="date" calculate="foo(1)"').encode()
    assert actions.prepare_xml(wrong, {}, must_open=False).schema == xform.read(wrong)
    brought = Definition(content=wrong, filename="needs.xml")
    assert form_versions._prepared(brought, "needs", {}).xml == wrong
