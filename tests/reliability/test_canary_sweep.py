"""S-50: what people told, and every secret, lies nowhere in clear: not in the database, its log,
files, temporary files, backups, logs, metrics or answers, whatever happened on the way."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import gzip
import http.client
import json
import re
import socket
import sqlite3
import time
import urllib.parse
import uuid
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from service.accounts import digest, second_factor
from service.foundation.settings import from_environment
from tests import commands, media_files, postgres, survivors
from tests.clients.scripted_server import scripted
from tests.integration.moving.test_servers import answering, central
from tests.reliability import canaries, mutants
from tests.reliability.a_dialogue import holds_a_meeting
from tests.reliability.canaries import Canaries
from tests.reliability.every_route import NEVER, Visit, of_those_asked
from tests.reliability.server import Server, Site
from tests.test_authorisation import ROUTES

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(600)]

EMAIL = "bopha@example.org"
COORDINATOR, SECOND = "chanthou@example.org", "dara@example.org"
SERVES = ("/v1/projects/<int:project_id>/forms/<name:form_id>.svc",
          "/v1/projects/<int:project_id>/forms/<name:form_id>/submissions.",
          "/v1/projects/<int:project_id>/forms/<name:form>/submissions/<name:instance_id>",
          "/v1/projects/<int:project_id>/forms/<name:form>/draft",
          "/v1/projects/<int:project_id>/datasets", "/v1/projects/<int:project_id>/view",
          "/v1/projects/<int:project_id>/sync", "/v1/projects/<int:project_id>/told",
          "/v1/projects/<int:project_id>/formUpload",
          "/p/<slug>/exports", "/p/<slug>/moving", "/p/<slug>/submissions")  # fmt: skip
"""Where what people told is to be had or brought: these are not merely asked, but served."""
_DRAFT = "/v1/projects/<int:project_id>/forms/<name:form>/draft"
_RECORD = "/v1/projects/<int:project_id>/forms/<name:form>/submissions/<name:instance_id>"
ASKED_ALONE = {
    **dict.fromkeys(
        (f"{method} {_DRAFT}/attachments/<name:file>" for method in ("GET", "POST", "DELETE")),
        "the form names no file of its own",
    ),
    f"GET {_DRAFT}.xlsx": "the form is made of XML, not of a workbook",
    f"POST {_DRAFT}/publish": "Briefcase publishes it",
    f"GET {_DRAFT}.svc/Submissions(<record>)/<path:inside>": "the form has no repeat",
    "GET /v1/projects/<int:project_id>/forms/<name:form_id>.svc/Submissions(<record>)"
    "/<path:inside>": "the form has no repeat",
    f"GET {_RECORD}/attachments/<name:attachment>": "a file is opened on the page of its record",
    f"GET {_RECORD}/versions/<name:version_id>/attachments/<name:attachment>": "the same",
    "POST /p/<slug>/submissions/<submission>/files/<opened>/seen": "shows nothing",
    "POST /p/<slug>/submissions/<submission>/emergency": "gives access, and tells of nobody",
    "POST /v1/projects/<int:project_id>/told": "no form but testimonies is taken",
    "PUT /v1/projects/<int:project_id>/told/<item_id>/attachments/<name>": "the same",
}
"""Those of them that serve nothing here, and why."""
KNOWN = {
    "an instance's ID": "an opaque key that the phone made: a record is found, sent again, edited "
    "and taken back by it, and after an erasure a stand-in is left",
    "the ID of an entity": "the same of an entity: it is found, updated and carried by it, and "
    "whoever made the record or the request made it at random",
    "the ID of an entity in an address": "the same, of one that a program made and asked for",
    "the version that a record says": "of a blank form, which lies in clear as every phone has it",
    "what program sent a record": "Central's clients read it (userAgent); a phone's serial is not "
    "in it, and lies as a pseudonym",
    "the name of somebody of the team": "who collected, opened and decided is to be answered for",
    "the address of somebody of the team": "she signs in by it",
    "the name of a phone": "so that a lost one is found on a list",
    "the name of a script": "so that its end is asked for by name",
}
"""What stands in the database in clear, and why it may (decision 0047): shown to whoever may look,
and in no log, metric, temporary file, name of a file, or error."""
FORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:jr="http://openrosa.org/javarosa" xmlns:samleng="https://samleng.org/xforms"
 xmlns:entities="http://www.opendatakit.org/xforms/entities"
 xmlns:orx="http://openrosa.org/xforms"><h:head><h:title>Sweep</h:title><model>
 <instance><data id="sweep" version="1"><name/><phone/><told/><other/><gps/><card/><photo/>
 <voice/><prov/><orx:meta><orx:instanceID/><orx:instanceName/><orx:audit/>
 <entity dataset="swept" id="" create="1"><label/></entity></orx:meta></data></instance>
 <instance id="swept" src="jr://file-csv/swept.csv"/>
 <submission orx:auto-delete="true"/>
 <bind nodeset="/data/name" type="string" samleng:class="identity" samleng:tag="person.name"
  entities:saveto="who"/>
 <bind nodeset="/data/phone" type="string" samleng:class="identity"/>
 <bind nodeset="/data/told" type="string" samleng:class="testimony" entities:saveto="told"/>
 <bind nodeset="/data/other" type="string"/>
 <bind nodeset="/data/gps" type="geopoint"/>
 <bind nodeset="/data/card" type="barcode"/>
 <bind nodeset="/data/photo" type="binary"/>
 <bind nodeset="/data/voice" type="binary"/>
 <bind nodeset="/data/prov" type="string" samleng:class="coded" samleng:tag="geo.adm1"/>
 <bind nodeset="/data/orx:meta/orx:instanceID" type="string" jr:preload="uid"/>
 <bind nodeset="/data/orx:meta/orx:audit" type="binary"/>
 <bind nodeset="/data/orx:meta/orx:instanceName" type="string"/></model></h:head><h:body>
 <input ref="/data/name"><label>n</label></input><input ref="/data/phone"><label>p</label></input>
 <input ref="/data/told"><label>t</label></input><input ref="/data/other"><label>o</label></input>
 <input ref="/data/gps"><label>g</label></input><input ref="/data/card"><label>c</label></input>
 <upload ref="/data/photo" mediatype="image/*"><label>f</label></upload>
 <upload ref="/data/voice" mediatype="audio/*"><label>v</label></upload>
 <input ref="/data/prov"><label>l</label></input></h:body></h:html>"""


