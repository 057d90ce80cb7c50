"""Records of a form as files: CSV, a ZIP of all tables with media, GeoJSON (openrosa §6.3); and
JSON lines, XLSX, SPSS, Stata for whoever does not need what Central has."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TypeVar

from flask import Response, request
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.exports.actions import csv_files, geojson, making, single
from service.exports.actions import further as further_files
from service.exports.actions.source import Source
from service.exports.flat import Options
from service.exports.kinds import Kind
from service.exports.queries import records
from service.exports.shapes import Words
from service.foundation.formats.zip_stream import safe_member
from service.foundation.problems import INVALID_PARAMETER, QUERY_INVALID, Problem
from service.web import asking, identify
from service.web.api import pulling
from service.web.identify import allows

blp = Blueprint("rows", __name__, description="Records of a form as files")
BASE = "/v1/projects/<int:project_id>/forms/<name:form_id>/submissions"


@blp.route(f"{BASE}.csv", methods=["GET", "POST"])
@allows(Act.ROWS_EXPORT)
def csv(project_id: int, form_id: str) -> Response:
    """Records as CSV, newest first, without their repeats. Raw cells; `spreadsheet=true` makes
    those harmless that a spreadsheet would run. A file that broke off goes on, without its header,
    with `after`, the KEY of its last whole line. POST takes passphrases, as Central does, and
    needs none: what is sealed to a key kept offline is opened offline alone."""
    found = _source(project_id, form_id, only_root=True)
    pieces = csv_files.csv(
        found, options(), for_spreadsheet=pulling.flag("spreadsheet"), after=_after(found)
    )
    name = f"{safe_member(found.form.form_id)}.csv"
    return pulling.answer(found, Act.ROWS_EXPORT, "csv", pieces, pulling.FILE, name)


@blp.route(f"{BASE}.csv.zip", methods=["GET", "POST"])
@allows(Act.ROWS_EXPORT)
def csv_zip(project_id: int, form_id: str) -> Response:
    """All tables as CSV, and under `media/` clean copies of what was photographed and recorded, of
    those whose consent allows it. `attachments=false`: the tables alone."""
    found = _source(project_id, form_id)
    blobs = asking.blobs()
    pieces = csv_files.csv_zip(
        found,
        options(),
        blobs,
        with_files=pulling.flag("attachments", default=True),
        for_spreadsheet=pulling.flag("spreadsheet"),
    )
    name = f"{safe_member(found.form.form_id)}.csv.zip"
    return pulling.answer(found, Act.ROWS_EXPORT, "csv.zip", pieces, "application/zip", name)


@blp.route(f"{BASE}.geojson", methods=["GET"])
@allows(Act.ROWS_EXPORT)
def places(project_id: int, form_id: str) -> Response:
    """Where records say that something is: of the first question for a place, or of `fieldpath`."""
    if len(request.args.getlist("fieldpath")) > 1:
        raise Problem(QUERY_INVALID, name="fieldpath")
    found = _source(project_id, form_id)
    pieces = geojson.collection(
        found, request.args.get("fieldpath") or None, pulling.number("limit")
    )
    return pulling.answer(found, Act.ROWS_EXPORT, "geojson", pieces, "application/geo+json")


@blp.route(f"{BASE}/<name:instance_id>.geojson", methods=["GET"])
@allows(Act.ROWS_EXPORT)
def places_of_one(project_id: int, form_id: str, instance_id: str) -> Response:
    """Where one record says that something is, by each `fieldpath`, or the first question for a
    place."""
    found = pulling.source(Act.ROWS_EXPORT, project_id, form_id)
    read = single.get_record(identify.actor(), Act.ROWS_EXPORT, found, instance_id, how="geojson")
    paths = list(dict.fromkeys(filter(None, request.args.getlist("fieldpath"))))
    return Response(geojson.of_one(found, read, paths), content_type="application/geo+json")


@blp.route(f"{BASE}.xlsx", methods=["GET"])
@blp.route(f"{BASE}.jsonl", methods=["GET"])
@blp.route(f"{BASE}.dta", methods=["GET"])
@blp.route(f"{BASE}.dta.zip", methods=["GET"])
@blp.route(f"{BASE}.spss.zip", methods=["GET"])
@allows(Act.ROWS_EXPORT)
def further(project_id: int, form_id: str) -> Response:
    """XLSX (`shape`: linked, long, wide), JSON lines (`after`, as of CSV: a record's `__id`),
    Stata (`dta` is of records alone, `dta.zip` of repeats too), SPSS; headers and choices in
    `words`: code, en, km."""
    ending = request.path.rpartition("/submissions.")[2]
    kind = _chosen("shape", _SHAPES, "linked") if ending == "xlsx" else _BY_ENDING[ending]
    words = _chosen("words", {one.value: one for one in Words}, Words.CODE.value)
    found = _source(project_id, form_id, only_root=kind in making.ONLY_ROOT)
    blobs = asking.blobs()
    pieces = (
        further_files.json_lines(found, _after(found))
        if kind is Kind.JSON_LINES
        else making.pieces(found, kind, words, blobs)
    )
    name = f"{safe_member(found.form.form_id)}.{ending}"
    content_type = making.CONTENT_TYPES[ending]
    return pulling.answer(found, Act.ROWS_EXPORT, kind.value, pieces, content_type, name)


_SHAPES = {
    "linked": Kind.XLSX_LINKED,
    "long": Kind.XLSX_LONG,
    "wide": Kind.XLSX_WIDE,
}
_BY_ENDING = {
    kind.ending: kind for kind in (Kind.JSON_LINES, Kind.STATA, Kind.STATA_ZIP, Kind.SPSS)
}
Chosen = TypeVar("Chosen")


def _chosen(name: str, offered: Mapping[str, Chosen], default: str) -> Chosen:
    word = request.args.get(name, default)
    if word not in offered:
        raise Problem(INVALID_PARAMETER, name=name, reason=", ".join(offered))
    return offered[word]


def _after(found: Source) -> uuid.UUID | None:
    instance_id = request.args.get("after", "")
    return found.place_of(instance_id) if instance_id else None


def _source(project_id: int, form_id: str, *, only_root: bool = False) -> Source:
    found = pulling.filtered(
        pulling.source(
            Act.ROWS_EXPORT,
            project_id,
            form_id,
            with_older_fields=pulling.flag("deletedFields"),
            only_root=only_root,
        )
    )
    records.check(found.selection, is_subtable=False)
    return found


def options() -> Options:
    """How tables are asked for, as of Central."""
    return Options(
        group_paths=pulling.flag("groupPaths", default=True),
        split_multiples=pulling.flag("splitSelectMultiples"),
    )
