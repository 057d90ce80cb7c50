"""The tables of the key store. Three, all small but the first; made where they are missing."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from service.foundation.columns import Uid, UtcDateTime


@cache
def tables_in(schema: str | None) -> KeyTables:
    """The same for every store that is opened: a statement on them is compiled once."""
    return KeyTables(schema)


class KeyTables:
    """In a file of their own, or (PostgreSQL) in the schema named."""

    def __init__(self, schema: str | None) -> None:
        self.metadata = sa.MetaData(schema=schema)
        self.data_keys = sa.Table(
            "data_keys",
            self.metadata,
            sa.Column("project_id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("key_pk", Uid, primary_key=True),
            sa.Column("kek_id", sa.String(16), nullable=False),
            sa.Column("wrapped", sa.LargeBinary, nullable=False),
            sqlite_with_rowid=False,
        )
        self.wrapping_keys = sa.Table(
            "wrapping_keys",
            self.metadata,
            sa.Column("kek_id", sa.String(16), primary_key=True),
            sa.Column("made_at", UtcDateTime, nullable=False),
            sa.Column("retired_at", UtcDateTime),
        )
        self.notes = sa.Table(
            "notes",
            self.metadata,
            sa.Column("name", sa.String(40), primary_key=True),
            sa.Column("noted_at", UtcDateTime, nullable=False),
        )
        self.earlier = sa.MetaData(schema=schema)
        """What an earlier release kept here, and is made no more (`recovery.move_out`)."""
        self.earlier_copies = sa.Table(
            "recovery_copies",
            self.earlier,
            sa.Column("public_key", sa.LargeBinary(32), primary_key=True),
            sa.Column("sealed", sa.LargeBinary, nullable=False),
            sa.Column("kek_ids", sa.String(400), nullable=False),
            sa.Column("made_at", UtcDateTime, nullable=False),
            sa.Column("proven_at", UtcDateTime),
        )
