"""`…/forms/{fid}/submissions`: records listed, read, added and edited, as ODK Central has it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import marshmallow as ma
import orjson
from flask import Response, request
from flask_smorest import Blueprint

from service.accounts import policy
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.accounts.reach import Reach
from service.cases import actions as cases
from service.facts.scopes import Purpose
from service.forms import queries as forms
from service.foundation import clock, telemetry
from service.foundation.db import of_one_moment, reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import md5_hex
from service.intake import actions as intake
from service.intake.actions import Reception, by_program
from service.intake.envelope import Envelope
from service.review import actions as opening
from service.review.actions import records as review
from service.review.queries import records
from service.review.queries.records import RecordTold
from service.web import asking, extended, identify, raw_body
from service.web.api import bodies, pulling
from service.web.api import submission_shapes as shapes
from service.web.api.forms import ONE
from service.web.api.schemas.central import ActorSchema
from service.web.api.schemas.sessions import SuccessSchema
from service.web.api.schemas.submissions import (
    FileSchema,
    KeySchema,
    PurposeQuery,
    SentQuery,
    SubmissionSchema,
    SubmissionsQuery,
    VersionSchema,
)
from service.web.identify import allows
from service.web.openrosa.multipart_body import MAX_XML_BYTES
from service.web.pages.files import answer as answer_file

blp = Blueprint("api_submissions", __name__, description="Records")
RECORDS = f"{ONE}/submissions"
RECORD = f"{RECORDS}/<name:instance_id>"
AT_ONCE = 500
"""Records whose senders are looked up together."""


# --- lists --------------------------------------------------------------------------------------
@blp.route(RECORDS, methods=["GET"])
@allows(Act.SUBMISSION_LIST)
@blp.arguments(SubmissionsQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
@blp.alt_response(200, schema=SubmissionSchema(many=True))
def list_all(query: dict[str, Any], project_id: int, form: str) -> Response:
    """Records of a form as they stand, the one that came last first; with `deleted=true` those that
    were removed. However many there are, they stream."""
    reach = policy.reach(identify.actor(), Act.SUBMISSION_LIST, project_id)
    is_extended = extended.is_extended()
    with reading() as session:
        found = forms.find_form(session, project_id, form)
        if found is None:
            raise Problem(NOT_FOUND)
        state = records.state_of_list(session, project_id, found.form_pk, reach)
    tag = md5_hex(repr((state, found.form_pk, sorted(reach.areas), query, is_extended)).encode())
    if request.if_none_match.contains_weak(tag):
        return _tagged(Response(status=304), tag)
    pieces = _array(project_id, found.form_pk, reach, query, is_extended=is_extended)
    return _tagged(Response(pieces, content_type="application/json"), tag)


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag, weak=True)
    return response


_SCHEMA = SubmissionSchema()


def _array(
    project_id: int, form_pk: int, reach: Reach, query: dict[str, Any], *, is_extended: bool
) -> Iterator[bytes]:
    """A JSON array, in pieces; read as it is asked for."""
    separator = b"["
    with reading() as session:
        moment = of_one_moment(session)
        rows = records.stream(
            moment,
            project_id,
            form_pk,
            reach,
            removed=query["deleted"],
            offset=query["offset"],
            limit=query["limit"],
        )
        while batch := list(itertools.islice(rows, AT_ONCE)):
            yield separator + orjson.dumps(_wired(session, batch, is_extended))[1:-1]
            separator = b","
    yield b"[]" if separator == b"[" else b"]"


def _wired(session: Any, batch: list[RecordTold], is_extended: bool) -> Any:
    if not is_extended:
        return [shapes.wire(one) for one in batch]
    by_id = actors.find_actors(session, shapes.senders(batch))
    return _SCHEMA.dump([shapes.record(one, by_id) for one in batch], many=True)


@blp.route(f"{RECORDS}/keys", methods=["GET"])
@allows(Act.SUBMISSION_LIST)
@blp.response(200, KeySchema(many=True))
def list_keys(project_id: int, form: str) -> list[dict[str, Any]]:
    """The keys whose passphrases would open records here, as Central lists its own: none. What is
    sealed to a key kept offline is opened offline alone."""
    with reading() as session:
        if forms.find_form(session, project_id, form) is None:
            raise Problem(NOT_FOUND)
    return []


@blp.route(f"{RECORDS}/submitters", methods=["GET"])
@allows(Act.SUBMISSION_LIST)
@blp.response(200, ActorSchema(many=True))
def list_submitters(project_id: int, form: str) -> list[actors.ActorTold]:
    """Whoever sent records of the form that stand, by name."""
    reach = policy.reach(identify.actor(), Act.SUBMISSION_LIST, project_id)
    with reading() as session:
        found = forms.find_form(session, project_id, form)
        if found is None:
            raise Problem(NOT_FOUND)
        senders = records.list_senders(session, project_id, found.form_pk, reach)
        by_id = actors.find_actors(session, senders)
    return actors.by_name(by_id[one] for one in senders if one in by_id)


# --- one record ---------------------------------------------------------------------------------
@blp.route(RECORD, methods=["GET"])
@allows(Act.RECORD_READ)
@blp.response(200, SubmissionSchema)
def show(project_id: int, form: str, instance_id: str) -> dict[str, Any]:
    """One record, by the instance ID of any of its versions; no answers."""
    with reading() as session:
        found = review.get_record(
            session, identify.actor(), Act.RECORD_READ, project_id, form, instance_id
        )
        return told(session, found)


def told(session: Any, found: RecordTold) -> dict[str, Any]:
    if not extended.is_extended():
        return shapes.record(found)
    return shapes.record(found, actors.find_actors(session, shapes.senders([found])))


@blp.route(RECORDS, methods=["POST"])
@allows(Act.SUBMISSION_ADD)
@blp.doc(**bodies.taken(bodies.XML))
@blp.arguments(SentQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, SubmissionSchema)
def add(_query: dict[str, Any], project_id: int, form: str) -> dict[str, Any]:
    """A new record: its XML as the body. One that came before is refused, whatever it says."""
    reception, envelope = _received(project_id)
    receipt = by_program.add(reception, envelope, form, cases.at_once)
    telemetry.SUBMISSIONS.labels(receipt.outcome).inc()
    raw_body.count_share(project_id, envelope.size)
    return _stored(project_id, form, receipt.instance_id)


@blp.route(RECORD, methods=["PUT"])
@allows(Act.SUBMISSION_EDIT)
@blp.doc(**bodies.taken(bodies.XML))
@blp.arguments(SentQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, SubmissionSchema)
def edit(_query: dict[str, Any], project_id: int, form: str, instance_id: str) -> dict[str, Any]:
    """A new version, whose `deprecatedID` names the present one. Files that it still names come
    along."""
    with reading() as session:
        base = by_program.find_to_edit(session, identify.actor(), project_id, form, instance_id)
    reception, envelope = _received(project_id)
    receipt = by_program.edit(reception, envelope, form, base, cases.at_once)
    telemetry.SUBMISSIONS.labels(receipt.outcome).inc()
    raw_body.count_share(project_id, envelope.size)
    return _stored(project_id, form, receipt.instance_id)


def _received(project_id: int) -> tuple[Reception, Envelope]:
    blobs = asking.blobs()
    raw_body.demand_disk(blobs)
    raw_body.demand_share(project_id)
    envelope = Envelope(
        xml=raw_body.read(MAX_XML_BYTES),
        channel=by_program.CHANNEL,
        device_key=asking.device_key(),
        user_agent=request.headers.get("User-Agent", "")[:255],
        received_at=clock.now(),
    )
    return Reception(identify.actor(), project_id, blobs), envelope


def _stored(project_id: int, form: str, instance_id: str) -> dict[str, Any]:
    """What was stored is told to whoever sent it, who may perhaps read no other."""
    with reading() as session:
        found = forms.get_form(session, project_id, form)
        record = records.find(session, project_id, found.form_pk, instance_id)
        if record is None:
            raise Problem(NOT_FOUND)
        return told(session, record)


@blp.route(f"{RECORD}.xml", methods=["GET"])
@allows(Act.ANSWERS_READ)
@blp.doc(**bodies.given(bodies.TEXT_XML))
@blp.arguments(PurposeQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
def xml(_query: dict[str, Any], project_id: int, form: str, instance_id: str) -> Response:
    """The XML of the present version. What says who somebody is, and testimony, is empty, unless
    the person allowed the `purpose` (or header `X-Samleng-Purpose`; without it: `work`) and the
    caller has that right."""
    return answer_xml(project_id, form, instance_id, None)


def answer_xml(project_id: int, form: str, instance_id: str, version_id: str | None) -> Response:
    wanted, actor = pulling.purpose_of_look(), identify.actor()
    with review.session_for(actor, project_id, wanted) as session:
        found = review.get_record(session, actor, Act.ANSWERS_READ, project_id, form, instance_id)
        version = found.current
        if version_id is not None:
            version = review.get_version(session, project_id, found, version_id)
        body = review.read_answers(session, actor, project_id, found, version, wanted)
    response = Response(body, content_type="text/xml; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment")
    return response


# --- versions -----------------------------------------------------------------------------------
@blp.route(f"{RECORD}/versions", methods=["GET"])
@allows(Act.RECORD_READ)
@blp.response(200, VersionSchema(many=True))
def list_versions(project_id: int, form: str, instance_id: str) -> list[dict[str, Any]]:
    """All versions of a record, the newest first."""
    with reading() as session:
        found = review.get_record(
            session, identify.actor(), Act.RECORD_READ, project_id, form, instance_id
        )
        versions = records.list_versions(session, project_id, found.record_pk)
        by_id = (
            actors.find_actors(session, shapes.senders(versions))
            if extended.is_extended()
            else None
        )
    return [shapes.version(one, by_id) for one in versions]


VERSION = f"{RECORD}/versions/<name:version_id>"


@blp.route(VERSION, methods=["GET"])
@allows(Act.RECORD_READ)
@blp.response(200, VersionSchema)
def show_version(project_id: int, form: str, instance_id: str, version_id: str) -> dict[str, Any]:
    """One version."""
    with reading() as session:
        found = review.get_record(
            session, identify.actor(), Act.RECORD_READ, project_id, form, instance_id
        )
        version = review.get_version(session, project_id, found, version_id)
        if not extended.is_extended():
            return shapes.version(version)
        return shapes.version(version, actors.find_actors(session, shapes.senders([version])))


@blp.route(f"{VERSION}.xml", methods=["GET"])
@allows(Act.ANSWERS_READ)
@blp.doc(**bodies.given(bodies.TEXT_XML))
@blp.arguments(PurposeQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
def xml_of_version(
    _query: dict[str, Any], project_id: int, form: str, instance_id: str, version_id: str
) -> Response:
    """The XML of a version, as that of the present one."""
    return answer_xml(project_id, form, instance_id, version_id)


# --- files --------------------------------------------------------------------------------------
@blp.route(f"{RECORD}/attachments", methods=["GET"])
@allows(Act.RECORD_READ)
@blp.response(200, FileSchema(many=True))
def list_files(project_id: int, form: str, instance_id: str) -> list[review.FileTold]:
    """The files that the present version names, and whether they are here for the caller: one that
    she could not open for the team's work does not exist. What a phone called them is told to
    whoever sent the record or reads it there, for that work; others get what stands for it."""
    actor = identify.actor()
    with review.session_for(actor, project_id, Purpose.WORK) as session:
        found = review.get_record(session, actor, Act.RECORD_READ, project_id, form, instance_id)
        return review.list_files(session, actor, project_id, found, found.current)


@blp.route(f"{VERSION}/attachments", methods=["GET"])
@allows(Act.RECORD_READ)
@blp.response(200, FileSchema(many=True))
def list_files_of_version(
    project_id: int, form: str, instance_id: str, version_id: str
) -> list[review.FileTold]:
    """The same of an earlier version."""
    actor = identify.actor()
    with review.session_for(actor, project_id, Purpose.WORK) as session:
        found = review.get_record(session, actor, Act.RECORD_READ, project_id, form, instance_id)
        version = review.get_version(session, project_id, found, version_id)
        return review.list_files(session, actor, project_id, found, version)


@blp.route(f"{RECORD}/attachments/<name:attachment>", methods=["POST"])
@allows(Act.SUBMISSION_ADD)
@blp.doc(**bodies.taken(bodies.ANY))
@blp.response(200, SuccessSchema)
def add_file(project_id: int, form: str, instance_id: str, attachment: str) -> dict[str, bool]:
    """A file that the present version names: the body, as it is."""
    blobs = asking.blobs()
    raw_body.demand_disk(blobs)
    raw_body.demand_share(project_id)
    with reading() as session:
        actor = identify.actor()
        version, stored = by_program.find_to_complete(session, actor, project_id, form, instance_id)
    reception = Reception(actor, project_id, blobs)
    size = by_program.add_file(reception, version, stored, attachment, raw_body.pieces())
    raw_body.count_share(project_id, size)
    return {"success": True}


@blp.route(f"{RECORD}/attachments/<name:attachment>", methods=["GET"])
@allows(Act.TESTIMONY_READ)
@blp.doc(**bodies.given(bodies.ANY))
@blp.arguments(PurposeQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
def show_file(
    _query: dict[str, Any], project_id: int, form: str, instance_id: str, attachment: str
) -> Response:
    """A picture, sound or video of the present version, clean of what a camera wrote beside it,
    for a `purpose` that the person allowed (or header `X-Samleng-Purpose`; without it: `work`).
    Every time is an entry."""
    return _opened(project_id, form, instance_id, None, attachment)


@blp.route(f"{VERSION}/attachments/<name:attachment>", methods=["GET"])
@allows(Act.TESTIMONY_READ)
@blp.doc(**bodies.given(bodies.ANY))
@blp.arguments(PurposeQuery, location="query", unknown=ma.EXCLUDE, error_status_code=400)
def show_file_of_version(
    _query: dict[str, Any],
    project_id: int,
    form: str,
    instance_id: str,
    version_id: str,
    attachment: str,
) -> Response:
    """The same of an earlier version. What was allowed with the present one counts."""
    return _opened(project_id, form, instance_id, version_id, attachment)


def _opened(
    project_id: int,
    form: str,
    instance_id: str,
    version_id: str | None,
    attachment: str,
) -> Response:
    actor, purpose = identify.actor(), pulling.said() or Purpose.WORK.value
    with unit_of_work() as session:
        found = review.get_record(session, actor, Act.TESTIMONY_READ, project_id, form, instance_id)
        version = found.current
        if version_id is not None:
            version = review.get_version(session, project_id, found, version_id)
        opening.demand_purpose(purpose)
        digest = review.digest_of(session, project_id, version, attachment)
        copy = opening.open_named(
            session,
            actor,
            project_id,
            version.submission_pk,
            digest,
            purpose,
            of=found,
        ).copy
    blobs = asking.blobs()
    shown = intake.content(blobs, copy)
    return answer_file(shown.pieces, copy.media_type, shown.name, copy.size)
