"""Questions that wait for one another: JavaRosa opens no form in which there are any.

Its rule (TriggerableDag) counts an expression's target as moved by everything it refers to, whether
a value, its relevance, its being required or read-only moves; relevance moves all that is inside,
too. Constraints, choice filters and counts of repeats move nothing.
"""

from __future__ import annotations

import graphlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from service.forms.expressions import Expression
from service.forms.namespaces import Path, children, local_name

_MOVES = frozenset({"relevant", "calculation", "required", "readonly"})
_Node = tuple[str, Path]
"""("is", path), or ("in", path): everything inside."""


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """`names` of the questions, the first one again last."""

    expression: Expression
    """The first one of them in the form."""
    names: tuple[str, ...]


def find(primary: etree._Element, expressions: Iterable[Expression]) -> Cycle | None:
    """A cycle, if there is one. `expressions`: of binds."""
    graph: dict[_Node, dict[_Node, None]] = {}  # in order: the same words at each try
    because: dict[tuple[_Node, _Node], Expression] = {}
    for before, after in _inside(primary, (local_name(primary),)):
        graph.setdefault(after, {})[before] = None
    for one in expressions:
        if one.column not in _MOVES or one.read is None:
            continue
        after = ("in" if one.column == "relevant" else "is", one.path)
        for reference in one.read.references:
            if reference.instance is None:
                graph.setdefault(after, {})[("is", reference.path)] = None
                because.setdefault((("is", reference.path), after), one)
    return _told(graph, because)


def _inside(node: etree._Element, path: Path) -> Iterator[tuple[_Node, _Node]]:
    """What is in a group moves with it."""
    yield ("in", path), ("is", path)
    for child in children(node):
        at = (*path, local_name(child))
        yield ("in", path), ("in", at)
        yield from _inside(child, at)


def _told(
    graph: Mapping[_Node, Iterable[_Node]], because: Mapping[tuple[_Node, _Node], Expression]
) -> Cycle | None:
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        nodes: list[_Node] = error.args[1]
        pairs = set(itertools.pairwise(nodes))
        first = next(one for pair, one in because.items() if pair in pairs)
        names = [path[-1] for kind, path in nodes if kind == "is" and path]
        start = names.index(first.path[-1]) if first.path[-1] in names else 0
        turned = dict.fromkeys([*names[start:], *names[:start]])
        return Cycle(expression=first, names=(*turned, *list(turned)[:1]))
    return None
