"""A record that has whatever a record can have, and every address asked for it, as every caller.

Two versions, a place, a picture, a log of how it was filled in, a comment, an entity that it made
and phones hold, a file in which it was pulled out; and the person told an app a second one.
"""

from __future__ import annotations

import datetime as dt
import gzip
import html
import io
import json
import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa

from service.accounts import actions as accounts
from service.accounts import credentials
from service.accounts.actor import SYSTEM, Role, Scope
from service.accounts.tables import AppUser
from service.entities import actions as entities
from service.forms import actions as publishing
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import Problem
from service.intake.tables import Part, PreparedFile, State, Submission
from service.persons.actions import today
from service.testimonies.actions import desk, filing, using, writing
from service.testimonies.actions.filing import FileGoing
from service.testimonies.actions.using import Going
from service.testimonies.actions.writing import ReadBack, Written
from service.testimonies.queries import pictures, texts
from service.testimonies.queries.files import medium_of
from service.testimonies.terms import Faces, How, Means, Medium, Wanted
from service.testimonies.terms import Kind as StoryKind
from tests import media_files
from tests.conftest import drain
from tests.entity_forms import ENTITIES
from tests.factories import Phone, a_coordinator
from tests.survivors import FORM_ID, YES, form_xml, told
from tests.test_authorisation import NO_SUCH, Caller, World, fill, query
from tests.web.people import signed_in

CODE = "4TZC-8WQH-2KDN"
FIRST = "uuid:5b0c2f5e-residue-4c1d-9d52-7d6f3a1e0b11"
SECOND = "uuid:5b0c2f5e-residue-4c1d-9d52-7d6f3a1e0b22"
BY_APP = "residue-of-an-app-0b33"
ENTITY = "5b0c2f5e-4c1d-4d52-8d6f-7d6f3a1e0b44"
EVERYTHING = [Scope.EXPORTS, Scope.SUBMISSIONS, Scope.IDENTITY, Scope.TESTIMONY, Scope.ENTITIES]
PHOTO, LIST = "residue-photo.jpg", "swept"
ANSWERS = {
    "name": "ស្រីមុំ Residuename", "phone": "012555777", "village": "ភូមិ Residuevillage",
    "need_text": "Residueneed", "wish": "Residuewish", "place": "Residueplace", "hh": "RESIDUEHH",
    "photo": PHOTO, "witness": "Residuewitness",
}  # fmt: skip
THIRD, LATER = "uuid:5b0c2f5e-residue-4c1d-9d52-7d6f3a1e0b55", "ស្រីមុំ Residuelater"
"""Of another visit, which contradicts what was made of the entity meanwhile."""
BEFORE_THE_EDIT, COMMENT = "ស្រីមុំ Residuebefore", "Residuecomment"
TEXT = "Residuetext"
"""Made of what was told, read back, released, and on a public page."""
LATITUDE, LONGITUDE = "11.5731904", "104.9160287"
TYPED, WHO_TYPED = "Residuetyped", "Residuecollector"
LOG = (
    "event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user,change-reason\n"
    f"question,/data/name,1,2,{LATITUDE},{LONGITUDE},5,{TYPED},{ANSWERS['name']},{WHO_TYPED},\n"
)
WORDS = [
    FIRST, SECOND, THIRD, LATER, BY_APP, ENTITY, CODE, CODE.replace("-", ""), *ANSWERS.values(),
    BEFORE_THE_EDIT, COMMENT, TEXT, LATITUDE, LONGITUDE, TYPED, WHO_TYPED,
]  # fmt: skip
PICTURE, VOICE, FILM, ADDRESS = "its picture", "its voice", "its film", "its address"
BEGINS = {
    PICTURE: rb"\xff\xd8\xff|RIFF....WEBP",  # the clean copy, and the small one
    VOICE: rb"RIFF....WAVE",
    FILM: rb"\x1a\x45\xdf\xa3",
}
SENT_BESIDE = {"sound": "residue-voice.wav", "film": "residue-film.webm"}
STAYS = {"GET /p/<slug>/readings": {ADDRESS}}
"""Who looked at a file of which record, and when, is to be answered for afterwards too: by a key
that leads to a page which says that the record was taken back."""
SETTLED = dt.timedelta(seconds=11)
"""After so long JSON sync tells of what came: what is still being committed it does not."""
ENDS = {"POST /sign-out", "DELETE /v1/sessions/current", "DELETE /v1/sessions/<token>"}

