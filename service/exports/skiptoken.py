"""`$skiptoken`: where a page ended. `01` and base64 of JSON, as ODK Central's. Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import orjson

from service.foundation.problems import INVALID_PARAMETER, Problem

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
    return _FORM + base64.b64encode(orjson.dumps(held)).decode()


def read(token: str) -> Position:
    """Raises INVALID_PARAMETER."""
    try:
        if not token.startswith(_FORM):
            raise ValueError
        held = orjson.loads(base64.b64decode(token[2:], validate=True))
        position = Position(
            instance_id=held.get("instanceId", ""), repeat_id=held.get("repeatId", "")
        )
        if not all(isinstance(one, str) for one in (position.instance_id, position.repeat_id)):
            raise ValueError
        if position == Position():
            raise ValueError
    except (ValueError, AttributeError, binascii.Error):
        reason = "take it from @odata.nextLink as it is"
        raise Problem(INVALID_PARAMETER, name="$skiptoken", reason=reason) from None
    return position
