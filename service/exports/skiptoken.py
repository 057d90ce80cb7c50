"""`$skiptoken`: where a page ended. `01` and base64 of JSON, as ODK Central's. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from service.foundation.problems import SKIPTOKEN_INVALID, Problem

_FORM = "01"


@dataclass(frozen=True, kw_only=True)
class Position:
    """After which record, and after which of its repeats. Either alone will do."""

    instance_id: str = ""
    repeat_id: str = ""


def write(position: Position) -> str:
    held = {}
    if position.repeat_id:
        held["repeatId"] = position.repeat_id
    if position.instance_id:
        held["instanceId"] = position.instance_id
    return written(held)


def read(token: str) -> Position:
    """Raises SKIPTOKEN_INVALID."""
    held = opened(token)
    position = Position(instance_id=held.get("instanceId", ""), repeat_id=held.get("repeatId", ""))
    if position == Position():
        raise mistake()
    return position


def written(held: Mapping[str, str]) -> str:
    return _FORM + base64.b64encode(orjson.dumps(held)).decode()


def opened(token: str) -> dict[str, str]:
    """What a token holds: texts. Raises SKIPTOKEN_INVALID."""
    try:
        held = orjson.loads(base64.b64decode(token.removeprefix(_FORM), validate=True))
    except (ValueError, binascii.Error):
        held = None
    is_token = token.startswith(_FORM) and isinstance(held, dict)
    if not is_token or not all(isinstance(one, str) for one in held.values()):
        raise mistake()
    return dict(held)


def mistake() -> Problem:
    return Problem(SKIPTOKEN_INVALID)
