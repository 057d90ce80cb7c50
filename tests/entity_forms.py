"""Forms that make and change entities, and records of them, as Collect writes both."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

LIST = "people"
ENTITIES = "http://www.opendatakit.org/xforms/entities"

REGISTER = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:orx="http://openrosa.org/xforms" xmlns:samleng="https://samleng.org/xforms"
  xmlns:entities="http://www.opendatakit.org/xforms/entities">
 <h:head><h:title>ចុះឈ្មោះ</h:title><model entities:entities-version="2024.1.0">
  <instance><data id="{form_id}" version="{version}">
   <name/><age/><village/><phone/>
   <orx:meta><orx:instanceID/><entity dataset="{list_name}" id="" {actions}><label/></entity>
   </orx:meta></data></instance>
  {reads}
  <bind nodeset="/data/name" type="string" entities:saveto="full_name"{classed}/>
  <bind nodeset="/data/age" type="int" entities:saveto="age"/>
  <bind nodeset="/data/village" type="string" entities:saveto="village"/>
  <bind nodeset="/data/phone" type="string"/>
  <bind nodeset="/data/orx:meta/entity/@create" calculate="1" type="string"/>
  <bind nodeset="/data/orx:meta/entity/label" calculate="/data/name" type="string"/>
  <bind nodeset="/data/orx:meta/orx:instanceID" type="string" readonly="true()"/>
  {submission}
 </model></h:head>
 <h:body><input ref="/data/name"><label>ឈ្មោះ</label></input></h:body>
</h:html>"""

READS = '<instance id="{0}" src="jr://file-csv/{0}.csv"/>'


def register(
    form_id: str = "register",
    version: str = "1",
    *,
    list_name: str = LIST,
    actions: str = 'create="1" update="1" baseVersion="" trunkVersion="" branchId=""',
    names_people: bool = False,
    reads: str | None = None,
) -> bytes:
    """A form that registers and changes people of a list."""
    return REGISTER.format(
        form_id=form_id,
        version=version,
        list_name=list_name,
        actions=actions,
        classed=' samleng:class="identity"' if names_people else "",
        reads=READS.format(reads) if reads else "",
        submission='<submission orx:auto-delete="true"/>' if names_people else "",
    ).encode()


REPEATS = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:orx="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa"
  xmlns:entities="http://www.opendatakit.org/xforms/entities">
 <h:head><h:title>គ្រួសារ</h:title><model entities:entities-version="2025.1.0">
  <instance><data id="household" version="1"><code/>
   <member jr:template=""><name/><meta><entity dataset="people" id="" create="1"><label/></entity>
   </meta></member>
   <orx:meta><orx:instanceID/><entity dataset="households" id="" create="1"><label/></entity>
   </orx:meta></data></instance>
  <bind nodeset="/data/code" type="string" entities:saveto="code"/>
  <bind nodeset="/data/member/name" type="string" entities:saveto="full_name"/>
  <bind nodeset="/data/orx:meta/orx:instanceID" type="string"/>
 </model></h:head>
 <h:body><input ref="/data/code"><label>កូដ</label></input>
  <group ref="/data/member"><repeat nodeset="/data/member">
   <input ref="/data/member/name"><label>ឈ្មោះ</label></input></repeat></group></h:body>
</h:html>""".encode()


def a_uuid() -> str:
    return str(uuid.uuid4())


def a_record(
    entity_id: str,
    answers: Mapping[str, str],
    *,
    label: str | None = None,
    form_id: str = "register",
    version: str = "1",
    list_name: str = LIST,
    instance_id: str | None = None,
    **attributes: object,
) -> str:
    """One filled-in form; `attributes` are those of the entity block: create, baseVersion …"""
    said = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in answers.items())
    given = {"dataset": list_name, "id": entity_id, **attributes}
    block = " ".join(f"{name}={quoteattr(str(value))}" for name, value in given.items())
    labelled = "" if label is None else f"<label>{escape(label)}</label>"
    return (
        f'<data id="{form_id}" version="{version}" xmlns:orx="http://openrosa.org/xforms">{said}'
        f"<orx:meta><orx:instanceID>{instance_id or f'uuid:{a_uuid()}'}</orx:instanceID>"
        f"<entity {block}>{labelled}</entity></orx:meta></data>"
    )


def a_household(code: str, *members: tuple[str, str], household_id: str | None = None) -> str:
    """A household with its members: (entity id, name) of each."""
    people = "".join(
        f"<member><name>{escape(name)}</name><meta>"
        f'<entity dataset="people" id="{entity_id}" create="1"><label>{escape(name)}</label>'
        "</entity></meta></member>"
        for entity_id, name in members
    )
    return (
        '<data id="household" version="1" xmlns:orx="http://openrosa.org/xforms">'
        f"<code>{code}</code>{people}<orx:meta><orx:instanceID>uuid:{a_uuid()}</orx:instanceID>"
        f'<entity dataset="households" id="{household_id or a_uuid()}" create="1">'
        f"<label>{code}</label></entity></orx:meta></data>"
    )
