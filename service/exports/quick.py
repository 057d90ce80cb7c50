"""The way of nearly all records from XML to a row: flat text, no attributes below the root, nothing
escaped. Pure.

A tree costs more than all else that a row needs: here one regular expression cuts the text into
tags and what follows them. Only what a parser has taken before comes here, so tags are balanced;
whatever is out of the ordinary (attributes, references, comments, CDATA, line ends of Windows) is
`Unusual` and goes by way of the parser, whose answer is the same
(`tests/unit/exports/test_quick.py`).
"""

from __future__ import annotations

import re

_ROOT = re.compile(r"\ufeff?(?:<\?xml[^<>]*\?>)?\s*<([^<>]*[^<>/])>")
_ODD = re.compile(
    "&|]]>|<[!?]|<[^<>]*[\\s\"'=]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\ufffe\uffff\ud800-\udfff]"
)
_TOKEN = re.compile(r"<([^<>]+)>([^<]*)")
Token = tuple[str, str]
"""`name`, `name/` or `/name`; and the text after it."""


class Unusual(Exception):  # noqa: N818 - nothing is wrong with it
    """Ask the parser."""


def tokens(xml: bytes) -> list[Token]:
    """Of all that is inside the root element, its end included. Raises Unusual."""
    try:
        text = xml.decode()
    except UnicodeDecodeError:
        raise Unusual from None
    root = _ROOT.match(text)
    if root is None or root[1].count('"') % 2 or "'" in root[1] or "encrypted" in root[1]:
        raise Unusual
    if _ODD.search(text, root.end()):
        raise Unusual
    return _TOKEN.findall(text, root.end())


def skip(found: list[Token], at: int) -> int:
    """Behind the end of the element whose beginning stands before `at`."""
    depth = 1
    while depth:
        tag = found[at][0]
        at += 1
        if tag[0] == "/":
            depth -= 1
        elif tag[-1] != "/":
            depth += 1
    return at
