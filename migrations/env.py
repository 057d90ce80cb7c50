"""Alembic's way in. The caller gives the URL (`flask db upgrade`, tests, `make migration`)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from service.foundation import columns, db

config = context.config


def plain_type(kind: str, item: Any, autogen: AutogenContext) -> str | bool:
    """A migration is frozen history: it names database types, never classes of the service."""
    if kind != "type":
        return False
    if isinstance(item, columns.Uid):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")'
    if isinstance(item, columns.UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, columns.ByValue):
        return "sa.String(40)"
    if item is columns.Json:
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def _foreign_keys_off(connection: sa.Connection) -> None:
    """SQLite alters a table by making another and dropping the first: with foreign keys on, that
    deletes or refuses what refers to it. Outside a transaction, or SQLite ignores it."""
    connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")


def _check_foreign_keys(connection: sa.Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = sorted({row[0] for row in broken})
        raise RuntimeError(f"the migration would leave rows without what they refer to: {tables}")


def run() -> None:
    database = db.Database(config.attributes["url"], pool=1, for_migrations=True)
    try:
        with database.writer.connect() as connection:
            if database.is_sqlite:
                _foreign_keys_off(connection)
            context.configure(
                connection=connection,
                target_metadata=config.attributes.get("metadata"),
                render_item=plain_type,
            )
            with context.begin_transaction():
                context.run_migrations()
                if database.is_sqlite:
                    _check_foreign_keys(connection)
            connection.commit()
    finally:
        database.dispose()


run()
