"""A form that another program copies here with the files beside it, perhaps in several requests
(ODK Briefcase). It is a draft until all its files are here."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.forms import queries
from service.forms.actions.drafts import create_form, publish_draft, put_files, replace_draft
from service.forms.actions.publishing import Prepared
from service.forms.queries import drafts as rows
from service.forms.queries.drafts import DraftRow
from service.forms.states import DraftEnd
from service.foundation import keys
from service.foundation.blobs import Blob, Draft, LocalBlobs
from service.foundation.problems import DRAFT_REPLACED, Problem


class FormReception:
    """Where files of a request go while it comes in: sealed for the disk."""

    def __init__(self, project_id: int, blobs: LocalBlobs) -> None:
        self._project_id, self._blobs = project_id, blobs
        self._drafts: dict[str, Draft] = {}

    def xml(self, xml: bytes) -> None:
        """It is read at the end: files may come before it."""

    def draft(self, filename: str, field_name: str) -> Draft:
        """Whether the form names it is seen at the end. Of two of one name the second counts."""
        name = unicodedata.normalize("NFC", filename or field_name)
        if name in self._drafts:
            self._drafts.pop(name).discard()
        draft = self._drafts[name] = self._blobs.draft(keys.current().take(self._project_id))
        return draft

    def kept(self, form: Prepared, lists: Collection[str]) -> dict[str, Blob]:
        """The files that the form refers to, durable; the others are dropped. So are those that
        have the name of an entity list: phones get the list itself under that name."""
        wanted, found = set(form.schema.attachments) - set(lists), self._drafts
        self._drafts = {}
        for name in found.keys() - wanted:
            found[name].discard()
        return {name: found[name].commit() for name in found.keys() & wanted}

    def discard(self) -> None:
        """After a mistake."""
        for draft in self._drafts.values():
            draft.discard()


def files_of_lists(session: Session, project_id: int, form: Prepared) -> set[str]:
    """Names under which phones get entity lists: those of the project, and those that the form
    itself brings."""
    names = {one.name for one in queries.list_lists(session, project_id)}
    names |= {spec.list_name for spec in form.schema.entities}
    return {f"{name}.csv" for name in names}


@dataclass(frozen=True, kw_only=True)
class TakenIn:
    """A draft that a program brought."""

    draft_pk: int
    missing: tuple[str, ...]
    """Names of files that are still to come."""


def take_in_form(
    session: Session,
    actor: Actor,
    project_id: int,
    form: Prepared,
    files: Mapping[str, Blob],
    lists: Collection[str],
    blobs: LocalBlobs,
) -> TakenIn:
    """A draft of this very form with these files and those that came for it before.

    What the form had before comes along only where the request brings no file, or the form is the
    one that is published: a program that sends files sends all of them, in as many requests as it
    takes, and an older one in the place of one that is under way would stay there for good.
    """
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    draft = _draft_of(session, actor, project_id, form, blobs, carries=not files)
    if files:
        put_files(session, actor, draft, files)
    here = {file.name for file in rows.list_files(session, draft.draft_pk)}
    missing = [name for name in form.schema.attachments if name not in here | set(lists)]
    return TakenIn(draft_pk=draft.draft_pk, missing=tuple(missing))


def is_published(session: Session, project_id: int, form: Prepared) -> bool:
    """Whether phones are offered these very bytes: whoever published them thought of it then."""
    row = queries.find_form(session, project_id, form.schema.form_id)
    published = None if row is None else row.current_version_pk
    return published is not None and queries.get_xml(session, published) == form.xml


def _draft_of(
    session: Session,
    actor: Actor,
    project_id: int,
    form: Prepared,
    blobs: LocalBlobs,
    *,
    carries: bool,
) -> DraftRow:
    """The live draft of these bytes, made where there is none."""
    form_id = form.schema.form_id
    live = rows.find_live(session, project_id, form_id)
    if live is None and queries.find_form(session, project_id, form_id) is None:
        return create_form(session, actor, project_id, form, blobs)
    row = queries.get_form(session, project_id, form_id, lock=True)
    live = rows.find_live(session, project_id, form_id)
    if live is not None and rows.get_xml(session, live.draft_pk) == form.xml:
        return live
    published = row.current_version_pk
    if published is not None and live is None:
        carries = carries or queries.get_xml(session, published) == form.xml
    return replace_draft(session, actor, project_id, form_id, form, blobs, carries=carries)


def publish_taken_in(
    session: Session, actor: Actor, project_id: int, form_id: str, draft_pk: int, blobs: LocalBlobs
) -> None:
    """That draft and no other: somebody may have replaced it a moment ago. Where the same request
    came twice, the other one has published it."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    queries.get_form(session, project_id, form_id, lock=True)
    live = rows.find_live(session, project_id, form_id)
    if live is not None and live.draft_pk == draft_pk:
        publish_draft(session, actor, project_id, form_id, blobs)
    elif rows.get_end(session, draft_pk) is not DraftEnd.PUBLISHED:
        raise Problem(DRAFT_REPLACED)
