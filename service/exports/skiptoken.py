"""`$skiptoken`: where a page ended. `01` and base64 of JSON, as ODK Central's, and a stamp besides:
one of another question, or that somebody edited, would begin in another place without a word.
Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import orjson

from service.foundation.problems import SKIPTOKEN_INVALID, Problem

_FORM = "01"
_STAMP = "stamp"
Stamp: TypeAlias = Callable[[str], str]
"""What is held, as text -> what nobody else can write beside it, for this question."""


@dataclass(frozen=True, kw_only=True)
class Position:
    """After which record, and after which of its repeats. Either alone will do."""

    instance_id: str = ""
    repeat_id: str = ""

    @property
    def held(self) -> dict[str, str]:
        """As the token holds it."""
        told = {"repeatId": self.repeat_id, "instanceId": self.instance_id}
        return {name: value for name, value in told.items() if value}


def read(token: str, stamp: Stamp) -> Position:
    """Raises SKIPTOKEN_INVALID."""
    held = opened(token, stamp)
    position = Position(instance_id=held.get("instanceId", ""), repeat_id=held.get("repeatId", ""))
    if position == Position():
        raise mistake()
    return position


def written(held: Mapping[str, str], stamp: Stamp) -> str:
    whole = {**held, _STAMP: stamp(_told(held))}
    return _FORM + base64.b64encode(orjson.dumps(whole)).decode()


def opened(token: str, stamp: Stamp) -> dict[str, str]:
    """What a token holds: texts. Raises SKIPTOKEN_INVALID."""
    try:
        held = orjson.loads(base64.b64decode(token.removeprefix(_FORM), validate=True))
    except (ValueError, binascii.Error):
        held = None
    is_token = token.startswith(_FORM) and isinstance(held, dict)
    if not is_token or not all(isinstance(one, str) for one in held.values()):
        raise mistake()
    found = held.pop(_STAMP, "").encode()
    if not hmac.compare_digest(found, stamp(_told(held)).encode()):
        raise mistake()
    return dict(held)


def _told(held: Mapping[str, str]) -> str:
    return orjson.dumps(held, option=orjson.OPT_SORT_KEYS).decode()


def mistake() -> Problem:
    return Problem(SKIPTOKEN_INVALID)
