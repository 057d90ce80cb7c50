"""XLSForm workbook -> XForm XML, through pyxform in a child process that can be killed.

Mistakes of the workbook come back as Problem(FORM_INVALID) with sheet, row, cell, text and fix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from service.forms import openable, rewriting, workbook_checks
from service.forms.mistakes import Mistake, Words, form_invalid, mistake
from service.forms.sheets import Sheets
from service.forms.xlsform_mistakes import explain
from service.forms.xlsform_prefixes import mistakes_of_prefixes
from service.foundation.formats import confined

TIMEOUT_S = 20
CHILD = Path(__file__).with_name("xlsform_child.py")
_FORM_ID = re.compile(r"[^\s/\\?#%&'\"<>]{1,249}")


@dataclass(frozen=True, kw_only=True)
class Converted:
    """An XForm made from a workbook."""

    xml: bytes
    warnings: tuple[str, ...]
    itemsets: bytes | None = None
    """itemsets.csv, which a select_one_external needs beside the form."""
    sheets: Sheets
    """To say where in it something is wrong."""


def convert(
    workbook: bytes,
    filename: str = "form.xlsx",
    timeout_s: float = TIMEOUT_S,
    *,
    fallback_id: str = "",
    must_open: bool = True,
) -> Converted:
    """The XForm. `filename` only helps to say what is wrong; `fallback_id` is the form ID where
    the workbook gives none; not `must_open`: phones have it already. Raises
    Problem(FORM_INVALID)."""
    refused = workbook_checks.find_mistake(workbook)
    if refused is not None:
        raise form_invalid([refused])
    answer = _ask_child(workbook, timeout_s)
    sheets = Sheets(answer.get("sheets", {}))
    if "error" in answer:
        raise form_invalid([explain(answer["error"], sheets)])
    if "xml" not in answer:
        raise form_invalid([mistake(_TOO_MUCH, _SIMPLER, text=filename)])
    xml = answer["xml"].encode("utf-8")
    unexplained = list(mistakes_of_prefixes(sheets))
    if unexplained:  # the form would not even be XML
        raise form_invalid(unexplained)
    takes_fallback = not _given_form_id(sheets) and _is_form_id(fallback_id)
    mistakes = list(openable.mistakes_of(xml, sheets)) if must_open else []
    if not takes_fallback:
        mistakes = [*_mistakes_of_settings(sheets), *mistakes]
    if mistakes:
        raise form_invalid(mistakes)
    if takes_fallback:
        xml = rewriting.rewritten(xml, form_id=fallback_id)
    itemsets = answer["itemsets"]
    return Converted(
        xml=xml,
        warnings=tuple(answer["warnings"]),
        itemsets=itemsets.encode("utf-8") if itemsets else None,
        sheets=sheets,
    )


def _ask_child(workbook: bytes, timeout_s: float) -> dict[str, Any]:
    """The child's answer; {} if it ran too long, grew too large or died."""
    try:
        out = confined.ask(CHILD, workbook, timeout_s)
    except confined.ChildLost:
        out = b""
    answer: dict[str, Any] = json.loads(out or b"{}")
    return answer


def _is_form_id(text: str) -> bool:
    """Nothing of it needs an escape, in an address or in XML."""
    return _FORM_ID.fullmatch(text) is not None and text.isprintable()


def _given_form_id(sheets: Sheets) -> str:
    columns = sheets.columns("settings", "form_id")
    return next((sheets.text("settings", 2, n).strip() for n in columns), "")


def _mistakes_of_settings(sheets: Sheets) -> Iterator[Mistake]:
    """pyxform makes up a form ID where none is given, and takes any that is."""
    form_id = _given_form_id(sheets)
    if not form_id:
        yield mistake(_NO_FORM_ID, _GIVE_FORM_ID, sheet="settings")
    elif not _FORM_ID.fullmatch(form_id):
        place = sheets.place("settings", 2, "form_id")
        yield mistake(_BAD_FORM_ID, _PLAIN_FORM_ID, **asdict(place))


_NO_FORM_ID = Words(en="The settings sheet gives no form_id.", km="សន្លឹក settings គ្មាន form_id ទេ។")
_GIVE_FORM_ID = Words(
    en="Add a sheet “settings” with the columns form_title, form_id, version, and fill them in.",
    km="សូមបន្ថែមសន្លឹក “settings” ដែលមានជួរឈរ form_title, form_id, version រួចបំពេញវា។",
)
_BAD_FORM_ID = Words(
    en="The form_id holds a space or a character that addresses cannot hold.",
    km="form_id មានដកឃ្លា ឬតួអក្សរដែលអាសយដ្ឋានមិនអនុញ្ញាត។",
)
_PLAIN_FORM_ID = Words(
    en="Use letters, digits, “_”, “-” and “.”, such as needs_assessment.",
    km="សូមប្រើអក្សរ លេខ “_” “-” និង “.” ដូចជា needs_assessment។",
)
_TOO_MUCH = Words(
    en="Converting the workbook took too long or too much memory.",
    km="ការបំប្លែងសៀវភៅនេះប្រើពេល ឬអង្គចងចាំច្រើនពេក។",
)
_SIMPLER = Words(
    en="Move long lists into CSV files (select_one_from_file), then try again.",
    km="សូមដាក់បញ្ជីវែងៗទៅក្នុងឯកសារ CSV (select_one_from_file) រួចព្យាយាមម្តងទៀត។",
)
