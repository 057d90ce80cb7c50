"""S-34: requests whose length can be read in two ways, by raw socket: against the real server, and
through nginx as docs/for-operators.md sets it up."""

from __future__ import annotations

import re
import socket
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests import proxy
from tests.ports import free_port
from tests.reliability.server import Server, Site

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(120)]

HIDDEN = b"GET /sign-in?hidden HTTP/1.1\r\nHost: x\r\n\r\n"
"""Would be answered as a second request by whoever reads the length in the other way."""


@pytest.fixture(scope="module")
def running(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    mine = site.copy_to(tmp_path_factory.mktemp("smuggling") / "data")
    with Server(mine):
        yield mine


def heads() -> dict[str, bytes]:
    """Headers that give the length twice, or in a way that programs read differently."""
    chunk = b"0\r\n\r\n"
    length = str(len(chunk) + len(HIDDEN)).encode()
    return {
        "both": b"Content-Length: " + length + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk,
        "both, turned": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunk,
        "two lengths": b"Content-Length: 0\r\nContent-Length: " + length + b"\r\n\r\n",
        "a list of lengths": b"Content-Length: 0, " + length + b"\r\n\r\n",
        "a length with a sign": b"Content-Length: +" + length + b"\r\n\r\n",
        "a negative length": b"Content-Length: -1\r\n\r\n",
        "a length in hex": b"Content-Length: 0x10\r\n\r\n",
        "a length in Khmer digits": "Content-Length: ១២\r\n\r\n".encode(),
        "a length beyond any": b"Content-Length: 99999999999999999999\r\n\r\n",
        "space before the colon": b"Transfer-Encoding : chunked\r\n\r\n" + chunk,
        "a tab in front": b"Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n" + chunk,
        "another coding": b"Transfer-Encoding: xchunked\r\n\r\n" + chunk,
        "two codings": b"Transfer-Encoding: chunked, identity\r\n\r\n" + chunk,
        "one unknown": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n" + chunk,
        "a folded line": b"Transfer-Encoding:\r\n chunked\r\n\r\n" + chunk,
        "a bare line feed": b"Content-Length: 0\nTransfer-Encoding: chunked\r\n\r\n" + chunk,
        "a bare carriage return": b"Content-Length: 0\rTransfer-Encoding: chunked\r\n\r\n" + chunk,
        "a size of chunk with a sign": b"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n",
        "a size of chunk beyond any": b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\n",
        "an end of chunk that lies": b"Transfer-Encoding: chunked\r\n\r\n1\r\nAB\r\n0\r\n\r\n",
        "a NUL in a header": b"X-A: a\0b\r\nContent-Length: 0\r\n\r\n",
    }  # fmt: skip


@pytest.mark.parametrize("trick", heads())
def test_s34_what_can_be_read_in_two_ways_is_one_request_or_none(running: Site, trick: str) -> None:
    path = urllib.parse.urlsplit(running.phone_url).path
    request = (
        f"POST {path}/submission HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n".encode()
        + heads()[trick]
        + HIDDEN.replace(b"Host: x", f"Host: 127.0.0.1:{running.port}".encode())
    )
    statuses = _statuses(running.port, request)
    # Refused, or understood in one way of which the hidden part is body. Where the length is
    # given once and plainly, what follows is by the standard the client's own next request.
    assert len(statuses) <= (2 if trick in ONE_WAY else 1), statuses
    assert all(400 <= status < 500 for status in statuses[:1]), statuses


ONE_WAY = {"a tab in front"}
"""Allowed by RFC 9112: white space before a value; chunked then wins over a length."""


def _statuses(port: int, request: bytes) -> list[int]:
    """The status of every answer on one connection."""
    told = b""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(request)
        try:
            while piece := connection.recv(65536):
                told += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", told)]


def test_s34_the_server_lives_on(running: Site) -> None:
    asked = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nConnection: close\r\n\r\n"
    assert _statuses(running.port, asked.encode()) == [200]


# --- through the proxy --------------------------------------------------------------------------
@pytest.fixture(scope="module")
def proxied(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, int]]:
    why = proxy.why_not()
    if why:
        pytest.skip(why)
    where = tmp_path_factory.mktemp("proxied")
    mine = site.copy_to(where / "data")
    with proxy.in_front(mine, where / "nginx") as port:
        yield mine, port


