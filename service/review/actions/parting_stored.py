"""What earlier releases sealed under one key, sealed by class: where a project keeps what was told
for a shorter time than the rest. Page by page; killed, it goes on."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy.orm import Session

from service.consent import queries as consent
from service.forms import queries as forms
from service.forms.schema import FormSchema
from service.foundation import keys
from service.foundation.db import reading, unit_of_work
from service.intake.actions.sealed import sealed_by_class, with_xml
from service.intake.queries import projecting, told
from service.intake.queries.projecting import ForProjection
from service.review.actions import comments

_AT_ONCE = 200
Schemas = dict[int, FormSchema]


def part_stored(project_id: int, is_enough: Callable[[], bool]) -> bool:
    """Once for a project with such a period; False if it stopped before the end because
    `is_enough` said so."""
    done = f"parted:{project_id}"
    with reading() as session:
        periods, _ = consent.find_periods(session, project_id)
    if periods.testimony_months is None or keys.current().is_noted(done):
        return True
    for rows, schemas in _pages(project_id):
        if is_enough():
            return False
        with unit_of_work() as session:
            for row in with_xml(project_id, rows):
                _part(session, row, schemas.get(row.version_pk or 0))
    keys.current().note(done)
    return True


def _pages(project_id: int) -> Iterator[tuple[Sequence[ForProjection], Schemas]]:
    after: uuid.UUID | None = None
    while True:
        with reading() as session:
            page = told.list_whole(session, project_id, after, _AT_ONCE)
            if not page:
                return
            rows = projecting.list_for_projection(session, project_id, page)
            versions = {row.version_pk or 0 for row in rows}
            schemas = {key: forms.schema_of(session, key) for key in versions}
        yield rows, schemas
        after = page[-1]


def _part(session: Session, row: ForProjection, schema: FormSchema | None) -> None:
    """What the team said of a record lies under the key of its first version, and goes along."""
    columns = sealed_by_class(row.project_id, row.submission_pk, row.xml, schema)
    if row.key_pk is None or not (columns["identity_key_pk"] or columns["testimony_key_pk"]):
        return
    key_of_version = (row.project_id, row.submission_pk)
    told.put_apart(session.connection(), key_of_version, columns, row.key_pk)
    if row.submission_pk == row.record_pk:
        comments.seal_again(session, row.project_id, row.record_pk, row.key_pk)
