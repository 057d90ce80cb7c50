"""Export files of a server that is left, opened as a source."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from service.exports import flat as central_names
from service.exports.layout import Layout, layout_of
from service.forms import queries as forms
from service.forms.schema import FormSchema
from service.foundation.db import reading
from service.foundation.formats import bundle, tables_in
from service.foundation.formats.bundle import Bundle, BundleRefused, FolderBundle, ZipBundle
from service.foundation.formats.tables_in import Rows
from service.foundation.problems import FORM_UNKNOWN, SOURCE_STRANGE, Problem
from service.intake.readers import json_item
from service.intake.readers.json_item import Item, NotAnswers
from service.moving.plan import Why
from service.moving.readers import flat, instances
from service.moving.readers.flat import FlatRecord
from service.moving.readers.joined import CentralDialect, Dialect, KoboDialect, OutOfOrder, Tables
from service.moving.readers.kept_files import KeptEntities, KeptFiles, KeptRecord
from service.moving.source import MOST_FILE, MOST_TABLE, SourceList, SourceRecord, moment

ABOUT_ENTITIES = ("label", "name", "uuid")

LONGEST_SHEET = 31
"""Signs that a spreadsheet's name of a sheet may have."""
BUFFER = 1 << 16
"""Bytes of a file that are read at once."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A file as somebody gave it; `folder` where it is none."""

    ending: str
    size: int
    open: Callable[[], BinaryIO]
    folder: Path | None = None


def given(path: Path) -> Given:
    """One of this machine."""
    is_folder = path.is_dir()
    return Given(
        ending=ending_of(path.name),
        size=0 if is_folder else path.stat().st_size,
        open=lambda: path.open("rb"),
        folder=path if is_folder else None,
    )


def ending_of(name: str) -> str:
    return name.casefold().rpartition(".")[2]


OpenFile = Callable[[str], Iterator[bytes] | None]
OpenTables = Callable[[contextlib.ExitStack], Tables]


@contextlib.contextmanager
def opened(file: Given, form_id: str, project_id: int) -> Iterator[KeptFiles]:
    """A folder or ZIP of instances, Central's `.csv.zip`, a CSV, an XLSX. The form must be here.
    Raises SOURCE_STRANGE, FORM_UNKNOWN."""
    schema = _schema(form_id, project_id)
    with contextlib.ExitStack() as stack:
        try:
            left_out: list[tuple[str, str]] = []
            records = _records(file, form_id, schema, stack, left_out)
            is_of_xml = _is_of_instances(file)
            yield KeptFiles(form_id, records, left_out, keeps_versions=is_of_xml)
        except (BundleRefused, OutOfOrder) as refused:
            raise Problem(SOURCE_STRANGE, reason=str(refused)) from None
        except UnicodeDecodeError:
            raise Problem(SOURCE_STRANGE, reason="it is not written in UTF-8") from None


def entity_file(file: Given, list_name: str) -> KeptEntities:
    """A CSV of entities. Its columns are the properties of the list."""
    if file.size > MOST_TABLE:
        raise Problem(SOURCE_STRANGE, reason="it is too large")

    def pieces() -> Iterator[bytes]:
        with file.open() as stream:
            while piece := stream.read(BUFFER):
                yield piece

    with file.open() as stream:
        first = next(tables_in.of_csv(stream), {})
    named = [one for one in first if not one.startswith("__") and one not in ABOUT_ENTITIES]
    return KeptEntities(SourceList(name=list_name, properties=named), pieces)


def _schema(form_id: str, project_id: int) -> FormSchema:
    with reading() as session:
        form = forms.find_form(session, project_id, form_id)
        if form is None or form.current_version_pk is None:
            raise Problem(FORM_UNKNOWN, form_id=form_id[:80])
        return forms.schema_of(session, form.current_version_pk)


def _records(
    file: Given,
    form_id: str,
    schema: FormSchema,
    stack: contextlib.ExitStack,
    left_out: list[tuple[str, str]],
) -> Iterator[KeptRecord]:
    if file.folder is not None:
        yield from instances.records(FolderBundle(file.folder), form_id)
        return
    if file.ending == "zip":
        held = ZipBundle(stack.enter_context(file.open()))
        stack.callback(held.close)
        if not _has_tables(held):
            yield from instances.records(held, form_id)
            return
        yield from _flat(
            partial(_of_central, held, form_id, schema), schema, _media(held), left_out
        )
        return
    if file.ending in ("xlsx", "xlsm"):
        yield from _flat(partial(_of_xlsx, file, schema), schema, lambda _: None, left_out)
        return
    if file.ending != "csv":
        raise BundleRefused("it is neither a folder nor a ZIP, CSV or XLSX")
    yield from _flat(partial(_of_csv, file, schema), schema, lambda _: None, left_out)


