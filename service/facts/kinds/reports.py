"""What is reported: breaches of rights, places that should be cleared, and testimonies."""

from __future__ import annotations

import datetime as dt

from service.facts.kinds.visits import OfSubmission


class RightsIssue(OfSubmission, frozen=True, kw_only=True):
    """One breach of the rights of persons with disabilities, as it was told.

    Source: tags `issue.…` (form F2, or a repeat of any form). Never the story: it stays in the
    record.
    """

    ordinal: int
    """Place in the record, from 0."""
    person_ordinal: int | None
    """`ordinal` of the person assessed who told it; None where the form assesses nobody."""
    issue_code: str
    """List issue."""
    crpd: tuple[int, ...]
    """Articles of the Convention on the Rights of Persons with Disabilities (`issues.py`)."""
    is_restricted: bool
    """Violence and abuse: shown to few, counted coarsely."""
    reporter: str
    """Who reports, list reporter_kind."""
    issue_from: dt.date | None
    """First and last day on which it can have happened; None: not told, or after the report."""
    issue_to: dt.date | None
    place_type: str
    """Where, list place_type."""
    duty_bearer: str
    """Whose duty it was, list duty_bearer."""
    affected: int | None
    """How many people; None: not told."""
    sex: str
    """Of the one who is affected, list sex."""
    age_band: str
    """List age_band5."""
    disability: str
    """By the Washington Group Short Set, as of a person."""
    safe_to_raise: str
    """Whether raising it puts nobody in danger, list yes_no_later."""
    wants_action: str
    """Whether the person wants something done, list yes_no_later."""
    status: str
    """List issue_status."""
    raised_with: str
    """With whom it was raised, list duty_bearer."""
    answered_on: dt.date | None
    """Day of an answer; None: none told."""


class Concern(OfSubmission, frozen=True, kw_only=True):
    """A place that a community fears. Never the place in words nor its coordinates.

    Source: tags `concern.…` (form F6).
    """

    device: str
    """What is suspected, list device."""
    seen: str
    """Seen, or told of, list seen_or_told."""
    land_use: tuple[str, ...]
    """What the land is for, list land_use."""
    hectares: str
    """How large, list ha_range."""
    households: int | None
    """How many households are kept off; None: not told."""
    incident_before: str
    """Whether something happened there before, list yes_no_unknown."""
    people_hurt: int | None
    marked: str
    """Whether it is marked, list marked_area."""
    reported_to: tuple[str, ...]
    """Whom it was reported to, list reported_to."""
    reported_on: dt.date | None
    answer: str
    """What came of it, list concern_answer."""
    answered_on: dt.date | None
    is_urgent: bool
    """Near a house or school, or somebody touched something: a call on the same day."""
    women_asked: str
    """Whether women were asked, list yes_no; and then persons with disabilities."""
    persons_dis_asked: str


class Testimony(OfSubmission, frozen=True, kw_only=True):
    """That somebody told their story, and how. Never what: it stays in the record.

    Source: tags `testimony.…` (form F4). What it may be used for are its scopes.
    """

    kind: str
    """List testimony_kind."""
    form: str
    """List testimony_form."""
    language: str
    """In which it was told, list consent_language."""
    sex: str
    age_band: str
    distress: str
    """List distress_flag."""
    read_back: str
    """Whether it was read back and found right, list yes_no_later."""
    has_media: bool
    """A recording or a picture came with it."""
    attribution: str
    """How the narrator lets it be said who told it, list attribution."""
