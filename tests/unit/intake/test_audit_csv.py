"""Logs of Collect are read, whatever release wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.intake.readers import audit_csv
from service.intake.readers.audit_csv import COLUMNS, MOST_IN_QUOTES, Event

PLAIN = dict.fromkeys(Event._fields, "")


def read(data: bytes) -> list[Event]:
    return [one.event for one in audit_csv.read(data)]


def event(**given: str) -> Event:
    return Event(**{**PLAIN, **given})


def test_c77_the_four_columns_of_every_release() -> None:
    log = (
        b"event,node,start,end\nform start,,1540931694189,\n"
        b"question,/data/q1,1540931694200,1540931701000\n"
    )
    assert list(read(log)) == [
        event(event="form start", start="1540931694189"),
        event(event="question", node="/data/q1", start="1540931694200", end="1540931701000"),
    ]


def test_c77_a_byte_order_mark_windows_lines_and_columns_in_another_order() -> None:
    log = (
        "\ufeffNode, Event ,user,old-value,new-value,start,end,"
        "latitude,longitude,accuracy,later\r\n"
        '/data/q1,question,សុខ,"ក, ""ខ""\nគ",ង,1,2,13.1,103.2,4.5,?\r\n'
    )
    assert list(read(log.encode())) == [
        event(
            event="question", node="/data/q1", user="សុខ", old_value='ក, "ខ"\nគ', new_value="ង",
            start="1", end="2", latitude="13.1", longitude="103.2", accuracy="4.5",
        )
    ]  # fmt: skip


def test_c77_short_rows_long_rows_and_empty_ones() -> None:
    log = (
        b"event,node,start,end,old-value\n\nend screen\n"
        b"question,/data/q,1,2,a,b,c\n,,,\nform exit,,9,"
    )
    assert list(read(log)) == [
        event(event="end screen"),
        event(event="question", node="/data/q", start="1", end="2", old_value="a"),
        event(event="form exit", start="9"),
    ]


def test_c77_a_quotation_mark_alone_swallows_nothing() -> None:
    log = (
        b'event,node,old-value\nquestion,/data/q,5" pipe\nquestion,/data/r,"open\nthe next one,,\n'
    )
    assert [one.event for one in read(log)] == ["question", "question", "the next one"]
    assert [one.old_value for one in read(log)] == ['5" pipe', '"open', ""]
    long = "x" * (MOST_IN_QUOTES + 1)
    far = f'event,old-value\na,"{long}\nb,"\n'.encode()
    assert [one.event for one in read(far)] == ["a", "b"]


@pytest.mark.parametrize(
    ("rows", "sure"),
    [
        ('question,/data/a,"x, ""y""",z,w\n', [True]),
        ('question,/data/a,"ok,z,w\nquestion,/data/b,c,d,e\n', [True, True]),
        ('question,/data/a,"ok,z,w\nquestion,/data/b,2",d,e\n', [False]),  # two rows, or one
        ('question,/data/a,"x,y",w\n', [False]),  # what is the last cell?
        ('question,/data/a,"x\ny",z,w\n', [False]),
        ("question,/data/a\nquestion,/data/b,x,y,z,w\n", [True, True]),
    ],
)
def test_s44_a_row_whose_marks_may_belong_to_several_cells_is_not_sure(
    rows: str, sure: list[bool]
) -> None:
    log = f"event,node,old-value,new-value,user\n{rows}".encode()
    assert [one.is_sure for one in audit_csv.read(log)] == sure


@pytest.mark.parametrize("log", [b"", b"\n\n", b"\xff\xfe\x00", b"a,b\n1,2\n", b"\x00" * 50])
def test_c77_what_is_no_log_has_no_events(log: bytes) -> None:
    assert list(read(log)) == []


def test_the_columns_are_those_that_collect_writes() -> None:
    assert COLUMNS == (
        "event", "node", "start", "end", "latitude", "longitude", "accuracy", "old-value",
        "new-value", "user", "change-reason",
    )  # fmt: skip


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufeff"), max_size=8)


@given(st.lists(st.tuples(*[CELL] * len(COLUMNS)).filter(any), max_size=5))
def test_c77_what_is_quoted_as_it_should_be_comes_back(rows: list[tuple[str, ...]]) -> None:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    lines = [COLUMNS, *rows]
    log = "".join(",".join(map(cell, line)) + "\n" for line in lines)
    assert [tuple(one) for one in read(log.encode())] == rows


@given(st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_read_to_its_end(log: bytes) -> None:
    list(read(b"event,node\n" + log))
