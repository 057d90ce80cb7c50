"""HTTP Digest for phones, where the operator has switched it on: secrets kept sealed, each answer
accepted once, on whichever instance it arrives."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass

import orjson
from sqlalchemy.orm import Session

from service.accounts import digest
from service.accounts.actor import Actor
from service.accounts.queries import devices, digests
from service.foundation import clock, keys
from service.foundation.db import unit_of_work
from service.foundation.sealing import DataClass, Place, Unsealable, seal, unseal


@dataclass(frozen=True, kw_only=True)
class Challenger:
    """How this installation challenges: the realm, the nonces' key, the algorithms in order."""

    realm: str
    key: bytes
    algorithms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of an answer. Without an actor it was wrong, unless one of the others holds."""

    actor: Actor | None = None
    is_stale: bool = False
    """Right, but the nonce is old or this use of it was taken: answer anew."""
    is_ended: bool = False
    """Right, but the phone's access was ended."""


WRONG = Verdict()


def make_digest_secret(
    session: Session, project_id: int, app_user_id: int, realm: str | None
) -> str | None:
    """A new Digest password for the phone, or (no realm: Digest is off) none, and none kept."""
    if realm is None:
        digests.drop_secret(session, project_id, app_user_id)
        return None
    password, user = digest.new_password(), digest.user_name(app_user_id)
    secrets = {
        algorithm: digest.ha1(algorithm, user, realm, password)
        for algorithm in (digest.SHA256, digest.MD5)
    }
    key = keys.current().take(project_id)
    sealed = seal(key, _place(project_id, app_user_id), orjson.dumps(secrets))
    digests.put_secret(session, project_id, app_user_id, key.key_pk, sealed)
    return password


def challenges(challenger: Challenger, *, is_stale: bool) -> list[str]:
    """Header lines, the strongest first: clients take the first that they know."""
    nonce = digest.make_nonce(challenger.key, challenger.realm, clock.now())
    return [
        digest.challenge(algorithm, challenger.realm, nonce, is_stale=is_stale)
        for algorithm in challenger.algorithms
    ]


def check_answer(
    challenger: Challenger, header: str, *, method: str, path: str, query: str
) -> Verdict:
    """Whether a Digest header opens this very request, and for whom."""
    answer = digest.parse(header)
    if answer is None or answer.algorithm not in challenger.algorithms:
        return WRONG
    nonce = digest.read_nonce(challenger.key, challenger.realm, answer.nonce)
    if nonce is None or answer.realm != challenger.realm:
        return WRONG
    app_user_id = digest.app_user_id(answer.username)
    project_id, ha1 = _ha1(app_user_id, answer.algorithm)
    is_right = digest.is_right(answer, ha1, method)
    if not is_right or app_user_id is None or not digest.names_target(answer.uri, path, query):
        return WRONG
    now = clock.now()
    if nonce.expires_at <= now:
        return Verdict(is_stale=True)
    with unit_of_work() as session:
        uses = digests.lock_uses(session, project_id, nonce.id, now, nonce.expires_at)
        admitted = digest.admit(uses, answer.count)
        if admitted is None:
            return Verdict(is_stale=True)
        digests.put_uses(session, project_id, nonce.id, admitted)
    actor = devices.find_device_by_id(app_user_id, now)
    return Verdict(actor=actor, is_ended=actor is None)


def _ha1(app_user_id: int | None, algorithm: str) -> tuple[int, str]:
    """(project, HA1) of a phone; of nobody, one that no answer fits, at the same cost."""
    found = None if app_user_id is None else digests.find_secret(app_user_id)
    key = None if found is None else keys.current().find(found[0], found[1])
    if found is None or key is None or app_user_id is None:
        return 0, os.urandom(32).hex()
    project_id, _, sealed = found
    try:
        secrets = orjson.loads(unseal(key, _place(project_id, app_user_id), sealed))
    except Unsealable:  # moved from another row, or changed: nothing opens by it
        keys.unsealable(phone=app_user_id)
        return 0, os.urandom(32).hex()
    ha1: str = secrets[algorithm]
    return project_id, ha1


def _place(project_id: int, app_user_id: int) -> Place:
    return Place(
        project_id=project_id,
        record=uuid.UUID(int=app_user_id),
        data_class=DataClass.IDENTITY,
        field="digest",
    )
