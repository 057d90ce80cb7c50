"""HTTP as Collect's library (OkHttp) speaks it: pooled connections, silent retries, a cache.

What matters for a server: a request that dies on a reused connection is sent again at once, so
duplicates a few milliseconds apart are normal; a POST that is redirected by 301, 302 or 303 comes
back as a GET without its body; 408, and 503 with `Retry-After: 0`, are repeated once, silently.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import http.client
import re
import secrets
import ssl
import time
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import TypeAlias

COLLECT = "org.odk.collect.android/v2025.3.3 Dalvik/2.1.0 (Linux; U; Android 11; SM-A127F)"
BODY_GONE = (301, 302, 303)
BODY_KEPT = (307, 308)

Body: TypeAlias = "list[bytes | Path]"
"""A request body in pieces; a path is streamed from the file."""


class UnreachableError(Exception):
    """No answer: refused, reset, cut off or too slow. The phone does not know what happened."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer, decompressed. `headers` compares names without case."""

    status: int
    headers: Message
    body: bytes
    url: str

    @property
    def content_type(self) -> str:
        return (self.headers.get("Content-Type") or "").lower()


@dataclass(kw_only=True)
class Credentials:
    """User name and password as Collect sends them: Basic with the first request already, Digest
    (okhttp-digest) by the last challenge, and once more where a challenge is new."""

    user: str
    password: str
    digest: bool = False
    challenge: dict[str, str] = field(default_factory=dict)
    """The last one, of Digest."""
    _count: int = 0

    def header(self, method: str, target: str) -> dict[str, str]:
        if not self.digest:
            pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        return {"Authorization": self._answer(method, target)} if self.challenge else {}

    def is_asked_anew(self, reply: Reply) -> bool:
        """Whether the answer brings a challenge to which there is a better reply."""
        told = (reply.headers.get("WWW-Authenticate") or "") if reply.status == 401 else ""
        if not self.digest or not told.startswith("Digest "):
            return False
        asked = dict(re.findall(r'(\w+)="?([^",]+)"?', told))
        is_new = not self.challenge or asked.get("stale") == "true"
        self.challenge, self._count = asked, 0
        return is_new

    def _answer(self, method: str, target: str) -> str:
        self._count += 1
        asked, count, own = self.challenge, f"{self._count:08x}", secrets.token_hex(8)
        kind = hashlib.sha256 if asked.get("algorithm") == "SHA-256" else hashlib.md5

        def hashed(text: str) -> str:
            return kind(text.encode()).hexdigest()

        who = hashed(f"{self.user}:{asked['realm']}:{self.password}")
        what = hashed(f"{method}:{target}")
        response = hashed(f"{who}:{asked['nonce']}:{count}:{own}:auth:{what}")
        return (
            f'Digest username="{self.user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
            f'uri="{target}", algorithm={asked["algorithm"]}, qop=auth, nc={count}, '
            f'cnonce="{own}", response="{response}"'
        )


