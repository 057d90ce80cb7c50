"""Codes of signatures: derived, so that no table holds one, and a sheet can be printed before
anybody signed on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from service.foundation import keys
from service.treaty import receipts
from service.treaty.queries import signers
from service.treaty.queries.signers import Signer


def code_of(project_id: int, signer: Signer) -> str:
    """As it is printed."""
    if signer.has_stub:
        return of_stub(project_id, signer.sheet, signer.slot)
    parts = ("record", signer.record_pk, signer.slot)
    return receipts.code_of(keys.current().stand_in("treaty receipt", project_id, *parts))


def of_stub(project_id: int, sheet: str, line: int) -> str:
    parts = ("sheet", sheet, line)
    return receipts.code_of(keys.current().stand_in("treaty receipt", project_id, *parts))


def receipts_beside(
    session: Session, project_id: int, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, str | None]]:
    """The code of each of these facts; null for one that was not followed yet."""
    held = signers.of_versions(session, project_id, {row["submission_pk"] for row in rows})
    found = {(one.submission_pk, one.ordinal): code_of(project_id, one) for one in held}
    return [{"receipt": found.get((row["submission_pk"], row["ordinal"]))} for row in rows]


def plain_of(project_id: int, signer: Signer) -> str:
    """As it is hashed."""
    return code_of(project_id, signer).replace("-", "")
