"""What an XPath expression calls and what it refers to, as JavaRosa reads it.

No evaluation, no grammar (that is `expressions.is_xpath`): a walk over the tokens that follows
paths through their filters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from service.forms.namespaces import Path

MAX_DEPTH = 100
"""Of brackets. Further ones are no work of people."""

_TOKEN = re.compile(
    r"""(?P<literal>"[^"]*"|'[^']*')"""
    r"""|(?P<number>\d+(?:\.\d*)?|\.\d+)"""
    r"""|(?P<name>[^\s()\[\]@,/.*+\-=<>|$!"':\d][^\s()\[\]@,/*+=<>|$!"':]*"""
    r"""(?::[^\s()\[\]@,/.*+\-=<>|$!"':\d][^\s()\[\]@,/*+=<>|$!"':]*)?)"""
    r"""|(?P<mark>\.\.|::|//|!=|<=|>=|\S)"""
)
_OPERATORS = frozenset({"and", "or", "div", "mod"})
_NODE_TESTS = frozenset({"node", "text", "comment", "processing-instruction"})
_END = ("end", "")


class TooDeepError(ValueError):
    """More brackets within brackets than anybody writes."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A path from the root (its name included), without prefixes and filters."""

    path: Path
    instance: str | None = None
    """The secondary instance in which it is; None: the record itself."""


@dataclass(kw_only=True)
class Read:
    """Names of functions, and references, in the order in which they stand."""

    functions: list[str] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)


def read(expression: str, context: Path = ()) -> Read:
    """`context`: of the question whose expression it is. Raises TooDeepError."""
    reader = _Reader(expression, Reference(path=context))
    while reader.kind != "end":
        reader.expression(reader.home, 0)
        reader.at += 1
    return reader.found


class _Reader:
    def __init__(self, expression: str, home: Reference) -> None:
        self.home, self.found, self.at = home, Read(), 0
        self._tokens = [(m.lastgroup or "", m[0]) for m in _TOKEN.finditer(expression)]

    @property
    def kind(self) -> str:
        return self._token(0)[0]

    @property
    def text(self) -> str:
        return self._token(0)[1]

    def _token(self, ahead: int) -> tuple[str, str]:
        at = self.at + ahead
        return self._tokens[at] if at < len(self._tokens) else _END

    def expression(self, context: Reference, depth: int) -> None:
        """Up to the bracket that closes it."""
        if depth > MAX_DEPTH:
            raise TooDeepError
        after_operand = False
        while self.kind != "end" and self.text not in (")", "]"):
            kind, text = self.kind, self.text
            is_operator = after_operand and (text in _OPERATORS or text == "*")
            if text in ("(", "["):
                self._bracket(context, depth)
                after_operand = True
            elif not is_operator and (kind == "name" or text in ("/", "//", ".", "..", "@", "*")):
                self._path(context, depth)
                after_operand = True
            else:
                after_operand = kind in ("literal", "number")
                self.at += 1

    def _bracket(self, context: Reference, depth: int) -> None:
        self.at += 1
        self.expression(context, depth + 1)
        self.at += 1

    def _path(self, context: Reference, depth: int) -> None:
        start: Reference | None = context
        if self.text == "/":
            start, self.at = Reference(path=()), self.at + 1
        elif self._is_call():
            start = self._call(context, depth)
            if self.text == "[":
                self._bracket(start or context, depth)
            if self.text != "/":
                return
            self.at += 1
        self._steps(start, context, depth)

    def _is_call(self) -> bool:
        is_name = self.kind == "name" and self._token(1)[1] == "("
        return is_name and self.text not in _NODE_TESTS

    def _call(self, context: Reference, depth: int) -> Reference | None:
        """Where a path goes on that begins with the function; None: nobody knows."""
        name, argument = self.text, self._token(2)
        self.found.functions.append(name)
        self.at += 1
        self._bracket(context, depth)
        if name == "current":
            return self.home
        if name == "instance" and argument[0] == "literal":
            return Reference(path=(), instance=argument[1][1:-1])
        return None

    def _steps(self, start: Reference | None, context: Reference, depth: int) -> None:
        """From `start`; where that is None or a step is of a kind of which we know nothing, the
        filters alone are read."""
        path = None if start is None else list(start.path)
        instance = None if start is None else start.instance
        while True:
            kind, text = self.kind, self.text
            if text == ".." and path is not None:
                del path[-1:]
            elif kind == "name" and self._token(1)[1] not in ("::", "(") and path is not None:
                path.append(text.rpartition(":")[2])
            elif text != ".":
                path = None
            if kind == "end" or text in (")", "]", ","):
                break
            self.at += 1
            if kind == "name" and self.text == "(":
                self._bracket(context, depth)
            while self.text == "[":
                here = context if path is None else Reference(path=tuple(path), instance=instance)
                self._bracket(here, depth)
            if self.text not in ("/", "::", "//") and text not in ("//", "::", "@"):
                break
            self.at += self.text == "/"
        if path is not None:
            self.found.references.append(Reference(path=tuple(path), instance=instance))
