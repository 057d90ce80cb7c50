"""Coming in, for both doors: take a place, count the try, check it outside any transaction."""

from __future__ import annotations

from service.accounts import actions, credentials, queries
from service.accounts.actions import own_account, refreshing, second_factors, signing_in, tries
from service.accounts.actor import Actor
from service.accounts.caller import Caller
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import SIGN_IN_NEEDED, WRONG_CREDENTIALS, Kind, Problem


def open_session(
    jwt_key: str, email: str, password: str, code: str, caller: Caller
) -> signing_in.NewSignIn:
    """For a program. Raises WRONG_CREDENTIALS, SECOND_FACTOR_NEEDED, SECOND_FACTOR_TO_ENROL,
    WRONG_CODE, TOO_MANY_REQUESTS."""
    with credentials.place():
        tried = _begin(email, caller)
        with reading() as session:
            verdict = signing_in.check(session, email, password, code)
    with unit_of_work() as session:
        opened = signing_in.sign_in(session, jwt_key, tried, verdict)
    if isinstance(opened, Kind):
        raise Problem(opened)
    return opened


def open_script_session(email: str, token: str) -> actions.NewScriptSession:
    """For a script that signs in as people do. Raises WRONG_CREDENTIALS."""
    opened = actions.open_script_session(email, token)
    if opened is None:
        raise Problem(WRONG_CREDENTIALS)
    return opened


def renew_session(jwt_key: str, token: str, caller: Caller) -> signing_in.NewSignIn:
    """For a program, by its refresh token. One that never was costs a look and no writing. Raises
    SIGN_IN_NEEDED."""
    with reading() as session:
        is_known = queries.has_refresh_token(session, credentials.token_sha256(token))
    if is_known:
        with unit_of_work() as session:
            opened = refreshing.refresh(session, jwt_key, token, caller)
        if opened is not None:
            return opened
    raise Problem(SIGN_IN_NEEDED)


def open_page_session(email: str, password: str, caller: Caller) -> signing_in.NewPageSignIn:
    """For the pages. Raises WRONG_CREDENTIALS, TOO_MANY_REQUESTS."""
    with credentials.place():
        tried = _begin(email, caller)
        with reading() as session:
            verdict = signing_in.check(session, email, password)
    with unit_of_work() as session:
        opened = signing_in.sign_in_page(session, tried, verdict)
    if isinstance(opened, Kind):
        raise Problem(opened)
    return opened


def _begin(email: str, caller: Caller) -> tries.Try:
    with unit_of_work() as session:
        return tries.begin_sign_in(session, signing_in.normalised(email), caller)


def give_code(actor: Actor, code: str, caller: Caller) -> bool:
    """The second factor of somebody who gave her password before. Raises TOO_MANY_REQUESTS."""
    with unit_of_work() as session:
        tried = tries.begin_code(session, actor.person_id, caller)
    with reading() as session:
        proof = second_factors.find_proof(session, actor.person_id, code)
    with unit_of_work() as session:
        return signing_in.give_code(session, actor, tried, proof)


def change_password(actor: Actor, old: str, new: str, caller: Caller) -> None:
    """Raises WRONG_CREDENTIALS for the old one, INVALID_PARAMETER or PASSWORD_GUESSABLE for the new
    one, TOO_MANY_REQUESTS."""
    with credentials.place():
        with unit_of_work() as session:
            tried = tries.begin_code(session, actor.person_id, caller)
        with reading() as session:
            encoded, names = (
                queries.find_hash(session, actor.person_id),
                queries.names_of(session, actor.person_id),
            )
        is_right = credentials.verify_password(encoded, old)
    with unit_of_work() as session:
        if is_right:
            tries.succeed(session, tried)
        else:
            signing_in.note_failure(session, actor.person_id)
    if not is_right:
        raise Problem(WRONG_CREDENTIALS)
    new_hash = credentials.hash_password(new, names)
    with unit_of_work() as session:
        own_account.change_password(session, actor, new_hash)
