"""Export files of other servers, as those servers write them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from service.accounts.actor import SYSTEM
from service.consent import actions as consent
from service.forms import actions as forms
from service.foundation import db
from service.foundation.blobs import LocalBlobs
from service.foundation.db import unit_of_work
from service.foundation.problems import Problem
from service.moving.actions import files, walking
from service.moving.plan import What
from tests.integration.moving.test_servers import instance
from tests.integration.moving.village import FORM, Village, a_village, id_of, verdicts

pytestmark = pytest.mark.usefixtures("database")
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 40


@pytest.fixture
def village(database: db.Database, blobs: LocalBlobs) -> Village:
    return a_village(blobs)


def table(header: list[str], *rows: list[str], separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([header, *rows])
    return out.getvalue()


ROOT = [
    "SubmissionDate", "name", "visit-at-Latitude", "visit-at-Longitude", "visit-at-Altitude",
    "visit-at-Accuracy", "visit-helps", "photo", "meta-instanceID", "KEY", "SubmitterID",
    "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status", "ReviewState",
    "DeviceID", "Edits", "FormVersion",
]  # fmt: skip


def a_root(n: int, name: str, photo: str = "", review: str = "") -> list[str]:
    place = ["12.5", "104.9", "0", "5"]
    return [
        f"2024-03-0{n}T08:00:00.000Z", name, *place, "ramp work", photo, id_of(n), id_of(n), "5",
        "Arun", "1", "1", "", review, "collect:x", "0", "1",
    ]  # fmt: skip


def central_zip(path: Path, roots: list[list[str]], children: list[list[str]], toys: str) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("village.csv", table(ROOT, *roots))
        out.writestr("village-child.csv", table(["called", "PARENT_KEY", "KEY"], *children))
        out.writestr("village-toy.csv", toys)
        out.writestr("media/p.png", PNG)
    return path


TOYS = table(
    ["kind", "PARENT_KEY", "KEY"],
    ["ball", f"{id_of(2)}/child[1]", f"{id_of(2)}/child[1]/toy[1]"],
    ["doll", f"{id_of(2)}/child[2]", f"{id_of(2)}/child[2]/toy[1]"],
    ["kite", f"{id_of(2)}/child[2]", f"{id_of(2)}/child[2]/toy[2]"],
)
CHILDREN = [
    ["Dara", id_of(2), f"{id_of(2)}/child[1]"],
    ["Bopha", id_of(2), f"{id_of(2)}/child[2]"],
    ["Arun", id_of(1), f"{id_of(1)}/child[1]"],
]


def test_centrals_zip_comes_with_repeats_places_files_dates_and_reviews(
    village: Village, tmp_path: Path
) -> None:
    roots = [a_root(2, "ភូមិពីរ", "p.png", "approved"), a_root(1, "one", "gone.png")]
    path = central_zip(tmp_path / "v.csv.zip", roots, CHILDREN, TOYS)
    told = {id_of(2): "new", id_of(1): "new: files_missing"}
    assert verdicts(village.bring_file(path, is_dry=True)) == told
    assert village.count() == 0, "a dry run stores nothing"
    assert verdicts(village.bring_file(path)) == told
    assert village.answers(id_of(2)) == {
        "name": ["ភូមិពីរ"],
        "visit/at": ["12.5 104.9 0 5"],
        "visit/helps": ["ramp work"],
        "child/called": ["Dara", "Bopha"],
        "child/toy/kind": ["ball", "doll", "kite"],
        "photo": ["p.png"],
        "meta/instanceID": [id_of(2)],
    }
    stored = village.row(id_of(2))
    assert stored.received_at.isoformat() == "2024-03-02T08:00:00+00:00"
    assert (stored.files_expected, stored.files_present, stored.channel) == (1, 1, "moved")
    again = verdicts(village.bring_file(path))
    assert again == {id_of(2): "same", id_of(1): "files: files_missing"}
    assert village.count() == 2


def test_repeats_that_were_sorted_anew_are_refused_before_anything_is_stored(
    village: Village, tmp_path: Path
) -> None:
    roots = [a_root(2, "two"), a_root(1, "one")]
    path = central_zip(tmp_path / "v.csv.zip", roots, sorted(CHILDREN), TOYS)
    with pytest.raises(Problem) as problem:
        village.bring_file(path)
    assert "export it anew" in problem.value.text()
    assert village.count() == 0


def test_rows_without_an_id_and_ids_that_come_twice_are_told_by_row(
    village: Village, tmp_path: Path
) -> None:
    path = tmp_path / "kobo.csv"
    rows = [["a", id_of(1)[5:], "2024-01-01T00:00:00"], ["b", "", ""], ["c", id_of(1)[5:], ""]]
    header = ["name", "_uuid", "_submission_time"]
    path.write_text(table(header, *rows, separator=";"), "utf-8-sig")
    rows_told = [(row.name, row.verdict.value, row.why.value) for row in village.bring_file(path)]
    assert rows_told == [
        (id_of(1), "new", "no_root"),
        ("row 3", "refused", "no_id"),
        (id_of(1), "refused", "twice"),
    ]


def test_onas_csv_has_repeats_beside_their_record(village: Village, tmp_path: Path) -> None:
    path = tmp_path / "ona.csv"
    header = ["name", "child[1]/called", "child[2]/called", "child[2]/toy[1]/kind", "age", "_uuid"]
    path.write_text(table(header, ["n", "Dara", "Bopha", "kite", "9", id_of(3)[5:]]), "utf-8")
    with files.opened(files.given(path), "village", village.door.project_id) as source:
        left = [(r.name, r.why) for r in village.bring(source) if r.what is What.COLUMN]
        assert left == [("age", "no_question")]
    found = village.answers(id_of(3))
    assert (found["child/called"], found["child/toy/kind"]) == (["Dara", "Bopha"], ["kite"])


def test_kobos_workbook_joins_its_sheets(village: Village, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    root = book.active
    root.append(["name", "_uuid", "_submission_time", "_index", "_validation_status"])
    root.append(["n", id_of(4)[5:], "2024-05-01T01:02:03", 1, "Approved"])
    child = book.create_sheet("child")
    child.append(["called", "_index", "_parent_index", "_submission__uuid"])
    for n, name in enumerate(["Dara", "Bopha"], start=1):
        child.append([name, n, 1, id_of(4)[5:]])
    toy = book.create_sheet("toy")
    toy.append(["kind", "_index", "_parent_index", "_submission__uuid"])
    toy.append(["kite", 1, 2, id_of(4)[5:]])
    path = tmp_path / "k.xlsx"
    book.save(path)
    assert verdicts(village.bring_file(path)) == {id_of(4): "new: no_root"}
    found = village.answers(id_of(4))
    assert (found["child/called"], found["child/toy/kind"]) == (["Dara", "Bopha"], ["kite"])


def test_instances_of_a_folder_and_of_a_zip(village: Village, tmp_path: Path) -> None:
    xml = (
        f'<data id="village" version="1" instanceID="{id_of(5)}" '
        'submissionDate="2023-07-01T10:00:00.000Z"><name>n</name><photo>p.png</photo>'
        f"<meta><instanceID>{id_of(5)}</instanceID></meta></data>"
    )
    folder = tmp_path / "instances" / "uuid5"
    folder.mkdir(parents=True)
    (folder / "submission.xml").write_text(xml)
    (folder / "p.png").write_bytes(PNG)
    (folder.parent / "broken.xml").write_text("<data")
    (folder.parent / "other.xml").write_text('<data id="another"/>')
    packed = tmp_path / "i.zip"
    with zipfile.ZipFile(packed, "w") as out:
        for path in sorted((tmp_path / "instances").rglob("*.*")):
            out.write(path, path.relative_to(tmp_path).as_posix())
    assert verdicts(village.bring_file(tmp_path / "instances")) == {
        "broken.xml": "refused: unreadable",
        id_of(5): "new",
    }
    assert village.row(id_of(5)).files_present == 1
    assert village.row(id_of(5)).received_at.year == 2023
    assert verdicts(village.bring_file(packed))[id_of(5)] == "same"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("pictures", [1, 2])
def test_a_file_that_may_be_of_two_records_is_given_to_neither(
    village: Village, tmp_path: Path, pictures: int
) -> None:
    """Central writes the files of all records into one folder."""
    roots = [
        a_root(2, "two", "sign.png"),
        a_root(1, "one", "sign.png"),
        a_root(3, "three", "p.png"),
    ]
    path = central_zip(tmp_path / "v.csv.zip", roots, CHILDREN, TOYS)
    with zipfile.ZipFile(path, "a") as out:
        for n in range(pictures):
            out.writestr("media/sign.png", PNG + bytes([n]))
    told = {id_of(2): "new: files_shared", id_of(1): "new: files_shared", id_of(3): "new"}
    assert verdicts(village.bring_file(path, is_dry=True)) == told
    assert verdicts(village.bring_file(path)) == told
    assert [village.row(id_of(n)).files_present for n in (1, 2, 3)] == [0, 0, 1]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_stands_twice_is_given_to_nobody(village: Village, tmp_path: Path) -> None:
    """The other record may be one that the export left out."""
    path = central_zip(tmp_path / "v.csv.zip", [a_root(1, "one", "p.png")], [], table(["a"]))
    with zipfile.ZipFile(path, "a") as out:
        out.writestr("media/p.png", PNG + b"another")
    assert verdicts(village.bring_file(path)) == {id_of(1): "new: files_missing"}


def test_what_ona_writes_for_nothing_is_no_answer(village: Village, tmp_path: Path) -> None:
    path = tmp_path / "ona.csv"
    header = ["name", "visit/helps", "child[1]/called", "child[2]/called", "photo", "_uuid"]
    path.write_text(table(header, ["n", "n/a", "Dara", "n/a", "n/a", id_of(3)[5:]]), "utf-8")
    assert verdicts(village.bring_file(path)) == {id_of(3): "new: no_root"}
    found = village.answers(id_of(3))
    assert found == {"name": ["n"], "child/called": ["Dara"], "meta/instanceID": [id_of(3)]}
    assert village.row(id_of(3)).files_expected == 0


def kobo_book(path: Path, n: int, name: str) -> Path:
    """A record whose first version was 4, as version `n`."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["name", "_uuid", "_submission_time", "meta/rootUuid", "_index"])
    sheet.append([name, id_of(n)[5:], "2024-05-01T01:02:03", id_of(4), 1])
    book.save(path)
    return path