def _is_of_instances(file: Given) -> bool:
    if file.folder is not None or file.ending != "zip":
        return file.folder is not None
    with file.open() as stream, contextlib.closing(ZipBundle(stream)) as held:
        return not _has_tables(held)


def _has_tables(held: Bundle) -> bool:
    return any(name.casefold().endswith(".csv") for name in held.names())


def _flat(
    tables: OpenTables,
    schema: FormSchema,
    open_file: Callable[[str], Iterator[bytes] | None],
    left_out: list[tuple[str, str]],
) -> Iterator[KeptRecord]:
    with contextlib.ExitStack() as looked:  # once through, before anything is stored
        first = tables(looked)
        left_out += first.strange()
        keeps_ids = any(name in flat.LASTING for name in first.header)
        claims = Counter(name for told in first.records() for name in _files_of(told, schema))
    shared = {name for name, times in claims.items() if times > 1}
    with contextlib.ExitStack() as stack:
        for number, record in enumerate(tables(stack).records(), start=2):
            yield _kept(record, number, schema, open_file, shared, keeps_ids=keeps_ids)


def _kept(
    told: FlatRecord,
    number: int,
    schema: FormSchema,
    open_file: OpenFile,
    shared: set[str],
    *,
    keeps_ids: bool,
) -> KeptRecord:
    """`number`: the row as a spreadsheet counts, for what has no ID."""
    fault, xml = "", b""
    if not told.instance_id:
        fault = Why.NO_ID
    else:
        item = Item(
            id=told.instance_id,
            form_id=schema.form_id,
            version=told.version or schema.version,
            answers=flat.settled(told.answers),
            edits=told.root_id if told.is_edited else None,
        )
        try:
            xml = json_item.xml_of(item, schema)
        except NotAnswers:
            fault = Why.UNREADABLE
    name = told.instance_id or f"row {number}"
    names = _files_of(told, schema) if shared else set[str]()
    record = SourceRecord(
        key=name,
        instance_id=name,
        root_id=told.root_id or name,
        base_id=told.root_id if told.is_edited else None,
        version=told.version,
        submitted_at=moment(told.submitted_at),
        review=told.review,
        fault=fault,
        note=Why.FILES_SHARED if names & shared else "" if keeps_ids else Why.NO_ROOT,
    )
    return KeptRecord(
        record=record,
        xml=xml,
        open_file=lambda file: None if file in shared else open_file(file),
    )


def _files_of(told: FlatRecord, schema: FormSchema) -> set[str]:
    """Names of the files that a record asks for."""
    tables = layout_of(schema).tables
    uploads = {one.path[-1] for table in tables for one in table.columns if one.type == "binary"}
    return set(flat.answers_to(told.answers, uploads))


def _media(held: Bundle) -> Callable[[str], Iterator[bytes] | None]:
    names = set(held.names())

    def open_file(name: str) -> Iterator[bytes] | None:
        where = f"media/{name}"
        return bundle.pieces(held, where, MOST_FILE) if where in names else None

    return open_file


def _of_central(
    held: Bundle, form_id: str, schema: FormSchema, stack: contextlib.ExitStack
) -> Tables:
    layout = layout_of(schema)
    names = {f"{name}.csv": n for n, name in enumerate(central_names.file_names(form_id, layout))}
    there = {name.rpartition("/")[2]: name for name in held.names()}
    rows = {}
    for name, number in names.items():
        if name in there:
            rows[number] = tables_in.of_csv(stack.enter_context(held.open(there[name])))
    if 0 not in rows:
        raise BundleRefused(f"it holds no {next(iter(names))}")
    return _tables(layout, rows, CentralDialect())


def _tables(layout: Layout, rows: dict[int, Rows], dialect: Dialect) -> Tables:
    headers: dict[int, Sequence[str]] = {}
    for number, found in rows.items():
        headers[number], rows[number] = tables_in.with_header(found)
    return Tables(layout=layout, rows=rows, dialect=dialect, headers=headers)


def _of_csv(file: Given, schema: FormSchema, stack: contextlib.ExitStack) -> Tables:
    rows = tables_in.of_csv(stack.enter_context(file.open()))
    found = _tables(layout_of(schema), {0: rows}, CentralDialect())
    if not flat.is_of_ona(found.header):
        return found
    return replace(found, rows={0: map(flat.without_gaps, found.rows[0])})


def _of_xlsx(file: Given, schema: FormSchema, stack: contextlib.ExitStack) -> Tables:
    """Kobo's: the first sheet holds the records, the others are called as the repeats."""
    layout = layout_of(schema)
    first, *others = tables_in.of_xlsx(stack.enter_context(file.open())).items()
    rows, strange = {0: first[1]}, []
    numbers = {table.name[:LONGEST_SHEET]: table.number for table in layout.tables[1:]}
    for name, found in others:
        if name in numbers:
            rows[numbers[name]] = found
        else:
            strange.append(name)
    return replace(_tables(layout, rows, KoboDialect()), strange_sheets=strange)
