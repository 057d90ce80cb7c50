"""S-11: a passkey answers at our address, to this session's question, once, for its own person."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from service.accounts import passkeys, queries, second_factor
from service.accounts.actions import passkeys as verbs
from service.accounts.actions import second_factors, tries
from service.accounts.actor import SYSTEM, Actor, Role
from service.accounts.passkeys import Place
from service.accounts.tables import Passkey
from service.foundation import clock, db
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import FRESH_CODE_NEEDED, NOT_FOUND, PASSKEY_REFUSED, Problem
from tests.integration.accounts.authenticator import Stick, b64
from tests.integration.accounts.people import (
    HERE,
    START,
    a_person,
    acts,
    code,
    enrol,
    refusal,
    sign_in,
    who,
)

PLACE = Place(host="localhost", origin="http://localhost:8000")


@pytest.fixture
def bopha(database: db.Database, encoded: str) -> Iterator[Actor]:
    """A reviewer who has just given the code of her app."""
    with clock.frozen(START):
        yield _signed_in(Role.REVIEWER, encoded, "bopha@example.org")


def _signed_in(role: Role, encoded: str, email: str) -> Actor:
    seed = enrol(a_person(role, encoded, email))
    actor = who(sign_in(code(seed), email=email))
    assert actor is not None
    return actor


def ask_to_register(actor: Actor) -> str:
    with unit_of_work() as session:
        return verbs.ask_to_register(session, actor, PLACE)


def register(actor: Actor, answer: dict[str, Any]) -> None:
    with unit_of_work() as session:
        verbs.register(session, actor, PLACE, answer, "សោ USB")


def a_passkey(actor: Actor, **stick: Any) -> Stick:
    made = Stick(**stick)
    register(actor, made.make(ask_to_register(actor)))
    return made


def ask(actor: Actor) -> str:
    with unit_of_work() as session:
        return verbs.ask_to_prove(session, actor, PLACE)


def proves(actor: Actor, answer: dict[str, Any]) -> bool:
    with unit_of_work() as session:
        tried = tries.begin_code(session, actor.person_id, HERE)
    with unit_of_work() as session:
        return verbs.prove(session, actor, tried, PLACE, answer)


def test_a_passkey_makes_the_session_fresh(bopha: Actor) -> None:
    stick = a_passkey(bopha)
    with clock.frozen(START + second_factor.FRESH * 2):
        with reading() as session:
            assert bopha.sign_in_pk is not None
            stale = queries.find_signed_in(session, bopha.sign_in_pk, clock.now())
        assert stale is not None
        assert not stale.is_fresh
        assert proves(stale, stick.sign(ask(stale)))
        with reading() as session:
            fresh = queries.find_signed_in(session, bopha.sign_in_pk, clock.now())
        assert fresh is not None
        assert fresh.is_fresh
    assert (acts("passkey.add"), acts("factor.prove")) == (1, 1)


@pytest.mark.parametrize("is_counting", [True, False])
def test_s11_an_answer_is_good_once(bopha: Actor, is_counting: bool) -> None:
    stick = a_passkey(bopha, is_counting=is_counting)
    answer = stick.sign(ask(bopha))
    assert proves(bopha, answer)
    assert not proves(bopha, answer)
    ask(bopha)
    assert not proves(bopha, answer), "it answers another question"


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://localhost:8000"}, {"origin": "http://localhost:8001"},
        {"origin": "http://evil.example"}, {"type": "webauthn.create"},
        {"challenge": b64(b"another question" * 2)}, {"challenge": ""},
    ],
)  # fmt: skip
def test_s11_what_was_signed_elsewhere_or_for_something_else_is_refused(
    bopha: Actor, changes: dict[str, Any]
) -> None:
    stick = a_passkey(bopha)
    assert not proves(bopha, stick.sign(ask(bopha), **changes))


def test_s11_a_page_that_looks_like_ours_gets_nothing(bopha: Actor) -> None:
    stick = a_passkey(bopha)
    stick.host = "evil.example"
    assert not proves(bopha, stick.sign(ask(bopha)))


def test_s11_another_key_under_the_same_name_is_refused(bopha: Actor) -> None:
    stick = a_passkey(bopha)
    forged = Stick(credential_id=stick.credential_id, count=stick.count)
    assert not proves(bopha, forged.sign(ask(bopha)))
    assert not proves(bopha, Stick().sign(ask(bopha))), "never registered"


def test_s11_a_device_whose_count_goes_back_was_copied(bopha: Actor) -> None:
    stick = a_passkey(bopha)
    for _ in range(3):
        assert proves(bopha, stick.sign(ask(bopha)))
    stick.count = 1
    assert not proves(bopha, stick.sign(ask(bopha)))


def test_s11_a_passkey_proves_its_own_person_alone(bopha: Actor, encoded: str) -> None:
    stick = a_passkey(bopha)
    dara = _signed_in(Role.REVIEWER, encoded, "dara@example.org")
    a_passkey(dara)
    assert not proves(dara, stick.sign(ask(dara)))
    with pytest.raises(Problem) as raised, unit_of_work() as session:
        verbs.remove(session, dara, stick.credential_id)
    assert raised.value.kind is NOT_FOUND
    assert refusal(lambda: register(dara, stick.make(ask_to_register(dara)))) is PASSKEY_REFUSED


def test_s11_the_question_of_one_session_is_not_that_of_another(bopha: Actor) -> None:
    stick = a_passkey(bopha)
    with clock.frozen(START + second_factor.FRESH / 5):
        seed_step = code(_seed(bopha))
        other = who(sign_in(seed_step))
    assert other is not None
    answer = stick.sign(ask(other))
    ask(bopha)
    assert not proves(bopha, answer)
    assert proves(other, stick.sign(ask(other)))


def _seed(actor: Actor) -> bytes:
    with reading() as session:
        factor = queries.find_factor(session, actor.person_id)
        assert factor is not None
        return second_factors.unsealed(factor)


def test_s11_a_question_lapses(bopha: Actor) -> None:
    stick = a_passkey(bopha)
    answer = stick.sign(ask(bopha))
    with clock.frozen(START + verbs.CHALLENGE_LIFE):
        assert not proves(bopha, answer)


def test_s11_to_add_or_remove_one_wants_a_fresh_factor(bopha: Actor) -> None:
    stick = a_passkey(bopha)
    stale = dataclasses.replace(bopha, is_fresh=False)
    assert refusal(lambda: ask_to_register(stale)) is FRESH_CODE_NEEDED
    for work in (
        lambda s: verbs.register(s, stale, PLACE, {}, "x"),
        lambda s: verbs.remove(s, stale, stick.credential_id),
    ):
        with pytest.raises(Problem) as raised, unit_of_work() as session:
            work(session)
        assert raised.value.kind is FRESH_CODE_NEEDED
    with unit_of_work() as session:
        verbs.remove(session, bopha, stick.credential_id)
    assert refusal(lambda: ask(bopha)) is NOT_FOUND
    assert acts("passkey.remove") == 1


@pytest.mark.parametrize(
    "answer",
    [{}, {"rawId": None}, {"rawId": "*"}, {"rawId": "YQ", "response": "x"}, {"id": [], "x": {}}],
)
def test_what_is_no_answer_is_refused_and_never_an_error(
    bopha: Actor, answer: dict[str, Any]
) -> None:
    a_passkey(bopha)
    ask(bopha)
    assert not proves(bopha, answer)
    ask_to_register(bopha)
    assert refusal(lambda: register(bopha, answer)) is PASSKEY_REFUSED


def test_s11_whoever_loses_the_second_factor_loses_the_passkeys(bopha: Actor) -> None:
    a_passkey(bopha)
    with unit_of_work() as session:
        second_factors.take_away(session, SYSTEM, bopha.person_id)
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Passkey)) == 0


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://data.example.org", ("data.example.org", "https://data.example.org")),
        ("https://data.example.org:8443", ("data.example.org", "https://data.example.org:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://192.168.1.10:8000", None),
        ("http://127.0.0.1:8000", None),
    ],
)
def test_where_browsers_offer_passkeys(url: str, place: tuple[str, str] | None) -> None:
    found = passkeys.place_of(url)
    assert (found and (found.host, found.origin)) == place
