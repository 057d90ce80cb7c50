"""Which files a form expects beside it, each name once, in document order and in NFC, as files are
called here however the form spells them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import normalize

from lxml import etree

from service.forms.namespaces import children, local_name

LAST_SAVED = "jr://instance/last-saved"
"""The phone's own last record: no file."""

_PULLDATA = re.compile(r"pulldata\(\s*['\"]([^'\"]+)['\"]")
_SEARCH = re.compile(r"search\(\s*['\"]([^'\"]+)['\"]")


def expected_files(
    model: etree._Element, body: etree._Element, primary: etree._Element
) -> tuple[str, ...]:
    """`primary` is the root of the primary instance."""
    names = [
        *_sources(model),
        *_media_of_labels(model),
        *(_after_jr(node.text or "") for node in primary.iter() if isinstance(node.tag, str)),
        *_named_in_expressions(model, _PULLDATA),
        *_named_in_expressions(body, _PULLDATA),
        *_named_in_expressions(body, _SEARCH),
    ]
    if any(node.get("query") for node in body.iter() if isinstance(node.tag, str)):
        names.append("itemsets.csv")
    return tuple(dict.fromkeys(normalize("NFC", name) for name in names if name))


def _after_jr(text: str) -> str:
    """`jr://images/a.png` -> a.png; anything else names no file."""
    text = text.strip()
    return text.rpartition("/")[2] if text.startswith("jr://") and text != LAST_SAVED else ""


def _sources(model: etree._Element) -> Iterator[str]:
    for node in children(model):
        if local_name(node) == "instance":
            yield _after_jr(node.get("src", ""))


def _media_of_labels(model: etree._Element) -> Iterator[str]:
    for block in children(model):
        if local_name(block) == "itext":
            for value in block.iter():
                if isinstance(value.tag, str) and value.get("form") is not None:
                    yield _after_jr(value.text or "")


def _named_in_expressions(scope: etree._Element, call: re.Pattern[str]) -> Iterator[str]:
    for node in scope.iter():
        if isinstance(node.tag, str):
            for expression in node.attrib.values():
                for name in call.findall(str(expression)):
                    yield name if name.endswith(".csv") else f"{name}.csv"
