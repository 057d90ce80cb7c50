"""How a body may be framed, and what is taken for a cut one, against the real server by raw
socket: what no test client would send."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import http.client
import socket
import urllib.parse
from collections.abc import Iterator

import pytest

from tests.clients.collect_xml import read_message
from tests.clients.households import household
from tests.clients.openrosa_phone import multipart
from tests.reliability import checker
from tests.reliability.server import Server, Site

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def running(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    mine = site.copy_to(tmp_path_factory.mktemp("framing") / "data")
    with Server(mine):
        yield mine


def a_body(number: int) -> tuple[bytes, bytes]:
    """(body, content type) of a record of its own, with the file that it names."""
    visited = [each for each in map(household, range(1, 99)) if len(each.photos) == 1][number]
    body, kind = multipart(visited.record, list(visited.record.files), is_last=True)
    return b"".join(piece for piece in body if isinstance(piece, bytes)), kind.encode()


def chunked(body: bytes, *, end: bytes = b"0\r\n\r\n") -> bytes:
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end


def post(
    site: Site,
    kind: bytes,
    headers: bytes,
    body: bytes,
    *,
    version: bytes = b"1.1",
    is_cut: bool = False,
) -> tuple[int, bytes]:
    """(status, body) of the answer; `is_cut`: our half is closed after the last byte."""
    path = urllib.parse.urlsplit(site.phone_url).path
    head = (
        b"POST %s/submission HTTP/%s\r\nHost: 127.0.0.1:%d\r\nX-OpenRosa-Version: 1.0\r\n"
        b"Content-Type: %s\r\nConnection: close\r\n%s\r\n"
    ) % (path.encode(), version, site.port, kind, headers)
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(head + body)
        if is_cut:
            connection.shutdown(socket.SHUT_WR)
        reply = b""
        try:
            while piece := connection.recv(65536):
                reply += piece
        except ConnectionResetError:
            pass
    first, _, rest = reply.partition(b"\r\n\r\n")
    return int(first.split(b" ", 2)[1]) if first else 0, rest


def test_c01_every_answer_is_dated_once_by_the_clock_of_the_server(running: Site) -> None:
    """Errors, too. The HTTP server does it; a second date would make the header unreadable."""
    path = urllib.parse.urlsplit(running.phone_url).path
    for address in (
        f"{path}/formList",
        f"{path}/submission",
        f"{path}/forms/none.xml",
        "/v1/key/x/formList",
    ):
        with connected(running) as connection:
            connection.request("GET", address)
            answer = connection.getresponse()
            answer.read()
            (date,) = answer.headers.get_all("Date") or ()
            said = email.utils.parsedate_to_datetime(date)
            assert date.endswith(" GMT"), date
            assert abs(dt.datetime.now(dt.UTC) - said) < dt.timedelta(minutes=1)


def connected(site: Site) -> contextlib.closing[http.client.HTTPConnection]:
    return contextlib.closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=20))


def stored(site: Site) -> int:
    with checker.opened_copy(site.database) as database:
        count: int = database.execute("SELECT count(*) FROM submissions").fetchone()[0]
    return count


def length(body: bytes, more: int = 0) -> bytes:
    return b"Content-Length: %d\r\n" % (len(body) + more)


@pytest.mark.parametrize("how", range(6))
def test_c58_a_whole_body_is_taken_however_it_is_framed(running: Site, how: int) -> None:
    body, kind = a_body(how)
    before = stored(running)
    headers, sent, version = [
        (length(body), body, b"1.1"),
        (length(body), body, b"1.0"),
        (b"Transfer-Encoding: chunked\r\n", chunked(body), b"1.1"),
        (b"Transfer-Encoding: chunked\r\n", chunked(body + b"epilogue"), b"1.1"),
        (length(body, 8) + b"Content-Encoding: identity\r\n", body + b"epilogue", b"1.1"),
        (length(body) + b"Content-Encoding: Identity\r\n", body, b"1.0"),
    ][how]
    assert post(running, kind, headers, sent, version=version)[0] == 201
    assert stored(running) == before + 1


@pytest.mark.parametrize("how", range(5))
def test_a_body_that_was_cut_is_refused_even_behind_its_last_boundary(
    running: Site, how: int
) -> None:
    body, kind = a_body(10 + how)
    before = stored(running)
    headers, sent, version = [
        (length(body, 1), body, b"1.1"),
        (length(body, 100_000), body, b"1.1"),
        (length(body), body[:-2], b"1.1"),
        (length(body, 1), body, b"1.0"),
        # Nothing announces how long it is: it is whole if its last boundary came, and cut if not.
        (b"Transfer-Encoding: chunked\r\n", chunked(body[:-20], end=b""), b"1.1"),
    ][how]
    status, answer = post(running, kind, headers, sent, version=version, is_cut=True)
    assert status == 400, answer
    assert read_message(answer)
    assert stored(running) == before
    assert post(running, kind, length(body), body)[0] == 201, "the resend is new"


def test_a_coding_that_is_one_is_refused_in_words(running: Site) -> None:
    body, kind = a_body(20)
    headers = length(body) + b"Content-Encoding: gzip\r\n"
    status, answer = post(running, kind, headers, body)
    assert status == 415
    assert read_message(answer)


@pytest.mark.parametrize("given", [b"-1", b"garbage", b"1\r\nContent-Length: 2", b"\xe1\x9f\xa1"])
def test_a_length_that_is_none_ends_at_the_server_itself(running: Site, given: bytes) -> None:
    """It never asks the application: docs/device-sync.md says so, and what a proxy can do."""
    body, kind = a_body(21)
    status, answer = post(running, kind, b"Content-Length: " + given + b"\r\n", body)
    assert (status, answer) == (400, b"")
