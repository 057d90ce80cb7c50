"""What ODK Briefcase says and hears when it pulls: keys of records, cursors, documents. Pure.

Briefcase speaks the dialect of ODK Aggregate; the client's own code decides where its description
and it disagree (getodk/briefcase: `SubmissionKeyGenerator`, `AggregateCursor`,
`InstanceIdBatchGetter`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from service.forms.namespaces import OPENROSA
from service.foundation.formats import safe_xml
from service.foundation.formats.safe_xml import XmlRefused
from service.foundation.problems import INVALID_PARAMETER, Problem

SUBMISSIONS = "http://opendatakit.org/submissions"
CURSOR = "http://www.opendatakit.org/cursor"
UNSETTLED = "https://samleng.org/cursor"
MAX_CURSOR = 4096
MOST_UNSETTLED = 5000
"""Records that came a moment ago and are looked at again; more are not remembered."""

_OPTIONAL = re.compile(r"Optional\[(.*)\]", re.DOTALL)
_NONE = ("null", "Optional.empty")


@dataclass(frozen=True, kw_only=True)
class RecordKey:
    """Which record a client asks for. `version` is that of the form which the client has, None
    where it has none; the record may be of another."""

    form_id: str
    version: str | None
    instance_id: str


def read_key(text: str) -> RecordKey:
    """`visit[@version=Optional[3] and @uiVersion=null]/data[@key=uuid:…]`, the version in any of
    the ways in which clients print it, or left out. From the right: a form ID may be an address
    and hold anything. Raises INVALID_PARAMETER."""
    before, key, rest = text.rpartition("[@key=")
    form, _, _element = before.rpartition("/")
    if not key or not form or not rest.endswith("]") or "\0" in text:
        raise Problem(INVALID_PARAMETER, name="formId", reason="form[@version=…]/element[@key=…]")
    form_id, found, version = form.rpartition("[@version=")
    if not found:
        form_id, version = form, "null]"
    return RecordKey(
        form_id=form_id,
        version=_version(version.removesuffix("]").partition(" and @uiVersion=")[0]),
        instance_id=rest.removesuffix("]"),
    )


def _version(text: str) -> str | None:
    if text in _NONE:
        return None
    printed = _OPTIONAL.fullmatch(text)
    return printed[1] if printed else text


@dataclass(frozen=True, kw_only=True)
class Unsettled:
    """The last records that were told and came so recently that another which began before them
    may not have been committed: how many above `since`, and a digest of which."""

    since: uuid.UUID
    count: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where a page ended: the moment and the ID of its last record."""

    at: dt.datetime
    instance_id: str
    unsettled: Unsettled | None = None


def read_cursor(text: str) -> Cursor | None:
    """None: from the beginning. Raises INVALID_PARAMETER."""
    if text.strip() in ("", "0"):
        return None
    try:
        root = safe_xml.parse(text.encode(), max_bytes=MAX_CURSOR)
        told = {etree.QName(child).localname: child for child in root.iter(etree.Element)}
        at = dt.datetime.fromisoformat((told["attributeValue"].text or "").strip())
        last = told.get("uriLastReturnedValue")
        return Cursor(
            at=at if at.tzinfo else at.replace(tzinfo=dt.UTC),
            instance_id="" if last is None else (last.text or "").strip(),
            unsettled=_unsettled(told.get("unsettled")),
        )
    except (XmlRefused, ValueError, KeyError, OverflowError, UnicodeEncodeError):
        raise Problem(
            INVALID_PARAMETER, name="cursor", reason="give one that you were answered, or none"
        ) from None


def _unsettled(element: etree._Element | None) -> Unsettled | None:
    if element is None:
        return None
    return Unsettled(
        since=uuid.UUID(hex=element.get("since", "")),
        count=min(max(0, int(element.get("count", ""))), MOST_UNSETTLED),
        digest=element.get("digest", ""),
    )


