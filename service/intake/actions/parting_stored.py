"""What earlier releases sealed under one key, sealed by class: where a project keeps what was told
for a shorter time than the rest. Page by page; killed, it goes on."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from service.forms import queries as forms
from service.forms.schema import FormSchema
from service.foundation import keys
from service.foundation.db import reading, unit_of_work
from service.intake.actions.sealed import sealed_by_class, with_xml
from service.intake.queries import projecting, told

_AT_ONCE = 200


def part_stored(project_id: int, is_enough: Callable[[], bool]) -> bool:
    """Once for a project; False if it stopped before the end because `is_enough` said so."""
    done = f"parted:{project_id}"
    if keys.current().is_noted(done):
        return True
    after: uuid.UUID | None = None
    while not is_enough():
        with reading() as session:
            page = told.list_whole(session, project_id, after, _AT_ONCE)
        if not page:
            keys.current().note(done)
            return True
        _part(project_id, page)
        after = page[-1].submission_pk
    return False


def _part(project_id: int, page: list[told.Whole]) -> None:
    version_of = {one.submission_pk: one.version_pk for one in page}
    with reading() as session:
        rows = projecting.list_for_projection(session, project_id, version_of)
        schemas: dict[int, FormSchema | None] = {
            key: forms.schema_of(session, key) for key in set(version_of.values())
        }
    with unit_of_work() as session:
        for row in with_xml(project_id, rows):
            schema = schemas[version_of[row.submission_pk]]
            columns = sealed_by_class(project_id, row.submission_pk, row.xml, schema)
            is_apart = columns["identity_key_pk"] or columns["testimony_key_pk"]
            if row.key_pk is not None and is_apart:
                told.put_apart(
                    session.connection(), project_id, row.submission_pk, columns, row.key_pk
                )
