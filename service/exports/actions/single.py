"""One record for whoever asks for it by its ID."""

from __future__ import annotations

from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.exports.actions import logging_out
from service.exports.actions.source import Read, Source
from service.exports.queries import records
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem


def get_record(actor: Actor, act: Act, source: Source, instance_id: str) -> Read:
    """Raises NOT_FOUND, for a record that was removed or is out of reach, too."""
    with reading() as session:
        record_pk = records.find_record(
            session, source.project_id, source.form.form_pk, instance_id
        )
    if record_pk is None:
        raise Problem(NOT_FOUND)
    found = next(source.of_record(record_pk).read(limit=1), None)
    if found is None:
        raise Problem(NOT_FOUND)
    logging_out.note(actor, act, source, "odata", record=str(record_pk), records=1, whole=True)
    return found
