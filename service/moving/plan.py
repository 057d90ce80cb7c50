"""What will happen, or did, with each thing that a source holds. Pure."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from service.moving.source import SourceRecord


class What(enum.StrEnum):
    FORM = "form"
    RECORD = "record"
    LIST = "list"
    COLUMN = "column"
    SHEET = "sheet"


class Verdict(enum.StrEnum):
    """Of one form version, record or list."""

    NEW = "new"
    """It comes in."""
    CHANGED = "changed"
    """It is here, in an older version."""
    FILES = "files"
    """It is here, and files of it are missing."""
    REVIEW = "review"
    """It is here; what was decided of it there is taken over."""
    SAME = "same"
    """It is here already: nothing happens."""
    QUEUED = "queued"
    """It contradicts what is here: kept for a person to look at."""
    GONE = "gone"
    """It was taken back or removed here, and stays so."""
    REMOVED = "removed"
    """It went into the trash."""
    REFUSED = "refused"
    """It does not come in; `why` says why, and what to do."""


class Why(enum.StrEnum):
    """Reasons, with their fix in words on the page and in docs/moving-in.md."""

    NOTHING = ""
    OTHER_CONTENT = "other_content"
    """A version of that name is here with other questions or files."""
    FORM_INVALID = "form_invalid"
    KEY_NOT_CONFIRMED = "key_not_confirmed"
    """Its records would be sealed to another key than before: to be published by hand."""
    NOT_OFFERED = "not_offered"
    """Brought for the records that name it; phones keep the version that they are offered here."""
    FORM_MISSING = "form_missing"
    """Its form is not here, and did not come along."""
    FORM_CLOSED = "form_closed"
    FORM_DELETED = "form_deleted"
    NOT_DEPLOYED = "not_deployed"
    """It is archived there, and what its editor holds is not what phones had."""
    UNREADABLE = "unreadable"
    """Its XML is none: it waits in quarantine."""
    NOT_GIVEN = "not_given"
    """It is told of there, and not handed out."""
    NO_ID = "no_id"
    """The table has no column with instance IDs, or this row is empty there."""
    TWICE = "twice"
    """An earlier row has the same ID."""
    FILES_MISSING = "files_missing"
    """Some files that it names are not at the source either, or are not given out."""
    FILES_SHARED = "files_shared"
    """Another record names a file by the same name: whose it is cannot be told, so none gets it."""
    NO_ROOT = "no_root"
    """The table has no column with what an edit leaves as it is: brought again after one, it would
    come twice."""
    NO_QUESTION = "no_question"
    """Of a column or sheet: left out."""
    ENTITIES_GONE = "entities_gone"
    """Some of its entities were taken back or deleted here, and stay so."""
    FROM_RECORDS = "from_records"
    """A form of this move makes the list, and its records entities of it: what they leave out comes
    from the list. A look reads no records, so it cannot tell how many."""
    LATEST_ONLY = "latest_only"
    """The source kept the last version of it alone."""
    ENTITY_ROWS = "entity_rows"
    """Some rows of the list are not right: nothing of it was brought."""
    TOO_LARGE = "too_large"
    NOT_TAKEN = "not_taken"
    """Refused for another reason."""
    UNMAPPED = "unmapped"
    """Of a casualty: a word in its row that no code stands for."""
    NO_DATE = "no_date"
    """A date that is none, is older than 1900, or has not come yet."""
    NO_AGE = "no_age"
    NO_NUMBER = "no_number"
    CONTRADICTS = "contradicts"
    """Two cells of its row cannot both be true."""
    DIFFERS = "differs"
    """What is here of it was brought with other words in its row."""
    PLACE_ROUGH = "place_rough"
    """It comes; its place is known as far as the gazetteer knows the names."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the report. Names nobody: `name` is a version, an instance ID or a list."""

    what: What
    form_id: str
    name: str
    verdict: Verdict
    why: Why = Why.NOTHING
    detail: str = ""
    """Of a row of a table: its number, and what in it cannot be read."""


HEADER = ("what", "form", "name", "verdict", "why", "detail")


def cells(row: Row) -> tuple[str, ...]:
    return (row.what.value, row.form_id, row.name, row.verdict.value, row.why.value, row.detail)


def row_of(cells: Iterable[str]) -> Row:
    what, form_id, name, verdict, why, *more = cells
    return Row(
        what=What(what),
        form_id=form_id,
        name=name,
        verdict=Verdict(verdict),
        why=Why(why),
        detail=more[0] if more else "",
    )


def count(rows: Iterable[Row]) -> Counter[str]:
    return Counter(f"{row.what}.{row.verdict}" for row in rows)


class Offered(NamedTuple):
    """The version of a form that phones get here, and the key that its records are sealed to."""

    version: str
    fingerprint: str | None


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is here of an instance ID."""

    is_gone: bool = False
    """Taken back, over its period, or removed."""
    is_complete: bool = True
    """Every file that it names is here."""
    is_current: bool = True
    is_untouched: bool = True
    """The present version of its record came by a move: nobody changed it here."""
    is_known_alone: bool = False
    """It is no ID of what is here: its source knows the record by it."""
    has_review: bool = False
    """Somebody has decided about the present version."""
    xml_digest: bytes | None = None
    """Of its XML, as it came."""


def plan_record(
    record: SourceRecord, held: Mapping[str, Held], *, keeps_versions: bool
) -> tuple[Verdict, Why]:
    """What becomes of a record, given what is here under its IDs."""
    if record.fault:
        return Verdict.REFUSED, Why(record.fault)
    note = Why(record.note)
    present = held.get(record.instance_id)
    first = held.get(record.root_id) or held.get(record.alias)
    if (present and present.is_gone) or (first and first.is_gone):
        return Verdict.GONE, Why.NOTHING
    if present is not None and not present.is_complete:
        return Verdict.FILES, note
    if present is not None:
        takes_over = record.review and present.is_current and not present.has_review
        return (Verdict.REVIEW if takes_over else Verdict.SAME), Why.NOTHING
    base = (held.get(record.base_id) if record.base_id else None) or first
    verdict = _plan_edit(record, base, keeps_versions=keeps_versions)
    return verdict, _note_of(record, base, keeps_versions=keeps_versions)


def _plan_edit(record: SourceRecord, base: Held | None, *, keeps_versions: bool) -> Verdict:
    """A source that has all versions says itself which one an edit replaces; an edit of any other
    waits for a person, or for what it edits."""
    names_base = keeps_versions and bool(record.base_id)
    if base is None:
        return Verdict.QUEUED if names_base else Verdict.NEW
    # What somebody changed here since is not replaced by what was changed there: a person looks.
    is_next = base.is_current or (base.is_untouched and not names_base)
    return Verdict.CHANGED if is_next else Verdict.QUEUED


def _note_of(record: SourceRecord, base: Held | None, *, keeps_versions: bool) -> Why:
    is_alone = base is None and not keeps_versions and record.instance_id != record.root_id
    return Why(record.note) or (Why.LATEST_ONLY if is_alone else Why.NOTHING)


def is_offered(before: str | None, source: Iterable[str], version: str) -> bool:
    """Whether a version that comes in becomes the one that phones are offered: never an older one
    than they have, nor in the place of one that was made here. `source`: its versions, oldest
    first; `before`: the version offered here."""
    if before is None:
        return True
    order = list(source)
    if before not in order or version not in order:
        return False
    return order.index(before) < order.index(version)
