"""`$filter` and `$orderby` of OData 4 -> a tree of values. Pure; nobody is asked what fields are.

What the grammar knows and Central's clients do not use (arithmetic, `contains`, lambdas) is
understood enough to be refused as unsupported (501); what is no expression at all is a mistake of
the caller (400).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import unquote

from service.foundation.problems import ODATA_UNPARSABLE, ODATA_UNSUPPORTED, Problem

COMPARISONS = frozenset({"lt", "le", "eq", "ne", "ge", "gt"})
PARTS = ("year", "month", "day", "hour", "minute", "second")
_OTHER_OPERATORS = frozenset({"has", "in", "add", "sub", "mul", "div", "divby", "mod"})
MOST_SIGNS = 4000
DEEPEST = 50


@dataclass(frozen=True, kw_only=True)
class Name:
    """A field, as the caller wrote it."""

    path: str


@dataclass(frozen=True, kw_only=True)
class Literal:
    value: str | int | Decimal | bool | dt.datetime | dt.date | None


@dataclass(frozen=True, kw_only=True)
class Call:
    """`now()`, or a part of a moment: `year(…)`."""

    function: str
    argument: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Compared:
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, kw_only=True)
class Joined:
    """`and`, `or`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, kw_only=True)
class Negated:
    of: Expression


Expression: TypeAlias = "Name | Literal | Call | Compared | Joined | Negated"

