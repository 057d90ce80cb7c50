"""A server that runs, an office that looks by the API, and phones as Collect is one.

What phones were answered is looked at again when a check has ended: whatever it was about, no
POST was answered as a page would, and every refusal has words for whoever holds the phone.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.clients.collect_http import Body, Reply
from tests.clients.collect_xml import ListedForm, read_message
from tests.clients.openrosa_phone import Phone, Record
from tests.clients.pyodk_site import Central
from tests.reliability.server import Site

T = TypeVar("T")
AS_XML = {"Content-Type": "application/xml"}
WITHIN_S = 90.0

FORM = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:jr="http://openrosa.org/javarosa" xmlns:samleng="https://samleng.org/xforms">
 <h:head><h:title>{title}</h:title><model>
  <instance><data id="{form_id}" version="{version}"><agreed/><village/><photo/><sound/>
   <page jr:template=""><scan/></page>
   <meta><instanceID/><deprecatedID/></meta></data></instance>
  {more}
  <bind nodeset="/data/agreed" type="string" samleng:tag="consent.store" samleng:class="coded"/>
  <bind nodeset="/data/village" type="string" samleng:class="coded"/>
  <bind nodeset="/data/photo" type="binary"/><bind nodeset="/data/sound" type="binary"/>
  <bind nodeset="/data/page/scan" type="binary"/>
  <bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/>
 </model></h:head>
 <h:body>
  <select1 ref="/data/agreed"><label>យល់ព្រម</label><item><label>បាទ</label><value>yes</value>
  </item></select1>
  <input ref="/data/village"><label>ភូមិ</label></input>
  <upload ref="/data/photo" mediatype="image/*"><label>រូបថត</label></upload>
  <upload ref="/data/sound" mediatype="audio/*"><label>សំឡេង</label></upload>
  <group ref="/data/page"><label>ទំព័រ</label><repeat nodeset="/data/page">
   <upload ref="/data/page/scan" mediatype="image/*"><label>ស្កេន</label></upload>
  </repeat></group>
 </h:body>
</h:html>"""


def form_xml(form_id: str, version: str = "1", *, title: str = "សម្ភាសន៍", more: str = "") -> bytes:
    made = FORM.format(form_id=form_id, version=version, title=title, more=more)
    return made.encode()


def a_record(
    form_id: str, instance_id: str | None = "", *, version: str = "1", village: str = "ភូមិថ្មី",
    edits: str = "", files: Mapping[str, bytes | Path] | None = None, **answers: str,
) -> Record:  # fmt: skip
    """A filled-in form; `photo=`, `sound=` name files. `instance_id=None`: it has none."""
    given = f"uuid:{uuid.uuid4()}" if instance_id == "" else instance_id
    named = f"<instanceID>{given}</instanceID>" if given else ""
    base = f"<deprecatedID>{edits}</deprecatedID>" if edits else ""
    told = "".join(f"<{name}>{value}</{name}>" for name, value in answers.items())
    xml = (
        f'<data id="{form_id}" version="{version}"><agreed>yes</agreed>'
        f"<village>{village}</village>{told}<meta>{named}{base}</meta></data>"
    )
    return Record(xml=xml.encode(), files=files or {})


