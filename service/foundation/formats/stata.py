"""A table -> a Stata file (format 118, Stata 14 and later; SPSS, R and pandas read it too).

How long a text column is, and how many rows there are, stands before the first row: rows are added
first and handed on afterwards, by whoever keeps them meanwhile.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

LONGEST = 2045
"""Bytes of a text in its row; longer ones stand behind the rows."""
LONGEST_LABEL = 80
"""Signs."""
MOST_VARIABLES = 32_767
_NO_NUMBER = struct.pack("<d", 2.0**1023)
_NO_CODE = 2_147_483_621
_STRL, _DOUBLE, _LONG = 32_768, 65_526, 65_528
_KEPT = re.compile(
    "if|in|int|byte|long|float|double|str[0-9]+|strL|using|with|"
    "_all|_b|_coef|_cons|_n|_N|_pi|_pred|_rc|_se|_skip"
)
"""Words that Stata keeps for itself."""
_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")
_LONGEST_NAME = 32
_OWN_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,8}")


@dataclass(kw_only=True)
class Variable:
    """A column: of numbers, of codes with labels, or of texts. `labels` is code to label, in order
    (None: no codes); codes that come unannounced are added. Where all codes are whole numbers, they
    are their own (99 stays 99); else they are counted from 1."""

    name: str
    label: str
    is_number: bool = False
    labels: dict[str, str] | None = None
    width: int = 1
    is_long: bool = False
    numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        codes = list(self.labels or ())
        self._are_numbers = bool(codes) and all(map(_OWN_NUMBER.fullmatch, codes))
        if self._are_numbers:
            self.numbers = {code: int(code) for code in codes}
        else:
            self.numbers = {code: n for n, code in enumerate(codes, start=1)}

    def number_of(self, code: str) -> int:
        """By which a code stands in its row."""
        found = self.numbers.get(code)
        if found is None:
            found = max(0, *self.numbers.values()) + 1 if self.numbers else 1
            if self._are_numbers and _OWN_NUMBER.fullmatch(code):
                found = int(code) if int(code) not in self.numbers.values() else found
            self.numbers[code] = found
        return found


class Collected:
    """Rows on their way: numbers, codes and texts as Stata has them, as lines to keep."""

    def __init__(self, variables: Sequence[Variable]) -> None:
        self.variables = list(variables)[:MOST_VARIABLES]
        self.count = 0

    def line(self, row: Sequence[Any]) -> bytes:
        """The row, to be kept until all are there."""
        self.count += 1
        return orjson.dumps(
            [_plain(one, value) for one, value in zip(self.variables, row, strict=False)],
            option=orjson.OPT_APPEND_NEWLINE,
        )

    def file(self, kept: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
        """The file. `kept` gives the lines again, in portions; it is asked twice where a text is
        too long for its row."""
        for one in self.variables:
            one.is_long = one.width > LONGEST
        has_long = any(one.is_long for one in self.variables)
        longer = sum(map(len, self._long_texts(kept()))) if has_long else 0
        yield from self._before(longer)
        for row in _rows(kept()):
            yield self._packed(row)
            self._at += 1
        yield b"</data><strls>"
        if has_long:
            yield from self._long_texts(kept())
        yield b"</strls><value_labels>" + self._labels() + b"</value_labels></stata_dta>"

    _at = 1

    def _before(self, longer: int) -> Iterator[bytes]:
        """All that stands before the rows: sizes make the table of contents."""
        count = len(self.variables)
        head = (
            b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>"
            + struct.pack("<H", count)
            + b"</K><N>"
            + struct.pack("<Q", self.count)
            + b"</N><label>\0\0</label><timestamp>\0</timestamp></header>"
        )
        parts = [
            _part("variable_types", b"".join(struct.pack("<H", _type(v)) for v in self.variables)),
            _part("varnames", b"".join(_fixed(name, 129) for name in self._names())),
            _part("sortlist", bytes(2 * (count + 1))),
            _part("formats", b"".join(_fixed(_format(v), 57) for v in self.variables)),
            _part(
                "value_label_names",
                b"".join(
                    _fixed(f"l{n}" if v.labels is not None else "", 129)
                    for n, v in enumerate(self.variables)
                ),
            ),
            _part(
                "variable_labels",
                b"".join(_fixed(v.label[:LONGEST_LABEL], 321) for v in self.variables),
            ),
            b"<characteristics></characteristics>",
        ]
        data = len(b"<data></data>") + self.count * sum(map(_size, self.variables))
        behind = [
            data,
            len(b"<strls></strls>") + longer,
            len(b"<value_labels></value_labels>") + len(self._labels()),
            len(b"</stata_dta>"),
        ]
        at = len(head) + len(b"<map></map>") + 14 * 8
        places = [0, len(head)]
        for size in [*map(len, parts), *behind]:
            places.append(at)
            at += size
        places.append(at)
        yield b"".join([head, _part("map", struct.pack("<14Q", *places)), *parts, b"<data>"])

    def _names(self) -> list[str]:
        found: dict[str, None] = {}
        for one in self.variables:
            plain = _NO_NAME.sub("_", one.name) or "_"
            plain = plain if plain[0].isalpha() or plain[0] == "_" else f"_{plain}"
            plain = f"{plain}_" if _KEPT.fullmatch(plain) else plain
            name, number = plain[:_LONGEST_NAME], 2
            while name in found:
                tail = f"_{number}"
                name, number = plain[: _LONGEST_NAME - len(tail)] + tail, number + 1
            found[name] = None
        return list(found)

    def _packed(self, row: list[Any]) -> bytes:
        return b"".join(
            _cell(one, value, n, self._at)
            for n, (one, value) in enumerate(zip(self.variables, row, strict=True), start=1)
        )

    def _long_texts(self, kept: Iterable[bytes]) -> Iterator[bytes]:
        for at, row in enumerate(_rows(kept), start=1):
            for n, (one, value) in enumerate(zip(self.variables, row, strict=True), start=1):
                if one.is_long and value:
                    text = value.encode() + b"\0"
                    yield b"GSO" + struct.pack("<IQBI", n, at, 130, len(text)) + text

    def _labels(self) -> bytes:
        return b"".join(
            _label_table(f"l{n}", one)
            for n, one in enumerate(self.variables)
            if one.labels is not None
        )


def _plain(one: Variable, value: Any) -> Any:
    if value is None or value == "":
        return None
    if one.is_number:
        return value if isinstance(value, int | float) else None
    text = str(value).replace("\0", "")
    if one.labels is not None:
        return one.number_of(text)
    one.width = max(one.width, len(text.encode()))
    return text


def _rows(kept: Iterable[bytes]) -> Iterator[list[Any]]:
    rest = b""
    for portion in kept:
        *lines, rest = (rest + portion).split(b"\n")
        yield from map(orjson.loads, lines)


def _cell(one: Variable, value: Any, variable: int, at: int) -> bytes:
    if one.is_number:
        return _NO_NUMBER if value is None else struct.pack("<d", value)
    if one.labels is not None:
        return struct.pack("<i", _NO_CODE if value is None else value)
    if one.is_long:
        return struct.pack("<Q", (variable | at << 16) if value else 0)
    return (value or "").encode().ljust(one.width, b"\0")


def _type(one: Variable) -> int:
    if one.is_number:
        return _DOUBLE
    if one.labels is not None:
        return _LONG
    return _STRL if one.is_long else one.width


def _size(one: Variable) -> int:
    return {_DOUBLE: 8, _LONG: 4, _STRL: 8}.get(_type(one), one.width)


def _format(one: Variable) -> str:
    if one.is_number:
        return "%10.0g"
    return "%12.0g" if one.labels is not None else f"%{min(one.width, 244)}s"


def _label_table(name: str, one: Variable) -> bytes:
    labels = one.labels or {}
    texts = [_cut(labels.get(code) or code, 32_000) + b"\0" for code in one.numbers]
    places, at = [], 0
    for text in texts:
        places.append(at)
        at += len(text)
    values = one.numbers.values()
    table = struct.pack("<ii", len(texts), at)
    table += struct.pack(f"<{len(texts)}i", *places) + struct.pack(f"<{len(texts)}i", *values)
    table += b"".join(texts)
    return (
        b"<lbl>" + struct.pack("<i", len(table)) + _fixed(name, 129) + bytes(3) + table + b"</lbl>"
    )


def _part(name: str, content: bytes) -> bytes:
    return f"<{name}>".encode() + content + f"</{name}>".encode()


def _fixed(text: str, size: int) -> bytes:
    return _cut(text, size - 1).ljust(size, b"\0")


def _cut(text: str, size: int) -> bytes:
    """As many whole signs as fit."""
    return text.replace("\0", "").encode()[:size].decode("utf-8", "ignore").encode()
