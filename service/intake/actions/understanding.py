"""What a record's XML says before anything is decided: its form, its names of files, its seal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from service.accounts.actor import Actor
from service.forms import queries as forms
from service.forms import sealed_forms
from service.forms.queries import FormRef
from service.forms.schema import FormSchema
from service.forms.states import FormState
from service.foundation.formats import safe_xml
from service.foundation.problems import (
    FORM_CLOSED,
    FORM_UNKNOWN,
    MISSING_INSTANCE_ID,
    NOT_ALLOWED,
    XML_TOO_LARGE,
    Problem,
)
from service.foundation.sealing import odk
from service.foundation.sealing.odk import KeyRefused, OfflineKey
from service.intake.actions.sealing_here import SealedHere, id_for, seal_for
from service.intake.instance import Instance
from service.intake.readers import xform_xml


class Unreadable(Exception):  # noqa: N818 - a verdict on what was sent, not a fault here
    """XML that is kept whole, for a person to look at. `reason` is stored with it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Understood:
    """A record's XML, understood. `instance` is without answers."""

    root: Any
    form: FormRef
    schema: FormSchema | None
    instance: Instance
    is_made: bool
    """It came without an instanceID."""
    seal: SealedHere | None
    """How it is sealed here, where it came in clear and its form is a sealed one."""

    @property
    def fingerprint(self) -> str:
        """Of the key that an encrypted record is sealed to, as far as its form tells; else ""."""
        is_published = self.schema is not None and self.form.version_pk is not None
        text = self.schema.public_key if self.schema and is_published else self.form.public_key
        try:
            return odk.read_public_key(text).fingerprint if text else ""
        except KeyRefused:
            return ""


def understand(actor: Actor, project_id: int, xml: bytes) -> Understood:
    """Raises Unreadable, or a Problem for what must not be kept.

    The right to send is the caller's to check (`Act.SUBMISSION_SEND`); the phone's scope of forms
    is checked here, where the form is known.
    """
    try:
        root = safe_xml.parse(xml)
        form_id, version = xform_xml.form_key(root)
    except safe_xml.XmlRefused as refused:
        if refused.reason is safe_xml.Reason.TOO_LARGE:
            raise Problem(XML_TOO_LARGE, limit_mb=safe_xml.MAX_BYTES // (1024 * 1024)) from None
        raise Unreadable(refused.reason.value) from None
    except ValueError:  # names that lxml cannot take apart
        raise Unreadable("malformed") from None
    form = forms.find_form_for_submission(project_id, form_id, version)
    if form is None:
        raise Problem(FORM_UNKNOWN, form_id=form_id[:80])
    schema = forms.schema_for(form, version)
    if not actor.reaches_form(form_id):
        raise Problem(NOT_ALLOWED)
    if form.state is FormState.CLOSED:
        raise Problem(FORM_CLOSED, form_id=form_id)
    is_exact = form.version_pk is not None
    instance, is_made = xform_xml.read(root, xml, schema, is_exact=is_exact)
    if is_made and instance.is_encrypted:
        raise Problem(MISSING_INSTANCE_ID)
    key = None if instance.is_encrypted else _key_to_seal_to(form, schema)
    if key is not None and is_made:
        instance = replace(instance, instance_id=id_for(xml))
    return Understood(
        root=root,
        form=form,
        schema=schema,
        instance=instance,
        is_made=is_made,
        seal=None if key is None else seal_for(key, instance, safe_xml.canonical_sha256(root)),
    )


def _key_to_seal_to(form: FormRef, schema: FormSchema | None) -> OfflineKey | None:
    """The key of the form as it is now, for that is the one whose other half the team has; else
    that of the very version the record names, which promised it."""
    if form.public_key is not None:
        return odk.read_public_key(form.public_key)
    if schema is None or form.version_pk is None:
        return None
    try:
        return sealed_forms.key_of(schema)
    except KeyRefused:  # published before keys were looked at
        return None
