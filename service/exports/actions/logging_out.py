"""The audit log of what is pulled out: before a byte leaves, in one entry each time."""

from __future__ import annotations

from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.exports.actions.source import Source
from service.foundation import audit
from service.foundation.db import unit_of_work


def note(
    actor: Actor,
    act: Act,
    source: Source,
    how: str,
    *,
    record: str = "",
    records: int,
    whole: bool,
) -> None:
    """Who reads which form, how (`odata`, `csv` …), for which purpose, and whether names and
    testimony may be among it. What cannot be written down is not shown. `records`: so many are
    ready to leave; not `whole`: more follow, and an entry at the end says how many."""
    with unit_of_work() as session:
        audit.record(
            session,
            project_id=source.project_id,
            actor_id=actor.id,
            action=act,
            subject=record or source.form.form_pk,
            form=source.form.form_pk,
            format=how,
            purpose=source.told.label,
            classes=",".join(sorted(source.opens)),
            records=records,
            whole=whole,
        )


def note_end(
    actor: Actor, source: Source, how: str, *, records: int, more: int, whole: bool
) -> None:
    """How many records left in an answer that took its time, and how many of them after it began;
    not `whole`: it was cut off."""
    with unit_of_work() as session:
        audit.record(
            session,
            project_id=source.project_id,
            actor_id=actor.id,
            action="rows.left",
            subject=source.form.form_pk,
            form=source.form.form_pk,
            format=how,
            purpose=source.told.label,
            classes=",".join(sorted(source.opens)),
            records=records,
            more=more,
            whole=whole,
        )
