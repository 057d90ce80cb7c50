"""Codes, and how a signature stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.facts.codes import LINE_STATUS
from service.treaty import receipts
from service.treaty.status import Standing, Status, next_line, status_of

FINE = Standing(told="valid", may_count=True)


def test_a_code_is_read_however_it_is_typed() -> None:
    code = receipts.code_of(bytes(range(7, 23)))
    plain = receipts.plain(code)
    assert plain == code.replace("-", "")
    assert len(plain or "") == 16
    assert receipts.plain(f" {code.lower().replace('-', ' ')} ") == plain
    assert receipts.plain(code.replace("0", "O").replace("1", "l")) == plain


@pytest.mark.parametrize(
    "typed", ["", "7K3M-9QRT-04XW", "ក" * 16, "7K3M" * 5, "7K3M-9QRT-04XW-JB8!"]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert receipts.plain(typed) is None


def test_two_lines_of_one_signature_share_nothing_that_the_log_shows() -> None:
    first, second = receipts.commitment("A" * 16, 0), receipts.commitment("A" * 16, 1)
    assert first != second
    assert receipts.line(first, None, Status.VALID) == (
        b'{"commitment":"%s","was":null,"now":"valid"}' % first.hex().encode()
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Status.VALID),
        ({"told": "minor"}, Status.MINOR),
        ({"told": "illegible"}, Status.ILLEGIBLE),
        ({"told": "nonsense"}, Status.ILLEGIBLE),
        ({"told": "no_mark", "is_reconciled": False}, Status.NO_MARK),
        ({"may_count": False, "is_double": True}, Status.NOT_COUNTED),
        ({"is_taken_back": True, "may_count": False}, Status.WITHDRAWN),
        ({"is_of_campaign": False, "is_reconciled": False}, Status.OUT_OF_SCOPE),
        ({"is_reconciled": False, "is_suspected": True}, Status.UNRECONCILED),
        ({"is_double": True, "is_suspected": True}, Status.DUPLICATE_CONFIRMED),
        ({"is_suspected": True}, Status.DUPLICATE_SUSPECTED),
        ({"told": "minor", "is_suspected": True}, Status.DUPLICATE_SUSPECTED),
    ],
)
def test_the_first_reason_against_a_signature_decides(
    change: dict[str, object], expected: Status
) -> None:
    assert status_of(replace(FINE, **change)) is expected  # type: ignore[arg-type]


def test_the_log_speaks_of_whom_it_counted_and_of_nobody_else() -> None:
    assert next_line(None, Status.VALID)
    assert not next_line(None, Status.NO_MARK)
    assert next_line(Status.VALID, Status.NO_MARK)
    assert not next_line(Status.VALID, Status.VALID)


def test_every_status_of_a_line_is_known() -> None:
    assert LINE_STATUS.keys() == {*Status} - {Status.UNRECONCILED, Status.NOT_COUNTED}