Found = dict[str, set[str]]


class Ids(NamedTuple):
    """What the records of one person are called."""

    first: str
    second: str
    third: str
    by_app: str
    entity: str
    code: str

    @staticmethod
    def of(digit: int) -> Ids:
        """Those of one more person in the same project."""
        records = (f"{one[:-3]}{digit}{one[-2:]}" for one in HERS[:-1])
        return Ids(*records, code=f"{CODE[:-1]}{digit}")


HERS = Ids(FIRST, SECOND, THIRD, BY_APP, ENTITY, CODE)


@dataclass(kw_only=True)
class Asked:
    """What stands in the addresses, and who asks what besides what all do."""

    world: World
    ids: Ids
    values: dict[str, object]
    reads_names: Caller
    """A script that may see everything, if it says what for."""
    owns_file: Caller
    """Who asked for the file, and looked at the picture."""
    callers: list[Caller] = field(default_factory=list)
    purpose: str = "work"
    used: list[dict[str, object]] = field(default_factory=list)
    """What is on public pages: of words, of a picture, a voice and a film."""

    def of(self, route: str) -> Iterator[tuple[str, Mapping[str, object], Caller]]:
        """Rule with query, values, caller: all that is to be asked there."""
        rule = route.partition(" ")[2]
        values, callers = self.values, self.callers
        if "<story_use>" in rule or "<story_file>" in rule:
            for one in self.used or [{}]:
                yield from ((rule, {**values, **one}, caller) for caller in callers)
            return
        if "/draft" in rule:  # holds what its own makers try, and a new one is made for each asking
            values = {**values, "record": self.world.own["record"]}
            callers = [one for one in callers if one.role in ("coordinator", "script")]
        if "<uuid:record>" in rule:
            values = {**values, "record": self.values["submission"]}
        for caller in callers:
            yield rule, values, caller
        if _is_of_records(rule) or "<dataset>" in rule:
            yield f"{rule}?purpose={self.purpose}", values, self.reads_names
        if "<uuid:entity_id>" in rule:
            for caller in callers:
                yield f"{rule}?purpose={self.purpose}", values, caller

    def look(self, routes: Iterator[str]) -> Found:
        """{route: what of the record somebody was shown there}."""
        found: Found = {}
        for route in routes:
            method = route.partition(" ")[0]
            for rule, values, caller in self.of(route):
                answer = self.world.ask(method, rule, values, caller)
                assert answer.status_code < 500, (route, caller.name, answer.status_code)
                said = _all_of(answer.get_data()) + str(answer.headers)
                if "<uuid:entity_id>" in rule:  # pages, that of signing in too, link to themselves
                    said = said.replace(str(self.values["entity_id"]), "")
                found.setdefault(route, set()).update(self._residues(said, answer.get_data(), rule))
        return {
            route: words - STAYS.get(route, set())
            for route, words in found.items()
            if words - STAYS.get(route, set())
        }

    def _residues(self, said: str, data: bytes, rule: str) -> Iterator[str]:
        yield from (word for word in WORDS if word in said)
        yield from (medium for medium, begin in BEGINS.items() if re.match(begin, data, re.DOTALL))
        if f"submissions/{self.values['submission']}" in said and "/submissions/<" not in rule:
            yield ADDRESS


def address(route: str, asked: Asked) -> str:
    """Where this is asked: of one record, or of all."""
    rule = route.partition(" ")[2]
    return fill(rule, asked.values) + query(rule, asked.values)


