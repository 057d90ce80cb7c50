"""Phones that seal and phones that do not, over real HTTP, killed on the way (S-42).

One server seals at rest as ever; the other does not at all: what is not found on its disk is
sealed for the key kept offline, or was never written.
"""

from __future__ import annotations

import random
import socket
import time
import urllib.parse
from pathlib import Path

import pytest

from service.cli.sealed import opening
from service.foundation.sealing.odk_opening import read_private_key
from tests.clients import collect_sealing, households
from tests.clients.openrosa_phone import Phone, Record
from tests.reliability import canaries, mutants
from tests.reliability.canaries import Canaries
from tests.reliability.server import Server, Site
from tests.sealed_world import KEYS, sealed_form

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(300)]


@pytest.fixture
def sealing_site(site: Site, tmp_path: Path) -> Site:
    """Version 1 of the form is open, version 2 sealed."""
    made = site.copy_to(tmp_path / "data")
    for version, key in (("1", None), ("2", KEYS.public)):
        form = tmp_path / f"visit-{version}.xml"
        form.write_bytes(sealed_form(version, key))
        named = ["--new-key", KEYS.fingerprint] if key else []
        made.command(
            "forms",
            "publish",
            str(form),
            "--project",
            str(made.project_id),
            "--ignore-warnings",
            *named,
        )
    return made


def record(words: Canaries, label: str, version: str, *, size: int = 0) -> tuple[bytes, dict]:
    """A record with a word in its answer and in its photo, which may be large."""
    photo = words.word(f"{label}: photo").encode() * 200 + random.Random(label).randbytes(size)
    xml = (
        f'<data id="visit" version="{version}" xmlns:orx="http://openrosa.org/xforms">'
        f"<village>{words.word(f'{label}: answer')}</village><photo>a.jpg</photo><sound>b.m4a"
        f"</sound><orx:meta><orx:instanceID>uuid:{label}</orx:instanceID></orx:meta></data>"
    )
    sound = words.word(f"{label}: sound").encode() * 100
    return xml.encode(), {"a.jpg": photo, "b.m4a": sound}


def found(site: Site, words: Canaries) -> list[str]:
    return canaries.found_in(canaries.files(site.data_dir), words.put)


@pytest.mark.parametrize("env", [{}, mutants.env("sealing_off")], ids=["honest", "sealing_off"])
def test_s42_c57_nothing_told_to_a_sealed_form_lies_on_the_servers_disk(
    sealing_site: Site, tmp_path: Path, env: dict[str, str]
) -> None:
    words = Canaries()
    phone = Phone(sealing_site.phone_url)
    xml, media = record(words, "sealed", "2", size=6_000_000)
    sealed = collect_sealing.sealed(
        xml, media, public=KEYS.public, form_id="visit", version="2",
        instance_id="uuid:sealed", leaves_plain_files=True,
    )  # fmt: skip
    old_xml, old_media = record(words, "open", "1", size=6_000_000)
    with Server(sealing_site, env) as server:
        assert phone.send(sealed).statuses == (201, 201)  # 12 MB and more: in two requests
        assert phone.send(Record(xml=old_xml, files=old_media)).is_sent
        assert phone.send(Record(xml=old_xml, files=old_media)).is_sent
        with _under_way(sealing_site, words):
            server.kill()
    phone.close()
    assert len(words.put) == 8
    assert found(sealing_site, words) == []
    if not env:
        _open_all(sealing_site, tmp_path, {"sealed": (xml, media), "open": (old_xml, old_media)})


def test_an_ordinary_form_is_found_there(sealing_site: Site) -> None:
    """Or the test above would prove nothing."""
    words = Canaries()
    phone = Phone(sealing_site.phone_url)
    ordinary = households.household(3).record
    word = words.word("ordinary").encode()
    with Server(sealing_site, mutants.env("sealing_off")):
        marked = ordinary.xml.replace(b"</data>", b"<!-- " + word + b" --></data>")
        assert phone.send(Record(xml=marked, files=ordinary.files)).is_sent
    phone.close()
    assert found(sealing_site, words)


class _under_way:  # noqa: N801 - read as a sentence
    """An upload in clear, XML first, of which the server has read most."""

    def __init__(self, site: Site, words: Canaries) -> None:
        xml, _ = record(words, "cut", "1")
        words.put.pop("cut: sound")
        path = urllib.parse.urlsplit(site.phone_url).path
        photo = words.put["cut: photo"].encode() * 200_000
        self._sent = (
            f"POST {path}/submission HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n"
            "Content-Length: 9000000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"
            '--b\r\nContent-Disposition: form-data; name="xml_submission_file"\r\n\r\n'
        ).encode() + xml + (
            b'\r\n--b\r\nContent-Disposition: form-data; name="a.jpg"; filename="a.jpg"\r\n\r\n'
        ) + photo  # fmt: skip
        self._connection = socket.create_connection(("127.0.0.1", site.port), timeout=10)

    def __enter__(self) -> None:
        self._connection.sendall(self._sent)
        time.sleep(0.5)  # what the kernel holds for the server is not yet the server's

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _open_all(site: Site, tmp_path: Path, sent: dict[str, tuple[bytes, dict]]) -> None:
    """Whoever has the private key reads all of it, as it was sent."""
    out = tmp_path / "out"
    site.command(
        "sealed", "export", "--project", str(site.project_id), "--form", "visit", "--out", str(out)
    )
    opened = list(opening.open_all(out, read_private_key(KEYS.pem), tmp_path / "plain"))
    assert len(opened) == len(sent)
    for each in opened:
        xml, media = sent[each.instance_id.removeprefix("uuid:")]
        assert each.faults == ()
        folder = tmp_path / "plain" / each.folder
        assert (folder / "submission.xml").read_bytes() == xml
        assert {name: (folder / name).read_bytes() for name in media} == media