@pytest.mark.parametrize("trick", heads())
def test_s34_through_the_documented_proxy_nothing_is_taken_for_somebody_elses_request(
    proxied: tuple[Site, int], trick: str
) -> None:
    site, port = proxied
    path = urllib.parse.urlsplit(site.phone_url).path
    host = f"Host: {proxy.HOST}".encode()
    request = (
        f"POST {path}/submission HTTP/1.1\r\n".encode()
        + host
        + b"\r\n"
        + heads()[trick]
        + HIDDEN.replace(b"Host: x", host)
    )
    statuses = _statuses(port, request)
    assert len(statuses) <= (2 if trick in {*ONE_WAY, *ONE_BY_NGINX} else 1), statuses
    assert all(400 <= status < 500 or status == 501 for status in statuses[:1]), statuses
    # Whoever comes next is answered what they asked for, and nothing that was left behind.
    asked = ("/healthz", "/nowhere", "/healthz")
    assert [proxy.ask(port, each)[0] for each in asked] == [200, 404, 200]


ONE_BY_NGINX: set[str] = set()
"""Understood by nginx in one way, and sent on in that way alone: it gives the body a length."""


def of_nginx(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of what it answers by itself."""
    told = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        connection.settimeout(10)
        while piece := connection.recv(65536):
            told += piece
    head, _, body = told.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    named = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, _, value in named}, body


def asking(method: str, path: str, *more: str) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", f"Host: {proxy.HOST}", "Connection: close", *more)
    return "\r\n".join((*lines, "", "")).encode()


SECRET = "/v1/key/smd-never-to-be-seen/projects/1/submission"
REFUSED = {
    "a bad length": (asking("POST", SECRET, "Content-Length: -1"), 400),
    "a body over the cap": (asking("POST", SECRET, "Content-Length: 300000000"), 413),
    "an address too long": (asking("GET", f"{SECRET}?deviceID={'x' * 70_000}"), 414),
    "a header too large": (asking("GET", SECRET, f"X-A: {'x' * 70_000}"), 400),
    "nobody behind": (asking("GET", SECRET), 502),
}
"""What the proxy answers by itself. A header too large is 494 to nginx, 400 to the client."""


@pytest.fixture(scope="module")
def nobody_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    if why := proxy.why_not():
        pytest.skip(why)
    with proxy.alone(free_port(), tmp_path_factory.mktemp("alone") / "nginx") as port:
        yield port


def assert_has_words(headers: dict[str, str], body: bytes) -> None:
    """Those of docs/openrosa-error.xml, in both languages, and not the address."""
    assert body == (proxy.DOCS / "openrosa-error.xml").read_bytes()
    assert (headers["content-type"], headers["x-openrosa-version"]) == (
        "text/xml; charset=utf-8", "1.0",
    )  # fmt: skip
    text = etree.fromstring(body)[0].text or ""
    assert "Your data stays on the phone and is safe there. Please send again later." in text
    assert "ទិន្នន័យនៅក្នុងទូរសព្ទ" in text
    assert "smd-" not in text


@pytest.mark.parametrize("what", REFUSED)
def test_s34_c64_what_the_documented_proxy_refuses_has_words_for_phones(
    nobody_behind: int, what: str
) -> None:
    request, wanted = REFUSED[what]
    status, headers, body = of_nginx(nobody_behind, request)
    assert status == wanted
    assert_has_words(headers, body)


def test_c64_a_server_that_does_not_answer_has_words_too(tmp_path: Path) -> None:
    """504. The documented wait is 120 s; here it is one."""
    if why := proxy.why_not():
        pytest.skip(why)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        behind = silent.getsockname()[1]
        with proxy.alone(behind, tmp_path / "nginx", read_timeout="1s") as port:
            status, headers, body = of_nginx(port, asking("GET", SECRET))
    assert status == 504
    assert_has_words(headers, body)
