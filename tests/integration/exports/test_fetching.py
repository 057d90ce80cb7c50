"""How pages of records come from the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from psycopg.pq import Format

from service.accounts.actor import SYSTEM
from service.accounts.policy import Act
from service.exports.actions.source import get_source
from service.exports.purposes import Told
from service.exports.queries import records
from service.facts.scopes import Purpose
from service.foundation.db import current, reading
from tests.pulled_form import FORM_ID, a_pulled_phone, record, send


def test_xml_comes_as_bytes_not_as_text(client: FlaskClient) -> None:
    """Of the two forms in which PostgreSQL sends bytes, the one of half the size; and the same."""
    phone = a_pulled_phone(client)
    send(phone, record("uuid:1"))
    told = Told(purpose=Purpose.WORK, label="test")
    seen: list[Any] = []

    def note(_c: Any, cursor: Any, sql: str, _p: Any, _x: Any, _m: bool) -> None:
        if "submission_xml" in sql:
            seen.append(getattr(cursor, "format", Format.BINARY))

    sa.event.listen(current().reader, "after_cursor_execute", note)
    with reading() as session:
        found = get_source(session, SYSTEM, Act.ROWS_EXPORT, phone.project_id, FORM_ID, told)
        [page] = records.page(session, found.selection, after=None, offset=0, limit=10)
    assert seen == [Format.BINARY]
    with reading() as session:
        query = records._STORED.where(records.Submission.record_pk == page.record_pk)
        assert records.Stored._make(session.connection().execute(query).one()) == page