def _all_of(data: bytes) -> str:
    """What can be read in it: of an archive or a workbook, the names and contents of its files."""
    if data.startswith(b"\x1f\x8b"):
        return _all_of(gzip.decompress(data))
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "\n".join(
                f"{name}\n{_all_of(archive.read(name))}" for name in archive.namelist()
            )
    text = data.decode("utf-8", "replace")
    if text.startswith(("{", "[")) and "\\u" in text:  # some write Khmer letters as numbers
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return html.unescape(text)


def _is_of_records(rule: str) -> bool:
    """Whether it hands out what records say, to programs."""
    ways = ("/submissions/<name:instance_id>", "/submissions.", "<name:form_id>.svc/", "/view/")
    return rule.startswith("/v1/") and "/draft" not in rule and any(way in rule for way in ways)


def is_of_answers(route: str) -> bool:
    """Whether names are to be seen there by whoever may see them. The form has no repeat."""
    ends = (".xml", ".csv", ".csv.zip", ".dta", ".dta.zip", ".jsonl", ".spss.zip", ".xlsx",
            "/<table>", "(<record>)", "/downloadSubmission", "/diffs", ".geojson")  # fmt: skip
    method, _, rule = route.partition(" ")
    return method == "GET" and _is_of_records(rule) and rule.endswith(ends)


# --- what is told before ------------------------------------------------------------------------
def _form() -> str:
    """The survivors' form, with a place, a log, and people whom it registers."""
    actions = 'create="1" update="1" baseVersion="" trunkVersion="" branchId=""'
    xml, block = form_xml(), f'<entity dataset="{LIST}" id="" {actions}><label/></entity>'
    for before, after in (
        ("xmlns:samleng=", f'xmlns:entities="{ENTITIES}" xmlns:samleng='),
        ("<orx:meta><orx:instanceID/>", f"<gps/><orx:meta><orx:instanceID/><orx:audit/>{block}"),
        ('<bind nodeset="/data/name" ', '<bind nodeset="/data/name" entities:saveto="who" '),
        ('</instance><bind', '</instance><submission orx:auto-delete="true"/><bind'),
        ("<bind nodeset", f'<instance id="{LIST}" src="jr://file-csv/{LIST}.csv"/><bind nodeset'),
        ("<bind nodeset", '<bind nodeset="/data/gps" type="geopoint"/><bind nodeset'),
        ("<bind nodeset", '<bind nodeset="/data/orx:meta/orx:audit" type="binary"/><bind nodeset'),
    ):  # fmt: skip
        xml = xml.replace(before, after, 1)
    return xml


CREATES, CONTRADICTS = 'create="1"', 'update="1" baseVersion="1"'


def _told(
    ids: Ids,
    instance_id: str,
    name: str,
    edits: str | None = None,
    does: str = CREATES,
    **said: str,
) -> str:
    block = f'<entity dataset="{LIST}" id="{ids.entity}" {does}><label>{name}</label></entity>'
    meta = f"<gps>{LATITUDE} {LONGITUDE} 0 5</gps><orx:meta><orx:audit>audit.csv</orx:audit>{block}"
    xml = told(instance_id, edits=edits, code=ids.code, **{**ANSWERS, "name": name, **said})
    return xml.replace("<orx:meta>", meta, 1)


