"""A record's XML in three: who somebody is, what somebody told, and the rest. Pure.

Each is sealed under a key of its own, so that one can be destroyed alone, and what is masked need
not be opened. Put together again they are the bytes that arrived: nothing is parsed and written
anew, texts are cut out where they stand. The XML was parsed before; what is cut is looked for in
its tags, which in well-formed XML without a DTD are easy to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from service.forms.classes import IDS, class_of
from service.forms.schema import Field, FormSchema, Sensitivity
from service.forms.tags import TAGS
from service.foundation.sealing import DataClass

MARK = b"\0parted1"
"""Before what is in parts. No XML in UTF-8 begins so."""
PARTS = (DataClass.IDENTITY, DataClass.TESTIMONY)
"""By their numbers."""
_PART_OF = {Sensitivity.IDENTITY: 0, Sensitivity.TESTIMONY: 1}
_TAG = re.compile(
    rb"<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>|(/)[^>]*>"
    rb"|(?:[^\s/>:]+:)?([^\s/>:]+)(?:[^\"'>]++|\"[^\"]*\"|'[^']*')*+>)",
    re.DOTALL,
)
"""Comments, CDATA and instructions whole; closing tags; opening ones, with their local name."""


STAND_INS = (b"\x01", b"\x02")
"""Where a text of each part was cut out. No XML holds these bytes, nor the one between texts."""
_BETWEEN = b"\x00"


@dataclass(frozen=True, kw_only=True)
class Parted:
    """`parts`: who somebody is, and what was told, as texts one after the other; None where a part
    is not at hand. What is left holds a stand-in for each text."""

    rest: bytes = field(repr=False)
    parts: tuple[bytes | None, bytes | None] = field(repr=False)

    def joined(self) -> bytes:
        """The XML as it came; without the texts of parts that are not at hand."""
        whole = self.rest
        for stand_in, part in zip(STAND_INS, self.parts, strict=True):
            around = whole.split(stand_in)
            if len(around) == 1:
                continue
            if part is None:
                whole = b"".join(around)
                continue
            pieces = [b""] * (2 * len(around) - 1)
            pieces[::2], pieces[1::2] = around, part.split(_BETWEEN)
            whole = b"".join(pieces)
        return whole


_Tree: TypeAlias = "dict[bytes, tuple[int | None, _Tree]]"
_TOLD: tuple[int | None, _Tree] = (1, {})
"""Of what the form does not name: told, until somebody knows better."""


def parted(xml: bytes, schema: FormSchema) -> Parted:
    """`schema` is of the very version that was filled in."""
    rest: list[bytes] = []
    parts: tuple[list[bytes], list[bytes]] = ([], [])
    at = 0
    for begins, ends, part in _texts(xml, _tree(schema)):
        rest += (xml[at:begins], STAND_INS[part])
        parts[part].append(xml[begins:ends])
        at = ends
    rest.append(xml[at:])
    identity, testimony = (_BETWEEN.join(part) for part in parts)
    return Parted(rest=b"".join(rest), parts=(identity, testimony))


def _texts(xml: bytes, tree: _Tree) -> Iterator[tuple[int, int, int]]:
    """(begin, end, part) of the texts to take out, in their order. What stands between the tags of
    a question goes with it whole, comments too; beside tags nothing does but white space."""
    levels: list[tuple[int | None, _Tree]] = [(None, tree)]
    since, is_leaf = 0, False
    for found in _TAG.finditer(xml):
        name, is_end = found[2], found[1] is not None
        if name is None and not is_end:
            continue  # a comment, CDATA or an instruction: part of a text
        part = levels[-1][0]
        if len(levels) > 1 and since < found.start():
            held = xml[since : found.start()]
            if not (is_end and is_leaf):
                part = 1 if held.strip() else None
            if part is not None and held.strip():
                yield since, found.start(), part
        since = found.end()
        if is_end:
            levels.pop()
            is_leaf = False
        elif xml[since - 2 : since] == b"/>":
            is_leaf = False
        else:
            levels.append((None, tree) if len(levels) == 1 else levels[-1][1].get(name, _TOLD))
            is_leaf = True


_trees: dict[int, tuple[FormSchema, _Tree]] = {}
_MOST_TREES = 256


def _tree(schema: FormSchema) -> _Tree:
    """Which part each question belongs to; remembered for this very schema object. Text in a group
    is nobody's answer."""
    held = _trees.get(id(schema))
    if held is None or held[0] is not schema:
        if len(_trees) >= _MOST_TREES:
            _trees.clear()
        tree: _Tree = {}
        for one in schema.fields:
            _plant(tree, one.path, _part_of(one))
        for path in IDS:
            _plant(tree, path, None)
        held = _trees[id(schema)] = (schema, tree)
    return held[1]


def _part_of(question: Field) -> int | None:
    """By class. A tag says that an answer is a code, a number or a day, whatever its type does:
    facts are computed from it, as long as it may be counted."""
    tag = TAGS.get(question.tag or "")
    is_code = tag is not None and tag.sensitivity in (Sensitivity.CODED, Sensitivity.OPEN)
    if is_code and not question.is_classed and not question.says_where:
        return None
    return _PART_OF.get(class_of(question))


def _plant(tree: _Tree, path: tuple[str, ...], part: int | None) -> None:
    *groups, name = (one.encode() for one in path)
    for group in groups:
        tree = tree.setdefault(group, (1, {}))[1]
    tree[name] = (part, tree.get(name, _TOLD)[1] or {})


# --- as it is kept ------------------------------------------------------------------------------
def packed(parted: Parted, sealed: Mapping[int, bytes]) -> bytes:
    """What is left, with the parts, each sealed by itself."""
    return MARK + msgspec.msgpack.encode((parted.rest, sealed.get(0), sealed.get(1)))


def unpacked(kept: bytes) -> Parted:
    """The parts are sealed still. Only for what `MARK` begins."""
    rest, identity, testimony = _decode(kept[len(MARK) :])
    return Parted(rest=rest, parts=(identity, testimony))


_decode = msgspec.msgpack.Decoder(tuple[bytes, bytes | None, bytes | None]).decode
