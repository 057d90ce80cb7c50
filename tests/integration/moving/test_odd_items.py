"""One odd thing at the source is a line of the report: the move goes on."""

from __future__ import annotations

import tracemalloc
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.entities import table_file
from service.entities.tables import Entity
from service.forms import queries as forms
from service.foundation import db
from service.foundation.blobs import LocalBlobs
from service.foundation.formats import tables_in
from service.foundation.problems import PROJECT_FULL, Problem
from service.foundation.sealing import sha256
from service.moving import source as limits
from service.moving.actions import reaching
from service.moving.plan import What
from service.moving.queries import here as here_queries
from service.moving.readers import instances
from tests.integration.moving.test_files import a_root, central_zip, table
from tests.integration.moving.test_servers import PNG, central, instance, kobo, ona, server
from tests.integration.moving.village import Village, a_village, id_of, verdicts

FORM = "/v1/projects/7/forms/village"


@pytest.fixture
def village(database: db.Database, blobs: LocalBlobs) -> Village:
    return a_village(blobs, with_form=False)


@pytest.fixture
def here(village: Village, blobs: LocalBlobs) -> Village:
    with server("central", {**central(), f"{FORM}/submissions": []}) as (source, _):
        village.bring(source)
    return village


def gone(routes: dict[str, Any]) -> None:
    routes[f"{FORM}/submissions/{id_of(2)}.xml"] = 404


def odd(routes: dict[str, Any]) -> None:
    routes[f"{FORM}/submissions/{id_of(2)}.xml"] = 410


def huge(routes: dict[str, Any]) -> None:
    routes[f"{FORM}/submissions/{id_of(2)}.xml"] = b"x" * (limits.MOST_XML + 1)


@pytest.mark.parametrize(
    ("spoil", "why"), [(gone, "not_given"), (odd, "not_given"), (huge, "too_large")]
)
def test_a_record_that_is_not_handed_out_is_a_line(
    village: Village, spoil: Callable[[dict[str, Any]], None], why: str
) -> None:
    routes = central()
    spoil(routes)
    routes[f"{FORM}/submissions"].reverse()
    with server("central", routes) as (source, _):
        done = village.bring(source)
    assert verdicts(done) == {id_of(2): f"refused: {why}", id_of(11): "new"}
    assert verdicts(done, What.LIST) == {"trees": "new"}


def test_a_file_that_grows_beyond_the_limit_is_missing_and_the_record_comes(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "MOST_FILE", len(PNG) - 1)
    with server("central", central()) as (source, _):
        assert verdicts(village.bring(source))[id_of(2)] == "new: files_missing"
    assert village.row(id_of(2)).files_present == 0
    assert list(village.door.blobs.staging.iterdir()) == [], "nothing of it is left"


def test_a_version_a_form_and_a_list_that_are_not_handed_out_are_lines(village: Village) -> None:
    routes = central()
    routes[f"{FORM}/versions/2.xml"] = 404
    routes["/v1/projects/7/datasets"].append({"name": "gone"})
    routes["/v1/projects/7/forms"].append(
        {"xmlFormId": "deleted", "publishedAt": "2024-01-01T00:00:00.000Z"}
    )
    with server("central", routes) as (source, _):
        for is_dry in (True, False):
            done = village.bring(source, is_dry=is_dry)
            assert verdicts(done, What.FORM) == {
                "1": "new", "2": "refused: not_given", "": "refused: not_given",
            }  # fmt: skip
            assert verdicts(done) == {id_of(11): "new", id_of(2): "new", "": "refused: not_given"}
            assert verdicts(done, What.LIST) == {"trees": "new", "gone": "refused: not_given"}


@pytest.mark.parametrize("kind", ["kobo", "ona"])
def test_a_record_that_kobo_or_ona_has_deleted_meanwhile_is_a_line(
    village: Village, kind: str
) -> None:
    routes = kobo() if kind == "kobo" else ona()
    spoilt = "/api/v2/assets/aVillage1/data/1.json" if kind == "kobo" else "/api/v1/data/44/9.xml"
    routes[spoilt] = 404
    with server(kind, routes) as (source, _):
        assert verdicts(village.bring(source))[id_of(1)] == "refused: not_given"


def torn(path: Path, name: str) -> None:
    """Other bytes in a member than were packed."""
    with zipfile.ZipFile(path) as held:
        start = held.getinfo(name).header_offset + 30 + len(name) + 4
    data = bytearray(path.read_bytes())
    data[start : start + 8] = bytes(8)
    path.write_bytes(data)


def test_a_torn_member_of_a_zip_is_a_line(here: Village, tmp_path: Path) -> None:
    path = tmp_path / "i.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("1/submission.xml", instance(1, "one" * 50))
        out.writestr("2/submission.xml", instance(2, "two", photo="p.png"))
        out.writestr("2/p.png", PNG)
        out.writestr("3/submission.xml", instance(3, "three"))
    torn(path, "1/submission.xml")
    torn(path, "2/p.png")
    for is_dry in (True, False):
        assert verdicts(here.bring_file(path, is_dry=is_dry)) == {
            "1/submission.xml": "refused: unreadable",
            id_of(2): "new: files_missing",
            id_of(3): "new",
        }


