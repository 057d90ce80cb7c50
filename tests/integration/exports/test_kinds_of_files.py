"""What Central does not have: three shapes of workbooks, JSON lines, Stata and SPSS."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pyreadstat
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from service.accounts.actor import Actor, Role
from service.accounts.policy import Act
from service.exports import purposes
from service.exports.actions import making
from service.exports.actions.source import Source, get_source
from service.exports.kinds import Kind
from service.exports.queries import records
from service.exports.shapes import Words
from service.facts.tables import Consent
from service.forms.schema import Sensitivity
from service.foundation import db, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import spss_syntax
from service.foundation.formats.stata import Collected, Variable
from service.intake.tables import Submission
from tests import postgres
from tests.conftest import drain
from tests.factories import Phone
from tests.pulled_form import FORM_ID, FULL, ONE, a_pulled_phone, record, send

TWO = "uuid:00000000-0000-4000-8000-000000000002"


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    made = a_pulled_phone(client)
    send(made, record(TWO, inside="<who><age>about 40</age></who><help>ramp</help>"))
    send(made, record(ONE, inside=FULL))
    return made


def source(phone: Phone, *, with_identity: bool = False, only_root: bool = False) -> Source:
    told = purposes.read("work")
    assert told is not None
    roles = {phone.project_id: frozenset({Role.COORDINATOR})}
    actor = Actor(id=900, name="Chanthou", roles=roles, is_fresh=True)
    with reading() as session:
        return get_source(
            session,
            actor,
            Act.ROWS_EXPORT,
            phone.project_id,
            FORM_ID,
            told,
            with_identity=with_identity,
            only_root=only_root,
        )


def made(app: Flask, phone: Phone, kind: Kind, words: Words = Words.CODE) -> bytes:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    found = source(phone, only_root=kind in making.ONLY_ROOT)
    data = b"".join(making.pieces(found, kind, words, blobs))
    assert list(blobs.staging.iterdir()) == [], "nothing that was put by stays"
    return data


def sheets(data: bytes) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for sheet in load_workbook(io.BytesIO(data)):
        header, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(header, row, strict=True)) for row in rows]
    return found


def test_linked_sheets_are_joined_by_keys(app: Flask, phone: Phone) -> None:
    found = sheets(made(app, phone, Kind.XLSX_LINKED))
    assert list(found) == [FORM_ID, "child", "toy"]
    first, second = found[FORM_ID]
    assert (first["KEY"], first["who-age"], first["help"]) == (ONE, 44, "ramp chair")
    assert second["who-age"] == "about 40", "what is no number is not lost"
    assert first["who-name"] is None
    assert [child["PARENT_KEY"] for child in found["child"]] == [ONE, ONE]
    assert [(toy["KEY"], toy["PARENT_KEY"], toy["kind"]) for toy in found["toy"]] == [
        (f"{ONE}/child[1]/toy[1]", f"{ONE}/child[1]", "ball"),
        (f"{ONE}/child[1]/toy[2]", f"{ONE}/child[1]", "kite"),
    ]


@pytest.mark.parametrize(
    ("words", "title", "told"),
    [
        (Words.EN, "What help?", "A ramp, A chair"),
        (Words.KM, "ត្រូវការអ្វី?", "ផ្លូវជម្រាល, រទេះ"),
        (Words.CODE, "help", "ramp chair"),
    ],
)
def test_headers_and_choices_in_words(
    app: Flask, phone: Phone, words: Words, title: str, told: str
) -> None:
    first, _ = sheets(made(app, phone, Kind.XLSX_LINKED, words))[FORM_ID]
    assert first[title] == told


def test_long_rows_say_what_holds_them(app: Flask, phone: Phone) -> None:
    found = sheets(made(app, phone, Kind.XLSX_LONG))
    ball, kite = found["toy"]
    assert (kite["toy: kind"], kite["child: age"], kite["who-age"]) == ("kite", 7, 44)
    assert ball["KEY"] == kite["KEY"] == ONE
    assert len(found["child"]) == 2
    assert len(found[FORM_ID]) == 2


def test_wide_rows_hold_their_repeats(app: Flask, phone: Phone) -> None:
    found = sheets(made(app, phone, Kind.XLSX_WIDE))
    assert list(found) == [FORM_ID]
    first, second = found[FORM_ID]
    assert (first["child[1]/age"], first["child[2]/age"]) == (7, 9)
    assert (first["child[1]/toy[1]/kind"], first["child[1]/toy[2]/kind"]) == ("ball", "kite")
    assert "child[2]/toy[1]/kind" not in first
    assert second["child[1]/age"] is None


def test_json_lines_are_exact(app: Flask, phone: Phone) -> None:
    first, second = map(orjson.loads, made(app, phone, Kind.JSON_LINES).splitlines())
    assert first["__id"] == ONE
    assert [child["age"] for child in first["child"]] == [7, 9]
    assert first["child"][0]["toy"][1]["kind"] == "kite"
    assert second["who"]["age"] is None


def test_stata_is_read_back_with_its_labels(app: Flask, phone: Phone, tmp_path: Path) -> None:
    long = "ខ" * 1500
    send(phone, record(inside=f"<place>{long}</place><store>yes</store>"))
    path = tmp_path / "records.dta"
    path.write_bytes(made(app, phone, Kind.STATA, Words.KM))
    data, meta = pyreadstat.read_dta(str(path), output_format="dict")
    assert data["KEY"][1:] == [ONE, TWO]
    assert data["who_age"][1] == 44
    assert data["place"] == [long, "ផ្សារ", ""], "longer than a row can hold"
    assert meta.column_names_to_labels["help"] == "ត្រូវការអ្វី?"
    assert meta.number_rows == 3


def test_stata_has_a_file_for_each_repeat(app: Flask, phone: Phone, tmp_path: Path) -> None:
    data = made(app, phone, Kind.STATA_ZIP, Words.EN)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [
            f"{FORM_ID}.dta", f"{FORM_ID}-child.dta", f"{FORM_ID}-toy.dta",
        ]  # fmt: skip
        archive.extractall(tmp_path)
    child, _ = pyreadstat.read_dta(str(tmp_path / f"{FORM_ID}-child.dta"), output_format="dict")
    assert child["KEY"] == [f"{ONE}/child[1]", f"{ONE}/child[2]"]
    assert child["PARENT_KEY"] == [ONE, ONE]
    assert list(child["age"]) == [7, 9]
    assert child["called"] == ["", ""], "names are masked there too"
    toy, _ = pyreadstat.read_dta(str(tmp_path / f"{FORM_ID}-toy.dta"), output_format="dict")
    assert toy["PARENT_KEY"] == [f"{ONE}/child[1]"] * 2
    assert toy["kind"] == ["ball", "kite"]


def read_back(
    tmp_path: Path, variables: list[Variable], rows: list[list[Any]]
) -> tuple[dict[str, list[Any]], Any]:
    collected = Collected(variables)
    lines = [collected.line(row) for row in rows]
    path = tmp_path / "read_back.dta"
    path.write_bytes(b"".join(collected.file(lambda: lines)))
    data, meta = pyreadstat.read_dta(str(path), output_format="dict")
    return data, meta


def test_stata_names_stay_within_32_signs_and_each_has_one(tmp_path: Path) -> None:
    """However many begin alike; Stata opens no file with a longer one."""
    long = "question_with_a_very_long_name_that_goes_on"
    number = 1_200
    variables = [Variable(name=f"{long}_{n}", label=f"no. {n}") for n in range(number)]
    variables += [Variable(name=name, label=name) for name in ("if", "1a", "ភេទ", "ភូមិ", "_")]
    row = [f"answer {n}" for n in range(len(variables))]
    data, meta = read_back(tmp_path, variables, [row])
    names = meta.column_names
    assert len(set(names)) == len(variables)
    assert max(map(len, names)) <= 32
    assert [cells[0] for cells in data.values()] == row, "each under its own name"
    assert meta.column_labels == [one.label for one in variables]


def test_stata_labels_are_cut_between_signs(tmp_path: Path) -> None:
    labels = {"a": "ខ" * 20_000, "b": "x" * 40_000, "c d": "", "": "nothing"}
    variables = [
        Variable(name="c", label="ខ" * 200, labels=labels),
        Variable(name="d", label="😀" * 99),
    ]
    data, meta = read_back(tmp_path, variables, [["a", ""], ["b", "x"], ["c d", ""], ["e", ""]])
    told = meta.variable_value_labels["c"]
    assert [len(told[code]) for code in (1, 2)] == [10_666, 32_000]
    assert told[3] == "c d", "without words the code itself"
    assert [told[code] for code in data["c"]][3] == "e", "that the form does not name"
    assert meta.column_labels == ["ខ" * 80, "😀" * 80]


@pytest.mark.parametrize(
    ("codes", "stands"),
    [
        (["1", "2", "99"], [1, 2, 99, 5, 100]),
        (["0", "-1", "77"], [0, -1, 77, 5, 78]),
        (["01", "1", "2"], [1, 2, 3, 4, 5]),
        (["yes", "1", "2.5"], [1, 2, 3, 4, 5]),
        (["1", "99999999999"], [1, 2, 3, 4]),
    ],
)
def test_stata_codes_that_are_numbers_stay_what_they_are(
    tmp_path: Path, codes: list[str], stands: list[int]
) -> None:
    """99 means "does not know" to whoever analyses; others have no number, and are counted."""
    variable = Variable(name="c", label="", labels={code: f"label of {code}" for code in codes})
    rows = [[code] for code in (*codes, "5", "other", "")]
    data, meta = read_back(tmp_path, [variable], rows)
    assert data["c"][:-1] == stands
    assert meta.variable_value_labels["c"] == dict(
        zip(stands, [*(f"label of {code}" for code in codes), "5", "other"], strict=True)
    )


def test_spss_names_stay_within_64_bytes_and_each_has_one() -> None:
    long = "question_with_a_name_that_is_longer_than_spss_takes_and_goes_on_and_on"
    variables = [spss_syntax.Variable(name=f"{long}{n}", label="") for n in range(1_200)]
    variables += [spss_syntax.Variable(name=name, label="") for name in ("Age", "AGE", "to", "_x")]
    told = spss_syntax.syntax("a.csv", variables).split("/VARIABLES=\n")[1].split("\n.")[0]
    names = [line.split()[0] for line in told.splitlines()]
    assert len({name.casefold() for name in names}) == len(variables)
    assert max(len(name.encode()) for name in names) <= 64


def test_stata_codes_are_numbers_with_labels(tmp_path: Path) -> None:
    variables = [
        Variable(name="ភេទ", label="ភេទ", labels={"f": "ស្រី", "m": "ប្រុស"}),
        Variable(name="ភូមិ", label="", is_number=True),
    ]
    collected = Collected(variables)
    lines = [collected.line(row) for row in (["m", 1.5], ["f", None], ["x", 2], [None, 3])]
    path = tmp_path / "coded.dta"
    path.write_bytes(b"".join(collected.file(lambda: lines)))
    data, meta = pyreadstat.read_dta(str(path), output_format="dict")
    (first, second) = data
    assert list(data[first])[:3] == [2, 1, 3]
    assert meta.variable_value_labels[first] == {1: "ស្រី", 2: "ប្រុស", 3: "x"}
    assert list(data[second])[::2] == [1.5, 2]
    assert struct.unpack("<H", path.read_bytes().split(b"<K>")[1][:2]) == (2,)


@pytest.mark.fresh_database
def test_consent_is_asked_of_the_primary_and_rows_of_the_replica(
    app: Flask, phone: Phone, database_url: str
) -> None:
    """Rows may be late; a no of a moment ago may not."""
    if database_url.startswith("sqlite"):
        return  # one file
    drain(app)
    usual = db.current()
    usual.dispose()
    keys.current().dispose()
    behind = postgres.copy_of(database_url)
    opened = db.Database(database_url, read_url=behind)
    db.use(opened)
    try:
        found = source(phone)
        as_it_was = list(found.validators())
        (before,) = [one for one in found.read() if one.stored.instance_id == ONE]
        send(phone, record())
        with db.unit_of_work() as session:
            session.execute(sa.update(Consent).values(scopes=0))
        assert list(found.validators()) == as_it_was, "validators are as old as the rows"
        (after,) = [one for one in found.read() if one.stored.instance_id == ONE]
    finally:
        opened.dispose()
        db.use(usual)
        postgres.execute(behind, f'DROP DATABASE "{sa.make_url(behind).database}" WITH (FORCE)')
    assert Sensitivity.CODED in before.seen
    assert after.seen == frozenset({Sensitivity.OPEN})


def test_spss_gets_a_csv_and_what_reads_it(app: Flask, phone: Phone) -> None:
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(files_expected=12))
    data = made(app, phone, Kind.SPSS, Words.EN)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [FORM_ID, f"{FORM_ID}-child", f"{FORM_ID}-toy"]
        assert archive.namelist() == [f"{name}.{end}" for name in names for end in ("csv", "sps")]
        children = list(csv.DictReader(io.StringIO(archive.read(f"{FORM_ID}-child.csv").decode())))
        of_children = archive.read(f"{FORM_ID}-child.sps").decode()
        table = list(csv.reader(io.StringIO(archive.read(f"{FORM_ID}.csv").decode(), newline="")))
        syntax = archive.read(f"{FORM_ID}.sps").decode()
    assert [(one["PARENT_KEY"], one["age"]) for one in children] == [(ONE, "7"), (ONE, "9")]
    assert "age F20.6" in of_children
    assert f"KEY A{len(ONE)}" in of_children, "of the key of what holds it"
    variables = syntax.split("/VARIABLES=\n")[1].split("\n.")[0].splitlines()
    assert len(variables) == len(table[0]), "a variable for each column"
    assert "who_age F20.6" in syntax
    assert "VARIABLE LABELS help 'What help?'." in syntax
    width = int(syntax.split("  place A")[1].split("\n")[0])
    assert width == len("ផ្សារ".encode())
    for told, cells in zip(variables, zip(*table[1:], strict=True), strict=True):
        name, kind = told.split()
        longest = max(len(cell.encode()) for cell in cells)
        assert kind == "F20.6" or int(kind[1:]) >= longest, f"{name} would be cut"


def test_labels_of_choices_are_told_to_spss() -> None:
    from service.foundation.formats.spss_syntax import Variable, syntax

    told = syntax("a'b.csv", [Variable(name="by", label="it's", labels={"f": "ស្រី"}, width=1)])
    assert "VALUE LABELS by_2\n  'f' 'ស្រី'\n  ." in told, "BY is a word of SPSS itself"
    assert "/FILE='a''b.csv'" in told
    assert "VARIABLE LABELS by_2 'it''s'." in told


def test_large_records_are_read_one_by_one(app: Flask, phone: Phone) -> None:
    """A page of records of 4 MB each would not fit into the memory."""
    long = "ខ" * 100_000
    send(phone, record(inside=f"<place>{long}</place>"))
    found = source(phone)
    with reading() as session:
        page = records.page(session, found.selection, after=None, offset=0, limit=300)
    assert [one.xml is None for one in page] == [True, False, False]
    assert sum(len(one.xml or b"") for one in page) < 10_000
    lines = [orjson.loads(line) for line in made(app, phone, Kind.JSON_LINES).splitlines()]
    assert lines[0]["place"] == long
    assert lines[1]["__id"] == ONE
