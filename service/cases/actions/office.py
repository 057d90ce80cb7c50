"""What the office writes down of a case: referrals, what came of them, needs closed, reopened."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.cases.actions import reading
from service.cases.actions.following import CHANGED
from service.cases.directory import Service
from service.cases.events import CLOSING, DANGER_LASTS, Kind, Override
from service.cases.queries import listing, storing
from service.cases.queries.listing import CaseTold, NeedTold
from service.cases.queries.storing import EventRow
from service.entities.actions.phones import day_of_consent
from service.facts import actions as facts
from service.facts.codes import REFERRAL_OUTCOME
from service.facts.people import Identity
from service.facts.scopes import Purpose
from service.foundation import audit, clock, ids, job_queue
from service.foundation.problems import INVALID_PARAMETER, SHARING_NOT_ALLOWED, Problem


@dataclass(frozen=True, kw_only=True)
class Said:
    """What somebody in the office writes down, as codes."""

    kind: Kind
    need_code: str
    outcome: str = ""
    """Of an outcome: list referral_outcome; of a status: one of CLOSING."""


def write_down(
    session: Session, actor: Actor, project_id: int, case_pk: uuid.UUID, said: Said
) -> None:
    """Anything but a referral. Raises NOT_FOUND, and INVALID_PARAMETER for what cannot be: an
    outcome of a need that is not open, a need that is open and would be reopened."""
    case = reading.get(session, actor, project_id, case_pk, Act.CASE_CHANGE)
    need = _need(session, project_id, case, said.need_code)
    offered = {Kind.OUTCOME: frozenset(REFERRAL_OUTCOME), Kind.STATUS: frozenset(CLOSING)}
    if said.outcome not in offered.get(said.kind, {""}):
        raise Problem(INVALID_PARAMETER, name="outcome", reason="one of the list")
    if need.is_open is (said.kind is Kind.REOPEN) or said.kind is Kind.REFERRAL:
        raise Problem(INVALID_PARAMETER, name="need", reason="one that this can be said of")
    _insert(session, actor, project_id, case, said)
    _record(session, actor, project_id, Act.CASE_CHANGE, case, said)


def refer(
    session: Session,
    actor: Actor,
    project_id: int,
    case_pk: uuid.UUID,
    need_code: str,
    provider: str,
    override: Override | None = None,
) -> None:
    """Send somebody to a provider of the directory for an open need. Without their consent only
    where life or safety is at stake (`override`), which is an act and an entry of its own. Raises
    NOT_FOUND, INVALID_PARAMETER, SHARING_NOT_ALLOWED."""
    act = Act.CASE_CHANGE if override is None else Act.CASE_OVERRIDE
    case = reading.get(session, actor, project_id, case_pk, act)
    need = _need(session, project_id, case, need_code)
    if not need.is_open:
        raise Problem(INVALID_PARAMETER, name="need", reason="an open one")
    _provider(session, project_id, provider)
    is_allowed = reading.may_share(session, project_id, case)
    if not is_allowed and override is None:
        raise Problem(SHARING_NOT_ALLOWED)
    said = Said(kind=Kind.REFERRAL, need_code=need_code)
    reason = "" if is_allowed or override is None else override.value
    _insert(session, actor, project_id, case, said, provider=provider, reason=reason)
    _record(session, actor, project_id, Act.CASE_CHANGE, case, said, provider=provider)
    if reason:
        _record(
            session, actor, project_id, Act.CASE_OVERRIDE, case, said,
            provider=provider, reason=reason,
        )  # fmt: skip


def _need(session: Session, project_id: int, case: CaseTold, need_code: str) -> NeedTold:
    needs = listing.needs_of(session, project_id, [case.case_pk]).get(case.case_pk, [])
    found = next((one for one in needs if one.need_code == need_code), None)
    if found is None:
        raise Problem(INVALID_PARAMETER, name="need", reason="one of this case")
    return found


def _provider(session: Session, project_id: int, code: str) -> Service:
    found = listing.services(session, project_id, day_of_consent())
    one = next((one for one in found if one.code == code), None)
    if one is None:
        raise Problem(INVALID_PARAMETER, name="provider", reason="one of the service directory")
    return one


def _insert(
    session: Session,
    actor: Actor,
    project_id: int,
    case: CaseTold,
    said: Said,
    *,
    provider: str = "",
    reason: str = "",
) -> None:
    row = EventRow(
        event_pk=ids.new_uuid(),
        case_pk=case.case_pk,
        kind=said.kind.value,
        need_code=said.need_code,
        provider=provider,
        outcome=said.outcome,
        reason=reason,
        happened_on=day_of_consent(),
        at=clock.now(),
        actor_id=actor.id,
    )
    storing.insert_event(session, project_id, row)
    job_queue.enqueue(session, project_id=project_id, event=CHANGED, subject=case.case_pk)


def _record(
    session: Session,
    actor: Actor,
    project_id: int,
    act: Act,
    case: CaseTold,
    said: Said,
    **more: str,
) -> None:
    """Codes alone."""
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=act,
        subject=case.case_pk,
        kind=said.kind.value,
        need=said.need_code,
        **({"outcome": said.outcome} if said.outcome else {}),
        **more,
    )


# --- what a provider is handed ------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One referral on paper: who is sent, where, for what. Nothing else of the file."""

    case: CaseTold
    need_code: str
    service: Service
    who: Identity = field(repr=False)
    without_consent: str = ""
    """Why it goes to the provider all the same: `Override`."""


def print_sheet(
    session: Session, actor: Actor, project_id: int, case_pk: uuid.UUID, event_pk: uuid.UUID
) -> Sheet:
    """For a referral that was written down; each time two entries: that somebody read who it is,
    and what it was for. Raises NOT_FOUND, SHARING_NOT_ALLOWED where it `is_printed` no more."""
    case = reading.get(session, actor, project_id, case_pk, Act.CASE_SHEET)
    of_all = [case.case_pk, *reading.joined_to(session, project_id, case)]
    events = [one for of in storing.events_of(session, project_id, of_all).values() for one in of]
    sent = next((one for one in events if one.event_pk == event_pk and one.provider), None)
    if sent is None:
        raise Problem(INVALID_PARAMETER, name="referral", reason="one of this case")
    may_share = reading.may_share(session, project_id, case)
    if not is_printed(sent, may_share=may_share):
        raise Problem(SHARING_NOT_ALLOWED)
    told = facts.identities_told(session, project_id, [case.submission_pk])
    who = told.get((case.submission_pk, case.ordinal), Identity(name="", phone=""))
    purpose = Purpose.REFER.value
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.IDENTITY_READ,
        subject=case.submission_pk,
        purpose=purpose,
        classes=["identity"],
    )
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.CASE_SHEET,
        subject=case.case_pk,
        need=sent.need_code,
        provider=sent.provider,
    )
    service = _provider(session, project_id, sent.provider)
    return Sheet(
        case=case,
        need_code=sent.need_code,
        service=service,
        who=who,
        without_consent="" if may_share else sent.reason,
    )


def is_printed(event: EventRow, *, may_share: bool) -> bool:
    """Whether there is a sheet: of a referral, by consent in force, or for life or safety while
    that danger lasts."""
    lasts = bool(event.reason) and clock.now() - event.at < DANGER_LASTS
    return bool(event.provider) and (may_share or lasts)


def may(actor: Actor, act: Act, project_id: int, case: CaseTold) -> bool:
    """Whether the actor may do this with the case."""
    return policy.reach(actor, act, project_id).holds(case.area)
