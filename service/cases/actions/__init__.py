"""The verbs of cases: they open and follow by themselves; the office writes down what it does."""

from service.cases.actions.following import (
    CHANGED,
    TOLD,
    at_once,
    fold_again,
    follow,
    round_of_the_day,
    strike,
)

__all__ = [
    "CHANGED",
    "TOLD",
    "at_once",
    "fold_again",
    "follow",
    "round_of_the_day",
    "strike",
]