def test_kobos_workbook_brought_again_after_edits_doubles_nothing(
    village: Village, tmp_path: Path
) -> None:
    for n, name, verdict in ((4, "first", "new"), (5, "edited", "changed"), (6, "x", "changed")):
        path = kobo_book(tmp_path / "k.xlsx", n, name)
        assert verdicts(village.bring_file(path, is_dry=True)) == {id_of(n): verdict}
        assert verdicts(village.bring_file(path)) == {id_of(n): verdict}
        assert verdicts(village.bring_file(path)) == {id_of(n): "same"}
    states = [village.row(id_of(n)).state for n in (4, 5, 6)]
    assert states == ["superseded", "superseded", "current"]


def test_an_edit_that_lies_before_its_base_is_an_edit_of_it(
    village: Village, tmp_path: Path
) -> None:
    folder = tmp_path / "instances"
    folder.mkdir()
    (folder / "a.xml").write_text(instance(13, "second", edits=id_of(12)))
    (folder / "b.xml").write_text(instance(12, "edited", edits=id_of(11)))
    (folder / "c.xml").write_text(instance(11, "first"))
    assert list(verdicts(village.bring_file(folder))) == [id_of(11), id_of(12), id_of(13)]
    states = [village.row(id_of(n)).state for n in (11, 12, 13)]
    assert states == ["superseded", "superseded", "current"]


