"""No transaction of a thread is open while it draws pages: on SQLite every phone would wait for it.
Looked at wherever a test draws."""

from __future__ import annotations

import threading
from typing import Any

import sqlalchemy as sa
import typst
from sqlalchemy.orm import Session

_mine = threading.local()
_compile = typst.compile
drawn: list[int] = []
"""Transactions that were open, each time something was drawn."""


def watch() -> None:
    """From now on, in this process."""
    sa.event.listen(Session, "after_begin", _begun)
    sa.event.listen(Session, "after_transaction_end", _ended)
    typst.compile = _looked_at  # type: ignore[assignment]  # of the library, not of the house


def open_here() -> int:
    """Sessions of this thread that have begun a transaction in the database."""
    return len(getattr(_mine, "begun", ()))


def _begun(session: Session, _transaction: Any, _connection: Any) -> None:
    if not hasattr(_mine, "begun"):
        _mine.begun = set()
    _mine.begun.add(id(session))


def _ended(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        getattr(_mine, "begun", set()).discard(id(session))


def _looked_at(*given: Any, **more: Any) -> Any:
    drawn.append(open_here())
    if drawn[-1]:
        raise AssertionError("pages are drawn while a transaction is open")
    return _compile(*given, **more)
