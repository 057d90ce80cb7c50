"""A form with everything that tables are made of, and records filled with it."""

from __future__ import annotations

import uuid

from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM, Scope
from service.foundation.db import unit_of_work
from tests.factories import Phone, a_form, a_phone

FORM_ID = "ផ្ទះ visit"
OWN = 'xmlns:samleng="https://samleng.org/xforms"'
QUESTIONS = {
    "today": 'type="date" samleng:tag="meta.date"',
    "store": 'type="string" samleng:tag="consent.store" samleng:class="coded"',
    "stats": 'type="string" samleng:tag="consent.stats" samleng:class="coded"',
    "quote": 'type="string" samleng:tag="consent.quote_anon" samleng:class="coded"',
    "named": 'type="string" samleng:tag="consent.publish_name" samleng:class="coded"',
    "who/name": 'type="string" samleng:tag="person.name" samleng:class="identity"',
    "who/age": 'type="int" samleng:tag="person.age"',
    "who/weight": 'type="decimal"',
    "at": 'type="geopoint" samleng:class="coded" samleng:place="nobody"',
    "way": 'type="geotrace" samleng:class="coded" samleng:place="nobody"',
    "help": 'type="string"',
    "said": 'type="string" samleng:class="testimony"',
    "photo": 'type="binary"',
    "place": 'type="string" samleng:class="open"',
    "child/called": 'type="string" samleng:class="identity"',
    "child/age": 'type="int"',
    "child/toy/kind": 'type="string" samleng:class="coded"',
    "meta/instanceID": 'type="string"',
}


def form_xml(version: str = "1", **more: str) -> str:
    """The form; `more`: further questions of another version, with what their bind says."""
    questions = {**QUESTIONS, **more}
    binds = "".join(f'<bind nodeset="/data/{p}" {bind}/>' for p, bind in questions.items())
    extra = "".join(f"<{name}/>" for name in more)
    return f"""<?xml version="1.0"?><h:html xmlns="http://www.w3.org/2002/xforms"
 xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" {OWN}>
<h:head><h:title>ដំណើរទៅផ្ទះ</h:title><model>
<itext><translation lang="English (en)" default="true()">
<text id="a"><value>A ramp</value></text><text id="b"><value>A chair</value></text>
<text id="help"><value>What help?</value></text></translation>
<translation lang="ខ្មែរ (km)"><text id="a"><value>ផ្លូវជម្រាល</value></text>
<text id="b"><value>រទេះ</value></text><text id="help"><value>ត្រូវការអ្វី?</value></text>
</translation></itext>
<instance><data id="{FORM_ID}" version="{version}"><today/><store/><stats/><quote/><named/>
<who><name/><age/><weight/></who><at/><way/><help/><said/><photo/><place/>
<child jr:template=""><called/><age/><toy jr:template=""><kind/></toy></child>
<child><called/><age/><toy><kind/></toy></child>{extra}
<meta><instanceID/></meta></data></instance>
<instance id="helps"><root><item><itextId>a</itextId><name>ramp</name></item>
<item><itextId>b</itextId><name>chair</name></item></root></instance>{binds}
</model></h:head><h:body>
<input ref="/data/who/age"><label>Age</label></input>
<select ref="/data/help"><label ref="jr:itext('help')"/>
<itemset nodeset="instance('helps')/root/item"><value ref="name"/>
<label ref="jr:itext(itextId)"/></itemset></select>
<upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload>
<group ref="/data/child"><label>Children</label><repeat nodeset="/data/child">
<input ref="/data/child/age"><label>Age</label></input>
<group ref="/data/child/toy"><label>Toys</label><repeat nodeset="/data/child/toy">
<input ref="/data/child/toy/kind"><label>Kind</label></input></repeat></group>
</repeat></group></h:body></h:html>"""


YES = "<store>yes</store><stats>yes</stats>"


def record(
    instance_id: str | None = None,
    *,
    inside: str = "",
    consent: str = YES,
    version: str = "1",
    edits: str = "",
) -> str:
    """One filled-in form. `inside`: its answers as XML."""
    given = instance_id or f"uuid:{uuid.uuid4()}"
    deprecated = f"<deprecatedID>{edits}</deprecatedID>" if edits else ""
    return (
        f'<data id="{FORM_ID}" version="{version}"><today>2026-11-20</today>{consent}{inside}'
        f"<meta><instanceID>{given}</instanceID>{deprecated}</meta></data>"
    )


FULL = (
    "<who><name>សុខ</name><age>44</age><weight>51.5</weight></who><at>13.1 103.2 8 5</at>"
    "<way>13.1 103.2 0 0;13.2 103.3 0 0;</way><help>ramp chair</help><said>ខ្ញុំនៅរស់</said>"
    "<place>ផ្សារ</place>"
    "<child><called>ចន្ថា</called><age>7</age><toy><kind>ball</kind></toy><toy><kind>kite</kind></toy>"
    "</child><child><called>ដារ៉ា</called><age>9</age></child>"
)
ONE = "uuid:00000000-0000-4000-8000-000000000001"


def a_pulled_phone(client: FlaskClient) -> Phone:
    """A phone of a project in which the form is published."""
    phone = a_phone(client)
    with unit_of_work() as session:
        a_form(session, phone.project_id, FORM_ID, xml=form_xml())
    return phone


def send(phone: Phone, xml: str, files: dict[str, bytes] | None = None) -> None:
    answer = phone.send(xml, files or {})
    assert answer.status_code in (201, 202), answer.text


def a_script(project_id: int, *scopes: Scope) -> dict[str, str]:
    """The header of a script with these scopes."""
    with unit_of_work() as session:
        made = actions.create_numbered_api_token(session, SYSTEM, "analysis", [project_id], scopes)
    return {"Authorization": f"Bearer {made.token}"}
