"""Drafts: a version in the making, tried on phones by a code of its own before it is published.

Replacing, publishing and deleting one ends it: its files go, what was sent to try it goes (event
DRAFT_ENDED), and phones that were trying it are told which of the three it was.
"""

from __future__ import annotations

import base64
import hmac
import uuid
from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.forms import file_names, publish_rules, queries, rewriting, sealed_forms, xform
from service.forms.actions import files
from service.forms.actions.publishing import Prepared, Published, Stored, publish
from service.forms.mistakes import form_invalid
from service.forms.queries import drafts as rows
from service.forms.queries.drafts import DraftFile, DraftRow
from service.forms.states import DraftEnd
from service.forms.tables import Form, FormDraft
from service.foundation import audit, clock, job_queue, keys, sealing
from service.foundation.blobs import Blob, LocalBlobs
from service.foundation.problems import (
    ALREADY_EXISTS,
    DRAFT_DELETED,
    DRAFT_PUBLISHED,
    DRAFT_REPLACED,
    DRAFT_UNKNOWN,
    NO_PUBLISHED_VERSION,
    NOT_FOUND,
    UNEXPECTED_VALUE,
    Problem,
)

DRAFT_ENDED = "form.draft_ended"
"""The event after which what was sent to try a draft is forgotten (`jobs/handlers.py`). Its subject
is the draft's key as a UUID."""
_GONE = {
    DraftEnd.REPLACED: DRAFT_REPLACED,
    DraftEnd.PUBLISHED: DRAFT_PUBLISHED,
    DraftEnd.DELETED: DRAFT_DELETED,
}
_TOKEN = "smx-"  # noqa: S105 - how such tokens begin


def token_of(draft: DraftRow) -> str:
    """By which phones reach it. It follows from the draft and a key of this installation: it is
    kept nowhere, and another draft has another."""
    named = f"draft token|{draft.project_id}|{draft.form_pk}|{draft.draft_pk}".encode()
    digest = keys.current().digest(sealing.sha256(named))
    return _TOKEN + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def get_tried(session: Session, project_id: int, form: int | str, token: str) -> DraftRow:
    """The draft that a phone's token is of. Raises a Problem that says what became of
    it."""
    live = rows.find_live(session, project_id, form)
    if live is not None and _is_token(live, token):
        return live
    for draft in rows.list_ended(session, project_id, form):
        if _is_token(draft, token):
            raise Problem(_GONE[draft.ended_as or DraftEnd.DELETED])
    raise Problem(DRAFT_UNKNOWN)


def _is_token(draft: DraftRow, token: str) -> bool:
    return hmac.compare_digest(token_of(draft).encode(), token.encode())


def get_draft(session: Session, project_id: int, form: int | str) -> DraftRow:
    """The live draft of a form. Raises NOT_FOUND."""
    found = rows.find_live(session, project_id, form)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def create_form(
    session: Session,
    actor: Actor,
    project_id: int,
    form: Prepared,
    blobs: LocalBlobs,
    *,
    anew: bool = False,
) -> DraftRow:
    """A form that has a draft and nothing else yet: no phone is offered it, none may send for it.
    Raises ALREADY_EXISTS; FORM_DELETED where a deleted form had its ID, unless it shall have that
    all the same (`anew`)."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    form_id = form.schema.form_id
    if queries.find_form(session, project_id, form_id) is not None:
        raise Problem(ALREADY_EXISTS, what=f"Form “{form_id}”")
    row = queries.get_or_insert_form(session, project_id, form_id, anew=anew)
    if row.current_version_pk is not None or rows.find_live(session, project_id, form_id):
        raise Problem(ALREADY_EXISTS, what=f"Form “{form_id}”")  # somebody else, a moment ago
    return _insert(session, actor, row, form, blobs, ())


def replace_draft(
    session: Session,
    actor: Actor,
    project_id: int,
    form_id: str,
    form: Prepared | None,
    blobs: LocalBlobs,
    *,
    carries: bool = True,
) -> DraftRow:
    """A new draft in the place of the one there may be; without a definition (None), of the
    published version as it is. Files that the form had under the same names come along, unless
    others are on their way (not `carries`)."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    row = queries.get_form(session, project_id, form_id, lock=True)
    if form is not None and form.schema.form_id != row.form_id:
        raise Problem(
            UNEXPECTED_VALUE, name="form id", reason="not that of the form in the address"
        )
    before = rows.find_live(session, project_id, row.form_id)
    had: Collection[DraftFile | queries.OfferedFile] = (
        _files_before(session, row, before) if carries else ()
    )
    source = None
    if form is None:
        form, source = _of_published(session, row)
    if before is not None:
        _end(session, before, DraftEnd.REPLACED)
    return _insert(session, actor, row, form, blobs, had, source)


def _files_before(
    session: Session, row: Form, before: DraftRow | None
) -> list[DraftFile | queries.OfferedFile]:
    if before is not None:
        return [*rows.list_files(session, before.draft_pk)]
    if row.current_version_pk is None:
        return []
    return [*queries.list_files(session, row.current_version_pk)]


def _of_published(session: Session, row: Form) -> tuple[Prepared, str | None]:
    if row.current_version_pk is None:
        raise Problem(NOT_FOUND)
    xml = queries.get_xml(session, row.current_version_pk)
    source = queries.find_source(session, row.current_version_pk)
    return Prepared(schema=xform.read(xml), xml=xml, media={}), source


