"""A form becomes tables; XML becomes their rows; ids join them as Central's and Briefcase's do."""

from __future__ import annotations

import hashlib

import pytest
from lxml import etree

from service.exports import flat, identifiers
from service.exports.flat import Flat, Options
from service.exports.layout import Column, Layout, Table, layout_of
from service.exports.odata import Bags, Shape
from service.exports.record import Plan, Rows
from service.exports.shapes import Told, Wide, Words
from service.forms import xform
from service.forms.schema import FormSchema, Sensitivity
from service.foundation.problems import Problem
from tests.pulled_form import FULL, ONE, form_xml, record

ALL = frozenset(Sensitivity)


def schema(version: str = "1", **more: str) -> FormSchema:
    return xform.read(form_xml(version, **more).encode())


def rows_of(layout: Layout, xml: str, seen: frozenset[Sensitivity] = ALL) -> Rows:
    return Plan(layout, schema(), seen).read(etree.fromstring(xml))


PLAIN = Shape()


def bags(table: str, shape: Shape = PLAIN, xml: str = "") -> list[dict[str, object]]:
    layout = layout_of(schema())
    of = layout.find(table)
    assert of is not None
    rows = rows_of(layout, xml or record(ONE, inside=FULL))
    return Bags(layout, of, shape).rows(ONE, rows, {"edits": 0})


def test_a_repeat_is_a_table_of_its_own_and_groups_are_not() -> None:
    layout = layout_of(schema())
    assert [layout.odata_name(table) for table in layout.tables] == [
        "Submissions",
        "Submissions.child",
        "Submissions.child.toy",
    ]
    assert [column.local for column in layout.tables[1].columns] == [("called",), ("age",)]
    assert [table.parent for table in layout.tables] == [None, 0, 1]


def test_c83_the_id_of_a_repeat_is_that_of_central() -> None:
    """The vector of openrosa §6.2: a repeat `child` in a group `children`."""
    table = Table(number=1, path=("children", "child"), repeats=(2,), parent=0, columns=())
    found = identifiers.row_id("rthree", table, (0,))
    assert found == "32809ae2b3dc404ea292205eb884b21fa4e9acc5"
    spelled = "Submissions#rthree%%children#%%child#0"
    assert found == hashlib.sha1(spelled.encode()).hexdigest()


def test_c74_templates_give_no_row_and_nested_repeats_keep_their_order() -> None:
    layout = layout_of(schema())
    template = '<child xmlns:jr="http://openrosa.org/javarosa" jr:template=""><age>1</age></child>'
    rows = rows_of(layout, record(ONE, inside=template + FULL))
    assert [(one.table, one.chain, one.row) for one in rows.inner] == [
        (1, (0,), ["ចន្ថា", "7"]),
        (2, (0, 0), ["ball"]),
        (2, (0, 1), ["kite"]),
        (1, (1,), ["ដារ៉ា", "9"]),
    ]


@pytest.mark.parametrize("meta", ["<orx:meta xmlns:orx='http://openrosa.org/xforms'>", "<meta>"])
def test_c75_meta_is_read_in_either_namespace(meta: str) -> None:
    layout = layout_of(schema())
    end = meta.split(maxsplit=1)[0].replace("<", "</").removesuffix(">") + ">"
    inside = "orx:instanceID" if "orx" in meta else "instanceID"
    xml = f"<data>{meta}<{inside}>uuid:1</{inside}>{end}</data>"
    assert rows_of(layout, xml).root[-1] == "uuid:1"


def test_what_may_not_be_seen_is_not_read() -> None:
    layout = layout_of(schema())
    coded = frozenset({Sensitivity.OPEN, Sensitivity.CODED})
    rows = rows_of(layout, record(ONE, inside=FULL), coded)
    by_name = dict(zip(["/".join(c.path) for c in layout.root.columns], rows.root, strict=True))
    assert by_name["who/name"] is by_name["said"] is by_name["photo"] is None
    assert by_name["who/age"] == "44"
    assert by_name["place"] == "ផ្សារ"
    assert [one.row[0] for one in rows.inner if one.table == 1] == [None, None]


def test_a_question_is_as_sensitive_as_the_stricter_of_its_versions() -> None:
    """A record of version 1 says a name where version 2 has made an open question of it."""
    today = layout_of(schema("2", note='type="string" samleng:class="open"'))
    before = schema("1", note='type="string" samleng:class="identity"')
    xml = etree.fromstring("<data><note>សុខ</note></data>")
    seen = frozenset({Sensitivity.OPEN, Sensitivity.CODED})
    assert "សុខ" not in Plan(today, before, seen).read(xml).root
    assert (
        "សុខ"
        in Plan(today, schema("2", note='type="string" samleng:class="open"'), seen).read(xml).root
    )


def test_questions_of_older_versions_come_where_they_are_asked_for() -> None:
    older = [schema("0", gone='type="int"')]
    names = [c.path for c in layout_of(schema(), older).root.columns]
    assert ("gone",) in names
    assert ("gone",) not in [c.path for c in layout_of(schema()).root.columns]


