"""Tries to come in are counted before anything slow is done, so that a hundred at once are no
better than one after the other.

Five that fail block the account for 60 s, doubling to 15 min, never for good; tries from a network
that the person knows are counted apart. Besides, each network has a ceiling, and so have all
together that come from where the person never came in: a few networks would use it up, and keep
out those who come in from where they always do.

Somebody who fails on and on in her name would keep a person out wherever she never was. So while an
account is blocked, every coarse network has two tries in a quarter of an hour, for a password and
the code after it: an attacker has many addresses, but not many of those.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import queries
from service.accounts.caller import Caller
from service.accounts.tables import KnownNetwork, SignIn, User
from service.foundation import clock, throttling
from service.foundation.problems import TOO_MANY_REQUESTS, Problem

FREE_FAILURES = 5
FIRST_BLOCK_S = 60
LONGEST_BLOCK_S = 15 * 60
PER_NETWORK = 30
TOGETHER = 300
"""Ceilings for one minute; of all together half of what a small machine can hash."""
AROUND = 2
AROUND_FOR = dt.timedelta(seconds=LONGEST_BLOCK_S)
KNOWN_FOR = dt.timedelta(days=90)
_MOMENT = User.blocked_until.type


@dataclass(frozen=True, kw_only=True)
class Try:
    """One try, counted. `user_id`: whose account; None where there is none of that name."""

    user_id: int | None
    caller: Caller
    is_known_network: bool = False
    is_beside_block: bool = False
    """Let in although the account is blocked."""
    failures: int = 0
    """This one included."""


def begin_sign_in(session: Session, email: str, caller: Caller) -> Try:
    """Raises TOO_MANY_REQUESTS."""
    throttling.count(session, f"sign-in/{caller.network}", most=PER_NETWORK)
    user_id = queries.find_user_id(session, email)
    if user_id is None or not _came_in_here(session, user_id, caller):
        throttling.count(session, "sign-in", most=TOGETHER)
    if user_id is None:
        return Try(user_id=None, caller=caller)
    return begin_code(session, user_id, caller)


def begin_code(session: Session, user_id: int, caller: Caller) -> Try:
    """For a code of the second factor, or a password, of somebody who has signed in: counted for
    the account alone, for a whole office comes in by one address. Raises TOO_MANY_REQUESTS."""
    now = clock.now()
    known = _rows_of_known_network(user_id, caller.network, now - KNOWN_FOR)
    failures = _count(session, KnownNetwork, known, now)
    if failures is not None:
        return Try(user_id=user_id, caller=caller, is_known_network=True, failures=failures)
    blocked_until = session.scalar(sa.select(KnownNetwork.blocked_until).where(known))
    if blocked_until is None:
        failures = _count(session, User, User.id == user_id, now)
        if failures is not None:
            for _ in range(AROUND):
                _count_around(session, user_id, caller)
            return Try(user_id=user_id, caller=caller, failures=failures)
        if _count_around(session, user_id, caller):
            return Try(user_id=user_id, caller=caller, is_beside_block=True)
        blocked_until = session.scalar(sa.select(User.blocked_until).where(User.id == user_id))
    seconds = math.ceil(((blocked_until or now) - now).total_seconds())
    raise Problem(TOO_MANY_REQUESTS, seconds=max(1, seconds))


def _came_in_here(session: Session, user_id: int, caller: Caller) -> bool:
    """Whether the person did lately, from this network or one beside it."""
    known = _rows_of_known_network(user_id, caller.network, clock.now() - KNOWN_FOR)
    beside = sa.and_(SignIn.user_id == user_id, SignIn.place == caller.place)
    return bool(
        session.scalar(sa.select(sa.or_(sa.exists().where(known), sa.exists().where(beside))))
    )


def _count_around(session: Session, user_id: int, caller: Caller) -> bool:
    """Whether there is one left; where the account was not blocked, there is none for a while."""
    name = f"around/{user_id}/{caller.around}"
    try:
        throttling.count(session, name, most=AROUND, window=AROUND_FOR)
    except Problem:
        return False
    return True


def _rows_of_known_network(
    user_id: int, network: str, since: dt.datetime
) -> sa.ColumnElement[bool]:
    return sa.and_(
        KnownNetwork.user_id == user_id,
        KnownNetwork.network == network,
        KnownNetwork.seen_at > since,
    )


def _count(
    session: Session,
    table: type[User | KnownNetwork],
    row: sa.ColumnElement[bool],
    now: dt.datetime,
) -> int | None:
    """How many tries there are now; None where the row is blocked, or not there."""
    counted: int | None = session.execute(
        sa.update(table)
        .where(row, sa.or_(table.blocked_until.is_(None), table.blocked_until <= now))
        .values(failures=table.failures + 1, blocked_until=_block(table.failures + 1, now))
        .returning(table.failures)
        .execution_options(synchronize_session=False)
    ).scalar()
    return counted


def _block(failures: sa.ColumnElement[int], now: dt.datetime) -> sa.Case[dt.datetime | None]:
    """Until when that many failures block: 60 s from the fifth on, twice as long with each."""
    steps = [FIRST_BLOCK_S]
    while steps[-1] < LONGEST_BLOCK_S:
        steps.append(min(2 * steps[-1], LONGEST_BLOCK_S))
    until = [
        (failures >= FREE_FAILURES + more, sa.literal(now + dt.timedelta(seconds=block_s), _MOMENT))
        for more, block_s in enumerate(steps)
    ]
    return sa.case(*reversed(until), else_=sa.null())


def take_back(session: Session, tried: Try) -> None:
    """It was no failure, and no success either: the code is yet to come. A block that others
    brought about stays; so does what was used of the tries beside it."""
    if tried.is_beside_block:
        return
    table, row = _row(tried)
    _set(
        session,
        table,
        row,
        failures=sa.case((table.failures > 0, table.failures - 1), else_=0),
        blocked_until=sa.case(
            (table.failures == tried.failures, sa.null()), else_=table.blocked_until
        ),
    )


def succeed(session: Session, tried: Try) -> None:
    """Everything right: count anew, and know the network from now on."""
    if tried.user_id is None:
        return
    table, row = _row(tried)
    _set(session, table, row, failures=0, blocked_until=None)
    values = {"user_id": tried.user_id, "network": tried.caller.network, "now": clock.now()}
    session.execute(_KNOW, values)


_KNOW = sa.text(
    """
    INSERT INTO known_networks (user_id, network, seen_at, failures) VALUES (:user_id, :network,
      :now, 0)
    ON CONFLICT (user_id, network) DO UPDATE SET seen_at = excluded.seen_at
    """
).bindparams(sa.bindparam("now", type_=KnownNetwork.seen_at.type))


def _row(tried: Try) -> tuple[type[User | KnownNetwork], sa.ColumnElement[bool]]:
    """Where the try was counted."""
    if not tried.is_known_network:
        return User, User.id == tried.user_id
    return KnownNetwork, sa.and_(
        KnownNetwork.user_id == tried.user_id, KnownNetwork.network == tried.caller.network
    )


def _set(
    session: Session, table: type[User | KnownNetwork], row: sa.ColumnElement[bool], **values: Any
) -> None:
    session.execute(
        sa.update(table).where(row).values(**values).execution_options(synchronize_session=False)
    )
