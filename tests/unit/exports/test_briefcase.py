"""Keys as clients print them, cursors, and a walk that passes nothing by."""

from __future__ import annotations

import datetime as dt
import random
import uuid

import pytest
from lxml import etree

from service.exports.briefcase import (
    MOST_UNSETTLED,
    Listed,
    Marks,
    MediaFile,
    Start,
    Unsettled,
    id_chunk,
    next_page,
    read_cursor,
    read_key,
    submission,
    write_cursor,
)
from service.foundation.problems import Problem

FIRST = uuid.UUID(int=0)
ID = "uuid:00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("[@version=Optional[3] and @uiVersion=null]", "3"),
        ("[@version=Optional.empty and @uiVersion=null]", None),
        ("[@version=null and @uiVersion=null]", None),
        ("[@version=3 and @uiVersion=null]", "3"),
        ("[@version=3]", "3"),
        ("[@version=Optional[a [b] and c] and @uiVersion=null]", "a [b] and c"),
        ("[@version= and @uiVersion=null]", ""),
    ],
)
@pytest.mark.parametrize(
    "form_id", ["wash", "http://a.example/x[@version=1]/y", "ផ្ទះ visit", "a/b"]
)
def test_c82_keys_are_read_from_the_right(printed: str, version: str | None, form_id: str) -> None:
    found = read_key(f"{form_id}{printed}/data[@key={ID}]")
    assert (found.form_id, found.version, found.instance_id) == (form_id, version, ID)


def test_c82_a_key_may_name_no_version() -> None:
    found = read_key(f"a/b/data[@key={ID}]")
    assert (found.form_id, found.version, found.instance_id) == ("a/b", None, ID)


@pytest.mark.parametrize(
    "text", ["", "wash", "wash/data", "[@key=a]", "wash/data[@key=a", "a\0/b[@key=c]"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        read_key(text)


def test_a_cursor_comes_back_as_it_was_told() -> None:
    held = Unsettled(since=uuid.UUID(int=7), count=3, digest="ab")
    told = write_cursor("2026-11-27T01:02:03.004Z", "uuid:<&>", held)
    inside = etree.fromstring(id_chunk([], told)).findtext("{*}resumptionCursor")
    assert inside == told, "XML inside XML is escaped"
    found = read_cursor(told)
    assert found is not None
    assert (found.instance_id, found.unsettled) == ("uuid:<&>", held)
    assert found.at == dt.datetime(2026, 11, 27, 1, 2, 3, 4000, dt.UTC)
    names = [etree.QName(one).localname for one in etree.fromstring(told)]
    assert names[:4] == [
        "attributeName", "attributeValue", "uriLastReturnedValue", "isForwardCursor",
    ]  # fmt: skip
    assert read_cursor("") is read_cursor("0") is None


def rows(*keys: int) -> list[Listed]:
    return [Listed(uuid.UUID(int=key), f"uuid:{key}") for key in sorted(keys)]


def test_no_more_than_so_many_are_remembered() -> None:
    many = rows(*range(1, MOST_UNSETTLED + 100))
    start = Start(after=FIRST, unsettled=None)
    page, held = next_page(start, many, len(many), FIRST)
    assert (len(page), held and held.count) == (len(many), MOST_UNSETTLED)
    assert held is not None
    assert [row for row in many if row.submission_pk > held.since] == many[-MOST_UNSETTLED:]


@pytest.mark.parametrize("seed", range(40))
def test_c81_whatever_the_order_of_commits_a_walk_tells_all(seed: int) -> None:
    """Keys are given in order; commits come up to WINDOW keys late; pages are of some size."""
    chance = random.Random(seed)
    window, number, wanted = 8, 120, chance.randint(1, 9)
    order = sorted(range(1, number + 1), key=lambda key: key + chance.uniform(0, window))
    seen: list[str] = []
    start, committed = Start(after=FIRST, unsettled=None), set[int]()

    def step() -> bool:
        nonlocal start
        found = [row for row in rows(*committed) if row.submission_pk > start.above]
        below = uuid.UUID(int=max(0, max(committed, default=0) - 2 * window))
        page, held = next_page(start, found[: start.rows(wanted)], wanted, below)
        seen.extend(row.instance_id for row in page)
        if page:
            start = Start(after=page[-1].submission_pk, unsettled=held)
        return bool(page)

    for key in order:
        committed.add(key)
        if chance.random() < 0.4:
            step()
    turns = 0
    while step():
        turns += 1
        assert turns < 10 * number, "it ends"
    assert set(seen) == {f"uuid:{key}" for key in range(1, number + 1)}
    assert not step(), "and stays ended"


def test_a_submission_is_a_record_its_marks_and_files() -> None:
    record = b'<wash xmlns:orx="http://openrosa.org/xforms" id="wash"><a>1</a><orx:meta/></wash>'
    marks = Marks(instance_id=ID, submission_date="2026-11-27T01:02:03.004Z", is_complete=True)
    file = MediaFile(name="a&b.jpg", md5="0" * 32, url="https://x.example/f?a=1&b=2")
    root = etree.fromstring(submission(record, marks, [file]))
    (told,) = root.find("{http://opendatakit.org/submissions}data")
    assert dict(told.attrib) == {
        "id": "wash",
        "instanceID": ID,
        "submissionDate": marks.submission_date,
        "isComplete": "true",
        "markedAsCompleteDate": marks.submission_date,
    }
    assert told.tag == "{http://opendatakit.org/submissions}wash"
    assert root.findtext("{*}mediaFile/{*}filename") == "a&b.jpg"
    assert root.findtext("{*}mediaFile/{*}hash") == f"md5:{'0' * 32}"
    assert root.findtext("{*}mediaFile/{*}downloadUrl") == file.url
