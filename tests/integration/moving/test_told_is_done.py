"""What a look tells is what the deed does: every verdict, from every kind of source."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from flask import Flask

from service.accounts.actor import SYSTEM
from service.consent import actions as consent
from service.foundation import clock
from service.intake.actions.accepting import accept
from service.intake.actions.reception import Reception
from service.intake.envelope import Envelope
from service.moving.actions import files
from service.moving.plan import Verdict, What, Why
from service.moving.source import Source
from tests.integration.moving.test_files import table
from tests.integration.moving.test_servers import PNG, central, form_list, instance, server
from tests.integration.moving.village import FORM, FORM_ID, Village, a_village, id_of
from tests.sealed_world import KEYS

SENT = "2024-06-01T01:02:03"


@dataclass(frozen=True, kw_only=True)
class There:
    """A record at its source: version `n` of what began as `root`, an edit of `base`."""

    n: int
    root: int
    base: int = 0
    review: str = ""
    photo: str = ""
    has_photo: bool = True

    def xml(self, form: str) -> str:
        base = id_of(self.base) if self.base else ""
        return instance(self.n, f"n{self.n}", edits=base, photo=self.photo, form=form)


FIRST = [
    There(n=1, root=1),
    There(n=2, root=2),
    There(n=3, root=3),
    There(n=4, root=4, photo="p.png", has_photo=False),
    There(n=5, root=5),
    There(n=6, root=6),
]
LATER = [
    FIRST[0],
    replace(FIRST[1], review="approved"),
    There(n=13, root=3, base=3),
    replace(FIRST[3], has_photo=True),
    There(n=15, root=5, base=5),
    FIRST[5],
    There(n=7, root=7, photo="p.png"),
]
AFTER = {
    1: Verdict.SAME, 2: Verdict.REVIEW, 13: Verdict.CHANGED, 4: Verdict.FILES,
    15: Verdict.QUEUED, 6: Verdict.GONE, 7: Verdict.NEW,
}  # fmt: skip
AGAIN = {**AFTER, 2: Verdict.SAME, 13: Verdict.SAME, 4: Verdict.SAME, 7: Verdict.SAME}


# --- servers ------------------------------------------------------------------------------------
@contextmanager
def a_central(records: list[There], _path: Path) -> Iterator[Source]:
    form = "/v1/projects/7/forms/village"
    listed, counted, routes = [], [], {}
    for one in records:
        at = f"{form}/submissions/{id_of(one.root)}"
        version = {"instanceId": id_of(one.n), "formVersion": "1", "current": True}
        listed.append({
            "instanceId": id_of(one.root), "createdAt": f"{SENT}Z", "currentVersion": version,
            "reviewState": one.review or None,
        })  # fmt: skip
        first = There(n=one.root, root=one.root)
        routes[f"{at}.xml"] = (first if one.base else one).xml("village")
        if one.base:
            routes[f"{at}/versions"] = [
                {**version, "createdAt": f"{SENT}Z"},
                {"instanceId": id_of(one.root), "current": False, "createdAt": f"{SENT}Z"},
            ]
            routes[f"{at}/versions/{id_of(one.n)}.xml"] = one.xml("village")
            routes[f"{at}/versions/{id_of(one.root)}.xml"] = first.xml("village")
        routes[f"{at}/attachments/p.png"] = PNG if one.has_photo else 404
        counts = {"attachmentsExpected": bool(one.photo) + 0}
        counts["attachmentsPresent"] = counts["attachmentsExpected"] * one.has_photo
        counted.append({"__id": id_of(one.root), "__system": counts})
    published = {"publishedAt": "2024-01-01T00:00:00.000Z"}
    routes |= {
        "/v1/projects/7/forms": [{"xmlFormId": FORM_ID, "name": "v", **published}],
        f"{form}/versions": [{"version": "1", **published}],
        f"{form}/versions/1.xml": FORM.format(version="1"),
        f"{form}/versions/1/attachments": [],
        f"{form}/submissions": listed,
        f"{form}.svc/Submissions": {"value": counted},
        "/v1/projects/7/datasets": [],
    }
    with server("central", routes) as (source, _):
        yield source


def as_listed(one: There, version: str) -> dict[str, Any]:
    photo = {"download_url": f"/file/{one.n}", "filename": one.photo}
    is_gone = bool(one.photo) and not one.has_photo
    base = {"meta/deprecatedID": id_of(one.base)} if one.base else {}
    return {
        "_id": one.n, "meta/instanceID": id_of(one.n), "_submission_time": SENT, version: "1",
        "_attachments": [{**photo, "is_deleted": is_gone}] if one.photo else [], **base,
        "_media_all_received": not is_gone,
    }  # fmt: skip


@contextmanager
def a_kobo(records: list[There], _path: Path) -> Iterator[Source]:
    at = "/api/v2/assets"
    states = {"approved": {"uid": "validation_status_approved"}, "": {}}
    rows = [
        {
            **as_listed(one, "__version__"),
            "meta/rootUuid": id_of(one.root),
            "_validation_status": states[one.review],
        }
        for one in records
    ]
    routes: dict[str, Any] = {
        f"{at}.json": {"next": None, "results": [{"uid": FORM_ID, "has_deployment": True}]},
        f"{at}/village.json": {"deployed_version_id": "v1"},
        f"{at}/village/data.json": {"next": None, "results": rows},
        "/formList": form_list(FORM_ID),
        "/forms/7/form.xml": FORM.format(version="1"),
        "/xformsManifest/7": "<manifest/>",
    }
    for one, row in zip(records, rows, strict=True):
        routes[f"{at}/village/data/{one.n}.json"] = row
        routes[f"{at}/village/data/{one.n}.xml"] = one.xml(FORM_ID)
        routes[f"/file/{one.n}"] = PNG
    with server("kobo", routes) as (source, _):
        yield source


@contextmanager
def an_ona(records: list[There], _path: Path) -> Iterator[Source]:
    states = {"approved": "1", "": "3"}
    rows = [{**as_listed(one, "_version"), "_review_status": states[one.review]} for one in records]
    routes: dict[str, Any] = {
        "/api/v1/forms.json": [{"formid": 44, "id_string": FORM_ID}],
        "/api/v1/forms/44.json": {"version": "1"},
        "/api/v1/forms/44/form.xml": FORM.format(version="1"),
        "/api/v1/metadata.json": [],
        "/api/v1/data/44.json": rows,
    }
    for one, row in zip(records, rows, strict=True):
        routes[f"/api/v1/data/44/{one.n}.json"] = row
        routes[f"/api/v1/data/44/{one.n}.xml"] = one.xml(FORM_ID)
        routes[f"/file/{one.n}"] = PNG
    with server("ona", routes) as (source, _):
        yield source


# --- files --------------------------------------------------------------------------------------
PROJECT: list[int] = []


def opened(path: Path) -> Any:
    return files.opened(files.given(path), FORM_ID, PROJECT[-1])


@contextmanager
def a_folder(records: list[There], path: Path) -> Iterator[Source]:
    for one in records:
        here = path / f"{one.n}-{one.has_photo}{len(records)}"
        here.mkdir(parents=True, exist_ok=True)
        (here / "submission.xml").write_text(one.xml(FORM_ID))
        if one.photo and one.has_photo:
            (here / one.photo).write_bytes(PNG)
    with opened(path) as source:
        yield source


@contextmanager
def a_zip(records: list[There], path: Path) -> Iterator[Source]:
    with zipfile.ZipFile(path / "i.zip", "w") as out:
        for one in records:
            out.writestr(f"{one.n}/submission.xml", one.xml(FORM_ID))
            if one.photo and one.has_photo:
                out.writestr(f"{one.n}/{one.photo}", PNG)
    with opened(path / "i.zip") as source:
        yield source


KOBO = ["name", "photo", "_uuid", "meta/rootUuid", "_submission_time", "_validation_status", "_id"]


def cells(one: There) -> list[str]:
    status = {"approved": "Approved", "": ""}[one.review]
    plain = [id_of(one.n)[5:], id_of(one.root)]
    return [f"n{one.n}", one.photo, *plain, SENT, status, str(one.n)]


@contextmanager
def a_kobo_csv(records: list[There], path: Path) -> Iterator[Source]:
    rows = [cells(one) for one in records]
    (path / "k.csv").write_text(table(KOBO, *rows, separator=";"), "utf-8-sig")
    with opened(path / "k.csv") as source:
        yield source


@contextmanager
def a_kobo_book(records: list[There], path: Path) -> Iterator[Source]:
    book = openpyxl.Workbook()
    for row in (KOBO, *map(cells, records)):
        book.active.append(row)
    book.save(path / "k.xlsx")
    with opened(path / "k.xlsx") as source:
        yield source


@contextmanager
def a_central_zip(records: list[There], path: Path) -> Iterator[Source]:
    """Its rows have the ID of the first version alone."""
    rows = [
        [f"n{one.root}", one.photo, id_of(one.root), SENT, one.review] for one in records
    ]  # fmt: skip
    with zipfile.ZipFile(path / "v.csv.zip", "w") as out:
        header = ["name", "photo", "KEY", "SubmissionDate", "ReviewState"]
        out.writestr("village.csv", table(header, *rows))
        if all(one.has_photo for one in records):
            out.writestr("media/p.png", PNG)
    with opened(path / "v.csv.zip") as source:
        yield source


Kind = Callable[[list[There], Path], Any]
SERVERS: list[Kind] = [a_central, a_kobo, an_ona]
AT_HAND: list[Kind] = [a_folder, a_zip, a_kobo_csv, a_kobo_book, a_central_zip]


@pytest.fixture
def village(app: Flask) -> Village:
    return a_village(app.extensions["samleng.blobs"], with_form=False)


def bring(village: Village, kind: Kind, records: list[There], path: Path) -> dict[str, Verdict]:
    """Look, then do; both say the same."""
    before = village.count()
    with kind(records, path) as source:
        looked = village.bring(source, is_dry=True)
    assert village.count() == before
    with kind(records, path) as source:
        done = village.bring(source)
    assert looked == done
    return {row.name: row.verdict for row in done if row.what == "record"}


def a_place(path: Path, number: int) -> Path:
    found = path / str(number)
    found.mkdir()
    return found


def correct_here(village: Village, n: int) -> None:
    xml = instance(90 + n, "corrected here", edits=id_of(n)).encode()
    reception = Reception(SYSTEM, village.door.project_id, village.door.blobs)
    reception.xml(xml)
    accept(reception, Envelope(xml=xml, received_at=clock.now()), None)


@pytest.mark.parametrize("kind", [*SERVERS, *AT_HAND])
def test_every_verdict_is_told_before_it_is_made_so(
    village: Village, kind: Kind, tmp_path: Path
) -> None:
    PROJECT.append(village.door.project_id)
    if kind in AT_HAND:
        with a_central([], tmp_path) as source:
            village.bring(source)
    assert set(bring(village, kind, FIRST, a_place(tmp_path, 1)).values()) == {Verdict.NEW}
    correct_here(village, 5)
    consent.withdraw_record(
        SYSTEM, village.door.project_id, id_of(6), "person_asked", blobs=village.door.blobs
    )
    for times, expected in enumerate((AFTER, AGAIN), start=3):
        found = bring(village, kind, LATER, a_place(tmp_path, times))
        wanted = {id_of(n): verdict for n, verdict in expected.items()}
        if kind in (a_folder, a_zip):
            del wanted[id_of(2)]  # an instance holds no review
        if kind in (a_kobo_csv, a_kobo_book) and expected is AGAIN:
            wanted |= dict.fromkeys((id_of(4), id_of(7)), Verdict.FILES)  # tables hold no files
        if kind is a_central_zip:
            del wanted[id_of(13)], wanted[id_of(15)], wanted[id_of(4)], wanted[id_of(7)]
        assert {name: found[name] for name in wanted} == wanted


SEALED = FORM.format(version="2").replace(
    " </model>",
    f'  <submission base64RsaPublicKey="{KEYS.public}" method="form-data-post"/>\n </model>',
)


def a_form(routes: dict[str, Any], *, version: str, xml: str) -> None:
    form = "/v1/projects/7/forms/village"
    published = {"version": version, "publishedAt": "2024-03-01T00:00:00.000Z"}
    routes[f"{form}/versions"] = [*routes[f"{form}/versions"], published]
    routes[f"{form}/versions/{version}.xml"] = xml
    routes[f"{form}/versions/{version}/attachments"] = []


def test_records_of_a_form_that_is_refused_are_told_so(village: Village) -> None:
    routes = central()
    for version in ("1", "2"):
        routes[f"/v1/projects/7/forms/village/versions/{version}.xml"] = "<h:html/>"
    with server("central", routes) as (source, _):
        looked, done = village.bring(source, is_dry=True), village.bring(source)
    assert looked == done
    assert {row.why for row in done if row.what is What.FORM} == {Why.FORM_INVALID}
    assert {row.why for row in done if row.what is What.RECORD} == {Why.FORM_MISSING}


@pytest.mark.parametrize("is_here", [False, True])
def test_a_key_that_nobody_confirmed_is_told_before(village: Village, is_here: bool) -> None:
    routes = central()
    with server("central", routes) as (source, _):
        if is_here:
            village.bring(source)
        a_form(routes, version="3", xml=SEALED.replace('version="2"', 'version="3"'))
        looked, done = village.bring(source, is_dry=True), village.bring(source)
    forms = {row.name: row.why for row in done if row.what is What.FORM}
    assert forms["3"] is Why.KEY_NOT_CONFIRMED
    assert looked == done


def test_an_edit_on_a_later_page_than_its_base_is_told_as_one(
    village: Village, tmp_path: Path
) -> None:
    """A look stores nothing, and knows all the same what comes before it."""
    PROJECT.append(village.door.project_id)
    with a_central([], tmp_path) as source:
        village.bring(source)
    many = [There(n=n, root=n) for n in range(100, 320)]
    found = bring(village, a_folder, [*many, There(n=999, root=100, base=100)], tmp_path)
    assert found[id_of(999)] is Verdict.CHANGED


def test_what_is_wrong_inside_a_record_of_a_file_is_told_before(
    village: Village, tmp_path: Path
) -> None:
    PROJECT.append(village.door.project_id)
    with a_central([], tmp_path) as source:
        village.bring(source)
    (tmp_path / "waits.xml").write_text(There(n=2, root=1, base=1).xml(FORM_ID))
    (tmp_path / "torn.xml").write_text("<data")
    found = bring(village, a_folder, [There(n=3, root=3, photo="p.png", has_photo=False)], tmp_path)
    assert found == {
        id_of(2): Verdict.QUEUED, id_of(3): Verdict.NEW, "torn.xml": Verdict.REFUSED,
    }  # fmt: skip


def test_two_edits_of_one_version_are_told_as_a_contradiction(
    village: Village, tmp_path: Path
) -> None:
    PROJECT.append(village.door.project_id)
    with a_central([], tmp_path) as source:
        village.bring(source)
    edits = [There(n=1, root=1), There(n=2, root=1, base=1), There(n=3, root=1, base=1)]
    found = bring(village, a_folder, edits, tmp_path)
    assert found == {
        id_of(1): Verdict.NEW, id_of(2): Verdict.CHANGED, id_of(3): Verdict.QUEUED,
    }  # fmt: skip


@pytest.mark.parametrize("answer", [404, 501, "<html/>", {"value": None}])
def test_a_server_that_counts_no_files_is_looked_at_all_the_same(
    village: Village, answer: object
) -> None:
    routes = central()
    counted = "/v1/projects/7/forms/village.svc/Submissions"
    with server("central", routes) as (source, asked):
        before = village.bring(source, is_dry=True)
        [told] = [unquote(one.path) for one in asked if one.path.startswith(counted)]
        routes[counted] = answer
        assert village.bring(source, is_dry=True) == before
    assert "$select=__id,__system&$filter=" in told
    assert "submissionDate ge 2024-02-01T00:00:00.000000Z and" in told
    assert told.endswith("submissionDate lt 2024-02-02T00:00:01.000000Z")
