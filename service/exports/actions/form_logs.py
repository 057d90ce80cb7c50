"""Logs of how records were filled in, as one table beside the others, as ODK Central has it.

A log holds answers, where the interview took place, and who asked. Each cell is masked as the
answer itself is: old and new value by the class of their question, the place as what says who
somebody is, the reason for a change as testimony. A question that the form does not know, or one
without a class, shows nothing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.exports.actions.source import Read, Source
from service.forms.schema import FormSchema, Sensitivity
from service.foundation.blobs import LocalBlobs
from service.intake.actions import form_logs
from service.intake.readers.audit_csv import COLUMNS, Event, Row
from service.review import masking
from service.review.masking import Classes

HEADER = ("instance ID", *COLUMNS)
AT_ONCE = 50
"""Records whose logs are looked for together."""
_EVERYTHING = frozenset(Sensitivity)
_UNSURE = "not shown: quotation marks that may belong to several cells"
_POSITION = re.compile(r"\[\d+\]")


def has_logs(source: Source) -> bool:
    """Whether the form, in any of its versions, has Collect keep one."""
    return any(
        field.path == ("meta", "audit") for one in source.schemas.values() for field in one.fields
    )


class _Waiting(NamedTuple):
    """What is needed of a record whose log is looked for: nothing of what it answers."""

    instance_id: str
    classes: Classes
    seen: frozenset[Sensitivity]


class Logs:
    """Rows of the table, some records at a time."""

    def __init__(self, source: Source, blobs: LocalBlobs) -> None:
        self._source, self._blobs = source, blobs
        self._waiting: dict[uuid.UUID, _Waiting] = {}
        self._classes: dict[int, Classes] = {}

    def note(self, read: Read) -> Iterator[Sequence[str]]:
        """One more record; the rows of those before it, where enough have come together."""
        if read.stored.files_present and Sensitivity.CODED in read.seen:
            classes = self._classes_of(self._source.schema_of(read.stored))
            waiting = _Waiting(read.stored.instance_id, classes, read.seen)
            self._waiting[read.stored.submission_pk] = waiting
        if len(self._waiting) >= AT_ONCE:
            yield from self.rest()

    def rest(self) -> Iterator[Sequence[str]]:
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        for key, events in form_logs.events(self._blobs, self._source.project_id, list(waiting)):
            of = waiting[key]
            for row in events:
                yield (of.instance_id, *masked(row, of.classes, of.seen))

    def _classes_of(self, schema: FormSchema | None) -> Classes:
        if schema is None:
            return {}
        if id(schema) not in self._classes:
            self._classes[id(schema)] = masking.classes(schema, self._source.today)
        return self._classes[id(schema)]


def masked(row: Row, classes: Classes, seen: frozenset[Sensitivity]) -> Event:
    """What may not be seen is empty, and there. Where cells may not be what they seem, whoever
    does not see everything sees none of what was answered or said."""
    event = row.event
    if not row.is_sure and not seen >= _EVERYTHING:
        return Event(*[""] * len(Event._fields))._replace(event=_UNSURE)
    path = tuple(_POSITION.sub("", event.node).strip("/").split("/")[1:])
    hidden = []
    if path not in classes or not classes[path] <= seen:
        hidden += ["old_value", "new_value"]
    if Sensitivity.IDENTITY not in seen:
        hidden += ["latitude", "longitude", "accuracy", "user"]
    if Sensitivity.TESTIMONY not in seen:
        hidden.append("change_reason")
    return event._replace(**dict.fromkeys(hidden, ""))
