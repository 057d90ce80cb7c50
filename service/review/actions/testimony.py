"""Which records are testimony: they take two people to be approved."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.forms import queries as forms
from service.forms.schema import FormSchema
from service.forms.tags import TAGS
from service.foundation.formats import safe_xml
from service.intake.actions import reading_again
from service.intake.readers import xform_xml
from service.review import queries
from service.review.queries.records import RecordTold


def is_told(session: Session, project_id: int, record: RecordTold) -> bool:
    """Whether the present version answers a question that its form calls testimony (tags
    `testimony.…`). Of one that nobody can read here, whether the form asks any."""
    found = reading_again.find(session, project_id, record.current.submission_pk)
    if found is not None and found.schema is not None:
        root = safe_xml.parse(found.xml)
        paths = _asked(found.schema)
        return any(text.strip() for path in paths for text in xform_xml.texts(root, path))
    form_pk = queries.get_form(session, project_id, record.record_pk)
    return any(_asked(schema) for schema in forms.list_schemas(session, form_pk).values())


def _asked(schema: FormSchema) -> list[tuple[str, ...]]:
    return [
        one.path for one in schema.fields if one.tag in TAGS and TAGS[one.tag].kind == "testimony"
    ]
