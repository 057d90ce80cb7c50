"""The name under which a narrator may be published, as the record says it."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from service.foundation.formats import safe_xml
from service.intake.actions import reading_again
from service.intake.readers import xform_xml
from service.testimonies.terms import NAMED, Naming, called

_NAME = "person.name"


def name_of(session: Session, project_id: int, submission_pk: uuid.UUID, naming: Naming) -> str:
    """For whoever asked the gate. "" where nothing may be said, and where the name is gone."""
    if naming not in NAMED:
        return ""
    found = reading_again.find(session, project_id, submission_pk)
    if found is None or found.schema is None:
        return ""
    root = safe_xml.parse(found.xml)
    paths = [one.path for one in found.schema.fields if one.tag == _NAME]
    said = [text.strip() for path in paths for text in xform_xml.texts(root, path)]
    return called(naming, next((one for one in said if one), ""))
