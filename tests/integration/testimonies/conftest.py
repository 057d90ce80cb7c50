"""A project in which people tell (F4), and two coordinators who make texts of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM, Actor
from service.forms import actions as forms
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.tables import Submission
from service.persons.actions import today
from service.testimonies.actions import using, writing
from service.testimonies.actions.using import Going
from service.testimonies.actions.writing import ReadBack, Written
from service.testimonies.queries import texts
from service.testimonies.terms import How, Kind, Means, Wanted
from tests.conftest import drain
from tests.factories import Phone, a_coordinator, a_phone
from tests.golden.reference_forms import DIRECTORY, converted
from tests.integration.cases.conftest import VERSION, nodes

NAME = "សុខ វិបុល"
WORDS = "ខ្ញុំដើរបានម្តងទៀត នៅភូមិស្នឹង។ ភូមិស្នឹងជាផ្ទះខ្ញុំ។"
VILLAGE = "ភូមិស្នឹង"
CODE = "4TZC-8WQH-2KDN"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stories:
    app: Flask
    phone: Phone
    version: str
    """Of the form."""
    origin: str = ""
    """Where the server is, if it is a real one."""

    @property
    def project_id(self) -> int:
        return self.phone.project_id

    @property
    def blobs(self) -> LocalBlobs:
        found: LocalBlobs = self.app.extensions["samleng.blobs"]
        return found

    @property
    def writer(self) -> Actor:
        return a_coordinator(self.project_id, 901)

    @property
    def second(self) -> Actor:
        return a_coordinator(self.project_id, 902)

    def tell(
        self,
        instance_id: str = "",
        edits: str = "",
        media: Mapping[str, tuple[str, bytes]] | None = None,
        **after: str,
    ) -> uuid.UUID:
        """F4, as a phone sends it; answers the record. `after`: what was answered otherwise;
        `media`: question -> name of the file, and the file."""
        given = instance_id or f"uuid:{uuid.uuid4()}"
        said = {
            "c_quote_anon": "yes", "c_publish_name": "no", "c_advocacy_intl": "no",
            "c_share_gov": "no", "attribution": "province", "narrator_name": NAME,
            "identifiers_to_mask": VILLAGE, "read_back_ok": "yes", "withdraw_info_given": "yes",
            **{name: text for name, text in after.items() if name not in TOP},
        }  # fmt: skip
        meta = {"instanceID": given, **({"deprecatedID": edits} if edits else {})}
        body = nodes({
            "today": str(today()), "c_store": "yes", "c_stats": "yes", "c_method": "signature",
            "c_code": CODE, "prov": "02", "dist": "0204", "comm": "020401", "sex": "female",
            "age_band": "1859", **{name: text for name, text in after.items() if name in TOP},
            "telling": {"kind": "life_after", "form": "text", "language": "khmer",
                        "transcript": WORDS,
                        **{name: file for name, (file, _) in (media or {}).items()}},
            "c_keep": "yes", "after": said, "meta": meta,
        })  # fmt: skip
        xml = f'<data id="testimony" version="{self.version}">{body}</data>'
        options: dict[str, Any] = {"base_url": self.origin} if self.origin else {}
        assert self.phone.send(xml, dict((media or {}).values()), **options).status_code in (
            201,
            202,
        )
        drain(self.app)
        with reading() as session:
            query = sa.select(Submission.record_pk).where(Submission.instance_id == given)
            return session.scalars(query).one()

    def write(self, record: uuid.UUID, words: str = WORDS, **more: Any) -> uuid.UUID:
        given = Written(**{"kind": Kind.TRANSCRIPT, "language": "km", "words": words, **more})
        with unit_of_work() as session:
            return writing.write(session, self.writer, self.project_id, record, given)

    def shown(self, version: uuid.UUID) -> str:
        """Stand-in of the text as it is shown."""
        with reading() as session:
            found = texts.find_version(session, self.project_id, version)
            assert found is not None
            return found.shown_digest

    def read_back(self, version: uuid.UUID, seen: str = "", on: dt.date | None = None) -> None:
        given = ReadBack(
            seen=seen or self.shown(version), on=on or today(), how=How.READ_ALOUD, language="khmer"
        )
        with unit_of_work() as session:
            writing.approve(session, self.writer, self.project_id, version, given)

    def release(self, version: uuid.UUID, by: Actor | None = None, seen: str = "") -> None:
        with unit_of_work() as session:
            writing.release(
                session, by or self.second, self.project_id, version, seen or self.shown(version)
            )

    def text(self, record: uuid.UUID, words: str = WORDS) -> uuid.UUID:
        """Written, read back, released."""
        version = self.write(record, words)
        self.read_back(version)
        self.release(version)
        return version

    def usable(self, wanted: Wanted, by: Actor | None = None, **filters: Any) -> list[uuid.UUID]:
        with reading() as session:
            found = using.list_usable(
                session, by or self.writer, self.project_id, wanted, **filters
            )
            return [one.version_pk for one in found.texts]

    def use(
        self, version: uuid.UUID, wanted: Wanted, means: Means = Means.WEB, seen: str = ""
    ) -> uuid.UUID:
        going = Going(
            wanted=wanted, means=means, whither="របាយការណ៍ 2026", seen=seen or self.shown(version)
        )
        with unit_of_work() as session:
            return using.use(session, self.writer, self.project_id, version, going)


TOP = frozenset({"age_band", "guardian_ok", "child_assent", "today", "c_method", "c_date"})
"""What stands outside the group of what is asked afterwards."""


@pytest.fixture
def stories(app: Flask, client: FlaskClient) -> Stories:
    return stories_of(app, a_phone(client))


def stories_of(app: Flask, phone: Phone, origin: str = "") -> Stories:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    media = {path.name: path.read_bytes() for path in DIRECTORY.glob("*.csv")}
    xml, _ = converted("testimony")
    found = VERSION.search(xml)
    assert found is not None
    with unit_of_work() as session:
        forms.publish_xml(session, SYSTEM, phone.project_id, xml, media=media, blobs=blobs)
    return Stories(app=app, phone=phone, version=found[1].decode(), origin=origin)
