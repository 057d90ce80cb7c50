"""`/v1/test/{token}/projects/{pid}/forms/{fid}/draft/…`: a draft on phones, before it is published.

The token in the path is all that a phone shows here, and it opens this one draft: no view asks who
acts, each asks for the draft that the token is of.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from urllib.parse import quote
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from service.entities import actions as entities
from service.entities.actions import OfferedList
from service.forms import actions as forms
from service.forms import xform
from service.forms.queries import drafts
from service.forms.queries.drafts import DraftFile, DraftRow
from service.forms.returned_file import FILE
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import md5_hex
from service.intake.actions import trials
from service.intake.envelope import Envelope
from service.web import asking, errors
from service.web.identify import PUBLIC, allows
from service.web.openrosa import (
    addresses,
    downloads,
    entity_csv,
    multipart_body,
    responses,
    returned_csv,
    submission,
)

blp = Blueprint("trying", __name__)

BASE = "/v1/test/-/projects/<int:project_id>/forms/<name:form>/draft"


def _draft(project_id: int, form: str) -> DraftRow:
    """The draft that the token is of. Raises a Problem that says what became of it."""
    with reading() as session:
        token = asking.device_token()
        return forms.get_tried(session, project_id, addresses.form_key(form), token)


def _base(draft: DraftRow) -> str:
    prefix = f"{asking.settings().public_url}/v1/test/{asking.device_token()}"
    return f"{prefix}/projects/{draft.project_id}/forms/form-{draft.form_pk}/draft"


@responses.for_phones
@allows(PUBLIC)
def form_list(project_id: int, form: str) -> Response:
    """The draft, and nothing else."""
    draft = _draft(project_id, form)
    files, lists = _files(draft)
    has_files = files or lists or _wants_returned(draft, files)
    parts = [
        f"<formID>{escape(draft.form_id)}</formID>",
        f"<name>{escape(draft.title or draft.form_id)}</name>",
        f"<version>{escape(draft.version)}</version>" if draft.version else "",
        f"<hash>md5:{draft.md5}</hash>",
        f"<downloadUrl>{_base(draft)}.xml</downloadUrl>",
        f"<manifestUrl>{_base(draft)}/manifest</manifestUrl>" if has_files else "",
    ]
    return _xml(
        f'<xforms xmlns="http://openrosa.org/xforms/xformsList"><xform>{"".join(parts)}</xform>'
        "</xforms>"
    )


def _xml(body: str) -> Response:
    data = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()
    return downloads.answer_text(md5_hex(data), lambda: data, responses.TEXT_XML, len(data))


@responses.for_phones
@allows(PUBLIC)
def form_xml(project_id: int, form: str) -> Response:
    """The bytes that the hash in the list is of."""
    draft = _draft(project_id, form)

    def load() -> bytes:
        with reading() as session:
            return drafts.get_xml(session, draft.draft_pk)

    return downloads.answer_text(draft.md5, load, responses.TEXT_XML)


@responses.for_phones
@allows(PUBLIC)
def manifest(project_id: int, form: str) -> Response:
    """The files that the draft has, and the entity lists that it reads. A list comes as a plain
    file: what a trial shows has no place among the lists that the phone keeps."""
    draft = _draft(project_id, form)
    files, lists = _files(draft)
    told = [(file.name, file.md5, f"file-{file.file_pk}") for file in files]
    told += [(f"{one.ref.name}.csv", one.md5, quote(f"{one.ref.name}.csv")) for one in lists]
    if _wants_returned(draft, files):
        told.append((FILE, md5_hex(returned_csv.NOTHING), FILE))
    entries = "".join(
        f"<mediaFile><filename>{escape(name)}</filename><hash>md5:{md5}</hash>"
        f"<downloadUrl>{_base(draft)}/attachments/{key}</downloadUrl></mediaFile>"
        for name, md5, key in told
    )
    return _xml(f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{entries}</manifest>')


def _files(draft: DraftRow) -> tuple[list[DraftFile], list[OfferedList]]:
    """Files that it has; lists that it reads and brought no file for."""
    with reading() as session:
        files = drafts.list_files(session, draft.draft_pk)
        wanted = xform.read(drafts.get_xml(session, draft.draft_pk)).attachments
    return files, entities.for_trial(draft.project_id, set(wanted) - {file.name for file in files})


def _wants_returned(draft: DraftRow, files: Sequence[DraftFile]) -> bool:
    """Whether the draft shows what was returned. To whoever tries it nothing was."""
    with reading() as session:
        wanted = xform.read(drafts.get_xml(session, draft.draft_pk)).attachments
    return FILE in wanted and all(file.name != FILE for file in files)


@responses.for_phones
@allows(PUBLIC)
def attachment(project_id: int, form: str, file: str) -> Response:
    """A file of the draft, by the key that the manifest gives or by its name; or a list, by its
    name."""
    wanted, draft = addresses.file_key(file), _draft(project_id, form)
    files, lists = _files(draft)
    for found in files:
        if wanted in (found.file_pk, found.name):
            response = downloads.answer_file(
                found.md5,
                partial(forms.draft_content, asking.blobs(), found),
                found.media_type,
                found.size,
            )
            return _to_keep(response, found.name)
    for one in lists:
        if wanted == f"{one.ref.name}.csv":
            return _to_keep(entity_csv.csv(one), wanted)
    if wanted == FILE and _wants_returned(draft, files):
        return returned_csv.of_bytes(returned_csv.NOTHING)
    raise Problem(NOT_FOUND)


def _to_keep(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@responses.for_phones
@allows(PUBLIC)
def head_submission(project_id: int, form: str) -> Response:
    """Preflight, as that of records."""
    response = responses.add_headers(Response(status=204))
    response.headers["Location"] = f"{_base(_draft(project_id, form))}/submission"
    del response.headers["Content-Type"]
    return response


@responses.for_phones
@allows(PUBLIC)
def post_submission(project_id: int, form: str) -> Response:
    """Take in a record sent to try the draft: apart from records, and gone with the draft."""
    draft = _draft(project_id, form)
    submission.demand_plain_body()
    parts = multipart_body.read(
        errors.body(),
        request.headers.get("Content-Type", ""),
        request.content_length,
        trials.TrialReception(),
        multipart_body.Limits(body=asking.settings().max_body_bytes),
    )
    envelope = Envelope(
        xml=parts.xml,
        files=tuple(parts.files),
        channel="trial",
        device_key=asking.device_key(),
        user_agent=request.headers.get("User-Agent", "")[:255],
        received_at=clock.now(),
    )
    return submission.reply(trials.take_in(draft, asking.device_token(), envelope))


for _path, _view in (
    ("/formList", form_list),
    (".xml", form_xml),
    ("/manifest", manifest),
    ("/attachments/<name:file>", attachment),
    ("/submission", head_submission),
):
    blp.add_url_rule(
        f"{BASE}{_path}",
        view_func=_view,
        methods=["GET", "HEAD"],
        provide_automatic_options=False,
    )
blp.add_url_rule(
    f"{BASE}/submission",
    view_func=post_submission,
    methods=["POST"],
    provide_automatic_options=False,
)
