"""Sealed bytes and streams open where they belong, whole, under their key, or not at all."""

from __future__ import annotations

import dataclasses
import io
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.foundation.sealing import DataClass, DataKey, Place, Unsealable, boxes, seal, unseal
from service.foundation.sealing.streams import PIECE, Sealer, opened

KEY = DataKey(key_pk=uuid.UUID(int=7), secret=bytes(range(32)))
PLACE = Place(project_id=1, record=uuid.UUID(int=1), data_class=DataClass.RAW, field="xml")
ELSEWHERE = [
    dataclasses.replace(PLACE, project_id=2),
    dataclasses.replace(PLACE, record=uuid.UUID(int=2)),
    dataclasses.replace(PLACE, data_class=DataClass.IDENTITY),
    dataclasses.replace(PLACE, field="file/a.jpg"),
]


def test_s39_a_sealed_value_opens_at_its_place_alone() -> None:
    sealed = seal(KEY, PLACE, "ស្រីនាង".encode())
    assert unseal(KEY, PLACE, sealed).decode() == "ស្រីនាង"
    for place in ELSEWHERE:
        with pytest.raises(Unsealable):
            unseal(KEY, place, sealed)


def test_s39_nor_under_another_key_or_another_keys_name() -> None:
    sealed = seal(KEY, PLACE, b"x")
    for key in (
        dataclasses.replace(KEY, secret=bytes(32)),
        dataclasses.replace(KEY, key_pk=uuid.UUID(int=8)),
    ):
        with pytest.raises(Unsealable):
            unseal(key, PLACE, sealed)


@given(st.binary(max_size=200), st.integers(min_value=0, max_value=300))
def test_no_bit_of_a_sealed_value_may_change(plain: bytes, at: int) -> None:
    sealed = bytearray(seal(KEY, PLACE, plain))
    assert len(sealed) == len(plain) + boxes.OVERHEAD
    sealed[at % len(sealed)] ^= 1
    with pytest.raises(Unsealable):
        unseal(KEY, PLACE, bytes(sealed))


def test_the_same_value_twice_looks_different() -> None:
    assert seal(KEY, PLACE, b"x") != seal(KEY, PLACE, b"x")


def test_a_secret_is_not_printed() -> None:
    assert "secret" not in repr(KEY)


def test_s39_a_file_is_bound_to_its_record_and_name() -> None:
    bound = boxes.binding(KEY, PLACE, "blob-1")
    assert boxes.is_bound(KEY, PLACE, "blob-1", bound)
    assert not boxes.is_bound(KEY, PLACE, "blob-2", bound)
    assert not any(boxes.is_bound(KEY, place, "blob-1", bound) for place in ELSEWHERE)


def stream(plain: bytes, portion: int, key: DataKey = KEY) -> bytes:
    sealer = Sealer(key)
    out = [sealer.push(plain[n : n + portion]) for n in range(0, len(plain), portion)]
    return b"".join([*out, sealer.end()])


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5])
@pytest.mark.parametrize("portion", [1000, PIECE, 5 * PIECE])
def test_a_stream_of_any_size_in_any_portions(size: int, portion: int) -> None:
    plain = bytes(n % 251 for n in range(size))
    assert b"".join(opened(KEY, io.BytesIO(stream(plain, portion)))) == plain


def test_a_stream_that_was_cut_reordered_or_lengthened_does_not_open() -> None:
    plain = b"".join(bytes([n]) * PIECE for n in range(4))
    sealed = stream(plain, PIECE)
    piece = PIECE + 17
    first, rest = sealed[:25], sealed[25:]
    pieces = [rest[n : n + piece] for n in range(0, len(rest), piece)]
    assert len(pieces) == 4
    for changed in (
        first + b"".join(pieces[:3]),  # cut at a piece
        sealed[:-1],
        first + pieces[1] + pieces[0] + pieces[2] + pieces[3],
        first + b"".join(pieces) + pieces[3],
        first + pieces[0] + b"".join(pieces),
        b"\x01" + sealed[1:],
        b"",
    ):
        with pytest.raises(Unsealable):
            list(opened(KEY, io.BytesIO(changed)))


def test_a_stream_opens_under_its_own_key_alone() -> None:
    sealed = stream(b"x", 1)
    with pytest.raises(Unsealable):
        list(opened(dataclasses.replace(KEY, key_pk=uuid.UUID(int=9)), io.BytesIO(sealed)))
