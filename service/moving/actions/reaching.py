"""A server that is left, asked with the right to ask it. Tokens go into headers alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

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

    def __init__(self, outgoing: Outgoing, opened: Opened) -> None:
        self._outgoing, self._opened = outgoing, opened

    def read(self, path: str, most_bytes: int) -> bytes | None:
        with self._ask(path, most_bytes) as reply:
            return None if reply.status == 404 else reply.read()

    def pieces(self, path: str, most_bytes: int | None = None) -> Iterator[bytes] | None:
        opened = contextlib.ExitStack()
        reply = opened.enter_context(self._ask(path, most_bytes or MOST_FILE))
        if reply.status == 404:
            opened.close()
            return None
        return _closing(opened, reply)

    def trust(self, address: str) -> bool:
        return self._outgoing.trust(address)

    @contextlib.contextmanager
    def _ask(self, path: str, most_bytes: int) -> Iterator[Reply]:
        for renews in (self._opened.may_renew, False):
            headers = self._opened.headers
            with self._outgoing.ask("GET", path, headers=headers, most_bytes=most_bytes) as reply:
                if reply.status != 401 or not renews:
                    if reply.status not in (200, 404):
                        raise refusal(reply.status)
                    self._opened.was_let_in()
                    yield reply
                    return
            self._opened.renew()


def _closing(opened: contextlib.ExitStack, reply: Reply) -> Iterator[bytes]:
    with opened:
        yield from reply.pieces()


def refusal(status: int) -> Problem:
    """What a status that is no success means to somebody who moves in."""
    if status in (401, 403):
        return Problem(SOURCE_DENIED)
    if (status >= 500 and status != 501) or status == 429:  # 501: it never will
        return Problem(SOURCE_AWAY, reason=f"it answers {status}")
    return Problem(SOURCE_STRANGE, reason=f"it answers {status}")


@contextlib.contextmanager
def reach(
    place: Place, secret: Secret, rules: Rules, beat: Callable[[], None] = lambda: None
) -> Iterator[Source]:
    """The source, for as long as it is asked. `beat` is called with each question and piece of an
    answer. Raises SOURCE_ADDRESS, SOURCE_DENIED, …"""
    outgoing = Outgoing(place.address, rules, beat=beat)
    try:
        opened = Opened(place, secret, outgoing)
        is_there = True
        try:
            yield _READERS[place.kind](place, Asked(outgoing, opened))
        except Problem as problem:
            is_there = problem.kind is not SOURCE_AWAY
            raise
        finally:
            if is_there:
                opened.end()
    finally:
        outgoing.close()


_READERS: dict[str, Callable[[Place, Asked], Source]] = {
    "central": lambda place, http: Central(http=http, project=place.project),
    "kobo": lambda _, http: Kobo(http=http),
    "ona": lambda place, http: Ona(http=http, host=urlsplit(place.address).netloc),
}


class Opened:
    """The right to ask a server. Central's sessions are opened for it, and end after a day."""

    def __init__(self, place: Place, secret: Secret, outgoing: Outgoing) -> None:
        self._secret, self._outgoing = secret, outgoing
        self._word = "Bearer" if place.kind == "central" else "Token"
        self._is_session = place.kind == "central" and not secret.token
        self.may_renew = self._is_session
        """Once for each time that it was let in."""
        self._token = _session(outgoing, secret) if self._is_session else secret.token

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"{self._word} {self._token}"}

    def was_let_in(self) -> None:
        self.may_renew = self._is_session

    def renew(self) -> None:
        """Raises SOURCE_DENIED."""
        self.may_renew = False
        self._token = _session(self._outgoing, self._secret)

    def end(self) -> None:
        """What was opened for this is closed; where that fails, it ends by itself in a day."""
        if not self._is_session:
            return
        self._outgoing.beat = lambda: None  # stopped or not
        with contextlib.suppress(Problem):
            asked = self._outgoing.ask(
                "DELETE", "v1/sessions/current", headers=self.headers, most_bytes=MOST_SESSION
            )
            with asked:
                pass


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
