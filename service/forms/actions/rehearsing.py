"""Trustees write down that they tried their sheets, elsewhere: no word of a sheet comes here."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.forms.queries import rehearsals
from service.foundation import audit
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem

_NUMBERS = re.compile(r"[0-9]{1,2}(?: *, *[0-9]{1,2}){0,15}", re.ASCII)
MOST = 16
"""Sheets of one key, by the scheme."""


def note(
    session: Session, actor: Actor, project_id: int, fingerprint: str, took_part: str, opened: bool
) -> None:
    """`took_part`: numbers of sheets, as "1, 3, 5". Raises NOT_FOUND for a key to which no form is
    sealed, INVALID_PARAMETER for what is no such numbers: words of a sheet are refused."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    if fingerprint not in {one.fingerprint for one in rehearsals.list_keys(session, project_id)}:
        raise Problem(NOT_FOUND)
    text = took_part.strip()
    numbers = {int(one) for one in text.split(",")} if _NUMBERS.fullmatch(text) else set()
    if not numbers or not numbers <= set(range(1, MOST + 1)):
        raise Problem(INVALID_PARAMETER, name="took_part", reason="numbers of sheets, as 1, 3, 5")
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="sealed.rehearse",
        subject=f"key:{fingerprint}",
        took_part=", ".join(str(one) for one in sorted(numbers)),
        opened=opened,
    )
