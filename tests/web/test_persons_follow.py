"""Persons of records follow the records: keys, pairs, and nothing left of what was taken back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM
from service.foundation.db import reading, unit_of_work
from service.foundation.job_queue import JobRow
from service.intake.tables import Submission, SubmissionXml
from service.persons import actions as persons
from service.persons.queries import mentions as mention_rows
from service.persons.queries import pairs as pair_rows
from service.persons.tables import Mention
from service.persons.verdicts import Verdict
from service.review import actions as review
from service.review.removing import Why
from tests import visited
from tests.conftest import drain
from tests.factories import Phone
from tests.visited import DARA, DARA_AGAIN, ELSEWHERE, SOPHEA, VANNA, visit


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return visited.a_visiting_phone(client)


def send(app: Flask, phone: Phone, *forms: bytes) -> None:
    for form in forms:
        assert phone.send(form).status_code in (201, 202)
    drain(app)


def say(project_id: int, verdict: Verdict) -> None:
    """Of the one pair there is."""
    (pair,) = visited.pairs()
    with unit_of_work() as session:
        pair_rows.say(session, project_id, pair.pair_pk, verdict, 900, pair.found_at)


def test_one_person_who_was_visited_twice_is_a_pair_with_reasons_and_no_name(
    app: Flask, phone: Phone
) -> None:
    send(app, phone, visit("uuid:1", DARA, SOPHEA), visit("uuid:2", DARA_AGAIN, VANNA))
    assert len(visited.mentions()) == 4
    (pair,) = visited.pairs()
    ordinals = {one.mention_pk: one.ordinal for one in visited.mentions()}
    assert (ordinals[pair.first_pk], ordinals[pair.second_pk]) == (0, 0)
    assert pair.score >= 900
    assert {"name_spelled_otherwise", "phone_same", "village_same", "sex_same"} <= {*pair.reasons}
    assert pair.verdict is None


def test_whoever_is_compared_need_not_be_opened(app: Flask, phone: Phone) -> None:
    send(app, phone, visit("uuid:1", DARA, SOPHEA))
    with unit_of_work() as session:
        session.execute(sa.update(SubmissionXml).values(xml=b"nobody reads this any more"))
    send(app, phone, visit("uuid:2", DARA_AGAIN, VANNA))
    (pair,) = visited.pairs()
    assert pair.score >= 900


@pytest.mark.parametrize("lies", ["nowhere", "in the place of another"])
def test_where_it_does_not_lie_with_the_person_the_record_is_opened(
    app: Flask, phone: Phone, lies: str
) -> None:
    send(app, phone, visit("uuid:1", DARA, SOPHEA))
    one, other = visited.mentions()
    with unit_of_work() as session:
        for mine, theirs in ((one, other), (other, one)):
            its = theirs.compared if lies == "in the place of another" else None
            where = Mention.mention_pk == mine.mention_pk
            session.execute(sa.update(Mention).where(where).values(compared=its))
    send(app, phone, visit("uuid:2", DARA_AGAIN))
    assert len(visited.pairs()) == 1


def test_what_is_compared_is_no_name_in_clear_and_goes_with_the_record(
    app: Flask, phone: Phone
) -> None:
    send(app, phone, visit("uuid:1", DARA))
    (mention,) = visited.mentions()
    assert mention.compared is not None
    assert "ដារ៉ា".encode() not in mention.compared
    with reading() as session:
        own_keys = session.scalars(sa.select(SubmissionXml.identity_key_pk)).all()
    assert own_keys == [mention.compared_key_pk], "whatever erases the names erases it"
    with unit_of_work() as session:
        review.remove_record(
            session, SYSTEM, phone.project_id, visited.version_of("uuid:1"), Why.MISTAKE
        )
    (mention,) = visited.mentions(here=False)
    assert (mention.compared, mention.compared_key_pk) == (None, None)


def test_two_of_one_record_are_two(app: Flask, phone: Phone) -> None:
    send(app, phone, visit("uuid:1", DARA, DARA_AGAIN))
    assert (len(visited.mentions()), visited.pairs()) == (2, [])


def test_a_record_names_people_in_one_job_and_nobody_waits_for_it(phone: Phone) -> None:
    assert phone.send(visit("uuid:1", DARA, SOPHEA)).status_code == 201
    with reading() as session:
        assert session.scalars(sa.select(JobRow.event)).all() == [persons.TOLD]
    assert visited.mentions() == []


def test_a_job_that_runs_again_and_a_rebuild_change_nothing(app: Flask, phone: Phone) -> None:
    send(app, phone, visit("uuid:1", DARA, SOPHEA), visit("uuid:2", DARA_AGAIN))
    before = [[vars(one) for one in rows] for rows in (visited.mentions(), visited.pairs())]
    kept = visited.found_by()
    persons.rebuild(phone.project_id)
    after = [[vars(one) for one in rows] for rows in (visited.mentions(), visited.pairs())]
    for rows in (*before, *after):
        for row in rows:
            row.pop("_sa_instance_state")
            row.pop("compared", None)  # the same, sealed anew
    assert (after, visited.found_by()) == (before, kept)


def test_what_came_before_there_were_mentions_is_filled_in(app: Flask, phone: Phone) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    with unit_of_work() as session:
        session.execute(sa.delete(Mention))
    assert visited.pairs() == []
    persons.fill_missing(phone.project_id)
    drain(app)
    assert (len(visited.mentions()), len(visited.pairs())) == (2, 1)


# --- edits --------------------------------------------------------------------------------------
def test_whoever_moves_up_in_an_edited_form_stays_who_they_are(app: Flask, phone: Phone) -> None:
    send(app, phone, visit("uuid:1", SOPHEA, DARA), visit("uuid:2", DARA_AGAIN))
    say(phone.project_id, Verdict.SAME)
    (pair,) = visited.pairs()
    send(app, phone, visit("uuid:3", DARA, edits="uuid:1"))
    assert visited.log() == ["same"]
    here = {one.mention_pk: one for one in visited.mentions()}
    assert {pair.first_pk, pair.second_pk} == here.keys()
    assert {(one.submission_pk, one.ordinal) for one in here.values()} == {
        (visited.version_of("uuid:3"), 0),
        (visited.version_of("uuid:2"), 0),
    }
    (gone,) = visited.mentions(here=False)
    assert gone.mention_pk not in visited.found_by()


def test_whoever_comes_back_by_another_edit_is_who_they_were(app: Flask, phone: Phone) -> None:
    send(app, phone, visit("uuid:1", DARA, SOPHEA), visit("uuid:2", DARA_AGAIN))
    say(phone.project_id, Verdict.SAME)
    (pair,) = visited.pairs()
    before = {one.mention_pk for one in visited.mentions()}
    send(app, phone, visit("uuid:3", SOPHEA, edits="uuid:1"))
    assert len(visited.mentions()) == 2
    send(app, phone, visit("uuid:4", SOPHEA, DARA, edits="uuid:3"))
    assert {one.mention_pk for one in visited.mentions()} == before
    assert (visited.pairs()[0].verdict, visited.log()) == (Verdict.SAME, ["same"])
    assert pair.pair_pk == visited.pairs()[0].pair_pk


def test_another_name_in_the_same_place_is_looked_at_again(app: Flask, phone: Phone) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    say(phone.project_id, Verdict.SAME)
    send(app, phone, visit("uuid:3", VANNA, edits="uuid:1"))
    assert visited.log() == ["same", "again"]
    assert visited.pairs()[0].verdict is Verdict.AGAIN


def test_a_spelling_that_is_corrected_keeps_what_was_decided(app: Flask, phone: Phone) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    say(phone.project_id, Verdict.SAME)
    send(app, phone, visit("uuid:3", {**DARA, "name": "Suk Dara", "age": "52"}, edits="uuid:1"))
    assert (visited.log(), len(visited.mentions())) == (["same"], 2)


# --- what is taken back -------------------------------------------------------------------------
def test_whoever_is_removed_is_found_by_nothing_and_comes_back(app: Flask, phone: Phone) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    before = visited.found_by()
    with unit_of_work() as session:
        review.remove_record(
            session, SYSTEM, phone.project_id, visited.version_of("uuid:1"), Why.MISTAKE
        )
    assert len(visited.found_by()) == 1
    with unit_of_work() as session:
        review.restore_record(session, SYSTEM, phone.project_id, visited.version_of("uuid:1"))
    drain(app)
    assert visited.found_by() == before


@pytest.mark.parametrize("expires", [False, True])
def test_of_whoever_is_erased_nothing_is_left_that_tells_of_the_person(
    app: Flask, phone: Phone, expires: bool
) -> None:
    send(app, phone, visit("uuid:1", DARA, SOPHEA), *(visit(f"uuid:{n}", DARA) for n in (2, 3)))
    for pair in visited.pairs()[:2]:
        with unit_of_work() as session:
            at = pair.found_at
            pair_rows.say(session, phone.project_id, pair.pair_pk, Verdict.SAME, 900, at)
    (both,) = {pair.first_pk for pair in visited.pairs()} & {
        pair.second_pk for pair in visited.pairs()
    }
    erased = next(one.record_pk for one in visited.mentions() if one.mention_pk == both)
    with reading() as session:
        where = Submission.submission_pk == erased
        instance_id = session.scalars(sa.select(Submission.instance_id).where(where)).one()
    gone = {one.mention_pk for one in visited.mentions() if one.record_pk == erased}
    visited.erase(app, phone.project_id, instance_id, expires=expires)
    assert gone.isdisjoint(visited.found_by())
    for one in visited.mentions(here=False):
        assert (one.own_digest, one.described_digest, one.ordinal) == (None, None, 0)
    for pair in visited.pairs():
        if gone & {pair.first_pk, pair.second_pk}:
            assert (pair.verdict, pair.reasons, pair.score) == (Verdict.SAME, [], 0)
    drain(app)
    persons.rebuild(phone.project_id)
    assert gone.isdisjoint(visited.found_by())


def test_a_name_that_may_not_be_looked_at_has_no_key(app: Flask, phone: Phone) -> None:
    child = {**DARA, "age": "9", "victim_type": "not_victim"}
    send(app, phone, visit("uuid:1", child))
    assert (visited.mentions(), visited.found_by()) == ([], {})


def test_a_key_that_too_many_have_is_no_key(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pair_rows, "TOO_MANY", 1)
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    assert visited.pairs() == []


def test_far_apart_and_otherwise_unlike_is_no_pair(app: Flask, phone: Phone) -> None:
    far = {**SOPHEA, "name": "Chan Sophy", "age": "70"}
    send(app, phone, visit("uuid:1", SOPHEA), visit("uuid:2", far, at=ELSEWHERE))
    assert visited.pairs() == []


def test_persons_of_a_project_are_nothing_to_another(app: Flask, phone: Phone) -> None:
    send(app, phone, visit("uuid:1", DARA), visit("uuid:2", DARA_AGAIN))
    both = [one.mention_pk for one in visited.mentions()]
    with reading() as session:
        nearest = pair_rows.list_nearest(session, phone.project_id, both, 9)
        assert nearest == {both[0]: [both[1]], both[1]: [both[0]]}
        assert pair_rows.list_nearest(session, phone.project_id + 1, both, 9) == {}
        for project_id, usable in ((phone.project_id, 2), (phone.project_id + 1, 0)):
            found = mention_rows.list_comparable(session, project_id, both, persons.today())
            assert len(list(found)) == usable
