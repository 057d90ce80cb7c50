"""A record's XML in three: put together again it is what arrived, whatever it says."""

from __future__ import annotations

from dataclasses import replace
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.forms import xform
from service.intake import parting
from service.intake.parting import parted
from tests import survivors

SCHEMA = xform.read(survivors.form_xml().encode())
NAMES = sorted({*survivors.QUESTIONS, "stranger"})
META = b"<orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta>"


def record(inside: str | bytes, before: str = "") -> bytes:
    held = inside.encode() if isinstance(inside, str) else inside
    return (
        f"<?xml version='1.0' ?>{before}<data id=\"survivor\" version=\"1\""
        ' xmlns:orx="http://openrosa.org/xforms">'
    ).encode() + held + META + b"</data>"  # fmt: skip


def parts(inside: str) -> tuple[str, str]:
    apart = parted(record(inside), SCHEMA)
    identity, testimony = apart.parts
    assert apart.joined() == record(inside)
    assert identity is not None
    assert testimony is not None
    assert META in apart.rest
    for held in (*identity.split(b"\0"), *testimony.split(b"\0")):
        assert not held or held not in apart.rest
    return identity.decode().replace("\0", "|"), testimony.decode().replace("\0", "|")


def test_who_somebody_is_what_was_told_and_codes_lie_apart() -> None:
    told = "<name>សុខ</name><wish>ចង់&amp;បាន</wish><need>reh_prosthesis</need><age>44</age>"
    assert parts(told) == ("សុខ", "ចង់&amp;បាន")
    assert b"reh_prosthesis" in parted(record(told), SCHEMA).rest


@pytest.mark.parametrize(
    ("inside", "identity", "testimony"),
    [
        ("<name><![CDATA[<wish>a</wish>]]></name>", "<![CDATA[<wish>a</wish>]]>", ""),
        ("<name>So<!-- <x> -->k</name>", "So<!-- <x> -->k", ""),
        ("<name a='>'>Sok</name>", "Sok", ""),
        ("<wish/><name>Sok</name >", "Sok", ""),
        ("<other:name xmlns:other='x'>Sok</other:name>", "Sok", ""),
        ("<stranger>who knows</stranger>", "", "who knows"),
        ("<stranger><name>who</name></stranger>", "", "who"),
        ("<name>Sok</name>beside<!-- or here -->", "Sok", "beside<!-- or here -->"),
        ("<need>half<deep>whole</deep></need>", "", "half|whole"),
        ("<name></name><wish> </wish>", "", ""),
    ],
)
def test_whatever_stands_at_an_answer_goes_with_it(
    inside: str, identity: str, testimony: str
) -> None:
    assert parts(inside) == (identity, testimony)


answers = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@given(st.lists(st.tuples(st.sampled_from(NAMES), answers, st.booleans()), max_size=12))
def test_put_together_it_is_what_arrived(said: list[tuple[str, str, bool]]) -> None:
    inside = "".join(
        f"<{name}>{escape(text)}</{name}>\n" if is_full else f"<{name} a='{escape(text)[:0]}'/>"
        for name, text, is_full in said
    )
    xml = record(inside)
    apart = parted(xml, SCHEMA)
    assert apart.joined() == xml
    sealed = {number: b"sealed %d" % number for number, part in enumerate(apart.parts) if part}
    again = parting.unpacked(parting.packed(apart, sealed))
    assert again.parts == (sealed.get(0), sealed.get(1))
    assert replace(again, parts=apart.parts).joined() == xml


def test_of_what_is_not_at_hand_the_places_are_empty() -> None:
    apart = parted(record("<name>Sok</name><wish>a</wish><name>Mom</name><wish>b</wish>"), SCHEMA)
    identity, testimony = apart.parts
    assert (
        b"<name>Sok</name><wish></wish><name>Mom</name><wish></wish>"
        in replace(apart, parts=(identity, None)).joined()
    )
    assert (
        b"<name></name><wish>a</wish><name></name><wish>b</wish>"
        in replace(apart, parts=(None, testimony)).joined()
    )
