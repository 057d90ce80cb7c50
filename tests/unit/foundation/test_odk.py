"""ODK's encrypted-form format: what a phone seals opens here, and what is sealed here opens."""

from __future__ import annotations

import base64
import os
import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from service.foundation.sealing import Unsealable, odk
from service.foundation.sealing.odk import FileSealer, KeyFault, KeyRefused, RecordKey
from service.foundation.sealing.odk_opening import (
    FileOpener,
    PassphraseNeededError,
    read_private_key,
)
from tests.clients.collect_sealing import KeyPair, key_pair, sealed

RECORD = RecordKey(secret=bytes(range(32)), instance_id="uuid:ស")


@pytest.fixture(scope="module")
def keys() -> KeyPair:
    return key_pair()


def test_a_key_has_one_fingerprint_however_its_text_is_wrapped(keys: KeyPair) -> None:
    read = odk.read_public_key(keys.public)
    wrapped = re.sub("(.{64})", r"\1\n", keys.public)
    assert read.fingerprint == keys.fingerprint == odk.read_public_key(wrapped).fingerprint
    assert read.text == odk.read_public_key(wrapped).text == keys.public
    assert odk.grouped(keys.fingerprint).split()[0] == keys.fingerprint[:4]


def of_curve() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_bytes(serialization.Encoding.DER, spki)).decode()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("not a key!", KeyFault.NOT_BASE64),
        ("-----BEGIN PUBLIC KEY-----\nMIIB", KeyFault.NOT_BASE64),
        (base64.b64encode(b"MIIB").decode(), KeyFault.NOT_A_KEY),
        ("", KeyFault.NOT_A_KEY),
    ],
)
def test_what_is_no_key_is_told_apart(text: str, fault: KeyFault) -> None:
    with pytest.raises(KeyRefused) as refused:
        odk.read_public_key(text)
    assert refused.value.fault is fault


def test_a_short_key_one_of_another_kind_and_one_with_a_tail_are_refused(keys: KeyPair) -> None:
    tail = base64.b64encode(base64.b64decode(keys.public) + b"\0").decode()
    for text, fault in (
        (key_pair(1024).public, KeyFault.WRONG_SIZE),
        (of_curve(), KeyFault.NOT_RSA),
        (tail, KeyFault.NOT_A_KEY),
        (keys.public[:200], KeyFault.NOT_A_KEY),
    ):
        with pytest.raises(KeyRefused) as refused:
            odk.read_public_key(text)
        assert refused.value.fault is fault


def test_the_private_half_is_known_in_every_dress(keys: KeyPair) -> None:
    bare = b"".join(keys.pem.splitlines()[1:-1]).decode()
    kept = b"".join(key_pair(passphrase=b"x").pem.splitlines()[1:-1]).decode()
    for text in (keys.pem.decode(), bare, kept):
        with pytest.raises(KeyRefused) as refused:
            odk.read_public_key(text)
        assert refused.value.fault is KeyFault.PRIVATE


def test_what_a_phone_sealed_opens_with_the_private_key(keys: KeyPair) -> None:
    media = {"រូប.jpg": os.urandom(70_001), "empty.txt": b"", "block.bin": b"x" * 32}
    record = sealed(
        b"<data/>", media, public=keys.public, form_id="f", version="1", instance_id="uuid:1"
    )
    key = read_private_key(keys.pem)
    wrapped = re.search(r"<base64EncryptedKey>(.*?)<", record.xml.decode())
    assert wrapped
    opened = RecordKey(secret=key.open(wrapped[1]), instance_id="uuid:1")
    for place, (name, content) in enumerate([*media.items(), ("submission.xml", b"<data/>")]):
        opener = FileOpener(opened, place)
        assert opener.push(bytes(record.files[f"{name}.enc"])) + opener.end() == content


@given(st.binary(max_size=200), st.integers(0, 40), st.integers(1, 50))
def test_any_file_comes_back_in_any_portions(content: bytes, place: int, portion: int) -> None:
    sealer, opener = FileSealer(RECORD, place), FileOpener(RECORD, place)
    portions = [content[n : n + portion] for n in range(0, len(content), portion)]
    ciphertext = b"".join(map(sealer.push, portions)) + sealer.end()
    assert len(ciphertext) % 16 == 0
    pieces = [ciphertext[n : n + portion] for n in range(0, len(ciphertext), portion)]
    assert b"".join(map(opener.push, pieces)) + opener.end() == content
    assert opener.md5 == sealer.md5


def test_a_cut_file_or_one_of_another_place_does_not_open() -> None:
    sealer = FileSealer(RECORD, 0)
    ciphertext = sealer.push(b"testimony " * 20) + sealer.end()
    for place, held in ((1, ciphertext), (0, ciphertext[:-16]), (0, b"")):
        opener = FileOpener(RECORD, place)
        opener.push(held)
        try:
            opener.end()
        except Unsealable:
            continue
        assert opener.md5 != sealer.md5  # padding may fit by chance: the signature tells


def test_vectors_count_one_byte_further_for_each_file() -> None:
    first, second, round_again = (RECORD.vector(n) for n in (0, 1, 16))
    assert [a != b for a, b in zip(first, second, strict=True)].index(True) == 1
    assert round_again[0] == (first[0] + 1) % 256


def test_a_private_key_wants_its_own_passphrase() -> None:
    kept = key_pair(passphrase=b"four words").pem
    with pytest.raises(PassphraseNeededError):
        read_private_key(kept)
    with pytest.raises(Unsealable):
        read_private_key(kept, b"another")
    assert read_private_key(kept, b"four words").fingerprint
    with pytest.raises(Unsealable):
        read_private_key(b"-----BEGIN NOTHING-----")


def test_another_private_key_opens_nothing(keys: KeyPair) -> None:
    wrapped = odk.read_public_key(keys.public).seal(b"s" * 32)
    with pytest.raises(Unsealable):
        read_private_key(key_pair().pem).open(wrapped)
    with pytest.raises(Unsealable):
        read_private_key(keys.pem).open("no base64!")
