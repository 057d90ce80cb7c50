"""A project with both forms of the People's Treaty, and phones of two people in it."""

from __future__ import annotations

import dataclasses
import itertools
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM
from service.forms import actions as forms
from service.foundation import audit
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import Signer
from service.intake.tables import State, Submission
from service.treaty import heads, verify_tally
from service.treaty.actions import codes
from service.treaty.queries import log, signers
from service.treaty.queries.signers import Signer as SignerTold
from service.treaty.tables import SignerRow
from tests.conftest import drain
from tests.factories import Phone, a_phone
from tests.golden.reference_forms import DIRECTORY, converted
from tests.integration.cases.conftest import nodes

VERSION = re.compile(rb'<data[^>]* version="([^"]+)"')
NAMES = ("សុខ វិបុល", "ចាន់ សុផល", "កែវ ម៉ារី", "ហេង បូរី")
HERE = {"prov": "02", "dist": "0204", "comm": "020401", "vill": "02040101"}
PHONE: dict[str, Any] = {
    "today": "2026-11-20", "c_store": "yes", "c_contact": "no", "c_share_case": "no",
    "c_stats": "yes", "c_method": "signature", "c_proxy": "no", "statement_shown": "OK", **HERE,
    "adult": "adult", "sex": "female", "age_band": "1859", "kind": "citizen",
    "mark_type": "tick_digital", "agree": "yes",
}  # fmt: skip
SHEET: dict[str, Any] = {
    "today": "2026-11-21", "c_store": "yes", "c_method": "thumb_on_paper", "campaign": "pt2026",
    "statement_version": "km-1", "sign_date": "2026-11-10", **HERE, "collector": "bt-9",
    "witness": "លោក ហេង", "quick_mode": "lines",
}  # fmt: skip


@dataclasses.dataclass(frozen=True, kw_only=True)
class Treaty:
    """What tests of the treaty use."""

    app: Flask
    phone: Phone
    versions: Mapping[str, str]
    numbers: Iterator[int] = dataclasses.field(default_factory=itertools.count)

    @property
    def project_id(self) -> int:
        return self.phone.project_id

    @property
    def blobs(self) -> LocalBlobs:
        found: LocalBlobs = self.app.extensions["samleng.blobs"]
        return found

    @property
    def signer(self) -> Signer:
        return Signer(self.app.config["SAMLENG"].secrets.audit_key)

    def send(
        self, form_id: str, answers: dict[str, Any], edits: str = "", base_url: str = ""
    ) -> str:
        given = f"uuid:{uuid.uuid4()}"
        meta = {"instanceID": given} | ({"deprecatedID": edits} if edits else {})
        body = nodes({**answers, "meta": meta})
        xml = f'<data id="{form_id}" version="{self.versions[form_id]}">{body}</data>'
        options = {"base_url": base_url} if base_url else {}
        assert self.phone.send(xml, **options).status_code == 201
        drain(self.app)
        return given

    def sign(self, name: str = "", *, edits: str = "", base_url: str = "", **answers: Any) -> str:
        """Somebody signs on a phone: by a name of her own, unless one is given."""
        told = name or f"{NAMES[2]} {'កខគឃងចឆជឈញ'[next(self.numbers) % 10]}ានីន"
        return self.send(
            "treaty_signature", {**PHONE, "signer_name": told, **answers}, edits, base_url
        )

    def sheet(
        self,
        number: str,
        *lines: dict[str, Any],
        declared: int = 0,
        edits: str = "",
        base_url: str = "",
        **more: Any,
    ) -> str:
        """A sheet is keyed."""
        told = [{"line_no": at, **line} for at, line in enumerate(lines, start=1)]
        count = declared or len(lines)
        answers = {**SHEET, "sheet_no": number, "declared_lines": count, "line": told, **more}
        return self.send("treaty_sheet", answers, edits, base_url)

    def all(self) -> list[SignerTold]:
        with reading() as session:
            keys = session.scalars(
                sa.select(SignerRow.signer_pk).where(SignerRow.project_id == self.project_id)
            )
            return sorted(
                signers.these(session, self.project_id, list(keys)), key=lambda one: one.signer_pk
            )

    def statuses(self) -> list[str]:
        return [one.status.value for one in self.all()]

    def code(self, at: int = 0) -> str:
        return codes.code_of(self.project_id, self.all()[at])

    def counts(self) -> dict[str, int]:
        """What the log says, checked as a stranger does."""
        public = self.signer.public_key
        with reading() as session:
            end = log.end(session, self.project_id)
            lines = list(log.lines(session, self.project_id, 0, end.size))
            notes = "".join(
                heads.note(public, self.project_id, one)
                for one in log.list_heads(session, self.project_id)
            )
        roots = verify_tally.read_heads(heads.verifier_key(public, self.project_id), notes)
        found = verify_tally.check_log(lines, roots)
        assert found == dict(end.counts)
        return found

    def key(self, instance_id: str) -> uuid.UUID:
        with reading() as session:
            query = sa.select(Submission.submission_pk).where(
                Submission.instance_id == instance_id, Submission.state == State.CURRENT
            )
            return session.scalars(query).one()

    def acts(self, action: str) -> list[Any]:
        with reading() as session:
            query = sa.select(audit.AuditEntry).where(audit.AuditEntry.action == action)
            return list(session.scalars(query))


def line(name: str = "", status: str = "valid", **answers: Any) -> dict[str, Any]:
    """A line of a sheet."""
    told = {"line_status": status, "sex": "female", "birth_band": "1859", "kind": "citizen"}
    return {**told, "name_norm": name, "mark_type": "thumbprint_on_paper", **answers}


def publish(app: Flask, phone: Phone) -> Treaty:
    """Both forms, in the project of this phone."""
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    media = {path.name: path.read_bytes() for path in DIRECTORY.glob("*.csv")}
    versions = {}
    for form_id in ("treaty_signature", "treaty_sheet"):
        xml, _ = converted(form_id)
        found = VERSION.search(xml)
        assert found is not None
        versions[form_id] = found[1].decode()
        with unit_of_work() as session:
            forms.publish_xml(session, SYSTEM, phone.project_id, xml, media=media, blobs=blobs)
    return Treaty(app=app, phone=phone, versions=versions)


@pytest.fixture
def treaty(app: Flask, client: FlaskClient) -> Treaty:
    return publish(app, a_phone(client))
