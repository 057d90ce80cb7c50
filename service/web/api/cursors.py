"""Where a pull of JSON sync ended, as a text that apps keep and do not read.

It is signed for its caller: the token of a found phone lists nothing of what was sent before,
for without a cursor of its own a phone's first pull begins now.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import json
import uuid
from dataclasses import dataclass

from service.accounts.actor import Actor
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.foundation.sealing import pseudonym
from service.intake.queries import changes
from service.web import asking


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The last change that was told, and which forms were."""

    at: dt.datetime
    key: uuid.UUID = changes.NO_KEY
    forms: str = ""


def written(cursor: Cursor, actor: Actor, project_id: int) -> str:
    told = json.dumps([cursor.at.isoformat(), cursor.key.hex, cursor.forms])
    signed = json.dumps([told, _signature(told, actor, project_id)])
    return base64.urlsafe_b64encode(signed.encode()).decode()


def read(text: str | None, actor: Actor, project_id: int, now: dt.datetime) -> Cursor:
    """Raises INVALID_PARAMETER for what this caller was never answered."""
    if text is None:
        return Cursor(at=changes.BEGINNING if actor.device is None else now)
    try:
        told, signature = json.loads(base64.urlsafe_b64decode(text.encode()))
        if not hmac.compare_digest(signature, _signature(told, actor, project_id)):
            raise ValueError("signature")
        at, key, forms = json.loads(told)
        return Cursor(at=dt.datetime.fromisoformat(at), key=uuid.UUID(hex=key), forms=forms)
    except (ValueError, TypeError, binascii.Error):
        raise Problem(
            INVALID_PARAMETER, name="cursor", reason="give one that you were answered, or none"
        ) from None


def _signature(told: str, actor: Actor, project_id: int) -> str:
    key = asking.settings().secrets.page_key
    return pseudonym(key, "cursor", str(project_id), str(actor.id), told)
