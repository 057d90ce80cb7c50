"""Sealed streams for files of any size: libsodium's secretstream in pieces of 64 KiB.

A piece that is missing, repeated, moved or changed is noticed, and so is a cut at the end.
Form: one byte that names this form, a header of 24 bytes, then the sealed pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from nacl import bindings
from nacl.exceptions import RuntimeError as SodiumError

from service.foundation.sealing.boxes import DataKey, Unsealable, stream_key

PIECE = 1 << 16
_FORM = b"\x02"
_HEADER = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_MORE = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_LAST = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_NOT_LAST = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE


class Sealer:
    """Takes plain bytes in any portions; answers sealed bytes to write."""

    def __init__(self, key: DataKey) -> None:
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        header = bindings.crypto_secretstream_xchacha20poly1305_init_push(
            self._state, stream_key(key)
        )
        self._bound = key.key_pk.bytes
        self._out: bytes = _FORM + header
        self._held = bytearray()

    def push(self, chunk: bytes | bytearray | memoryview) -> bytes:
        self._held += chunk
        sealed = [self._out]
        self._out = b""
        while len(self._held) > PIECE:  # the last piece is known only at the end
            sealed.append(self._piece(bytes(self._held[:PIECE]), _NOT_LAST))
            del self._held[:PIECE]
        return b"".join(sealed)

    def end(self) -> bytes:
        last = self._piece(bytes(self._held), _LAST)
        self._held.clear()
        sealed, self._out = self._out + last, b""
        return sealed

    def _piece(self, plain: bytes, tag: int) -> bytes:
        piece: bytes = bindings.crypto_secretstream_xchacha20poly1305_push(
            self._state, plain, self._bound, tag
        )
        return piece


def opened(key: DataKey, source: BinaryIO) -> Iterator[bytes]:
    """The plain bytes, a piece at a time. Raises Unsealable, at the latest where a cut stream
    ends: whoever hands pieces on must be ready to break off."""
    head = source.read(1 + _HEADER)
    if len(head) != 1 + _HEADER or head[:1] != _FORM:
        raise Unsealable
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, head[1:], stream_key(key))
    tag = _NOT_LAST
    while tag != _LAST:
        sealed = source.read(PIECE + _MORE)
        if len(sealed) < _MORE:
            raise Unsealable
        try:
            plain, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(
                state, sealed, key.key_pk.bytes
            )
        except SodiumError:
            raise Unsealable from None
        yield plain
    if source.read(1):
        raise Unsealable
