"""Entity lists as phones fetch them: their place in a manifest, the CSV, and what to forget
(OpenRosa Form Manifest and Entity Integrity APIs)."""

from __future__ import annotations

from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from service.accounts.policy import Act
from service.entities import actions
from service.entities.actions import OfferedList
from service.forms.entity_lists import Telling
from service.forms.queries import OfferedForm
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import md5_hex
from service.web import identify
from service.web.identify import allows
from service.web.openrosa import addresses, downloads, responses
from service.web.openrosa.formlist import add_routes, find_version

blp = Blueprint("entity_csv", __name__)

TEXT_CSV = "text/csv; charset=utf-8"


def entry(form: OfferedForm, found: OfferedList, base: str) -> str:
    """Collect takes the name before `.csv` for the list's own."""
    list_pk = found.ref.list_pk
    return (
        f'<mediaFile type="{found.kind}"><filename>{escape(found.ref.name)}.csv</filename>'
        f"<hash>md5:{found.md5}</hash>"
        f"<downloadUrl>{addresses.list_url(base, form, list_pk)}</downloadUrl>"
        f"<integrityUrl>{addresses.integrity_url(base, list_pk)}</integrityUrl></mediaFile>"
    )


def answer(project_id: int, form: str, file: str) -> Response:
    """The CSV of a list that the form refers to, by our key or as `<name>.csv`."""
    offered_form = find_version(project_id, form, None)
    which = addresses.list_key(file)
    name = which.removesuffix(".csv") if isinstance(which, str) else which
    if isinstance(name, str) and name == file:
        raise Problem(NOT_FOUND)
    found = actions.offer(identify.actor(), project_id, name)
    _demand_wanted(project_id, offered_form, found)
    response = csv(found)
    if response.status_code == 200 and request.method == "GET":
        with unit_of_work() as session:
            actions.note_fetched(session, identify.actor(), found.ref, found.rows)
    response.headers.set("Content-Disposition", "attachment", filename=f"{found.ref.name}.csv")
    if found.extent.telling is Telling.PEOPLE:  # a phone's cache of 50 MiB outlives the list on it
        response.headers["Cache-Control"] = "no-store"
    return response


def _demand_wanted(project_id: int, form: OfferedForm, found: OfferedList) -> None:
    """A phone comes to a list by a form that it may fill, and by no other."""
    with reading() as session:
        if not actions.is_wanted(session, project_id, found.ref, form.form_id):
            raise Problem(NOT_FOUND)


def csv(found: OfferedList) -> Response:
    """The rows that `found` offers."""
    if downloads.client_has(found.md5):
        return downloads.answer_text(found.md5, bytes, TEXT_CSV, found.size)
    if found.size > downloads.MAX_PACKED:
        return downloads.answer_growing(found.md5, actions.content(found), TEXT_CSV)
    # It may have changed since it was hashed: the validator is that of these very bytes.
    body = b"".join(actions.content(found))
    keeps = found.extent.telling is Telling.NOBODY
    return downloads.answer_text(md5_hex(body), lambda: body, TEXT_CSV, len(body), keeps=keeps)


@responses.for_phones
@allows(Act.FORM_LIST)
def integrity(project_id: int, dataset: str) -> Response:
    """Which of these entities a phone must forget. Any number of ids."""
    names = [one.strip() for text in request.args.getlist("id") for one in text.split(",")]
    with reading() as session:
        found = actions.integrity(
            session,
            identify.actor(),
            project_id,
            addresses.list_key(dataset),
            [one for one in names if one],
        )
    entities = "".join(
        f"<entity id={responses.quoted(name)}><deleted>{str(gone).lower()}</deleted></entity>"
        for name, gone in found
    )
    response = responses.xml(f"<data><entities>{entities}</entities></data>")
    response.headers["Cache-Control"] = "no-store"
    return response


add_routes(blp, {"datasets/<dataset>/integrity": integrity})
