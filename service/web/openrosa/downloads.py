"""Answers to GET that a phone asks for again and again: validators, gzip, parts.

Collect polls every 15 minutes with a cache of 50 MiB: "not modified" must cost next to nothing,
so whoever calls says the hash first and loads the bytes only when asked.
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from service.foundation.problems import RANGE_NOT_SATISFIABLE, Problem
from service.web.openrosa import responses
from service.web.packing import TEXTS, WORTH_PACKING

KEPT_BYTES = 8 * 1024 * 1024
MAX_PACKED = 16 * 1024 * 1024
"""A text file larger than this goes as it is: packing would hold it in memory."""


class _Packed:
    """Gzipped bytes by content hash; the least used go when KEPT_BYTES are reached."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    def get(self, md5: str, load: Callable[[], bytes]) -> bytes:
        with self._lock:
            if md5 in self._kept:
                self._kept.move_to_end(md5)
                return self._kept[md5]
        packed = _pack(load())
        with self._lock:
            if md5 not in self._kept and len(packed) <= KEPT_BYTES:
                self._kept[md5] = packed
                self._size += len(packed)
            while self._size > KEPT_BYTES:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped)
        return packed


_packed = _Packed()


def _pack(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=6, mtime=0)


def answer_text(
    md5: str, load: Callable[[], bytes], content_type: str, size: int = -1, *, keeps: bool = True
) -> Response:
    """`load()` as text, gzipped where accepted; 304 without loading where the client has it. What
    may tell of people is not to be kept: it would outlive what they take back."""
    packs = request.accept_encodings["gzip"] > 0 and not 0 <= size < WORTH_PACKING
    if client_has(md5):
        return _finish(Response(status=304), md5, packed=packs)
    if not packs:
        return _finish(Response(load(), content_type=content_type), md5, packed=False)
    packed = _packed.get(md5, load) if keeps else _pack(load())
    response = Response(packed, content_type=content_type)
    response.headers["Content-Encoding"] = "gzip"
    return _finish(response, md5, packed=True)


def answer_file(
    md5: str, load: Callable[[], Iterator[bytes]], content_type: str, size: int
) -> Response:
    """A stored file, which `load()` opens: streamed, in parts if asked (206), gzipped if it is
    text. What the client has is not opened."""
    is_text = content_type.startswith(TEXTS) and size <= MAX_PACKED
    if is_text and "Range" not in request.headers:
        return answer_text(md5, lambda: b"".join(load()), content_type, size)
    if client_has(md5):
        return _finish(Response(status=304), md5, packed=False)
    response = Response(load(), content_type=content_type, direct_passthrough=True)
    response.content_length = size
    _finish(response, md5, packed=False)
    if _asks_for_several() or _had_it_packed():
        return response
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        raise Problem(RANGE_NOT_SATISFIABLE, content_range=f"bytes */{size}") from None
    return response


def _asks_for_several() -> bool:
    """Several ranges at once: nobody who fetches forms does; the whole answers them too."""
    return "," in request.headers.get("Range", "")


def _had_it_packed() -> bool:
    """A weak tag in `If-Range`: what the client has half of are other bytes (RFC 9110, 13.1.5)."""
    return request.headers.get("If-Range", "").startswith("W/")


def answer_growing(md5: str, pieces: Iterator[bytes], content_type: str) -> Response:
    """Something long that may change while it is read: streamed, without a length or parts."""
    return _finish(Response(pieces, content_type=content_type), md5, packed=True)


def client_has(md5: str) -> bool:
    """Weak comparison: a proxy that packs weakens our validator."""
    asked = request.if_none_match
    return bool(asked) and (asked.star_tag or asked.contains_weak(md5))


def _finish(response: Response, md5: str, *, packed: bool) -> Response:
    response.set_etag(md5, weak=packed)
    response.headers["Vary"] = "Accept-Encoding"
    if response.status_code == 304:
        response.headers.pop("Content-Type", None)
    return responses.add_headers(response)
