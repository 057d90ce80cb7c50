"""What a version of a form does to lists and their properties, as ODK Central compares them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities.queries import lists
from service.forms import actions as forms
from service.forms import queries, xform
from service.forms.queries import drafts
from service.forms.schema import FormSchema
from service.foundation.problems import NOT_FOUND, Problem


@dataclass(frozen=True, kw_only=True)
class ComparedProperty:
    name: str
    is_new: bool
    in_form: bool


@dataclass(frozen=True, kw_only=True)
class ComparedList:
    """`properties`: those that the form does not name first, then its own, in its order."""

    name: str
    is_new: bool
    properties: tuple[ComparedProperty, ...]


def compare_offered(
    session: Session, actor: Actor, project_id: int, form: str
) -> list[ComparedList]:
    """Of the version that phones are offered. Raises NOT_FOUND."""
    policy.demand(actor, Act.LIST_READ, project_id)
    found = queries.find_version(session, project_id, form)
    if found is None:
        raise Problem(NOT_FOUND)
    return _compared(session, project_id, queries.schema_of(session, found.version_pk))


def compare_draft(session: Session, actor: Actor, project_id: int, form: str) -> list[ComparedList]:
    """Of the version in the making. Raises NOT_FOUND."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    draft = forms.get_draft(session, project_id, form)
    return _compared(session, project_id, xform.read(drafts.get_xml(session, draft.draft_pk)))


def _compared(session: Session, project_id: int, schema: FormSchema) -> list[ComparedList]:
    if schema.public_key:  # sealed records make no entities
        return []
    saved: dict[str, dict[str, None]] = {}
    for spec in schema.entities:
        saved.setdefault(spec.list_name, {}).update(dict.fromkeys(name for _, name in spec.saves))
    return [_one(session, project_id, name, own) for name, own in saved.items()]


def _one(session: Session, project_id: int, name: str, own: Iterable[str]) -> ComparedList:
    ref = lists.find(session, project_id, name)
    known = lists.property_names(session, ref.list_pk) if ref else []
    others = [one for one in known if one not in own]
    return ComparedList(
        name=name,
        is_new=ref is None,
        properties=tuple(
            ComparedProperty(name=one, is_new=one not in known, in_form=one in own)
            for one in (*others, *own)
        ),
    )
