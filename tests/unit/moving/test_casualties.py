"""Lists of casualties, read: words, dates, places, who; what cannot be read is said row by row."""

from __future__ import annotations

import datetime as dt

import pytest

from service.exports.casualties import fields, where
from service.exports.casualties.words import code_of, known, lists, plain
from service.moving.casualties import dates
from service.moving.casualties.mapping import MappingInvalid, Reading, of_json
from service.moving.casualties.reading import Casualty, Reader
from service.moving.casualties.tally import Tally
from tests.casualty_files import ALL, GROUPS, HEADINGS, OUTCOMES, rows, share

TODAY = dt.date(2026, 11, 27)


@pytest.mark.parametrize(
    ("cell", "order", "found"),
    [
        ("07/03/1989", "dmy", "1989-03-07"),
        ("07/03/1989", "mdy", "1989-07-03"),
        ("7.3.89", "dmy", "1989-03-07"),
        ("3-7-2004", "dmy", "2004-07-03"),
        ("1989-03-07T00:00:00.000", "dmy", "1989-03-07"),
        ("1989-03", "dmy", "1989-03"),
        ("03/1989", "dmy", "1989-03"),
        ("1989", "dmy", "1989"),
        ("2532", "dmy", "1989"),
        ("០៧/០៣/២៥៣២", "dmy", "1989-03-07"),
        ("៧ មីនា ១៩៨៩", "dmy", "1989-03-07"),
        ("ថ្ងៃទី៧ ខែមីនា ឆ្នាំ១៩៨៩", "dmy", "1989-03-07"),
        ("12-May-1999", "dmy", "1999-05-12"),
        ("25/13/1990", "dmy", None),
        ("31/02/1990", "dmy", None),
        ("28/11/2026", "dmy", None),
        ("1899", "dmy", None),
        ("dry season", "dmy", None),
        ("32874", "dmy", None),
    ],
)
def test_dates_as_people_write_them(cell: str, order: str, found: str | None) -> None:
    assert dates.read(cell, order, TODAY) == found


@pytest.mark.parametrize(
    ("field", "word", "code"),
    [
        ("sex", "M", "male"),
        ("sex", " male ", "male"),
        ("sex", "ប្រុស", "male"),
        ("sex", "Unidentified", "unknown"),
        ("device", "AP mine", "mine_ap"),
        ("device", "Anti-Tank Mine", "mine_av"),
        ("device", "UXO/AXO", "erw_other"),
        ("device", "គ្រាប់បែកចង្កោម", "submunition"),
        ("device", "គ្រាប់មីន", "mine_unspecified"),
        ("outcome", "Amputated", "amputation"),
        ("outcome", "ស្លាប់", "killed"),
        ("age_group", "<18", "unk_child"),
        ("device", "Bombard", None),
    ],
)
def test_words_in_two_languages_stand_for_codes(field: str, word: str, code: str | None) -> None:
    assert code_of(field, word, {}) == code


def test_every_code_is_known_by_itself_and_by_its_labels() -> None:
    for field, labels in lists().items():
        for code, label in labels.items():
            for word in (code, label["en"], label["km"]):
                assert known(field)[plain(word)] == code, (field, code, word)


def test_headings_of_both_styles_and_in_khmer_are_recognised_and_names_are_not() -> None:
    for style in ("imsma", "cmvis"):
        columns = fields.columns(style)
        assert fields.guess(columns.values()) == {
            heading: name for name, heading in columns.items()
        }
    assert fields.guess(["ខេត្ត", "ភេទ", "អាយុ"]) == {"ខេត្ត": "province", "ភេទ": "sex", "អាយុ": "age"}
    contacts = ["Name", "Victim name", "Phone", "Address", "Father", "ឈ្មោះ", "Longitude"]
    assert set(fields.guess(contacts).values()) == {""}
    assert fields.guess(["Sex", "Gender"]) == {"Sex": "sex", "Gender": ""}


@pytest.mark.parametrize(
    ("names", "codes", "known_to"),
    [
        (("Siem Reap", "", "", ""), ("17",), 4),
        (("Siemreap", "", "", ""), ("17",), 4),
        (("ខេត្តបាត់ដំបង", "ស្រុកបាណន់", "", ""), ("02", "0201"), 4),
        (("KH-02", "0201", "", ""), ("02", "0201"), 4),
        (("Oddar Meanchey", "Nowhere", "", ""), ("22",), 1),
        (("Mars", "", "", ""), (), 0),
    ],
)
def test_places_by_name_alias_and_code_as_far_as_they_are_known(
    names: tuple[str, ...], codes: tuple[str, ...], known_to: int
) -> None:
    assert where.find(names, {}) == (codes, known_to)


def read(told: Reading | None = None, **cells: str) -> list[Casualty]:
    row = {name: cell for name, cell in cells.items() if cell}
    reading = (told or Reading()).over(row)
    return list(Reader(reading, TODAY).read(row, 2))


def one(told: Reading | None = None, **cells: str) -> Casualty:
    (found,) = read(told, **cells)
    return found


def faults(told: Reading | None = None, **cells: str) -> list[tuple[str, str]]:
    return [(fault.text, fault.why) for fault in one(told, **cells).faults]


