"""Publishing: versions never change, and the constraint decides who was first."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from typing import Any

import alembic.command
import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM, Actor, Role
from service.forms import actions, queries
from service.forms.actions import Published
from service.forms.states import FormState
from service.forms.tables import FormFile, FormVersion
from service.foundation import db
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.intake import actions as intake
from tests import postgres
from tests.factories import FORM_XML, a_coordinator, a_project
from tests.unit.forms.workbooks import form

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def project() -> int:
    with unit_of_work() as session:
        return a_project(session).id


def xml(version: str = "1", form_id: str = "visit", extra: str = "") -> bytes:
    return (FORM_XML.format(form_id=form_id, version=version) + extra).encode()


def publish(
    project: int, blobs: LocalBlobs, data: bytes, actor: Actor = SYSTEM, **media: bytes
) -> Published:
    named = {name.replace("_", "."): content for name, content in media.items()}
    prepared = actions.prepare_xml(data, named)
    with unit_of_work() as session:
        return actions.publish(session, actor, project, prepared, blobs, tells_of_nobody=True)


def test_what_is_published_is_offered_byte_for_byte(project: int, blobs: LocalBlobs) -> None:
    done = publish(project, blobs, xml(), a_coordinator(project), map_png=b"png")
    with reading() as session:
        [offered] = queries.list_open_forms(session, project)
        assert queries.get_xml(session, offered.version_pk) == xml()
        [file] = queries.list_files(session, offered.version_pk)
        entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "form.publish"))
        assert [entry.actor_id for entry in entries] == [900]
    assert offered.has_files
    assert b"".join(actions.content(blobs, file)) == b"png"
    assert done.hash == f"md5:{offered.md5}"


def test_the_same_again_is_the_same_version(project: int, blobs: LocalBlobs) -> None:
    first = publish(project, blobs, xml(), map_png=b"png")
    again = publish(project, blobs, xml(), map_png=b"png")
    assert (first.is_new, again.is_new) == (True, False)
    assert again.version_pk == first.version_pk


@pytest.mark.parametrize(
    ("data", "media"),
    [(xml(extra="\n"), {"map_png": b"png"}), (xml(), {"map_png": b"other"}), (xml(), {})],
)
def test_a_published_version_never_changes(
    project: int, blobs: LocalBlobs, data: bytes, media: dict[str, bytes]
) -> None:
    publish(project, blobs, xml(), map_png=b"png")
    with pytest.raises(Problem) as refused:
        publish(project, blobs, data, **media)
    assert refused.value.kind.slug == "version-exists"
    with reading() as session:
        [offered] = queries.list_open_forms(session, project)
        assert queries.get_xml(session, offered.version_pk) == xml()
        assert session.scalar(sa.select(sa.func.count(FormFile.file_pk))) == 1


def test_a_new_version_is_offered_and_the_old_one_kept(project: int, blobs: LocalBlobs) -> None:
    old = publish(project, blobs, xml("1"))
    new = publish(project, blobs, xml("2"))
    with reading() as session:
        assert [f.version for f in queries.list_open_forms(session, project)] == ["2"]
        for done in (old, new):
            found = queries.find_form_for_submission(project, "visit", done.version)
            assert found is not None
            assert found.version_pk == done.version_pk
        unknown = queries.find_form_for_submission(project, "visit", "9")
        assert unknown is not None
        assert unknown.version_pk is None
        assert queries.find_version_to_read_with(session, old.form_pk, "9") == new.version_pk
        assert queries.find_form_for_submission(project, "nothing", "1") is None
        assert queries.schema_of(session, new.version_pk).version == "2"
        assert queries.schema_of(session, new.version_pk) is queries.schema_of(
            session, new.version_pk
        )


def test_two_people_who_publish_at_once_end_with_one_version(
    project: int, blobs: LocalBlobs
) -> None:
    outcomes: list[str] = []

    def one(data: bytes) -> None:
        try:
            outcomes.append("new" if publish(project, blobs, data).is_new else "same")
        except Problem as problem:
            outcomes.append(problem.kind.slug)

    versions = [xml(), xml(), xml(extra="\n"), xml()]
    threads = [threading.Thread(target=one, args=(data,)) for data in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("new") == 1
    assert set(outcomes) <= {"new", "same", "version-exists"}
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count(FormVersion.version_pk))) == 1


def test_a_workbook_is_published_with_its_source_kept(project: int, blobs: LocalBlobs) -> None:
    data = form(("text", "wish", "បំណងប្រាថ្នា"))
    with unit_of_work() as session:
        done = actions.publish_workbook(
            session, SYSTEM, project, data, "needs.xlsx", media={}, blobs=blobs
        )
        version = session.get_one(FormVersion, done.version_pk)
        assert blobs.read(version.source_sha256 or "") == data


def test_only_a_coordinator_publishes_and_closes(project: int, blobs: LocalBlobs) -> None:
    roles = {project: frozenset({Role.REVIEWER})}
    bopha = Actor(id=901, name="Bopha", roles=roles)
    dara = Actor(id=902, name="Dara", roles={})
    for actor, slug in ((bopha, "not-allowed"), (dara, "not-found")):
        with pytest.raises(Problem) as refused:
            publish(project, blobs, xml(), actor)
        assert refused.value.kind.slug == slug
    publish(project, blobs, xml())
    with pytest.raises(Problem), unit_of_work() as session:
        actions.set_state(session, bopha, project, "visit", FormState.CLOSED)


def test_a_project_that_does_not_exist_takes_no_form(project: int, blobs: LocalBlobs) -> None:
    with pytest.raises(Problem) as refused:
        publish(project + 1, blobs, xml())
    assert refused.value.kind.slug == "not-found"


@pytest.mark.parametrize(
    "names",
    [
        ["../x.png"],
        ["a\\b.png"],
        [".hidden"],
        [" "],
        ["ក" * 34 + ".png"],
        ["A.png", "a.PNG"],
        ["a\n"],
    ],
)
def test_names_that_a_phone_cannot_store_are_refused(names: list[str]) -> None:
    with pytest.raises(Problem) as refused:
        actions.prepare_xml(xml(), dict.fromkeys(names, b"x"))
    assert refused.value.kind.slug == "file-name-invalid"


def test_a_missing_or_doubled_file_is_a_warning(project: int, blobs: LocalBlobs) -> None:
    wanting = xml().replace(
        b"<bind nodeset", b'<instance id="v" src="jr://file-csv/v.csv"/><bind nodeset', 1
    )
    done = publish(project, blobs, wanting, a_png=b"same", b_png=b"same")
    assert any("v.csv" in warning for warning in done.warnings)
    assert any("same content" in warning for warning in done.warnings)


def test_a_known_version_is_read_without_asking_the_database(
    project: int, blobs: LocalBlobs
) -> None:
    publish(project, blobs, xml())
    form = queries.find_form_for_submission(project, "visit", "1")
    assert form is not None
    first = queries.schema_for(form, "1")
    seen: list[str] = []

    def note(_c, _u, statement, *_rest):  # type: ignore[no-untyped-def]
        seen.append(statement)

    sa.event.listen(db.current().reader, "before_cursor_execute", note)
    assert queries.schema_for(form, "1") is first
    assert not seen


# --- files: declared, and sealed ----------------------------------------------------------------
ROW = b"name,village\nSOKHA-CANARY,Banan\n"


def test_s38_files_of_a_form_are_published_with_a_declaration_that_is_kept(
    project: int, blobs: LocalBlobs
) -> None:
    """Phones keep them in clear (the declaration is of whoever publishes, with the moment)."""
    prepared = actions.prepare_xml(xml("0"), {"people.csv": ROW})
    with unit_of_work() as session:
        undeclared = actions.publish(session, SYSTEM, project, prepared, blobs)
    assert any("nobody has declared" in warning for warning in undeclared.warnings)
    with reading() as session:
        kept = sa.select(AuditEntry).where(AuditEntry.action == "form.add_undeclared_files")
        assert len(session.scalars(kept).all()) == 1
    declared = publish(project, blobs, xml(), a_coordinator(project), people_csv=ROW)
    assert not any("nobody has declared" in warning for warning in declared.warnings)
    publish(project, blobs, xml("2"), a_coordinator(project))
    with reading() as session:
        kept = sa.select(AuditEntry).where(AuditEntry.action == "form.declare_files")
        [entry] = session.scalars(kept)
    assert (entry.actor_id, entry.details["files"]) == (900, 1)
    with unit_of_work() as session:  # the same again brings nothing new
        assert not actions.publish(session, SYSTEM, project, prepared, blobs).is_new


def everything_in(blobs: LocalBlobs) -> bytes:
    return b"".join(path.read_bytes() for path in blobs.root.rglob("*") if path.is_file())


def test_s38_files_of_forms_lie_sealed(project: int, blobs: LocalBlobs) -> None:
    publish(project, blobs, xml(), people_csv=ROW * 9000)
    assert b"SOKHA-CANARY" not in everything_in(blobs)
    with reading() as session:
        [form] = queries.list_open_forms(session, project)
        [file] = queries.list_files(session, form.version_pk)
    assert b"".join(actions.content(blobs, file)) == ROW * 9000
    assert file.md5 == hashlib.md5(ROW * 9000).hexdigest()


def test_s39_a_file_that_was_put_in_anothers_place_is_not_served(
    project: int, blobs: LocalBlobs
) -> None:
    publish(project, blobs, xml(), a_csv=b"a", b_csv=b"b")
    with reading() as session:
        [form] = queries.list_open_forms(session, project)
        [one, other] = queries.list_files(session, form.version_pk)
    swapped = dataclasses.replace(one, blob=other.blob, key_pk=other.key_pk, bound=other.bound)
    for wrong in (swapped, dataclasses.replace(one, blob=other.blob)):
        with pytest.raises(Problem) as raised:
            actions.content(blobs, wrong)
        assert raised.value.kind is NOT_FOUND


def test_files_of_an_earlier_release_are_sealed_in_pages_and_served_all_the_while(
    project: int, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three versions, two files each, of which one is the same; killed after the first page."""
    monkeypatch.setattr(queries.files, "CLEAR_AT_ONCE", 2)
    for number in "123":
        publish(project, blobs, xml(number), people_csv=ROW, map_png=number.encode())
    clear = [blobs.put(data).name for data in (ROW, b"1", b"2", b"3")]
    with unit_of_work() as session:
        columns = {"blob": FormFile.sha256, "key_pk": None, "bound": None}
        session.execute(sa.update(FormFile).values(columns))
    assert sorted(contents(project, blobs)) == [b"1", b"2", b"3", ROW, ROW, ROW]
    assert b"SOKHA-CANARY" in everything_in(blobs)
    update, done = queries.update_file, []

    def killed(*given: Any) -> None:
        done.append(1)
        if len(done) > 3:
            raise KeyboardInterrupt
        update(*given)

    monkeypatch.setattr(queries, "update_file", killed)
    with pytest.raises(KeyboardInterrupt):
        actions.seal_files(blobs)
    monkeypatch.setattr(queries, "update_file", update)
    assert sorted(contents(project, blobs)) == [b"1", b"2", b"3", ROW, ROW, ROW]
    left = actions.seal_files(blobs)
    intake.drop_unneeded(blobs, {*left, *clear})
    assert actions.seal_files(blobs) == frozenset()
    assert sorted(contents(project, blobs)) == [b"1", b"2", b"3", ROW, ROW, ROW]
    assert b"SOKHA-CANARY" not in everything_in(blobs)
    with reading() as session:
        told = sa.select(AuditEntry.details).where(AuditEntry.action == "form.seal_files")
        assert len(session.scalars(told).all()) == 1


def contents(project: int, blobs: LocalBlobs) -> list[bytes]:
    with reading() as session:
        forms = queries.list_open_forms(session, project, all_versions=True)
        files = [file for form in forms for file in queries.list_files(session, form.version_pk)]
    return [b"".join(actions.content(blobs, file)) for file in files]


def test_going_back_is_refused_once_files_are_sealed(
    project: int, blobs: LocalBlobs, database: db.Database
) -> None:
    publish(project, blobs, xml(), people_csv=ROW)
    with pytest.raises(RuntimeError, match="Nothing changed"):
        alembic.command.downgrade(postgres.config(database.url), "0015-1")
    alembic.command.upgrade(postgres.config(database.url), "head")  # what later ones had undone
    assert contents(project, blobs) == [ROW]
