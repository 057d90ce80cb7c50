"""Records that come through the API instead of from a phone: the same way in, the same decisions.

A program can repair what it sent, a phone cannot. So what would wait for a person if a phone had
sent it (another record under the same ID, an edit of what is no longer the present version) is
refused here instead, before it is stored.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.problems import (
    ALREADY_EXISTS,
    BASE_IS_OLD,
    DEPRECATION_EXPECTED,
    FORM_VERSION_UNKNOWN,
    INSTANCE_ID_TAKEN,
    MALFORMED_BODY,
    NOT_ALLOWED,
    NOT_FOUND,
    SEALED_RECORD,
    UNEXPECTED_VALUE,
    Problem,
)
from service.intake.actions import reading_again
from service.intake.actions.accepting import SENT_OPEN, AtOnce, accept
from service.intake.actions.reading import may_edit_all
from service.intake.actions.receipts import Receipt
from service.intake.actions.reception import Reception
from service.intake.actions.understanding import Understood, Unreadable
from service.intake.edit_rules import Outcome
from service.intake.envelope import ArrivedFile, Envelope, safe_name
from service.intake.queries.by_instance import StoredVersion, find_current, find_version

CHANNEL = "api"


def add(reception: Reception, envelope: Envelope, form_id: str, at_once: AtOnce | None) -> Receipt:
    """A new record. Raises ALREADY_EXISTS for one that came before, MALFORMED_BODY for XML that
    is none, UNEXPECTED_VALUE for one of another form or that edits something,
    FORM_VERSION_UNKNOWN."""
    record = _understood(reception, envelope, form_id)
    if record.instance.deprecated_id is not None:
        raise Problem(UNEXPECTED_VALUE, name="deprecatedID", reason="an edit is sent with PUT")
    if _is_there(reception, record):
        raise _exists(record)
    receipt = _accept(reception, envelope, at_once)
    if receipt.outcome != Outcome.NEW:  # its twin was a moment faster
        raise _exists(record)
    return receipt


def find_to_edit(
    session: Session, actor: Actor, project_id: int, form_id: str, instance_id: str
) -> StoredVersion:
    """The present version of a record that the actor may edit. Raises NOT_FOUND."""
    version = _get_current(session, project_id, form_id, instance_id)
    policy.demand_thing(actor, Act.SUBMISSION_EDIT, project_id, version.thing)
    return version


def edit(
    reception: Reception,
    envelope: Envelope,
    form_id: str,
    base: StoredVersion,
    at_once: AtOnce | None,
) -> Receipt:
    """A new version in the place of `base`, which it must name. Raises DEPRECATION_EXPECTED,
    BASE_IS_OLD, INSTANCE_ID_TAKEN, NOT_ALLOWED."""
    record = _understood(reception, envelope, form_id)
    if record.instance.deprecated_id is None:
        raise Problem(DEPRECATION_EXPECTED)
    if base.instance_id != record.instance.deprecated_id:
        raise Problem(BASE_IS_OLD)
    if _is_there(reception, record):
        raise Problem(INSTANCE_ID_TAKEN)
    actor, thing = reception.actor, base.thing
    if thing.sender != actor.id and not may_edit_all(actor, reception.project_id, thing.place):
        raise Problem(NOT_ALLOWED)
    receipt = _accept(reception, envelope, at_once)
    if receipt.outcome != Outcome.EDIT:  # somebody else's edit was a moment faster
        raise Problem(BASE_IS_OLD)
    return receipt


def find_to_complete(
    session: Session, actor: Actor, project_id: int, form_id: str, instance_id: str
) -> tuple[StoredVersion, bytes]:
    """The present version of a record to which the actor may add files, and its XML. Raises
    NOT_FOUND."""
    version = _get_current(session, project_id, form_id, instance_id)
    if version.thing.sender != actor.id:
        policy.demand_thing(actor, Act.SUBMISSION_EDIT, project_id, version.thing)
    found = reading_again.find(session, project_id, version.submission_pk)
    if found is None:
        raise Problem(NOT_FOUND)
    return version, found.xml


def _get_current(
    session: Session, project_id: int, form_id: str, instance_id: str
) -> StoredVersion:
    form = forms.find_form(session, project_id, form_id)
    version = find_current(session, project_id, form.form_pk, instance_id) if form else None
    if version is None:
        raise Problem(NOT_FOUND)
    return version


def add_file(
    reception: Reception,
    version: StoredVersion,
    xml: bytes,
    name: str,
    pieces: Iterable[bytes],
) -> int:
    """A file of a stored version, whose XML is `xml`: what a phone does that sends its record once
    more with a file it had left out. Answers the bytes that were kept. Raises NOT_FOUND where the
    record does not name it."""
    if SENT_OPEN in version.flags:
        raise Problem(SEALED_RECORD)
    reception.xml(xml)
    content = reception.draft(name, name) if safe_name(name) == name else None
    if content is None:
        raise Problem(NOT_FOUND)
    try:
        for piece in pieces:
            content.write(piece)
    except BaseException:
        reception.discard()
        raise
    file = ArrivedFile(filename=name, field_name=name, content=content)
    envelope = Envelope(xml=xml, files=(file,), channel=CHANNEL, received_at=clock.now())
    return content.size if _accept(reception, envelope, None).adds else 0


def _accept(reception: Reception, envelope: Envelope, at_once: AtOnce | None) -> Receipt:
    try:
        return accept(reception, envelope, at_once)
    except BaseException:
        reception.discard()
        raise


def _understood(reception: Reception, envelope: Envelope, form_id: str) -> Understood:
    reception.xml(envelope.xml)
    try:
        record = reception.understood
    except Unreadable:
        raise Problem(MALFORMED_BODY) from None
    if record.instance.form_id != form_id:
        raise Problem(
            UNEXPECTED_VALUE, name="form id", reason="not that of the form in the address"
        )
    with reading() as session:
        form = forms.find_form(session, reception.project_id, form_id)
    if form is None or form.form_pk != record.form.form_pk:  # deleted: a phone's would come in
        raise Problem(NOT_FOUND)
    if record.form.version_pk is None:
        raise Problem(FORM_VERSION_UNKNOWN, version=record.instance.version[:80])
    return record


def _is_there(reception: Reception, record: Understood) -> bool:
    ids = (reception.project_id, record.form.form_pk, record.instance.instance_id)
    with reading() as session:
        return find_version(session, *ids) is not None


def _exists(record: Understood) -> Problem:
    return Problem(ALREADY_EXISTS, what=f"Record “{record.instance.instance_id[:80]}”")
