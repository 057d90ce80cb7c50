"""*Import casualties*: looked at, read otherwise, brought, taken back; and given out again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service.accounts.actor import Role
from service.facts.tables import Incident
from service.facts.tables import Person as Assessed
from service.foundation import keys
from service.foundation.audit import AuditEntry
from service.foundation.db import reading
from service.foundation.settings import Settings
from service.intake.tables import Submission
from service.moving.actions import casualty_reports
from service.moving.queries import mappings
from service.moving.states import State
from service.moving.tables import MoveRun
from tests.conftest import drain
from tests.web.test_moving_file import send
from tests.web.test_moving_page import Person, count, run

MARKER = "សុខ ដារ៉ា-marker"
LIST = f"""Casualty No.,Name,Sex,Age,Injury type,Device type,Incident date,Province,Extra
1,{MARKER},M,44,Killed,AP mine,07/03/1989,Battambang,Over 18
2,{MARKER},ស្រី,9,Injured,Bombard,1999,Pailin,Under 18
"""


@pytest.fixture
def chanthou(app: Flask, settings: Settings) -> Person:
    return Person(app, settings)


def looked_at(app: Flask, person: Person, text: str = LIST, **asked: str) -> str:
    answer = person.post("/casualties", **{"source": "cmvis", "order": "dmy", **asked})
    assert answer.status_code == 303, answer.text
    path = str(answer.headers["Location"]).removeprefix(person.base)
    assert 'accept=".csv,' in person.page(path).text
    assert send(person, path, text.encode(), "list.csv").status_code == 303
    drain(app)
    return path


def read_otherwise(app: Flask, person: Person, path: str, **more: Any) -> str:
    headings = LIST.split("\n", 1)[0].split(",")
    fields = ["key", "", "sex", "age", "outcome", "device", "date", "province", "age_group"]
    given = {
        "source": "cmvis", "order": "dmy", "heading": headings, "field": fields,
        "word_of": ["device"], "word": ["Bombard"], "code": ["erw_other"], **more,
    }  # fmt: skip
    answer = person.post(f"{path}/reading", **given)
    assert answer.status_code == 303, answer.text
    drain(app)
    return str(answer.headers["Location"]).removeprefix(person.base)


def test_a_list_is_looked_at_read_otherwise_brought_and_taken_back(
    app: Flask, chanthou: Person
) -> None:
    assert "Import casualties" in chanthou.page().text
    assert "Nobody in such a list was asked" in chanthou.page("/casualties").text
    path = looked_at(app, chanthou)
    assert run().counts == {"record.new": 1, "record.refused": 1, "form.new": 1}
    page = chanthou.page(path).text
    assert "3: device: Bombard" in page
    assert "can be read" in page, "it does not reconcile yet"
    assert MARKER not in page
    assert count(Submission) == 0
    assert "ពាក្យដែលគ្មាននរណាស្គាល់" in chanthou.page(f"{path}?lang=km").text
    assert "Words that nobody knows here" in chanthou.page(f"{path}?lang=en").text

    path = read_otherwise(app, chanthou, path, name="CMVIS 2024")
    assert run().counts == {"record.new": 2, "form.new": 1}
    page = chanthou.page(path).text
    assert "Both sums are the number of rows: 2." in page
    with reading() as session:
        assert mappings.names(session, chanthou.project_id) == ["CMVIS 2024"]
        kept = sa.select(AuditEntry).where(AuditEntry.action == "moving.mapping_keep")
        assert session.scalars(kept).one().actor_id == chanthou.id
    assert "CMVIS 2024" in chanthou.page("/casualties").text

    brought = chanthou.post(f"{path}/bring")
    drain(app)
    assert (run().state, run().counts["record.new"]) == (State.DONE, 2)
    assert run().groups["by_sex_age"] == {
        "men": 1, "boys": 0, "women": 0, "girls": 1, "unknown": 0,
    }  # fmt: skip
    assert (count(Incident), count(Assessed)) == (2, 0)
    path = str(brought.headers["Location"]).removeprefix(chanthou.base)
    assert "Move 2 records to the trash" in chanthou.page(path).text
    undone = chanthou.post(f"{path}/undo")
    assert undone.status_code == 303
    drain(app)
    assert run().counts == {"record.removed": 2}
    assert count(Incident) == 0
    assert "moved to the trash" in chanthou.page(f"/{run().run_pk}").text
    trash = chanthou.client.get(
        chanthou.base.replace("/moving", "/trash"), headers=chanthou.headers
    ).text
    assert "Historical casualty" in trash


def test_a_mapping_that_is_kept_reads_the_next_file(app: Flask, chanthou: Person) -> None:
    read_otherwise(app, chanthou, looked_at(app, chanthou), name="ours")
    looked_at(app, chanthou, mapping="ours")
    assert run().counts["record.new"] == 2
    unknown = chanthou.post("/casualties", source="cmvis", order="dmy", mapping="nobody's")
    assert unknown.status_code == 400


def test_s50_the_first_row_of_a_file_without_headings_lies_nowhere_in_clear(
    app: Flask, chanthou: Person
) -> None:
    path = looked_at(app, chanthou, LIST.replace(",Name,", f",{MARKER},"))
    headings = ["Casualty No.", MARKER, "Sex", "Province", "Extra"]
    fields = ["key", "", "", "province", ""]
    given = {"source": "cmvis", "order": "dmy", "heading": headings, "field": fields}
    assert chanthou.post(f"{path}/reading", **given, name="ours").status_code == 303
    drain(app)
    with reading() as session:
        kept = mappings.find(session, chanthou.project_id, "ours")
        rows = session.execute(sa.select(MoveRun.mapping, MoveRun.groups)).all()
    assert kept is not None
    assert kept["columns"] == {"Casualty No.": "key", "Sex": "", "Province": "province"}
    assert MARKER not in str(rows)
    how = casualty_reports.find(run())
    assert how is not None
    assert how.reading.columns["Sex"] == how.reading.columns[MARKER] == ""


def test_what_nobody_knows_lies_sealed_and_goes_with_its_report(
    app: Flask, chanthou: Person
) -> None:
    path = looked_at(app, chanthou, LIST.replace("Bombard", MARKER))
    assert MARKER in chanthou.page(path).text, "as a word, to whoever sent the file"
    with reading() as session:
        held = session.execute(sa.text("SELECT * FROM move_runs")).mappings().one()
    assert MARKER not in str(dict(held))
    key_pk = run().key_pk
    assert key_pk is not None
    keys.current().destroy(chanthou.project_id, [key_pk])
    assert MARKER not in chanthou.page(path).text


def test_two_columns_for_one_field_are_refused(app: Flask, chanthou: Person) -> None:
    path = looked_at(app, chanthou)
    answer = chanthou.post(
        f"{path}/reading", source="cmvis", order="dmy", heading=["Sex", "Age"], field=["sex"] * 2
    )
    assert answer.status_code == 400
    assert "each field of at most one column" in answer.text


@pytest.mark.parametrize("role", [Role.ANALYST, Role.REVIEWER, Role.ADMIN])
def test_nobody_but_coordinators_imports(app: Flask, settings: Settings, role: Role) -> None:
    other = Person(app, settings, role)
    assert other.page("/casualties").status_code in (403, 404)


def test_it_wants_a_fresh_code_before_the_file(app: Flask, settings: Settings) -> None:
    person = Person(app, settings, is_fresh=False)
    answer = person.post("/casualties", source="cmvis", order="dmy")
    assert 'name="fresh_code"' in answer.text


def test_casualties_are_given_out_in_the_columns_of_others(app: Flask, chanthou: Person) -> None:
    path = read_otherwise(app, chanthou, looked_at(app, chanthou))
    chanthou.post(f"{path}/bring")
    drain(app)
    exports = chanthou.base.replace("/moving", "/exports")
    asked = {"form_id": "historical_casualty", "kind": "cmvis-csv", "words": "en"}
    answer = chanthou.client.post(
        exports, data={**asked, "purpose": "count"}, headers=chanthou.headers
    )
    assert answer.status_code == 303, answer.text
    drain(app)
    page = chanthou.client.get(exports, headers=chanthou.headers).text
    (address,) = set(re.findall(r"/p/[^\"]*/file", page))
    text = chanthou.client.get(address, headers=chanthou.headers).text
    header, *rows = text.lstrip("\ufeff").splitlines()
    assert header.startswith("Casualty No.,Source,Report date,Incident date,Province")
    found = sorted(row.split(",", 3)[3] for row in rows)
    assert found == [
        "07/03/1989,Battambang,,,,Male,44,Over 18,Killed,,Antipersonnel mine,,",
        "1999,Pailin,,,,Female,9,Under 18,Other injury,,Other explosive remnant of war,,",
    ]
    assert MARKER not in text
    assert "Cambodia Mine/ERW Victim Information System" in text


def test_a_file_of_something_else_fails_with_a_word(
    app: Flask, chanthou: Person, tmp_path: Path
) -> None:
    looked_at(app, chanthou, "tree\nmango\n")
    assert run().state is State.FAILED
    assert "say which is which" in chanthou.page(f"/{run().run_pk}").text
