"""What is keyed of a sheet, compared and decided."""

from __future__ import annotations

import uuid

from service.treaty import keying, sheet_record
from service.treaty.keying import Keyed
from service.treaty.sheet_record import Head
from tests.golden import reference_forms

VILLAGES = frozenset({"02040101", "02040102"})
TYPED = {
    "witness": " លោក  ហេង ", "name_1": "សុខ វិបុល", "sex_1": "male", "village_1": "02040101",
    "mark_1": "thumbprint_on_paper", "name_2": "ចាន់ សុផល", "sex_2": "female",
    "name_3": "ក្មេង ម្នាក់", "status_3": "minor", "name_5": "កែវ ម៉ារី", "village_5": "02040102",
    "kind_5": "survivor", "mark_5": "signature",
}  # fmt: skip


def keyed(**other: str) -> Keyed:
    return keying.read({**TYPED, **other}, 6, VILLAGES)


def test_what_is_left_empty_is_as_in_the_line_above() -> None:
    rows = {row.line: row for row in keyed().rows}
    assert rows.keys() == {1, 2, 3, 5}
    assert (rows[2].village, rows[2].mark) == ("02040101", "thumbprint_on_paper")
    assert (rows[5].village, rows[5].mark, rows[5].kind) == ("02040102", "signature", "survivor")
    assert (rows[1].status, rows[1].kind) == ("valid", "citizen")
    assert keyed().witness == "លោក ហេង"


def test_no_name_of_a_child_is_kept_and_no_code_of_no_list() -> None:
    [row] = [row for row in keyed(sex_3="x", village_3="01010101").rows if row.line == 3]
    assert (row.name, row.sex, row.village) == ("", "", "02040101")
    assert TYPED["name_3"].encode() not in keyed().dump()
    assert keying.load(keyed().dump()) == keyed()


def test_a_sheet_is_refused_that_has_other_lines_than_came_back() -> None:
    assert keying.fault(keyed(), 4) is None
    assert keying.fault(keyed(), 5) == keying.Fault(what="count", found=4)
    assert keying.fault(keyed(witness=""), 4) == keying.Fault(what="witness")
    assert keying.fault(keyed(status_6="valid"), 5) == keying.Fault(what="name", line=6)


def test_only_what_differs_is_shown_and_decided() -> None:
    other = keyed(name_2="ចាន់ សុផា", sex_1="female", status_6="illegible")
    found = {one.name: (one.first, one.second) for one in keying.differences(keyed(), other)}
    assert found == {
        "name_2": ("ចាន់ សុផល", "ចាន់ សុផា"), "sex_1": ("male", "female"),
        "status_6": ("", "illegible"), "village_6": ("", "02040102"), "kind_6": ("", "citizen"),
        "mark_6": ("", "signature"),
    }  # fmt: skip
    said = {**dict.fromkeys(found, "1"), "name_2": "other", "other_2": "ចាន់ សុផាត"}
    made = keying.decided(keyed(), other, said)
    assert made == keyed(name_2="ចាន់ សុផាត")
    assert keying.decided(keyed(), other, dict.fromkeys(found, "2")) == other
    assert keying.decided(keyed(), other, {**said, "sex_1": ""}) is None
    assert keying.decided(keyed(), other, {**said, "other_2": ""}) is None
    assert keying.decided(keyed(), other, {**said, "sex_1": "other"}) is None


def test_the_record_is_what_the_phone_would_have_sent() -> None:
    head = Head(
        number="pt2026-00001", campaign="pt2026", statement="km-1", signed_on="2026-11-10",
        commune="020401", holder="bt-9", keyed_on="2026-11-20",
    )  # fmt: skip
    schema = reference_forms.schema("treaty_sheet")
    assert sheet_record.takes_sheets(schema)
    assert not sheet_record.takes_sheets(reference_forms.schema("treaty_signature"))
    key = uuid.UUID(int=5)
    xml = sheet_record.make(schema, head, keyed(), key).decode()
    assert xml.count("<line>") == 4
    assert "<quick_mode>lines</quick_mode>" in xml
    assert "<line_vill>02040102</line_vill>" in xml
    assert "<vill>" not in xml
    assert f"<instanceID>uuid:{key}</instanceID>" in xml
