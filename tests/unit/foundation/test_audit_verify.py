"""S-48: whatever is done to a log is told, by its first entry that does not hold."""

from __future__ import annotations

import copy
import datetime as dt
import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.foundation.audit import Unsound, entry, read_heads, verify
from service.foundation.audit.canonical import (
    around_place,
    canonical,
    content,
    hash_at,
    hash_of,
    moment,
    plain,
)
from service.foundation.sealing import Signer
from tests import audit_logs
from tests.audit_logs import FORGER, SIGNER, a_file, a_head, an_entry, chained

KEYS = [SIGNER.public_key]
ENTRIES = [an_entry(seq) for seq in range(1, 8)] + [an_entry(seq, strand=3) for seq in range(1, 4)]
LINES = chained(ENTRIES)
EARLIER = a_head([*LINES[:4], *LINES[7:9]], at="2026-11-25T00:00:00.000000Z")
LAST = a_head(LINES)


def told(lines: list[bytes], kept: list[dict[str, Any]] | None = None, keys: Any = KEYS) -> str:
    with pytest.raises(Unsound) as raised:
        verify(lines, keys, kept or [])
    return str(raised.value)


def test_s48_a_whole_log_is_whole() -> None:
    found = verify(a_file([EARLIER, LAST], LINES), KEYS, [EARLIER])
    assert (found.project_id, found.entries, found.strands, found.heads) == (1, 10, 2, 2)
    assert found.newest_head == LAST["head"]["at"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("action", "user.sign_out"),
        ("actor_id", None),
        ("at", "2026-11-26T07:00:00.000000Z"),
        ("details", {}),
        ("entry_pk", "00000000-0000-7000-8000-000000000099"),
        ("subject", "8"),
    ],
)
def test_s48_a_changed_field_is_told(name: str, value: Any) -> None:
    lines = copy.deepcopy(LINES)
    lines[4]["entry"][name] = value
    assert "Entry 5 of strand 0 is not as it was written" in told(a_file([LAST], lines))


def test_s48_an_entry_removed_from_the_middle_is_told() -> None:
    lines = LINES[:2] + LINES[3:]
    assert "Entry 3 of strand 0 is missing" in told(a_file([LAST], lines))


def test_s48_swapped_entries_are_told() -> None:
    lines = [LINES[0], LINES[2], LINES[1], *LINES[3:]]
    assert "Entry 2 of strand 0 is missing" in told(a_file([LAST], lines))


def test_s48_an_inserted_entry_is_told() -> None:
    lines = [*LINES[:2], LINES[1], *LINES[2:]]
    assert "Entry 3 of strand 0 is missing: Entry 2" in told(a_file([LAST], lines))


def test_s48_an_inserted_entry_with_all_hashes_made_anew_is_told_by_a_head() -> None:
    anew = chained([an_entry(1), an_entry(2, subject="forged"), *map(an_entry, range(3, 9))])
    assert "strand 0 is not the one that the head" in told(a_file([LAST], anew + LINES[7:]))


def test_s48_an_entry_added_at_the_end_is_told() -> None:
    lines = chained([*ENTRIES, an_entry(4, strand=3)])
    assert "Entry 4 of strand 3 came after the newest signed head" in told(a_file([LAST], lines))


def test_s48_a_strand_added_is_told() -> None:
    lines = chained([*ENTRIES, an_entry(1, strand=9)])
    assert "Entry 1 of strand 9 came after" in told(a_file([LAST], lines))


def test_s48_a_cut_tail_is_told_by_the_head_in_the_file() -> None:
    assert "Entry 3 of strand 3 is missing" in told(a_file([LAST], LINES[:-1]))


def test_s48_a_tail_cut_with_its_heads_is_told_by_a_head_kept_elsewhere() -> None:
    shorter = [*LINES[:4], *LINES[7:9]]
    verify(a_file([EARLIER], shorter), KEYS)  # looks whole by itself
    words = told(a_file([EARLIER], shorter), kept=[LAST])
    assert "Entry 5 of strand 0 is missing" in words
    assert "newer than this export" in words


def test_s48_a_whole_strand_cut_away_is_told() -> None:
    assert "Entry 1 of strand 3 is missing" in told(a_file([a_head(LINES[:7])], LINES[:7]), [LAST])


def test_s48_a_log_written_anew_is_told_by_a_head_kept_elsewhere() -> None:
    """Even by whoever has the private key."""
    anew = chained([an_entry(1, subject="forged"), *ENTRIES[1:]])
    forged = a_file([a_head(anew)], anew)
    verify(forged, KEYS)
    assert "not the one that the head signed at" in told(forged, kept=[EARLIER])
    both = told(a_file([LAST, a_head(anew)], anew))
    assert "name different entries at Entry 7 of strand 0" in both


def test_s48_a_log_written_anew_with_another_key_is_told() -> None:
    anew = chained([an_entry(1, subject="forged"), *ENTRIES[1:]])
    assert "not with one you gave" in told(a_file([a_head(anew, FORGER)], anew))


