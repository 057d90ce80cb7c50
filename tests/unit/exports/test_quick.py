"""The quick way from XML to rows says what the parser says, or that it cannot say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from service.exports.layout import layout_of
from service.exports.quick import Unusual
from service.exports.record import Plan, Rows
from service.forms import xform
from service.forms.schema import Sensitivity
from service.foundation.formats import safe_xml
from tests.pulled_form import FULL, ONE, form_xml, record

SCHEMA = xform.read(form_xml().encode())
PLANS = [
    Plan(layout_of(SCHEMA), SCHEMA, seen)
    for seen in (frozenset(Sensitivity), frozenset({Sensitivity.OPEN, Sensitivity.CODED}))
]


def quickly(plan: Plan, xml: str) -> Rows | None:
    try:
        return plan.read_quickly(xml.encode())
    except Unusual:
        return None


def slowly(plan: Plan, xml: str) -> Rows:
    return plan.read(safe_xml.Again().parse(xml.encode()))


def test_an_ordinary_record_goes_the_quick_way() -> None:
    xml = "<?xml version='1.0' ?>\n" + record(ONE, inside=FULL)
    for plan in PLANS:
        assert quickly(plan, xml) == slowly(plan, xml)
        assert slowly(plan, xml).inner
    assert quickly(PLANS[0], xml) is not None


INSIDE = [
    "<place>a &amp; b</place>", "<place>a<!-- b -->c</place>", "<place><![CDATA[<x>]]></place>",
    "<place>a\r\nb</place>", '<place x="1">a</place>', "<place> </place>", "<place/>", "<place />",
    "<place>a<b>c</b></place>", "<place>1 > 2</place>", "<who/>", "<who> <age>1</age> </who>",
    "<x><place>no</place></x><place>yes</place>", "<x/><place>yes</place>", "<child/>",
    "<child><toy/><toy><kind>a</kind></toy></child>", "<place>1</place><place/>",
    '<child xmlns:jr="http://openrosa.org/javarosa" jr:template=""><age>1</age></child>',
    "<orx:place xmlns:orx='http://openrosa.org/xforms'>a</orx:place>", "<?p place?>", "text",
    "<place>a\u00a0\u2028b\u0085</place>", "<place>\ufeff</place>", "<child>stray</child>",
    "<help>\n ramp\tchair </help>", "<place>😀ខ្មែរ</place>",
]  # fmt: skip


@pytest.mark.parametrize("inside", INSIDE)
def test_what_is_out_of_the_ordinary_is_as_the_parser_has_it(inside: str) -> None:
    for plan in PLANS:
        xml = record(ONE, inside=inside)
        assert quickly(plan, xml) in (None, slowly(plan, xml))


@pytest.mark.parametrize(
    "xml",
    [
        '<data a="x>y"><place>z</place></data>',
        "<data a='\">'><place>z</place></data>",
        '<d:data xmlns:d="u" id="x"><d:place>z</d:place></d:data>',
        "<data/>",
        "\ufeff<data><place>z</place></data>",
        "<!-- <data> --><data><place>z</place></data>",
        "<data><place>z</place></data><!-- x -->",
    ],
)
def test_roots_of_every_kind(xml: str) -> None:
    for plan in PLANS:
        assert quickly(plan, xml) in (None, slowly(plan, xml))


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6) | st.sampled_from(
    ["a", " ", "\n", "&lt;", "]]>", ">", "<!--c-->", "<place/>", "<q>1</q>", "\r", "\t"]
)
NAMES = st.sampled_from(["place", "help", "who", "age", "child", "toy", "kind", "name", "x:place"])
ELEMENTS = st.recursive(
    TEXT,
    lambda inner: st.builds(
        lambda name, held: f"<{name}>{''.join(held)}</{name}>", NAMES, st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(ELEMENTS, max_size=5))
def test_both_ways_say_the_same(inside: list[str]) -> None:
    xml = f'<data xmlns:x="u" id="a">{"".join(inside)}</data>'
    try:
        safe_xml.parse(xml.encode())
    except safe_xml.XmlRefused:
        return  # never stored
    for plan in PLANS:
        found = quickly(plan, xml)
        assert found is None or found == slowly(plan, xml)


def test_the_parser_is_asked_where_it_must_be() -> None:
    etree.fromstring(record(ONE, inside="<place>a &amp; b</place>"))
    assert quickly(PLANS[0], record(ONE, inside="<place>a &amp; b</place>")) is None
