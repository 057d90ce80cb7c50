"""S-39: whatever is sealed opens at its own place alone, wherever it is moved to, and is told of.

Every column that holds bytes, and every one that names a sealed file, is named here: with how the
service opens it, or with why nothing is sealed in it. A new column is in neither, and a test says
so. Of each sealed one two rows change places, with their keys and without, and what one column
holds is put into every other.
"""

from __future__ import annotations

import datetime as dt
import itertools
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts import second_factor
from service.accounts.actions import digest_secrets, second_factors
from service.accounts.actor import SYSTEM, Actor, Role
from service.accounts.policy import Act
from service.dialogue.actions import meeting, promising
from service.dialogue.promises import Status as PromiseStatus
from service.entities import actions as entities
from service.entities.actions import sealed as entity_versions
from service.entities.queries import listing
from service.exports import purposes
from service.exports.actions import runs as exports
from service.exports.actions import trying
from service.exports.kinds import Kind
from service.exports.shapes import Words
from service.forms import actions as forms
from service.forms.actions import files as form_files
from service.forms.queries import drafts
from service.forms.queries import files as form_queries
from service.foundation import clock, db, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import Base, reading, unit_of_work
from service.foundation.outgoing import Rules
from service.foundation.problems import Problem
from service.foundation.sealing import Unsealable, seal
from service.foundation.settings import Settings
from service.intake.actions import pieces, showing, trials
from service.intake.actions.sealed import moved_files, with_xml
from service.intake.envelope import Envelope
from service.intake.queries import preparing
from service.intake.queries.parts import Piece, Target
from service.intake.queries.projecting import list_for_projection
from service.intake.queries.receiving import name_digest
from service.intake.tables import QuarantinedFile, Submission
from service.moving import places
from service.moving.actions import asking, uploads
from service.moving.actions import runs as moves
from service.moving.actions.reaching import Secret
from service.moving.actions.report_pages import page_place
from service.moving.queries import runs as move_queries
from service.moving.tables import MovePage
from service.persons.actions import pairing, telling
from service.persons.queries import mentions
from service.review.actions import comments, records
from service.testimonies.actions import sealed as story_texts
from service.testimonies.queries import texts
from service.treaty import keying as keying_rules
from service.treaty.actions import keying, managing, papering, scans
from service.treaty.queries import keying as sheet_queries
from service.treaty.queries.campaigns import CampaignTold
from tests import media_files, unsealed, visited
from tests.conftest import drain
from tests.entity_forms import register
from tests.factories import FORM_XML, Phone, a_coordinator, a_draft, an_instance
from tests.web.people import enrol, signed_in
from tests.web.test_json_sync import item, push

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class World:
    """Two of everything that is sealed."""

    phone: Phone
    blobs: LocalBlobs
    actor: Actor

    @property
    def project_id(self) -> int:
        return self.phone.project_id


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A sealed column. `opens` answers what the service makes of a row: nothing, or a Problem,
    where it does not open."""

    opens: Callable[[World, Row], object]
    along: tuple[str, ...] = ()
    """What goes with it when all of it is moved: its key, and what ties it to its place."""
    where: str = "1 = 1"
    is_told: bool = True
    """False: nothing of the service opens it; a person asks the shell (tests/unsealed.py)."""


# --- how each is opened -------------------------------------------------------------------------
def _xml(world: World, row: Row) -> object:
    with reading() as session:
        found = list_for_projection(session, world.project_id, [row["submission_pk"]])
        return list(with_xml(world.project_id, found))


def _file(world: World, row: Row) -> object:
    """As an edit takes files over from the version before it."""
    to_pk = uuid.UUID(int=7)
    wanted = {name_digest(world.project_id, to_pk, name) for name in ("a.jpg", "b.jpg")}
    return moved_files(world.project_id, row["submission_pk"], to_pk, [row], wanted)


def _prepared(world: World, row: Row) -> object:
    with reading() as session:
        found = preparing.find_prepared(session, world.project_id, row["prepared_pk"])
    assert found is not None
    return list(showing.content(world.blobs, found).pieces)


def _part(world: World, row: Row) -> object:
    names = ("submission_pk", "name_digest")
    target = Target(
        **{name: row[name] for name in names}, form_id="visit", is_sealed=False, held=None
    )
    piece = Piece(**{name: row[name] for name in Piece.__dataclass_fields__})
    return list(pieces._joined(world.blobs, world.project_id, target, [piece]))


def _trial(world: World, row: Row) -> object:
    told = purposes.read("work")
    assert told is not None
    with reading() as session:
        source = trying.get_trials(session, SYSTEM, world.project_id, "visit", told)
    found = [one for one in source.read() if one.stored.submission_pk == row["trial_pk"]]
    return any(any(one.rows.root) for one in found)  # a line in which nothing stands is none


def _form_file(world: World, row: Row) -> object:
    with reading() as session:
        found = form_queries.list_files(session, row["version_pk"])
    (file,) = [one for one in found if one.file_pk == row["file_pk"]]
    return list(form_files.content(world.blobs, file))


def _draft_file(world: World, row: Row) -> object:
    with reading() as session:
        (file,) = drafts.list_files(session, row["draft_pk"])
    return list(form_files.draft_content(world.blobs, file))


def _entity(world: World, row: Row) -> object:
    with reading() as session:
        found = [
            one
            for page in listing.pages_of(session, world.project_id, _list_pk(world))
            for one in page
        ]
        theirs = [one.entity for one in found if one.entity.entity_pk == row["entity_pk"]]
        return entity_versions.known(session, world.project_id, theirs)


def _list_pk(world: World) -> int:
    with reading() as session:
        return session.execute(sa.text("SELECT list_pk FROM entity_lists")).scalar_one()


def _comment(world: World, row: Row) -> object:
    with unit_of_work() as session:
        at = (Act.REVIEW_COMMENT, world.project_id, "visit", "uuid:1")
        record = records.get_record(session, SYSTEM, *at)
        told = comments.list_comments(session, SYSTEM, world.project_id, record)
    return len(told) == 2


def _mention(world: World, row: Row) -> object:
    with reading() as session:
        theirs = [row["mention_pk"]]
        on = telling.today()
        found = mentions.list_comparable(session, world.project_id, theirs, on)
        return pairing._lying(world.project_id, list(found))


def _digest(_: World, row: Row) -> object:
    return digest_secrets._ha1(row["app_user_id"], "MD5")[0]


def _second_factor(_: World, row: Row) -> object:
    """Whether the code of what lies there opens: whatever seed that is, it is another's."""
    with reading() as session:
        return second_factors.find_proof(session, row["user_id"], CODES[row["user_id"]]())