def test_what_no_question_is_called_by_is_named_of_repeats_and_sheets_too(
    village: Village, tmp_path: Path
) -> None:
    path = kobo_book(tmp_path / "k.xlsx", 4, "first")
    book = openpyxl.load_workbook(path)
    child = book.create_sheet("child")
    child.append(["called", "shoe", "_index", "_parent_index", "_submission__uuid"])
    child.append(["Dara", "39", 1, 1, id_of(4)[5:]])
    book.create_sheet("kinder").append(["called", "_submission__uuid"])
    book.save(path)
    for is_dry in (True, False):
        left = [row for row in village.bring_file(path, is_dry=is_dry) if row.what != What.RECORD]
        assert [(row.what, row.name, row.why) for row in left] == [
            ("column", "shoe", "no_question"), ("sheet", "kinder", "no_question"),
        ]  # fmt: skip


def test_a_midnight_is_a_time_where_the_form_asks_for_one(
    database: db.Database, blobs: LocalBlobs, tmp_path: Path
) -> None:
    """A spreadsheet does not tell a day from its first moment; the form does."""
    village = a_village(blobs, with_form=False)
    xml = FORM.format(version="1").replace(
        'nodeset="/data/name" type="string"', 'nodeset="/data/name" type="dateTime"'
    ).replace(
        'nodeset="/data/child/called" type="string"', 'nodeset="/data/child/called" type="date"'
    )  # fmt: skip
    with unit_of_work() as session:
        project_id = village.door.project_id
        forms.publish_xml(session, SYSTEM, project_id, xml.encode(), media={}, blobs=blobs)
    book = openpyxl.Workbook()
    night = dt.datetime(2024, 5, 1)  # noqa: DTZ001 - as a spreadsheet has it
    book.active.append(["name", "_uuid", "meta/rootUuid", "_index"])
    book.active.append([night, id_of(4)[5:], id_of(4), 1])
    child = book.create_sheet("child")
    child.append(["called", "_index", "_parent_index", "_submission__uuid"])
    child.append([night, "²", 1, id_of(4)[5:]])
    book.save(tmp_path / "k.xlsx")
    assert verdicts(village.bring_file(tmp_path / "k.xlsx")) == {id_of(4): "new"}
    found = village.answers(id_of(4))
    assert (found["name"], found["child/called"]) == (["2024-05-01T00:00:00.000"], ["2024-05-01"])