class Sender:
    """Raw HTTP against the running server; every answer is kept for the search."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.answers: list[tuple[str, bytes]] = []
        self.asked: list[tuple[str, str, int]] = []
        """Method, path, and what status that had."""

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            told = f"{reply.getheaders()}".encode()
            name = f"the answer {reply.status} to {method} {path[:20]}…"
            self.answers.append((name, told + reply.read()))
            self.asked.append((method, path, reply.status))
            return reply.status
        finally:
            connection.close()

    @property
    def phone_path(self) -> str:
        return urllib.parse.urlsplit(self.site.phone_url).path

    def send(
        self,
        xml: bytes,
        files: dict[str, bytes],
        headers: dict[str, str],
        place: str = "",
    ) -> int:
        boundary = "b0undary"
        parts = [("xml_submission_file", "s.xml", "text/xml", xml)]
        parts += [(name, name, "application/octet-stream", held) for name, held in files.items()]
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
            f'filename="{file}"\r\nContent-Type: {kind}\r\n\r\n'.encode()
            + held
            + b"\r\n"
            for name, file, kind, held in parts
        )
        return self.ask(
            "POST",
            f"{place or self.phone_path}/submission?deviceID={headers['X-Device']}",
            body + f"--{boundary}--\r\n".encode(),
            {"Content-Type": f"multipart/form-data; boundary={boundary}", **headers},
        )


@pytest.mark.parametrize("kind", ["site", "postgresql_site"])
def test_s07_s37_s50_c70_nothing_told_and_no_secret_lies_anywhere_in_clear(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    site: Site = request.getfixturevalue(kind).copy_to(tmp_path / "data")
    secret, shown = _sweep(site, tmp_path)
    assert not secret, "\n".join(secret)
    assert shown > 0  # what is meant to be shown is found in the same places: the sweep sees


def test_s50_goes_red_where_nothing_is_sealed(site: Site, tmp_path: Path) -> None:
    secret, _ = _sweep(site.copy_to(tmp_path / "data"), tmp_path, mutants.env("sealing_off"))
    leaked = {hit.partition(": ")[0] for hit in secret}
    assert leaked == {
        "a record", "a copy that contradicts", "an unreadable record",
        "a record of an unknown version", "an upload under way", "an item of an app",
    }  # fmt: skip
    names = {hit.partition(": ")[2].partition(":")[0] for hit in secret}
    assert {"name of the photo", "name of the sound"} <= names


def _sweep(
    site: Site, tmp_path: Path, env: Mapping[str, str] | None = None
) -> tuple[list[str], int]:
    """Where canaries were found after a busy day, and how often what is no secret."""
    words = Canaries()
    words.keep("the phone's token", site.token)
    (tmp_path / "tmp").mkdir()
    (tmp_path / "backups").mkdir()
    _prepare(site, words, tmp_path)
    sender = Sender(site)
    (tmp_path / "kept").mkdir()
    settings = {"TMPDIR": str(tmp_path / "tmp"), "SAMLENG_MOVE_IN_PRIVATE": "on"}
    with Server(site, {**settings, **(env or {})}) as server:
        _everyday(sender, words)
        if env is None:  # it reads again what it sent, which opens nowhere unless it was sealed
            _by_program(sender, words)
        _of_an_app(sender, words)
        bearer = _what_is_opened(sender, words, opens=env is None)
        _what_goes_wrong(sender, words)
        if env is None:
            _everywhere(sender, words, bearer, tmp_path / "kept")
        sender.ask("GET", "/metrics")
        _back_up(site, tmp_path / "backups")
        with _under_way(site, words):
            server.kill()  # temporary files, if there are any, stay
        held = [*_left_behind(site, tmp_path), *sender.answers]
    assert len(words.put) > 50
    shown = {where: words.put.pop(where) for where in [*words.put] if where.startswith("shown")}
    known = {
        what: words.put.pop(f"known: {what}") for what in KNOWN if f"known: {what}" in words.put
    }
    told = canaries.found_in(held, known)
    assert env is not None or known.keys() == KNOWN.keys()
    assert {hit.partition(": ")[0] for hit in told} == {*known}, "more is sealed than is said"
    elsewhere = [hit for hit in told if not _may_stand_there(hit, site, tmp_path)]
    secret = canaries.found_in(held, words.put)
    return secret + elsewhere, len(canaries.found_in(held, shown))


def _may_stand_there(hit: str, site: Site, tmp_path: Path) -> bool:
    """In the database, its copies, and what is told to whoever may ask."""
    place = hit.partition(": ")[2]
    aside = (site.data_dir / "blobs", site.data_dir / "keys", tmp_path / "tmp")
    is_stored = place.startswith("/") and not place.startswith(tuple(map(str, aside)))
    return is_stored or (place.startswith("the answer 20") and "/metrics" not in place)


def _prepare(site: Site, words: Canaries, tmp_path: Path) -> None:
    """A form with every class of answer, a person with a password, one thing that is no secret."""
    form = tmp_path / "sweep.xml"
    form.write_text(FORM.replace("Sweep", words.word("shown, the title of the form")), "utf-8")
    site.command(
        "forms", "publish", str(form), "--project", str(site.project_id), "--ignore-warnings"
    )
    form.unlink()
    made = commands.run(
        ["users", "create", EMAIL, "--role", "field_worker", "--project", str(site.project_id),
         "--password-stdin", "--totp", "--json"],
        site.env(), stdin=words.word("a password").encode(),
    )  # fmt: skip
    assert made.returncode == 0
    assert words.put["a password"] not in made.stdout + made.stderr
    told = urllib.parse.urlsplit(json.loads(made.stdout)["totp_uri"]).query
    words.keep("the seed of a second factor", urllib.parse.parse_qs(told)["secret"][0])
    form.write_text(_survivors_form(), "utf-8")
    site.command(
        "forms", "publish", str(form), "--project", str(site.project_id), "--ignore-warnings"
    )
    form.unlink()
    for email, who in ((COORDINATOR, "a coordinator"), (SECOND, "a second coordinator")):
        made = site.run(
            "users", "create", email, "--role", "coordinator", "--project",
            str(site.project_id), "--password-stdin", "--totp", "--json",
            stdin=words.word(f"{who}'s password"),
        )  # fmt: skip
        told = urllib.parse.urlsplit(json.loads(made)["totp_uri"]).query
        words.keep(f"{who}'s seed", urllib.parse.parse_qs(told)["secret"][0])
    _with_digest(site, words)
    name = words.word("known: the name of a script")
    script = site.command("api-tokens", "create", name, "--scope", "figures")
    words.keep("a script's token", script["token"])
    script = site.command("api-tokens", "create", "Central", "--scope", "all")
    words.keep("a script's token for everything", script["token"])
    more = ("identity", "testimony", "removals")
    scopes = [word for one in ("all", *more) for word in ("--scope", one)]
    script = site.command("api-tokens", "create", "Names", *scopes)
    words.keep("a script's token for names too", script["token"])
    project = ("--project", str(site.project_id))
    phone = site.command("app-users", "create", words.word("known: the name of a phone"), *project)
    words.keep("another phone's token", phone["token"])
    address = words.word("known: the address of somebody of the team").lower()
    words.keep("known: the address of somebody of the team", address)
    made = site.command("users", "create", f"{address}@x.org", "--role", "analyst", *project)
    words.keep("a link by which somebody comes in", made["setup_url"].rpartition("/")[2])


def _survivors_form() -> str:
    """With consent, so that files may be opened; phones forget what they sent."""
    return survivors.form_xml().replace(
        "</instance><bind", '</instance><submission orx:auto-delete="true"/><bind', 1
    )


def _with_digest(site: Site, words: Canaries) -> None:
    """A phone with a Digest password, and what the server keeps of it."""
    made = commands.run(
        ["app-users", "create", "Digest", "--project", str(site.project_id), "--json"],
        {**site.env(), "SAMLENG_DIGEST": "on"},
    )
    phone = json.loads(made.stdout)
    words.keep("a Digest phone's token", phone["token"])
    password = words.keep("a Digest password", phone["digest_password"])
    realm = from_environment({**site.env(), "SAMLENG_DIGEST": "on"}).digest_realm or ""
    user = digest.user_name(phone["id"])
    for algorithm in (digest.SHA256, digest.MD5):
        words.keep(f"HA1 by {algorithm}", digest.ha1(algorithm, user, realm, password))


def _record(
    words: Canaries, label: str, instance: str, edits: str = ""
) -> tuple[bytes, dict[str, bytes]]:
    """A record with a canary in every place that a person fills."""

    def put(where: str) -> str:
        return words.word(f"{label}: {where}")

    photo, voice = f"{put('name of the photo')}.jpg", f"{put('name of the sound')}.m4a"
    log = f"{put('name of the log')}.csv"
    base = f"<orx:deprecatedID>{edits}</orx:deprecatedID>" if edits else ""
    name, entity = put("name"), str(uuid.uuid4())
    if label == "a record":
        words.keep("known: the ID of an entity", entity)
    gps = f"{words.number(f'{label}: latitude')} {words.number(f'{label}: longitude')} 0 5"
    xml = (
        f'<data xmlns:orx="http://openrosa.org/xforms" id="sweep" version="1">'
        f"<name>{name}</name><phone>{put('phone number')}</phone>"
        f"<told>{put('testimony')}</told><other>{put('free text')}</other><gps>{gps}</gps>"
        f"<card>{put('card number')}</card><photo>{photo}</photo><voice>{voice}</voice>"
        f"<prov>02</prov><extra>{put('an element the form does not know')}</extra>"
        f"<orx:meta><orx:instanceID>{instance}</orx:instanceID>{base}<orx:audit>{log}</orx:audit>"
        f"<orx:instanceName>{put('the name of the instance')}</orx:instanceName>"
        f'<entity dataset="swept" id="{entity}" create="1"><label>{name}</label></entity>'
        f"</orx:meta>"
        f"<!-- {put('a comment')} --></data>"
    ).encode()
    exif = f"GPS {words.number(f'{label}: GPS of the photo')}".encode()
    files = {
        photo: b"\xff\xd8\xff\xe1\0\x30Exif\0\0" + exif + b"\xff\xd9",
        voice: put("what was recorded").encode() * 9000,  # more than one sealed piece
        log: (
            "event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user\n"
            f"question,/data/name,1,2,{words.number(f'{label}: where it was filled in')},103,5,"
            f"{put('what was typed first')},{name},{put('who typed it')}\n"
        ).encode(),
    }
    return xml, files


def _by_program(sender: Sender, words: Canaries) -> None:
    """A record, a file and a comment by the API of Central; its XML comes back masked. A draft,
    and a record that a phone sends to try it."""
    secret = words.put["a script's token for everything"]
    bearer = {"Authorization": f"Bearer {secret}"}
    form = f"/v1/projects/{sender.site.project_id}/forms/sweep"
    xml, files = _record(words, "a record by a program", "uuid:four")
    assert sender.ask("POST", f"{form}/submissions", xml, bearer) == 200
    record = f"{form}/submissions/uuid:four"
    for name, held in files.items():
        assert sender.ask("POST", f"{record}/attachments/{name}", held, bearer) == 200
    said = json.dumps({"body": words.word("what the team said: a comment")}).encode()
    json_type = {"Content-Type": "application/json", **bearer}
    assert sender.ask("POST", f"{record}/comments", said, json_type) == 200
    sender.answers.pop()  # it tells whoever said it what was said
    for path in ("", ".xml", ".xml?purpose=work", "/versions"):
        assert sender.ask("GET", f"{record}{path}", headers=bearer) == 200
    assert sender.ask("POST", f"{form}/draft", headers=bearer) == 200
    assert sender.ask("GET", f"{form}/draft", headers=bearer) == 200
    told = json.loads(sender.answers.pop()[1].partition(b"{")[2].join((b"{", b"")))
    token = words.keep("the token of a draft", told["draftToken"])
    trial, files = _record(words, "a trial of a draft", "uuid:five")
    place = f"/v1/test/{token}/projects/{sender.site.project_id}/forms/sweep/draft"
    headers = {"X-Device": words.word("the serial of a phone that tries")}
    assert sender.send(trial, files, headers, place) == 201


def _everyday(sender: Sender, words: Canaries) -> None:
    headers = {
        "X-Device": words.word("the phone's serial"),
        "Referer": f"http://x/{words.word('a header')}",
        "Cookie": f"samleng_session={words.word('a cookie')}",
    }
    xml, files = _record(words, "a record", "uuid:one")
    assert sender.send(xml, files, headers) == 201
    assert sender.send(xml, files, headers) in (201, 202)
    other, more = _record(words, "a copy that contradicts", "uuid:one")
    assert sender.send(other, more, headers) == 202
    broken, its_files = _record(words, "an unreadable record", "uuid:two")
    assert sender.send(broken[:-9], its_files, headers) == 202
    left_over = {f"{words.word('the name of a file that no record names')}.jpg": b"left over"}
    assert sender.send(xml, {**files, **left_over}, headers) in (201, 202)
    named = words.word("known: an instance's ID")
    unknown, _ = _record(words, "a record of an unknown version", named)
    version = f'version="{words.word("known: the version that a record says")}"'.encode()
    agent = {"User-Agent": f"x/1 {words.word('known: what program sent a record')}"}
    unknown = unknown.replace(b'version="1"', version)
    assert sender.send(unknown, {}, {**headers, **agent}) in (201, 202)
    _tokens_in_queries(sender, words)
    seed = base64.b32decode(words.put["the seed of a second factor"])
    code = second_factor.code_at(seed, second_factor.step_at(dt.datetime.now(dt.UTC)))
    given = {"email": EMAIL, "password": words.put["a password"], "totp": code}
    session = json.dumps(given).encode()
    json_type = {"Content-Type": "application/json"}
    assert sender.ask("POST", "/v1/sessions", session, json_type) == 200
    opened = json.loads(sender.answers.pop()[1].partition(b"{")[2].join((b"{", b"")))
    words.keep("an access token", opened["token"])
    words.keep("a refresh token", opened["refresh_token"])
    renewal = json.dumps({"refresh_token": opened["refresh_token"]}).encode()
    assert sender.ask("POST", "/v1/sessions/refresh", renewal, json_type) == 200
    renewed = json.loads(sender.answers.pop()[1].partition(b"{")[2].join((b"{", b"")))
    words.keep("the next refresh token", renewed["refresh_token"])
    bearer = {"Authorization": f"Bearer {opened['token']}"}
    assert sender.ask("GET", "/v1/users/current", headers=bearer) == 200
    held = words.put["a script's token"]
    script = {"Authorization": f"Bearer {held}"}
    assert sender.ask("GET", "/v1/users/current", headers=script) == 200
    listing = f"{sender.phone_path}/formList?deviceID={words.word('an install id')}"
    assert sender.ask("HEAD", listing) == 200  # its body names the token, to the phone alone


def _tokens_in_queries(sender: Sender, words: Canaries) -> None:
    """As Enketo names them, where all is well and where it is not; a proxy's log is not ours."""
    base, token = f"/v1/projects/{sender.site.project_id}", words.put["the phone's token"]
    assert sender.ask("GET", f"{base}/formList?st={token}") == 200
    sender.answers.pop()  # its addresses have the token in the path, for the phone alone
    linked = {"Referer": f"http://x{base}/formList?st={token}"}
    for path, status in (("nowhere", 404), ("forms/none/manifest", 404), ("submission", 400)):
        method = "POST" if path == "submission" else "GET"
        kind = {"Content-Type": "multipart/form-data; boundary=b"} if method == "POST" else {}
        assert sender.ask(method, f"{base}/{path}?st={token}", headers={**linked, **kind}) == status
    nobody = words.word("a token of nobody in a query")
    assert sender.ask("GET", f"{base}/formList?st={nobody}") == 403
    assert sender.ask("GET", f"/p/samleng/?token={nobody}&st={token}") in (302, 303, 401, 404)
    sender.answers.pop()  # the page of signing in keeps the address that was asked for


