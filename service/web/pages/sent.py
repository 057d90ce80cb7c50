"""What somebody sent herself, and what the office has of it."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, request

from service.accounts import policy
from service.accounts.policy import Act
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading
from service.intake.queries import senders
from service.review.queries import changes, stages
from service.review.states import Stage, What
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.submissions import PAGE, key_of

SENT_SINCE = dt.timedelta(days=360)
"""How far back the list of what one sent goes: keys of that time are read, whoever sent them."""

sent = Blueprint("sent", __name__)


@sent.get("/p/<slug>/sent")
@allows(Act.SENT_LIST)
def show_sent(project_id: int) -> str:
    """What the reader sent, newest first, and what became of it: to be laid beside what the phone
    or the browser says that it sent."""
    after = request.args.get("after", "")
    with reading() as session:
        rows = senders.list_sent_by(
            session,
            project_id,
            actor().person_id,
            clock.now() - SENT_SINCE,
            after=key_of(after) if after else None,
            limit=PAGE + 1,
        )
        keys = [row.submission_pk for row in rows[:PAGE]]
        found = stages.list_stages(session, project_id, keys) if rows else {}
        told = changes.last_of(
            session,
            project_id,
            [one.record_pk for one in found.values() if one.stage is Stage.RETURNED],
            What.RETURNED,
        )
        titles = forms.list_titles(session, project_id, even_deleted=True)
    why = {
        key: [frame.say(f"review.reason_{code}") for code in told[one.record_pk].reasons]
        for key, one in found.items()
        if one.stage is Stage.RETURNED and one.record_pk in told
    }
    return frame.page(
        "sent.html",
        here="sent",
        rows=rows[:PAGE],
        stages=found,
        why=why,
        may_open=policy.may(actor(), Act.RECORD_READ, project_id),
        titles=titles,
        months=SENT_SINCE.days // 30,
        older=f"?after={rows[PAGE - 1].submission_pk}" if len(rows) > PAGE else "",
        is_older=bool(after),
    )
