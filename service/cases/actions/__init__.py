"""The verbs of cases: they open and follow by themselves; the office writes down what it does."""

from service.cases.actions.following import (
    CHANGED,
    JOINED,
    LATE,
    TOLD,
    at_once,
    follow,
    follow_joins,
    open_page,
    round_of_the_day,
    strike,
)
from service.cases.actions.refolding import fold_again

__all__ = [
    "CHANGED",
    "JOINED",
    "LATE",
    "TOLD",
    "at_once",
    "fold_again",
    "follow",
    "follow_joins",
    "open_page",
    "round_of_the_day",
    "strike",
]
