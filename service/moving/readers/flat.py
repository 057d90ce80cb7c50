"""Rows of an exported table -> records. Pure.

A table keeps answers, not records: what is brought from one is written down anew as XForms XML
(`intake.readers.json_item`), so its bytes are not those that a phone once sent. Columns that no
question of the form is called by are left out, and named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.exports.layout import Column, Layout, Table
from service.foundation.formats import geo_text
from service.intake.readers.json_item import ID_PATTERN, MAX_ID, instance_id

Cells = Mapping[str, str]
IDS = ("KEY", "meta/instanceID", "instanceID", "meta-instanceID", "_uuid", "meta:instanceID")
ROOTS = ("meta/rootUuid",)
"""Kobo's `_uuid` changes with each edit; this stays (`ExportTask.COPY_FIELDS`)."""
LASTING = ("KEY", *ROOTS)
"""Columns that an edit leaves as they are."""
TIMES = ("SubmissionDate", "_submission_time")
VERSIONS = ("FormVersion", "__version__", "_version")
REVIEWS = {
    "approved": "approved", "hasIssues": "hasIssues", "rejected": "rejected",
    "Approved": "approved", "Not approved": "rejected", "On hold": "hasIssues",
    "validation_status_approved": "approved", "validation_status_not_approved": "rejected",
    "validation_status_on_hold": "hasIssues",
}  # fmt: skip
REVIEW_COLUMNS = ("ReviewState", "_validation_status")
_POINT = ("Latitude", "Longitude", "Altitude", "Accuracy")
_REPEATED = re.compile(r"\[(\d+)\]")
_ID = re.compile(ID_PATTERN)


@dataclass(frozen=True, kw_only=True)
class FlatRecord:
    """One row with what repeats below it, as an item of JSON sync would say it."""

    instance_id: str
    """"" where the row has none that can be one."""
    version: str
    submitted_at: str
    review: str | None
    answers: dict[str, Any] = field(repr=False)
    root_id: str = ""
    """Of its first version, where the table says it."""

    @property
    def is_edited(self) -> bool:
        return bool(self.root_id) and self.root_id != self.instance_id


class Names:
    """Which column means which question of a table."""

    def __init__(self, table: Table) -> None:
        self._columns = table.columns
        leaves = Counter(column.path[-1] for column in table.columns)
        self._by_name: dict[str, Column] = {}
        for column in table.columns:
            for sign in "-/:.":
                self._by_name.setdefault(sign.join(column.local), column)
                self._by_name.setdefault(sign.join(column.path), column)
        for column in table.columns:
            if leaves[column.path[-1]] == 1:
                self._by_name.setdefault(column.path[-1], column)

    def answers(self, cells: Cells) -> Iterator[tuple[Column, str]]:
        """(question, answer) of all cells that are not empty."""
        seen: set[tuple[str, ...]] = set()
        for name, text in cells.items():
            column = self._by_name.get(name)
            if column is not None and text and column.path not in seen:
                seen.add(column.path)
                yield column, text.partition("T")[0] if column.type == "date" else text
        for column in self._columns:
            if column.type == geo_text.POINT and column.path not in seen:
                text = self._point(column, cells)
                if text:
                    yield column, text

    def _point(self, column: Column, cells: Cells) -> str:
        """Central spreads a place over four columns, and so do the others beside it."""
        for sign in "-/":
            name = sign.join(column.local)
            parts = [cells.get(f"{name}-{part}", "") for part in _POINT]
            if parts[0] and parts[1]:
                return " ".join(part or "0" for part in parts)
        return ""

    def knows(self, name: str) -> bool:
        if name in self._by_name:
            return True
        stem, _, part = name.rpartition("-")
        return part in _POINT and stem in self._by_name


def is_about_record(name: str) -> bool:
    """Columns that servers add: told of a record, and no answer."""
    plain = name.rpartition("/")[2]
    return name.startswith(("_", "meta", "formhub")) or plain.startswith("_") or name in _ADDED


