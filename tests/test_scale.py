"""A project can move to a node of its own: no key among large tables crosses projects."""

from __future__ import annotations

import sqlalchemy as sa

from service import app  # noqa: F401 - maps all classes
from service.foundation.db import Base

SMALL = {
    "projects", "actors", "users", "grants", "emergencies", "role_notices", "sign_ins",
    "setup_links", "app_users", "app_user_forms", "forms", "form_versions", "form_files",
    "known_networks", "second_factors", "recovery_codes", "refresh_tokens", "throttles",
    "passkeys", "api_tokens", "api_token_projects", "script_sessions", "form_drafts",
    "form_draft_files", "project_periods", "project_shares",
    "entity_lists", "entity_properties", "entity_uses", "wanted_lists",
    "counting_policies", "flag_progress", "treaty_campaigns", "treaty_statements",
    "treaty_reported", "treaty_logs",
}  # fmt: skip
"""Tables that grow with people, phones and forms, not with records: copied to every node."""


def large_tables(metadata: sa.MetaData) -> list[sa.Table]:
    return [table for name, table in metadata.tables.items() if name not in SMALL]


def crossing_keys(table: sa.Table) -> list[str]:
    """What of a large table would tie two nodes together."""
    if "project_id" not in table.c:
        return [f"{table.name} has no project_id"]
    keys: list[tuple[str, set[str]]] = [
        (f"{table.name}: {type(one).__name__} {one.name}", {column.name for column in one.columns})
        for one in table.constraints
        if isinstance(one, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
    ]
    keys += [
        (f"{table.name}: unique index {index.name}", {column.name for column in index.columns})
        for index in table.indexes
        if index.unique
    ]
    keys += [
        (f"{table.name}: foreign key {key.name}", set(key.column_keys))
        for key in table.foreign_key_constraints
        if key.referred_table.name not in SMALL
    ]
    return [name for name, columns in keys if "project_id" not in columns]


def mismatched_keys(table: sa.Table) -> list[str]:
    """Foreign keys whose project_id does not point to the other's project_id."""
    return [
        f"{table.name}: {key.name}"
        for key in table.foreign_key_constraints
        if key.referred_table.name not in SMALL
        and not any(
            element.parent.name == element.column.name == "project_id" for element in key.elements
        )
    ]


def test_every_key_of_a_large_table_carries_project_id() -> None:
    tables = large_tables(Base.metadata)
    assert len(tables) >= 10
    assert [name for table in tables for name in crossing_keys(table)] == []
    assert [name for table in tables for name in mismatched_keys(table)] == []


def test_small_tables_are_there_and_refer_to_small_ones_alone() -> None:
    """A small table that pointed to a large one could not be copied to every node."""
    assert set(Base.metadata.tables) >= SMALL
    for name in SMALL:
        referred = Base.metadata.tables[name].foreign_key_constraints
        assert {key.referred_table.name for key in referred} <= SMALL


def test_a_key_across_projects_is_seen() -> None:
    metadata = sa.MetaData()
    sa.Table(
        "records",
        metadata,
        sa.Column("project_id", primary_key=True),
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("code", sa.String, unique=True),
    )
    wrong = sa.Table(
        "parts",
        metadata,
        sa.Column("project_id", sa.Integer),
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("of", sa.Integer),
        sa.Index("uq_parts_of", "of", unique=True),
        sa.ForeignKeyConstraint(["of"], ["records.pk"], name="fk_of"),
    )
    assert len(crossing_keys(metadata.tables["records"])) == 1
    assert len(crossing_keys(wrong)) == 3
    assert mismatched_keys(wrong) == ["parts: fk_of"]
