"""Servers that are left, each answering as its own source says it does. The HTTP is real; what
they hold is made up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from service.forms import queries as forms
from service.foundation import clock, db
from service.foundation.blobs import LocalBlobs
from service.foundation.outgoing import Rules
from service.foundation.problems import SOURCE_AWAY, SOURCE_DENIED, Problem
from service.intake.actions.accepting import accept
from service.intake.actions.reception import Reception
from service.intake.envelope import Envelope
from service.moving.actions import reaching, walking
from service.moving.actions.reaching import Secret
from service.moving.places import Place
from service.moving.plan import What
from service.moving.queries import here
from service.moving.readers import central as central_reader
from service.moving.source import FIRST_PAGE, Source
from tests.clients.scripted_server import Answer, Asked, scripted
from tests.integration.moving.village import FORM, Village, a_village, id_of, verdicts

PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 40
TOKEN = "secret-token"
Routes = dict[str, Any]


@pytest.fixture
def village(database: db.Database, blobs: LocalBlobs) -> Village:
    return a_village(blobs, with_form=False)


def instance(n: int, name: str, *, edits: str = "", photo: str = "", form: str = "village") -> str:
    base = f"<deprecatedID>{edits}</deprecatedID>" if edits else ""
    picture = f"<photo>{photo}</photo>" if photo else ""
    return (
        f'<data id="{form}" version="1"><name>{name}</name>{picture}'
        f"<meta>{base}<instanceID>{id_of(n)}</instanceID></meta></data>"
    )


def answering(routes: Routes, authorization: str) -> Callable[[Asked], Answer]:
    """A path (with its query where that matters) to what is there: JSON, text, bytes or a
    status."""

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("Authorization") != authorization:
            return Answer(status=401, body=b"{}")
        where = urlsplit(asked.path)
        path = unquote(where.path)
        found = routes.get(f"{path}?{unquote(where.query)}", routes.get(path, 404))
        if callable(found):
            found = found(parse_qs(where.query))
        if isinstance(found, int):
            return Answer(status=found, body=b"{}")
        if isinstance(found, bytes):
            return Answer(body=found)
        return Answer(body=(found if isinstance(found, str) else json.dumps(found)).encode())

    return answer


@contextmanager
def server(kind: str, routes: Routes, token: str = TOKEN) -> Iterator[tuple[Source, list[Asked]]]:
    word = "Bearer" if kind == "central" else "Token"
    with scripted(answering(routes, f"{word} {TOKEN}")) as (address, asked):
        routes.setdefault("address", address)
        place = Place(kind=kind, address=address, project="7")
        with reaching.reach(place, Secret(token=token), Rules(allows_private=True)) as source:
            yield source, asked


# --- ODK Central --------------------------------------------------------------------------------
def central() -> Routes:
    """One form in two versions, three records: one edited, one with files; a list."""
    at = "/v1/projects/7"
    form = f"{at}/forms/village"
    versions = [
        {"version": version, "publishedAt": f"2024-01-0{version}T00:00:00.000Z"}
        for version in ("2", "1")
    ]
    records = [
        {
            "instanceId": id_of(1), "createdAt": "2024-02-01T00:00:00.000Z",
            "reviewState": "edited",
            "currentVersion": {"instanceId": id_of(11), "formVersion": "2", "current": True},
        },
        {
            "instanceId": id_of(2), "createdAt": "2024-02-02T00:00:00.000Z",
            "reviewState": "hasIssues",
            "currentVersion": {"instanceId": id_of(2), "formVersion": "1", "current": True},
        },
    ]  # fmt: skip
    first, second = f"{form}/submissions/{id_of(1)}", f"{form}/submissions/{id_of(2)}"
    return {
        f"{at}/forms": [
            {"xmlFormId": "village", "name": "ភូមិ", "publishedAt": "2024-01-01T00:00:00.000Z"},
            {"xmlFormId": "draft", "name": "draft", "publishedAt": None},
        ],
        f"{form}/versions": versions,
        f"{form}/versions/1.xml": FORM.format(version="1"),
        f"{form}/versions/2.xml": FORM.format(version="2"),
        f"{form}/versions/1/attachments": [],
        f"{form}/versions/2/attachments": [
            {"name": "map.png", "exists": True, "datasetExists": False},
            {"name": "people.csv", "exists": True, "datasetExists": True},
            {"name": "absent.png", "exists": False, "datasetExists": False},
        ],
        f"{form}/versions/2/attachments/map.png": PNG,
        f"{form}/submissions": records,
        f"{first}/versions": [
            {"instanceId": id_of(11), "current": True, "createdAt": "2024-02-03T00:00:00.000Z"},
            {"instanceId": id_of(1), "current": False, "createdAt": "2024-02-01T00:00:00.000Z"},
        ],
        f"{first}/versions/{id_of(1)}.xml": instance(1, "first"),
        f"{first}/versions/{id_of(11)}.xml": instance(11, "second", edits=id_of(1)),
        f"{second}.xml": instance(2, "two", photo="p.png"),
        f"{second}/attachments/p.png": PNG,
        f"{at}/datasets": [{"name": "trees"}],
        f"{at}/datasets/trees": {
            "name": "trees", "approvalRequired": False, "properties": [{"name": "kind"}],
        },
        f"{at}/datasets/trees/entities.csv": (
            "__id,label,kind,__createdAt,__version\n"
            "00000000-0000-4000-8000-00000000000a,Mango,fruit,2024-01-01T00:00:00.000Z,1\n"
        ),
    }  # fmt: skip


def test_central_brings_versions_edits_files_reviews_and_lists(village: Village) -> None:
    with server("central", central()) as (source, _):
        planned = village.bring(source, is_dry=True)
        assert village.count() == 0
        done = village.bring(source)
        assert [(r.what, r.name, r.verdict) for r in done] == [
            (r.what, r.name, r.verdict) for r in planned
        ]
        assert verdicts(done, What.FORM) == {"1": "new", "2": "new"}
        assert verdicts(done) == {id_of(11): "new", id_of(2): "new"}
        assert verdicts(done, What.LIST) == {"trees": "new"}
        assert {row.verdict.value for row in village.bring(source)} == {"same"}
    assert village.answers(id_of(1))["name"] == ["second"]
    assert (village.row(id_of(1)).state, village.row(id_of(11)).state) == ("superseded", "current")
    assert village.row(id_of(2)).files_present == 1
    assert village.row(id_of(11)).received_at.isoformat() == "2024-02-03T00:00:00+00:00"


def test_what_was_edited_there_since_is_brought_the_next_time(village: Village) -> None:
    routes = central()
    at = f"/v1/projects/7/forms/village/submissions/{id_of(2)}"
    with server("central", routes) as (source, _):
        village.bring(source)
        routes["/v1/projects/7/forms/village/submissions"][1]["currentVersion"]["instanceId"] = (
            id_of(22)
        )
        routes[f"{at}/versions"] = [
            {"instanceId": id_of(2), "current": False, "createdAt": "2024-02-02T00:00:00.000Z"},
            {"instanceId": id_of(22), "current": True, "createdAt": "2024-04-01T00:00:00.000Z"},
        ]
        routes[f"{at}/versions/{id_of(2)}.xml"] = routes[f"{at}.xml"]
        routes[f"{at}/versions/{id_of(22)}.xml"] = instance(22, "again", edits=id_of(2))
        assert verdicts(village.bring(source, is_dry=True))[id_of(22)] == "changed"
        assert verdicts(village.bring(source))[id_of(22)] == "changed"
    assert village.answers(id_of(2))["name"] == ["again"]


def test_cut_off_in_the_middle_it_goes_on_and_nothing_is_doubled(village: Village) -> None:
    routes = central()
    at = f"/v1/projects/7/forms/village/submissions/{id_of(2)}.xml"
    held = routes.pop(at)
    routes[at] = 500
    with server("central", routes) as (source, _):
        done: list[walking.Mark] = []
        steps = walking.walk(village.door, source, is_dry=False)
        with pytest.raises(Problem) as problem:
            done.extend(step.mark for step in steps)
        assert problem.value.kind is SOURCE_AWAY
        routes[at] = held
        rows = village.bring(source, start=done[-1])
        assert verdicts(rows) == {id_of(11): "same", id_of(2): "new"}
    assert village.count() == 3, "two versions of one record, and one of another"


@pytest.mark.parametrize("meanwhile", ["nothing", "deleted", "arrived", "last", "many"])
def test_a_walk_through_central_leaves_none_out(
    village: Village, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    """Numbers of pages move with whatever is deleted or arrives there."""
    monkeypatch.setattr(central_reader, "AT_ONCE", 4)
    here = [{"instanceId": id_of(n), "createdAt": "2024-02-01T00:00:00.000Z"} for n in range(13)]
    stayed = {row["instanceId"] for row in here[4:]}

    def listed(query: dict[str, list[str]]) -> list[dict[str, str]]:
        start, limit = int(query["offset"][0]), int(query["limit"][0])
        return here[start : start + limit]

    routes = {**central(), "/v1/projects/7/forms/village/submissions": listed}
    with server("central", routes) as (source, _):
        [form] = source.forms()
        seen, after, pages = [], FIRST_PAGE, 0
        while after is not None:
            page = source.page(form, after)
            seen += [record.root_id for record in page.records]
            pages += 1
            if meanwhile == "many" and len(seen) >= 9 and len(here) == 13:
                del here[:6]
            assert pages < 50
            if after == FIRST_PAGE and meanwhile == "deleted":
                del here[:3]
            elif after == FIRST_PAGE and meanwhile == "last":
                del here[3]
            elif after == FIRST_PAGE and meanwhile == "arrived":
                here.insert(0, {"instanceId": id_of(99), "createdAt": "2024-03-01T00:00:00.000Z"})
            after = page.after
    assert stayed <= set(seen)
    assert meanwhile == "last" or len(seen) == len(set(seen))


def test_a_file_that_is_not_given_out_is_told_and_the_record_comes(village: Village) -> None:
    routes = central()
    routes[f"/v1/projects/7/forms/village/submissions/{id_of(2)}/attachments/p.png"] = 403
    with server("central", routes) as (source, _):
        assert verdicts(village.bring(source))[id_of(2)] == "new: files_missing"


def test_a_wrong_token_is_said_at_once(village: Village) -> None:
    shut = server("central", central(), token="another")
    with shut as (source, _), pytest.raises(Problem) as problem:
        village.bring(source)
    assert problem.value.kind is SOURCE_DENIED


def test_other_content_under_a_version_is_refused_and_nothing_replaced(village: Village) -> None:
    routes = central()
    with server("central", routes) as (source, _):
        village.bring(source)
        changed = FORM.format(version="1").replace("<h:title>", "<h:title>x")
        routes["/v1/projects/7/forms/village/versions/1.xml"] = changed
        found = verdicts(village.bring(source), What.FORM)
    assert found == {"1": "refused: other_content", "2": "same"}


def test_the_token_stands_in_no_address(village: Village) -> None:
    with server("central", central()) as (source, asked):
        village.bring(source)
        assert asked
        assert [one.path for one in asked if TOKEN in one.path] == []


# --- KoboToolbox --------------------------------------------------------------------------------
def kobo_workbook() -> bytes:
    """As `assets/{uid}.xls` answers: no version, and an ID that the form had somewhere else."""
    import io

    import openpyxl

    book = openpyxl.Workbook()
    survey = book.active
    survey.title = "survey"
    for row in (
        ["type", "name", "label", "bind::samleng:class"],
        ["text", "name", "name", "open"],
        ["image", "photo", "photo", "open"],
    ):
        survey.append(row)
    settings = book.create_sheet("settings")
    settings.append(["id_string", "namespaces"])
    settings.append(["left_over", 'samleng="https://samleng.org/xforms"'])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


KOBOS = "3 (2024-05-01 10:00:00)"
"""A version as KoboToolbox names it: how often it was deployed, and when it was last edited."""


def form_list(uid: str) -> str:
    """As phones get it."""
    return (
        '<?xml version="1.0"?><xforms xmlns="http://openrosa.org/xforms/xformsList">'
        f"<xform><formID>{uid}</formID><name>Village</name><version>{KOBOS}</version>"
        "<hash>md5:0</hash><downloadUrl>/forms/7/form.xml</downloadUrl>"
        "<manifestUrl>/xformsManifest/7</manifestUrl></xform></xforms>"
    )


def kobo(address: str = "") -> Routes:
    at = "/api/v2/assets"
    uid = "aVillage1"
    data = f"{at}/{uid}/data"
    rows: list[dict[str, Any]] = [
        {
            "_id": 1, "_uuid": id_of(1)[5:], "meta/instanceID": id_of(1),
            "meta/rootUuid": id_of(1), "_submission_time": "2024-06-01T01:02:03",
            "__version__": "vOne", "_validation_status": {"uid": "validation_status_approved"},
            "_attachments": [
                {"download_url": f"{at}/{uid}/data/1/attachments/att1/",
                 "filename": "team/attachments/x/y/my_photo.png",
                 "media_file_basename": "my_photo.png"},
            ],
        },
        {
            "_id": 2, "_uuid": id_of(22)[5:], "meta/instanceID": id_of(22),
            "meta/deprecatedID": id_of(21), "meta/rootUuid": id_of(2),
            "_submission_time": "2024-06-02T01:02:03", "__version__": "vOne",
            "_validation_status": {}, "_attachments": [],
        },
    ]  # fmt: skip
    return {
        f"{at}.json": {
            "next": None,
            "results": [
                {"uid": uid, "name": "Village", "has_deployment": True},
                {"uid": "aDraft", "name": "draft", "has_deployment": False},
            ],
        },
        f"{at}/{uid}.json": {
            "uid": uid, "deployed_version_id": "vOne", "version_id": "vEdited",
            "deployment__data_download_links": {
                "csv": f"https://kc.example.org/team/reports/{uid}/export.csv",
            },
        },
        f"{at}/{uid}.xls": kobo_workbook(),
        "/formList": lambda query: form_list(uid if query["formID"] == [uid] else ""),
        "/forms/7/form.xml": FORM.format(version=KOBOS).replace('id="village"', f'id="{uid}"'),
        "/xformsManifest/7": (
            '<manifest xmlns="http://openrosa.org/xforms/xformsManifest"><mediaFile>'
            "<filename>map.png</filename><hash>md5:0</hash>"
            "<downloadUrl>/xformsMedia/7/1.png</downloadUrl></mediaFile></manifest>"
        ),
        "/xformsMedia/7/1.png": PNG,
        f"{at}/{uid}/files.json": {"next": None, "results": []},
        f"{data}.json": lambda query: {
            "next": None, "results": rows[int(query["start"][0]) :],
        },
        f"{data}/1.json": rows[0],
        f"{data}/2.json": rows[1],
        f"{data}/1.xml": instance(1, "one", photo="my photo.png", form=uid),
        f"{data}/2.xml": instance(22, "two", edits=id_of(21), form=uid),
        f"{data}/1/attachments/att1/": PNG,
        "rows": rows,
    }  # fmt: skip


def test_kobo_brings_the_form_and_records_with_files_dates_and_reviews(village: Village) -> None:
    with server("kobo", kobo()) as (source, _):
        planned = village.bring(source, is_dry=True)
        assert verdicts(planned) == {id_of(1): "new", id_of(22): "new: latest_only"}
        assert verdicts(village.bring(source)) == {
            id_of(1): "new",
            id_of(22): "new: latest_only",
        }
        assert {row.verdict.value for row in village.bring(source)} == {"same"}
    first = village.row(id_of(1))
    assert (first.files_present, first.received_at.isoformat()) == (1, "2024-06-01T01:02:03+00:00")
    assert village.row(id_of(22)).state == "current", "no copy that waits for ever"


def test_kobos_form_comes_as_phones_have_it_and_not_as_its_editor_holds_it(
    village: Village,
) -> None:
    """So that they change their address alone: the same ID, version and questions."""
    with server("kobo", kobo()) as (source, _):
        assert verdicts(village.bring(source, is_dry=True), What.FORM) == {KOBOS: "new"}
        assert verdicts(village.bring(source), What.FORM) == {KOBOS: "new"}
    with db.reading() as session:
        found = here.find_version(session, village.door.project_id, "aVillage1", KOBOS)
        assert found is not None
        assert found[1] == kobo()["/forms/7/form.xml"].encode(), "byte for byte"
        assert [one.name for one in forms.list_files(session, found[0])] == ["map.png"]


@pytest.mark.parametrize(
    ("edited", "told"), [("vOne", {"vOne": "new"}), ("vTwo", {"vTwo": "refused: not_deployed"})]
)
def test_kobos_archived_form_comes_from_its_workbook_where_nobody_edited_it_since(
    village: Village, edited: str, told: dict[str, str]
) -> None:
    """An archived form is in no list of phones."""
    routes = kobo()
    routes["/formList"] = '<xforms xmlns="http://openrosa.org/xforms/xformsList"/>'
    routes["/api/v2/assets/aVillage1.json"]["version_id"] = edited
    with server("kobo", routes) as (source, _):
        for is_dry in (True, False):
            done = village.bring(source, is_dry=is_dry)
            assert list(verdicts(done, What.FORM).values()) == list(told.values())
    if edited == "vOne":
        assert {row.form_id for row in done} == {"aVillage1"}
        assert verdicts(done) == {id_of(1): "new", id_of(22): "new: latest_only"}


def test_a_form_that_is_older_than_kobos_assets_keeps_the_id_that_phones_know(
    village: Village,
) -> None:
    routes = kobo()
    links = routes["/api/v2/assets/aVillage1.json"]["deployment__data_download_links"]
    links["csv"] = "https://kc.example.org/team/reports/old_name/export.csv"
    routes["/formList"] = lambda query: form_list("".join(query["formID"]))
    xml = "/forms/7/form.xml"
    routes[xml] = routes[xml].replace('id="aVillage1"', 'id="old_name"')
    for n in (1, 2):
        path = f"/api/v2/assets/aVillage1/data/{n}.xml"
        routes[path] = routes[path].replace('id="aVillage1"', 'id="old_name"')
    with server("kobo", routes) as (source, _):
        rows = village.bring(source)
    assert {(row.form_id, row.verdict.value) for row in rows} == {("old_name", "new")}


def test_a_record_edited_on_kobo_since_takes_the_place_of_what_was_brought(
    village: Village,
) -> None:
    """Twice even: then what it names as its base was never here."""
    routes = kobo()
    rows = routes["rows"]
    with server("kobo", routes) as (source, _):
        village.bring(source)
        rows[0].update({"_uuid": id_of(13)[5:], "meta/instanceID": id_of(13)})
        rows[0]["meta/deprecatedID"] = id_of(12)
        edited = instance(13, "edited twice", edits=id_of(12), form="aVillage1")
        routes["/api/v2/assets/aVillage1/data/1.xml"] = edited
        assert verdicts(village.bring(source, is_dry=True))[id_of(13)] == "changed"
        village.bring(source)
    assert village.answers(id_of(1), "aVillage1")["name"] == ["edited twice"]
    assert village.row(id_of(1)).state == "superseded"


@pytest.mark.parametrize("base", [1, 12])
def test_a_correction_made_here_is_not_replaced_by_an_edit_made_there(
    village: Village, base: int
) -> None:
    routes = kobo()
    rows = routes["rows"]
    with server("kobo", routes) as (source, _):
        village.bring(source)
        corrected = instance(90, "corrected here", edits=id_of(1), form="aVillage1").encode()
        door = village.door
        reception = Reception(door.actor, door.project_id, door.blobs)
        reception.xml(corrected)
        accept(reception, Envelope(xml=corrected, received_at=clock.now()), None)
        rows[0].update({"_uuid": id_of(13)[5:], "meta/instanceID": id_of(13)})
        rows[0]["meta/deprecatedID"] = id_of(base)
        edited = instance(13, "edited there", edits=id_of(base), form="aVillage1")
        routes["/api/v2/assets/aVillage1/data/1.xml"] = edited
        for is_dry in (True, False, False):
            assert verdicts(village.bring(source, is_dry=is_dry))[id_of(13)] == "queued"
    assert village.answers(id_of(1), "aVillage1")["name"] == ["corrected here"]


# --- Ona ----------------------------------------------------------------------------------------
def ona() -> Routes:
    data = "/api/v1/data/44"
    rows = [
        {
            "_id": 9, "_uuid": id_of(1)[5:], "meta/instanceID": id_of(1), "_version": "1",
            "_submission_time": "2023-01-02T03:04:05+00:00", "_review_status": "2",
            "_attachments": [
                {"download_url": "/api/v1/files/5?filename=team/attachments/p.png",
                 "filename": "team/attachments/p.png", "name": "p.png"},
            ],
        },
    ]  # fmt: skip
    return {
        "/api/v1/forms.json": [
            {"formid": 44, "id_string": "village", "title": "ភូមិ", "is_merged_dataset": False},
            {"formid": 45, "id_string": "merged", "title": "m", "is_merged_dataset": True},
        ],
        "/api/v1/forms/44.json": {"formid": 44, "version": "1"},
        "/api/v1/forms/44/form.xml": FORM.format(version="1"),
        "/api/v1/metadata.json": [
            {"data_value": "map.png", "media_url": "/api/v1/metadata/3?filename=map.png"},
        ],
        "/api/v1/metadata/3": PNG,
        f"{data}.json": lambda query: rows if query["page"] == ["1"] else 404,
        f"{data}/9.json": rows[0],
        f"{data}/9.xml": instance(1, "one", photo="p.png"),
        "/api/v1/files/5": PNG,
    }


def test_ona_brings_the_form_and_records_with_files_dates_and_reviews(village: Village) -> None:
    with server("ona", ona()) as (source, _):
        assert verdicts(village.bring(source, is_dry=True)) == {id_of(1): "new"}
        done = village.bring(source)
        assert verdicts(done, What.FORM) == {"1": "new"}
        assert verdicts(done) == {id_of(1): "new"}
        assert {row.verdict.value for row in village.bring(source)} == {"same"}
    stored = village.row(id_of(1))
    assert (stored.files_present, stored.received_at.year) == (1, 2023)


@pytest.mark.parametrize("kind", ["kobo", "ona"])
def test_edited_again_there_it_is_known_though_what_it_names_was_never_here(
    village: Village, kind: str
) -> None:
    """Kobo and Ona keep the last version alone; both know a record by a number of their own."""
    routes, at, form = kobo(), "/api/v2/assets/aVillage1/data/1", "aVillage1"
    if kind == "ona":
        routes, at, form = ona(), "/api/v1/data/44/9", "village"
    row = routes[f"{at}.json"]
    row.pop("meta/rootUuid", None)
    told = []
    with server(kind, routes) as (source, _):
        for n, base in ((3, 2), (5, 4), (7, 6)):
            row |= {"meta/instanceID": id_of(n), "meta/deprecatedID": id_of(base)}
            routes[f"{at}.xml"] = instance(n, f"edit {n}", edits=id_of(base), form=form)
            looked = verdicts(village.bring(source, is_dry=True))[id_of(n)]
            told.append(verdicts(village.bring(source))[id_of(n)])
            assert looked == told[-1]
    assert told == ["new: latest_only", "changed", "changed"]
    assert [village.row(id_of(n)).state for n in (3, 5, 7)] == [
        "superseded", "superseded", "current",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["kobo", "ona"])
def test_pages_of_kobo_and_ona_are_all_gone_through_once(village: Village, kind: str) -> None:
    """As each of them pages: by number and `next`; by page, with a 404 behind the last."""
    records = [dict(row) for row in many_records(400)]
    routes = kobo() if kind == "kobo" else ona()

    def page(query: dict[str, list[str]]) -> Any:
        size = int(query["limit" if kind == "kobo" else "page_size"][0])
        if kind == "kobo":
            start = int(query["start"][0])
            following = "more" if start + size < len(records) else None
            return {"next": following, "results": records[start : start + size]}
        start = (int(query["page"][0]) - 1) * size
        return records[start : start + size] or 404

    at = "/api/v2/assets/aVillage1/data" if kind == "kobo" else "/api/v1/data/44"
    routes[f"{at}.json"] = page
    for row in records:
        routes[f"{at}/{row['_id']}.json"] = row
        form = "aVillage1" if kind == "kobo" else "village"
        routes[f"{at}/{row['_id']}.xml"] = instance(row["_id"], "n", form=form)
    with server(kind, routes) as (source, asked):
        planned = village.bring(source, is_dry=True)
        assert sum(row.what is What.RECORD for row in planned) == 400
        paths = [one.path for one in asked if "/data" in one.path and "?" in one.path]
        assert len(paths) == len(set(paths)), "each page is asked for once"
        assert set(verdicts(village.bring(source)).values()) == {"new"}
    assert village.count() == 400


def many_records(count: int) -> list[dict[str, Any]]:
    return [
        {"_id": n, "meta/instanceID": id_of(n), "_submission_time": "2024-06-01T01:02:03"}
        for n in range(1000, 1000 + count)
    ]
