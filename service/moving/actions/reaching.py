"""A server that is left, asked with the right to ask it. Tokens go into headers alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from service.foundation.outgoing import Outgoing, Reply, Rules
from service.foundation.problems import SOURCE_AWAY, SOURCE_DENIED, SOURCE_STRANGE, Problem
from service.moving.places import Place
from service.moving.readers.central import Central
from service.moving.readers.kobo import Kobo
from service.moving.readers.ona import Ona
from service.moving.source import MOST_FILE, Source

MOST_SESSION = 64_000


@dataclass(frozen=True, kw_only=True)
class Secret:
    """What opens the source: a token; or, for Central, an e-mail address and a password."""

    token: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


class Asked:
    """`source.Http` over one server."""

    def __init__(self, outgoing: Outgoing, headers: Mapping[str, str]) -> None:
        self._outgoing, self._headers = outgoing, headers

    def read(self, path: str, most_bytes: int) -> bytes | None:
        with self._ask(path, most_bytes) as reply:
            return None if reply.status == 404 else reply.read()

    def pieces(self, path: str) -> Iterator[bytes] | None:
        opened = contextlib.ExitStack()
        reply = opened.enter_context(self._ask(path, MOST_FILE))
        if reply.status == 404:
            opened.close()
            return None
        return _closing(opened, reply)

    @contextlib.contextmanager
    def _ask(self, path: str, most_bytes: int) -> Iterator[Reply]:
        asked = self._outgoing.ask("GET", path, headers=self._headers, most_bytes=most_bytes)
        with asked as reply:
            if reply.status not in (200, 404):
                raise refusal(reply.status)
            yield reply


def _closing(opened: contextlib.ExitStack, reply: Reply) -> Iterator[bytes]:
    with opened:
        yield from reply.pieces()


def refusal(status: int) -> Problem:
    """What a status that is no success means to somebody who moves in."""
    if status in (401, 403):
        return Problem(SOURCE_DENIED)
    if status >= 500 or status == 429:
        return Problem(SOURCE_AWAY, reason=f"it answers {status}")
    return Problem(SOURCE_STRANGE, reason=f"it answers {status}")


@contextlib.contextmanager
def reach(place: Place, secret: Secret, rules: Rules) -> Iterator[Source]:
    """The source, for as long as it is asked. Raises SOURCE_ADDRESS, SOURCE_DENIED, …"""
    outgoing = Outgoing(place.address, rules)
    try:
        yield _READERS[place.kind](place, Asked(outgoing, _headers(place, secret, outgoing)))
    finally:
        outgoing.close()


_READERS: dict[str, Callable[[Place, Asked], Source]] = {
    "central": lambda place, http: Central(http=http, project=place.project),
    "kobo": lambda _, http: Kobo(http=http),
    "ona": lambda _, http: Ona(http=http),
}


def _headers(place: Place, secret: Secret, outgoing: Outgoing) -> dict[str, str]:
    if place.kind != "central":
        return {"Authorization": f"Token {secret.token}"}
    token = secret.token or _session(outgoing, secret)
    return {"Authorization": f"Bearer {token}"}


def _session(outgoing: Outgoing, secret: Secret) -> str:
    """Central opens sessions for an address and a password (`lib/resources/sessions.js`)."""
    body = orjson.dumps({"email": secret.email, "password": secret.password})
    asked = outgoing.ask(
        "POST",
        "v1/sessions",
        headers={"Content-Type": "application/json"},
        body=body,
        most_bytes=MOST_SESSION,
    )
    with asked as reply:
        if reply.status != 200:
            raise refusal(reply.status)
        try:
            return str(orjson.loads(reply.read())["token"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise Problem(SOURCE_STRANGE, reason="this is no ODK Central") from None
