"""Things for tests: say only what matters. Defaults have Khmer script and missing answers."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.accounts import actions
from service.accounts.actor import SYSTEM, Actor, Role
from service.accounts.tables import Project
from service.disclosure.rules import Audience
from service.forms import actions as forms
from service.forms.states import FormState
from service.forms.tables import Form, FormDraft, FormVersion
from service.foundation import clock
from service.foundation.blobs import LocalBlobs
from service.foundation.db import current, unit_of_work
from service.foundation.sealing import Signer
from service.releases import document
from service.releases import queries as releases
from service.releases.document import Head
from service.releases.standing import Standing

FORM_XML = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:orx="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa">
 <h:head><h:title>សម្ភាសន៍ {form_id}</h:title><model>
  <instance><data id="{form_id}" version="{version}">
   <village/><photo/><sound/><member jr:template=""><age/></member><member><age/></member>
   <orx:meta><orx:instanceID/></orx:meta></data></instance>
  <bind nodeset="/data/village" type="string"/>
  <bind nodeset="/data/photo" type="binary"/>
  <bind nodeset="/data/sound" type="binary"/>
  <bind nodeset="/data/member/age" type="int"/>
  <bind nodeset="/data/orx:meta/orx:instanceID" type="string"/>
 </model></h:head>
 <h:body>
  <input ref="/data/village"><label>ភូមិ</label></input>
  <upload ref="/data/photo" mediatype="image/*"><label>រូបថត</label></upload>
  <upload ref="/data/sound" mediatype="audio/*"><label>សំឡេង</label></upload>
  <group ref="/data/member"><label>សមាជិក</label><repeat nodeset="/data/member">
   <input ref="/data/member/age"><label>អាយុ</label></input></repeat></group>
 </h:body>
</h:html>"""


def as_its_owner(statement: str) -> None:
    """Run what the server itself may not: it changes no schema at run time."""
    engine = sa.create_engine(current().writer.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)


def a_project(session: Session, name: str = "Battambang") -> Project:
    return actions.create_project(session, SYSTEM, name)


def a_coordinator(project_id: int, id: int = 900) -> Actor:  # noqa: A002
    roles = {project_id: frozenset({Role.COORDINATOR})}
    return Actor(id=id, name="Chanthou", roles=roles, is_fresh=True)


def a_release(session: Session, project_id: int) -> int:
    """One without a table, published."""
    number = releases.lock_next(session, project_id)
    head = Head(
        project_id=project_id,
        number=number,
        title="Who we reached",
        audience=Audience.PUBLIC,
        frozen_at=clock.now(),
    )
    releases.insert(session, head, document.make(head, [], Signer("11" * 32)), 1)
    releases.say(session, project_id, number, Standing.PUBLISHED, 2, clock.now())
    return number


def a_form(
    session: Session,
    project_id: int,
    form_id: str = "visit",
    version: str = "1",
    state: FormState = FormState.OPEN,
    xml: str | None = None,
) -> Form:
    """A published form, straight into the tables: publishing has tests of its own."""
    body = (xml or FORM_XML.format(form_id=form_id, version=version)).encode()
    form = session.scalar(
        sa.select(Form).where(Form.project_id == project_id, Form.form_id == form_id)
    )
    if form is None:
        form = Form(project_id=project_id, form_id=form_id, state=state, created_at=clock.now())
        session.add(form)
        session.flush()
    made = FormVersion(
        form_pk=form.form_pk,
        version=version,
        title=f"សម្ភាសន៍ {form_id}",
        xml=body,
        md5=hashlib.md5(body, usedforsecurity=False).hexdigest(),
        warnings=[],
        published_at=clock.now(),
        published_by=None,
    )
    session.add(made)
    session.flush()
    form.current_version_pk = made.version_pk
    return form


