"""The data dictionary names every column of every fact, in both languages, and no other."""

from __future__ import annotations

import re

import pytest

from service.facts import dictionary, queries

KHMER = re.compile(r"[\u1780-\u17ff]")


@pytest.mark.parametrize("name", sorted(queries.TABLES))
def test_every_column_is_named_in_both_languages(name: str) -> None:
    columns = {column.name for column in queries.TABLES[name].columns}
    assert columns == dictionary.SHARED.keys() | dictionary.COLUMNS[name].keys()
    for one in (dictionary.SHARED | dictionary.COLUMNS[name]).values():
        assert one.label["en"].strip()
        assert KHMER.search(one.label["km"]), one.label["en"]


def test_every_kind_is_named() -> None:
    assert list(dictionary.KINDS) == list(queries.TABLES)
    assert dictionary.COLUMNS.keys() == queries.TABLES.keys()
    assert all(KHMER.search(label["km"]) for label in dictionary.KINDS.values())


def test_the_list_of_a_column_is_known() -> None:
    shown = dictionary.list_of("incidents", "outcome")
    assert shown is not None
    assert "amputation" in shown
    assert dictionary.list_of("persons", "age_years") is None
