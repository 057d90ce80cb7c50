"""An item of JSON sync, written down as the XForms instance that a phone would have sent."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.forms.schema import Field, FormSchema
from service.foundation.formats import safe_xml
from service.intake.actions.batches import read_batch
from service.intake.readers import json_item, xform_xml
from service.intake.readers.json_item import Item, NotAnswers
from service.web.api.schemas.sync import ItemSchema

SCHEMA = FormSchema(
    form_id="visit",
    version="3",
    title="សម្ភាសន៍",
    root="data",
    fields=(
        Field(path=("prov",), type="select1"),
        Field(path=("person", "sex"), type="select1"),
        Field(path=("person", "age"), type="int"),
        Field(path=("need", "code"), type="select1", repeats=frozenset({1})),
        Field(path=("need", "barrier"), type="select", repeats=frozenset({1})),
        Field(path=("photo",), type="binary"),
    ),
    repeats=frozenset({("need",)}),
)

ANSWERS: dict[str, Any] = {
    "prov": "02",
    "person": {"sex": "female", "age": 44},
    "need": [
        {"code": "reh_prosthesis", "barrier": ["too_far", "too_dear"]},
        {"code": "psy_peer", "barrier": []},
    ],
    "photo": "ផ្ទះ.jpg",
}
UUID = "6f9c1c1e-8f0a-4a5b-9d1e-1f2a3b4c5d6e"


def item(**changes: Any) -> Item:
    told = {"id": UUID, "form_id": "visit", "version": "3", "answers": ANSWERS, **changes}
    return msgspec.json.decode(json.dumps(told).encode(), type=Item)


def read(of: Item) -> tuple[Any, Any]:
    xml = json_item.xml_of(of, SCHEMA)
    root = safe_xml.parse(xml)
    return xform_xml.read(root, xml, SCHEMA)[0], xform_xml.answers(root, SCHEMA)


def test_the_reader_of_phones_reads_the_same_answers() -> None:
    instance, answers = read(item(recorded_at="2026-11-22T09:15:00+07:00", edits="uuid:before"))
    assert answers == {
        "prov": "02",
        "person": {"sex": "female", "age": "44"},
        "need": [{"code": "reh_prosthesis", "barrier": "too_far too_dear"}, {"code": "psy_peer"}],
        "photo": "ផ្ទះ.jpg",
        "meta": {
            "instanceID": f"uuid:{UUID}",
            "deprecatedID": "uuid:before",
            "timeEnd": "2026-11-22T09:15:00.000+07:00",
        },
    }
    assert (instance.form_id, instance.version) == ("visit", "3")
    assert (instance.instance_id, instance.deprecated_id) == (f"uuid:{UUID}", "uuid:before")
    assert instance.expected_files == ("ផ្ទះ.jpg",)


def shuffled(value: Any, by: Any) -> Any:
    if isinstance(value, dict):
        names = by.draw(st.permutations(list(value)))
        return {name: shuffled(value[name], by) for name in names}
    return [shuffled(one, by) for one in value] if isinstance(value, list) else value


@given(st.data())
def test_the_order_of_keys_changes_nothing(data: Any) -> None:
    answers = {**ANSWERS, "unknown_b": "1", "unknown_a": {"z": "1", "y": "2"}}
    first = json_item.xml_of(item(answers=answers), SCHEMA)
    assert json_item.xml_of(item(answers=shuffled(answers, data)), SCHEMA) == first


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"), (False, "false"), (44, "44"), (44.5, "44.5"), (1e-7, "0.0000001"),
        (10**17, "100000000000000000"), ("a < b & \"c\"", "a < b & \"c\""), ("", ""),
        (["a", "b"], "a b"), ("ខ្មែរ\nពីរ", "ខ្មែរ\nពីរ"), ("bell\u0007", "bell"), (["a"], "a"),
    ],
)  # fmt: skip
def test_values_are_written_as_xforms_writes_them(value: Any, text: str) -> None:
    assert read(item(answers={"prov": value}))[1]["prov"] == text


@pytest.mark.parametrize("value", [None, []])
def test_what_was_not_answered_is_absent(value: Any) -> None:
    assert list(read(item(answers={"prov": value}))[1]) == ["meta"]


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({"a b": "x"}, "a b"), ({"1a": "x"}, "1a"), ({"": "x"}, ""), ({"a:b": "x"}, "a:b"),
        ({"x><y": "1"}, "x><y"), ({"meta": {"instanceID": "uuid:other"}}, "meta"),
        ({"need": [{"code": "a"}, "b"]}, "need"), ({"need": [["a"]]}, "need"),
        ({"person": {"sex": [["a"]]}}, "person/sex"), ({"need": ["two words"]}, "need"),
        ({"need": [""]}, "need"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told_with_its_place(answers: Any, path: str) -> None:
    with pytest.raises(NotAnswers) as told:
        json_item.xml_of(item(answers=answers), SCHEMA)
    assert told.value.path == path


def test_groups_end_somewhere() -> None:
    deep: Any = "x"
    for _ in range(json_item.MAX_DEPTH + 2):
        deep = {"g": deep}
    with pytest.raises(NotAnswers):
        json_item.xml_of(item(answers=deep), SCHEMA)


@pytest.mark.parametrize(
    ("given_id", "means"),
    [
        (UUID, f"uuid:{UUID}"), (UUID.upper(), f"uuid:{UUID}"), (f"uuid:{UUID}", f"uuid:{UUID}"),
        ("tablet-07.12", "tablet-07.12"),
    ],
)  # fmt: skip
def test_an_id_means_the_record_that_a_phone_would_have_sent(given_id: str, means: str) -> None:
    assert json_item.instance_id(given_id) == means


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(answers=st.dictionaries(st.text(max_size=5), anything, max_size=5))
def test_whatever_stands_in_answers_is_xml_or_told(answers: Any) -> None:
    try:
        xml = json_item.xml_of(item(answers=answers), SCHEMA)
    except NotAnswers:
        return
    assert safe_xml.parse(xml).get("id") == "visit"


fields = st.sampled_from(["id", "form_id", "version", "recorded_at", "answers", "edits",
                          "attachments", "strange"])  # fmt: skip
values = st.sampled_from(
    [None, "", "x", "x" * 250, 1, True, {}, {"a": "b"}, [], ["a.jpg"], [""], [1],
     "2026-11-22T09:15:00+07:00", "2026-11-22T09:15:00", "a b"]
)  # fmt: skip


@given(changes=st.dictionaries(fields, values, max_size=2), left_out=st.none() | fields)
def test_the_schema_of_the_documents_and_the_quick_reader_agree(
    changes: dict[str, Any], left_out: str | None
) -> None:
    told = {"id": UUID, "form_id": "visit", "version": "3", "answers": ANSWERS, **changes}
    told.pop(left_out or "", None)
    documented = not ItemSchema().validate(told)
    try:
        msgspec.json.decode(json.dumps(told).encode(), type=Item)
        is_read = True
    except msgspec.DecodeError:
        is_read = False
    assert is_read == documented, told


def test_a_batch_is_read_without_its_items() -> None:
    body = b'{"device_id": "t", "items": [{"id": 1}, 7, {"id": "x", "id": "y"}]}'
    batch = read_batch(body)
    device_id, items = batch.device_id, batch.items
    assert (device_id, len(items)) == ("t", 3)