def test_s48_a_head_with_a_changed_word_is_told() -> None:
    head = copy.deepcopy(LAST)
    head["head"]["at"] = "2026-11-27T00:00:00.000000Z"
    assert "is not as it was signed" in told(a_file([head], LINES))
    head = a_head(LINES)
    head["signature"] = EARLIER["signature"]
    assert "is not as it was signed" in told(a_file([head], LINES))


def test_a_head_whose_count_is_not_that_of_its_strands_is_told() -> None:
    assert "do not add up" in told(a_file([a_head(LINES, count=11)], LINES))


def test_a_head_of_an_older_key_holds_where_both_keys_are_given() -> None:
    earlier = a_head([*LINES[:4], *LINES[7:9]], FORGER)
    verify(a_file([earlier, LAST], LINES), [SIGNER.public_key, FORGER.public_key])


def test_s48_another_projects_entries_and_heads_are_told() -> None:
    other = chained([an_entry(1, project_id=2)])
    assert "is of project 2, not 1" in told(a_file([a_head(other)], other))
    assert "is of project 2" in told(a_file([a_head(LINES, project_id=2)], LINES))
    assert "None of the heads kept" in told(
        a_file([LAST], LINES), kept=[a_head(other, project_id=2)]
    )


def test_heads_of_other_projects_beside_the_right_one_are_no_matter() -> None:
    other = a_head(chained([an_entry(1, project_id=2)]), project_id=2)
    verify(a_file([LAST], LINES), KEYS, [other, EARLIER])


def test_a_file_without_a_head_vouches_for_nothing() -> None:
    assert "no signed head" in told(a_file([], LINES))
    assert "empty" in told([])


def test_what_is_added_beside_an_entry_is_told() -> None:
    lines = copy.deepcopy(LINES)
    lines[1]["note"] = "believe me"
    assert "something was added" in told(a_file([LAST], lines))


@pytest.mark.parametrize("line", [b"{", b"[]\n", b"7\n", b'{"entry":{}}\n', b"\xff\n", b"\n"])
def test_what_is_no_line_of_a_log_is_told(line: bytes) -> None:
    lines = a_file([LAST], LINES)
    assert "Line 5 is not" in told([*lines[:4], line, *lines[5:]])


def test_a_head_among_entries_is_told() -> None:
    lines = a_file([LAST], LINES)
    assert "among the entries" in told([*lines, lines[1]])


def test_another_form_of_the_file_is_told() -> None:
    lines = a_file([LAST], LINES)
    lines[0] = lines[0].replace(b'"form":1', b'"form":2')
    assert "another release" in told(lines)


def test_lines_may_have_been_through_the_mail() -> None:
    verify([line.replace(b"\n", b"\r\n") for line in a_file([LAST], LINES)], KEYS)


def test_kept_heads_are_read_as_lines_or_as_a_list() -> None:
    lines = b"".join(canonical(head) + b"\n" for head in (EARLIER, LAST))
    assert read_heads(lines) == read_heads(json.dumps([EARLIER, LAST]).encode()) == [EARLIER, LAST]
    with pytest.raises(Unsound):
        read_heads(b"{")
    assert "What was kept elsewhere" in told(a_file([LAST], LINES), kept=[{"head": {}}])


# --- canonical JSON -----------------------------------------------------------------------------
TEXTS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abz_", max_size=4), inner),
    max_leaves=8,
)


@given(VALUES)
def test_canonical_json_is_the_one_that_other_programs_write(value: Any) -> None:
    assert canonical(value) == audit_logs.canonical(value)


def test_canonical_json_escapes_only_what_it_must() -> None:
    """RFC 8785 §3.2.2.2."""
    assert canonical('ស é " \\ / \b\f\n\r\t \x01\x7f') == (
        "ស é".encode().join([b'"', b' \\" \\\\ / \\b\\f\\n\\r\\t \\u0001\x7f"'])
    )
    assert canonical({"b": 1, "a": None}) == b'{"a":null,"b":1}'


@given(TEXTS, st.integers(1, 2**31), st.integers(1, 2**53))
def test_hash_known_before_the_place_is_that_of_the_whole(
    subject: str, strand: int, seq: int
) -> None:
    said = entry(project_id=3, actor_id=None, action="a", subject=subject, count=[1, {"x": None}])
    whole = {**said, "strand": strand, "seq": seq}
    around = around_place(said)
    assert hash_at(b"p" * 32, around, strand, seq) == hash_of(b"p" * 32, content(whole))


def test_times_are_written_in_utc_with_microseconds() -> None:
    phnom_penh = dt.timezone(dt.timedelta(hours=7))
    assert moment(dt.datetime(2026, 1, 1, 7, tzinfo=phnom_penh)) == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize("value", [0.5, [1.0], {"x": {"y": 2.5}}, 2**53, {"ស": 1}])
def test_what_databases_do_not_give_back_exactly_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="audit log"):
        plain(value)


def test_identifiers_in_details_are_texts() -> None:
    said = entry(project_id=1, actor_id=1, action="a", subject=1, key=uuid.UUID(int=1))
    assert said["details"] == {"key": "00000000-0000-0000-0000-000000000001"}


def test_a_private_key_is_not_printed() -> None:
    assert "5e5e" not in repr(Signer("5e" * 32))
