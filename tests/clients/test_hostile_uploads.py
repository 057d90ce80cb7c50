"""S-20: uploads that are made to fill memory, against the real server by raw socket."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.server import Server, Site, _living

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(180)]

MAX_BODY_MB = 8
MIB = 1024 * 1024
GROWTH = 48 * MIB
"""What threads and buffers may add, however much is sent."""


@pytest.fixture(scope="module")
def server(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    mine = site.copy_to(tmp_path_factory.mktemp("uploads") / "data")
    with Server(mine, {"SAMLENG_MAX_BODY_MB": str(MAX_BODY_MB)}) as running:
        yield running


def memory(server: Server) -> int:
    """Bytes of all its processes together."""
    pages = sum(
        int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        for pid in _living(server.process.pid)
    )
    return pages * resource.getpagesize()


def ask(server: Server, headers: str, body: Iterator[bytes]) -> int:
    """The status of a POST whose body is sent as far as it goes; 0: closed without one."""
    path = urllib.parse.urlsplit(server.site.phone_url).path
    told = b""
    with socket.create_connection(("127.0.0.1", server.site.port), timeout=20) as connection:
        head = f"POST {path}/submission HTTP/1.1\r\nHost: 127.0.0.1:{server.site.port}\r\n{headers}"
        try:
            connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
            for piece in body:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            while piece := connection.recv(65536):
                told += piece
        except (ConnectionResetError, TimeoutError):
            pass
    found = re.match(rb"HTTP/1\.1 (\d{3})", told)
    return int(found[1]) if found else 0


def chunked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"


MULTIPART = 'Content-Type: multipart/form-data; boundary="B"\r\n'
XML_PART = (
    b'--B\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="x.xml"\r\n\r\n'
)


def endless_file(mib: int) -> Iterator[bytes]:
    yield b'--B\r\nContent-Disposition: form-data; name="a.jpg"; filename="a.jpg"\r\n\r\n'
    for _ in range(16 * mib):
        yield os.urandom(65536)


def endless_xml(mib: int) -> Iterator[bytes]:
    yield XML_PART + b"<data>"
    for _ in range(16 * mib):
        yield b"a" * 65536


def endless_headers(mib: int) -> Iterator[bytes]:
    yield b"--B\r\n"
    for number in range(16 * mib):
        yield f"X-{number}: ".encode() + b"a" * 65000 + b"\r\n"


def endless_parts(mib: int) -> Iterator[bytes]:
    part = b'--B\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n'
    for _ in range(16 * mib):
        yield part * (65536 // len(part))


@pytest.mark.parametrize("body", [endless_file, endless_xml, endless_headers, endless_parts])
def test_s20_a_chunked_body_over_the_limit_is_refused_and_memory_stays_flat(
    server: Server, body: object
) -> None:
    """No length is told beforehand, so what comes is counted."""
    before = memory(server)
    for _ in range(3):
        pieces = chunked(body(8 * MAX_BODY_MB))  # type: ignore[operator]
        assert ask(server, f"{MULTIPART}Transfer-Encoding: chunked\r\n", pieces) in (400, 413)
    assert memory(server) - before < GROWTH
    assert server.has_all_processes


def sent_before_it_was_cut(server: Server, headers: str, most: int) -> tuple[int, int]:
    """(bytes that the server took, status) where somebody sends without end."""
    path = urllib.parse.urlsplit(server.site.phone_url).path
    piece = b"10000\r\n" + bytes(65536) + b"\r\n"
    sent, told = 0, b""
    with socket.create_connection(("127.0.0.1", server.site.port), timeout=20) as connection:
        head = f"POST {path}/submission HTTP/1.1\r\nHost: 127.0.0.1:{server.site.port}\r\n{headers}"
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        try:
            while sent < most:
                connection.sendall(piece)
                sent += 65536
        except OSError:
            pass
        with contextlib.suppress(OSError):
            told = connection.recv(65536)
    found = re.match(rb"HTTP/1\.1 (\d{3})", told)
    return sent, int(found[1]) if found else 0


@pytest.mark.parametrize("headers", [MULTIPART, "Content-Type: text/plain\r\n"])
def test_s20_whoever_sends_without_end_is_cut_off(server: Server, headers: str) -> None:
    """An honest client over the limit is answered, which it would not be if nothing more were read;
    an endless one is not read to an end that it does not have."""
    limit = MAX_BODY_MB * 1_000_000
    sent, _ = sent_before_it_was_cut(server, headers, most=40 * limit)
    assert sent < 3 * limit
    assert server.has_all_processes


@pytest.mark.parametrize("is_chunked", [False, True])
def test_s20_c59_an_honest_upload_over_it_hears_why(server: Server, is_chunked: bool) -> None:
    """Sent to its end before it looks at the answer, as Java's clients do."""
    size = int(1.9 * MAX_BODY_MB * 1_000_000)
    pieces = iter([bytes(65536)] * (size // 65536))
    if is_chunked:
        status = ask(server, f"{MULTIPART}Transfer-Encoding: chunked\r\n", chunked(pieces))
        assert status in (400, 413)
    else:
        length = size // 65536 * 65536
        assert ask(server, f"{MULTIPART}Content-Length: {length}\r\n", pieces) == 413


@pytest.mark.parametrize("place", ["quoted", "bare"])
def test_s20_a_boundary_of_a_megabyte_is_refused_and_memory_stays_flat(
    server: Server, place: str
) -> None:
    before, long = memory(server), "b" * MIB
    boundary = f'"{long}"' if place == "quoted" else long
    for _ in range(5):
        headers = f"Content-Type: multipart/form-data; boundary={boundary}\r\n"
        status = ask(server, f"{headers}Content-Length: 4\r\n", iter([b"--b\r"]))
        assert status in (0, 400, 413, 431)
    assert memory(server) - before < GROWTH
    assert server.has_all_processes
    with urllib.request.urlopen(f"{server.site.url}/readyz", timeout=5) as answer:
        assert answer.status == 200
