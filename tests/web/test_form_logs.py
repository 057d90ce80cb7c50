"""Logs of how forms were filled in leave beside the tables, masked cell by cell (openrosa §5.5)."""

from __future__ import annotations

import csv
import io
import tracemalloc
import uuid
import zipfile
from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.accounts.actor import Scope
from service.exports.actions import form_logs
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.actions import form_logs as opening
from service.intake.tables import Attachment, Submission
from tests.clients.pyodk_site import FORM, an_instance
from tests.conftest import drain
from tests.factories import Phone, a_form, a_phone
from tests.pulled_form import a_script
from tests.statements import counted

FORM_ID = "watched"
NAME, OTHER, WHY = "សុខ ម៉ារី", "ចាន់ ដារា", "នាងប្រាប់ឈ្មោះពិត"
LOG = (
    "event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user,change-reason\n"
    "form start,,1540931694189,,13.0957071,103.2,5,,,ពិសី,\n"
    f"question,/data/name,1,2,13.0957071,103.2,5,{NAME},{OTHER},ពិសី,\n"
    "question,/data/need,3,4,13.0957071,103.2,5,none,prosthesis,ពិសី,\n"
    f"question,/data/never,5,6,,,,{NAME},{NAME},,\n"
    f"change reason,,7,,,,,,,,{WHY}\n"
)
Headers = Mapping[str, str]
HIDDEN = (NAME, OTHER, WHY, "13.0957071", "ពិសី")


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    made = a_phone(client)
    xml = FORM.format(form_id=FORM_ID, version="1").replace(
        "<instanceID/>", "<instanceID/><audit/>"
    )
    audit = '<bind nodeset="/data/meta/audit" type="binary"/>'
    bind = '<bind nodeset="/data/photo" type="binary"/>'
    assert bind in xml
    with unit_of_work() as session:
        a_form(session, made.project_id, FORM_ID, xml=xml.replace(bind, bind + audit))
    return made


def send(
    phone: Phone, instance_id: str, log: str = LOG, name: str = "audit.csv", **more: str
) -> None:
    xml = an_instance(
        FORM_ID, instance_id=instance_id, name=NAME, need="prosthesis", **{"agreed": "yes", **more}
    )
    xml = xml.replace("<meta>", f"<meta><audit>{name}</audit>")
    assert phone.send(xml, {name: log.encode()}).status_code == 201


def pulled(phone: Phone, by: Headers, query: str = "") -> zipfile.ZipFile:
    address = f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions.csv.zip{query}"
    answer = phone.client.get(address, headers=by)
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.data))