@dataclass(kw_only=True)
class Http:
    """Connections of one phone. Not for several threads: a phone sends one record at a time."""

    user_agent: str = COLLECT
    timeout_s: float = 60.0
    credentials: Credentials | None = None
    cache: dict[str, tuple[str, Reply]] = field(default_factory=dict)
    requests: int = 0
    """How many requests went out, silent repeats included."""
    replies: list[tuple[str, Reply]] = field(default_factory=list)
    """Method and answer of each, silent repeats included."""
    _pool: dict[str, http.client.HTTPConnection] = field(default_factory=dict)

    def close(self) -> None:
        for connection in self._pool.values():
            connection.close()
        self._pool.clear()

    def get(self, url: str, **headers: str) -> Reply:
        """GET through the cache: what has an ETag is asked for again with If-None-Match. With
        headers of one's own (`Range="bytes=0-3"`) past it."""
        if headers:
            return self._follow("GET", url, headers)
        tag, cached = self.cache.get(url, ("", None))
        reply = self._follow("GET", url, {"If-None-Match": tag} if tag else {})
        if reply.status == 304 and cached is not None:
            return cached
        if reply.status == 200 and reply.headers.get("ETag"):
            self.cache[url] = (reply.headers["ETag"], reply)
        return reply

    def head(self, url: str) -> Reply:
        """HEAD; redirections are followed."""
        return self._follow("HEAD", url, {})

    def post(self, url: str, body: Body, content_type: str) -> Reply:
        """POST, with OkHttp's silent repeat of 408 and 503 `Retry-After: 0`."""
        headers = {"Content-Type": content_type, "Content-Length": str(_length(body))}
        reply = self._follow("POST", url, headers, body)
        wants_repeat = reply.status == 503 and reply.headers.get("Retry-After") == "0"
        if reply.status == 408 or wants_repeat:
            reply = self._follow("POST", url, headers, body)
        return reply

    def _follow(
        self, method: str, url: str, headers: dict[str, str], body: Body | None = None
    ) -> Reply:
        for _ in range(20):
            reply = self._send(method, url, headers, body)
            if reply.status not in (*BODY_GONE, *BODY_KEPT) or not reply.headers.get("Location"):
                return reply
            url = urllib.parse.urljoin(url, reply.headers["Location"])
            if reply.status in BODY_GONE and method == "POST":
                method, headers, body = "GET", {}, None
        raise UnreachableError("Too many follow-up requests: 21")

    def _send(self, method: str, url: str, headers: dict[str, str], body: Body | None) -> Reply:
        """One exchange; once more on a fresh connection if a pooled one turns out dead."""
        host = urllib.parse.urlsplit(url).netloc
        is_pooled = host in self._pool
        try:
            reply = self._exchange(method, url, headers, body)
            if self.credentials is not None and self.credentials.is_asked_anew(reply):
                reply = self._exchange(method, url, headers, body)
            return reply
        except (OSError, http.client.HTTPException) as error:
            self._drop(host)
            if not is_pooled or isinstance(error, TimeoutError):
                raise UnreachableError(str(error)) from error
        try:
            return self._exchange(method, url, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self._drop(host)
            raise UnreachableError(str(error)) from error

    def _exchange(self, method: str, url: str, headers: dict[str, str], body: Body | None) -> Reply:
        parts = urllib.parse.urlsplit(url)
        connection = self._connection(parts)
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        self.requests += 1
        proven = self.credentials.header(method, target) if self.credentials else {}
        connection.request(
            method,
            target,
            body=_pieces(body) if body else None,
            headers={**self._usual(), **proven, **headers},
        )
        response = connection.getresponse()
        content = response.read()
        if response.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        if response.will_close:
            self._drop(parts.netloc)
        reply = Reply(status=response.status, headers=response.headers, body=content, url=url)
        self.replies.append((method, reply))
        return reply

    def _connection(self, parts: urllib.parse.SplitResult) -> http.client.HTTPConnection:
        if parts.netloc not in self._pool:
            host, port = parts.hostname or "", parts.port
            self._pool[parts.netloc] = (
                http.client.HTTPSConnection(
                    host, port, timeout=self.timeout_s, context=ssl.create_default_context()
                )
                if parts.scheme == "https"
                else http.client.HTTPConnection(host, port, timeout=self.timeout_s)
            )
        return self._pool[parts.netloc]

    def _drop(self, host: str) -> None:
        connection = self._pool.pop(host, None)
        if connection:
            with contextlib.suppress(OSError):
                connection.close()

    def _usual(self) -> dict[str, str]:
        # Collect formats hours on a 12-hour clock: the afternoon is wrong by 12 hours.
        date = time.strftime("%a, %d %b %Y %I:%M:%S GMT+07:00", time.localtime())
        return {
            "X-OpenRosa-Version": "1.0",
            "User-Agent": self.user_agent,
            "Date": date,
            "Accept-Encoding": "gzip",
            "Connection": "Keep-Alive",
        }


def _length(body: Iterable[bytes | Path]) -> int:
    return sum(len(piece) if isinstance(piece, bytes) else piece.stat().st_size for piece in body)


def _pieces(body: Iterable[bytes | Path]) -> Iterator[bytes]:
    for piece in body:
        if isinstance(piece, bytes):
            yield piece
            continue
        with piece.open("rb") as file:
            while chunk := file.read(1 << 16):
                yield chunk
