"""`$filter`: what is understood, what is unsupported (501), what is broken (400)."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.foundation.formats.odata_filter import (
    Call,
    Compared,
    Joined,
    Literal,
    Name,
    Negated,
    Ordered,
    names,
    parse,
    parse_order,
)
from service.foundation.problems import Problem


def test_and_binds_stronger_than_or_and_not_strongest() -> None:
    found = parse("a eq 1 or not b eq 2 and c eq 3")
    assert isinstance(found, Joined)
    assert found.operator == "or"
    assert isinstance(found.right, Joined)
    assert found.right.operator == "and"
    assert isinstance(found.right.left, Negated)


def test_values() -> None:
    found = parse("year(__system/submissionDate) ge 2026")
    assert found == Compared(
        operator="ge",
        left=Call(function="year", argument=Name(path="__system/submissionDate")),
        right=Literal(value=2026),
    )
    moment = parse("a lt 2026-11-22T08:00:00.000+07:00")
    assert isinstance(moment, Compared)
    assert moment.right == Literal(value=dt.datetime(2026, 11, 22, 1, tzinfo=dt.UTC))
    assert parse("a eq 'it''s'").right == Literal(value="it's")  # type: ignore[union-attr]
    assert parse("a eq null").right == Literal(value=None)  # type: ignore[union-attr]
    assert parse("a lt now()").right == Call(function="now")  # type: ignore[union-attr]


def test_the_fields_that_are_named() -> None:
    found = parse("not (year(a) eq 1 or $root/Submissions/b ne 'c')")
    assert list(names(found)) == ["a", "$root/Submissions/b"]


@pytest.mark.parametrize(
    "text",
    [
        "contains(a,'b')",
        "a add 1 eq 2",
        "a has 'b'",
        "a in (1,2)",
        "length(a) eq 1",
        "a mod 2 eq 1",
    ],
)
def test_c85_what_others_may_know_is_unsupported(text: str) -> None:
    with pytest.raises(Problem) as raised:
        parse(text)
    assert raised.value.kind.status == 501


@pytest.mark.parametrize(
    "text",
    [
        "a eq", "eq 1", "a eq 1 and", "(a eq 1", "a eq 1)", "a", "'x'", "a eq 'b", "a ! b", "not a",
        "a eq 2026-13-45T00:00:00Z", "a eq 1 b eq 2", "and", "a eq 1 or b", "year() eq 1",
        "(" * 200,
        "a eq (b)" * 900,
    ],
)  # fmt: skip
def test_c85_what_is_no_expression_is_broken(text: str) -> None:
    with pytest.raises(Problem) as raised:
        parse(text)
    assert raised.value.kind.status == 400


def test_c85_it_may_be_percent_encoded_once_more_as_by_ruodk() -> None:
    """Its `entitylist_download(filter = …)` does, and Central's parser reads blanks as `%20`."""
    said = "__system/createdAt ge 2026-03-02T05:00:00Z and (__id ne 'a%20b')"
    assert parse(quote(said, safe="")) == parse(said)
    assert "a%20b" in repr(parse(said)), "what has blanks is read as it is"


@given(st.text(alphabet="ab12 ()'/$.,eqltandornotnull:-TZ", max_size=60))
def test_whatever_is_written_is_a_tree_or_a_problem(text: str) -> None:
    status = None
    try:
        parse(text)
    except Problem as problem:
        status = problem.kind.status
    assert status in (None, 400, 501)


def test_orders() -> None:
    assert parse_order("a desc, b") == [
        Ordered(path="a", is_descending=True),
        Ordered(path="b", is_descending=False),
    ]
    with pytest.raises(Problem):
        parse_order("a upwards")
