"""Signatures of the People's Treaty, and the sheets of paper that they stand on."""

from __future__ import annotations

from service.facts.kinds.visits import OfSubmission


class Signature(OfSubmission, frozen=True, kw_only=True):
    """One line of the People's Treaty, on a phone or copied from paper; never a name, nor a
    village (adm4 is unknown): with sex and age group it would name people.

    Source: tags `petition.…` (form F3a).
    """

    ordinal: int
    """Place of the line in the record, from 0."""
    line_status: str
    """valid, or why it does not count, list line_status."""
    kind: str
    """Who signs, list signatory_kind."""
    mark: str
    """How, list mark_type: signature, thumbprint, …"""
    sex: str
    """List sex."""
    age_band: str
    """As of a person, where the form asks for it."""


class Sheet(OfSubmission, frozen=True, kw_only=True):
    """One sheet of paper, keyed: what it declares and what was found on it; never a name.

    Source: tags `petition.…` of a form that keys sheets (F3b).
    """

    number: str
    """As printed on it."""
    campaign: str
    statement: str
    """Version of the text that is printed on it."""
    declared_lines: int | None
    """How many lines it says it has."""
    tallies: dict[str, int]
    """List line_status to how many lines: of the lines keyed one by one, else as counted."""
    is_reconciled: bool
    """All declared lines are found again, each under one status."""
