"""Paper: given out, back again, keyed twice blindly, checked, counted; on both databases."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from pypdf import PdfReader

from service.accounts.actor import Role
from service.foundation import keys
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.persons.actions import today
from service.treaty import petition
from service.treaty.actions import codes, delivering, papering, scans, telling
from service.treaty.oddities import Oddity
from service.treaty.queries import keying as held
from service.treaty.queries import oddities, paper
from service.treaty.queries.oddities import Found
from service.treaty.status import Status
from service.treaty.tables import SheetKeying
from service.web.pages import petition as petition_page
from tests.conftest import drain
from tests.factories import a_coordinator
from tests.integration.treaty.conftest import NAMES, Treaty, line, treaty
from tests.web.people import bearer
from tests.web.test_treaty import CAMPAIGN, Office, ask

__all__ = ["treaty"]  # a fixture
NUMBER = "pt2026-00001"
BACK = {"number": NUMBER, "lines": "3", "signed_on": "2026-11-10", "commune": "020401"}
KEYED = {
    "agreed": "yes", "witness": "លោក ហេង", "name_1": NAMES[0], "sex_1": "male",
    "village_1": "02040101", "name_2": NAMES[1], "sex_2": "female", "status_3": "minor",
}  # fmt: skip


class Table(Office):
    """An office with sheets."""

    def __init__(self, treaty: Treaty, *, is_back: bool = True, **text: str) -> None:
        super().__init__(treaty)
        assert self.post("campaign", **CAMPAIGN) == 303
        said = {"version": "km-1", "km": "ខ្ញុំគាំទ្រ", "en": "I support", **text}
        assert self.post("statements", **said) == 303
        assert self.post("sheets", count="3", rows="5", holder="bt-9") == 303
        if is_back:
            assert self.post("sheets/returned", **BACK) == 303

    @property
    def step(self) -> str:
        with reading() as session:
            found = paper.find(session, self.treaty.project_id, NUMBER)
        return found.step.value if found else ""

    def steps(self) -> list[tuple[str, int | None]]:
        with reading() as session:
            found = paper.steps_of(session, self.treaty.project_id, [NUMBER])[NUMBER]
        return [(one.step.value, one.lines) for one in found]


class Keyer:
    """Somebody at the keying page."""

    def __init__(self, treaty: Treaty, role: Role = Role.FIELD_WORKER) -> None:
        self.treaty = treaty
        key = treaty.app.config["SAMLENG"].secrets.jwt_key
        self.headers = bearer(key, role, treaty.project_id)
        self.client = treaty.app.test_client()

    def get(self, path: str = f"/{NUMBER}") -> Any:
        address = f"/p/battambang/treaty/keying{path}?lang=en"
        return self.client.get(address, headers=self.headers)

    def key(self, path: str = "", **other: str) -> Any:
        address = f"/p/battambang/treaty/keying/{NUMBER}{path}?lang=en"
        data = other if path else {**KEYED, **other}
        answer = self.client.post(address, data=data, headers=self.headers)
        drain(self.treaty.app)
        return answer


def test_s52_a_sheet_counts_once_two_people_keyed_it_alike_and_as_it_came_back(
    treaty: Treaty,
) -> None:
    table = Table(treaty)
    first, second = Keyer(treaty), Keyer(treaty)
    assert first.key().status_code == 303
    assert treaty.counts() == {}
    assert first.key().status_code == 400  # not the same person
    blind = second.get().text
    assert not any(name in blind for name in (*NAMES, "លោក ហេង"))
    assert second.key().headers["Location"].endswith("news=checked")
    assert table.steps() == [
        ("issued", None), ("returned", 3), ("keyed", 3), ("keyed_again", 3), ("checked", 3),
    ]  # fmt: skip
    assert treaty.counts() == {"valid": 2, "minor": 1}
    assert [one.place for one in treaty.all()] == ["020401"] * 3, "no table says the village"
    told = ask(treaty, "tally")
    assert told["sheets"] == {"reconciled": 1, "unreconciled": 0}
    stub = codes.of_stub(treaty.project_id, NUMBER, 2)
    assert ask(treaty, f"receipts/{stub}")["status"] == "valid"
    assert {one.details["what"] for one in treaty.acts("treaty.key")} == {
        "sheet_keyed", "sheet_keyed_again", "sheet_checked",
    }  # fmt: skip


def test_only_differences_are_shown_and_the_paper_decides(treaty: Treaty) -> None:
    table = Table(treaty)
    Keyer(treaty).key()
    second = Keyer(treaty)
    assert second.key(name_2=NAMES[2]).headers["Location"].endswith(NUMBER)
    shown = second.get().text
    assert NAMES[1] in shown
    assert NAMES[2] in shown
    assert NAMES[0] not in shown  # alike: nobody sees it
    assert second.key("/decide").status_code == 400
    assert table.step == "keyed_again"
    assert second.key("/decide", name_2="other", other_2=NAMES[3]).status_code == 303
    assert table.step == "checked"
    assert treaty.counts() == {"valid": 2, "minor": 1}


def test_what_was_keyed_lies_sealed_and_its_keys_go_with_it(treaty: Treaty) -> None:
    Table(treaty)
    Keyer(treaty).key()
    with reading() as session:
        [row] = held.of_sheet(session, treaty.project_id, NUMBER)
    assert NAMES[0].encode() not in row.sealed
    Keyer(treaty).key()
    with reading() as session:
        assert held.of_sheet(session, treaty.project_id, NUMBER) == []
    assert keys.current().find(treaty.project_id, row.key_pk) is None


def test_a_sheet_that_was_counted_wrongly_is_written_down_again_and_keyed_anew(
    treaty: Treaty,
) -> None:
    table = Table(treaty)
    Keyer(treaty).key()
    assert table.post("sheets/returned", **{**BACK, "lines": "2"}) == 303
    with reading() as session:
        assert session.scalars(sa.select(SheetKeying)).all() == []
    keyer = Keyer(treaty)
    assert keyer.key().status_code == 400
    assert "3 lines are keyed, but 2" in keyer.key().text
    assert keyer.key(status_3="").status_code == 303


def test_without_the_printed_consent_nothing_is_kept(treaty: Treaty) -> None:
    table = Table(treaty)
    answer = Keyer(treaty).key(agreed="")
    assert answer.status_code == 400
    assert NAMES[0] in answer.text  # nobody keys it twice
    assert table.step == "returned"


def test_a_kill_between_record_and_step_counts_nobody_twice(
    treaty: Treaty, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table(treaty)
    Keyer(treaty).key()
    second = Keyer(treaty)

    def killed(*_given: object) -> None:
        raise Problem(NOT_FOUND)

    monkeypatch.setattr(papering, "forget", killed)
    assert second.key().status_code == 404
    monkeypatch.undo()
    assert table.step == "keyed_again"
    assert treaty.counts() == {"unreconciled": 3}  # in no total until it is checked
    assert second.key("/decide").status_code == 303
    assert table.step == "checked"
    assert treaty.counts() == {"valid": 2, "minor": 1}


def test_a_phone_keys_a_sheet_that_was_issued_here_and_somebody_compares_it(treaty: Treaty) -> None:
    table = Table(treaty, is_back=False)
    treaty.sheet(NUMBER, line(NAMES[0]), line(NAMES[1]))
    assert treaty.counts() == {"unreconciled": 2}  # nobody saw the paper
    assert table.post("sheets/checked", number=NUMBER) == 400
    assert table.post("sheets/returned", **BACK) == 303
    assert table.post("sheets/checked", number=NUMBER) == 400  # three lines came back
    assert table.post("sheets/returned", **{**BACK, "lines": "2"}) == 303
    assert table.post("sheets/checked", number=NUMBER) == 303
    assert treaty.counts() == {"valid": 2}
    assert table.post("sheets/returned", **{**BACK, "lines": "2"}) == 303
    assert treaty.counts() == {"unreconciled": 2}
    assert ask(treaty, "tally")["sheets"] == {"reconciled": 0, "unreconciled": 1}


def test_what_a_sheet_went_through_is_never_changed(treaty: Treaty) -> None:
    Table(treaty)
    for change in ("UPDATE treaty_custody SET lines = 9", "DELETE FROM treaty_custody"):
        with pytest.raises((sa.exc.DBAPIError, Problem)), unit_of_work() as session:
            session.execute(sa.text(change))


def test_sheets_are_refused_that_make_no_sense(treaty: Treaty) -> None:
    office = Office(treaty)
    assert office.post("sheets", count="3", rows="5", holder="bt-9") == 400  # no campaign
    table = Table(treaty, is_back=False)
    for wrong in ({"count": "0"}, {"rows": "41"}, {"holder": "លោក ហេង"}, {"count": "501"}):
        given = {"count": "3", "rows": "5", "holder": "bt-9", **wrong}
        assert table.post("sheets", **given) == 400, wrong
    for odd in ({"lines": "6"}, {"signed_on": "2030-01-01"}, {"commune": "02"}, {"signed_on": ""}):
        assert table.post("sheets/returned", **{**BACK, **odd}) == 400, odd
    assert table.post("sheets/returned", **{**BACK, "number": "pt2026-00009"}) == 404
    assert table.post("sheets/lost", number=NUMBER) == 303
    assert table.step == "lost"
    assert Keyer(treaty).get().status_code == 404
    page = table.client.get("/p/battambang/treaty/sheets?lang=en", headers=table.headers).text
    assert "lost: 1" in page
    assert "given out: 2" in page


def test_the_print_has_the_codes_by_which_receipts_are_found(treaty: Treaty) -> None:
    table = Table(treaty)
    with reading() as session:
        [batch] = paper.newest_batches(session, treaty.project_id, 5)
    address = f"/p/battambang/treaty/batches/{batch.batch_pk}/print"
    answer = table.client.post(address, data={"language": "en"}, headers=table.headers)
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.data))
    assert len(reader.pages) == 3
    said = reader.pages[0].extract_text()
    assert codes.of_stub(treaty.project_id, NUMBER, 5) in said
    assert codes.of_stub(treaty.project_id, NUMBER, 6) not in said
    assert "printed" in [one.details["what"] for one in treaty.acts("treaty.manage")]
    with reading() as session:
        other = re.sub(r"\w", "0", str(batch.batch_pk))
    missing = f"/p/battambang/treaty/batches/{other}/print"
    assert table.client.post(missing, headers=table.headers).status_code == 404


def picture() -> bytes:
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    Image.new("RGB", (60, 40), "white").save(made, "JPEG", exif=exif)
    return made.getvalue()


def test_a_picture_lies_sealed_without_what_cameras_write_and_goes_by_its_day(
    treaty: Treaty, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, keyer = Table(treaty), Keyer(treaty)
    address = f"/p/battambang/treaty/sheets/{NUMBER}/picture"

    def send(content: bytes) -> int:
        data = {"file": (io.BytesIO(content), "sheet.jpg")}
        return table.client.post(address, data=data, headers=table.headers).status_code

    assert keyer.get(f"/{NUMBER}/picture").status_code == 404
    assert send(b"<svg onload='x'/>") == 400
    assert send(picture()) == 303
    assert "<img" in keyer.get().text
    shown = keyer.get(f"/{NUMBER}/picture")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert b"a camera" not in shown.data
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert treaty.acts("treaty.key")[-1].details["what"] == "sheet_seen"
    with reading() as session:
        scan = held.find_scan(session, treaty.project_id, NUMBER)
    assert scan is not None
    assert shown.data[:20] not in treaty.blobs.read(scan.blob)
    assert scans.forget(treaty.blobs) == 0
    monkeypatch.setattr(scans, "today", lambda: today() + scans.KEPT)
    assert scans.forget(treaty.blobs) == 1
    assert keyer.get(f"/{NUMBER}/picture").status_code == 404
    assert not treaty.blobs.exists(scan.blob)
    assert keys.current().find(treaty.project_id, scan.key_pk) is None


def test_a_package_holds_together_checks_itself_and_names_nobody(treaty: Treaty) -> None:
    table = Table(treaty)
    Keyer(treaty).key()
    Keyer(treaty).key()
    treaty.sheet("KH-9", line(NAMES[2]))
    on = dt.date(2026, 11, 10)
    odd = Found(what=Oddity.IN_ORDER, about="KH-9", signed_on=on, beside="", count=1)
    with unit_of_work() as session:
        oddities.put(session, treaty.project_id, [odd])
    total = {"source": "The Cambodia Daily", "reported_on": "2010-08-01", "scope": "Cambodia",
             "count": "400000"}  # fmt: skip
    assert table.post("totals", **total) == 303
    assert table.post("petition", addressee="", letter="x") == 400
    address = "/p/battambang/treaty/petition"
    given = {"addressee": "=Parliament", "letter": "Dear all,\n#panic()", "language": "en"}
    answer = table.client.post(address, data=given, headers=table.headers)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    assert petition.is_sound(files)
    assert not petition.is_sound({**files, "sheets.csv": files["sheets.csv"] + b"x"})
    sums = dict(reversed(one.split("  ")) for one in files["SHA256SUMS"].decode().splitlines())
    assert sums.keys() == files.keys() - {"SHA256SUMS"}
    assert all(hashlib.sha256(files[name]).hexdigest() == one for name, one in sums.items())
    register = files["sheets.csv"].decode("utf-8-sig").splitlines()
    assert register[1] == f"{NUMBER},km-1,5,3,checked,1,"
    assert register[2].endswith(",issued,0,")
    custody = files["custody.csv"].decode("utf-8-sig")
    assert custody.count("person 2") == 1  # who keyed first
    everything = b" ".join(files.values()) + words_of(files["petition.pdf"]).encode()
    hidden = (*" ".join(NAMES).split(), "bt-9", "ហេង", "សុខា")
    assert [one for one in hidden if one.encode() in everything] == []
    assert not re.search(rb"(?<![0-9a-f])020401(?![0-9a-f])", everything)  # hashes are no places
    said = words_of(files["petition.pdf"])
    for part in ("#panic()", "=Parliament", "400,000", "hidden"):
        assert part in said
    assert "Of these, 1 stand out" in said
    told = json.loads(files["manifest.json"])
    assert (told["signatures"], told["stand_out"]) == (3, 1)
    assert treaty.acts("treaty.manage")[-1].details["what"] == "package"


PETITION = "/p/battambang/treaty/petition"
LETTER = {"addressee": "Parliament", "letter": "Dear all", "language": "en"}


def test_sealed_paper_goes_along_only_where_all_who_signed_it_agreed(treaty: Treaty) -> None:
    table = Table(treaty, hands_over="yes")
    [batch] = _batches(treaty)
    print_it = f"/p/battambang/treaty/batches/{batch}/print"
    printed = table.client.post(print_it, data={"language": "en"}, headers=table.headers).data
    assert "this sheet is handed over, in a sealed envelope" in words_of(printed)
    sealed = {**LETTER, "seal": "S-77"}
    assert table.post("petition", **sealed) == 400, "it is not checked yet"
    Keyer(treaty).key()
    Keyer(treaty).key()
    page = table.client.get(f"{PETITION}?lang=en", headers=table.headers).text
    assert "1 sheets may go along in a sealed envelope" in page
    files = unpacked(table.client.post(PETITION, data=sealed, headers=table.headers).data)
    register = files["sheets.csv"].decode("utf-8-sig").splitlines()
    assert register[1] == f"{NUMBER},km-1,5,3,checked,1,S-77"
    assert register[2].endswith(",issued,0,")
    told = json.loads(files["manifest.json"])
    assert (told["sealed_sheets"], told["sealed_in"]) == (1, "S-77")
    assert "Handed over in the sealed envelope S-77" in words_of(files["petition.pdf"])
    assert treaty.acts("treaty.manage")[-1].details["sealed_sheets"] == 1
    without = unpacked(table.client.post(PETITION, data=LETTER, headers=table.headers).data)
    assert json.loads(without["manifest.json"])["sealed_sheets"] == 0
    stub = codes.of_stub(treaty.project_id, NUMBER, 1)
    assert table.post("stubs", code=stub, sure="yes") == 303
    assert treaty.counts()["withdrawn"] == 1
    assert table.post("petition", **sealed) == 400, "one took it back: the paper names him still"


def test_no_paper_goes_along_of_people_who_were_not_told(treaty: Treaty) -> None:
    table = Table(treaty)
    Keyer(treaty).key()
    Keyer(treaty).key()
    page = table.client.get(f"{PETITION}?lang=en", headers=table.headers).text
    assert "No paper goes along" in page
    assert 'name="seal"' not in page
    assert table.post("petition", **LETTER, seal="S-77") == 400
    [batch] = _batches(treaty)
    print_it = f"/p/battambang/treaty/batches/{batch}/print"
    printed = table.client.post(print_it, data={"language": "en"}, headers=table.headers).data
    assert "sealed envelope" not in words_of(printed)


def _batches(treaty: Treaty) -> list[str]:
    with reading() as session:
        return [str(one.batch_pk) for one in paper.newest_batches(session, treaty.project_id, 5)]


def unpacked(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def words_of(document: bytes) -> str:
    """With one blank where lines end."""
    said = (page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)
    return " ".join(" ".join(said).split())


def test_who_takes_back_while_a_package_is_drawn_is_on_no_sheet_that_goes_along(
    treaty: Treaty,
) -> None:
    """Gathered anew; and where no sheet is left, nothing leaves."""
    table = Table(treaty, hands_over="yes")
    Keyer(treaty).key()
    Keyer(treaty).key()
    wanted = delivering.Wanted(
        addressee="Parliament", letter="Dear all", language="en", address="", seal="S-77"
    )
    gathered: list[int] = []

    def words(found: telling.Tally) -> dict[str, str]:
        gathered.append(found.counts[Status.VALID])
        if len(gathered) == 1:
            stub = codes.of_stub(treaty.project_id, NUMBER, 1)
            assert table.post("stubs", code=stub, sure="yes") == 303
        return petition_page._words(found, "en", "S-77")

    actor = a_coordinator(treaty.project_id)
    with pytest.raises(Problem) as refused:
        delivering.make(actor, treaty.project_id, wanted, words, b"x" * 32)
    assert refused.value.kind is INVALID_PARAMETER
    assert len(gathered) == 2
    assert treaty.acts("treaty.manage")[-1].details["what"] != "package"
