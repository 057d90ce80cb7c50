"""Submissions as intake keeps them, for tests of what is computed from them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.intake.tables import State, Submission, SubmissionXml
from tests import factories
from tests.golden import reference_forms

GOLDEN = Path(__file__).parents[2] / "golden" / "facts"
RECEIVED_AT = dt.datetime(2026, 11, 23, 20, 30, tzinfo=dt.UTC)


def golden_answers(name: str) -> dict[str, Any]:
    answers: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())["answers"]
    return answers


def reference_form_pk(session: Session, project_id: int, form_id: str) -> int:
    xml = reference_forms.converted(form_id)[0].decode()
    return factories.a_form(session, project_id, form_id, "2026112401", xml=xml).form_pk


def insert_submission(
    session: Session,
    project_id: int,
    form_pk: int,
    answers: Mapping[str, Any],
    *,
    number: int,
    form_id: str = "needs_assessment",
    state: State = State.CURRENT,
) -> uuid.UUID:
    """One submission under the key of its number, straight into the tables of intake."""
    key = uuid.UUID(int=number)
    inside = "".join(map(_element, answers.items()))
    xml = f'<data id="{form_id}" version="2026112401">{inside}</data>'.encode()
    digest = hashlib.sha256(xml).digest()
    row = {
        "project_id": project_id, "submission_pk": key, "record_pk": key, "form_pk": form_pk,
        "version": "2026112401", "version_pk": None, "instance_id": f"uuid:{number}",
        "state": state, "xml_digest": digest, "canonical_digest": digest, "expected_files": [],
        "files_expected": 0, "flags": [], "channel": "openrosa", "submitter_id": 5,
        "user_agent": "", "received_at": RECEIVED_AT, "instance_digest": digest[:16],
    }  # fmt: skip
    session.execute(sa.insert(Submission), row)
    held = {"project_id": project_id, "submission_pk": key, "xml": xml}
    session.execute(sa.insert(SubmissionXml), held)
    return key


def _element(answer: tuple[str, Any]) -> str:
    name, value = answer
    entries = value if isinstance(value, list) else [value]
    return "".join(f"<{name}>{_inside(entry)}</{name}>" for entry in entries)


def _inside(value: Any) -> str:
    return escape(value) if isinstance(value, str) else "".join(map(_element, value.items()))