CODES: dict[int, Callable[[], str]] = {}


def _move(world: World, row: Row) -> Any:
    with reading() as session:
        return move_queries.get_run(session, world.project_id, row["run_pk"])


def _secret(world: World, row: Row) -> object:
    return moves._opened(_move(world, row))


def _page(world: World, row: Row) -> object:
    with reading() as session:
        return moves.read_page(session, _move(world, row), row["number"])


def _move_file(world: World, row: Row) -> object:
    with uploads.opened(_move(world, row), world.blobs, lambda: None) as source:
        return source


def _export(world: World, row: Row) -> object:
    _, found = exports.open_file(world.actor, world.project_id, row["run_pk"], world.blobs)
    return list(found)


def _quarantined(_: World, row: Row) -> object:
    return unsealed.opened(_Bag(row), row["quarantined_pk"])


def _quarantined_file(world: World, row: Row) -> object:
    found = QuarantinedFile(**row)
    return unsealed.name(found), unsealed.content(found, world.blobs)


class _Bag:
    def __init__(self, row: Row) -> None:
        self.__dict__.update(row)


def _keyed(world: World, row: Row) -> object:
    with reading() as session:
        (one,) = sheet_queries.of_sheet(session, world.project_id, row["number"])
    return keying.opened(world.project_id, one)


