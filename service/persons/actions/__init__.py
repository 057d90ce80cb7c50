"""The verbs of persons that nobody asks for: keys as records come and change, and pairs to look at.
What people decide is in `review`."""

from service.persons.actions.following import (
    FILL,
    TOLD,
    at_once,
    fill_missing,
    fill_page,
    follow,
    rebuild,
)
from service.persons.actions.telling import tell, today

__all__ = [
    "FILL",
    "TOLD",
    "at_once",
    "fill_missing",
    "fill_page",
    "follow",
    "rebuild",
    "tell",
    "today",
]
