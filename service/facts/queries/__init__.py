"""All SQL about facts: the gate for whoever uses them, what was taken back, how they are stored."""

from service.facts.queries.gate import may_use, not_usable, usable, what_is_counted
from service.facts.queries.kept import delete_ended, keep_counted
from service.facts.queries.storing import (
    NOT_CANONICAL,
    TABLES,
    Key,
    canonical_rows,
    checksum,
    count_facts,
    delete_facts,
    delete_project_facts,
    delete_uncounted,
    insert_facts,
    lack_scopes,
    replace_facts,
    rows_of,
)
from service.facts.queries.taken_back import (
    deny,
    find_by_code,
    list_narrowed,
    list_narrowing,
    narrow,
)

__all__ = [
    "NOT_CANONICAL",
    "TABLES",
    "Key",
    "canonical_rows",
    "checksum",
    "count_facts",
    "delete_ended",
    "delete_facts",
    "delete_project_facts",
    "delete_uncounted",
    "deny",
    "find_by_code",
    "insert_facts",
    "keep_counted",
    "lack_scopes",
    "list_narrowed",
    "list_narrowing",
    "may_use",
    "narrow",
    "not_usable",
    "replace_facts",
    "rows_of",
    "usable",
    "what_is_counted",
]
