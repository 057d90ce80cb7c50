"""Alembic's way in. The caller gives the URL (`flask db upgrade`, tests, `make migration`)."""

from __future__ import annotations

from typing import Any

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


def run() -> None:
    database = db.Database(config.attributes["url"], pool=1)
    try:
        with database.writer.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=config.attributes.get("metadata"),
                render_item=plain_type,
            )
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
    finally:
        database.dispose()


run()