def test_a_record_first_brought_after_edits_is_known_when_it_was_edited_again(
    village: Village, tmp_path: Path
) -> None:
    """Neither its first version nor the one that the next edit names was ever here."""
    path = tmp_path / "k.xlsx"
    for n, verdict in ((5, "new: latest_only"), (7, "changed"), (9, "changed")):
        kobo_book(path, n, f"edit {n}")
        assert verdicts(village.bring_file(path, is_dry=True)) == {id_of(n): verdict}
        assert verdicts(village.bring_file(path)) == {id_of(n): verdict}
    assert [village.row(id_of(n)).state for n in (5, 7, 9)] == [
        "superseded", "superseded", "current",
    ]  # fmt: skip
    consent.withdraw_record(
        SYSTEM, village.door.project_id, id_of(9), "person_asked", blobs=village.door.blobs
    )
    kobo_book(path, 8, "edited once more")
    assert verdicts(village.bring_file(path)) == {id_of(8): "gone"}


def test_a_file_that_was_cut_off_goes_on_where_it_stopped(village: Village, tmp_path: Path) -> None:
    """Its rows are read past, and told once."""
    path = tmp_path / "kobo.csv"
    rows = [[f"n{n}", id_of(n)[5:], id_of(n)] for n in range(1, 251)]
    path.write_text(table(["name", "_uuid", "meta/rootUuid"], *rows, [*rows[0]]), "utf-8")
    with files.opened(files.given(path), "village", village.door.project_id) as source:
        step = next(step for step in walking.walk(village.door, source, is_dry=False) if step.rows)
    assert village.count() == len(step.rows) == 200
    with files.opened(files.given(path), "village", village.door.project_id) as source:
        told = village.bring(source, start=step.mark)
    assert [row.verdict for row in told] == ["new"] * 50 + ["refused"], "the last came before"
    assert village.count() == 250