def test_names_that_odata_cannot_tell_apart_get_numbers() -> None:
    layout = layout_of(schema("1", ភូមិ='type="string"', ឃុំ='type="string"'))
    names = [layout.names["ភូមិ",], layout.names["ឃុំ",]]
    assert len(set(names)) == 2
    assert all(name.isascii() and name[0] == "_" for name in names)


# --- CSV ----------------------------------------------------------------------------------------
def headers(**options: bool) -> list[list[str]]:
    return [flat.header(Flat(t, Options(**options))) for t in layout_of(schema()).tables]


def test_c86_headers_are_those_of_central() -> None:
    root, child, toy = headers()
    assert ",".join(root) == (
        "SubmissionDate,today,store,stats,quote,named,who-name,who-age,who-weight,at-Latitude,"
        "at-Longitude,at-Altitude,at-Accuracy,way,help,said,photo,place,meta-instanceID,KEY,"
        "SubmitterID,SubmitterName,AttachmentsPresent,AttachmentsExpected,Status,ReviewState,"
        "DeviceID,Edits,FormVersion"
    )
    assert ",".join(child) == "called,age,PARENT_KEY,KEY"
    assert ",".join(toy) == "kind,PARENT_KEY,KEY"


def test_c86_groups_left_out_and_multiples_split() -> None:
    root, *_ = headers(group_paths=False, split_multiples=True)
    assert "name" in root
    assert "who-name" not in root
    at = root.index("help")
    assert root[at : at + 3] == ["help", "help/ramp", "help/chair"]


def test_keys_of_repeats_count_from_one_and_name_their_parent() -> None:
    layout = layout_of(schema())
    rows = rows_of(layout, record(ONE, inside=FULL))
    kite = rows.inner[2]
    flat_toys = Flat(layout.tables[2], Options())
    assert flat.repeat_row(flat_toys, ONE, kite, ALL) == [
        "kite",
        f"{ONE}/child[1]",
        f"{ONE}/child[1]/toy[2]",
    ]


def test_points_take_four_cells_and_choices_one_each() -> None:
    layout = layout_of(schema())
    rows = rows_of(layout, record(ONE, inside=FULL))
    table = Flat(layout.root, Options(split_multiples=True))
    cells = dict(zip(table.fields, table.cells(rows.root, ALL), strict=True))
    assert [cells[f"at-{part}"] for part in ("Latitude", "Longitude", "Altitude", "Accuracy")] == [
        "13.1", "103.2", "8", "5",
    ]  # fmt: skip
    assert (cells["help"], cells["help/ramp"], cells["help/chair"]) == ("ramp chair", 1, 1)
    hidden = dict(zip(table.fields, table.cells([None] * len(rows.root), ()), strict=True))
    assert hidden["help/ramp"] is None, "0 would say that it was not chosen"


def test_repeats_that_are_called_alike_get_numbers() -> None:
    names = [("a", "x"), ("b", "x"), ("y",)]
    tables = [Table(number=0, path=(), repeats=(), parent=None, columns=())]
    tables += [
        Table(number=n, path=path, repeats=(len(path),), parent=0, columns=())
        for n, path in enumerate(names, start=1)
    ]
    layout = Layout(tables=tuple(tables), names={})
    assert flat.file_names("f", layout) == ["f", "f-x~1", "f-x~2", "f-y"]


# --- OData --------------------------------------------------------------------------------------
def test_records_are_nested_typed_and_say_where_their_repeats_are() -> None:
    (row,) = bags("Submissions")
    assert row["__id"] == ONE
    assert row["who"] == {"name": "សុខ", "age": 44, "weight": 51.5}
    assert row["at"] == {
        "type": "Point",
        "coordinates": [103.2, 13.1, 8.0],
        "properties": {"accuracy": 5.0},
    }
    assert row["way"]["type"] == "LineString"
    assert len(row["way"]["coordinates"]) == 2
    encoded = ONE.replace(":", "%3A")
    assert row["child@odata.navigationLink"] == f"Submissions('{encoded}')/child"
    assert row["photo"] is None
    assert "child" not in row


def test_absent_answers_are_there_and_null() -> None:
    (row,) = bags("Submissions", xml=record(ONE))
    assert row["who"] == {"name": None, "age": None, "weight": None}
    assert "child@odata.navigationLink" not in row


def test_rows_of_repeats_name_themselves_and_their_parent() -> None:
    toys = bags("Submissions.child.toy")
    children = bags("Submissions.child")
    assert [toy["kind"] for toy in toys] == ["ball", "kite"]
    assert {toy["__Submissions-child-id"] for toy in toys} == {children[0]["__id"]}
    assert {child["__Submissions-id"] for child in children} == {ONE}
    encoded = ONE.replace(":", "%3A")
    link = f"Submissions('{encoded}')/child('{children[0]['__id']}')/toy"
    assert children[0]["toy@odata.navigationLink"] == link