def somebody_tells(world: World, ids: Ids = HERS, **said: str) -> Asked:
    """Everything that a record can have. `said`: what was answered otherwise, of consent and age:
    then not all of it comes to be. `ids`: others for everybody in one world."""
    said = {"quote": "yes", "media": "yes", **SENT_BESIDE, **said}
    project_id = int(str(world.own["project_id"]))
    xml, which = _form().encode(), f"of {ids.code[-1]}"
    blobs = world.app.extensions["samleng.blobs"]
    with unit_of_work() as session:
        if forms.find_form(session, project_id, FORM_ID) is None:
            publishing.publish_xml(session, SYSTEM, project_id, xml, media={}, blobs=blobs)
        swept = forms.find_list(session, project_id, LIST)
        made = accounts.create_app_user(session, SYSTEM, project_id, f"Residue {which}", None)
        script = accounts.create_api_token(session, SYSTEM, which, [project_id], EVERYTHING)
        assert swept is not None
        holder = int(str(_device(world)))
        for phone_id in (made.id, holder):
            entities.allow_phone(session, SYSTEM, project_id, LIST, phone_id)
    phone = Phone(client=world.client, project_id=project_id, token=made.token, id=made.id)
    files = {
        PHOTO: media_files.jpeg(), "audit.csv": LOG.encode(),
        SENT_BESIDE["sound"]: media_files.wav(), SENT_BESIDE["film"]: media_files.webm(),
    }  # fmt: skip
    assert phone.send(_told(ids, ids.first, BEFORE_THE_EDIT, **said), files).status_code == 201
    drain(world.app)
    edit = _told(ids, ids.second, ANSWERS["name"], ids.first, **said)
    assert phone.send(edit, files).status_code in (201, 202)
    advocate = next(one for one in world.callers if one.name == "advocate")
    answers = {**YES, **{key: text for key, text in ANSWERS.items() if key != "photo"}}
    answers = {**answers, "code": ids.code, **said}
    answers = {name: text for name, text in answers.items() if text and name not in SENT_BESIDE}
    item = {"id": ids.by_app, "form_id": FORM_ID, "version": "1", "answers": answers}
    sync = f"/v1/projects/{project_id}/sync"
    pushed = world.client.post(sync, json={"items": [item]}, headers=advocate.headers)
    assert [one["status"] for one in pushed.json["results"]] == ["stored"]
    drain(world.app)
    with unit_of_work() as session:
        key = session.scalars(
            sa.select(Submission.submission_pk).where(Submission.instance_id == ids.second)
        ).first()
        opened = session.scalars(
            sa.select(PreparedFile.prepared_pk)
            .join(Submission, Submission.submission_pk == PreparedFile.submission_pk)
            .where(PreparedFile.part == Part.COPY, Submission.record_pk != key)
            .where(PreparedFile.media_type.startswith("image/"))
            .where(Submission.instance_id.in_([ids.first, ids.second]))
            .order_by(PreparedFile.prepared_pk.desc())
        ).first()
    owner = next(one for one in world.callers if one.name == "coordinator")
    reads_names = Caller(
        name="script that may see names",
        headers={"Authorization": f"Bearer {script.token}"},
        role="script",
    )
    values = {
        **world.own, "submission": key or NO_SUCH, "file": f"{LIST}.csv",
        "instance_id": ids.first, "version_id": ids.second,
        "record": f"'{ids.first}'", "form": FORM_ID, "form_id": FORM_ID, "attachment": PHOTO,
        "dataset": LIST, "list_pk": swept.list_pk, "entity_id": ids.entity,
        "opened": opened or NO_SUCH, "item_id": ids.by_app,
    }  # fmt: skip
    asked = Asked(
        world=world, ids=ids, values=values, reads_names=reads_names, owns_file=owner,
        callers=[*world.callers, reads_names],
    )  # fmt: skip
    _somebody_works_with_it(asked, project_id)
    assert (
        phone.send(_told(ids, ids.third, LATER, does=CONTRADICTS, **said), files).status_code == 201
    )
    drain(world.app)
    return asked


def _somebody_changes_the_entity(project_id: int, entity_id: str) -> None:
    """So that there are two versions to compare, where there is one."""
    change, key = {"who": ANSWERS["name"]}, uuid.UUID(entity_id)
    with suppress(Problem), unit_of_work() as session:
        entities.update(
            session, SYSTEM, project_id, LIST, key, change, base_version=None, force=True
        )


def _device(world: World) -> object:
    """The phone that knocks everywhere."""
    token = next(one.token for one in world.callers if one.role == "device")
    with reading() as session:
        return session.scalar(
            sa.select(AppUser.id).where(AppUser.token_sha256 == credentials.token_sha256(token))
        )


