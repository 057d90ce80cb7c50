"""Moving in through Central's REST, from a running server that speaks it: another Samleng."""

from __future__ import annotations

import dataclasses
import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests import postgres
from tests.clients.openrosa_phone import Phone, Record, Standing
from tests.clients.pyodk_site import Central
from tests.reliability.server import Server, Site, new_site

OPEN = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:samleng="https://samleng.org/xforms">
 <h:head><h:title>ភូមិ</h:title><model>
  <instance><data id="{form_id}" version="{version}">
   <place/><visit><what/></visit><meta><instanceID/></meta></data></instance>
  <instance id="places" src="jr://file-csv/places.csv"/>
  <bind nodeset="/data/place" type="string" samleng:class="open"/>
  <bind nodeset="/data/visit/what" type="string" samleng:class="open"/>
  <bind nodeset="/data/meta/instanceID" type="string"/>
 </model></h:head>
 <h:body><input ref="/data/place"><label>ទីកន្លែង</label></input>
  <group ref="/data/visit"><label>v</label><repeat nodeset="/data/visit">
   <input ref="/data/visit/what"><label>what</label></input></repeat></group>
 </h:body></h:html>"""


class Neighbour(Site):
    """One that may ask servers of this machine."""

    def env(self) -> dict[str, str]:
        return {**super().env(), "SAMLENG_MOVE_IN_PRIVATE": "on"}


@dataclass(frozen=True, kw_only=True)
class Move:
    """From a running server into an installation of its own, by the shell."""

    old: Central
    new: Site
    form_id: str

    def run(self, *words: str) -> str:
        return self.new.run(
            "import", "central", self.old.site.url, "--of", str(self.old.site.project_id),
            "--project", str(self.new.project_id), "--form", self.form_id, "--token-stdin",
            *words, stdin=f"{self.old.token}\n",
        )  # fmt: skip

    def bring(self, *words: str) -> Any:
        """How many of what, by what became of them."""
        return json.loads(self.run(*words, "--json"))

    def rows(self, *words: str) -> list[list[str]]:
        """What the command prints of each thing."""
        return [line.split("\t") for line in self.run(*words).splitlines() if "\t" in line]


@pytest.fixture(scope="session")
def empty(central: Central, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Where everything goes: on the same kind of database as the server that is left."""
    directory = tmp_path_factory.mktemp("moved")
    url = ""
    if central.site.database_url:
        server = central.site.database_url
        name = f"m{uuid.uuid4().hex[:12]}"
        postgres.execute(server, f'CREATE DATABASE "{name}"')
        url = postgres.on(server, name)
    made = new_site(directory / "data", url)
    return Neighbour(**{one.name: getattr(made, one.name) for one in dataclasses.fields(made)})


@pytest.fixture
def move(central: Central, empty: Site) -> Move:
    form_id = f"village_{uuid.uuid4().hex[:8]}"
    for version in ("1", "2"):
        xml = OPEN.format(form_id=form_id, version=version)
        if version == "1":
            central.client.forms.create(xml)
        else:
            central.client.forms.update(form_id, definition=xml)
    return Move(old=central, new=empty, form_id=form_id)


def an_answer(form_id: str, instance_id: str, place: str, *, edits: str = "") -> str:
    base = f"<deprecatedID>{edits}</deprecatedID>" if edits else ""
    return (
        f'<data id="{form_id}" version="2"><place>{place}</place><visit><what>a</what></visit>'
        f"<visit><what>b</what></visit><meta>{base}<instanceID>{instance_id}</instanceID></meta>"
        "</data>"
    )


def new_id() -> str:
    return f"uuid:{uuid.uuid4()}"


def test_everything_comes_once_and_a_dry_run_changes_nothing(move: Move) -> None:
    kept, edited = new_id(), new_id()
    records = move.old.client.submissions
    for instance_id, place in ((kept, "ភូមិថ្មី"), (edited, "first")):
        records.create(an_answer(move.form_id, instance_id, place), form_id=move.form_id)
    later = new_id()
    records.edit(
        edited, form_id=move.form_id,
        xml=an_answer(move.form_id, later, "second", edits=edited),
    )  # fmt: skip
    records.review(kept, form_id=move.form_id, review_state="approved")

    planned = move.bring("--dry-run")
    assert planned["forms"] == {"new": 2}
    assert planned["records"] == {"new": 2}
    assert move.bring("--dry-run") == planned, "a dry run changes nothing"
    assert {row[2]: row[3] for row in move.rows("--dry-run") if row[0] == "record"} == {
        kept: "new",
        later: "new",
    }

    assert move.bring()["records"] == {"new": 2}
    again = move.bring()
    assert (again["forms"], again["records"]) == ({"same": 2}, {"same": 2})


def test_phones_change_their_address_and_nothing_else(move: Move) -> None:
    """What a phone has of its forms stays as it is; what it has not sent, and what it sent and was
    not answered, goes to the new server and is there once."""
    old, new = move.old, move.new
    answered, unanswered, unsent = new_id(), new_id(), new_id()
    phone = Phone(old.site.phone_url)
    try:
        phone.sync_forms()
        held = dict(phone.forms)
        assert (move.form_id, "2") in held
        for instance_id in (answered, unanswered):
            assert phone.send(a_record(move.form_id, instance_id)).statuses == (201,)
        assert move.bring()["records"] == {"new": 2}
        with Server(new):
            phone.base_url = new.phone_url
            phone.start_run()
            assert phone.sync_forms()[move.form_id] is Standing.ON_DEVICE
            assert phone.forms[move.form_id, "2"] == held[move.form_id, "2"]
            sent = [
                phone.send(a_record(move.form_id, one)).statuses
                for one in (unanswered, unsent, unsent)
            ]
            assert sent == [(202,), (201,), (202,)]
    finally:
        phone.close()
    straggler = new_id()
    old.client.submissions.create(an_answer(move.form_id, straggler, "late"), form_id=move.form_id)
    assert move.bring()["records"] == {"same": 2, "new": 1}


def a_record(form_id: str, instance_id: str) -> Record:
    return Record(xml=an_answer(form_id, instance_id, "ភូមិ").encode())
