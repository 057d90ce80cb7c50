"""`{base}/submission`: the door by which records come in."""

from __future__ import annotations

from flask import Blueprint, Response, request

from service.accounts.policy import Act
from service.cases import actions as cases
from service.foundation import clock, crash_points, telemetry
from service.foundation.blobs import LocalBlobs
from service.foundation.problems import UNSUPPORTED_MEDIA_TYPE, Problem
from service.intake import actions
from service.intake.actions import Receipt, Reception
from service.intake.envelope import Envelope
from service.web import asking, errors, identify, raw_body
from service.web.identify import allows
from service.web.openrosa import multipart_body, responses

blp = Blueprint("submission", __name__)

ADDRESSES = ("/v1/key/-/projects/<int:project_id>", "/v1/projects/<int:project_id>")

AS_IT_IS = ("", "identity")
"""Codings of a body that is not coded."""

_TEXTS = {
    "same": (
        "This record had arrived already. Nothing was counted twice.",
        "កំណត់ត្រានេះបានមកដល់រួចហើយ។ មិនបានរាប់ពីរដងទេ។",
        "submit_duplicate",
    ),
    "queue": (
        "The record is safe. It differs from what was sent before, so the office will look at it.",
        "កំណត់ត្រាមានសុវត្ថិភាព។ វាខុសពីអ្វីដែលបានផ្ញើមុន ដូច្នេះការិយាល័យនឹងពិនិត្យមើល។",
        "submit_review",
    ),
    "erased": (
        "The office has dealt with this record. You can delete it from the phone.",
        "ការិយាល័យបានដោះស្រាយកំណត់ត្រានេះរួចហើយ។ អ្នកអាចលុបវាពីទូរសព្ទបាន។",
        "submit_duplicate",
    ),
    "quarantine": (
        "The record is safe, but could not be read. The office will look at it.",
        "កំណត់ត្រាមានសុវត្ថិភាព ប៉ុន្តែមិនអាចអានបានទេ។ ការិយាល័យនឹងពិនិត្យមើល។",
        "submit_review",
    ),
}


@responses.for_phones
def head_submission(project_id: int) -> Response:
    """Preflight: 204, where to send, and how much at once."""
    response = responses.add_headers(Response(status=204))
    response.headers["Location"] = f"{asking.base_url()}/submission"
    del response.headers["Content-Type"]
    return response


@responses.for_phones
def post_submission(project_id: int) -> Response:
    """Take in one multipart upload; 201 for something new, 202 for what was held already."""
    demand_plain_body()
    sender, watch = identify.actor(), asking.device_watch()
    refuses_new = watch.refusal(sender, request.content_length or 0)
    raw_body.demand_share(project_id)
    store = asking.blobs()
    reception = Reception(sender, project_id, store, refuses_new)
    envelope = _receive(reception, store)
    size = envelope.size
    try:
        receipt = actions.accept(reception, envelope, cases.at_once)
    except BaseException:
        reception.discard()
        raise
    if receipt.adds:
        watch.count(sender, int(receipt.is_record), size)
        raw_body.count_share(project_id, size)
    telemetry.SUBMISSIONS.labels(receipt.outcome).inc()
    crash_points.reached("before_reply")
    return reply(receipt)


def demand_plain_body() -> None:
    coding = request.headers.get("Content-Encoding", "").strip()
    if coding.casefold() not in AS_IT_IS:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, given=coding[:40], expected="no Content-Encoding")


def _receive(reception: Reception, store: LocalBlobs) -> Envelope:
    raw_body.demand_disk(store)
    parts = multipart_body.read(
        errors.body(),
        request.headers.get("Content-Type", ""),
        request.content_length,
        reception,  # files are sealed while they stream in
        multipart_body.Limits(body=asking.settings().max_body_bytes),
    )
    return Envelope(
        xml=parts.xml,
        files=tuple(parts.files),
        device_key=asking.device_key(),
        user_agent=request.headers.get("User-Agent", "")[:255],
        received_at=clock.now(),
    )


def reply(receipt: Receipt) -> Response:
    tongue = responses.language()
    status = 202 if receipt.outcome in _TEXTS else 201
    text, nature = responses.SUCCESS, "submit_success"
    if receipt.outcome in _TEXTS:
        english, khmer, nature = _TEXTS[receipt.outcome]
        text = khmer if tongue == "km" else english
    return responses.message(text, nature, status, tongue, _metadata(receipt))


def _metadata(receipt: Receipt) -> str:
    """What the phone could keep as proof: the ID, our time, and the hash of what we hold."""
    if not receipt.instance_id:
        return ""
    quoted = responses.quoted
    completed = f' markedAsCompleteDate="{receipt.received_at}"' if receipt.is_complete else ""
    return (
        f'<submissionMetadata xmlns="http://www.opendatakit.org/xforms" '
        f"id={quoted(receipt.form_id)} version={quoted(receipt.version)} "
        f"instanceID={quoted(receipt.instance_id)} "
        f'submissionDate="{receipt.received_at}"{completed} '
        f'isComplete="{str(receipt.is_complete).lower()}" xmlSha256="{receipt.xml_sha256}"/>'
    )


for _base in ADDRESSES:
    _name = "key" if "key" in _base else "named"
    blp.add_url_rule(
        f"{_base}/submission",
        f"head_{_name}",
        allows(Act.SUBMISSION_SEND)(head_submission),
        methods=["GET", "HEAD"],
        provide_automatic_options=False,
    )
    blp.add_url_rule(
        f"{_base}/submission",
        f"post_{_name}",
        allows(Act.SUBMISSION_SEND)(post_submission),
        methods=["POST"],
        provide_automatic_options=False,
    )
