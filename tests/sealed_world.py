"""A project with a sealed form and a phone, for tests of what is sealed for a key kept offline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.actor import SYSTEM
from service.forms import actions as forms
from service.foundation.blobs import LocalBlobs
from service.foundation.db import unit_of_work
from tests.clients import collect_sealing
from tests.clients.collect_sealing import KeyPair, key_pair
from tests.clients.openrosa_phone import Record
from tests.factories import FORM_XML, Phone, a_phone, an_instance, multipart

KEYS = key_pair()
OTHER_KEYS = key_pair()


def sealed_form(version: str, public: str | None, form_id: str = "visit") -> bytes:
    """The form of `factories`, sealed unless there is no key."""
    key = f' base64RsaPublicKey="{public}"' if public else ""
    submission = f'<submission{key} orx:auto-delete="true"/>\n  <bind nodeset="/data/village"'
    xml = FORM_XML.format(form_id=form_id, version=version)
    return xml.replace('<bind nodeset="/data/village"', submission, 1).encode()


def publish(app: Flask, project_id: int, xml: bytes, new_key: str | None = None) -> forms.Published:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    with unit_of_work() as session:
        return forms.publish(
            session, SYSTEM, project_id, forms.prepare_xml(xml, {}), blobs, new_key
        )


@dataclass(frozen=True, kw_only=True)
class SealedWorld:
    """A phone, and a form whose version 1 is open and whose version 2 is sealed."""

    app: Flask
    phone: Phone
    keys: KeyPair

    def record(
        self,
        instance_id: str = "uuid:1",
        media: Mapping[str, bytes] | None = None,
        *,
        village: str = "អូរតាគាំ",
        spills: bool = False,
    ) -> Record:
        """What Collect makes of a record of version 2."""
        media = media or {}
        named = dict(zip(("photo", "sound"), media, strict=False))
        xml = an_instance(instance_id, version="2", village=village, **named)
        return collect_sealing.sealed(
            xml.encode(),
            media,
            public=self.keys.public,
            form_id="visit",
            version="2",
            instance_id=instance_id,
            leaves_plain_files=spills,
        )

    def send(self, record: Record, *names: str, xml_last: bool = False) -> TestResponse:
        """One POST with these files of the record; without names, all of them."""
        files = {name: bytes(record.files[name]) for name in names or record.files}  # type: ignore[arg-type]
        return self.post(record.xml, files, xml_last=xml_last)

    def post(
        self, xml: str | bytes, files: Mapping[str, bytes], *, xml_last: bool = False
    ) -> TestResponse:
        body, kind = multipart(xml, files, xml_last=xml_last)
        return self.phone.client.post(
            f"{self.phone.base}/submission?deviceID=collect%3AxY12", data=body, content_type=kind
        )


def a_sealed_world(app: Flask, client: FlaskClient, pair: KeyPair = KEYS) -> SealedWorld:
    phone = a_phone(client)
    publish(app, phone.project_id, sealed_form("2", pair.public), pair.fingerprint)
    return SealedWorld(app=app, phone=replace(phone), keys=pair)
