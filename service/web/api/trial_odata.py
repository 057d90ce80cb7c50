"""`…/draft.svc`: OData of what was sent to try a draft; and the same as files, and one by one."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, request
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.exports.actions import csv_files, logging_out, making, single, trying
from service.exports.actions.leaving import Leaving
from service.exports.actions.source import Source
from service.exports.actions.trying import Trials
from service.exports.layout import ROOT
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.formats.zip_stream import safe_member
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import md5_hex
from service.intake.actions import trials
from service.intake.envelope import Envelope
from service.web import asking, disposition, identify, raw_body
from service.web.api import bodies, conditional, odata, pulling, rows
from service.web.api.drafts import DRAFT
from service.web.api.schemas.submissions import FileSchema, SentQuery, SubmissionSchema
from service.web.api.submission_shapes import trial
from service.web.identify import allows
from service.web.openrosa.multipart_body import MAX_XML_BYTES

blp = Blueprint("trial_odata", __name__, description="Drafts, tried")
BASE = f"{DRAFT}.svc"


@blp.route(BASE, methods=["GET"])
@allows(Act.FORM_PUBLISH)
def service_document(project_id: int, form: str) -> Response:
    """The tables that the draft will have."""
    return odata.answer_service(_source(project_id, form))


@blp.route(f"{BASE}/$metadata", methods=["GET"])
@allows(Act.FORM_PUBLISH)
def metadata(project_id: int, form: str) -> Response:
    """What they hold, as EDMX."""
    return odata.answer_metadata(_source(project_id, form))


@blp.route(f"{BASE}/<table>", methods=["GET"])
@allows(Act.FORM_PUBLISH)
def table(project_id: int, form: str, table: str) -> Response:
    """Rows of what was sent to try the draft, asked for as those of records. Answers that say who
    somebody is, and testimony, are null: people try forms with what they know."""
    found = pulling.filtered(_source(project_id, form))
    leaving = Leaving(found, odata.pieces_of(found, table))
    leaving.begin()
    _note(found, "odata", leaving.records, whole=leaving.is_whole)
    state = md5_hex(repr((request.full_path, *found.validators())).encode())
    return odata.answered(conditional.by_state(state, lambda: leaving, conditional.JSON))


@blp.route(f"{BASE}/{ROOT}(<record>)", methods=["GET"])
@blp.route(f"{BASE}/{ROOT}(<record>)/<path:inside>", methods=["GET"])
@allows(Act.FORM_PUBLISH)
def record(project_id: int, form: str, record: str, inside: str = "") -> Response:
    """One of them, or the rows of a repeat that it holds."""
    found = _source(project_id, form)
    _note(found, "odata", 1, whole=True)
    return odata.answer_record(found, record, inside, lambda key: single.find_one(found, key))


def _note(found: Source, how: str, records: int, *, whole: bool) -> None:
    """Trials are shown without anybody's consent: the log says to whom."""
    logging_out.note(
        identify.actor(), Act.ROWS_READ, found, f"{how} of a draft", records=records, whole=whole
    )


def _source(project_id: int, form: str) -> Trials:
    odata.refuse_unknown()
    with reading() as session:
        return trying.get_trials(session, identify.actor(), project_id, form, pulling.purpose())


@blp.route(f"{DRAFT}/submissions", methods=["POST"])
@allows(Act.FORM_PUBLISH)
@blp.doc(**bodies.taken(bodies.XML))
@blp.arguments(SentQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, SubmissionSchema)
def add(_query: dict[str, Any], project_id: int, form: str) -> dict[str, Any]:
    """Try the draft with a record: its XML as the body. It is no record, and goes with the draft;
    one with an ID that came before is refused."""
    envelope = Envelope(
        xml=raw_body.read(MAX_XML_BYTES),
        channel="trial",
        device_key=asking.device_key(),
        user_agent=request.headers.get("User-Agent", "")[:255],
        received_at=clock.now(),
    )
    return trial(trials.add(project_id, form, envelope))


@blp.route(f"{DRAFT}/submissions.csv", methods=["GET"])
@blp.route(f"{DRAFT}/submissions.csv.zip", methods=["GET"])
@allows(Act.FORM_PUBLISH)
def as_csv(project_id: int, form: str) -> Response:
    """What was sent to try the draft as CSV (`zip`: its repeats, too), masked as its tables are.
    Files that were sent along are kept nowhere."""
    found = pulling.filtered(_source(project_id, form))
    found.check(is_subtable=False)
    ending = request.path.rpartition("/submissions.")[2]
    for_spreadsheet = pulling.flag("spreadsheet")
    if ending == "csv":
        pieces = csv_files.csv(found, rows.options(), for_spreadsheet=for_spreadsheet)
    else:
        pieces = csv_files.csv_zip(
            found,
            rows.options(),
            asking.blobs(),
            with_files=False,
            for_spreadsheet=for_spreadsheet,
        )
    leaving = Leaving(found, pieces)
    leaving.begin()
    _note(found, ending, leaving.records, whole=leaving.is_whole)
    response = Response(leaving, content_type=making.CONTENT_TYPES[ending], direct_passthrough=True)
    name = f"{safe_member(found.form.form_id)}.{ending}"
    response.headers["Content-Disposition"] = disposition.to_keep(name)
    response.headers["Cache-Control"] = "no-store"
    return response


ONE = f"{DRAFT}/submissions/<name:instance_id>"


@blp.route(ONE, methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.response(200, SubmissionSchema)
def show(project_id: int, form: str, instance_id: str) -> dict[str, Any]:
    """One of what was sent to try the draft; no answers."""
    return trial(trials.get(project_id, form, instance_id))


@blp.route(f"{ONE}.xml", methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.doc(**bodies.given(bodies.TEXT_XML))
def xml(project_id: int, form: str, instance_id: str) -> Response:
    """Its XML, masked as its tables are."""
    found = _source(project_id, form)
    body = found.masked_xml(single.find_one(found, instance_id))
    if body is None:
        raise Problem(NOT_FOUND)
    _note(found, "xml", 1, whole=True)
    response = Response(body, content_type="text/xml; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment")
    return response


@blp.route(f"{ONE}/attachments", methods=["GET"])
@allows(Act.FORM_PUBLISH)
@blp.response(200, FileSchema(many=True))
def list_files(project_id: int, form: str, instance_id: str) -> list[Any]:
    """None: files of trials are kept nowhere."""
    trials.get(project_id, form, instance_id)
    return []