@dataclass(kw_only=True)
class Desk:
    """A form of one's own on the running server, a phone that fills it, and the office's script."""

    central: Central
    office: dict[str, str]
    form_id: str
    phone: Phone
    phones: list[Phone] = field(default_factory=list)

    @property
    def site(self) -> Site:
        return self.central.site

    # --- the office ------------------------------------------------------------------------------
    def ask(self, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
        """What the API answers; `path` below the project's address."""
        headers = {**self.office, **options.pop("headers", {})}
        answer = self.central.ask(method, path, headers=headers, **options)
        assert answer.status_code == status, answer.text
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.json() if is_json else answer.text

    def publish(self, xml: bytes) -> None:
        """A form, or the next version of it."""
        told = {"publish": "true", "ignoreWarnings": "true"}
        self.ask("POST", "/forms", params=told, data=xml, headers=AS_XML)

    def publish_next(self, xml: bytes) -> None:
        draft = f"/forms/{self.form_id}/draft"
        self.ask("POST", draft, params={"ignoreWarnings": "true"}, data=xml, headers=AS_XML)
        self.ask("POST", f"{draft}/publish")

    def upload(self, name: str, content: bytes) -> None:
        """A file beside the form, by a new version named as Central would name it."""
        draft = f"/forms/{self.form_id}/draft"
        self.ask("POST", draft)
        self.ask("POST", f"{draft}/attachments/{name}", data=content)
        self.ask("POST", f"{draft}/publish", params={"version": uuid.uuid4().hex[:6]})

    def set_state(self, state: str) -> None:
        self.ask("PATCH", f"/forms/{self.form_id}", json={"state": state})

    def records(self) -> list[str]:
        """IDs by which the records of the form are known: of their first versions."""
        found = self.ask("GET", f"/forms/{self.form_id}/submissions")
        return [one["instanceId"] for one in found]

    def versions(self, instance_id: str) -> list[str]:
        """The newest first."""
        found = self.ask("GET", f"/forms/{self.form_id}/submissions/{instance_id}/versions")
        return [one["instanceId"] for one in found]

    def answers(self, instance_id: str) -> str:
        """The record as it stands, as XML; once it is known that its person agreed."""
        path = f"/forms/{self.form_id}/submissions/{instance_id}.xml"
        return str(soon(lambda: self.ask("GET", path), lambda text: "<agreed>yes" in text))

    def files(self, instance_id: str, *, ready: int = 0) -> dict[str, bool]:
        """What the record names, and whether it can be had; once so many can."""
        path = f"/forms/{self.form_id}/submissions/{instance_id}/attachments"

        def look() -> dict[str, bool]:
            return {one["name"]: one["exists"] for one in self.ask("GET", path)}

        return soon(look, lambda found: sum(found.values()) >= ready)

    def copies(self) -> list[dict[str, Any]]:
        """What waits for a person."""
        found: list[dict[str, Any]] = self.ask("GET", f"/copies?xmlFormId={self.form_id}")
        return found

    # --- phones ----------------------------------------------------------------------------------
    def another(self, base_url: str = "", **options: Any) -> Phone:
        made = Phone(base_url or self.site.phone_url, **options)
        self.phones.append(made)
        return made

    def enrolled(self, *forms: str) -> tuple[dict[str, Any], Phone]:
        """A new phone with these forms alone."""
        named = [word for form in forms for word in ("--form", form)]
        told = ("--project", str(self.site.project_id), *named)
        made = self.site.command("app-users", "create", uuid.uuid4().hex[:8], *told)
        return made, self.another(made["url"])

    def raw(self, body: Body, content_type: str, phone: Phone | None = None) -> Reply:
        """A POST that no Collect would make, from the phone all the same."""
        who = phone or self.phone
        return who.http.post(f"{who.base_url}/submission", body, content_type)

    def listed(self, phone: Phone | None = None) -> dict[str, ListedForm]:
        return {form.form_id: form for form in (phone or self.phone).form_list()}


def soon(look: Callable[[], T], is_there: Callable[[T], bool]) -> T:
    """What is there once the jobs of the server have come to it."""
    until = time.monotonic() + WITHIN_S
    while not is_there(found := look()):
        assert time.monotonic() < until, found
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def office(central: Central) -> dict[str, str]:
    token = central.token_with("all", "removals", "identity", "testimony")
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def desk(central: Central, office: dict[str, str]) -> Iterator[Desk]:
    form_id = f"check_{uuid.uuid4().hex[:8]}"
    phone = Phone(central.site.phone_url)
    made = Desk(central=central, office=office, form_id=form_id, phone=phone, phones=[phone])
    made.publish(form_xml(form_id))
    yield made
    for each in made.phones:
        each.close()
        for method, reply in each.http.replies:
            look_at(method, reply, made.site.token)


def look_at(method: str, reply: Reply, token: str) -> None:
    """63 and 64 of docs/conformance.md, for whatever was asked."""
    told = f"{method} {reply.url}: {reply.status}"
    if method == "POST":
        assert reply.status in (201, 202) or reply.status >= 400, told
    if reply.status >= 400 and method != "HEAD":
        assert read_message(reply.body), f"{told} without words"
        assert token.encode() not in reply.body, told
