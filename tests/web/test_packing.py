"""Answers of the API are gzipped for who takes that, and are the same answers; pages never are."""

from __future__ import annotations

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.accounts.actor import Scope
from service.foundation.audit import AuditEntry
from service.foundation.db import reading
from service.web.packing import Packed
from tests.factories import Phone
from tests.pulled_form import FORM_ID, FULL, a_pulled_phone, a_script, record, send
from tests.web.pages_world import a_world, sign_in

FORM = f"/forms/{quote(FORM_ID)}"
TABLES = (
    f"{FORM}/submissions",
    f"{FORM}/submissions.csv",
    f"{FORM}/submissions.geojson",
    f"{FORM}/submissions.jsonl",
    f"{FORM}.svc/Submissions?$expand=*",
    f"{FORM}.svc/Submissions.child",
    f"{FORM}.svc/$metadata",
    f"{FORM}/fields",
)


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    made = a_pulled_phone(client)
    for number in range(12):
        send(made, record(f"uuid:{number}", inside=FULL))
    return made


@pytest.fixture
def script(phone: Phone) -> dict[str, str]:
    return a_script(phone.project_id, *Scope)


def ask(phone: Phone, path: str, headers: dict[str, str], method: str = "GET") -> Any:
    answer = phone.client.open(
        f"/v1/projects/{phone.project_id}{path}", method=method, headers=headers
    )
    assert answer.data is not None
    answer.close()
    return answer


@pytest.mark.parametrize("path", TABLES)
def test_packed_they_are_the_same_under_the_same_weak_tag(
    phone: Phone, script: dict[str, str], path: str
) -> None:
    plain = ask(phone, path, script)
    packed = ask(phone, path, {**script, "Accept-Encoding": "br, gzip, deflate"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    for one in (plain, packed):
        assert "Accept-Encoding" in one.headers["Vary"]
        assert one.headers["ETag"] == plain.headers["ETag"]
    assert plain.headers["ETag"].startswith("W/"), "other bytes, the same content"
    kept = {**script, "Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    again = ask(phone, path, kept)
    assert (again.status_code, again.data) == (304, b"")
    assert "Accept-Encoding" in again.headers["Vary"]
    assert "Content-Encoding" not in again.headers
    refused = ask(phone, path, {**script, "Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in refused.headers


def test_what_was_made_whole_says_how_long_it_is(phone: Phone, script: dict[str, str]) -> None:
    """Proxies of HTTP/1.0 keep a line open for nothing else."""
    packed = ask(phone, f"{FORM}/fields", {**script, "Accept-Encoding": "gzip"})
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    head = ask(phone, f"{FORM}/fields", {**script, "Accept-Encoding": "gzip"}, "HEAD")
    assert head.data == b""
    assert head.headers["Content-Encoding"] == "gzip"


def test_what_is_packed_already_small_wrong_or_sent_is_left_as_it_is(
    phone: Phone, script: dict[str, str]
) -> None:
    takes = {**script, "Accept-Encoding": "gzip"}
    for path, method, status in (
        (f"{FORM}/submissions.csv.zip", "GET", 200),
        (f"{FORM}/submissions.xlsx", "GET", 200),
        ("/datasets", "GET", 200),
        ("/forms/none", "GET", 404),
        (f"{FORM}/submissions.csv", "POST", 200),
    ):
        answer = ask(phone, path, takes, method)
        assert answer.status_code == status, path
        assert "Content-Encoding" not in answer.headers, path


def test_the_file_itself_has_a_strong_tag_and_is_packed_once(
    phone: Phone, script: dict[str, str]
) -> None:
    """A form: packed by who serves it."""
    whole = ask(phone, f"{FORM}.xml", script)
    packed = ask(phone, f"{FORM}.xml", {**script, "Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == whole.data
    assert packed.headers.getlist("Content-Encoding") == ["gzip"]
    assert packed.headers["ETag"] == f"W/{whole.headers['ETag']}"


def test_the_log_says_that_all_left(phone: Phone, script: dict[str, str]) -> None:
    """And the caller's turn is given back: the next file leaves."""
    for _ in range(2):
        answer = ask(phone, f"{FORM}/submissions.csv", {**script, "Accept-Encoding": "gzip"})
        assert answer.status_code == 200
    with reading() as session:
        told = session.scalars(
            sa.select(AuditEntry.details).where(AuditEntry.action == "rows.export")
        ).all()
    assert [(one["records"], one["whole"]) for one in told] == [(12, True)] * 2


def test_s18_pages_and_what_a_browsers_session_reads_are_never_packed(client: FlaskClient) -> None:
    """Whoever chooses a part of an address learns nothing by how long the answer is."""
    world = a_world()
    takes = {"Accept-Encoding": "gzip, deflate, br"}
    for path in ("/sign-in", "/p/battambang/figures"):
        assert "Content-Encoding" not in client.get(path, headers=takes).headers
    sign_in(client, world.coordinator)
    for path in ("/p/battambang/", "/p/battambang/phones", "/account"):
        page = client.get(path, headers=takes)
        assert page.status_code == 200, path
        assert len(page.data) > 1000
        assert "Content-Encoding" not in page.headers
    read = client.get(f"/v1/projects/{world.project_id}/roles", headers=takes)
    forms = client.get("/v1/roles", headers=takes)
    for one in (read, forms):
        assert "Content-Encoding" not in one.headers


# --- pieces -------------------------------------------------------------------------------------
class Pieces:
    def __init__(self, count: int, piece: bytes) -> None:
        self.read, self.is_closed = 0, False
        self._count, self._piece = count, piece

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self.read == self._count:
            raise StopIteration
        self.read += 1
        return self._piece

    def close(self) -> None:
        self.is_closed = True


def test_pieces_flow_and_none_is_empty() -> None:
    pieces = Pieces(20_000, b"one line, and another\n")
    packed = Packed(pieces)
    first = next(packed)
    assert first, "the answer begins at once"
    assert pieces.read == 1
    rest = [first, *packed]
    assert all(rest)
    assert gzip.decompress(b"".join(rest)) == b"one line, and another\n" * 20_000
    assert list(packed) == []
    packed.close()
    assert pieces.is_closed


def test_what_breaks_on_the_way_is_no_whole_file() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one line\n" * 10_000
        raise ConnectionError

    got = list[bytes]()
    with pytest.raises(ConnectionError):
        got.extend(Packed(pieces()))
    with pytest.raises(EOFError):
        gzip.decompress(b"".join(got))


def test_however_much_flows_little_is_held() -> None:
    piece = random.Random(1).randbytes(65536)
    tracemalloc.start()
    unpacker, size = zlib.decompressobj(wbits=31), 0
    for packed in Packed(Pieces(800, piece)):
        size += len(unpacker.decompress(packed))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == 800 * len(piece) > 50_000_000
    assert most < 2_000_000
