"""Answers of the API are gzipped for who takes that: a thin line carries a tenth.

What reads is a program with a token of its own. Nobody else's words stand beside a secret there: a
page is never packed, nor is any answer to a browser's session, for how long it is packed would tell
of its CSRF token to who chooses a part of the address (BREACH).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import cast

from flask import Flask, Response, g, request

WORTH_PACKING = 800  # bytes; below, the headers of a packet weigh more
TEXTS = (
    "text/", "application/json", "application/geo+json", "application/x-ndjson",
    "application/xml", "image/svg",
)  # fmt: skip
_LEVEL = 4
"""Of 9: a third of the time of 6, for a tenth more of bytes. The server makes tables as fast."""
_GZIP = 31


class Packed:
    """Pieces that leave packed, one after the other: as little is held as without."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._is_over = False

    def __iter__(self) -> Packed:
        return self

    def __next__(self) -> bytes:
        while not self._is_over:
            piece = next(self._pieces, None)
            self._is_over = piece is None
            packed = self._packer.flush() if piece is None else self._packer.compress(piece)
            if packed:
                return packed
        raise StopIteration

    def close(self) -> None:
        """By the server, however it ended."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


def install(app: Flask) -> None:
    app.after_request(_pack)


def _pack(response: Response) -> Response:
    if not _may_be_packed(response):
        return response
    response.headers.setdefault("Vary", "Accept-Encoding")
    if response.status_code == 304 or not request.accept_encodings["gzip"]:
        return response
    if response.is_streamed:
        response.response = Packed(iter(cast("Iterable[bytes]", response.response)))
        response.headers.pop("Content-Length", None)
    elif len(whole := response.get_data()) >= WORTH_PACKING:
        response.set_data(b"".join(Packed(iter([whole]))))
    else:
        return response
    response.headers["Content-Encoding"] = "gzip"
    return response


def _may_be_packed(response: Response) -> bool:
    """Not what is packed or cut into parts already, nor what is the file byte for byte: that has a
    strong validator (RFC 9110, 8.8.3.3). A weak one holds however the answer is packed."""
    if request.method not in ("GET", "HEAD") or not request.path.startswith("/v1/"):
        return False
    if g.get("by_cookie") or "Content-Encoding" in response.headers:
        return False
    tag, is_weak = response.get_etag()
    if tag is not None and not is_weak:
        return False
    if response.status_code == 304:
        return True
    return response.status_code == 200 and (response.mimetype or "").startswith(TEXTS)
