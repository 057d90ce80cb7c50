"""Lists, their properties, of whom they tell, and which phones may hold them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.queries import phones
from service.accounts.reach import WHOLE_PROJECT, is_area
from service.entities.actions.changing import wake_records
from service.entities.queries import arrivals, by_record, holders, lists
from service.entities.queries.lists import ListRef
from service.forms import queries as forms
from service.forms.actions.declaring import get_or_make_list
from service.forms.entity_lists import Telling, list_name_fault, property_fault
from service.foundation import audit, clock
from service.foundation.problems import (
    ALREADY_EXISTS,
    DEVICE_ENDED,
    INVALID_PARAMETER,
    LIST_NAME_ALIKE,
    NOT_FOUND,
    PROPERTY_NAME_ALIKE,
    SUBMISSIONS_PENDING,
    Kind,
    Problem,
)


def create_list(
    session: Session,
    actor: Actor,
    project_id: int,
    name: str,
    *,
    approval_required: bool = False,
    telling: Telling = Telling.UNDECLARED,
) -> ListRef:
    """A list without properties. Raises INVALID_PARAMETER, ALREADY_EXISTS, LIST_NAME_ALIKE."""
    policy.demand(actor, Act.LIST_MANAGE, project_id)
    fault = list_name_fault(name)
    if fault:
        raise Problem(INVALID_PARAMETER, name="name", reason=fault)
    there = forms.find_list(session, project_id, name)
    if there is not None:
        raise _exists(f"Entity list “{name}”", LIST_NAME_ALIKE, there.name, name)
    get_or_make_list(
        session, actor, project_id, name, approval_required=approval_required, telling=telling
    )
    session.flush()
    return lists.get(session, project_id, name)


def add_property(
    session: Session, actor: Actor, project_id: int, which: int | str, name: str
) -> ListRef:
    """Raises INVALID_PARAMETER, ALREADY_EXISTS, PROPERTY_NAME_ALIKE, NOT_FOUND."""
    policy.demand(actor, Act.LIST_MANAGE, project_id)
    ref = lists.get(session, project_id, which)
    fault = property_fault(name)
    if fault:
        raise Problem(INVALID_PARAMETER, name="name", reason=fault)
    if not forms.insert_property(session, ref.list_pk, name):
        there = lists.property_alike(session, ref.list_pk, name)
        raise _exists(f"Property “{name}”", PROPERTY_NAME_ALIKE, there, name)
    _record(session, actor, ref, "entity_list.add_property")
    return ref


def _exists(what: str, alike: Kind, current: str, provided: str) -> Problem:
    """Names differ in more than capital letters, for phones do not tell those apart."""
    if current == provided:
        return Problem(ALREADY_EXISTS, what=what)
    both = {"current": current, "provided": provided}
    return Problem(alike, **both, details=both)


def tell(
    session: Session, actor: Actor, project_id: int, which: int | str, telling: Telling
) -> None:
    """Say of whom a list tells. That one which names people, or holds what records gave, tells of
    nobody opens it to every phone and reader: that wants what allowing a phone does."""
    ref = lists.get(session, project_id, which)
    loosens = telling is not Telling.PEOPLE and (
        ref.telling is Telling.PEOPLE
        or (
            telling is Telling.NOBODY
            and ref.telling is not telling
            and by_record.holds_of_records(session, project_id, ref.list_pk)
        )
    )
    policy.demand(actor, Act.LIST_ALLOW if loosens else Act.LIST_MANAGE, project_id)
    if telling is not ref.telling:
        lists.set_telling(session, ref.list_pk, telling)
        before = ref.telling.value
        _record(session, actor, ref, "entity_list.tell", before=before, telling=telling.value)


def require_approval(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    *,
    required: bool,
    convert: bool | None = True,
) -> None:
    """Whether entities are made when a record is approved, or when it arrives. `convert`: where
    none is asked for any more, those that wait for it make theirs now; else they wait on. Raises
    SUBMISSIONS_PENDING where nothing is said of that (None) and some wait."""
    policy.demand(actor, Act.LIST_MANAGE, project_id)
    ref = lists.get(session, project_id, which)
    if not required and convert is None:
        count = arrivals.count_unapproved(session, project_id, ref.list_pk)
        if count:
            raise Problem(SUBMISSIONS_PENDING, count=count, details={"count": count})
    if not required and convert:
        wake_records(session, project_id, arrivals.unapproved(session, project_id))
    if ref.approval_required != required:
        lists.set_approval(session, ref.list_pk, required=required)
        _record(session, actor, ref, "entity_list.require_approval", required=required)


def allow_phone(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    app_user_id: int,
    area: str = WHOLE_PROJECT,
) -> None:
    """Let a phone hold a list that names people, all of it or those of one area. Raises
    INVALID_PARAMETER, NOT_FOUND, DEVICE_ENDED."""
    policy.demand(actor, Act.LIST_ALLOW, project_id)
    ref = lists.get(session, project_id, which)
    phone = phones.find_app_user(session, project_id, app_user_id)
    if phone is None:
        raise Problem(NOT_FOUND)
    if phone.revoked_at is not None:
        raise Problem(DEVICE_ENDED)
    if area != WHOLE_PROJECT and not is_area(area):
        raise Problem(INVALID_PARAMETER, name="area", reason="2, 4 or 6 digits, or nothing")
    row = {
        "project_id": project_id,
        "list_pk": ref.list_pk,
        "app_user_id": app_user_id,
        "area": area,
        "allowed_at": clock.now(),
        "allowed_by": actor.id,
    }
    holders.allow(session, row)
    _record(session, actor, ref, Act.LIST_ALLOW, phone=app_user_id, area=area or "all")


def end_phone(
    session: Session, actor: Actor, project_id: int, which: int | str, app_user_id: int
) -> None:
    """The phone may hold the list no more: at its next update it forgets it. Again is no error."""
    policy.demand(actor, Act.LIST_MANAGE, project_id)
    ref = lists.get(session, project_id, which)
    if holders.end_holder(session, project_id, ref.list_pk, app_user_id):
        _record(session, actor, ref, "entity_list.end_phone", phone=app_user_id)


def _record(session: Session, actor: Actor, ref: ListRef, action: str, **details: object) -> None:
    audit.record(
        session,
        actor_id=actor.id,
        action=action,
        subject=f"entity-list:{ref.list_pk}",
        project_id=ref.project_id,
        **details,
    )
