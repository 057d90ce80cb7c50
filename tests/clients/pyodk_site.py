"""pyodk, as people install it, against the real server: what its own models refuse fails here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from pyodk._utils.config import CentralConfig, Config
from pyodk.client import Client

from tests.reliability.server import Server, Site

FORM = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:orx="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa"
  xmlns:samleng="https://samleng.org/xforms">
 <h:head><h:title>សម្ភាសន៍ {form_id}</h:title><model>
  <itext><translation lang="km"><text id="map"><value form="image">jr://images/map.png</value>
   </text></translation></itext>
  <instance><data id="{form_id}" version="{version}">
   <name/><need/><agreed/><photo/><meta><instanceID/><instanceName/></meta></data></instance>
  <instance id="places" src="jr://file-csv/places.csv"/>
  <submission orx:auto-delete="true"/>
  <bind nodeset="/data/name" type="string" samleng:tag="person.name" samleng:class="identity"/>
  <bind nodeset="/data/need" type="string" samleng:class="coded"/>
  <bind nodeset="/data/agreed" type="string" samleng:tag="consent.store" samleng:class="coded"/>
  <bind nodeset="/data/photo" type="binary"/>
  <bind nodeset="/data/meta/instanceID" type="string"/>
 </model></h:head>
 <h:body>
  <input ref="/data/name"><label ref="jr:itext('map')"/></input>
  <select1 ref="/data/need"><label>ត្រូវការ</label>
   <item><label>ជើងសិប្បនិម្មិត</label><value>prosthesis</value></item></select1>
  <select1 ref="/data/agreed"><label>យល់ព្រម</label>
   <item><label>បាទ</label><value>yes</value></item></select1>
  <upload ref="/data/photo" mediatype="image/*"><label>រូបថត</label></upload>
 </h:body>
</h:html>"""
"""A question who somebody is, one with a code, one for a picture; two files beside it."""


@dataclass(frozen=True, kw_only=True)
class Central:
    """A running server and a script that may do all that scripts may."""

    site: Site
    client: Client
    token: str

    def get(self, path: str, **options: Any) -> requests.Response:
        """Past pyodk, with the token itself."""
        return self.ask("GET", path, **options)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        address = f"{self.site.url}/v1/projects/{self.site.project_id}{path}"
        return requests.request(method, address, headers=headers, timeout=60, **options)

    def token_with(self, *scopes: str) -> str:
        return str(_token(self.site, *scopes)["token"])

    def client_with(self, directory: Path, *scopes: str) -> Client:
        """pyodk as it is, with another script's token."""
        return a_client(self.site, _token(self.site, *scopes), directory)


def _token(site: Site, *scopes: str) -> Any:
    wanted = [word for scope in scopes for word in ("--scope", scope)]
    return site.command("api-tokens", "create", "pyodk", "--project", str(site.project_id), *wanted)


def a_client(site: Site, made: Any, directory: Path) -> Client:
    config = Config(
        central=CentralConfig(
            base_url=site.url,
            username=made["email"],
            password=made["token"],
            default_project_id=site.project_id,
        )
    )
    return Client(config=config, cache_path=directory / f"{uuid.uuid4().hex}.toml")


@contextmanager
def running(prepared: Site, directory: Path) -> Iterator[Central]:
    site = prepared.copy_to(directory / "data")
    made = _token(site, "all")
    with Server(site), a_client(site, made, directory) as client:
        yield Central(site=site, client=client, token=made["token"])


def a_form(version: str = "1", form_id: str = "") -> tuple[str, str]:
    """(formID, XForm); each has an ID of its own unless it is said."""
    named = form_id or f"visit_{uuid.uuid4().hex[:8]}"
    return named, FORM.format(form_id=named, version=version)


def an_instance(form_id: str, *, version: str = "1", edits: str = "", **answers: str) -> str:
    """One filled-in form; its instanceID is `instance_id` or a new one."""
    instance_id = answers.pop("instance_id", "") or f"uuid:{uuid.uuid4()}"
    nodes = "".join(f"<{name}>{value}</{name}>" for name, value in answers.items())
    deprecated = f"<deprecatedID>{edits}</deprecatedID>" if edits else ""
    return (
        f'<data id="{form_id}" version="{version}">{nodes}<meta>{deprecated}'
        f"<instanceID>{instance_id}</instanceID><instanceName>សុខ ម៉ារី</instanceName></meta></data>"
    )