def _somebody_works_with_it(asked: Asked, project_id: int) -> None:
    """A comment, a look at the picture, and a file with names that a second person agreed to."""
    world, values, by = asked.world, asked.values, asked.owns_file
    record = f"/v1/projects/{project_id}/forms/{FORM_ID}/submissions/{values['instance_id']}"
    said = world.client.post(f"{record}/comments", json={"body": COMMENT}, headers=by.headers)
    assert said.status_code in (200, 404)
    _somebody_changes_the_entity(project_id, str(values["entity_id"]))
    drain(world.app)
    with suppress(Problem):
        values.update(_a_text(project_id, uuid.UUID(str(values["submission"]))))
        asked.used = [{"story_use": values["story_use"]}]
        asked.used += _files_in_use(project_id, uuid.UUID(str(values["told_record"])))
    page = f"/p/{values['slug']}/submissions/{values['submission']}/files/{values['opened']}"
    opened = world.client.post(page, data={"purpose": "work"}, headers=by.headers)
    for first in re.findall(r'(?:src|href)="/p/[^"]+/files/([^"]+)"', opened.text)[:1]:
        values["opened"], _, values["ticket"] = first.partition("/")
    runs = f"/p/{values['slug']}/exports"
    fields = {
        "form_id": FORM_ID, "kind": "xlsx-linked", "words": "code", "purpose": "work",
        "identity": "yes",
    }  # fmt: skip
    wanted = world.client.post(runs, data=fields, headers=by.headers)
    values["run"] = wanted.headers["Location"].rpartition("#run-")[2]
    second = signed_in(world.key, Role.COORDINATOR, project_id)[0]
    assert world.client.post(f"{runs}/{values['run']}/agree", headers=second).status_code == 303
    drain(world.app)


def _a_text(project_id: int, submission: uuid.UUID) -> dict[str, object]:
    """Written by one, released by another, on a public page; where all of that is allowed."""
    one, another = a_coordinator(project_id, 901), a_coordinator(project_id, 902)
    given = Written(kind=StoryKind.TRANSCRIPT, language="km", words=TEXT)
    with unit_of_work() as session:
        record = desk.record_key(session, project_id, submission)
        text = writing.write(session, one, project_id, record, given)
        found = texts.find_version(session, project_id, text)
        assert found is not None
        seen = found.shown_digest
        said = ReadBack(seen=seen, on=today(), how=How.READ_ALOUD, language="khmer")
        writing.approve(session, one, project_id, text, said)
        writing.release(session, another, project_id, text, seen)
        going = Going(wanted=Wanted(), means=Means.WEB, whither="Report", seen=seen)
        use = using.use(session, one, project_id, text, going)
    return {"told_record": record, "story_text": text, "story_use": use}


def _files_in_use(project_id: int, record: uuid.UUID) -> list[dict[str, object]]:
    """Looked at by one, on public pages of their own."""
    one = a_coordinator(project_id, 901)
    with reading() as session:
        found = session.execute(
            sa.select(PreparedFile.media_type, PreparedFile.prepared_pk)
            .join(Submission, Submission.submission_pk == PreparedFile.submission_pk)
            .where(
                PreparedFile.part == Part.COPY,
                Submission.record_pk == record,
                Submission.state == State.CURRENT,
            )
        ).all()
    used: list[dict[str, object]] = []
    for media_type, key in found:
        medium = medium_of(media_type) or Medium.TEXT
        going = FileGoing(wanted=Wanted(medium=medium), means=Means.WEB, whither="Report")
        with unit_of_work() as session:
            pictures.put(
                session,
                {
                    "project_id": project_id, "prepared_pk": key, "record_pk": record,
                    "faces": Faces.AGREED.value, "looked_by": None, "looked_at": clock.now(),
                },
            )  # fmt: skip
            used.append({"story_use": filing.use(session, one, project_id, key, going),
                         "story_file": key})  # fmt: skip
    return used


def reading_of(routes: Mapping[str, str]) -> Iterator[str]:
    return (route for route in sorted(routes) if route.startswith("GET "))


def doing_of(routes: Mapping[str, str]) -> Iterator[str]:
    """All else, what ends a session last."""
    doing = [route for route in sorted(routes) if not route.startswith("GET ")]
    return iter(sorted(doing, key=lambda route: route in ENDS))


@contextmanager
def settled() -> Iterator[None]:
    with clock.frozen(clock.now() + SETTLED):
        yield
