"""`flask treaty verify`: whether the log of signatures is whole, as a stranger would check it."""

from __future__ import annotations

from typing import Any

from flask.cli import AppGroup

from service.accounts import queries
from service.cli.accounts import settings
from service.cli.output import json_option, say, stop
from service.foundation.db import reading
from service.foundation.sealing import Signer
from service.treaty import heads, verify_tally
from service.treaty.actions import telling
from service.treaty.queries import log

group = AppGroup("treaty", help="The People's Treaty.")


@group.command("verify")
@json_option
def verify(as_json: bool) -> None:
    """Check every project's log of signatures: each line, each signed head, and what the public
    pages say. Exit status 0 only where all holds. What strangers do: docs/treaty.md."""
    public_key = Signer(settings().secrets.audit_key).public_key
    told = []
    with reading() as session:
        for project in queries.list_projects(session):
            try:
                told.append(_check(session, project.id, public_key))
            except (ValueError, LookupError, TypeError) as error:
                stop(f"Project {project.id}: the log of signatures is not sound: {error}")
    say(told, as_json)


def _check(session: Any, project_id: int, public_key: bytes) -> dict[str, Any]:
    end = log.end(session, project_id)
    key = heads.verifier_key(public_key, project_id)
    roots = verify_tally.read_heads(key, "".join(telling.notes(session, project_id, public_key)))
    size = max(roots, default=0)
    lines = list(log.lines(session, project_id, 0, size))
    counts = verify_tally.check_log(lines, roots or {0: end.root})
    if counts != log.counts_of(session, project_id, size):
        raise ValueError(f"the page does not say {counts}")
    return {"project_id": project_id, "lines": size, "heads": len(roots), "signatures": counts}