def test_what_no_code_stands_for_is_told_and_never_unknown_by_itself() -> None:
    assert faults(device="Bombard", sex="m") == [("device: Bombard", "unmapped")]
    assert faults(date="25/13/1990") == [("date: 25/13/1990", "no_date")]
    assert faults(age="old") == [("age: old", "no_age")]
    assert faults(age="9", age_group="adult") == [("age_group: unk_adult, 9", "contradicts")]
    assert faults(province="Mars") == [("province: Mars", "unmapped")]
    assert faults(count="many") == [("count: many", "no_number")]
    assert faults(sex="male", sex_age="girls") == [("sex_age: girls, male", "contradicts")]
    said = of_json({"words": {"device": {"BOMBARD": "unknown"}, "province": {"mars": "12"}}})
    told = one(said, device="Bombard", province="Mars", sex="m")
    assert told.faults == []
    assert (told.answers["device"], told.answers["prov"]) == ("unknown", "12")


def test_nothing_told_is_unknown_without_a_word() -> None:
    told = one(sex="?", age="unknown", outcome="", date="n/a")
    assert (told.faults, told.group, told.outcome) == ([], "unknown", "unknown")
    assert "incident_date" not in told.answers


def test_a_place_that_is_known_in_part_comes_and_says_so() -> None:
    told = one(province="Oddar Meanchey", district="Nowhere", sex="f")
    assert told.faults == []
    assert told.answers["prov"] == "22"
    assert told.note is not None
    assert (told.note.why, told.note.text) == ("place_rough", "district: Nowhere")


@pytest.mark.parametrize(
    ("cells", "group"),
    [
        ({"sex": "M", "age": "18 years"}, "men"),
        ({"sex": "M", "age": "១៧"}, "boys"),
        ({"sex": "F", "age_group": "Adult"}, "women"),
        ({"sex": "Girl"}, "girls"),
        ({"sex_age": "Men"}, "men"),
        ({"sex": "M"}, "unknown"),
        ({"age": "44"}, "unknown"),
    ],
)
def test_men_boys_women_and_girls(cells: dict[str, str], group: str) -> None:
    assert one(**cells).group == group


def test_an_amputation_told_beside_an_injury_is_counted_apart() -> None:
    told = one(outcome="Injured", injury="below knee amputation; fragments")
    assert (told.outcome, told.answers["injury"]) == (
        "amputation",
        "amp_leg_below_knee fragments_retained",
    )


def test_no_name_gets_into_a_record_whatever_column_it_stands_in() -> None:
    marker = "សុខ ដារ៉ា"
    told = one(key="7", sex="m", Name=marker, Phone=marker, place=marker)
    assert marker not in str(told.answers)
    assert faults(device=marker, sex="m") == [(f"device: {marker}", "unmapped")]


def test_a_row_is_known_by_its_number_and_who_counted_or_by_what_it_says() -> None:
    cmvis, cmaa = of_json({"source": "cmvis"}), of_json({"source": "cmaa"})
    ids = [one(told, key="7", sex="m").instance_id for told in (cmvis, cmvis, cmaa)]
    assert ids[0] == ids[1] != ids[2]
    assert one(cmvis, key="7", sex="f").instance_id == ids[0]
    again = Reader(Reading().over(["sex"]), TODAY)
    same = [casualty.instance_id for n in (2, 3) for casualty in again.read({"sex": "m"}, n)]
    assert len(set(same)) == 2, "two who are alike are two"
    assert one(key=ids[0], sex="m").instance_id == ids[0], "what was exported comes back as itself"


def test_a_row_of_a_table_of_totals_is_as_many_casualties() -> None:
    found = read(sex_age="Men", outcome="Killed", count="១២")
    assert len({casualty.instance_id for casualty in found}) == 12
    assert {(casualty.group, casualty.outcome) for casualty in found} == {("men", "killed")}


def test_a_mapping_says_what_it_was_told_and_refuses_what_is_none() -> None:
    told = {
        "columns": {"Kind": "device", "Name": ""},
        "words": {"device": {"bombard": "erw_other"}},
        "source": "cmvis",
        "order": "mdy",
    }
    assert of_json(told).as_json() == told
    assert of_json(told).over(["Kind", "Device", "Sex"]).columns == {
        "Kind": "device",
        "Device": "",
        "Sex": "sex",
    }
    for wrong in (
        {"columns": {"a": "sex", "b": "sex"}},
        {"columns": {"a": "name"}},
        {"words": {"device": {"x": "bomb"}}},
        {"source": "me"},
        {"order": "ymd"},
        {"more": 1},
        [],
    ):
        with pytest.raises(MappingInvalid):
            of_json(wrong)


@pytest.mark.parametrize("wanted", [651, ALL])
def test_t9_the_published_totals_reconcile(wanted: int) -> None:
    """65,074 casualties: 52,698 men, 6,121 boys, 4,796 women, 1,396 girls and 63 unidentified;
    19,831 killed, 9,095 amputations and 36,148 other injuries."""
    reading = Reading().over(HEADINGS)
    reader, tally = Reader(reading, TODAY), Tally()
    for number, row in enumerate(rows(wanted), start=2):
        for casualty in reader.read(dict(zip(HEADINGS, row, strict=True)), number):
            assert casualty.faults == []
            tally.rows += 1
            tally.add(casualty.group, casualty.outcome)
    assert tally.reconciles
    told = tally.as_json()
    assert told["rows"] == wanted
    assert told["by_sex_age"] == share(GROUPS, wanted)
    assert told["by_outcome"] == {**share(OUTCOMES, wanted), "uninjured": 0, "unknown": 0}
    tally.rows += 1
    assert not tally.reconciles