def _of_an_app(sender: Sender, words: Canaries) -> None:
    """By JSON sync: an item, one that is refused, and a file of which the rest never comes."""

    def put(where: str) -> str:
        return words.word(f"an item of an app: {where}")

    photo = f"{put('name of the photo')}.jpg"
    answers = {
        "name": put("name"), "phone": put("phone number"), "told": put("testimony"),
        "other": put("free text"), "photo": photo, "extra": put("a name the form does not know"),
    }  # fmt: skip
    envelope = {"form_id": "sweep", "version": "1"}
    items = [
        {"id": "app-1", "answers": answers, **envelope},
        {"id": "app-2", "answers": {"name": [[put("an answer that is none")]]}, **envelope},
        {"id": "app-3", "answers": {}, "strange": put("a field that is none"), **envelope},
    ]
    batch = {"device_id": words.word("an app's device"), "items": items}
    bearer = {"Authorization": f"Bearer {sender.site.token}"}
    base = f"/v1/projects/{sender.site.project_id}/sync"
    assert sender.ask("POST", base, json.dumps(batch).encode(), bearer) == 200
    told = sender.answers.pop()[1]  # names the file that is missing, to its sender alone
    assert told.count(photo.encode()) == 1
    sender.answers.append(("the answer to a batch", told.replace(photo.encode(), b"")))
    whole = put("what was photographed").encode() * 9000
    part = {**bearer, "Content-Range": f"bytes 0-{len(whole) - 1}/{len(whole) + 1}"}
    file = f"{base}/app-1/attachments/{urllib.parse.quote(photo)}"
    assert sender.ask("PUT", file, whole, part) == 200
    assert sender.ask("GET", file, headers=bearer) == 200
    assert sender.ask("GET", base, headers=bearer) == 200


