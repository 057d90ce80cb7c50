"""Facts of invented households, straight into the tables."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.facts.queries import note_changed
from service.facts.tables import Household, Need, Person, Signature
from service.intake.tables import State, Submission
from tests import factories

RECEIVED_AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


class Village:
    """Writes households and signatures of one project; numbers them by itself."""

    def __init__(
        self, session: Session, name: str = "Battambang", project_id: int | None = None
    ) -> None:
        """In a project of its own, where none is given."""
        self.session = session
        self.project_id = project_id or factories.a_project(session, name).id
        form_id = "visit" if project_id is None else "household"
        self.form_pk = factories.a_form(session, self.project_id, form_id).form_pk
        self.number = 0

    def household(self, *people: dict[str, Any], **visit: Any) -> None:
        """One visit. Each person: columns that matter, and `needs`: codes of open needs. `home`:
        the household's key; by default one that nobody visited."""
        home = visit.pop("home", "")
        shared = self.arrive(**visit)
        shared["household_key"] = home or f"{self.number:016x}"
        remoteness = shared.pop("remoteness", "r1")
        own = {"head_sex": "unknown", "remoteness": remoteness, "remoteness_rule": 1}
        self.session.execute(sa.insert(Household), {**shared, **own, "phone_signal": "unknown"})
        for ordinal, told in enumerate(people):
            needs = told.pop("needs", ())
            person = {
                "sex": "female", "age_band": "1859", "disability": "yes",
                "victim_type": "not_victim", "device": "not_asked", "remoteness": remoteness,
                **told,
            }  # fmt: skip
            self.session.execute(
                sa.insert(Person),
                {
                    **shared, **person, "ordinal": ordinal, "open_needs": len(needs),
                    "age_known": "exact",
                },
            )  # fmt: skip
            for need in needs:
                self.session.execute(
                    sa.insert(Need),
                    {
                        **shared, **person, "person_ordinal": ordinal, "need_code": need,
                        "status": "unmet", "is_open": True, "priority": "p3", "barriers": [],
                    },
                )  # fmt: skip

    def signature(self, line_status: str = "valid", **visit: Any) -> None:
        row = {"kind": "citizen", "mark": "signature", "sex": "male", "age_band": "1859"}
        shared = self.arrive(**visit)
        self.session.execute(
            sa.insert(Signature), {**shared, **row, "ordinal": 0, "line_status": line_status}
        )

    def arrive(self, **visit: Any) -> dict[str, Any]:
        """A submission, and the columns that all its facts carry."""
        self.number += 1
        key, digest = uuid.UUID(int=self.number), hashlib.sha256(b"%d" % self.number).digest()
        self.session.execute(
            sa.insert(Submission),
            {
                "project_id": self.project_id, "submission_pk": key, "record_pk": key,
                "form_pk": self.form_pk, "version": "1", "instance_id": f"uuid:{self.number}",
                "state": State.CURRENT, "xml_digest": digest, "canonical_digest": digest,
                "expected_files": [], "files_expected": 0, "flags": [], "channel": "openrosa",
                "instance_digest": digest[:16], "user_agent": "", "received_at": RECEIVED_AT,
            },
        )  # fmt: skip
        note_changed(self.session.connection(), [(self.project_id, key)])
        day = visit.pop("happened_on", dt.date(2026, 5, 4))
        province = visit.pop("province", "02")
        return {
            "project_id": self.project_id, "submission_pk": key, "happened_on": day,
            "month": f"{day:%Y-%m}", "adm1": province, "adm2": f"{province}01",
            "adm3": f"{province}0101", "adm4": f"{province}010101", "submitter_id": 5,
            "stats": True, "standing": "approved", **visit,
        }  # fmt: skip
