"""Canonical facts. Every row can be deleted and computed again from what intake keeps.

Keys are natural: the submission and the position inside it. So a replay writes the very same
rows, and a submission's facts are replaced by deleting one key prefix. `needs` repeats the
dimensions of its person: figures group millions of needs, and a join per row would cost more
than the bytes. No column here holds a name of a person, a phone number, free text that people
told, or a coordinate. What each column means: `facts/kinds`, `docs/data-dictionary.md`.
"""

from service.facts.tables.changes import FactChange
from service.facts.tables.common import OfHousehold, OfPerson, OfSubmission
from service.facts.tables.consents import Consent, NarrowedConsent, RemovedCode
from service.facts.tables.directory import Provider
from service.facts.tables.follow_up import FollowUp, Visit
from service.facts.tables.people import Household, Incident, Need, Person
from service.facts.tables.reports import Concern, RightsIssue, Testimony
from service.facts.tables.standing import CountingPolicy, NeedState, PersonDenial, Standing
from service.facts.tables.treaty import Sheet, Signature

__all__ = [
    "Concern",
    "Consent",
    "CountingPolicy",
    "FactChange",
    "FollowUp",
    "Household",
    "Incident",
    "NarrowedConsent",
    "Need",
    "NeedState",
    "OfHousehold",
    "OfPerson",
    "OfSubmission",
    "Person",
    "PersonDenial",
    "Provider",
    "RemovedCode",
    "RightsIssue",
    "Sheet",
    "Signature",
    "Standing",
    "Testimony",
    "Visit",
]
