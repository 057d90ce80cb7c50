"""A project with the reference forms F1 and F5, and phones of two people in it."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
import uuid
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.cases.tables import Case, CaseNeed
from service.entities import actions as entities
from service.facts.tables import Need, Person
from service.forms import actions as forms
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.tables import State, Submission
from tests.conftest import drain
from tests.factories import Phone, a_phone
from tests.golden.reference_forms import DIRECTORY, converted

VERSION = re.compile(rb'<data[^>]* version="([^"]+)"')
NAMES = ("សុខ វិបុល", "ចាន់ សុផល")
VILLAGE = "02040101"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cases:
    """What tests of cases use."""

    app: Flask
    phone: Phone
    """Arun's; he assesses people in the village."""
    other: Phone
    versions: Mapping[str, str]

    @property
    def project_id(self) -> int:
        return self.phone.project_id

    @property
    def blobs(self) -> LocalBlobs:
        found: LocalBlobs = self.app.extensions["samleng.blobs"]
        return found

    def send(
        self,
        form_id: str,
        answers: dict[str, Any],
        *,
        by: Phone | None = None,
        instance_id: str = "",
        works: bool = True,
    ) -> str:
        """Send a record; answers its ID."""
        given = instance_id or f"uuid:{uuid.uuid4()}"
        body = nodes({**answers, "meta": {**answers.get("meta", {}), "instanceID": given}})
        xml = f'<data id="{form_id}" version="{self.versions[form_id]}">{body}</data>'
        assert (by or self.phone).send(xml).status_code == 201
        if works:
            self.work()
        return given

    def work(self) -> None:
        drain(self.app)

    def assess(self, *people: dict[str, Any], **answers: Any) -> str:
        return self.send("needs_assessment", {**HOUSEHOLD, **answers, "person": list(people)})

    def case(self, ordinal: int = 0) -> Any:
        with reading() as session:
            query = sa.select(Case).where(
                Case.project_id == self.project_id, Case.ordinal == ordinal
            )
            return session.scalars(query).one_or_none()

    def needs(self) -> dict[str, str]:
        """Need -> status, of the first person's case."""
        with reading() as session:
            query = sa.select(CaseNeed.need_code, CaseNeed.status).join(
                Case, Case.case_pk == CaseNeed.case_pk
            ).where(Case.ordinal == 0)  # fmt: skip
            return {row[0]: row[1] for row in session.execute(query)}

    def facts(self) -> tuple[int | None, dict[str, tuple[str, bool, str | None]]]:
        """Open needs of the first person, and each need, as facts have them."""
        with reading() as session:
            person = session.scalars(
                sa.select(Person.open_needs).where(Person.ordinal == 0)
            ).first()
            query = sa.select(Need.need_code, Need.status, Need.is_open, Need.told_status).where(
                Need.person_ordinal == 0
            )
            return person, {row[0]: (row[1], row[2], row[3]) for row in session.execute(query)}

    def rows(self, of: str, by: Phone | None = None) -> list[dict[str, str]]:
        """A list as a phone fetches it by its manifest."""
        phone = by or self.phone
        manifest = phone.client.get(f"{phone.base}/forms/follow_up/manifest").text
        url = re.search(
            rf"<filename>{of}\.csv</filename>.*?<downloadUrl>(.*?)</downloadUrl>", manifest
        )
        assert url is not None, manifest
        text = phone.client.get(url[1].removeprefix("http://samleng.test")).text
        return list(csv.DictReader(io.StringIO(text)))

    def key(self, instance_id: str) -> uuid.UUID:
        with reading() as session:
            query = sa.select(Submission.submission_pk).where(
                Submission.instance_id == instance_id, Submission.state == State.CURRENT
            )
            return session.scalars(query).one()

    def visit(self, *needs: dict[str, str], by: Phone | None = None, **answers: Any) -> str:
        """F5 as the phone fills it in from its lists."""
        phone = by or self.phone
        [case] = self.rows("cases", phone) or [{}]
        held = {row["need_code"]: row for row in self.rows("open_needs", phone)}
        visited = []
        for need in needs:
            row = held[need["need_code"]]
            meta = {"entity": update("open_needs", row)}
            visited.append({"open_need": row["name"], **need, "meta": meta})
        given = {
            "today": "2026-11-20", "c_store": "yes", "c_contact": "yes", "c_share_case": "yes",
            "c_stats": "yes", "c_method": "signature", "prov": "02", "dist": "0204",
            "comm": "020401", "vill": VILLAGE, "case_id": case["name"],
            "visit_no": int(case["visit_no"] or 0) + 1, "found": "found", "visited": visited,
        }  # fmt: skip
        given["due_on"] = answers.get("next_visit", "")
        given["meta"] = {"entity": update("cases", case)}
        return self.send("follow_up", {**given, **answers}, by=phone)


def update(of: str, row: Mapping[str, str]) -> dict[str, str]:
    """The attributes of an entity's block, as Collect fills them in."""
    return {"dataset": of, "id": row["name"], "update": "1", "baseVersion": row["__version"]}


def nodes(answers: Mapping[str, Any]) -> str:
    parts = []
    for name, value in answers.items():
        for each in value if isinstance(value, list) else [value]:
            if name == "entity":
                said = "".join(f" {key}={quoteattr(text)}" for key, text in each.items())
                parts.append(f"<entity{said}/>")
            else:
                inner = nodes(each) if isinstance(each, Mapping) else escape(str(each))
                parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)


HOUSEHOLD: dict[str, Any] = {
    "today": "2026-11-02", "c_store": "yes", "c_contact": "yes", "c_share_case": "yes",
    "c_stats": "yes", "c_method": "signature", "c_proxy": "no", "prov": "02", "dist": "0204",
    "comm": "020401", "vill": VILLAGE, "hh_id": "BTB-03-0017", "hh_size": 2,
}  # fmt: skip


def person(*needs: tuple[str, str], name: str = NAMES[0], **answers: Any) -> dict[str, Any]:
    """A grown-up with unmet needs: (code, priority)."""
    told = [{"need_code": code, "priority": p, "need_status": "unmet"} for code, p in needs]
    return {
        "name": name, "sex": "male", "age_known": "exact", "age": 58,
        "victim_type": "direct_injured", "need": told, **answers,
    }  # fmt: skip


def met(need_code: str, confirmed: str = "yes") -> dict[str, str]:
    status = {"yes": "met", "partly": "partly_met"}.get(confirmed, "in_progress")
    return {
        "need_code": need_code, "new_status": "met", "person_confirms": confirmed,
        "need_status": status,
    }  # fmt: skip


@pytest.fixture
def site(app: Flask, client: FlaskClient) -> Cases:
    phone = a_phone(client)
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    media = {path.name: path.read_bytes() for path in DIRECTORY.glob("*.csv")}
    versions = {}
    for form_id in ("needs_assessment", "follow_up"):
        xml, _ = converted(form_id)
        found = VERSION.search(xml)
        assert found is not None
        versions[form_id] = found[1].decode()
        with unit_of_work() as session:
            forms.publish_xml(session, SYSTEM, phone.project_id, xml, media=media, blobs=blobs)
    with unit_of_work() as session:
        made = accounts.create_app_user(session, SYSTEM, phone.project_id, "ទូរសព្ទ បូផា", None)
        for one in (phone.id, made.id):
            for name in ("cases", "open_needs"):
                entities.allow_phone(session, SYSTEM, phone.project_id, name, one, "")
    other = Phone(
        client=app.test_client(), project_id=phone.project_id, token=made.token, id=made.id
    )
    return Cases(app=app, phone=phone, other=other, versions=versions)