def _what_is_opened(sender: Sender, words: Canaries, *, opens: bool) -> dict[str, str]:
    """A coordinator opens a picture, gets new recovery codes; somebody takes everything back. The
    picture decodes, so there is a clean copy, and what it told besides is not in it."""
    phone = {"X-Device": words.word("another serial")}
    photo = media_files.jpeg()
    for number, canary in enumerate(media_files.traces(photo)):
        if canary.isascii() and canary.decode().isprintable():
            words.keep(f"a record: trace {number} in the picture", canary.decode())
    code = words.word("a record: a withdrawal code")
    for instance, answers in (("uuid:five", {"photo": "a.jpg"}), ("uuid:six", {"code": code})):
        xml = survivors.told(instance, name=words.word(f"a record: name in {instance}"), **answers)
        files = {"a.jpg": photo} if "photo" in answers else {}
        assert sender.send(xml.encode(), files, phone) == 201
    bearer = _coordinator(sender, words)
    if opens:  # where nothing is sealed, nothing that was sealed opens
        _what_phones_hold(sender, bearer)
        copies = _copies(sender, bearer)
        assert len(copies) == 2, "the copy and the small one"
        assert {sender.ask("GET", path, headers=bearer) for path in copies} == {200}
        assert any(b"\xff\xd8\xff" in told for _, told in sender.answers[-2:])
    form = {**bearer, "Content-Type": "application/x-www-form-urlencoded"}
    assert sender.ask("POST", "/account/recovery-codes", b"", form) == 200
    codes = re.findall(rb"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", sender.answers.pop()[1])
    assert len(codes) == 10
    for number, one in enumerate(codes):
        words.keep(f"recovery code {number}", one.decode())
        words.keep(f"recovery code {number}, as typed", one.decode().replace("-", ""))
    if opens:  # before: while somebody is being erased, no file leaves
        Visit(sender, words, bearer).pulls_files(_signed_in(sender, words, SECOND))
    asked = json.dumps({"code": code}).encode()
    path = f"/v1/projects/{sender.site.project_id}/withdrawals"
    assert sender.ask("POST", path, asked, {"Content-Type": "application/json"}) == 201
    return bearer


