"""Projected facts and stored facts are the same columns."""

from __future__ import annotations

import msgspec
import pytest

from service.facts import kinds, tables


@pytest.mark.parametrize("kind", ["Household", "Consent", "Person", "Need", "Signature"])
def test_fields_are_the_columns_of_the_table(kind: str) -> None:
    fields = {field.name for field in msgspec.structs.fields(getattr(kinds, kind))}
    assert fields == {column.name for column in getattr(tables, kind).__table__.columns}
