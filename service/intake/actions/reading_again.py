"""A stored version's XML once more, for whoever may read in it or add a file to it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.forms import queries as forms
from service.forms.schema import FormSchema
from service.foundation.formats import safe_xml
from service.intake.actions.sealed import with_xml
from service.intake.queries import projecting
from service.intake.queries.projecting import ForProjection
from service.intake.queries.receiving import name_digest
from service.intake.readers import xform_xml


@dataclass(frozen=True, kw_only=True)
class ReadAgain:
    """`names`: what its files are called, to what stands for that."""

    xml: bytes = field(repr=False)
    schema: FormSchema | None
    """Of its form version, or of the nearest; None where there is none, and for sealed records."""
    names: Mapping[str, str] = field(repr=False)
    instance_id: str = field(repr=False)
    """As its bytes say it; and below, what they say that it edits."""
    deprecated_id: str | None = field(repr=False)


def find(session: Session, project_id: int, submission_pk: uuid.UUID) -> ReadAgain | None:
    """None where its key was destroyed, or it is not there."""
    return find_many(session, project_id, [submission_pk]).get(submission_pk)


def find_many(
    session: Session, project_id: int, submission_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, ReadAgain]:
    """Those of them that can be read, by their keys. All are in memory at once."""
    rows = projecting.list_for_projection(session, project_id, submission_pks)
    schemas: Schemas = {}
    return {
        row.submission_pk: _read(session, project_id, row, schemas)
        for row in with_xml(project_id, rows)
    }


Schemas = dict[tuple[int | None, int, str], FormSchema | None]
"""Of each version, looked up once."""


def _read(session: Session, project_id: int, row: ForProjection, schemas: Schemas) -> ReadAgain:
    root = safe_xml.parse(row.xml)
    schema = None
    if not xform_xml.is_encrypted(root):
        version = (row.version_pk, row.form_pk, row.version)
        if version not in schemas:
            schemas[version] = _schema(session, *version)
        schema = schemas[version]
    instance, _ = xform_xml.read(root, row.xml, schema)
    return ReadAgain(
        xml=row.xml,
        schema=schema,
        names={
            name: name_digest(project_id, row.submission_pk, name)
            for name in instance.expected_files
        },
        instance_id=instance.instance_id,
        deprecated_id=instance.deprecated_id,
    )


def _schema(
    session: Session, version_pk: int | None, form_pk: int, version: str
) -> FormSchema | None:
    key = version_pk or forms.find_version_to_read_with(session, form_pk, version)
    return forms.schema_of(session, key) if key else None
