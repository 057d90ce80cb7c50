"""Large and many files reach the server whole, in memory that stays flat: at the server itself and
through the proxy that the documents set up."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import socket
import threading
import urllib.parse
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests import proxy
from tests.clients.households import household
from tests.reliability import checker
from tests.reliability.server import Server, Site, _living

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(180)]

MB = 1_000_000
GROWTH = 60 * MB
"""What a file may add, whatever its size."""
LARGE = 205 * MB
MANY_PAGES = """<h:html xmlns="http://www.w3.org/2002/xforms"
    xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
  <h:head><h:title>Many pages</h:title><model>
    <instance><data id="many_pages" version="1">
      <page jr:template=""><photo/></page><meta><instanceID/></meta>
    </data></instance>
    <bind nodeset="/data/page/photo" type="binary"/>
    <bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/>
  </model></h:head>
  <h:body><group ref="/data/page"><label>Page</label><repeat nodeset="/data/page">
    <upload ref="/data/page/photo" mediatype="image/*"><label>Photo</label></upload>
  </repeat></group></h:body>
</h:html>"""
PIECE = hashlib.shake_256(b"noise").digest(MB)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Way:
    """Where phones send, and what counts as the server's memory there."""

    site: Site
    port: int
    host: str
    processes: list[int]


@pytest.fixture(params=["direct", "nginx"], scope="module")
def way(
    request: pytest.FixtureRequest, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Way]:
    where = tmp_path_factory.mktemp(f"large-{request.param}")
    mine = site.copy_to(where / "data")
    if request.param == "direct":
        with Server(mine) as running:
            host = f"127.0.0.1:{mine.port}"
            processes = sorted(_living(running.process.pid))
            yield Way(site=mine, port=mine.port, host=host, processes=processes)
        return
    if why := proxy.why_not():
        pytest.skip(why)
    with proxy.in_front(mine, where / "nginx") as port:
        yield Way(site=mine, port=port, host=proxy.HOST, processes=[])


class Peak:
    """The most that processes hold together while somebody sends, in bytes."""

    def __init__(self, processes: list[int]) -> None:
        self._processes, self._done = processes, threading.Event()
        self.before = self.highest = self._now()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def growth(self) -> int:
        return self.highest - self.before

    def _look(self) -> None:
        while not self._done.wait(0.02):
            self.highest = max(self.highest, self._now())

    def _now(self) -> int:
        held = 0
        for pid in self._processes:
            told = Path(f"/proc/{pid}/smaps_rollup").read_text()
            held += 1024 * int(re.findall(r"^Pss:\s+(\d+)", told, re.MULTILINE)[0])
        return held


def body(xml: bytes, files: Mapping[str, Iterator[bytes]]) -> Iterator[bytes]:
    def head(name: str, kind: str) -> bytes:
        return (
            f'--B\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode()

    yield head("xml_submission_file", "text/xml") + xml + b"\r\n"
    for name, pieces in files.items():
        yield head(name, "image/jpeg")
        yield from pieces
        yield b"\r\n"
    yield b"--B--\r\n"


def chunks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"


def post(way: Way, headers: str, pieces: Iterator[bytes], version: str = "1.1") -> bytes:
    """The whole answer; with `Expect` the body waits for its 100."""
    path = urllib.parse.urlsplit(way.site.phone_url).path
    head = (
        f"POST {path}/submission HTTP/{version}\r\nHost: {way.host}\r\nX-OpenRosa-Version: 1.0\r\n"
        f"Content-Type: multipart/form-data; boundary=B\r\nConnection: close\r\n{headers}\r\n"
    )
    with socket.create_connection(("127.0.0.1", way.port), timeout=60) as connection:
        connection.sendall(head.encode())
        if "Expect" in headers:
            assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        for piece in pieces:
            connection.sendall(piece)
        told = b""
        while piece := connection.recv(65536):
            told += piece
    return told


def status_of(told: bytes) -> int:
    return int(told.split(b" ", 2)[1])


def stored(site: Site, instance_id: str) -> dict[str | None, str | None]:
    """Name to SHA-256 of what was sent with it."""
    found = checker.files_of(site)
    return {name: sha256 for instance, name, sha256 in found if instance == instance_id}


def test_c58_a_file_of_205_mb_is_stored_whole_and_memory_stays_flat(way: Way) -> None:
    told = dataclasses.replace(household(1), photos={"large.jpg": b""})
    whole = hashlib.sha256()
    for _ in range(LARGE // MB):
        whole.update(PIECE)
    length = sum(map(len, body(told.record.xml, {"large.jpg": iter([b""])}))) + LARGE
    pieces = body(told.record.xml, {"large.jpg": iter([PIECE] * (LARGE // MB))})
    with Peak(way.processes) as peak:
        answer = post(way, f"Content-Length: {length}\r\n", pieces)
    assert status_of(answer) == 201, answer
    assert stored(way.site, told.instance_id) == {"large.jpg": whole.hexdigest()}
    assert peak.growth < GROWTH


def test_c58_a_hundred_and_fifty_files_come_in_one_request(way: Way, tmp_path: Path) -> None:
    form = tmp_path / "many_pages.xml"
    form.write_text(MANY_PAGES)
    way.site.run(
        "forms", "publish", str(form), "--project", str(way.site.project_id), "--ignore-warnings"
    )
    photos = {f"photo {n}.jpg": PIECE[n : n + 2000] for n in range(150)}
    instance_id = f"uuid:{uuid.uuid4()}"
    pages = "".join(f"<page><photo>{name}</photo></page>" for name in photos)
    meta = f"<meta><instanceID>{instance_id}</instanceID></meta>"
    xml = f'<data id="many_pages" version="1">{pages}{meta}</data>'.encode()
    held = [*body(xml, {name: iter([content]) for name, content in photos.items()})]
    answer = post(way, f"Content-Length: {sum(map(len, held))}\r\n", iter(held))
    assert status_of(answer) == 201, answer
    assert stored(way.site, instance_id) == {
        name: hashlib.sha256(content).hexdigest() for name, content in photos.items()
    }


@pytest.mark.parametrize("how", ["chunked", "HTTP/1.0", "100-continue"])
def test_c58_however_a_client_frames_its_body(way: Way, how: str) -> None:
    number = {"chunked": 3, "HTTP/1.0": 4, "100-continue": 5}[how]
    told = dataclasses.replace(household(number), photos={"a.jpg": PIECE})
    held = [*body(told.record.xml, {"a.jpg": iter([PIECE])})]
    length = f"Content-Length: {sum(map(len, held))}\r\n"
    answer = {
        "chunked": lambda: post(way, "Transfer-Encoding: chunked\r\n", chunks(iter(held))),
        "HTTP/1.0": lambda: post(way, length, iter(held), version="1.0"),
        "100-continue": lambda: post(way, f"{length}Expect: 100-continue\r\n", iter(held)),
    }[how]()
    assert status_of(answer) == 201, answer
    assert stored(way.site, told.instance_id) == {"a.jpg": hashlib.sha256(PIECE).hexdigest()}