def _everywhere(sender: Sender, words: Canaries, bearer: dict[str, str], kept: Path) -> None:
    """Whatever else there is; `kept`: where an operator keeps what she brings in."""
    visit = Visit(sender, words, bearer)
    edit, files = _record(words, "an edit", "uuid:edit", edits="uuid:one")
    visit.edits_and_compares(edit, files)
    visit.removes_on_the_page()
    visit.tries_a_draft(words.put["the token of a draft"])
    form = FORM.replace('version="1"', 'version="2"').encode()
    visit.pulls_and_pushes(form, *_record(words, "a record that Briefcase brings", "uuid:brought"))
    visit.invites_somebody()
    visit.keeps_lists()
    holds_a_meeting(visit)
    _moves(visit, kept)
    visit.asks_everywhere()
    asked, served = of_those_asked(sender.asked)
    assert set(ROUTES) - asked == set(NEVER), "visit new routes, or say in NEVER why not"
    wanted = [route for route in ROUTES if route.partition(" ")[2].startswith(SERVES)]
    assert len(wanted) > 80
    silent = "\n".join(sorted((set(wanted) - served) ^ set(ASKED_ALONE)))
    assert not silent, f"let them serve something, or say why not:\n{silent}"


def _moves(visit: Visit, kept: Path) -> None:
    """By the page, and by the command, from a server and from a file."""
    words, site = visit.words, visit.sender.site
    token = words.word("the token of the server that is left")
    routes = central()
    for path, held in routes.items():
        if path.endswith(".xml") and "/submissions/" in path:
            told = words.word(f"a record that is brought: {path[-20:]}")
            routes[path] = held.replace("<name>", f"<name>{told} ", 1)
    with scripted(answering(routes, f"Bearer {token}")) as (address, _):
        visit.moves_in(address, token)
        visit.moves_in_from_a_file()
        visit.imports_casualties()
        where = ("--of", "7", "--project", str(site.project_id), "--token-stdin")
        env = {"SAMLENG_MOVE_IN_PRIVATE": "on"}
        site.run("import", "central", address, *where, stdin=f"{token}\n", env=env)
    xml, files = _record(words, "a record of a folder", "uuid:folder")
    folder = kept / "instances" / "one"
    folder.mkdir(parents=True)
    for name, held in {"submission.xml": xml, **files}.items():
        (folder / name).write_bytes(held)
    project = ("--project", str(site.project_id))
    site.run("import", "submissions", str(folder.parent), "--form", "sweep", *project, "--json")
    table = kept / "swept.csv"
    table.write_text(f"label,told\n{words.word('a label of a file')},{words.word('a cell')}\n")
    site.run("import", "entities", str(table), "--list", "kept", *project, "--json")


