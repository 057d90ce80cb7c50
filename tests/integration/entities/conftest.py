"""A project with a form that registers people, and a phone in it."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM
from service.entities.actions import sealed
from service.entities.queries import arrivals, lists, storing
from service.entities.versions import Known
from service.forms import actions as forms
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from tests import entity_forms
from tests.conftest import drain
from tests.factories import Phone, a_phone


@dataclasses.dataclass(frozen=True, kw_only=True)
class Field:
    """What tests of entities use."""

    app: Flask
    phone: Phone

    @property
    def project_id(self) -> int:
        return self.phone.project_id

    @property
    def blobs(self) -> LocalBlobs:
        found: LocalBlobs = self.app.extensions["samleng.blobs"]
        return found

    def publish(self, xml: bytes, media: Mapping[str, bytes] | None = None) -> forms.Published:
        with unit_of_work() as session:
            return forms.publish_xml(
                session, SYSTEM, self.project_id, xml, media=media or {}, blobs=self.blobs
            )

    def send(self, *records: str) -> None:
        """Send and work off each before the next."""
        for record in records:
            assert self.phone.send(record).status_code in (201, 202)
            drain(self.app)

    def find(self, entity_id: str) -> storing.Found | None:
        digest = storing.digest(self.project_id, uuid.UUID(entity_id))
        with reading() as session:
            return storing.find_by_digest(session, self.project_id, [digest]).get(digest)

    def known(self, entity_id: str) -> Known:
        found = self.find(entity_id)
        assert found is not None
        with reading() as session:
            return sealed.known(session, self.project_id, [found])[found.digest]

    def state(self, entity_id: str) -> tuple[int, Mapping[str, str], str | None]:
        known = self.known(entity_id)
        return known.current.number, known.current.values, known.conflict

    def open(self) -> list[arrivals.ArrivalRow]:
        with reading() as session:
            return arrivals.list_open(session, self.project_id, 50)

    def list_named(self, name: str) -> lists.ListRef:
        with reading() as session:
            return lists.get(session, self.project_id, name)


@pytest.fixture
def field(app: Flask, client: FlaskClient) -> Field:
    found = Field(app=app, phone=a_phone(client))
    found.publish(entity_forms.register())
    return found
