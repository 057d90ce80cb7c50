"""Who can be called by somebody who is distressed: offices of the directory, and their phones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.cases import directory
from service.cases.directory import Service
from service.cases.queries import listing
from service.foundation.formats import safe_xml
from service.intake.actions import reading_again
from service.intake.actions.reading_again import ReadAgain
from service.intake.readers import xform_xml

COUNSELLING = "psy_counselling"
MOST = 10
_PHONE = "directory.phone"


@dataclass(frozen=True, kw_only=True)
class Helper:
    service: Service
    phone: str
    """Of the office; "" where none was told."""


def helpers(session: Session, project_id: int, on: dt.date) -> list[Helper]:
    """Offices that counsel and are not closed. Their telephones are of no person, and stand in
    the records alone."""
    found = directory.search(listing.services(session, project_id, on), need=COUNSELLING)
    some = [one for one in found if one.is_open != "no"][:MOST]
    keys = [one.submission_pk for one in some if one.submission_pk]
    records = reading_again.find_many(session, project_id, keys)
    return [
        Helper(service=one, phone=_phone(records[one.submission_pk]))
        if one.submission_pk in records
        else Helper(service=one, phone="")
        for one in some
    ]


def _phone(record: ReadAgain) -> str:
    if record.schema is None:
        return ""
    root = safe_xml.parse(record.xml)
    paths = [one.path for one in record.schema.fields if one.tag == _PHONE]
    said = [text.strip() for path in paths for text in xform_xml.texts(root, path)]
    return next((one for one in said if one), "")
