"""The verbs of the treaty: signatures follow what was sent; the log is written and signed; people
decide who is one person."""

from service.treaty.actions.following import (
    FILL,
    TOLD,
    at_once,
    fill_missing,
    fill_page,
    follow,
)
from service.treaty.actions.settling import CHANGED, settle_page
from service.treaty.actions.signing import sign, sign_all
from service.treaty.actions.taking_back import strike, take_back

__all__ = [
    "CHANGED",
    "FILL",
    "TOLD",
    "at_once",
    "fill_missing",
    "fill_page",
    "follow",
    "settle_page",
    "sign",
    "sign_all",
    "strike",
    "take_back",
]
