"""The gazetteer and the rules for the defects of its source."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections import Counter

import pytest

from service.accounts.reach import is_area
from service.facts import places, places_source, provinces
from service.facts.places import Gazetteer
from tests.golden.reference_forms import DIRECTORY


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return places.load()


@pytest.fixture(scope="module")
def villages() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(places_source.read_source()["villages.csv"])))


def test_shipped_files_are_what_the_source_gives() -> None:
    data = DIRECTORY.parents[1] / "facts" / "data"
    for name, text in places_source.read_source().items():
        assert (data / name).read_text(encoding="utf-8") == text, name


def test_lists_on_the_phone_are_what_the_gazetteer_gives() -> None:
    lists = places_source.form_lists()
    for name, text in lists.items():
        assert (DIRECTORY / name).read_text(encoding="utf-8") == text, name
    assert sum(len(text.encode()) for text in lists.values()) < 2_000_000


def test_counts_are_those_of_the_official_list(gazetteer: Gazetteer) -> None:
    by_level = Counter(place.level for place in _below(gazetteer, None))
    assert by_level == {1: 25, 2: 210, 3: 1661 + 1, 4: 14_576}
    assert len(gazetteer) == sum(by_level.values())


@pytest.mark.parametrize(
    ("code", "districts", "communes", "villages"),
    [("01", 9, 67, 664), ("12", 14, 106, 955), ("23", 2, 5, 18), ("24", 2, 8, 93)],
)
def test_province_holds_its_places(
    gazetteer: Gazetteer, code: str, districts: int, communes: int, villages: int
) -> None:
    """12: the official list has 105 communes; 120913 is the one it forgot."""
    found = Counter(place.level for place in _below(gazetteer, code))
    assert found == {2: districts, 3: communes, 4: villages}


def test_villages_that_share_a_code_get_one_each(villages: list[dict[str, str]]) -> None:
    shared = [v for v in villages if v["defect"] == "shared_code"]
    invalid = [v for v in villages if v["defect"] == "invalid_code"]
    assert len(shared) + len(invalid) == 80
    assert len({v["source_code"] for v in shared + invalid}) == 26
    assert max(Counter(v["code"] for v in villages).values()) == 1
    assert all(v["code"].startswith(v["commune"] + "x") for v in shared + invalid)
    assert all(len(v["code"]) <= 10 for v in villages)


def test_placeholder_code_rolls_up_to_its_commune(villages: list[dict[str, str]]) -> None:
    placeholders = [v for v in villages if v["source_code"] == "0506140-"]
    assert len(placeholders) == 9
    assert {v["commune"] for v in placeholders} == {"050614"}
    assert {v["defect"] for v in placeholders} == {"invalid_code"}


def test_commune_column_is_trusted_over_the_digits_of_a_village(
    gazetteer: Gazetteer, villages: list[dict[str, str]]
) -> None:
    strays = [v for v in villages if not (v["source_code"] or v["code"]).startswith(v["commune"])]
    assert len(strays) == 43
    assert gazetteer.ancestors("25031402") == ("25", "2503", "250315", "25031402")


def test_missing_commune_is_made_for_its_13_villages(gazetteer: Gazetteer) -> None:
    commune = gazetteer.find("120913")
    assert commune is not None
    assert commune.defect == "missing_in_source"
    assert commune.parent == "1209"
    assert len(gazetteer.children("120913")) == 13


def test_no_name_holds_a_zero_width_character(gazetteer: Gazetteer) -> None:
    for place in _below(gazetteer, None):
        assert place.name_km == place.name_km.translate(places_source.ZERO_WIDTH)
        assert place.name_en == place.name_en.translate(places_source.ZERO_WIDTH)
    village = gazetteer.find("10050609")
    assert village is not None
    assert village.name_km == "អូរសែនជ័យ"


def test_same_name_twice_in_a_commune_is_told_apart_by_code() -> None:
    rows = csv.DictReader(io.StringIO(places_source.form_lists()["villages.csv"]))
    labels = [row["label"] for row in rows if row["commune"] == "081106"]
    twins = [label for label in labels if label.startswith("ព្រែករាំង")]
    assert len(twins) == 2
    assert all("(081106" in label for label in twins)
    assert len(set(labels)) == len(labels)


def test_own_codes_stay_the_same_in_every_data_year() -> None:
    """They are stored in facts: made from code and name alone, never from a row's position."""
    thmei = next(p for p in places.load().children("081201") if p.name_km == "ថ្មី")
    assert (thmei.code, thmei.source_code) == ("081201xkjy", "08120101")


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("Siem Reap", "17"), ("Siemreap", "17"), ("siem-reab", "17"), ("KH-17", "17"),
        ("KH17", "17"), ("Preah Sihanouk", "18"), ("Sihanoukville", "18"),
        ("Oddar Meanchey", "22"), ("Otdar Meanchey", "22"), ("Ratanakiri Province", "16"),
        ("Ratanak Kiri", "16"), ("Taakaev", "21"), ("TAKEO", "21"), ("ភ្នំពេញ", "12"),
        ("រាជធានីភ្នំពេញ", "12"), ("ខេត្តកែប", "23"), ("ត្បូង\u200bឃ្មុំ", "25"), ("1", "01"),
        ("Banteay Mean Choăy", "01"),
    ],
)  # fmt: skip
def test_province_is_found_however_it_is_spelled(
    gazetteer: Gazetteer, spelling: str, code: str
) -> None:
    assert gazetteer.match_province(spelling) == code