def test_expanded_repeats_stand_inside() -> None:
    (row,) = bags("Submissions", Shape(expand=True))
    assert [child["age"] for child in row["child"]] == [7, 9]
    assert [toy["kind"] for toy in row["child"][0]["toy"]] == ["ball", "kite"]
    assert "toy" not in row["child"][1]


def test_wkt() -> None:
    (row,) = bags("Submissions", Shape(wkt=True))
    assert row["at"] == "POINT (103.2 13.1 8)"
    assert row["way"] == "LINESTRING (103.2 13.1 0,103.3 13.2 0)"


def test_select_leaves_out_the_rest() -> None:
    (row,) = bags("Submissions", Shape(select="__id, who/age, __system/edits"))
    assert row == {"__id": ONE, "__system": {"edits": 0}, "who": {"age": 44}}
    (row,) = bags("Submissions", Shape(select="who"))
    assert row == {"who": {"name": "សុខ", "age": 44, "weight": 51.5}}
    toys = bags("Submissions.child.toy", Shape(select="__Submissions-child-id"))
    assert [list(toy) for toy in toys] == [["__Submissions-child-id"]] * 2


@pytest.mark.parametrize(("select", "code"), [("nothing", "400.23"), ("child/age", "400.24")])
def test_select_of_what_is_not_there_or_in_a_repeat(select: str, code: str) -> None:
    with pytest.raises(Problem) as raised:
        bags("Submissions", Shape(select=select))
    assert raised.value.kind.code == code


# --- versions that put something else in the same place ------------------------------------------
def small(*questions: str) -> FormSchema:
    """`path class`, one each."""
    named = [one.split() for one in questions]
    binds = "".join(
        f'<bind nodeset="/data/{path}" type="string" samleng:class="{kind}"/>'
        for path, kind in named
    )
    tree: dict[str, dict[str, object]] = {}
    for path, _ in named:
        top, _, rest = path.partition("/")
        tree.setdefault(top, {}).update({rest: {}} if rest else {})
    inside = "".join(
        f"<{top}>{''.join(f'<{one}/>' for one in held)}</{top}>" for top, held in tree.items()
    )
    return xform.read(
        f"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:samleng="https://samleng.org/xforms"><h:head><h:title>x</h:title><model><instance>
<data id="x" version="1">{inside}<meta><instanceID/></meta></data></instance>{binds}
<bind nodeset="/data/meta/instanceID" type="string"/></model></h:head><h:body/></h:html>""".encode()
    )


CODED = frozenset({Sensitivity.OPEN, Sensitivity.CODED})
OLD = etree.fromstring("<data><a><name>សុខ</name></a><b>2</b></data>")


@pytest.mark.parametrize("own", [small("a/name identity", "b coded"), None])
def test_what_was_a_group_before_tells_nothing_of_what_was_in_it(own: FormSchema | None) -> None:
    today = layout_of(small("a coded", "b coded"))
    assert Plan(today, own, CODED).read(OLD).root[:2] == [None, "2"]


@pytest.mark.parametrize("own", [small("a/name coded", "b coded"), None])
def test_groups_and_questions_of_one_name_stand_side_by_side(own: FormSchema | None) -> None:
    before = small("a/name coded", "b coded")
    today = layout_of(small("a coded", "b coded"), [before])
    told = Plan(today, own, CODED).read(OLD).root
    row = dict(zip(Flat(today.root, Options()).fields, told, strict=True))
    assert (row["a"], row["a-name"], row["b"]) == (None, "សុខ", "2")


def test_what_stands_beside_an_answer_is_no_part_of_it() -> None:
    layout = layout_of(small("a coded"))
    xml = etree.fromstring("<data><a>yes<!-- សុខ -->!<?x សុខ?></a></data>")
    assert Plan(layout, None, CODED).read(xml).root[0] == "yes!"


def test_choices_that_the_records_own_version_hides_are_no_noes() -> None:
    layout = layout_of(schema())
    one = Flat(layout.root, Options(split_multiples=True))
    empty = one.cells([None] * len(layout.root.columns), ALL)
    at = one.fields.index("help/ramp")
    assert empty[at] is None, "0 would be an answer"


def test_a_record_with_too_many_occurrences_is_refused_before_it_is_laid_out() -> None:
    told = Told(layout_of(schema()), Words.CODE)
    with pytest.raises(Problem):
        Wide(told, {(1, ()): 10**9})


def test_questions_that_are_asked_alike_have_headers_of_their_own() -> None:
    asked = [(("age",), "Age"), (("wife", "age"), "Age"), (("name",), "Name")]
    columns = tuple(
        Column(path=p, local=p, type="int", sensitivity=Sensitivity.CODED, label={"en": label})
        for p, label in asked
    )
    table = Table(number=0, path=(), repeats=(), parent=None, columns=columns)
    told = Told(Layout(tables=(table,), names={}), Words.EN)
    assert told.titles(table) == ["Age (age)", "Age (wife-age)", "Name"]
    assert Told(told.layout, Words.CODE).titles(table) == ["age", "wife-age", "name"]