def log_of(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    text = archive.read(f"{FORM_ID} - audit.csv").decode()
    return list(csv.DictReader(io.StringIO(text)))


def script(phone: Phone, *scopes: Scope) -> Headers:
    return a_script(phone.project_id, Scope.EXPORTS, *scopes)


def test_c77_logs_of_all_records_are_one_table_with_the_record_first(
    app: Flask, phone: Phone
) -> None:
    send(phone, "uuid:1", "\ufeff" + LOG.replace("\n", "\r\n"))
    send(phone, "uuid:2", "node,event,later\n/data/need,question,x,y,z\n", name="other log.csv")
    drain(app)
    rows = log_of(pulled(phone, script(phone)))
    assert list(rows[0]) == list(form_logs.HEADER)
    assert [row["instance ID"] for row in rows] == ["uuid:2"] + ["uuid:1"] * 5
    assert [row["event"] for row in rows[1:3]] == ["form start", "question"]
    assert (rows[0]["node"], rows[0]["start"]) == ("/data/need", "")
    assert rows[1]["start"] == "1540931694189"


def test_c77_who_somebody_is_the_place_and_the_reason_leave_for_nobody_who_may_not_see_them(
    app: Flask, phone: Phone
) -> None:
    send(phone, "uuid:1")
    drain(app)
    archive = pulled(phone, script(phone))
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert [one for one in HIDDEN if one in everything] == []
    coded = log_of(archive)[2]
    assert (coded["node"], coded["old-value"], coded["new-value"]) == (
        "/data/need", "none", "prosthesis",
    )  # fmt: skip


def test_c77_each_class_opens_its_own_cells(app: Flask, phone: Phone) -> None:
    send(phone, "uuid:1")
    drain(app)
    by_identity = log_of(pulled(phone, script(phone, Scope.IDENTITY), "?purpose=work"))
    assert (by_identity[1]["old-value"], by_identity[1]["new-value"]) == (NAME, OTHER)
    assert (by_identity[0]["latitude"], by_identity[0]["user"]) == ("13.0957071", "ពិសី")
    assert by_identity[3]["old-value"] == "", "what the form does not name has no class"
    assert by_identity[4]["change-reason"] == ""
    by_testimony = log_of(pulled(phone, script(phone, Scope.TESTIMONY), "?purpose=work"))
    assert by_testimony[4]["change-reason"] == WHY
    assert (by_testimony[1]["old-value"], by_testimony[0]["latitude"]) == ("", "")


def test_s44_marks_that_join_rows_carry_no_answer_to_whoever_may_not_see_all(
    app: Flask, phone: Phone
) -> None:
    """As older releases wrote them: a value that begins with a mark, a later one that ends so."""
    rows = (
        f'question,/data/need,1,2,"ok,none,\nquestion,/data/name,3,4,,{NAME},\n'
        'question,/data/need,5,6,none,2",\nquestion,/data/need,7,8,none,prosthesis,\n'
    )
    send(phone, "uuid:1", "event,node,start,end,old-value,new-value,user\n" + rows)
    drain(app)
    for scopes in ((), (Scope.IDENTITY,), (Scope.TESTIMONY,)):
        told = log_of(pulled(phone, script(phone, *scopes), "?purpose=work"))
        assert NAME not in str(told)
        assert told[-1]["new-value"] == "prosthesis", "the rows after it stay"
    everything = script(phone, Scope.IDENTITY, Scope.TESTIMONY)
    assert NAME in str(log_of(pulled(phone, everything, "?purpose=work")))


def test_c77_without_the_persons_yes_there_is_no_line_of_it(app: Flask, phone: Phone) -> None:
    send(phone, "uuid:1", agreed="no")
    drain(app)
    every = (Scope.IDENTITY, Scope.TESTIMONY)
    assert log_of(pulled(phone, script(phone, *every), "?purpose=work")) == []


def test_a_removed_record_and_tables_alone_have_no_log(app: Flask, phone: Phone) -> None:
    send(phone, "uuid:1")
    drain(app)
    names = pulled(phone, script(phone), "?attachments=false").namelist()
    assert names == [f"{FORM_ID}.csv"]
    by = a_script(phone.project_id, Scope.REMOVALS)
    address = f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions/uuid:1"
    assert phone.client.delete(address, headers=by).status_code == 200
    assert log_of(pulled(phone, script(phone))) == []


def test_a_log_that_is_none_or_too_large_or_not_its_own_is_left_out(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(phone, "uuid:none", "\x00\x01")
    send(phone, "uuid:large", LOG * 3)
    send(phone, "uuid:moved")
    send(phone, "uuid:good", LOG)
    drain(app)
    monkeypatch.setattr(opening, "MOST", len(LOG.encode()) * 2)
    with unit_of_work() as session:
        bound = sa.update(Attachment).values(bound=b"\x00" * 16)
        moved = Attachment.submission_pk.in_(_keys(session, "uuid:moved"))
        session.execute(bound.where(moved))
    rows = log_of(pulled(phone, script(phone)))
    assert {row["instance ID"] for row in rows} == {"uuid:good"}


def _keys(session: Session, instance_id: str) -> list[uuid.UUID]:
    query = sa.select(Submission.submission_pk).where(Submission.instance_id == instance_id)
    return list(session.scalars(query))


@pytest.mark.each_database
def test_logs_are_read_some_records_at_a_time(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        send(phone, f"uuid:{number}")
    drain(app)
    by = script(phone)

    def count() -> int:
        with counted() as seen:
            assert log_of(pulled(phone, by))
        return len(seen)

    count()
    few = count()
    for number in range(3, 9):
        send(phone, f"uuid:{number}")
    drain(app)
    assert count() == few, "nothing by record"
    whole = log_of(pulled(phone, by))
    assert len(whole) == 9 * 5
    monkeypatch.setattr(form_logs, "AT_ONCE", 2)
    assert log_of(pulled(phone, by)) == whole


def test_logs_of_long_records_are_looked_for_in_flat_memory(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record may be of 4 MiB: what is open at once is counted in bytes, not in records."""
    long = 300_000
    for number in range(8):
        send(phone, f"uuid:{number}", name=f"{number}.csv", said="x" * long)
    with reading() as session:
        keys = list(session.scalars(sa.select(Submission.submission_pk)))
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    monkeypatch.setattr(opening, "PORTION", 2 * long)

    def events() -> int:
        return sum(1 for _, rows in opening.events(blobs, phone.project_id, keys) for _ in rows)

    assert events() == 8 * 5
    tracemalloc.start()
    try:
        assert events() == 8 * 5
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * long