def _text(world: World, row: Row) -> object:
    with reading() as session:
        found = texts.find_version(session, world.project_id, row["version_pk"])
    assert found is not None
    return story_texts.opened(found)


def _scan(world: World, row: Row) -> object:
    with reading() as session:
        found = sheet_queries.find_scan(session, world.project_id, row["number"])
    assert found is not None
    return list(scans.opened(found, world.blobs))


def _notes(world: World, row: Row) -> object:
    with reading() as session:
        at = (session, world.actor, world.project_id)
        return meeting.get_meeting(*at, row["meeting_pk"]).notes


def _question(world: World, row: Row) -> object:
    return any(_asked(world, row["meeting_pk"], row["question_pk"]).text.values())


def _answer(world: World, row: Row) -> object:
    found = _asked(world, row["meeting_pk"], row["question_pk"]).answers
    return any(value for one in found for value in one.text.values())


def _asked(world: World, meeting_pk: uuid.UUID, question_pk: uuid.UUID) -> meeting.QuestionTold:
    with reading() as session:
        at = (session, world.actor, world.project_id)
        asked = meeting.get_meeting(*at, meeting_pk).questions
    (one,) = [one for one in asked if one.question_pk == question_pk]
    return one


def _promise(world: World, row: Row) -> object:
    return any(_promised(world, row).text.values())


def _word(world: World, row: Row) -> object:
    return _promised(world, row).history[row["number"] - 1].reason


def _promised(world: World, row: Row) -> promising.PromiseTold:
    with reading() as session:
        at = (session, world.actor, world.project_id)
        return promising.get_promise(*at, row["promise_pk"])


