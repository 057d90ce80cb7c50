"""R-10: an upload cut at any byte leaves nothing behind, and the next attempt succeeds."""

from __future__ import annotations

import random
import socket
import struct
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.collect_xml import read_message
from tests.clients.households import household
from tests.clients.openrosa_phone import Phone, Record, multipart
from tests.reliability import checker
from tests.reliability.conftest import FULL
from tests.reliability.server import Server, Site

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(7200 if FULL else 300)]

CUTS = 150
"""Points in the short budget, besides the edges; in full, every byte of 20 KB."""


@pytest.fixture
def running(site: Site, tmp_path: Path) -> Iterator[Server]:
    with Server(site.copy_to(tmp_path / "data")) as server:
        yield server


def a_record(photo_bytes: int) -> Record:
    """A household with one photo of this size."""
    visited = next(each for each in map(household, range(1, 99)) if len(each.photos) == 1)
    noise = random.Random(1).randbytes(photo_bytes)
    return Record(xml=visited.record.xml, files=dict.fromkeys(visited.photos, noise))


def request_for(site: Site, record: Record) -> tuple[bytes, int]:
    """The whole POST as bytes, and where its body begins."""
    body, content_type = multipart(record, list(record.files), is_last=True)
    whole = b"".join(piece for piece in body if isinstance(piece, bytes))
    path = urllib.parse.urlsplit(site.phone_url).path
    head = (
        f"POST {path}/submission?deviceID=collect%3Acut HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n"
        f"X-OpenRosa-Version: 1.0\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(whole)}\r\nConnection: close\r\n\r\n"
    ).encode()
    return head + whole, len(head)


def send_cut(site: Site, request: bytes, at: int, *, reset: bool) -> bytes:
    """Send the first `at` bytes, then reset the connection or close our half. The reply, if any."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(request[:at])
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return b""
        connection.shutdown(socket.SHUT_WR)
        reply = b""
        try:
            while chunk := connection.recv(65536):
                reply += chunk
        except ConnectionResetError:
            pass
        return reply


def files_in(site: Site) -> set[str]:
    return {str(path.relative_to(site.blobs)) for path in site.blobs.rglob("*") if path.is_file()}


def points(size: int, body_at: int) -> list[int]:
    """Where to cut: around every edge, and at random; in full everywhere. The last edges lie behind
    the closing boundary: a body that is shorter than announced was cut, whole as it may look."""
    last = size - 1
    if FULL:
        return list(range(1, last + 1))
    edges = {1, body_at - 1, body_at, body_at + 1, last - 2, last - 1, last}
    chance = random.Random(10)
    return sorted(edges | {chance.randrange(1, last) for _ in range(CUTS)})


def test_r10_a_cut_at_any_byte_leaves_nothing_and_the_resend_is_new(running: Server) -> None:
    site = running.site
    record = a_record(20_000)
    request, body_at = request_for(site, record)
    before = files_in(site)
    for at in points(len(request), body_at):
        reply = send_cut(site, request, at, reset=at % 2 == 0)
        head, _, body = reply.partition(b"\r\n\r\n")
        if reply and at > body_at:
            assert head.startswith(b"HTTP/1.1 400"), f"cut at {at}: {head!r}"
            assert read_message(body), f"cut at {at}: no message in {body!r}"
    assert stored(site) == 0
    phone = Phone(site.phone_url)
    assert phone.send(record).statuses == (201,)
    phone.close()
    assert stored(site) == 1
    assert len(files_in(site) - before) == 1


def test_r10_large_uploads_cut_anywhere_leave_no_file(running: Server) -> None:
    site = running.site
    request, body_at = request_for(site, a_record(8_000_000))
    before = files_in(site)
    chance = random.Random(8)
    for number in range(2000 if FULL else 12):
        send_cut(site, request, chance.randrange(body_at, len(request)), reset=number % 2 == 0)
    phone = Phone(site.phone_url)
    # A request on a connection of its own: when it is answered, the resets have been noticed.
    assert phone.send(a_record(10)).statuses == (201,)
    phone.close()
    assert stored(site) == 1
    assert len(files_in(site) - before) == 1


def stored(site: Site) -> int:
    with checker.opened_copy(site.database) as database:
        count: int = database.execute("SELECT count(*) FROM submissions").fetchone()[0]
    return count