@pytest.mark.parametrize("text", ["", "ក", "26", "Vientiane", "KH-26"])
def test_no_province_is_guessed(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.match_province(text) is None


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        (("02", "0201", "020101", "02010101"), ("02", "0201", "020101", "02010101")),
        (("", "", "020101", ""), ("02", "0201", "020101", "unknown")),
        (("2", "201", "20101", ""), ("02", "0201", "020101", "unknown")),
        (("០២", "", "", ""), ("02", "unknown", "unknown", "unknown")),
        (("Battambang", "", "", ""), ("02", "unknown", "unknown", "unknown")),
        (("02", "0299", "", "other"), ("02", "unknown", "unknown", "unknown")),
        (("99", "0201", "", ""), ("02", "0201", "unknown", "unknown")),
        (("01", "0201", "020101", ""), ("01", "unknown", "unknown", "unknown")),
        (("", "", "", ""), ("unknown", "unknown", "unknown", "unknown")),
        (("0201", "02", "x" * 500, "٣٣"), ("unknown", "unknown", "unknown", "unknown")),
        (("KH02", "KH0201", "", ""), ("02", "0201", "unknown", "unknown")),
        (("25", "", "", "25031402"), ("25", "2503", "250315", "25031402")),
    ],
)
def test_places_are_resolved_as_far_as_they_hold(
    gazetteer: Gazetteer, answers: tuple[str, str, str, str], codes: tuple[str, str, str, str]
) -> None:
    assert gazetteer.resolve(answers) == codes


def test_names_come_in_both_languages_and_unknown_stays_itself(gazetteer: Gazetteer) -> None:
    assert gazetteer.name("02", "km") == "បាត់ដំបង"
    assert gazetteer.name("02", "en") == "Battambang"
    assert gazetteer.name("unknown", "en") == "unknown"


def test_codes_nest_down_to_the_commune(gazetteer: Gazetteer) -> None:
    """Who may see what is asked of the digits (`service/accounts/reach.py`)."""
    for place in _below(gazetteer, None):
        if place.level <= 3:
            assert is_area(place.code)
            assert len(place.code) == 2 * place.level
            assert place.code.startswith(place.parent or "")


def test_tile_map_has_25_squares_and_no_two_meet() -> None:
    tiles = provinces.tiles()
    assert len({(tile.column, tile.row) for tile in tiles}) == len(tiles) == 25
    assert [tile.code for tile in tiles] == [p.code for p in places.load().provinces()]
    pailin = next(tile for tile in tiles if tile.code == "24")
    assert (pailin.column, pailin.row) == (0, 2)
    assert provinces.iso_code("02") == "KH-2"


def test_loading_costs_little_memory_and_waits_for_the_first_use() -> None:
    """In a process of its own: < 15 MB, nothing read on import."""
    program = (
        "import tracemalloc; tracemalloc.start();"
        "from service.facts import places;"
        "assert places.load.cache_info().currsize == 0;"
        "before = tracemalloc.get_traced_memory()[0]; places.load();"
        "print(tracemalloc.get_traced_memory()[0] - before)"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert int(out.stdout) < 15_000_000


def _below(gazetteer: Gazetteer, code: str | None) -> list[places.Place]:
    found = []
    for place in gazetteer.children(code):
        found += [place, *_below(gazetteer, place.code)]
    return found