def write_cursor(at: str, instance_id: str, unsettled: Unsettled | None) -> str:
    """As the client reads it, and sends it back letter by letter. `at` in ISO 8601."""
    held = ""
    if unsettled is not None:
        held = (
            f'<unsettled xmlns="{UNSETTLED}" since="{unsettled.since.hex}"'
            f' count="{unsettled.count}" digest="{unsettled.digest}"/>'
        )
    return (
        f'<cursor xmlns="{CURSOR}"><attributeName>_LAST_UPDATE_DATE</attributeName>'
        f"<attributeValue>{at}</attributeValue>"
        f"<uriLastReturnedValue>{escape(instance_id)}</uriLastReturnedValue>"
        f"<isForwardCursor>true</isForwardCursor>{held}</cursor>"
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A record by its present version."""

    submission_pk: uuid.UUID
    instance_id: str

    @property
    def at(self) -> dt.datetime:
        """When it came: its key says so, to the millisecond."""
        return dt.datetime.fromtimestamp((self.submission_pk.int >> 80) / 1000, dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Start:
    """From where to read, and how much."""

    after: uuid.UUID
    """The last record that was told."""
    unsettled: Unsettled | None

    @property
    def above(self) -> uuid.UUID:
        return self.unsettled.since if self.unsettled else self.after

    def rows(self, wanted: int) -> int:
        return wanted + (self.unsettled.count if self.unsettled else 0)


def next_page(
    start: Start, rows: Sequence[Listed], wanted: int, settled_below: uuid.UUID
) -> tuple[list[Listed], Unsettled | None]:
    """(the page, what its cursor remembers). `rows`: read by one statement, the first above
    `start.above`. No record that is still to be committed has a key below `settled_below`.

    Keys are given before a record is committed, so one may appear below the last that was told.
    Where what stands there is not what stood there, it is told again from there on: a record may
    be told twice, none is left out.
    """
    before = [row for row in rows if row.submission_pk <= start.after]
    if start.unsettled is not None and digest_of(before) != start.unsettled.digest:
        before = []
    page = list(rows[len(before) : len(before) + wanted])
    if not page:
        return [], None
    since = max(start.above, settled_below)
    young = [row for row in (*before, *page) if row.submission_pk > since]
    if len(young) > MOST_UNSETTLED:
        since, young = young[-MOST_UNSETTLED - 1].submission_pk, young[-MOST_UNSETTLED:]
    if not young:
        return page, None
    return page, Unsettled(since=since, count=len(young), digest=digest_of(young))


def digest_of(rows: Iterable[Listed]) -> str:
    return hashlib.sha256(b"".join(row.submission_pk.bytes for row in rows)).hexdigest()[:16]


def id_chunk(instance_ids: Iterable[str], cursor: str) -> str:
    """The answer to `view/submissionList`. `cursor` as text: XML inside XML is escaped."""
    listed = "".join(f"<id>{escape(one)}</id>" for one in instance_ids)
    return (
        f'<idChunk xmlns="{SUBMISSIONS}"><idList>{listed}</idList>'
        f"<resumptionCursor>{escape(cursor)}</resumptionCursor></idChunk>"
    )


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What Aggregate writes on the root of a record."""

    instance_id: str
    submission_date: str
    """In ISO 8601."""
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class MediaFile:
    """A file beside a record, and where it is."""

    name: str
    md5: str
    url: str


def submission(record: bytes, marks: Marks, files: Iterable[MediaFile]) -> str:
    """The answer to `view/downloadSubmission`. As with Aggregate, a record without a namespace of
    its own is in that of the document: scripts look for it there."""
    root = safe_xml.parse(record)
    root.set("instanceID", marks.instance_id)
    root.set("submissionDate", marks.submission_date)
    root.set("isComplete", "true" if marks.is_complete else "false")
    if marks.is_complete:
        root.set("markedAsCompleteDate", marks.submission_date)
    told = etree.tostring(root, encoding="unicode")
    beside = "".join(
        f"<mediaFile><filename>{escape(file.name)}</filename><hash>md5:{file.md5}</hash>"
        f"<downloadUrl>{escape(file.url)}</downloadUrl></mediaFile>"
        for file in files
    )
    return (
        f'<submission xmlns="{SUBMISSIONS}" xmlns:orx="{OPENROSA}"><data>{told}</data>{beside}'
        "</submission>"
    )