def _what_phones_hold(sender: Sender, bearer: dict[str, str]) -> None:
    """The records became entities of a list that names people. No coordinator allowed the phone to
    hold it: it gets the list, and nobody is in it."""
    numbers = f"/v1/projects/{sender.site.project_id}/datasets"
    until = time.monotonic() + 90
    while time.monotonic() < until:
        headers = {**bearer, "X-Extended-Metadata": "true"}
        assert sender.ask("GET", numbers, headers=headers) == 200
        if re.search(rb'"entities":[2-9]', sender.answers[-1][1]):  # others may have come too
            break
        time.sleep(0.2)  # the worker makes them
    else:
        raise AssertionError("no entity came to be")
    forms = f"{sender.phone_path}/forms/sweep"
    assert sender.ask("GET", f"{forms}/manifest") == 200
    sender.answers.pop()  # it names the token, to the phone alone
    assert sender.ask("GET", f"{forms}/attachments/swept.csv") == 200
    assert b"name,label,__version,who,told" in sender.answers[-1][1]


def _coordinator(sender: Sender, words: Canaries) -> dict[str, str]:
    return _signed_in(sender, words, COORDINATOR)


def _signed_in(sender: Sender, words: Canaries, email: str) -> dict[str, str]:
    who = "a coordinator" if email == COORDINATOR else "a second coordinator"
    seed = base64.b32decode(words.put[f"{who}'s seed"])
    code = second_factor.code_at(seed, second_factor.step_at(dt.datetime.now(dt.UTC)))
    given = {"email": email, "password": words.put[f"{who}'s password"], "totp": code}
    json_type = {"Content-Type": "application/json"}
    assert sender.ask("POST", "/v1/sessions", json.dumps(given).encode(), json_type) == 200
    told = sender.answers.pop()[1].decode("latin-1")
    token = words.keep(f"{who}'s access token", _said(told, "token"))
    words.keep(f"{who}'s refresh token", _said(told, "refresh_token"))
    return {"Authorization": f"Bearer {token}"}


