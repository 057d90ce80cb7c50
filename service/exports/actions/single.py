"""One record for whoever asks for it by its ID."""

from __future__ import annotations

from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.exports.actions import logging_out
from service.exports.actions.source import Read, Source
from service.foundation.problems import NOT_FOUND, Problem


def get_record(
    actor: Actor, act: Act, source: Source, instance_id: str, how: str = "odata"
) -> Read:
    """`how`: as the log says it. Raises NOT_FOUND, for a record that was removed or is out of
    reach, too."""
    found = find_one(source, instance_id)
    record_pk = str(found.stored.record_pk)
    logging_out.note(actor, act, source, how, record=record_pk, records=1, whole=True)
    return found


def find_one(source: Source, instance_id: str) -> Read:
    """Without an entry: of trials of a draft, in which nobody's answers are. Raises NOT_FOUND."""
    record_pk = source.find(instance_id)
    if record_pk is None:
        raise Problem(NOT_FOUND)
    found = next(source.of_record(record_pk).read(limit=1), None)
    if found is None:
        raise Problem(NOT_FOUND)
    return found
