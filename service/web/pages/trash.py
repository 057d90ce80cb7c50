"""What was removed: by whom, when, why, and from when on it is erased; each with the way back."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, request

from service.accounts import policy
from service.accounts.policy import Act
from service.consent import queries as consent
from service.forms import queries as forms
from service.foundation.db import reading
from service.intake.queries import listing
from service.review.queries import changes, stages
from service.review.states import What
from service.web.identify import actor, allows
from service.web.pages import frame, wording
from service.web.pages.submissions import PAGE, key_of

trash = Blueprint("trash", __name__)


@trash.get("/p/<slug>/trash")
@allows(Act.RECORD_REMOVE)
def show(project_id: int) -> str:
    """A page of removed records within reach, newest first."""
    after = request.args.get("after", "")
    reach = policy.reach(actor(), Act.RECORD_REMOVE, project_id)
    with reading() as session:
        rows = listing.list_submissions(
            session,
            project_id,
            reach,
            state="current",
            is_removed=True,
            after=key_of(after) if after else None,
            limit=PAGE + 1,
        )
        keys = [row.submission_pk for row in rows[:PAGE]]
        found = stages.list_stages(session, project_id, keys) if rows else {}
        records = [one.record_pk for one in found.values()]
        steps = changes.last_of(session, project_id, records, What.REMOVED)
        periods, _ = consent.find_periods(session, project_id)
        titles = forms.list_titles(session, project_id, even_deleted=True)
    return frame.page(
        "trash.html",
        here="submissions",
        rows=[
            (row, steps.get(found[row.submission_pk].record_pk), periods.ends(row.received_at))
            for row in rows[:PAGE]
        ],
        titles=titles,
        areas=wording.areas(reach.areas, frame.page_language()),
        older=f"?{urlencode({'after': rows[PAGE - 1].submission_pk})}" if len(rows) > PAGE else "",
        is_older=bool(after),
    )