def _said(told: str, name: str) -> str:
    found = re.search(rf'"{name}": ?"([^"]+)"', told)
    assert found
    return found[1]


def _copies(sender: Sender, bearer: dict[str, str]) -> list[str]:
    """Addresses of the clean copies of the one picture, opened for the team's work."""
    listed, until = "/p/samleng/submissions", time.monotonic() + 30
    form = {**bearer, "Content-Type": "application/x-www-form-urlencoded"}
    while time.monotonic() < until:
        for page in _found(sender, rf'href="({listed}/[0-9a-f-]{{36}})"', listed, bearer):
            for file in _found(sender, r'action="(/p/[^"]+/files/[^"]+)"', page, bearer):
                assert sender.ask("POST", file, b"purpose=work", form) == 200
                return _addresses(sender, r'(?:src|href)="(/p/[^"]+/files/[^"]+)"')
        time.sleep(0.2)  # the worker prepares it
    raise AssertionError("no clean copy came to be")


def _found(sender: Sender, pattern: str, path: str, headers: dict[str, str]) -> list[str]:
    assert sender.ask("GET", path, headers=headers) == 200
    return _addresses(sender, pattern)


def _addresses(sender: Sender, pattern: str) -> list[str]:
    """In the last answer, each once."""
    told = sender.answers[-1][1].decode("latin-1")
    return list(dict.fromkeys(re.findall(pattern, told)))