_ADDED = {
    "SubmissionDate", "KEY", "PARENT_KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent",
    "AttachmentsExpected", "Status", "ReviewState", "DeviceID", "Edits", "FormVersion",
    "instanceID", "instanceName",
}  # fmt: skip


GAP = "n/a"
"""What Ona writes where nothing was answered (`NA_REP`)."""
_ONAS = ("_xform_id", "_review_status", "_media_all_received", "_total_media")


def is_of_ona(header: Sequence[str]) -> bool:
    return any(name in _ONAS or _REPEATED.search(name) for name in header)


def without_gaps(cells: Cells) -> Cells:
    return {name: "" if text == GAP else text for name, text in cells.items()}


def record_of(cells: Cells, names: Names, layout: Layout) -> FlatRecord:
    """The record without its repeats, but for those that Ona lays beside it (`child[1]/name`)."""
    answers: dict[str, Any] = {}
    for column, text in names.answers(cells):
        put(answers, [(name, 0) for name in column.path], text)
    known = {column.path for table in layout.tables for column in table.columns}
    for name, text in cells.items():
        if text and "[" in name:
            steps = steps_of(name)
            if tuple(part for part, _ in steps) in known:
                put(answers, steps, text)
    given = next((cells[name].strip() for name in IDS if cells.get(name, "").strip()), "")
    root = next((cells[name].strip() for name in ROOTS if cells.get(name, "").strip()), "")
    review = next((cells[name] for name in REVIEW_COLUMNS if cells.get(name)), "")
    return FlatRecord(
        instance_id=_id_of(given),
        root_id=_id_of(root),
        version=next((cells[name] for name in VERSIONS if cells.get(name)), ""),
        submitted_at=next((cells[name] for name in TIMES if cells.get(name)), ""),
        review=REVIEWS.get(review),
        answers=answers,
    )


def _id_of(given: str) -> str:
    is_id = bool(given) and len(given) <= MAX_ID and _ID.match(given) is not None
    return instance_id(given) if is_id else ""


Steps = Sequence[tuple[str, int]]
"""A way into a record: names, and of repeats which one, from 1."""


class Numbered(dict[int, dict[str, Any]]):
    """The rows of a repeat while they come together."""


def steps_of(path: str) -> list[tuple[str, int]]:
    """Of `group/child[2]/name`, as Ona's columns and Central's keys write it."""
    steps = []
    for part in path.strip("/").split("/"):
        match = _REPEATED.search(part)
        steps.append((_REPEATED.sub("", part), int(match[1]) if match else 0))
    return steps


def put(answers: dict[str, Any], steps: Steps, text: str) -> None:
    """Set one answer. What stands in the meta block is made of the record's ID."""
    if steps[0][0] == "meta":
        return
    hold(answers, steps[:-1])[steps[-1][0]] = text


def hold(answers: dict[str, Any], steps: Steps) -> dict[str, Any]:
    """The group or row at the end of a way, made where it is not there."""
    level = answers
    for name, number in steps:
        if number:
            rows = level.setdefault(name, Numbered())
            level = rows.setdefault(number, {})
        else:
            level = level.setdefault(name, {})
    return level


def put_row(
    answers: dict[str, Any], steps: Steps, cells: Cells, names: Names, table: Table
) -> None:
    """One row of a table of repeats, whose place is `steps`."""
    row = hold(answers, steps)
    for column, text in names.answers(cells):
        put(row, [(name, 0) for name in column.path[len(table.path) :]], text)


def answers_to(answers: Mapping[str, Any], names: Collection[str]) -> Iterator[str]:
    """Answers to the questions called so, wherever they stand."""
    for name, value in answers.items():
        if isinstance(value, Numbered):
            for row in value.values():
                yield from answers_to(row, names)
        elif isinstance(value, dict):
            yield from answers_to(value, names)
        elif name in names:
            yield value


def settled(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Repeats as lists, in their order."""
    return {name: _settled(value) for name, value in answers.items()}


def _settled(value: Any) -> Any:
    if isinstance(value, Numbered):
        return [settled(value[number]) for number in sorted(value)]
    return settled(value) if isinstance(value, dict) else value
