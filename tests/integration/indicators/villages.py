"""Facts of invented households, straight into the tables."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.facts.queries import note_changed
from service.facts.scopes import bits
from service.facts.tables import (
    Concern,
    FollowUp,
    Household,
    Incident,
    Need,
    Person,
    Provider,
    RightsIssue,
    Sheet,
    Signature,
    Testimony,
)
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
        self.keys: list[uuid.UUID] = []
        self.shared: dict[uuid.UUID, dict[str, Any]] = {}

    def household(self, *people: dict[str, Any], **visit: Any) -> None:
        """One visit. Each person: columns that matter, and `needs`: codes of open needs. `home`:
        the household's key; by default one that nobody visited."""
        home, more = visit.pop("home", ""), visit.pop("own", {})
        shared = self.arrive(**visit)
        shared["household_key"] = home or f"{self.number:016x}"
        remoteness = shared.pop("remoteness", "r1")
        own = {"head_sex": "unknown", "remoteness": remoteness, "remoteness_rule": 1}
        self.session.execute(
            sa.insert(Household), {**shared, **own, "phone_signal": "unknown", **more}
        )
        for ordinal, told in enumerate(people):
            needs = told.pop("needs", ())
            told_needs = [{"need_code": need} for need in needs]
            told_needs += [dict(need) for need in told.pop("told_needs", ())]
            own_ = {name: told.pop(name) for name in [*told] if name not in _DIMENSIONS}
            person = {
                "sex": "female", "age_band": "1859", "disability": "yes",
                "victim_type": "not_victim", "device": "not_asked", "remoteness": remoteness,
                **told,
            }  # fmt: skip
            self.session.execute(
                sa.insert(Person),
                {
                    **shared, **person, "ordinal": ordinal, "age_known": "exact", **own_,
                    "open_needs": sum(need.get("is_open", True) for need in told_needs),
                },
            )  # fmt: skip
            for need in told_needs:
                self.session.execute(
                    sa.insert(Need),
                    {
                        **shared, **person, "person_ordinal": ordinal,
                        "status": "unmet", "is_open": True, "priority": "p3", "barriers": [],
                        **need,
                    },
                )  # fmt: skip

    def signature(self, line_status: str = "valid", kind: str = "citizen", **visit: Any) -> None:
        row = {"kind": kind, "mark": "signature", "sex": "male", "age_band": "1859"}
        shared = self.arrive(**visit)
        self.session.execute(
            sa.insert(Signature), {**shared, **row, "ordinal": 0, "line_status": line_status}
        )

    def incident(self, key: uuid.UUID, ordinal: int, **told: Any) -> None:
        """Of a person of a household that is there."""
        self._add(Incident, _INCIDENT, {"submission_pk": key, "ordinal": ordinal, **told})

    def issue(self, **told: Any) -> None:
        self._add(RightsIssue, _ISSUE, told)

    def concern(self, **told: Any) -> None:
        self._add(Concern, _CONCERN, told)

    def testimony(self, **told: Any) -> None:
        self._add(Testimony, _TESTIMONY, told)

    def follow_up(self, case_id: str, **told: Any) -> None:
        self._add(FollowUp, _FOLLOW_UP, {"case_id": case_id, **told})

    def sheet(self, **told: Any) -> None:
        self._add(Sheet, {**_SHEET, "number": f"S{self.number}"}, told)

    def provider(self, **told: Any) -> None:
        self._add(Provider, _PROVIDER, told)

    def _add(self, table: Any, usual: dict[str, Any], told: dict[str, Any]) -> None:
        """A fact; of a record of its own, unless `told` says of which."""
        own = {column.name for column in table.__table__.columns}
        where = {name: told.pop(name) for name in _WHERE if name in told}
        if "submission_pk" in told:
            shared = self.shared[told["submission_pk"]]
        else:
            shared = self.arrive(**where)
        row = {**shared, **usual, **told}
        self.session.execute(sa.insert(table), {n: v for n, v in row.items() if n in own})

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
        self.keys.append(key)
        self.shared[key] = {
            "project_id": self.project_id, "submission_pk": key, "happened_on": day,
            "month": f"{day:%Y-%m}", "adm1": province, "adm2": f"{province}01",
            "adm3": f"{province}0101", "adm4": f"{province}010101", "submitter_id": 5,
            "stats": True, "standing": "approved", **visit,
        }  # fmt: skip
        return dict(self.shared[key])


_WHERE = ("province", "happened_on", "stats", "stats_until", "standing")
_DIMENSIONS = {"sex", "age_band", "disability", "victim_type", "device", "remoteness"}
_INCIDENT = {
    "victim_type": "direct_injured", "device": "unknown", "era": "unknown",
    "submunition": "not_asked", "place": "unknown", "place_precision": "unknown",
    "activity": "unknown", "civil_status": "civilian", "outcome": "unknown",
    "marked_area": "unknown", "was_child": "unknown", "injuries": [], "side": "na",
}  # fmt: skip
_ISSUE = {
    "ordinal": 0, "crpd": [], "is_restricted": False, "reporter": "self", "place_type": "home",
    "duty_bearer": "unknown", "sex": "unknown", "age_band": "unknown", "disability": "not_asked",
    "safe_to_raise": "yes", "wants_action": "yes", "status": "reported", "raised_with": "not_asked",
}  # fmt: skip
_PROVIDER = {
    "name_en": "", "name_km": "", "kind": "rehab_centre", "serves": ["reh_prosthesis"],
    "opening": [], "is_accessible": "yes", "takes_equity_card": "yes", "is_open": "yes",
    "checked_on": dt.date(2026, 11, 1), "scopes": bits({"store"}),
}  # fmt: skip
_CONCERN = {
    "seen": "seen", "hectares": "unknown", "incident_before": "no", "marked": "no",
    "reported_to": [], "answer": "none", "is_urgent": False, "women_asked": "yes",
    "persons_dis_asked": "yes",
}  # fmt: skip
_TESTIMONY = {
    "form": "audio", "language": "km", "sex": "female", "age_band": "1859", "distress": "none",
    "has_media": False,
}  # fmt: skip
_FOLLOW_UP = {
    "ordinal": 0, "is_new": False, "status": "in_progress", "told_status": "in_progress",
    "confirmed": "not_asked", "priority": "p3", "barriers": [],
}  # fmt: skip
_SHEET = {"campaign": "2026", "statement": "1", "tallies": {}}
