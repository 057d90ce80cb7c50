"""The verbs of facts: make them as records arrive, compute them again, read them row by row."""

from service.facts.actions.projecting import (
    REPLACED,
    Rebuilt,
    Stored,
    allowed_by_itself,
    are_outdated,
    at_once,
    code_digest,
    describe,
    drop_uncounted,
    facts_of,
    household_key,
    list_refusing,
    list_stored,
    project_received,
    rebuild,
)

__all__ = [
    "REPLACED",
    "Rebuilt",
    "Stored",
    "allowed_by_itself",
    "are_outdated",
    "at_once",
    "code_digest",
    "describe",
    "drop_uncounted",
    "facts_of",
    "household_key",
    "list_refusing",
    "list_stored",
    "project_received",
    "rebuild",
]