OF_BLOB = ("key_pk", "bound")
SEALED: Mapping[tuple[str, str], Sealed] = {
    ("submission_xml", "xml"): Sealed(opens=_xml, along=("key_pk",)),
    ("attachments", "sealed_name"): Sealed(opens=_file),
    ("attachments", "blob"): Sealed(opens=_file, along=(*OF_BLOB, "sealed_name")),
    ("prepared_files", "blob"): Sealed(opens=_prepared, along=OF_BLOB),
    ("prepared_files", "sealed_md5"): Sealed(opens=_prepared, along=("key_pk",)),
    ("file_parts", "blob"): Sealed(opens=_part, along=OF_BLOB),
    ("trial_records", "xml"): Sealed(opens=_trial, along=("key_pk",)),
    ("form_files", "blob"): Sealed(opens=_form_file, along=OF_BLOB),
    ("form_draft_files", "blob"): Sealed(opens=_draft_file, along=OF_BLOB),
    ("entity_versions", "sealed"): Sealed(opens=_entity),
    ("person_mentions", "compared"): Sealed(opens=_mention, along=("compared_key_pk",)),
    ("record_comments", "sealed"): Sealed(opens=_comment),
    ("device_digests", "sealed"): Sealed(opens=_digest, along=("key_pk",)),
    ("second_factors", "sealed"): Sealed(
        opens=_second_factor, along=("key_pk",), where="length(sealed) > 20"
    ),
    ("move_runs", "secret"): Sealed(
        opens=_secret, along=("secret_key_pk",), where="secret IS NOT NULL"
    ),
    ("move_runs", "file_blob"): Sealed(
        opens=_move_file, along=("file_key_pk", "file_bound"), where="file_blob IS NOT NULL"
    ),
    ("move_pages", "sealed"): Sealed(opens=_page),
    ("export_runs", "blob"): Sealed(opens=_export, along=OF_BLOB),
    ("treaty_keyings", "sealed"): Sealed(opens=_keyed, along=("key_pk",)),
    ("treaty_scans", "blob"): Sealed(opens=_scan, along=OF_BLOB),
    ("testimony_versions", "sealed"): Sealed(opens=_text, along=("key_pk",)),
    ("dialogue_meetings", "sealed"): Sealed(opens=_notes, along=("key_pk",)),
    ("dialogue_questions", "sealed"): Sealed(opens=_question),
    ("dialogue_answers", "sealed"): Sealed(opens=_answer),
    ("dialogue_promises", "sealed"): Sealed(opens=_promise),
    ("dialogue_promise_words", "sealed"): Sealed(opens=_word, where="number = 2"),
    ("quarantined", "xml"): Sealed(opens=_quarantined, along=("key_pk",), is_told=False),
    ("quarantined_files", "sealed_name"): Sealed(opens=_quarantined_file, is_told=False),
    ("quarantined_files", "blob"): Sealed(
        opens=_quarantined_file, along=(*OF_BLOB, "sealed_name"), is_told=False
    ),
}
TIES = {("bound", "what ties a blob to its place"), ("file_bound", "the same")}
NOT_SEALED: Mapping[str, str] = {
    **dict.fromkeys(
        ("releases.signature", "releases.public_key"),
        "stands below a release, for whoever checks it",
    ),
    **dict.fromkeys(
        (
            "api_tokens.token_sha256", "app_users.token_sha256", "refresh_tokens.token_sha256",
            "script_sessions.token_sha256", "setup_links.token_sha256", "sign_ins.cookie_sha256",
            "sign_ins.secret_sha256", "recovery_codes.code_sha256",
        ),
        "a hash of a secret of 256 bits (codes: 80)",
    ),
    **dict.fromkeys(
        (
            "entities.digest", "entity_awaited.digest", "entity_imports.came_by",
            "moved_records.known_as",
            "submissions.instance_digest", "submissions.xml_digest",
            "submissions.canonical_digest", "quarantined.xml_digest",
            "trial_records.canonical_digest",
            "person_mentions.own_digest", "person_mentions.described_digest",
        ),
        "a stand-in under a key of the key store",
    ),
    **dict.fromkeys(
        (
            "treaty_entries.commitment", "treaty_entries.leaf", "treaty_tiles.hash",
            "treaty_logs.root", "treaty_heads.root",
        ),
        "hashes that are published",
    ),
    "treaty_heads.signature": "of a head",
    "audit_entries.hash": "the chain", "audit_heads.signature": "of a head",
    "digest_nonces.nonce": "handed out in clear", "digest_nonces.seen": "which counts came",
    "passkeys.credential_id": "of a key of hers", "passkeys.public_key": "public",
    "sign_ins.challenge": "asked of a browser, for five minutes",
    "form_versions.xml": "blank forms, which phones fetch", "form_drafts.xml": "the same",
}  # fmt: skip


def test_s39_every_column_that_may_be_sealed_is_in_the_test() -> None:
    found = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
        or column.name.endswith("blob")
        or "sealed" in column.name
    }
    known = {tuple(name.split(".")) for name in NOT_SEALED} | SEALED.keys()
    known |= {(table, name) for table, name in found if name in dict(TIES)}
    known |= {("submissions", "sealed_to")}  # the fingerprint of a form's public key
    assert found - known == set(), "is it sealed? Then it is to be opened at its own place alone"
    assert {tuple(name.split(".")) for name in NOT_SEALED} | SEALED.keys() <= found
    tied = {table for table, name in found if name in dict(TIES)}
    assert tied == {table for table, name in SEALED if name.endswith("blob")}


