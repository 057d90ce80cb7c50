"""The facts of one submission, as projection makes them: fields are the columns of `tables`.

Structs, not dataclasses: a dozen are made for every submission, and making one costs a
quarter. Coded fields hold a code of their list in `codes.py`, or unknown, no_answer, not_asked.
"""

from __future__ import annotations

import msgspec

from service.facts.kinds.directory import Provider
from service.facts.kinds.follow_up import FollowUp, Visit
from service.facts.kinds.people import Incident, Need, OfPerson, Person
from service.facts.kinds.reports import Concern, RightsIssue, Testimony
from service.facts.kinds.treaty import Sheet, Signature
from service.facts.kinds.visits import Consent, Household, OfSubmission

__all__ = [
    "Concern",
    "Consent",
    "Facts",
    "FollowUp",
    "Household",
    "Incident",
    "Need",
    "OfPerson",
    "OfSubmission",
    "Person",
    "Provider",
    "RightsIssue",
    "Sheet",
    "Signature",
    "Testimony",
    "Visit",
]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one submission says that may be counted or must be obeyed."""

    households: tuple[Household, ...] = ()
    """At most one, as of visits, testimonies, concerns, sheets and providers."""
    consents: tuple[Consent, ...] = ()
    persons: tuple[Person, ...] = ()
    incidents: tuple[Incident, ...] = ()
    needs: tuple[Need, ...] = ()
    visits: tuple[Visit, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    rights_issues: tuple[RightsIssue, ...] = ()
    clearance_concerns: tuple[Concern, ...] = ()
    testimonies: tuple[Testimony, ...] = ()
    signatures: tuple[Signature, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    providers: tuple[Provider, ...] = ()
