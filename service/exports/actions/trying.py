"""The one reading, of what was sent to try a draft: so its tables are those that the form will
have. Who somebody is and testimony are masked whatever the scope: people try with real answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.exports.actions.source import PAGE, Found, Read, Source
from service.exports.layout import layout_of
from service.exports.purposes import Told
from service.exports.queries import trials
from service.exports.queries.records import Selection, Stored
from service.forms import actions as drafts
from service.forms import xform
from service.forms.queries import OfferedForm
from service.forms.queries import drafts as rows
from service.forms.queries.drafts import DraftRow
from service.forms.states import FormState
from service.foundation.db import reading
from service.foundation.sealing import DataClass, Place, unseal

_THE_DRAFT = 0
"""Where a version's key is expected."""


@dataclass(frozen=True, kw_only=True)
class Trials(Source):
    """A draft whose trials somebody reads."""

    draft_pk: int

    def check(self, *, is_subtable: bool) -> None:
        trials.check(self.selection, is_subtable=is_subtable)

    def count(self) -> int:
        with reading() as session:
            return trials.count(session, self.selection, self.draft_pk)

    def find(self, instance_id: str) -> uuid.UUID | None:
        with reading() as session:
            return trials.find(session, self.project_id, self.draft_pk, instance_id)

    def validators(self) -> Iterator[object]:
        with reading() as session:
            yield trials.newest(session, self.project_id, self.draft_pk)
        yield self.draft_pk, self.form.md5, self.told.label

    def read(
        self, *, after: uuid.UUID | None = None, offset: int = 0, limit: int | None = None
    ) -> Iterator[Read]:
        left = limit
        while left is None or left > 0:
            wanted = PAGE if left is None else min(PAGE, left)
            with reading() as session:
                page = trials.page(
                    session, self.selection, self.draft_pk, after=after, offset=offset, limit=wanted
                )
            yield from self._opened(page, {})
            if len(page) < wanted:
                return
            offset += len(page)
            left = None if left is None else left - len(page)

    def _opened_xml(self, one: Stored, found: Found) -> bytes:
        if one.key_pk is None or one.xml is None:
            raise AssertionError("what was sent to try a draft is small, and always sealed")
        return unseal(found[one.key_pk], self._place(one), one.xml)

    def _place(self, one: Stored) -> Place:
        return Place(
            project_id=self.project_id,
            record=one.submission_pk,
            data_class=DataClass.RAW,
            field="trial",
        )


def get_trials(session: Session, actor: Actor, project_id: int, form_id: str, told: Told) -> Trials:
    """The draft of a form, for whoever may make it and read records too: what people chose is
    shown, and nobody asked them. Raises NOT_FOUND."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    policy.demand(actor, Act.ROWS_READ, project_id)
    draft = drafts.get_draft(session, project_id, form_id)
    schema = xform.read(rows.get_xml(session, draft.draft_pk))
    return Trials(
        project_id=project_id,
        form=_as_form(draft),
        schemas={_THE_DRAFT: schema},
        layout=layout_of(schema, ()),
        selection=Selection(
            project_id=project_id,
            form_pk=draft.form_pk,
            reach=policy.reach(actor, Act.FORM_PUBLISH, project_id),
        ),
        told=told,
        may_see=frozenset(),
        asks_consent=False,
        draft_pk=draft.draft_pk,
    )


def _as_form(draft: DraftRow) -> OfferedForm:
    return OfferedForm(
        form_pk=draft.form_pk,
        form_id=draft.form_id,
        state=FormState.OPEN,
        version_pk=_THE_DRAFT,
        version=draft.version,
        title=draft.title,
        md5=draft.md5,
        key_fingerprint=None,
        has_files=False,
    )