def test_a_torn_picture_of_centrals_zip_is_missing(here: Village, tmp_path: Path) -> None:
    path = central_zip(tmp_path / "v.csv.zip", [a_root(2, "two", "p.png")], [], table(["a"]))
    torn(path, "media/p.png")
    assert verdicts(here.bring_file(path)) == {id_of(2): "new: files_missing"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("v.csv", b"name," * 500_000),
        ("v.csv", b"name,_uuid\n" + b"x" * (tables_in.MOST_CELL + 1) + b",1\n"),
        ("v.csv", b"name,_uuid\n" + b"\xff\xfe,1\n"),
        ("v.xlsx", b"no workbook"),
        ("v.zip", b"PK no zip"),
    ],
)
def test_what_is_no_export_file_is_refused_in_words(
    here: Village, tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Problem) as problem:
        here.bring_file(tmp_path / name)
    assert problem.value.kind.slug == "source-strange"


def test_an_instance_that_is_too_large_is_a_line(
    here: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instances, "MOST_XML", 400)
    (tmp_path / "a.xml").write_text(instance(1, "x" * 400))
    (tmp_path / "b.xml").write_text(instance(2, "x"))
    told = {"a.xml": "refused: unreadable", id_of(2): "new"}
    assert verdicts(here.bring_file(tmp_path)) == told


def without_media() -> dict[str, Any]:
    """So that the only file is one of a record."""
    return {**central(), f"{FORM}/versions/2/attachments": []}


def test_files_of_records_count_towards_the_room_that_there_is(village: Village) -> None:
    demanded: list[int] = []
    door = replace(village.door, demand_room=demanded.append)
    with server("central", without_media()) as (source, _):
        replace(village, door=door).bring(source)
    assert len(PNG) in demanded


def test_where_a_file_finds_no_room_the_move_ends_there(village: Village) -> None:
    """Else a disk would be filled by pictures, which no limit saw."""

    def demand(size: int) -> None:
        if size == len(PNG):
            raise Problem(PROJECT_FULL)

    full = replace(village, door=replace(village.door, demand_room=demand))
    with server("central", without_media()) as (source, _), pytest.raises(Problem) as problem:
        full.bring(source)
    assert problem.value.kind is PROJECT_FULL


def test_a_list_of_entities_has_a_limit(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    from service.moving.readers import central as reader

    monkeypatch.setattr(reader, "MOST_TABLE", 20)
    with server("central", central()) as (source, _):
        found = verdicts(village.bring(source), What.LIST)
    assert found == {"trees": "refused: too_large"}


def test_a_list_of_entities_flows_and_is_held_as_a_whole_nowhere(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it comes all the same, or nothing: the last row is at fault."""
    monkeypatch.setattr(table_file, "AT_ONCE", 20)
    routes, place = central(), "/v1/projects/7/datasets/trees/entities.csv"
    rows = [f"{uuid.uuid4()},{n},{'x' * 40_000}\n" for n in range(300)]
    whole = "".join(["__id,label,kind\n", *rows]).encode()
    routes[place] = whole + f"{rows[0][:36]},twice,\n".encode()
    with server("central", routes) as (source, _):
        for is_dry in (True, False):
            told = verdicts(village.bring(source, is_dry=is_dry), What.LIST)
            assert told == {"trees": "refused: entity_rows"}
        routes[place] = whole
        for is_dry, verdict in ((True, "new"), (False, "new"), (False, "same")):
            tracemalloc.start()
            told = verdicts(village.bring(source, is_dry=is_dry), What.LIST)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert told == {"trees": verdict}
            assert peak < len(whole) // 2, (is_dry, verdict)
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Entity)) == len(rows)
    assert list(village.door.blobs.staging.iterdir()) == []


@pytest.mark.parametrize("kind", ["central", "ona"])
def test_nothing_is_asked_for_twice(village: Village, kind: str) -> None:
    with server(kind, central() if kind == "central" else ona()) as (source, asked):
        village.bring(source)
        paths = [one.path for one in asked]
    assert sorted(paths) == sorted(set(paths))


def test_a_form_s_files_flow_and_are_held_as_a_whole_nowhere(village: Village) -> None:
    routes = central()
    large = bytes(range(256)) * 80_000
    routes[f"{FORM}/versions/2/attachments/map.png"] = large
    with server("central", routes) as (source, _):
        for is_dry in (True, False):
            tracemalloc.start()
            done = village.bring(source, is_dry=is_dry, form_ids=["village"])
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < len(large) // 2
    assert verdicts(done, What.FORM) == {"1": "new", "2": "new"}
    with db.reading() as session:
        found = here_queries.find_version(session, village.door.project_id, "village", "2")
        assert found is not None
        (file,) = forms.list_files(session, found[0])
    assert (file.name, file.sha256) == ("map.png", sha256(large).hex())
    assert list(village.door.blobs.staging.iterdir()) == []