# --- two of everything --------------------------------------------------------------------------
@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is sealed does not depend on the database."""
    (tmp_path / "samleng.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/samleng.db"


@pytest.fixture
def world(app: Flask, client: FlaskClient, settings: Settings) -> World:
    phone = visited.a_visiting_phone(client)
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    _, user_id = signed_in(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    actor = a_coordinator(phone.project_id, user_id)
    made = World(phone=phone, blobs=blobs, actor=actor)
    for n in (1, 2):
        sent = an_instance(f"uuid:{n}", photo="a.jpg", sound="b.jpg")
        files = {"a.jpg": media_files.jpeg(), "b.jpg": media_files.jpeg()}
        assert phone.send(sent, files).status_code == 201
        assert phone.send(visited.visit(f"uuid:household{n}", visited.DARA)).status_code == 201
        broken = an_instance(f"uuid:broken{n}")[:-9]
        assert phone.send(broken, {"a.jpg": b"\xff\xd8\xff"}).status_code == 202
    _by_apps(made)
    _forms(made)
    _people(made)
    _moves(made)
    _sheets(made)
    _texts(made)
    _dialogue(made)
    with unit_of_work() as session:
        wanted = exports.Wanted(
            form_id="visit", kind=Kind.JSON_LINES, words=Words.CODE, purpose="work",
            with_identity=False,
        )  # fmt: skip
        for _ in range(2):
            exports.ask(session, actor, phone.project_id, wanted)
    drain(app)
    return made


def _by_apps(world: World) -> None:
    for n in (1, 2):
        push(world.phone, item(n, answers={"photo": "a.jpg"}))
        answer = world.phone.client.put(
            f"/v1/projects/{world.project_id}/sync/item-{n}/attachments/a.jpg",
            data=b"half of a picture",
            headers={
                "Authorization": f"Bearer {world.phone.token}",
                "Content-Range": "bytes 0-16/40",
            },
        )
        assert answer.status_code == 200


def _forms(world: World) -> None:
    xml = FORM_XML.format(form_id="two", version="1").encode()
    media = {"a.png": b"one", "b.png": b"other"}
    with unit_of_work() as session:
        at = (session, SYSTEM, world.project_id)
        forms.publish_xml(*at, xml, media=media, blobs=world.blobs)
        forms.publish_xml(*at, register(), media={}, blobs=world.blobs)
        entities.create(*at, "people", [entities.given(None, "សុខ", {"full_name": "សុខ"})])
        record = records.get_record(session, SYSTEM, Act.REVIEW_COMMENT, world.project_id,
                                    "visit", "uuid:1")  # fmt: skip
        for said in ("ក", "ខ"):
            comments.add_comment(session, world.actor, world.project_id, record, said)
    for form_id in ("visit", "two"):
        a_draft(world.blobs, world.project_id, form_id, "9")
    for n in (1, 2):
        sent = an_instance(f"uuid:trial{n}", version="9").encode()
        envelope = Envelope(xml=sent, channel="trial", received_at=clock.now())
        trials.add(world.project_id, "visit", envelope)
    with reading() as session:
        (page,) = listing.pages_of(session, world.project_id, _list_pk(world))
    key = page[0].entity.entity_id
    assert key is not None
    with unit_of_work() as session:
        change = {"full_name": "ដារា"}
        entities.update(
            session, SYSTEM, world.project_id, "people", key, change, base_version=1, force=True
        )


def _dialogue(world: World) -> None:
    """Whoever has the file has no triggers: what was said of promises is moved, too."""
    on, at = telling.today(), (world.actor, world.project_id)
    for n in ("ក", "ខ"):
        with unit_of_work() as session:
            met = meeting.Met(held_on=on, partners=("PDAC",), notes=n)
            key = meeting.write_meeting(session, *at, met)
            said = {"km": n}
            asked = meeting.ask(session, *at, key, meeting.Asked(partner="PDAC", text=said))
            meeting.answer(session, *at, asked, on, said)
            given = promising.Given(partner="PDAC", owner=n, text=said)
            promise = promising.promise(session, *at, key, given)
            word = promising.Said(status=PromiseStatus.BROKEN, said_on=on, reason=n)
            promising.say(session, *at, promise, word)
    with closing(sqlite3.connect(str(db.current().writer.url.database))) as file:
        file.execute("DROP TRIGGER dialogue_promise_words_no_update")
        file.commit()


def _people(world: World) -> None:
    for name in ("chanthou", "bopha"):
        email = f"{name}@example.org"
        with unit_of_work() as session:
            made = accounts.create_user(session, SYSTEM, email, Role.REVIEWER, world.project_id)
            digest_of = accounts.create_app_user(session, SYSTEM, world.project_id, name, None)
            digest_secrets.make_digest_secret(session, world.project_id, digest_of.id, "r")
        enrol(email)
        with reading() as session:
            seed = second_factors.seeds(session, [email])[email]
        CODES[made.id] = lambda seed=seed: second_factor.code_at(  # type: ignore[misc]
            seed, second_factor.step_at(clock.now())
        )


def _sheets(world: World) -> None:
    """That came back, and were keyed once."""
    with unit_of_work() as session:
        at = (session, world.actor, world.project_id)
        managing.set_campaign(*at, CAMPAIGN)
        managing.add_statement(*at, "km-1", "I support", "ខ្ញុំគាំទ្រ")
        papering.issue(*at, count=2, rows=3, holder="bt-9")
    for number in ("pt-00001", "pt-00002"):
        scans.keep(world.actor, world.project_id, number, media_files.jpeg(), world.blobs)
        with unit_of_work() as session:
            at = (session, world.actor, world.project_id)
            on = telling.today()
            papering.give_back(*at, number, lines=1, signed_on=on, commune="020401")
            row = {"name_1": "សុខ", "witness": "ហេង"}
            keying.key(*at, number, keying_rules.read(row, 3, frozenset()))


def _texts(world: World) -> None:
    """Of what somebody told."""
    with reading() as session:
        record = session.scalars(
            sa.select(Submission.record_pk).where(Submission.instance_id == "uuid:1")
        ).one()
    for _ in range(2):
        version, key = uuid.uuid4(), keys.current().take(world.project_id)
        with unit_of_work() as session:
            texts.insert_version(
                session,
                {
                    "project_id": world.project_id, "version_pk": version, "record_pk": record,
                    "kind": "transcript", "language": "km", "key_pk": key.key_pk,
                    "sealed": story_texts.sealed(key, world.project_id, record, version, "ក"),
                    "written_at": clock.now(), "shown_digest": "",
                },
            )  # fmt: skip


CAMPAIGN = CampaignTold(
    code="pt", title_en="T", title_km="ស", goal=None, begins_on=None, ends_on=None,
    delivered_on=None,
)  # fmt: skip


def _moves(world: World) -> None:
    rules, place = Rules(allows_private=True), places.Place(kind="kobo", address="http://127.0.0.1")
    for n in (1, 2):
        run_pk = asking.ask(
            world.actor, world.project_id, place, Secret(token=f"t{n}"), rules, is_dry=True
        )
        by_file = asking.ask_for_file(world.actor, world.project_id, places.ENTITIES, "people")
        receiving = uploads.Receiving(world.project_id, world.blobs, lambda: None)
        receiving.write(b"label\nx\n")
        receiving.keep(world.actor, by_file, ".csv")
    with reading() as session:
        run = move_queries.get_run(session, world.project_id, run_pk)
    assert run.key_pk is not None
    key = keys.current().find(world.project_id, run.key_pk)
    assert key is not None
    line = b'[["list", "", "x", "new", ""]]'
    with unit_of_work() as session:
        session.execute(sa.text("UPDATE move_runs SET state = 'stopped'"))
        for number in (1, 2):
            session.add(
                MovePage(
                    project_id=world.project_id, run_pk=run_pk, number=number,
                    sealed=seal(key, page_place(run, number), line),
                )
            )  # fmt: skip


# --- swapped ------------------------------------------------------------------------------------
def rows_of(table: str, where: str) -> list[dict[str, Any]]:
    found = Base.metadata.tables[table]
    query = sa.select(found).where(sa.text(where)).order_by(*found.primary_key)
    with reading() as session:
        return [dict(row._mapping) for row in session.execute(query)]


def two_of(table: str, sealed: Sealed) -> tuple[dict[str, Any], dict[str, Any]]:
    found = rows_of(table, sealed.where)
    assert len(found) >= 2, table
    return found[0], found[1]


def put(table: str, row: Row, **values: object) -> None:
    found = Base.metadata.tables[table]
    here = [column == row[column.name] for column in found.primary_key]
    with unit_of_work() as session:
        session.execute(sa.update(found).where(*here).values(**values))


def again(table: str, row: Row) -> dict[str, Any]:
    key = [column.name for column in Base.metadata.tables[table].primary_key]
    (found,) = [one for one in rows_of(table, "1 = 1") if all(one[k] == row[k] for k in key)]
    return found


def opens(world: World, sealed: Sealed, table: str, row: Row) -> bool:
    try:
        return bool(sealed.opens(world, again(table, row)))
    except (Problem, Unsealable, AssertionError):
        return False


@contextmanager
def later(times: Iterator[dt.datetime]) -> Iterator[dt.datetime]:
    """A note of what does not open is written every ten minutes at most."""
    with clock.frozen(next(times)) as now:
        yield now or clock.now()


def hours() -> Iterator[dt.datetime]:
    start = clock.now()
    return (start + dt.timedelta(minutes=11 * n) for n in itertools.count(1))


def was_told(since: dt.datetime) -> bool:
    noted = keys.current().noted_at(keys.UNSEALABLE)
    return noted is not None and noted >= since.replace(microsecond=0)


def test_s39_what_changed_places_opens_nowhere_and_is_told_of(world: World) -> None:
    wrong, times = [], hours()
    for (table, column), sealed in SEALED.items():
        one, two = two_of(table, sealed)
        moves_of = [(column,)] + ([(column, *sealed.along)] if sealed.along else [])
        for moved in moves_of:
            with later(times) as now:
                assert opens(world, sealed, table, one), (table, column, "before")
                assert not was_told(now), (table, column)
                for row, other in ((one, two), (two, one)):
                    put(table, row, **{name: other[name] for name in moved})
                for row in (one, two):
                    if opens(world, sealed, table, row):
                        wrong.append(f"{table}.{column} opens, moved with {moved}")
                if sealed.is_told and not was_told(now):
                    wrong.append(f"{table}.{column} is told of by nothing, moved with {moved}")
                for row in (one, two):
                    put(table, row, **{name: row[name] for name in moved})
    assert wrong == []


def test_s39_what_one_column_holds_opens_in_no_other(world: World) -> None:
    wrong, tried, times = [], 0, hours()
    held = {name: (two_of(name[0], sealed)[0], sealed) for name, sealed in SEALED.items()}
    for source, target in itertools.permutations(SEALED, 2):
        (of, _), (row, sealed) = held[source], held[target]
        if source[0] == target[0] and source[1].endswith("blob") != target[1].endswith("blob"):
            continue
        if source[1].endswith("blob") != target[1].endswith("blob"):
            continue  # the name of a file is no ciphertext
        moved = {target[1]: of[source[1]]}
        pairs = zip(sealed.along, held[source][1].along, strict=False)
        for values in (moved, moved | {mine: of[theirs] for mine, theirs in pairs}):
            with later(times):
                put(target[0], row, **values)
                if opens(world, sealed, target[0], row):
                    wrong.append(f"{source} opens as {target}")
                put(target[0], row, **{name: row[name] for name in values})
            tried += 1
    assert wrong == []
    assert tried > 200
    assert all(opens(world, sealed, name[0], row) for name, (row, sealed) in held.items())
