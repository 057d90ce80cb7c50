"""What a place that is left holds, whatever kind of server or file it is. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from service.foundation.problems import SOURCE_STRANGE, Problem

MOST_JSON = 64_000_000
MOST_XML = 8_000_000
MOST_FILE = 210_000_000
MOST_TABLE = 64_000_000
"""Of a list of entities: 50,000 rows, as many as one import takes, with more than 1 KB each."""
FIRST_PAGE = "0"


class Http(Protocol):
    """A server that is asked with the right to ask it. Both answer None for what is not there,
    and raise a Problem for everything else that is no success."""

    def read(self, path: str, most_bytes: int) -> bytes | None: ...

    def pieces(self, path: str, most_bytes: int | None = None) -> Iterator[bytes] | None:
        """A file as it comes; MOST_FILE bytes where nothing is said."""
        ...

    def trust(self, address: str) -> bool:
        """Ask that server too with the same right, for this one says that it is a part of it;
        False where their names say nothing of the kind."""
        ...


@dataclass(frozen=True, kw_only=True)
class SourceForm:
    """A form there. `key` is what the source calls it in its addresses."""

    key: str
    form_id: str
    title: str


@dataclass(frozen=True, kw_only=True)
class SourceVersion:
    key: str
    version: str
    fault: str = ""
    """Why it cannot be had."""


OpenMedia = Callable[[], Iterator[bytes] | None]
"""A file beside a form, as it comes; None where it is not there after all."""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A version whole: XForm XML or, where `is_workbook`, an XLSForm; and the files beside it."""

    content: bytes = field(repr=False)
    media: Mapping[str, OpenMedia] = field(default_factory=dict, repr=False)
    is_workbook: bool = False
    filename: str = "form.xlsx"
    is_hidden: bool = False
    """Phones are not offered the form."""


@dataclass(frozen=True, kw_only=True)
class SourceRecord:
    """A record there, as a list of many tells of it; no answers.

    `instance_id` names its present version, `root_id` its first; they are one where nobody edited.
    """

    key: str
    instance_id: str
    root_id: str
    base_id: str | None = None
    """The version that the present one replaced, where the source says so."""
    version: str = ""
    submitted_at: dt.datetime | None = None
    review: str | None = None
    """approved, hasIssues or rejected, of the present version."""
    alias: str = ""
    """What the source knows it by for good, where its ID changes with each edit and what came
    before is not kept there."""
    lacks_files: bool = False
    """The list says that the source has not all of the files that it names."""
    fault: str = ""
    """Why it cannot be brought: what a table says is no record."""
    note: str = ""
    """What is to be known of it although it comes."""
    detail: str = ""
    """Where it stands in a table, and what in its row cannot be read."""


@dataclass(frozen=True, kw_only=True)
class SourceInstance:
    """One version of a record whole. `open_file` answers None for a file that is not there."""

    xml: bytes = field(repr=False)
    submitted_at: dt.datetime | None
    open_file: Callable[[str], Iterator[bytes] | None]


@dataclass(frozen=True, kw_only=True)
class RecordPage:
    """Some records, and where the next begin; None: there are no more."""

    records: Sequence[SourceRecord]
    after: str | None


@dataclass(frozen=True, kw_only=True)
class SourceList:
    """An entity list."""

    name: str
    properties: Sequence[str]
    approval_required: bool = False


class Source(Protocol):
    """A server or a file that is left. `keeps_versions`: what an edit replaced is there too, as far
    as anybody has it; else an edit may name as its base what exists nowhere."""

    @property
    def keeps_versions(self) -> bool: ...

    @property
    def is_at_hand(self) -> bool:
        """Its records lie here: looking into each costs no question."""
        ...

    @property
    def is_of_single_rows(self) -> bool:
        """No record is an edit of another, or comes twice: their order makes no difference."""
        ...

    @property
    def left_out(self) -> Sequence[tuple[str, str]]:
        """("column" or "sheet", its name) of those that no question is called by."""
        ...

    def forms(self) -> Sequence[SourceForm]: ...

    def versions(self, form: SourceForm) -> Sequence[SourceVersion]:
        """The oldest first. None: the source holds records of the form, and not the form."""
        ...

    def definition(self, form: SourceForm, version: SourceVersion) -> Definition | None: ...

    def page(self, form: SourceForm, after: str) -> RecordPage: ...

    def lacking(self, form: SourceForm, records: Sequence[SourceRecord]) -> Collection[str]:
        """Keys of those of a page of which the source tells, without handing them out, that it has
        not all files that they name. Of what it does not tell nothing follows."""
        ...

    def instances(self, form: SourceForm, record: SourceRecord) -> Iterator[SourceInstance]:
        """Its versions, the oldest first."""
        ...

    def lists(self) -> Sequence[SourceList]: ...

    def table(self, entity_list: SourceList) -> Iterator[bytes]:
        """Its entities as CSV, as it comes. Raises SOURCE_STRANGE where it is not there."""
        ...


def lacking(records: Sequence[SourceRecord]) -> Collection[str]:
    """For sources whose lists say it."""
    return {one.key for one in records if one.lacks_files}


def get_json(http: Http, path: str) -> Any:
    """Raises SOURCE_STRANGE where nothing is there, or no JSON."""
    found = get_json_if_any(http, path)
    if found is None:
        raise Problem(SOURCE_STRANGE, reason="there is no such project or form")
    return found


def get_json_if_any(http: Http, path: str) -> Any:
    """None where nothing is there. Raises SOURCE_STRANGE for what is no JSON."""
    body = http.read(path, MOST_JSON)
    if body is None:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Problem(SOURCE_STRANGE, reason="it does not answer as such a server does") from None


def get_rows(http: Http, path: str) -> list[Any]:
    """A JSON list. Raises SOURCE_STRANGE."""
    return _as_rows(get_json(http, path))


def get_rows_if_any(http: Http, path: str) -> list[Any]:
    """A JSON list; an empty one where nothing is there. Raises SOURCE_STRANGE."""
    found = get_json_if_any(http, path)
    return [] if found is None else _as_rows(found)


def _as_rows(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise Problem(SOURCE_STRANGE, reason="a list was expected")
    return found


def get_bytes(http: Http, path: str, most_bytes: int = MOST_XML) -> bytes:
    body = http.read(path, most_bytes)
    if body is None:
        raise Problem(SOURCE_STRANGE, reason="something that it told of is not there")
    return body


def moment(text: Any) -> dt.datetime | None:
    """A time as servers write it; without a zone it is UTC. None for anything else."""
    if not isinstance(text, str) or not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def said(row: Mapping[str, Any], name: str) -> str:
    """A text or number of a JSON object as text; "" where there is none."""
    value = row.get(name)
    return str(value) if isinstance(value, str | int) else ""