def a_draft(blobs: LocalBlobs, project_id: int, form_id: str = "visit", version: str = "1") -> str:
    """A live draft of a published form that refers to map.png, and has it; made from a workbook,
    as the published version then is too. Answers the token by which phones try it."""
    refers = '<itext><translation lang="km"><text id="m"><value form="image">jr://images/map.png'
    xml = FORM_XML.format(form_id=form_id, version=version).replace(
        "</instance>", f"</instance>{refers}</value></text></translation></itext>", 1
    )
    source = blobs.put(b"workbook").name
    with unit_of_work() as session:
        session.execute(sa.update(FormVersion).values(source_sha256=source))
        prepared = forms.prepare_xml(xml.encode(), {})
        draft = forms.replace_draft(session, SYSTEM, project_id, form_id, prepared, blobs)
        blob = forms.keep_draft_file(blobs, project_id, iter([b"png"]))
        forms.put_file(session, SYSTEM, project_id, form_id, "map.png", blob)
        session.execute(sa.update(FormDraft).values(source_sha256=source))
        return forms.token_of(draft)


@dataclass(frozen=True, kw_only=True)
class Phone:
    """An enrolled phone, as tests use it: Arun's."""

    client: FlaskClient
    project_id: int
    token: str
    id: int

    @property
    def base(self) -> str:
        return f"/v1/key/{self.token}/projects/{self.project_id}"

    def send(
        self,
        xml: str | bytes,
        files: Mapping[str, bytes] | None = None,
        *,
        incomplete: bool = False,
        **options: object,
    ) -> TestResponse:
        """One POST as Collect makes it: XML first, then files, then the marker."""
        body, content_type = multipart(xml, files or {}, incomplete=incomplete)
        return self.client.post(
            f"{self.base}/submission?deviceID=collect%3AxY12",
            data=body,
            content_type=content_type,
            headers={"X-OpenRosa-Version": "1.0"},
            **options,
        )


def a_phone(client: FlaskClient, *forms: str, all_forms: bool = True) -> Phone:
    """A phone in a new project with the given forms published (default: `visit`)."""
    with unit_of_work() as session:
        project = a_project(session)
        for form_id in forms or ("visit",):
            a_form(session, project.id, form_id)
        made = actions.create_app_user(
            session, SYSTEM, project.id, "ទូរសព្ទ អរុណ", None if all_forms else list(forms)
        )
        return Phone(client=client, project_id=project.id, token=made.token, id=made.id)


def an_instance(
    instance_id: str | None = None,
    *,
    form_id: str = "visit",
    version: str = "1",
    village: str = "អូរតាគាំ",
    photo: str = "",
    sound: str = "",
    deprecated_id: str | None = None,
    with_id: bool = True,
) -> str:
    """One filled-in `visit`."""
    given = instance_id or f"uuid:{uuid.uuid4()}"
    deprecated = f"<orx:deprecatedID>{deprecated_id}</orx:deprecatedID>" if deprecated_id else ""
    named = f"<orx:instanceID>{given}</orx:instanceID>" if with_id else ""
    return (
        f'<?xml version=\'1.0\' ?><data id="{form_id}" version="{version}" '
        'xmlns:orx="http://openrosa.org/xforms">'
        f"<village>{village}</village><photo>{photo}</photo><sound>{sound}</sound>"
        f"<member><age>44</age></member><orx:meta>{named}{deprecated}</orx:meta></data>"
    )


BOUNDARY = "e3a1f0c2-7d"


def multipart(
    xml: str | bytes,
    files: Mapping[str, bytes],
    *,
    incomplete: bool = False,
    xml_last: bool = False,
    xml_filename: str | None = "កម្រង.xml",
) -> tuple[bytes, str]:
    """(body, content type) of an OpenRosa upload."""
    raw = xml.encode() if isinstance(xml, str) else xml
    named = f'; filename="{xml_filename}"' if xml_filename else ""
    first = _part(f'name="xml_submission_file"{named}', raw, "text/xml")
    parts = [
        _part(f'name="{_quoted(name)}"; filename="{_quoted(name)}"', data, "image/jpeg")
        for name, data in files.items()
    ]
    parts = [*parts, first] if xml_last else [first, *parts]
    if incomplete:
        parts.append(_part('name="*isIncomplete*"', b"yes", "text/plain"))
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return body, f"multipart/form-data; boundary={BOUNDARY}"


def _quoted(name: str) -> str:
    return name.replace('"', "%22")


def _part(disposition: str, data: bytes, content_type: str) -> bytes:
    head = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n"
        f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    )
    return head.encode() + data + b"\r\n"


def at(text: str) -> dt.datetime:
    """`at("2026-11-24T08:00")` in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
