"""The audit log of a project: who did what, and when, for those who answer for it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, request

from service.accounts import policy
from service.accounts import queries as accounts
from service.accounts.policy import Act
from service.foundation.db import reading
from service.foundation.formats.collation import sort_key
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.review.actions import reading_log
from service.review.queries.audit_log import EntryTold
from service.web.identify import actor, allows
from service.web.pages import frame, wording
from service.web.pages.submissions import PAGE
from service.web.pages.texts import catalogue

audit_log = Blueprint("audit_log", __name__)


@audit_log.get("/p/<slug>/log")
@allows(Act.AUDIT_READ)
def show(project_id: int) -> str:
    """A page of it, newest first; of one kind of act (`act`), of one person (`who`)."""
    act, who = request.args.get("act", ""), request.args.get("who", type=int)
    before = request.args.get("before", "")
    acts = _acts()
    if act and act not in acts:
        raise Problem(INVALID_PARAMETER, name="act", reason="an act of the list")
    with reading() as session:
        rows, following = reading_log.list_entries(
            session,
            actor(),
            project_id,
            action=act or None,
            who=who,
            before=before or None,
            limit=PAGE,
        )
        members = accounts.list_members(session, project_id)
    chosen = {name: str(value) for name, value in (("act", act), ("who", who)) if value}
    reach = policy.reach(actor(), Act.AUDIT_READ, project_id)
    return frame.page(
        "audit_log.html",
        here="audit_log",
        rows=[(row, acts.get(row.action, row.action), _details(row)) for row in rows],
        acts=acts,
        people=[(one.name, one.id) for one in members],
        chosen=chosen,
        areas=wording.areas(reach.areas, frame.page_language()),
        is_first=not before,
        older=following and f"?{urlencode({**chosen, 'before': following})}",
    )


def _acts() -> dict[str, str]:
    """Names of acts, with their words in the language of the page; in the order of the words."""
    rights = {act.value: frame.say(f"act.{act.replace('.', '_')}") for act in Act}
    others = {
        _name(key.removeprefix("deed.")): frame.say(key)
        for key in catalogue()
        if key.startswith("deed.")
    }
    return dict(sorted({**rights, **others}.items(), key=lambda one: sort_key(one[1])))


def _name(key: str) -> str:
    """`user_sign_in` -> `user.sign_in`; one subject has a name of two words."""
    first = "entity_list" if key.startswith("entity_list_") else key.partition("_")[0]
    return f"{first}.{key.removeprefix(f'{first}_')}"


def _details(row: EntryTold) -> str:
    """Codes and numbers as they stand."""
    return ", ".join(f"{name}: {_said(value)}" for name, value in sorted(row.details.items()))


def _said(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