def _insert(
    session: Session,
    actor: Actor,
    row: Form,
    form: Prepared,
    blobs: LocalBlobs,
    had: Collection[DraftFile | queries.OfferedFile],
    source_sha256: str | None = None,
) -> DraftRow:
    if form.workbook is not None:
        source_sha256 = blobs.put(form.workbook).sha256
    draft = FormDraft(
        form_pk=row.form_pk,
        version=form.schema.version,
        title=form.schema.title,
        md5=sealing.md5_hex(form.xml),
        source_sha256=source_sha256,
        warnings=list(form.converter_warnings),
        created_at=clock.now(),
        created_by=actor.id,
        xml=form.xml,
    )
    session.add(draft)
    session.flush()
    carried = [
        file for file in had if file.name in form.schema.attachments and file.name not in form.media
    ]
    kept = [*files.carried_columns(row.project_id, draft.draft_pk, carried)]
    for name, data in form.media.items():
        blob = files.keep_draft_file(blobs, row.project_id, iter([data]))
        columns = files.draft_columns(row.project_id, draft.draft_pk, name, blob)
        kept.append({"name": name, **columns})
    rows.insert_files(session, draft.draft_pk, kept, draft.created_at)
    _record(session, actor, row.project_id, "form.draft", draft.draft_pk)
    return get_draft(session, row.project_id, row.form_pk)


def put_file(
    session: Session, actor: Actor, project_id: int, form_id: str, name: str, blob: Blob
) -> DraftFile:
    """Give the draft a file that it refers to, in the place of the one it may have. Raises
    NOT_FOUND for one that it does not refer to."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    name = file_names.checked(name)
    queries.get_form(session, project_id, form_id, lock=True)
    draft = get_draft(session, project_id, form_id)
    if name not in xform.read(rows.get_xml(session, draft.draft_pk)).attachments:
        raise Problem(NOT_FOUND)
    put_files(session, actor, draft, {name: blob})
    return next(file for file in rows.list_files(session, draft.draft_pk) if file.name == name)


def put_files(session: Session, actor: Actor, draft: DraftRow, brought: Mapping[str, Blob]) -> None:
    """Give a draft files that it is known to refer to, however many with the same number of
    statements: nobody else writes meanwhile. Whoever calls holds the form's lock."""
    policy.demand(actor, Act.FORM_PUBLISH, draft.project_id)
    rows.delete_files(session, draft.draft_pk, brought)
    told = [
        {"name": name, **files.draft_columns(draft.project_id, draft.draft_pk, name, blob)}
        for name, blob in brought.items()
    ]
    rows.insert_files(session, draft.draft_pk, told, clock.now())
    _record(session, actor, draft.project_id, "form.draft_file", draft.draft_pk, files=len(brought))


def clear_file(session: Session, actor: Actor, project_id: int, form_id: str, name: str) -> None:
    """Take away what was given for a file, if anything was: an entity list of that name stands for
    it then. Raises NOT_FOUND for one that the draft does not refer to."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    queries.get_form(session, project_id, form_id, lock=True)
    draft = get_draft(session, project_id, form_id)
    if name not in xform.read(rows.get_xml(session, draft.draft_pk)).attachments:
        raise Problem(NOT_FOUND)
    if rows.delete_files(session, draft.draft_pk, [name]):
        _record(session, actor, project_id, "form.draft_file", draft.draft_pk)


def delete_file(session: Session, actor: Actor, project_id: int, form_id: str, name: str) -> None:
    """Raises NOT_FOUND."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    draft = get_draft(session, project_id, form_id)
    if not rows.delete_files(session, draft.draft_pk, [name]):
        raise Problem(NOT_FOUND)
    _record(session, actor, project_id, "form.draft_file", draft.draft_pk)


def delete_draft(session: Session, actor: Actor, project_id: int, form_id: str) -> None:
    """Raises NO_PUBLISHED_VERSION where nothing would be left of the form."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    row = queries.get_form(session, project_id, form_id, lock=True)
    draft = get_draft(session, project_id, form_id)
    if row.current_version_pk is None:
        raise Problem(NO_PUBLISHED_VERSION)
    _end(session, draft, DraftEnd.DELETED)
    _record(session, actor, project_id, "form.delete_draft", draft.draft_pk)


def publish_draft(
    session: Session,
    actor: Actor,
    project_id: int,
    form_id: str,
    blobs: LocalBlobs,
    version: str | None = None,
) -> Published:
    """Offer the draft to phones, under another version if one is named."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    queries.get_form(session, project_id, form_id, lock=True)
    draft = get_draft(session, project_id, form_id)
    kept = tuple(rows.list_files(session, draft.draft_pk))
    xml = rows.get_xml(session, draft.draft_pk)
    if version is not None:
        xml = rewriting.rewritten(xml, version=version)
    done = publish(
        session,
        actor,
        project_id,
        _checked(xml, kept, rows.list_warnings(session, draft.draft_pk)),
        blobs,
        stored=Stored(source_sha256=draft.source_sha256, files=kept),
    )
    _end(session, draft, DraftEnd.PUBLISHED)
    return done


def _checked(xml: bytes, kept: Collection[DraftFile], warnings: Collection[str]) -> Prepared:
    schema = xform.read(xml)
    mistakes = list(publish_rules.mistakes_of(schema))
    if mistakes:
        raise form_invalid(mistakes)
    hashes = {file.name: file.sha256 for file in kept}
    return Prepared(
        schema=schema,
        xml=xml,
        media={},
        warnings=(*warnings, *publish_rules.warnings_of(schema, hashes)),
        key=sealed_forms.key_of(schema),
    )


def _end(session: Session, draft: DraftRow, how: DraftEnd) -> None:
    rows.end(session, draft.draft_pk, how)
    job_queue.enqueue(
        session,
        project_id=draft.project_id,
        event=DRAFT_ENDED,
        subject=uuid.UUID(int=draft.draft_pk),
    )


def _record(
    session: Session, actor: Actor, project_id: int, action: str, draft_pk: int, **details: int
) -> None:
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=action,
        subject=f"form-draft:{draft_pk}",
        **details,
    )
