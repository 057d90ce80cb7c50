"""What SPSS is told of a CSV that lies beside it: types, labels of variables and of codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LONGEST_TEXT = 32_767
LONGEST_LABEL = 250
LONGEST_VALUE_LABEL = 120
"""Bytes: a Khmer sign takes three."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(kw_only=True)
class Variable:
    """A column; `width` in bytes is the longest text that it holds."""

    name: str
    label: str
    is_number: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    width: int = 1


def syntax(file_name: str, variables: Sequence[Variable]) -> str:
    """To be run in the folder that holds the file."""
    names = _names(variables)
    lines = [
        "* Encoding: UTF-8.",
        f"GET DATA /TYPE=TXT /FILE={_quoted(file_name)} /ENCODING='UTF8' /ARRANGEMENT=DELIMITED",
        ' /DELIMITERS="," /QUALIFIER=\'"\' /FIRSTCASE=2 /VARIABLES=',
        *(f"  {name} {_format(one)}" for name, one in zip(names, variables, strict=True)),
        ".",
        "CACHE.",
        "EXECUTE.",
    ]
    for name, one in zip(names, variables, strict=True):
        lines.append(f"VARIABLE LABELS {name} {_quoted(one.label, LONGEST_LABEL)}.")
        if _codes(one):
            lines.append(f"VALUE LABELS {name}")
            lines += [
                f"  {code if one.is_number else _quoted(code)} "
                f"{_quoted(label, LONGEST_VALUE_LABEL)}"
                for code, label in _codes(one)
            ]
            lines.append("  .")
    return "\ufeff" + "\n".join([*lines, "EXECUTE.", ""])


def _codes(one: Variable) -> list[tuple[str, str]]:
    """Labels of a variable of numbers are those of numbers."""
    return [(c, w) for c, w in one.labels.items() if not one.is_number or _NUMBER.fullmatch(c)]


def _format(one: Variable) -> str:
    if one.is_number:
        return "F20.6"
    longest = max([one.width, 1, *(len(code.encode()) for code in one.labels)])
    return f"A{min(longest, LONGEST_TEXT)}"


def _names(variables: Sequence[Variable]) -> list[str]:
    found: list[str] = []
    taken: set[str] = set()
    for one in variables:
        plain = _NO_NAME.sub("_", one.name).strip("_") or "v"
        plain = plain if plain[0].isalpha() else f"v{plain}"
        name, number = plain[:60], 2
        while name.casefold() in taken or name.upper() in _KEPT:
            name, number = f"{plain[:56]}_{number}", number + 1
        found.append(name)
        taken.add(name.casefold())
    return found


_KEPT = {"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"}
"""Words that SPSS keeps for itself."""


def _quoted(text: str, longest: int = 500) -> str:
    plain = " ".join(text.split()).encode()[:longest].decode("utf-8", "ignore")
    return "'" + plain.replace("'", "''") + "'"