_BLANK = re.compile(r"\s")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<moment>\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+\-]\d\d:?\d\d)?)
    | (?P<date>\d{4}-\d\d-\d\d)(?![\w-])
    | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w-])
    | (?P<word>[$A-Za-z_@][\w$.@]*(?:/[$A-Za-z_][\w$.]*)*)
    | (?P<sign>[(),])
    )""",
    re.VERBOSE | re.ASCII,
)


def parse(text: str, name: str = "$filter") -> Expression:
    """`text` may be percent-encoded once more, as ruODK sends it and Central's parser takes it.
    Raises ODATA_UNPARSABLE, ODATA_UNSUPPORTED."""
    if not _BLANK.search(text):  # whatever compares has one
        text = unquote(text)
    if len(text) > MOST_SIGNS:
        raise Problem(ODATA_UNPARSABLE, name=name, reason=f"more than {MOST_SIGNS} signs")
    reader = _Reader(list(_tokens(text, name)), name)
    found = reader.disjunction(0)
    if reader.here is not None:
        raise reader.mistake()
    if not is_condition(found):
        raise Problem(ODATA_UNPARSABLE, name=name, reason="it compares nothing")
    return found


def is_condition(one: Expression) -> bool:
    return isinstance(one, Compared | Joined | Negated) or (
        isinstance(one, Literal) and isinstance(one.value, bool)
    )


def names(one: Expression | None) -> Iterator[str]:
    """The fields that an expression names."""
    match one:
        case Name():
            yield one.path
        case Call():
            yield from names(one.argument)
        case Compared() | Joined():
            yield from names(one.left)
            yield from names(one.right)
        case Negated():
            yield from names(one.of)


def asks_now(one: Expression | None) -> bool:
    """Whether what holds now may not hold in a moment, though nothing has changed."""
    match one:
        case Call():
            return one.function == "now" or asks_now(one.argument)
        case Compared() | Joined():
            return asks_now(one.left) or asks_now(one.right)
        case Negated():
            return asks_now(one.of)
    return False


@dataclass(frozen=True, kw_only=True)
class Ordered:
    path: str
    is_descending: bool


def parse_order(text: str) -> list[Ordered]:
    """`$orderby`. Raises ODATA_UNPARSABLE."""
    found = []
    for clause in text.split(","):
        words = clause.split()
        if not 1 <= len(words) <= 2 or words[1:] not in ([], ["asc"], ["desc"]):
            raise Problem(ODATA_UNPARSABLE, name="$orderby", reason="field asc, field desc")
        found.append(Ordered(path=words[0], is_descending=words[1:] == ["desc"]))
    return found


@dataclass(frozen=True, kw_only=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str, name: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise Problem(ODATA_UNPARSABLE, name=name, reason=f"not understood at sign {at + 1}")
        yield _Token(kind=found.lastgroup, text=found[found.lastgroup], at=found.start() + 1)
        at = found.end()


class _Reader:
    """Recursive descent: or < and < not < comparison < value."""

    def __init__(self, tokens: list[_Token], name: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._name = name

    @property
    def here(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _is(self, *texts: str) -> bool:
        return self.here is not None and self.here.kind != "text" and self.here.text in texts

    def _take(self) -> _Token:
        found = self.here
        if found is None:
            raise self.mistake()
        self._at += 1
        return found

    def _expect(self, sign: str) -> None:
        if not self._is(sign):
            raise self.mistake()
        self._at += 1

    def mistake(self) -> Problem:
        where = "at its end" if self.here is None else f"at sign {self.here.at}"
        return Problem(ODATA_UNPARSABLE, name=self._name, reason=f"not understood {where}")

    def disjunction(self, depth: int) -> Expression:
        found = self._conjunction(depth)
        while self._is("or"):
            self._take()
            found = self._joined("or", found, self._conjunction(depth))
        return found

    def _conjunction(self, depth: int) -> Expression:
        found = self._negation(depth)
        while self._is("and"):
            self._take()
            found = self._joined("and", found, self._negation(depth))
        return found

    def _joined(self, operator: str, left: Expression, right: Expression) -> Expression:
        if not (is_condition(left) and is_condition(right)):
            raise self.mistake()
        return Joined(operator=operator, left=left, right=right)

    def _negation(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise Problem(ODATA_UNPARSABLE, name=self._name, reason="too deep")
        if not self._is("not"):
            return self._comparison(depth)
        self._take()
        of = self._negation(depth + 1)
        if not is_condition(of):
            raise self.mistake()
        return Negated(of=of)

    def _comparison(self, depth: int) -> Expression:
        left = self._value(depth)
        if self._is(*_OTHER_OPERATORS):
            raise Problem(ODATA_UNSUPPORTED, what=f"{self._name}: {self._take().text}")
        if not self._is(*COMPARISONS):
            return left
        operator = self._take().text
        right = self._value(depth)
        return Compared(operator=operator, left=left, right=right)

    def _value(self, depth: int) -> Expression:
        token = self._take()
        if token.kind == "sign":
            if token.text != "(":
                self._at -= 1
                raise self.mistake()
            found = self.disjunction(depth + 1)
            self._expect(")")
            return found
        if token.kind == "word" and self._is("("):
            return self._call(token.text, depth)
        return self._plain(token)

    def _call(self, function: str, depth: int) -> Expression:
        self._take()
        if function == "now":
            self._expect(")")
            return Call(function="now")
        if function not in PARTS:
            raise Problem(ODATA_UNSUPPORTED, what=f"{self._name}: {function[:40]}()")
        argument = self._value(depth + 1)
        self._expect(")")
        return Call(function=function, argument=argument)

    def _plain(self, token: _Token) -> Expression:
        match token.kind:
            case "text":
                return Literal(value=token.text[1:-1].replace("''", "'"))
            case "number":
                is_whole = token.text.lstrip("+-").isdigit()
                return Literal(value=int(token.text) if is_whole else Decimal(token.text))
            case "moment":
                return Literal(value=self._moment(token))
            case "date":
                return Literal(value=self._moment(token).date())
        constants = {"null": None, "true": True, "false": False}
        if token.text in constants:
            return Literal(value=constants[token.text])
        return Name(path=token.text)

    def _moment(self, token: _Token) -> dt.datetime:
        try:
            found = dt.datetime.fromisoformat(token.text)
            return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)
        except (ValueError, OverflowError):
            reason = f"not a moment at sign {token.at}"
            raise Problem(ODATA_UNPARSABLE, name=self._name, reason=reason) from None
