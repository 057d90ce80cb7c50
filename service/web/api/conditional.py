"""Answers to GET that a client may have already: a weak validator, and 304."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import orjson
from flask import Response, request

from service.foundation.sealing import md5_hex

JSON = "application/json"


def answer(body: object, status: int = 200) -> Response:
    """A JSON value under the hash of its bytes."""
    said = orjson.dumps(body)
    return by_state(md5_hex(said), lambda: [said], JSON, status)


def by_state(
    state: str, body: Callable[[], Iterable[bytes]], content_type: str, status: int = 200
) -> Response:
    """`body()` under a validator made of `state`, from which all of it follows; not asked for where
    the client has it. Streamed: nothing is held."""
    if request.if_none_match and request.if_none_match.contains_weak(state):
        response = Response(status=304)
        response.headers.pop("Content-Type", None)
    else:
        response = Response(body(), status=status, content_type=content_type)
    response.set_etag(state, weak=True)
    response.headers["Cache-Control"] = "no-store"  # of people: a client that asks again keeps it
    return response


def array(items: Iterable[object]) -> Iterable[bytes]:
    """A JSON array, one item after the other."""
    yield b"["
    for n, item in enumerate(items):
        yield b"," * bool(n) + orjson.dumps(item)
    yield b"]"
