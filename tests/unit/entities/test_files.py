"""Lists as files: what is written is read again, and what a phone could not read is not written."""

from __future__ import annotations

import csv
import io
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.entities import snapshot, table_file
from service.entities.holding import Extent, Origin, may_hold
from service.entities.snapshot import Row, geometry_of
from service.entities.table_file import FileFault, FileRefused, RowFault
from service.entities.versions import LABEL
from service.forms.entity_lists import Telling

TEXT = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\r"), max_size=30
)
NAMED = TEXT.filter(lambda text: bool(text.strip()))


@given(st.lists(st.tuples(NAMED, TEXT, TEXT), max_size=12))
def test_what_is_exported_and_brought_in_again_loses_nothing(
    given_rows: list[tuple[str, str, str]],
) -> None:
    rows = [
        Row(
            entity_id=str(uuid.UUID(int=n, version=4)),
            version=1,
            values={LABEL: label, "a": first, "b": second},
            system={"creatorName": second},
        )
        for n, (label, first, second) in enumerate(given_rows)
    ]
    for write in (snapshot.for_people, snapshot.for_phone):
        data = b"".join(write(rows, ["a", "b"]))
        found, faulty = table_file.read(data, ["a", "b"])
        assert faulty == []
        assert [(str(one.entity_id), one.values) for one in found] == [
            (row.entity_id, row.values) for row in rows
        ]


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8))
def test_c23_every_line_has_name_label_and_version(given_rows: list[tuple[str, str]]) -> None:
    rows = [
        Row(entity_id=str(uuid.UUID(int=n)), version=n + 1, values={LABEL: label, "a": value})
        for n, (label, value) in enumerate(given_rows)
    ]
    text = b"".join(snapshot.for_phone(rows, ["a"])).decode()
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    assert header == ["name", "label", "__version", "a"]
    assert len(lines) == len(rows)
    for line in lines:
        assert line[0]
        assert line[1].strip()
        assert int(line[2]) > 0


def test_what_is_masked_says_its_id_and_nothing_else() -> None:
    row = Row(entity_id="e1", version=2, values=None)
    assert b"".join(snapshot.for_people([row], ["a"])).splitlines()[1] == b"e1,e1,,,,,,,2"
    assert snapshot.feature(row, ["geometry"]) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("13.1 103.2 0 0", "Point"),
        ("13.1 103.2", "Point"),
        ("1 2 0 0; 3 4 0 0;", "LineString"),
        ("1 2 0 0; 3 4 0 0; 5 6 0 0; 1 2 0 0", "Polygon"),
        ("", None),
        ("x y", None),
        ("91 0", None),
        ("1 2; x", None),
    ],
)
def test_places_of_entities(text: str, kind: str | None) -> None:
    found = geometry_of(text)
    assert (found and found["type"]) == kind


@pytest.mark.parametrize(
    ("text", "fault", "column"),
    [
        ("", FileFault.NO_LABEL_COLUMN, ""),
        ("age\n1\n", FileFault.NO_LABEL_COLUMN, ""),
        ("label,name of kin\n", FileFault.STRANGE_COLUMN, "name of kin"),
        ("label,label\n", FileFault.STRANGE_COLUMN, "label"),
        ('label\n"x', FileFault.NOT_TEXT, ""),
    ],
)
def test_files_that_are_no_table_of_the_list(text: str, fault: FileFault, column: str) -> None:
    with pytest.raises(FileRefused) as raised:
        table_file.read(text.encode(), ["age"])
    assert (raised.value.fault, raised.value.column) == (fault, column)


def test_rows_at_fault_are_told_by_their_number() -> None:
    one = "6f9c5a7e-3f2b-4c11-9a57-0d6e656e6701"
    lines = [
        "\ufeff__id,label,age",
        f"{one},a,1",
        f"{one},b,2",
        "x,c,3",
        ",,4",
        ",d,5,6",
        "",
        ",e,7",
    ]
    rows, faulty = table_file.read("\n".join(lines).encode(), ["age"])
    assert [(row.line, row.values[LABEL]) for row in rows] == [(2, "a"), (8, "e")]
    assert [(each.line, each.fault) for each in faulty] == [
        (3, RowFault.TWICE), (4, RowFault.BAD_ID), (5, RowFault.NO_LABEL), (6, RowFault.TOO_LONG),
    ]  # fmt: skip


# --- what a phone may hold ------------------------------------------------------------------------
A, B = uuid.UUID(int=1), uuid.UUID(int=2)


def origin(places: dict[uuid.UUID, str | None], *, allowed: str = "", asked: str = "") -> Origin:
    names = {"A": A, "B": B}
    return Origin(
        records=frozenset({A, B} if len(places) > 1 else {A} if places or asked else ()),
        standing=places,
        allowed={names[one] for one in allowed},
        asked={names[one] for one in asked},
    )


@pytest.mark.parametrize("telling", list(Telling))
@pytest.mark.parametrize(
    ("found", "held_by"),
    [
        (origin({}), {Telling.PEOPLE, Telling.UNDECLARED, Telling.NOBODY}),
        (origin({A: "0201"}, allowed="A", asked="A"),
         {Telling.PEOPLE, Telling.UNDECLARED, Telling.NOBODY}),
        (origin({A: "0201"}, asked="A"), {Telling.NOBODY}),
        (origin({A: "0201"}), {Telling.UNDECLARED, Telling.NOBODY}),
        (origin({A: None, B: None}, allowed="A", asked="AB"), {Telling.NOBODY}),
        (origin({A: None, B: None}, allowed="AB", asked="AB"),
         {Telling.PEOPLE, Telling.UNDECLARED, Telling.NOBODY}),
        (origin({}, asked="A"), {Telling.NOBODY}),  # its record was removed
    ],
)  # fmt: skip
def test_who_may_lie_on_a_phone(telling: Telling, found: Origin, held_by: set[Telling]) -> None:
    assert may_hold(Extent(telling=telling, is_whole=True), found) is (telling in held_by)
    assert not may_hold(Extent(telling=telling), found)


def test_an_area_holds_whose_records_all_lie_there() -> None:
    there = Extent(telling=Telling.NOBODY, areas=frozenset({"02"}))
    assert may_hold(there, origin({A: "020101"}))
    assert not may_hold(there, origin({A: "240101"}))
    assert not may_hold(there, origin({A: "020101", B: "240101"}))
    assert not may_hold(there, origin({A: None}))
    assert not may_hold(there, origin({}))
