"""Facts as columns of small numbers: rows are added and struck, never moved."""

from __future__ import annotations

import numpy as np
import pytest

from service.indicators.apart import told_apart
from service.indicators.columns import Kind, Row, Store, homes

A, B, C = (bytes([n]) * 15 + b"\0" for n in (1, 2, 3))
"""Keys that end in a zero, which numpy's texts lose."""


def row(key: bytes, *, first: bool = True, place: str = "02|0201|020101") -> Row:
    return (key, first, place, "2026-05-04", "received|yes|", "0" * 16, 1, *["f|18"] * 7)


def standing(store: Store) -> list[bool]:
    return store.columns[Kind.PERSON]["stands"].tolist()


def test_rows_of_what_changed_are_struck_once_and_its_new_ones_go_to_the_end() -> None:
    store = Store()
    store.add(Kind.PERSON, [row(A), row(A, first=False), row(B)], is_late=False)
    store.add(Kind.PERSON, [row(C)], is_late=False)
    store.close()
    columns = store.columns[Kind.PERSON]
    assert columns["unit"].tolist() == [0, 0, 1, 2]
    store.strike([A, b"?" * 16])
    store.add(Kind.PERSON, [row(A)])
    assert standing(store) == [False, False, True, True, True]
    store.strike([A])
    store.strike([A])
    assert standing(store) == [False, False, True, True, False]
    assert [piece.tolist() for piece in columns.struck] == [[0, 1], [4]]


def test_numbers_grow_wider_with_their_codes() -> None:
    store = Store()
    store.add(Kind.PERSON, [row(bytes([0, n // 256, n % 256]) * 5 + b"x") for n in range(3)])
    columns = store.columns[Kind.PERSON]
    assert columns["place"].dtype == np.uint8
    for n in range(300):
        store.add(Kind.PERSON, [row(n.to_bytes(16, "big"), place=f"{n}||")])
    assert columns["place"].dtype == np.uint16
    assert columns["place"].tolist() == [0, 0, 0, *range(1, 301)]


def test_households_are_told_by_all_of_their_stand_in() -> None:
    told = ["0" * 16, "f" * 16, "", "h1", "0" * 15 + "1", "0" * 15]
    assert len(set(homes(told).tolist())) == 6
    assert homes(told)[0] == homes(["0" * 16])[0]


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        ([("a", 1), ("a", 1), ("a", 2)], (1, 2)),  # the fullest visit
        ([("a", 1), ("b", 2), ("b", 3), ("b", 3)], (2, 3)),
    ],
)
def test_of_each_household_the_fullest_visit_counts(
    visits: list[tuple[str, int]], expected: tuple[int, int]
) -> None:
    keys = np.zeros(len(visits), np.int64)
    lived = homes([name for name, _ in visits])
    found, households, people = told_apart(keys, lived, np.array([at for _, at in visits]))
    assert (found.tolist(), households.tolist(), people.tolist()) == ([0], *([n] for n in expected))
