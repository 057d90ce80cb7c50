"""Whoever has a copy of the database, and the file of secrets beside it, gets in nowhere: what the
database keeps of credentials are hashes, and our own keys sign nothing that opens by itself."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions, credentials, lifetimes, tables
from service.accounts.actor import SYSTEM, Scope
from service.accounts.tables import SignIn
from service.foundation import clock, ids
from service.foundation.db import Base, reading, unit_of_work
from service.foundation.sealing import pseudonym
from service.foundation.settings import Settings
from service.web.pages import files, tickets
from tests.factories import at
from tests.web.pages_world import PASSWORD, World, a_world, sign_in
from tests.web.people import code_of

START = at("2026-11-24T08:00")


@pytest.fixture
def world(client: FlaskClient) -> World:
    return a_world()


@pytest.fixture
def opened(client: FlaskClient, world: World) -> dict[str, Any]:
    """Everything that opens something: a program that has renewed its token, a page, a script with
    a session, a link, a phone."""
    sign_in(client, world.coordinator)
    program = client.application.test_client() if client.application else client
    typed = {"email": world.coordinator, "password": PASSWORD}
    first = program.post(
        "/v1/sessions", json={**typed, "totp": code_of(world.coordinator, again=True)}
    )
    assert first.json is not None
    second = program.post(
        "/v1/sessions/refresh", json={"refresh_token": first.json["refresh_token"]}
    )
    assert second.json is not None
    with unit_of_work() as session:
        made = actions.create_api_token(session, SYSTEM, "x", [world.project_id], {Scope.PROJECTS})
        actions.create_app_user(session, SYSTEM, world.project_id, "Arun", None)
        user = session.scalars(sa.select(tables.User.id)).first()
        assert user is not None
        actions.create_setup_link(session, SYSTEM, user)
    assert actions.open_script_session(made.email, made.token)
    return second.json


def everything_stored() -> Iterator[bytes]:
    """Every value of every table of people, phones and sessions, as bytes."""
    rooms = [one for one in vars(tables).values() if isinstance(one, type) and one is not Base]
    with reading() as session:
        for room in rooms:
            if issubclass(room, Base):
                for row in session.execute(sa.select(*room.__table__.columns)):
                    for value in row:
                        if isinstance(value, uuid.UUID):
                            yield value.bytes
                            yield str(value).encode()
                        elif isinstance(value, bytes | str):
                            yield value if isinstance(value, bytes) else value.encode()


def as_text(value: bytes) -> Iterator[str]:
    yield value.hex()
    yield base64.urlsafe_b64encode(value).decode().rstrip("=")
    yield value.decode("latin-1")


def forged(key_hex: str, sign_in_pk: uuid.UUID, user_id: int, **more: object) -> str:
    """A token that our key signed, with all that the database knows of the session."""
    now = dt.datetime.now(dt.UTC)
    payload = {
        "iss": credentials.ISSUER, "aud": credentials.ISSUER, "sub": str(user_id),
        "sid": str(sign_in_pk), "jti": "a1", "iat": now, "exp": now + lifetimes.PROGRAM, **more,
    }  # fmt: skip
    headers = {"typ": credentials.TOKEN_TYPE, "kid": credentials.key_id(key_hex)}
    return jwt.encode(payload, bytes.fromhex(key_hex), algorithm="HS256", headers=headers)


def test_s04_the_database_and_the_file_of_secrets_forge_no_token(
    client: FlaskClient, settings: Settings, opened: dict[str, Any]
) -> None:
    """For every session there is, of pages and programs, with every value of the database."""
    stranger = client.application.test_client() if client.application else client
    current = "/v1/users/current"

    def opens(token: str) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        return stranger.get(current, headers=headers).status_code == 200

    assert opens(opened["token"]), "or this test tests nothing"
    with reading() as session:
        sessions = [(row.sign_in_pk, row.user_id) for row in session.scalars(sa.select(SignIn))]
    assert len(sessions) >= 2
    stored = sorted({text for value in everything_stored() for text in as_text(value)})
    assert len(stored) > 100
    key = settings.secrets.jwt_key
    for sign_in_pk, user_id in sessions:
        assert not opens(forged(key, sign_in_pk, user_id))
        for text in ("", *stored):
            assert not opens(forged(key, sign_in_pk, user_id, key=text)), text


def test_s08_what_is_stored_of_credentials_opens_nothing(
    client: FlaskClient, settings: Settings, opened: dict[str, Any]
) -> None:
    """Neither as a cookie, nor as a token of a person, a script or a phone, nor as a link; nor does
    the next refresh token follow from what is stored of the one before."""
    stranger = client.application.test_client() if client.application else client
    stored = {text for value in everything_stored() for text in as_text(value) if text.isascii()}
    stored = {text for text in stored if text.isprintable() and len(text) < 200}
    key = settings.secrets.jwt_key
    for text in sorted(stored):
        for prefix in ("", "smt-", "sms-", "smd-"):
            headers = {"Authorization": f"Bearer {prefix}{text}"}
            assert stranger.get("/v1/users/current", headers=headers).status_code == 401, text
        renewed = (f"smr-{text}", credentials.next_refresh_token(key, f"smr-{text}"))
        for token in renewed:
            answer = stranger.post("/v1/sessions/refresh", json={"refresh_token": token})
            assert answer.status_code == 401, text
        if all(sign.isalnum() or sign in "-_" for sign in text):
            stranger.set_cookie("samleng_session", text, domain="samleng.test")
            assert stranger.get("/account").status_code != 200, text
            assert b'name="password"' not in stranger.get(f"/setup/{text}").data, text


def test_s16_the_file_of_secrets_makes_no_address_of_an_opened_file(
    app: Flask, settings: Settings
) -> None:
    """With one, and a session that lacks a fresh code, a file could be read past the audit log."""
    sign_in_pk, file, now = ids.new_uuid(), ids.new_uuid(), clock.now()
    secrets = settings.secrets
    known = (secrets.jwt_key, secrets.page_key, secrets.pseudonym_key, secrets.audit_key)
    derived = [pseudonym(key, "addresses of opened files") for key in known]
    for key in (*known, *derived):
        ticket = tickets.issue(key, sign_in_pk, file, "work", now)
        ours = files._key_of_tickets()
        assert tickets.purpose_of(ticket, ours, sign_in_pk, file, now) is None
