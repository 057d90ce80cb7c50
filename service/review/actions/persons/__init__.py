"""People decide who is one person: pairs side by side, verdicts, files, and the search by name."""

from service.review.actions.persons.by_hand import put_together
from service.review.actions.persons.deciding import decide
from service.review.actions.persons.files import FileTold, get_file
from service.review.actions.persons.names import NameTold, open_names, purpose_of
from service.review.actions.persons.pairs import (
    PairTold,
    end_of,
    get_pair,
    list_open,
    read_end,
    would_contradict,
)
from service.review.actions.persons.searching import Hit, Searched, search

__all__ = [
    "FileTold",
    "Hit",
    "NameTold",
    "PairTold",
    "Searched",
    "decide",
    "end_of",
    "get_file",
    "get_pair",
    "list_open",
    "open_names",
    "purpose_of",
    "put_together",
    "read_end",
    "search",
    "would_contradict",
]