def _what_goes_wrong(sender: Sender, words: Canaries) -> None:
    """Refusals and errors of every kind, each with a canary in its hands."""
    json_type = {"Content-Type": "application/json"}
    wrong = {"email": EMAIL, "password": words.word("a wrong password")}
    assert sender.ask("POST", "/v1/sessions", json.dumps(wrong).encode(), json_type) == 401
    stranger = {"email": f"{words.word('an unknown address')}@x.org", "password": "x" * 20}
    assert sender.ask("POST", "/v1/sessions", json.dumps(stranger).encode(), json_type) == 401
    nobody = words.word("a token of nobody")
    for path in (f"/v1/key/{nobody}/projects/1/formList", f"/setup/{words.word('a link')}"):
        assert sender.ask("GET", path) in (200, 403, 404, 410)
    with_token = sender.phone_path
    assert sender.ask("GET", f"{with_token}/nowhere") == 404
    assert sender.ask("PUT", f"{with_token}/submission") == 405
    assert sender.ask("GET", f"{with_token}/formList", headers={"Host": "elsewhere"}) == 421
    assert sender.ask("GET", f"/sign-in?next=/{words.word('a query')}") == 200
    sender.answers.pop()  # the form keeps the address that was asked for
    basic = {"Authorization": f"Basic {words.word('a Basic header')}"}
    assert sender.ask("GET", "/v1/projects/1/formList", headers=basic) in (401, 403)
    cut = b'--b\r\nContent-Disposition: form-data; name="xml_submission_file"\r\n\r\n<data>'
    cut += words.word("a body without an end").encode()
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    assert sender.ask("POST", f"{with_token}/submission", cut, kind) == 400
    too_much = (words.word("a body too large").encode() * 60_000)[:900_000] * 6
    huge = cut + too_much + b"\r\n--b--\r\n"
    assert sender.ask("POST", f"{with_token}/submission", huge, kind) == 413


@contextlib.contextmanager
def _under_way(site: Site, words: Canaries) -> Iterator[None]:
    """An upload of which the server has read most."""
    path = urllib.parse.urlsplit(site.phone_url).path
    head = (
        f"POST {path}/submission HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nContent-Length: 9000000"
        "\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: "
        f'form-data; name="a.jpg"; filename="{words.word("the name of an upload")}.jpg"\r\n\r\n'
    )
    word = words.word("an upload under way").encode()
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(head.encode() + word * 200_000)
        time.sleep(0.5)  # what the kernel holds for the server is not yet the server's
        yield


def _back_up(site: Site, where: Path) -> None:
    """As docs/for-operators.md says, while the server runs."""
    if site.database_url:
        (where / "dump.txt").write_bytes(postgres.dump(site.database_url))
        return
    for name in ("samleng.db", "keys.db"):
        source = sqlite3.connect(site.data_dir / name)
        copy = sqlite3.connect(where / name)
        source.backup(copy)
        source.close()
        copy.close()


def _left_behind(site: Site, tmp_path: Path) -> Iterator[tuple[str, bytes]]:
    yield from canaries.files(site.data_dir, tmp_path / "tmp", tmp_path / "backups")
    log = tmp_path / "data.log"
    yield "the log", log.read_bytes()
    if site.database_url:
        yield from canaries.files(*postgres.files_of(site.database_url))


def test_the_sweep_sees_every_shape() -> None:
    words = Canaries()
    word, key = words.word("a word"), uuid.uuid4()
    assert {key.bytes, key.hex.encode(), str(key).encode()} <= {*canaries.shapes(str(key))}
    for shape in canaries.shapes(word):
        for packed in (shape, b"--" + gzip.compress(b"x" + shape), zlib.compress(shape)):
            assert canaries.found_in([("here", packed)], words.put) == ["a word: here"]
    assert canaries.found_in([("here", word[:-1].encode())], words.put) == []
