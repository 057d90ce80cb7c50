"""What wants a second look: made after the facts, explained, looked at, in nobody's way."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM, Role
from service.accounts.reach import Reach
from service.cli.demo import people, phone_xml
from service.cli.demo.people import Filled
from service.facts import queries as facts
from service.facts.tables import Person
from service.foundation import clock, ids
from service.foundation.audit import AuditEntry
from service.foundation.db import current, reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import State, Submission
from service.review import actions as removing
from service.review.actions import flagging
from service.review.flags.kinds import RULES, Code
from service.review.queries import flagging as asked_of
from service.review.removing import Why
from service.review.tables import FlagLook, FlagProgress, RecordFlag
from tests import statements, visited
from tests.conftest import drain
from tests.factories import Phone, a_form, a_phone
from tests.golden import reference_forms
from tests.web.pages_world import text_of
from tests.web.people import bearer

VERSION = "2026112401"
FORM = "needs_assessment"
LIST = "/p/battambang/submissions"
Headers = Mapping[str, str]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    made = a_phone(client)
    with unit_of_work() as session:
        xml = reference_forms.converted(FORM)[0].decode()
        a_form(session, made.project_id, FORM, VERSION, xml=xml)
    return made


@pytest.fixture
def bopha(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)


def household(name: str, seed: int = 1, **more: Any) -> Filled:
    """A plain one: nothing about it is odd."""
    filled = people.household(7, seed)
    answers = {
        **filled.answers,
        "start": "2026-11-19T08:00:00.000+07:00",
        "end": "2026-11-19T08:45:00.000+07:00",
        "today": "2026-11-19",
        "hh_id": f"H-{name}",
        "prov": "02", "dist": "0201", "comm": "020101", "vill": "02010101",
        "person": [{"sex": "male", "age_known": "exact", "age": str(20 + seed),
                    "victim_type": "not_victim",
                    "need": [{"need_code": "med_pain", "need_status": "unmet"}]}],
        "c_store": "yes",
        **more,
    }  # fmt: skip
    return replace(filled, instance_id=f"uuid:{name}", answers=answers)


def send(phone: Phone, filled: Filled, *, edits: str = "") -> None:
    xml = phone_xml.instance(filled, VERSION)
    if edits:
        xml = xml.replace(b"<meta>", f"<meta><deprecatedID>uuid:{edits}</deprecatedID>".encode())
    assert phone.send(xml).status_code == 201


def key_of(name: str) -> uuid.UUID:
    with reading() as session:
        query = sa.select(Submission.submission_pk).where(Submission.instance_id == f"uuid:{name}")
        return session.scalars(query).one()


def made() -> dict[str, list[str]]:
    """Name of a record to its flags at which nobody looked."""
    query = (
        sa.select(Submission.instance_id, RecordFlag.code)
        .join(RecordFlag, RecordFlag.submission_pk == Submission.submission_pk)
        .where(RecordFlag.looked_at.is_(None))
        .order_by(Submission.submission_pk, RecordFlag.code)
    )
    found: dict[str, list[str]] = {}
    with reading() as session:
        for instance_id, code in session.execute(query):
            found.setdefault(instance_id.removeprefix("uuid:"), []).append(str(code))
    return found


def rows(table: Any) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def old(name: str) -> Filled:
    return household(name, seed=len(name), person=[
        {"sex": "male", "age_known": "exact", "age": "107", "victim_type": "not_victim"}
    ])  # fmt: skip


def look(phone: Phone, by: Headers, name: str, flag: str) -> int:
    address = f"{LIST}/{key_of(name)}/flags"
    return phone.client.post(address, data={"flag": flag}, headers=by).status_code


# --- made ---------------------------------------------------------------------------------------
@pytest.mark.each_database
def test_they_are_made_after_the_receipt_and_cost_the_submission_nothing(
    app: Flask, phone: Phone
) -> None:
    send(phone, household("a"))
    with statements.counted() as asked:
        send(phone, household("b"))
    assert not [one for one in asked if "flag" in one]
    assert rows(FlagLook) == 0
    drain(app)
    assert (rows(FlagLook), made()) == (2, {"b": ["double"]})
    drain(app)
    assert rows(RecordFlag) == 1
    send(phone, household("c", seed=9))
    drain(app)
    assert (rows(FlagLook), made()) == (3, {"b": ["double"]})


@pytest.mark.parametrize("page", [1, 4])
def test_how_many_are_looked_at_together_makes_no_difference(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    for name in "abcdef":
        send(phone, household(name, seed=10 * (ord(name) % 3)))
    monkeypatch.setattr(flagging, "PAGE", page)
    drain(app)
    assert made() == {name: ["double"] for name in "def"}


def test_an_edit_replaces_them_and_what_was_looked_at_stays_so_where_it_is_the_same(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    send(phone, old("aa"))
    drain(app)
    assert made() == {"aa": ["age"]}
    assert look(phone, bopha, "aa", "age") == 303
    assert made() == {}
    send(phone, old("bbb"), edits="aa")
    drain(app)
    assert made() == {}, "the same age: nobody need look again"
    older = [{"sex": "male", "age_known": "exact", "age": "108", "victim_type": "not_victim"}]
    send(phone, household("c", seed=5, person=older), edits="bbb")
    drain(app)
    assert made() == {"c": ["age"]}
    send(phone, household("d", seed=5), edits="c")
    drain(app)
    assert made() == {}
    assert (rows(RecordFlag), rows(FlagLook)) == (0, 1), "of one version each"


def test_new_rules_look_at_everything_again(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(phone, old("aa"))
    drain(app)
    with unit_of_work() as session:
        session.execute(sa.update(FlagProgress).values(done_before=ids.new_uuid()))
        session.execute(sa.delete(RecordFlag))
    drain(app)
    assert made() == {}
    monkeypatch.setattr(flagging, "RULES", RULES + 1)
    drain(app)
    assert made() == {"aa": ["age"]}


def test_what_had_its_facts_late_is_looked_at_after_them(app: Flask, phone: Phone) -> None:
    """However long its job took: all that came before may have been looked at meanwhile."""
    send(phone, household("a", seed=3))
    drain(app)
    send(phone, old("bb"), edits="a")
    with unit_of_work() as session:
        asked_of.put_progress(session, phone.project_id, RULES, ids.new_uuid())
    drain(app)
    assert made() == {"bb": ["age"]}


def test_a_record_that_was_passed_over_is_found_the_next_day(app: Flask, phone: Phone) -> None:
    send(phone, old("aa"))
    with unit_of_work() as session:
        asked_of.put_progress(session, phone.project_id, RULES, ids.new_uuid())
    drain(app)
    assert rows(FlagLook) == 0
    flagging.look_back()
    drain(app)
    assert made() == {"aa": ["age"]}


def test_while_many_wait_those_that_were_looked_at_are_not_looked_through_again(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or each look at a hundred of an import would read all that came before them."""
    monkeypatch.setattr(flagging, "PAGE", 2)
    for name in "abcdef":
        send(phone, household(name, seed=3))
    monkeypatch.setattr(flagging, "SETTLED", -dt.timedelta(hours=1))  # they came long ago
    for begins_at in "ace":
        assert flagging.look_next()
        with reading() as session:
            since = asked_of.find_progress(session, phone.project_id, RULES)
        assert since == key_of(begins_at)
    assert not flagging.look_next()
    assert rows(FlagLook) == 6


