"""S-09: an upload that takes a phone an hour and more, with Digest: straight, and through a proxy
that hands it on only when it is whole. The server's clock runs fast, all else is real."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.accounts import digest
from service.accounts.digest import SHA256
from tests import proxy
from tests.clients.households import household
from tests.clients.openrosa_phone import multipart
from tests.reliability.server import ROOT, Server, Site

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(120)]

TRICKLES_S = 3.0
"""How long an upload takes by our clock."""
SEVENTY_MINUTES = 70 * 60
A_DAY = 24 * 3600
PIECES = 60


@dataclass(frozen=True, kw_only=True)
class DigestPhone:
    """A phone with a user name and a password, that speaks by raw socket."""

    port: int
    host: str
    project_id: int
    user: str
    password: str

    @property
    def path(self) -> str:
        return f"/v1/projects/{self.project_id}/submission"

    def challenge(self) -> tuple[str, str]:
        """(realm, nonce)."""
        told = self._say("HEAD", "", [])
        realm = re.search(rb'realm="([^"]+)"', told)
        nonce = re.search(rb'nonce="([^"]+)"', told)
        assert realm, told
        assert nonce
        return realm[1].decode(), nonce[1].decode()

    def send(self, number: int, realm: str, nonce: str, *, takes_s: float) -> bytes:
        """The head of the answer to a record that trickles in for so long."""
        visited = household(number)
        body, kind = multipart(visited.record, [], is_last=True)
        whole = b"".join(piece for piece in body if isinstance(piece, bytes))
        head = (
            f"Content-Type: {kind}\r\nContent-Length: {len(whole)}\r\n"
            f"Authorization: {self._answer(realm, nonce)}\r\nX-OpenRosa-Version: 1.0\r\n"
        )
        step = -(-len(whole) // PIECES)
        pieces = [whole[at : at + step] for at in range(0, len(whole), step)]
        return self._say("POST", head, pieces, pause_s=takes_s / len(pieces))

    def _answer(self, realm: str, nonce: str) -> str:
        said = digest.Answer(
            username=self.user, realm=realm, nonce=nonce, uri=self.path, algorithm=SHA256,
            cnonce="0a4f113b", nc="00000001", response="",
        )  # fmt: skip
        ha1 = digest.ha1(SHA256, self.user, realm, self.password)
        return (
            f'Digest username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{self.path}", '
            f'algorithm={SHA256}, qop=auth, nc=00000001, cnonce="0a4f113b", '
            f'response="{digest.expected(said, ha1, "POST")}"'
        )

    def _say(self, method: str, head: str, pieces: list[bytes], pause_s: float = 0) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            start = f"{method} {self.path} HTTP/1.1\r\nHost: {self.host}\r\n{head}"
            connection.sendall(f"{start}Connection: close\r\n\r\n".encode())
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause_s)
            told = b""
            while more := connection.recv(65536):
                told += more
        return told


def hasty(seconds: float) -> dict[str, str]:
    """Settings by which so much passes for the server while an upload trickles in."""
    return {
        "SAMLENG_DIGEST": "on",
        "RELIABILITY_HASTE": str(seconds / TRICKLES_S),
        "RELIABILITY_START": str(time.time()),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests/reliability/hasty_site"), str(ROOT)]),
    }


class DigestSite(Site):
    """One whose commands know Digest too."""

    def env(self) -> dict[str, str]:
        return {**super().env(), "SAMLENG_DIGEST": "on"}


@pytest.fixture(scope="module")
def digest_site(site: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, str, str]:
    """A site, and user name and password of a phone there. The realm is the installation's."""
    mine = site.copy_to(tmp_path_factory.mktemp("trickling") / "data")
    mine = DigestSite(**vars(mine))
    made = mine.command("app-users", "create", "Slow", "--project", str(mine.project_id))
    return mine, made["digest_user"], made["digest_password"]


@contextmanager
def straight(site: Site, where: Path, env: dict[str, str]) -> Iterator[tuple[int, str]]:
    with Server(site, env):
        yield site.port, f"127.0.0.1:{site.port}"


@contextmanager
def through_nginx(site: Site, where: Path, env: dict[str, str]) -> Iterator[tuple[int, str]]:
    """As documented it keeps a body until it is whole: the server sees headers of long ago."""
    with proxy.in_front(site, where / "nginx", env) as port:
        yield port, proxy.HOST


WAYS = {"straight": straight, "nginx": through_nginx}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("takes", "number"), [(SEVENTY_MINUTES, 1), (A_DAY * 0.7, 2)], ids=["70 min", "17 h"]
)
def test_s09_an_upload_that_trickles_in_is_taken_at_the_first_try(
    digest_site: tuple[Site, str, str], tmp_path: Path, way: str, takes: float, number: int
) -> None:
    told = trickle(digest_site, tmp_path, way, takes, number)
    assert told.startswith((b"HTTP/1.1 201", b"HTTP/1.1 202")), told[:400]


def test_s09_c67_one_that_is_longer_under_way_than_a_nonce_lives_is_asked_again(
    digest_site: tuple[Site, str, str], tmp_path: Path
) -> None:
    """Behind a proxy that buffers: with a new nonce, and the phone sends once more by itself."""
    told = trickle(digest_site, tmp_path, "nginx", A_DAY * 1.2, 3)
    assert told.startswith(b"HTTP/1.1 401"), told[:400]
    assert b"stale=true" in told


def trickle(
    digest_site: tuple[Site, str, str], where: Path, way: str, takes: float, number: int
) -> bytes:
    site, user, password = digest_site
    if way == "nginx" and (why := proxy.why_not()):
        pytest.skip(why)
    with WAYS[way](site, where, hasty(takes)) as (port, host):
        phone = DigestPhone(
            port=port, host=host, project_id=site.project_id, user=user, password=password
        )
        realm, nonce = phone.challenge()
        return phone.send(number, realm, nonce, takes_s=TRICKLES_S)
