"""A form that asks consent and whatever else a survivor may tell, and records filled with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask.testing import FlaskClient

from service.foundation.db import unit_of_work
from tests.factories import Phone, a_form, a_phone

FORM_ID = "survivor"
QUESTIONS: Mapping[str, tuple[str, str]] = {
    "today": ("date", "meta.date"),
    "device": ("string", "meta.device"),
    "store": ("string", "consent.store"),
    "stats": ("string", "consent.stats"),
    "contact": ("string", "consent.contact"),
    "share": ("string", "consent.share_case"),
    "quote": ("string", "consent.quote_anon"),
    "named": ("string", "consent.publish_name"),
    "media": ("string", "consent.publish_media"),
    "abroad": ("string", "consent.advocacy_intl"),
    "gov": ("string", "consent.share_gov"),
    "how": ("string", "consent.method"),
    "witness": ("string", "consent.witness"),
    "tongue": ("string", "consent.language"),
    "guardian": ("string", "consent.guardian"),
    "assent": ("string", "consent.assent"),
    "again_on": ("date", "consent.date"),
    "review": ("date", "consent.review"),
    "code": ("string", "consent.code"),
    "prov": ("string", "geo.adm1"),
    "village": ("string", "geo.adm4_text"),
    "hh": ("string", "household.id"),
    "size": ("int", "household.size"),
    "name": ("string", "person.name"),
    "phone": ("string", "person.phone"),
    "sex": ("string", "person.sex"),
    "age": ("int", "person.age"),
    "victim": ("string", "victim.type"),
    "place": ("string", "incident.place"),
    "need": ("string", "need.code"),
    "need_text": ("string", "need.text"),
    "wish": ("string", "note.wish"),
    "photo": ("binary", "testimony.media"),
    "sound": ("binary", ""),
    "film": ("binary", "testimony.media"),
}
"""Question -> (type, tag). All of one person, so that each answer has one place."""

YES = {
    "store": "yes", "stats": "yes", "how": "signature", "sex": "female", "age": "44",
    "prov": "02", "victim": "direct_injured", "need": "reh_prosthesis", "today": "2026-11-20",
    "size": "4",
}  # fmt: skip


def form_xml() -> str:
    binds = "".join(
        f'<bind nodeset="/data/{name}" type="{kind}"'
        + (f' samleng:tag="{tag}"' if tag else "")
        + "/>"
        for name, (kind, tag) in QUESTIONS.items()
    )
    inside = "".join(f"<{name}/>" for name in QUESTIONS)
    body = "".join(f'<input ref="/data/{name}"><label>{name}</label></input>' for name in QUESTIONS)
    return (
        '<?xml version="1.0"?><h:html xmlns="http://www.w3.org/2002/xforms"'
        ' xmlns:h="http://www.w3.org/1999/xhtml" xmlns:orx="http://openrosa.org/xforms"'
        ' xmlns:samleng="https://samleng.org/xforms"><h:head><h:title>សាក្សី</h:title><model>'
        f'<instance><data id="{FORM_ID}" version="1">{inside}<orx:meta><orx:instanceID/>'
        f"</orx:meta></data></instance>{binds}"
        '<bind nodeset="/data/orx:meta/orx:instanceID" type="string"/>'
        f"</model></h:head><h:body>{body}</h:body></h:html>"
    )


def a_survivors_phone(client: FlaskClient) -> Phone:
    """A phone of a project in which the form is published."""
    phone = a_phone(client)
    with unit_of_work() as session:
        a_form(session, phone.project_id, FORM_ID, xml=form_xml())
    return phone


def told(instance_id: str | None = None, *, edits: str | None = None, **answers: str) -> str:
    """One filled-in form. Everything is allowed that `answers` do not say otherwise about:
    `stats=""` leaves a question out."""
    given = instance_id or f"uuid:{uuid.uuid4()}"
    inside = "".join(
        f"<{name}>{value}</{name}>" for name, value in {**YES, **answers}.items() if value
    )
    deprecated = f"<orx:deprecatedID>{edits}</orx:deprecatedID>" if edits else ""
    return (
        f'<?xml version=\'1.0\' ?><data id="{FORM_ID}" version="1" '
        f'xmlns:orx="http://openrosa.org/xforms">{inside}<orx:meta>'
        f"<orx:instanceID>{given}</orx:instanceID>{deprecated}</orx:meta></data>"
    )
