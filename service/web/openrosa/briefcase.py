"""What ODK Briefcase asks of an Aggregate server, to copy a form with its records, or to bring
one. Records come in by `submission`, as a phone's do.

Phones hold nothing but the right to send: of these addresses they are given the blank form alone.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from service.accounts.policy import Act
from service.exports.actions import briefcase as copying
from service.exports.actions.source import Source
from service.exports.briefcase import read_key
from service.forms import actions as forms
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.web import asking, errors, identify, raw_body
from service.web.api import definitions, pulling
from service.web.identify import allows
from service.web.openrosa import multipart_body, responses
from service.web.openrosa.formlist import BASES, form_xml
from service.web.openrosa.submission import demand_plain_body

blp = Blueprint("briefcase", __name__)

NAMED = "/v1/projects/<int:project_id>"


@responses.for_phones_and_programs
@allows(Act.ROWS_EXPORT)
def submission_list(project_id: int) -> Response:
    """IDs of a form's records, oldest first, a page at a time. Those with files still missing are
    among them, whatever `includeIncomplete` says: they would not come again."""
    found = pulling.source(Act.ROWS_EXPORT, project_id, _asked("formId"))
    wanted = pulling.number("numEntries")
    told = copying.list_ids(
        identify.actor(),
        found,
        request.args.get("cursor", ""),
        copying.USUAL if wanted is None else wanted,
    )
    return _never_kept(responses.xml(told))


@responses.for_phones_and_programs
@allows(Act.ROWS_EXPORT)
def download_submission(project_id: int) -> Response:
    """One record, masked as all that leaves, and where its files are."""
    key = read_key(_asked("formId"))
    found = pulling.source(Act.ROWS_EXPORT, project_id, key.form_id)
    told = copying.get_submission(
        identify.actor(), found, key.instance_id, asking.blobs(), _address_of_file(found)
    )
    return _never_kept(responses.xml(told))


def _address_of_file(found: Source) -> copying.Address:
    """Where programs open a file of a record: there the gate is asked once more, and the log says
    that it was opened."""
    base, purpose = asking.base_url(), found.told.purpose.value
    form = quote(found.form.form_id, safe="")

    def address(instance_id: str, stand_in: str) -> str:
        record = quote(instance_id, safe=":")
        query = urlencode({"purpose": purpose})
        return f"{base}/forms/{form}/submissions/{record}/attachments/{stand_in}?{query}"

    return address


@responses.for_phones_and_programs
@allows(Act.FORM_LIST)
def form_by_id(project_id: int) -> Response:
    """The blank form, for clients that do not follow the `downloadUrl` of a list."""
    return form_xml(project_id, _asked("formId"))


@responses.for_phones_and_programs
@allows(Act.FORM_PUBLISH)
def head_upload(project_id: int) -> Response:
    """Preflight of `formUpload`: 204."""
    response = responses.add_headers(Response(status=204))
    response.headers["Location"] = f"{asking.base_url()}/formUpload"
    del response.headers["Content-Type"]
    return _never_kept(response)


@responses.for_phones_and_programs
@allows(Act.FORM_PUBLISH)
def form_upload(project_id: int) -> Response:
    """A form with files beside it, or with some of them: Briefcase sends the form again with the
    next ones. Published once all are here; until then it is a draft. What the API asks before
    (400.16) is asked here, too."""
    demand_plain_body()
    store, actor = asking.blobs(), identify.actor()
    raw_body.demand_disk(store)
    reception = forms.FormReception(project_id, store)
    try:
        parts = multipart_body.read(
            errors.body(),
            request.headers.get("Content-Type", ""),
            request.content_length,
            reception,
            multipart_body.Limits(body=asking.settings().max_body_bytes),
            xml_part="form_def_file",
        )
        form = forms.prepare_xml(parts.xml, {})
        with reading() as session:
            is_decided = forms.is_published(session, project_id, form)
            lists = forms.files_of_lists(session, project_id, form)
        if not is_decided and request.args.get("ignoreWarnings") != "true":
            definitions.demand_decided(form)
        files = reception.kept(form, lists)
    except BaseException:
        reception.discard()
        raise
    with unit_of_work() as session:
        taken = forms.take_in_form(session, actor, project_id, form, files, lists, store)
    if not taken.missing:  # apart: what forbids it leaves the draft
        form_id, draft_pk = form.schema.form_id, taken.draft_pk
        with unit_of_work() as session:
            forms.publish_taken_in(session, actor, project_id, form_id, draft_pk, store)
    tongue = responses.language()
    english, khmer = _TEXTS["missing" if taken.missing else "published"]
    text = (khmer if tongue == "km" else english).format(names=", ".join(taken.missing))
    return responses.message(text, "submit_success", 201, tongue)


_TEXTS = {
    "published": ("The form is published.", "ទម្រង់ត្រូវបានផ្សាយហើយ។"),
    "missing": (
        "The form is a draft. Files are missing: {names}.",
        "ទម្រង់នៅជាសេចក្តីព្រាង។ ខ្វះឯកសារ៖ {names}។",
    ),
}


def _asked(name: str) -> str:
    value = request.args.get(name, "")
    if not value or "\0" in value:
        raise Problem(INVALID_PARAMETER, name=name, reason="the form's ID")
    return value


def _never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


for _path, _view in (
    ("view/submissionList", submission_list),
    ("view/downloadSubmission", download_submission),
):
    blp.add_url_rule(
        f"{NAMED}/{_path}",
        view_func=_view,
        methods=["GET", "HEAD"],
        provide_automatic_options=False,
    )
blp.add_url_rule(
    f"{NAMED}/upload",
    view_func=head_upload,
    methods=["GET", "HEAD"],
    provide_automatic_options=False,
)
blp.add_url_rule(
    f"{NAMED}/formUpload",
    view_func=form_upload,
    methods=["POST"],
    provide_automatic_options=False,
)
for _base in BASES:
    blp.add_url_rule(
        f"{_base}/formXml",
        view_func=form_by_id,
        methods=["GET", "HEAD"],
        provide_automatic_options=False,
    )
