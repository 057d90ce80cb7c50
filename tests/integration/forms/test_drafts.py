"""Drafts: one at a time, apart from what is published, with files that move and never double."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM, Actor, Role
from service.forms import actions, queries
from service.forms.queries import drafts, told
from service.forms.states import DraftEnd
from service.forms.tables import Form, FormDraft, FormFile
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import Database, reading, unit_of_work
from service.foundation.job_queue import JobRow
from service.foundation.problems import (
    ALREADY_EXISTS,
    NO_PUBLISHED_VERSION,
    NOT_FOUND,
    UNEXPECTED_VALUE,
    VERSION_EXISTS,
    Kind,
    Problem,
)
from service.intake.queries.receiving import named_blobs
from tests.clients.pyodk_site import FORM
from tests.factories import a_project


def prepared(version: str = "1", form_id: str = "visit") -> actions.Prepared:
    return actions.prepare_xml(FORM.format(form_id=form_id, version=version).encode(), {})


@pytest.fixture
def project_id(database: Database) -> int:
    with unit_of_work() as session:
        return a_project(session).id


def make(project_id: int, blobs: LocalBlobs) -> None:
    with unit_of_work() as session:
        actions.create_form(session, SYSTEM, project_id, prepared(), blobs)


def put(project_id: int, blobs: LocalBlobs, name: str, data: bytes) -> None:
    blob = actions.keep_draft_file(blobs, project_id, iter([data]))
    with unit_of_work() as session:
        actions.put_file(session, SYSTEM, project_id, "visit", name, blob)


def publish(project_id: int, blobs: LocalBlobs, version: str | None = None) -> None:
    with unit_of_work() as session:
        actions.publish_draft(session, SYSTEM, project_id, "visit", blobs, version)


def replace(
    project_id: int, blobs: LocalBlobs, form: actions.Prepared | None, form_id: str = "visit"
) -> None:
    with unit_of_work() as session:
        actions.replace_draft(session, SYSTEM, project_id, form_id, form, blobs)


def refusal(*arguments: object) -> Kind:
    """Of the action that is called."""
    call, *rest = arguments
    with pytest.raises(Problem) as refused:
        call(*rest)  # type: ignore[operator]
    return refused.value.kind


def published_files(project_id: int) -> dict[str, str]:
    """{name: SHA-256} of the version offered."""
    with reading() as session:
        form = queries.get_form(session, project_id, "visit")
        files = queries.list_files(session, form.current_version_pk or 0)
        return {file.name: file.sha256 for file in files}


def test_a_form_begins_as_a_draft_that_intake_does_not_know(
    project_id: int, blobs: LocalBlobs
) -> None:
    make(project_id, blobs)
    assert queries.find_form_for_submission(project_id, "visit", "1") is None
    with reading() as session:
        assert queries.list_open_forms(session, project_id) == []
        assert told.list_told(session, project_id, with_drafts=False) == []
        (alone,) = told.list_told(session, project_id, with_drafts=True)
    assert alone.published_at is None
    assert refusal(make, project_id, blobs) is ALREADY_EXISTS
    publish(project_id, blobs)
    assert queries.find_form_for_submission(project_id, "visit", "1") is not None
    assert refusal(make, project_id, blobs) is ALREADY_EXISTS


def test_files_move_with_the_draft_and_their_bytes_are_stored_once(
    project_id: int, blobs: LocalBlobs
) -> None:
    make(project_id, blobs)
    put(project_id, blobs, "map.png", b"first")
    put(project_id, blobs, "map.png", b"second")
    put(project_id, blobs, "places.csv", b"name,label\n")
    with reading() as session:
        draft = actions.get_draft(session, project_id, "visit")
        before = {file.name: file.blob for file in drafts.list_files(session, draft.draft_pk)}
    publish(project_id, blobs)
    replace(project_id, blobs, None)
    put(project_id, blobs, "places.csv", b"name,label\np1,x\n")
    publish(project_id, blobs, "2")
    with reading() as session:
        rows = session.scalars(sa.select(FormFile).order_by(FormFile.file_pk)).all()
        held = [
            b"".join(actions.content(blobs, file))
            for row in rows
            for file in queries.list_files(session, row.version_pk)
            if file.file_pk == row.file_pk
        ]
    maps = [row.blob for row in rows if row.name == "map.png"]
    assert maps == [before["map.png"]] * 2
    assert sorted(held) == [b"name,label\n", b"name,label\np1,x\n", b"second", b"second"]


def test_a_draft_that_changes_its_questions_keeps_the_files_it_still_names(
    project_id: int, blobs: LocalBlobs
) -> None:
    make(project_id, blobs)
    put(project_id, blobs, "map.png", b"map")
    put(project_id, blobs, "places.csv", b"csv")
    text = FORM.format(form_id="visit", version="2").replace(
        '<instance id="places" src="jr://file-csv/places.csv"/>', ""
    )
    replace(project_id, blobs, actions.prepare_xml(text.encode(), {}))
    publish(project_id, blobs)
    assert set(published_files(project_id)) == {"map.png"}


def test_what_drafts_name_is_not_swept_up_and_what_they_named_is(
    project_id: int, blobs: LocalBlobs
) -> None:
    make(project_id, blobs)
    put(project_id, blobs, "map.png", b"map")
    with reading() as session:
        draft = actions.get_draft(session, project_id, "visit")
        (file,) = drafts.list_files(session, draft.draft_pk)
        assert named_blobs(session, [file.blob]) == {file.blob}
    publish(project_id, blobs)
    replace(project_id, blobs, prepared("2"))
    put(project_id, blobs, "map.png", b"other")
    with unit_of_work() as session:
        draft = actions.get_draft(session, project_id, "visit")
        (other,) = drafts.list_files(session, draft.draft_pk)
        actions.delete_draft(session, SYSTEM, project_id, "visit")
    with reading() as session:
        assert named_blobs(session, [file.blob, other.blob]) == {file.blob}


def test_one_draft_lives_and_of_the_others_their_end_is_left(
    project_id: int, blobs: LocalBlobs
) -> None:
    make(project_id, blobs)
    replace(project_id, blobs, prepared("2"))
    publish(project_id, blobs)
    replace(project_id, blobs, None)
    with unit_of_work() as session:
        actions.delete_draft(session, SYSTEM, project_id, "visit")
    with reading() as session:
        rows = session.scalars(sa.select(FormDraft).order_by(FormDraft.draft_pk)).all()
        events = session.scalars(sa.select(JobRow.event)).all()
        acts = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.entry_pk)).all()
    assert [(row.ended_as, row.xml) for row in rows] == [
        (DraftEnd.REPLACED, b""), (DraftEnd.PUBLISHED, b""), (DraftEnd.DELETED, b""),
    ]  # fmt: skip
    assert events.count(actions.DRAFT_ENDED) == 3
    assert acts.count("form.draft") == 3
    assert "form.delete_draft" in acts


def test_what_cannot_be_done_with_a_draft(project_id: int, blobs: LocalBlobs) -> None:
    make(project_id, blobs)

    def delete() -> None:
        with unit_of_work() as session:
            actions.delete_draft(session, SYSTEM, project_id, "visit")

    assert refusal(delete) is NO_PUBLISHED_VERSION
    assert refusal(put, project_id, blobs, "stray.png", b"x") is NOT_FOUND
    assert refusal(replace, project_id, blobs, prepared(form_id="other")) is UNEXPECTED_VALUE
    assert refusal(replace, project_id, blobs, None) is NOT_FOUND, "nothing published to copy"
    publish(project_id, blobs)
    assert refusal(publish, project_id, blobs) is NOT_FOUND
    changed = FORM.format(form_id="visit", version="1").replace("រូបថត", "រូបភាព")
    replace(project_id, blobs, actions.prepare_xml(changed.encode(), {}))
    assert refusal(publish, project_id, blobs) is VERSION_EXISTS
    publish(project_id, blobs, "2")


def test_tokens_differ_by_draft_and_are_kept_nowhere(project_id: int, blobs: LocalBlobs) -> None:
    make(project_id, blobs)
    with reading() as session:
        first = actions.token_of(actions.get_draft(session, project_id, "visit"))
    replace(project_id, blobs, prepared("2"))
    with reading() as session:
        second = actions.token_of(actions.get_draft(session, project_id, "visit"))
        for table in (Form, FormDraft):
            for row in session.execute(sa.select(table.__table__)):
                assert not [one for one in row if first in str(one) or second in str(one)]
    assert first != second


def test_dara_may_not_draft(project_id: int, blobs: LocalBlobs) -> None:
    dara = Actor(id=1, name="ដារ៉ា", roles={project_id: frozenset({Role.REVIEWER})})
    make(project_id, blobs)
    for act in (
        lambda s: actions.create_form(s, dara, project_id, prepared(form_id="x"), blobs),
        lambda s: actions.replace_draft(s, dara, project_id, "visit", prepared("2"), blobs),
        lambda s: actions.publish_draft(s, dara, project_id, "visit", blobs),
        lambda s: actions.delete_draft(s, dara, project_id, "visit"),
        lambda s: actions.delete_file(s, dara, project_id, "visit", "map.png"),
    ):
        with pytest.raises(Problem), unit_of_work() as session:
            act(session)
