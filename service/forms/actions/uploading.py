"""A form that another program copies here with the files beside it, perhaps in several requests
(ODK Briefcase). It is a draft until all its files are here."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.forms import queries
from service.forms.actions.drafts import create_form, get_draft, put_file, replace_draft
from service.forms.actions.publishing import Prepared
from service.forms.queries import drafts as rows
from service.foundation import keys
from service.foundation.blobs import Blob, Draft, LocalBlobs


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

    def kept(self, form: Prepared) -> dict[str, Blob]:
        """The files that the form refers to, durable; the others are dropped."""
        wanted, found = set(form.schema.attachments), self._drafts
        self._drafts = {}
        for name in found.keys() - wanted:
            found[name].discard()
        return {name: found[name].commit() for name in found.keys() & wanted}

    def discard(self) -> None:
        """After a mistake."""
        for draft in self._drafts.values():
            draft.discard()


def take_in_form(
    session: Session,
    actor: Actor,
    project_id: int,
    form: Prepared,
    files: Mapping[str, Blob],
    blobs: LocalBlobs,
) -> list[str]:
    """A draft of this very form with these files, those that came for it before, and those that
    the form had. Answers the names of files that are still missing."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    form_id = form.schema.form_id
    live = rows.find_live(session, project_id, form_id)
    if live is None and queries.find_form(session, project_id, form_id) is None:
        create_form(session, actor, project_id, form, blobs)
    elif live is None or rows.get_xml(session, live.draft_pk) != form.xml:
        replace_draft(session, actor, project_id, form_id, form, blobs)
    for name, blob in files.items():
        put_file(session, actor, project_id, form_id, name, blob)
    draft = get_draft(session, project_id, form_id)
    here = {file.name for file in rows.list_files(session, draft.draft_pk)}
    return [name for name in form.schema.attachments if name not in here]
