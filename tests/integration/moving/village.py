"""A form whose every answer may be read, and a door to bring its records through."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from lxml import etree

from service.accounts.actor import SYSTEM
from service.forms import actions as forms
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.actions import reading_again
from service.intake.queries.by_instance import find_current
from service.intake.tables import Submission
from service.moving.actions import files, walking
from service.moving.actions.door import Door
from service.moving.plan import Row, What
from service.moving.queries import here
from service.moving.source import Source
from tests.factories import a_project

FORM_ID = "village"
ORIGIN = "central old.example"
FORM = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:samleng="https://samleng.org/xforms">
 <h:head><h:title>ភូមិ</h:title><model>
  <instance><data id="village" version="{version}">
   <name/><visit><at/><helps/></visit><child><called/><toy><kind/></toy></child><photo/>
   <meta><instanceID/></meta></data></instance>
  <bind nodeset="/data/name" type="string" samleng:class="open"/>
  <bind nodeset="/data/visit/at" type="geopoint" samleng:class="open" samleng:place="nobody"/>
  <bind nodeset="/data/visit/helps" type="string" samleng:class="open"/>
  <bind nodeset="/data/child/called" type="string" samleng:class="open"/>
  <bind nodeset="/data/child/toy/kind" type="string" samleng:class="open"/>
  <bind nodeset="/data/photo" type="binary" samleng:class="open"/>
  <bind nodeset="/data/meta/instanceID" type="string"/>
 </model></h:head>
 <h:body><input ref="/data/name"><label>name</label></input>
  <input ref="/data/visit/at"><label>at</label></input>
  <select ref="/data/visit/helps"><label>helps</label>
   <item><label>r</label><value>ramp</value></item><item><label>w</label><value>work</value></item>
  </select>
  <group ref="/data/child"><label>c</label><repeat nodeset="/data/child">
   <input ref="/data/child/called"><label>called</label></input>
   <group ref="/data/child/toy"><label>t</label><repeat nodeset="/data/child/toy">
    <input ref="/data/child/toy/kind"><label>kind</label></input></repeat></group>
  </repeat></group>
  <upload ref="/data/photo" mediatype="image/*"><label>photo</label></upload>
 </h:body></h:html>"""


def id_of(n: int) -> str:
    return f"uuid:00000000-0000-4000-8000-{n:012d}"


@dataclass(frozen=True, kw_only=True)
class Village:
    """A project to move into."""

    door: Door

    def bring(self, source: Source, *, is_dry: bool = False, **more: Any) -> list[Row]:
        steps = walking.walk(self.door, source, is_dry=is_dry, **more)
        return [row for step in steps for row in step.rows]

    def bring_file(self, path: Path, *, is_dry: bool = False) -> list[Row]:
        with files.opened(files.given(path), FORM_ID, self.door.project_id) as source:
            return self.bring(source, is_dry=is_dry)

    def count(self) -> int:
        with reading() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Submission)) or 0

    def row(self, instance_id: str) -> Submission:
        with reading() as session:
            query = sa.select(Submission).where(Submission.instance_id == instance_id)
            return session.scalars(query).one()

    def answers(self, instance_id: str, form_id: str = FORM_ID) -> dict[str, list[str]]:
        """Path of each answer of the record's present version to its texts, in their order."""
        with reading() as session:
            form = here.find_form(session, self.door.project_id, form_id)
            assert form is not None
            version = find_current(session, self.door.project_id, form[0], instance_id)
            assert version is not None
            found = reading_again.find(session, self.door.project_id, version.submission_pk)
        assert found is not None
        answers: dict[str, list[str]] = {}
        root = etree.fromstring(found.xml)
        for leaf in root.iter():
            if not len(leaf) and leaf.text:
                names = [etree.QName(one).localname for one in (leaf, *leaf.iterancestors())]
                answers.setdefault("/".join(reversed(names[:-1])), []).append(leaf.text)
        return answers


def a_village(blobs: LocalBlobs, *, with_form: bool = True) -> Village:
    with unit_of_work() as session:
        project_id = a_project(session, "Pailin").id
        if with_form:
            xml = FORM.format(version="1").encode()
            forms.publish_xml(session, SYSTEM, project_id, xml, media={}, blobs=blobs)
    door = Door(
        actor=SYSTEM,
        project_id=project_id,
        blobs=blobs,
        origin=ORIGIN,
        demand_room=lambda _: None,
    )
    return Village(door=door)


def verdicts(rows: list[Row], what: What = What.RECORD) -> dict[str, str]:
    """By name; with the reason behind a colon where there is one."""
    return {
        row.name: f"{row.verdict}: {row.why}" if row.why else row.verdict.value
        for row in rows
        if row.what is what
    }
