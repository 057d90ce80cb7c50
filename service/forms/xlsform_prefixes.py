"""Prefixes in the columns of a workbook (`bind::samleng:tag`) and what the settings say of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.forms.mistakes import Mistake, Words, mistake
from service.forms.namespaces import SAMLENG
from service.forms.sheets import Sheets, column_letters

_COLUMN = re.compile(r"(?:bind|instance|body|control)\s*::?\s*([A-Za-z_][\w.-]*):(?!:)[\w.-]+")
_DECLARED = re.compile(r"""([A-Za-z_][\w.-]*)\s*=\s*["']([^"']*)["']""")
_NAMED = re.compile(r"samleng\s*[:_ ]|::?\s*samleng", re.IGNORECASE)
_READ = re.compile(r"(?i:bind|instance)\s*::\s*samleng:(?:tag|class|place)")
_KNOWN = frozenset({"h", "ev", "xsd", "jr", "orx", "odk", "entities", "xml"})
"""Those that every XForm made from a workbook declares."""
_OURS = f'samleng="{SAMLENG}"'


def mistakes_of_prefixes(sheets: Sheets) -> Iterator[Mistake]:
    """Prefixes that nothing declares, which would make the form unreadable; and ours, declared as
    something else, or in a column that reaches no question: nothing would ever be counted."""
    declared = dict(_DECLARED.findall(_namespaces(sheets)))
    if declared.get("samleng", SAMLENG) != SAMLENG:
        yield mistake(_WRONG, _SAY_OURS, sheet="settings", row=2, text=declared["samleng"])
    for position, header in enumerate(sheets.header("survey")):
        found = _COLUMN.fullmatch(header.strip())
        cell = f"{column_letters(position)}1"
        if found and found[1] not in declared and found[1] not in _KNOWN:
            fix = _SAY_OURS if found[1] == "samleng" else _SAY_IT
            yield mistake(_UNKNOWN, fix, sheet="survey", row=1, cell=cell, text=header)
        elif _NAMED.search(header) and not _READ.fullmatch(header.strip()):
            yield mistake(_LOST, _WRITE_BIND, sheet="survey", row=1, cell=cell, text=header)


def _namespaces(sheets: Sheets) -> str:
    return " ".join(sheets.text("settings", 2, n) for n in sheets.columns("settings", "namespaces"))


_WRONG = Words(
    en="The settings sheet gives “samleng” another meaning than ours: nothing would be counted.",
    km="សន្លឹក settings ឲ្យ “samleng” មានន័យផ្សេងពីរបស់យើង៖ គ្មានអ្វីនឹងត្រូវបានរាប់ទេ។",
)
_UNKNOWN = Words(
    en="The column uses a prefix that the settings sheet does not explain.",
    km="ជួរឈរប្រើបុព្វបទដែលសន្លឹក settings មិនបានពន្យល់។",
)
_SAY_OURS = Words(
    en=f"In the sheet “settings”, column “namespaces”, write: {_OURS}",
    km=f"ក្នុងសន្លឹក “settings” ជួរឈរ “namespaces” សូមសរសេរ៖ {_OURS}",
)
_SAY_IT = Words(
    en='In the sheet “settings”, column “namespaces”, write the prefix: name="https://…"',
    km='ក្នុងសន្លឹក “settings” ជួរឈរ “namespaces” សូមសរសេរបុព្វបទ៖ name="https://…"',
)
_LOST = Words(
    en="What stands in this column is lost on the way: nothing of it would be counted.",
    km="អ្វីដែលនៅក្នុងជួរឈរនេះនឹងបាត់បង់តាមផ្លូវ៖ គ្មានអ្វីនឹងត្រូវបានរាប់ទេ។",
)
_WRITE_BIND = Words(
    en="Call it bind::samleng:tag, bind::samleng:class or bind::samleng:place: with two colons and "
    "then one, in small letters.",
    km="សូមដាក់ឈ្មោះវាថា bind::samleng:tag, bind::samleng:class ឬ bind::samleng:place៖ មានសញ្ញា : ពីរ "
    "រួចមួយ ជាអក្សរតូច។",
)
