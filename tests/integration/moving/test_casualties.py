"""Lists of casualties, brought: looked at first, once, row by row, counted, and taken back."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.accounts.policy import Act
from service.consent import actions as consent
from service.exports.actions import casualties as exported
from service.exports.actions.source import get_source
from service.exports.purposes import read as purpose
from service.exports.shapes import Words
from service.facts import actions as facts_of
from service.facts import queries as gate
from service.facts.scopes import NAMELESS, Purpose
from service.facts.tables import Consent, Incident, Person
from service.forms.states import FormState
from service.forms.tables import Form
from service.foundation import clock, db
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import Problem
from service.indicators import actions as indicators
from service.intake.actions import moved_in
from service.intake.actions.reception import Reception
from service.intake.tables import Submission
from service.moving.actions import casualty_files, files, undoing, walking
from service.moving.casualties import form
from service.moving.casualties.mapping import Reading, of_json
from service.moving.editing import with_base
from service.moving.plan import Row, What
from service.moving.readers import casualty_file
from service.moving.readers.casualty_file import CasualtyFile
from service.review.actions import deciding
from service.review.actions.deciding import Decision
from service.review.states import Reason, Stage
from service.review.states import What as What_
from service.review.tables import ReviewChange
from tests import casualty_files as published
from tests.factories import a_project
from tests.integration.moving.village import Village, a_village

pytestmark = pytest.mark.usefixtures("database")
BATCH = "b" * 32
LATER = dt.date(2046, 1, 1)


@pytest.fixture
def village(database: db.Database, blobs: LocalBlobs) -> Village:
    found = a_village(blobs, with_form=False)
    object.__setattr__(found.door, "batch", BATCH)
    return found


def bring(
    village: Village, path: Path, told: Reading | None = None, *, is_dry: bool = False
) -> tuple[list[Row], CasualtyFile]:
    with casualty_files.opened(files.given(path), told or Reading()) as source:
        steps = walking.walk(village.door, source, is_dry=is_dry)
        rows = [row for step in steps for row in step.rows if row.what is What.RECORD]
    return rows, source


def how_many(rows: list[Row]) -> Counter[str]:
    return Counter(row.verdict.value for row in rows)


def count(kind: Any, **of: Any) -> int:
    with reading() as session:
        query = sa.select(sa.func.count()).select_from(kind).filter_by(**of)
        return session.scalar(query) or 0


def write(path: Path, *rows: list[str], separator: str = ",", encoding: str = "utf-8") -> Path:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def test_t9_a_list_with_the_published_proportions_comes_once_and_is_counted(
    village: Village, tmp_path: Path
) -> None:
    path = tmp_path / "published.csv"
    path.write_text(published.text(260), "utf-8-sig")
    cmvis = of_json({"source": "cmvis"})
    rows, looked = bring(village, path, cmvis, is_dry=True)
    assert how_many(rows) == {"new": 260}
    assert looked.tally.reconciles
    assert village.count() == 0, "a look stores nothing"
    assert count(Form) == 0
    rows, brought = bring(village, path, cmvis)
    assert how_many(rows) == {"new": 260}
    assert brought.tally == looked.tally
    assert how_many(bring(village, path, cmvis)[0]) == {"same": 260}
    assert village.count() == count(Incident) == count(Consent) == 260
    assert count(Person) == 0, "nobody was assessed"
    assert count(Incident, stats=True, reported_by="cmvis") == 260
    outcomes = published.share(published.OUTCOMES, 260)
    assert {name: count(Incident, outcome=name) for name in outcomes} == outcomes
    men = published.share(published.GROUPS, 260)["men"]
    assert count(Incident, sex="male", was_child="no") == men


def test_casualties_are_counted_and_read_as_codes_and_used_for_nothing_else(
    village: Village, tmp_path: Path
) -> None:
    bring(village, write(tmp_path / "a.csv", ["Sex", "Injury type"], ["M", "Killed"]))
    project_id = village.door.project_id
    with reading() as session:
        key = session.scalars(sa.select(Submission.submission_pk)).one()
        for purpose in Purpose:
            seen = gate.usable(Incident, purpose, project_id, LATER)
            found = session.scalars(sa.select(seen.submission_pk)).all()
            assert bool(found) is (purpose in NAMELESS), purpose
            may = gate.may_use(session, project_id, key, purpose, LATER)
            assert may is (purpose in NAMELESS), purpose
        table = indicators.show(session, SYSTEM, project_id, "I01", (), "internal")
    shown = [cell.n for cell in (*table.cells, *table.totals)]
    assert not any(shown), "no figure of people assessed counts them"


def test_they_are_computed_again_rejected_and_taken_back_as_all_are(
    village: Village, blobs: LocalBlobs, tmp_path: Path
) -> None:
    path = tmp_path / "published.csv"
    path.write_text(published.text(30), "utf-8")
    bring(village, path)
    project_id = village.door.project_id
    with reading() as session:
        before = facts_of.describe(session, project_id)
    assert before.counts["incidents"] == 30
    with unit_of_work() as session:
        assert facts_of.rebuild(session, project_id) == before
    with reading() as session:
        one, other, *_ = session.execute(
            sa.select(Submission.submission_pk, Submission.instance_id)
        ).all()
    with unit_of_work() as session:
        decision = Decision(stage=Stage.REJECTED, reasons=(Reason.CONTRADICTS,))
        deciding.make(session, SYSTEM, project_id, one.submission_pk, decision)
    assert count(Incident, standing="rejected") == 1
    consent.withdraw_record(SYSTEM, project_id, other.instance_id, "person_asked", blobs=blobs)
    assert count(Incident) == 29
    assert how_many(bring(village, path)[0]) == {"same": 29, "gone": 1}


def test_a_row_that_says_otherwise_later_changes_nothing_and_is_told(
    village: Village, tmp_path: Path
) -> None:
    header = ["Casualty No.", "Sex", "Injury type"]
    path = write(tmp_path / "a.csv", header, ["1", "M", "Injured"], ["2", "F", "Injured"])
    bring(village, path)
    write(path, header, ["1", "M", "Killed"], ["2", "Female", "injured"])
    for is_dry in (True, False):
        rows, _ = bring(village, path, is_dry=is_dry)
        told = [(row.verdict.value, row.why.value) for row in rows]
        assert told == [("same", "differs"), ("same", "")]
    assert count(Incident, outcome="killed") == 0


def test_a_killed_import_goes_on_and_its_sums_are_those_of_the_whole(
    village: Village, tmp_path: Path
) -> None:
    path = tmp_path / "published.csv"
    path.write_text(published.text(260), "utf-8")
    with casualty_files.opened(files.given(path), Reading()) as source:
        _, first, *_ = itertools.islice(walking.walk(village.door, source, is_dry=False), 2)
    assert village.count() == 200
    with casualty_files.opened(files.given(path), Reading()) as source:
        steps = walking.walk(village.door, source, is_dry=False, start=first.mark)
        assert [len(step.rows) for step in steps] == [60]
    assert village.count() == count(Incident) == 260
    assert source.tally.reconciles
    assert source.tally.rows == 260


def test_the_sample_of_the_manual_can_be_brought(village: Village) -> None:
    rows, source = bring(village, Path(__file__).parents[3] / "docs" / "casualties-sample.csv")
    assert [(row.verdict.value, row.why.value) for row in rows] == [("new", "")] * 4
    assert source.tally.reconciles
    assert source.tally.as_json()["by_outcome"] == {
        "killed": 2, "amputation": 1, "injured_other": 1, "uninjured": 0, "unknown": 0,
    }  # fmt: skip


def test_a_row_cannot_stand_for_more_than_a_file_may_hold(
    village: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(casualty_file, "MOST", 3)
    path = write(tmp_path / "many.csv", ["Sex", "Number"], ["M", "4"])
    with pytest.raises(Problem) as problem:
        bring(village, path, is_dry=True)
    assert "more than 3 casualties" in problem.value.text()


def test_phones_are_not_offered_the_form(village: Village, tmp_path: Path) -> None:
    bring(village, write(tmp_path / "a.csv", ["sex"], ["m"]))
    with reading() as session:
        states = session.scalars(sa.select(Form.state)).all()
    assert states == [FormState.CLOSING]


def test_each_row_that_stays_out_is_named_with_its_reason(village: Village, tmp_path: Path) -> None:
    path = write(
        tmp_path / "c.csv",
        ["Victim ID", "Gender", "Accident type", "Date of accident", "Province"],
        ["1", "M", "AP mine", "07/03/1989", "Pailin"],
        ["2", "M", "Bombard", "07/03/1989", "Pailin"],
        ["3", "F", "UXO", "41/03/1989", "Pailin"],
        ["1", "M", "AP mine", "07/03/1989", "Pailin"],
        ["", "F", "UXO", "1989", "Pailin"],
    )
    for is_dry in (True, False):
        rows, source = bring(village, path, is_dry=is_dry)
        assert [(row.verdict.value, row.why.value, row.detail) for row in rows] == [
            ("new", "", "2"),
            ("refused", "unmapped", "3: device: Bombard"),
            ("refused", "no_date", "4: date: 41/03/1989"),
            ("refused", "twice", "5"),
            ("refused", "no_id", "6: key"),
        ]
        assert (source.tally.rows, source.tally.groups.total()) == (5, 1)
        assert not source.tally.reconciles
        assert dict(source.tally.unknown_words) == {("device", "Bombard"): 1}
    assert village.count() == 1
    told = of_json({"words": {"device": {"Bombard": "erw_other"}}})
    assert how_many(bring(village, path, told)[0]) == {"same": 1, "new": 1, "refused": 3}


@pytest.mark.parametrize(("separator", "encoding"), [(";", "utf-8"), ("\t", "utf-8-sig")])
def test_other_separators_and_a_byte_order_mark(
    village: Village, tmp_path: Path, separator: str, encoding: str
) -> None:
    rows = (["ភេទ", "ខេត្ត"], ["ស្រី", "ប៉ៃលិន"])
    path = write(tmp_path / "k.csv", *rows, separator=separator, encoding=encoding)
    assert how_many(bring(village, path)[0]) == {"new": 1}
    assert count(Incident, sex="female", place="24") == 1


def test_a_file_of_another_encoding_and_one_of_something_else_are_told_kindly(
    village: Village, tmp_path: Path
) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes(b"Sex;Province\nM;Ratanak\xfcri\n")
    with pytest.raises(Problem) as problem:
        bring(village, path)
    assert "save it as CSV UTF-8" in problem.value.text()
    with pytest.raises(Problem) as problem:
        bring(village, write(tmp_path / "trees.csv", ["tree"], ["mango"]))
    assert "say which is which" in problem.value.text()


def test_a_workbook_is_read_from_the_sheet_of_which_most_is_known(
    village: Village, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["About this file"])
    book.active.append(["made by somebody"])
    sheet = book.create_sheet("Casualties")
    sheet.append(["Victim ID", "Gender", "Date of accident", "Age at accident", "Province"])
    sheet.append([7, "M", dt.date(1989, 3, 7), 44.0, 24])
    sheet.append([8, "=1+1", None, None, None])
    book.save(tmp_path / "c.xlsx")
    rows, _ = bring(village, tmp_path / "c.xlsx")
    assert [(row.verdict.value, row.detail) for row in rows] == [("new", "2"), ("new", "3")]
    assert count(Incident, sex="unknown") == 1, "a formula that nobody computed says nothing"
    assert count(Incident, age_from=44, place="24", incident_from=dt.date(1989, 3, 7)) == 1


def test_an_import_is_taken_back_into_the_trash_and_does_not_come_again(
    village: Village, tmp_path: Path
) -> None:
    path = tmp_path / "published.csv"
    path.write_text(published.text(120), "utf-8")
    bring(village, path)
    assert count(Incident) == 120
    steps = list(undoing.remove(village.door, BATCH))
    assert [len(step.rows) for step in steps] == [100, 20]
    assert count(Incident) == 0
    with reading() as session:
        left = session.scalars(sa.select(Submission.deleted_at)).all()
    assert len(left) == 120
    assert all(left), "nothing of them is erased"
    assert how_many(bring(village, path)[0]) == {"gone": 120}
    assert [step.rows for step in undoing.remove(village.door, BATCH)] == [[]]


def test_what_somebody_changed_since_stays_when_the_rest_is_taken_back(
    village: Village, tmp_path: Path
) -> None:
    bring(village, write(tmp_path / "c.csv", ["Casualty No.", "Sex"], ["1", "M"], ["2", "M"]))
    with reading() as session:
        first = session.scalars(sa.select(Submission.instance_id)).first()
    edit = form.instance("uuid:edited", {"sex": "female", "outcome": "killed"})
    moved_in.bring(
        Reception(SYSTEM, village.door.project_id, village.door.blobs),
        with_base(edit, first),
        clock.now(),
        lambda _: None,
        None,
    )
    (step,) = undoing.remove(village.door, BATCH)
    assert len(step.rows) == 1
    with reading() as session:
        stays = session.scalars(
            sa.select(Submission.instance_id).where(Submission.deleted_at.is_(None))
        ).all()
        entries = session.scalars(
            sa.select(AuditEntry.details).where(AuditEntry.action == "record.remove")
        ).all()
        changes = session.scalars(
            sa.select(ReviewChange.reasons).where(ReviewChange.what == What_.REMOVED)
        ).all()
    assert set(stays) == {first, "uuid:edited"}
    assert entries == [{"reason": "mistake"}]
    assert changes == [["mistake"]]


@pytest.mark.parametrize("words", list(Words))
def test_what_is_exported_and_brought_elsewhere_gives_the_same_facts(
    village: Village, tmp_path: Path, words: Words
) -> None:
    path = write(
        tmp_path / "c.csv",
        ["Victim ID", "Gender", "Age at accident", "Age group", "Accident type", "Date of accident",
         "Province", "District", "Commune", "Village", "Victim status", "Injuries", "Side of body",
         "Activity", "Victim category", "Area marked", "Submunition kind", "Date of report"],
        ["1", "M", "44", "", "Cluster", "07/03/1989", "02", "0201", "020101", "02010101", "Injured",
         "amp_leg_below_knee; eye_one", "left", "farming", "civilian", "no", "blu", "01/02/2020"],
        ["2", "F", "", "Under 18", "UXO", "1989", "Pailin", "", "", "", "Killed", "", "",
         "playing", "", "", "", ""],
        ["3", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", ""],
    )  # fmt: skip
    told = of_json({"source": "cmvis"})
    assert how_many(bring(village, path, told)[0]) == {"new": 3}
    with unit_of_work() as session:
        project_id = a_project(session, "Battambang").id
    other = Village(door=dataclasses.replace(village.door, project_id=project_id))
    for style, ending in (("imsma", "csv"), ("imsma", "xlsx")):
        with reading() as session:
            counting = purpose("count")
            assert counting is not None
            source = get_source(
                session, SYSTEM, Act.ROWS_EXPORT, village.door.project_id, form.FORM_ID, counting
            )
        write_out = exported.csv if ending == "csv" else exported.xlsx
        back = tmp_path / f"back.{ending}"
        back.write_bytes(b"".join(write_out(source, style, words)))
        rows, again = bring(other, back)
        assert how_many(rows) == ({"new": 3} if ending == "csv" else {"same": 3}), rows
        assert again.tally.reconciles
    assert facts(other) == facts(village)


def facts(of: Village) -> list[dict[str, Any]]:
    left_out = ("project_id", "submission_pk")
    columns = [c for c in Incident.__table__.columns if c.name not in left_out]
    with reading() as session:
        query = sa.select(*columns).where(Incident.project_id == of.door.project_id)
        rows = [dict(row._mapping) for row in session.execute(query)]
    assert len(rows) == 3
    return sorted(rows, key=lambda row: str(row["outcome"]))