def test_removed_it_is_in_no_list_and_restored_it_is_looked_at_again(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    chanthou = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    send(phone, old("aa"))
    drain(app)
    record = f"{LIST}/{key_of('aa')}"
    phone.client.post(f"{record}/remove", data={"reason": "practice"}, headers=chanthou)
    shown = text_of(phone.client.get(f"{LIST}?stage=flagged&lang=en", headers=chanthou))
    assert "uuid:aa" not in shown
    assert "An age of 107" not in text_of(phone.client.get(f"{record}?lang=en", headers=chanthou))
    send(phone, replace(old("aa"), instance_id="uuid:b"))
    drain(app)
    assert made()["b"] == ["age"], "no double of what was removed"
    phone.client.post(f"{record}/restore", headers=chanthou)
    drain(app)
    assert made()["aa"] == ["age"]


def test_what_was_noticed_and_remembered_goes_with_the_record(app: Flask, phone: Phone) -> None:
    code = "7K2M-9QXT-4RWD"
    send(phone, replace(old("aa"), answers={**old("aa").answers, "c_code": code}))
    drain(app)
    assert (rows(FlagLook), rows(RecordFlag)) == (1, 1)
    asked = phone.client.post(f"/v1/projects/{phone.project_id}/withdrawals", json={"code": code})
    assert asked.status_code == 201
    drain(app)
    assert (rows(FlagLook), rows(RecordFlag)) == (0, 0), "in the next moment"
    flagging.look_again(phone.project_id, _all())
    assert (rows(FlagLook), rows(RecordFlag)) == (0, 0), "a job that comes late finds nothing"


TWO = [
    {"sex": sex, "age_known": "exact", "age": age, "victim_type": "not_victim"}
    for sex, age in (("male", "44"), ("female", "41"))
]


def reasons_of(phone: Phone, by: Headers, name: str) -> list[Any]:
    path = f"/v1/projects/{phone.project_id}/forms/{FORM}/submissions/uuid:{name}/flags"
    answer = phone.client.get(path, headers=by)
    assert answer.status_code == 200
    page = phone.client.get(f"{LIST}/{key_of(name)}?lang=en", headers=by)
    told = [one for flag in answer.json or () for one in flag["reasons"]]
    assert ("tells of the same people" in text_of(page)) is bool(told)
    return told


def test_s45_no_flag_tells_what_a_record_said_that_was_erased(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    for name in ("a", "b", "c"):
        send(phone, household(name, person=TWO))
        drain(app)
    assert made() == {"b": ["double"], "c": ["double"]}
    assert reasons_of(phone, bopha, "b")
    visited.erase(app, phone.project_id, "uuid:a")
    assert reasons_of(phone, bopha, "b") == [], "at once"
    drain(app)
    assert made() == {"c": ["double"]}, "with the one that is left"


def test_s44_no_flag_tells_what_a_record_says_beyond_the_reader_s_reach(
    app: Flask, phone: Phone
) -> None:
    """Somebody who may see the one record alone."""
    for name in ("a", "b"):
        send(phone, household(name, person=TWO))
        drain(app)
    for held in (("a", "b"), ("b",)):
        reach = Reach(records=frozenset(map(key_of, held)))
        with reading() as session:
            [flag] = flagging.tell(session, phone.project_id, key_of("b"), reach)
        assert bool(flag.reasons) is ("a" in held)


def test_s44_no_flag_tells_what_a_record_says_that_was_removed(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    for name in ("a", "b"):
        send(phone, household(name, person=TWO))
        drain(app)
    assert reasons_of(phone, bopha, "b")
    with unit_of_work() as session:
        removing.remove_record(session, SYSTEM, phone.project_id, key_of("a"), Why.MISTAKE)
    assert reasons_of(phone, bopha, "b") == []


def test_s44_nor_what_it_says_that_may_not_be_read_any_more(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    for name in ("a", "b"):
        send(phone, household(name, person=TWO))
        drain(app)
    with unit_of_work() as session:
        keys = [(phone.project_id, key_of("a"))]
        facts.deny(session.connection(), keys, frozenset({"store"}))
    assert reasons_of(phone, bopha, "b") == []


def test_what_is_erased_while_it_is_looked_at_leaves_nothing(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "7K2M-9QXT-4RWD"
    send(phone, replace(old("aa"), answers={**old("aa").answers, "c_code": code}))
    honest = flagging._read

    def meanwhile(*args: Any) -> Any:
        found = honest(*args)
        asked = {"code": code}
        answer = phone.client.post(f"/v1/projects/{phone.project_id}/withdrawals", json=asked)
        assert answer.status_code == 201
        return found

    monkeypatch.setattr(flagging, "_read", meanwhile)
    flagging.look_again(phone.project_id, [key_of("aa")])
    assert (rows(FlagLook), rows(RecordFlag)) == (0, 0)


def _all() -> list[uuid.UUID]:
    with reading() as session:
        return list(session.scalars(sa.select(Submission.submission_pk)))


# --- shown and looked at ------------------------------------------------------------------------
def test_they_are_told_in_the_list_and_explained_on_the_page(
    app: Flask, phone: Phone, bopha: Headers, settings: Settings
) -> None:
    send(phone, household("a"))
    send(phone, household("b", start="2026-11-19T08:12:00.000+07:00"))
    send(phone, household("c", seed=30))
    drain(app)
    listed = text_of(phone.client.get(f"{LIST}?stage=flagged&lang=en", headers=bopha))
    assert [name for name in "abc" if f"uuid:{name}" in listed] == ["b"]
    assert "perhaps asked twice" in listed
    answer = phone.client.get(f"{LIST}/{key_of('b')}?lang=en", headers=bopha)
    shown = text_of(answer)
    for words in ("the same people by sex and age", "their beginnings: 12", "in common: 1"):
        assert words in shown
    assert f"{LIST}/{key_of('a')}" in answer.text
    khmer = text_of(phone.client.get(f"{LIST}/{key_of('b')}?lang=km", headers=bopha))
    assert "ចាប់ផ្តើមខុសគ្នា 12 នាទី" in khmer
    assert "uuid:a" not in shown
    today = text_of(phone.client.get("/p/battambang/?lang=en", headers=bopha))
    assert "1 Records worth a second look" in today
    far = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id, "24")
    assert look(phone, far, "b", "double") == 404
    assert "worth a second look" not in text_of(
        phone.client.get("/p/battambang/?lang=en", headers=far)
    )


def test_whoever_looks_takes_one_away_with_an_entry_and_no_second_one(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    send(phone, old("aa"))
    drain(app)
    assert look(phone, bopha, "aa", "sideways") == 400
    assert look(phone, bopha, "aa", "far") == 303, "there is none: nothing is done"
    assert look(phone, bopha, "aa", "age") == 303
    assert look(phone, bopha, "aa", "age") == 303
    with reading() as session:
        entries = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "review.look_at_flag")
        ).all()
        assert [one.details for one in entries] == [{"flag": "age"}]
        kept = session.scalars(sa.select(RecordFlag)).one()
        assert (kept.looked_by, kept.looked_at is not None) == (entries[0].actor_id, True)
    shown = text_of(phone.client.get(f"{LIST}/{key_of('aa')}?lang=en", headers=bopha))
    assert "looked at it," in shown
    assert "I looked at it" not in shown
    listed = text_of(phone.client.get(f"{LIST}?stage=flagged&lang=en", headers=bopha))
    assert "uuid:aa" not in listed


def test_programs_are_told_the_same(app: Flask, phone: Phone, bopha: Headers) -> None:
    send(phone, household("a"))
    send(phone, household("b"))
    drain(app)
    address = f"/v1/projects/{phone.project_id}/forms/{FORM}/submissions/uuid:b/flags"
    (told,) = phone.client.get(address, headers=bopha).json  # type: ignore[misc]
    assert told["code"] == "double"
    assert told["lookedAt"] is None
    first = told["reasons"][0]
    assert first["why"] == "double_people_same_day"
    assert first["values"] == {"days": 0, "people": 1}
    assert first["en"]
    assert first["km"]
    assert phone.client.post(address, json={"code": "x"}, headers=bopha).status_code == 400
    (told,) = phone.client.post(address, json={"code": "double"}, headers=bopha).json  # type: ignore[misc]
    assert told["lookedAt"] is not None
    assert made() == {}


def test_reasons_quote_answers_and_are_told_only_as_far_as_those_may_be_read(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    """Here nobody was asked whether the record may be kept."""
    silent = replace(old("aa"), answers={**old("aa").answers, "c_store": ""})
    send(phone, silent)
    drain(app)
    assert made() == {"aa": ["age"]}
    shown = text_of(phone.client.get(f"{LIST}/{key_of('aa')}?lang=en", headers=bopha))
    assert "odd age" in shown
    assert "107" not in shown
    assert "Why is not told" in shown
    address = f"/v1/projects/{phone.project_id}/forms/{FORM}/submissions/uuid:aa/flags"
    (told,) = phone.client.get(address, headers=bopha).json  # type: ignore[misc]
    assert (told["code"], told["reasons"]) == ("age", [])


# --- in nobody's way ----------------------------------------------------------------------------
def many(phone: Phone, by: Headers, *names: str) -> str:
    chosen = [f"{key_of(name)}.received" for name in names]
    data = {"chosen": chosen, "decision": "approved"}
    return text_of(phone.client.post(f"{LIST}?lang=en", data=data, headers=by))


def test_many_at_once_leave_them_and_say_how_many_and_why(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    send(phone, household("a"))
    send(phone, household("b"))
    send(phone, old("cc"))
    drain(app)
    shown = many(phone, bopha, "a", "b", "cc")
    assert "Done: 1." in shown
    assert "Left as they were: 2" in shown
    assert "It is worth a second look: odd age" in shown
    assert "It is worth a second look: perhaps asked twice" in shown
    assert look(phone, bopha, "cc", "age") == 303
    assert "Done: 1." in many(phone, bopha, "b", "cc")


def test_a_record_with_flags_goes_every_way(app: Flask, phone: Phone, bopha: Headers) -> None:
    for name in ("aa", "bbb", "cccc", "ddddd"):
        send(phone, old(name))
    drain(app)
    assert set(made()) == {"aa", "bbb", "cccc", "ddddd"}
    assert rows(Person) == 4, "counted as ever"
    ways = {"aa": ("approved", {}), "bbb": ("returned", {"reasons": "call"}),
            "cccc": ("rejected", {"reasons": "call"})}  # fmt: skip
    for name, (decision, more) in ways.items():
        key = key_of(name)
        data = {"seen": f"{key}.received", "decision": decision, **more}
        answer = phone.client.post(f"{LIST}/{key}/decide", data=data, headers=bopha)
        assert answer.status_code == 303
    send(phone, household("e", seed=30), edits="ddddd")
    drain(app)
    with reading() as session:
        states = dict(session.execute(sa.select(Submission.instance_id, Submission.state)).all())
        stands = dict(session.execute(sa.select(Person.age_years, Person.standing)).all())
    assert states["uuid:ddddd"] == State.SUPERSEDED
    assert set(stands.values()) <= {"approved", "received", "rejected"}


def test_today_tells_of_records_that_nobody_has_looked_at(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    for name in "abc":
        send(phone, household(name, seed=ord(name) % 7))
    drain(app)
    assert phone.client.get("/p/battambang/?lang=en", headers=bopha).status_code == 200
    words = "Records that nobody has looked at for 7 days or more"
    assert words not in text_of(phone.client.get("/p/battambang/?lang=en", headers=bopha))
    with unit_of_work() as session:
        before = clock.now() - dt.timedelta(days=8)
        session.execute(sa.update(Submission).values(received_at=before))
    key = key_of("a")
    phone.client.post(f"{LIST}/{key}/take", data={"seen": f"{key}.received"}, headers=bopha)
    key = key_of("b")
    data = {"seen": f"{key}.received", "decision": "rejected", "reasons": "call"}
    phone.client.post(f"{LIST}/{key}/decide", data=data, headers=bopha)
    shown = text_of(phone.client.get("/p/battambang/?lang=en", headers=bopha))
    assert f"1 {words}" in shown


# --- what it costs ------------------------------------------------------------------------------
STORED = 20_000


@pytest.mark.each_database
def test_what_one_record_costs_is_the_same_at_twenty_thousand(app: Flask, phone: Phone) -> None:
    send(phone, household("a"))
    send(phone, household("b"))
    keys = [key_of("b")]
    flagging.look_again(phone.project_id, [key_of("a")])
    with statements.counted() as few:
        flagging.look_again(phone.project_id, keys)
    _fill(phone.project_id)
    with statements.counted() as asked:
        flagging.look_again(phone.project_id, keys)
    shape = [one.split()[0] for one in asked]
    assert shape == [one.split()[0] for one in few]
    assert len([one for one in asked if "flag_looks" in one and one.startswith("SELECT")]) == 2
    assert len(asked) <= 20
    assert made()["b"] == ["double"]


def _fill(project_id: int) -> None:
    """As many other records, each with what is remembered of it."""
    with unit_of_work() as session:
        record = dict(session.execute(sa.select(Submission.__table__).limit(1)).mappings().one())
        kept = dict(session.execute(sa.select(FlagLook.__table__).limit(1)).mappings().one())
        keys = [uuid.UUID(int=number + 1) for number in range(STORED)]
        own = [
            {"submission_pk": key, "record_pk": key, "instance_digest": key.bytes,
             "instance_id": str(key)}
            for key in keys
        ]  # fmt: skip
        session.execute(sa.insert(Submission.__table__), [{**record, **one} for one in own])  # type: ignore[arg-type]
        looked = [
            {**kept, "submission_pk": key, "record_pk": key, "household": key.hex[-16:],
             "happened_on": dt.date(2026, 1, 1), "form_pk": 900 + number % 50,
             "alike": f"other {number % 300}", "commune": f"{number % 200:06d}"}
            for number, key in enumerate(keys)
        ]  # fmt: skip
        session.execute(sa.insert(FlagLook.__table__), looked)  # type: ignore[arg-type]
    if not current().is_sqlite:
        with current().writer.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


@pytest.mark.each_database
def test_each_question_reads_one_index(phone: Phone) -> None:
    send(phone, household("a"))
    send(phone, household("b"))
    flagging.look_again(phone.project_id, [key_of("a")])
    _fill(phone.project_id)
    with reading() as session:
        stored = session.scalars(sa.select(FlagLook).limit(1)).one()
        look = asked_of._look(stored)
        look = replace(look, submission_pk=key_of("b"), record_pk=key_of("b"))
        look = replace(look, commune="020101", household="ab")
        connection = session.connection()
        with statements.counted() as asked:
            asked_of.list_paces(connection, phone.project_id, [look])
            asked_of.list_taken(connection, phone.project_id, look)
            asked_of.list_alike(connection, phone.project_id, look)
    assert len(asked) == 3
    wanted = ("ix_flag_looks_pace", "ix_flag_looks_taken", "ix_flag_looks_alike")
    for number, name in enumerate(wanted):
        plan = _plan(phone.project_id, look, number)
        assert name in plan, plan
        assert "SCAN flag_looks" not in plan
        assert "Seq Scan on flag_looks" not in plan


def _plan(project_id: int, look: Any, number: int) -> str:
    """How the database goes about that question."""
    questions = (
        lambda connection: asked_of.list_paces(connection, project_id, [look]),
        lambda connection: asked_of.list_taken(connection, project_id, look),
        lambda connection: asked_of.list_alike(connection, project_id, look),
    )
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, text: str, given: Any, *_: Any) -> None:
        if "flag_looks" in text:
            seen.append((text, given))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        with reading() as session:
            questions[number](session.connection())
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    how = "EXPLAIN QUERY PLAN " if current().is_sqlite else "EXPLAIN "
    with reading() as session:
        found = session.connection().exec_driver_sql(how + seen[0][0], seen[0][1])
        return "\n".join(str(row) for row in found)


def test_every_flag_has_a_name_in_both_languages() -> None:
    from service.web.pages import texts

    assert all(texts.text(f"flags.{code}", language) for code in Code for language in ("en", "km"))
