"""What a phone says of a form only when somebody opens it in the field: told before it goes out.

Broken expressions, unknown functions, questions that wait for one another, filters by a column
that the list has not, and a form in which there is nothing to ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from lxml import etree

from service.forms import cycles
from service.forms.expressions import Expression, expressions_of
from service.forms.functions import FUNCTIONS
from service.forms.mistakes import Mistake, Words, mistake
from service.forms.namespaces import children, local_name
from service.forms.sheets import Sheets
from service.forms.xform import MAX_BYTES, MAX_NODES
from service.forms.xform_body import CONTROLS
from service.forms.xform_parts import Parts
from service.foundation.formats import safe_xml

Columns = Mapping[str, frozenset[str]]
"""Of lists inside the form: name to the columns in which anything stands."""


def mistakes_of(xml: bytes, sheets: Sheets | None = None) -> Iterator[Mistake]:
    """`xml`: a form that `xform.read` reads. `sheets`: of the workbook it was made from."""
    root = safe_xml.parse(xml, MAX_BYTES, MAX_NODES)
    parts = Parts(root)
    if parts.body is None or parts.model is None or parts.primary is None:
        return  # which `xform.read` tells
    every = list(expressions_of(root))
    columns = _columns(parts.model)
    for one in every:
        yield from _mistakes_in(one, columns, sheets)
    cycle = cycles.find(parts.primary, every)
    if cycle is not None:
        yield _cycle(cycle, sheets)
    if not any(local_name(node) in CONTROLS for node in parts.body.iter(etree.Element)):
        yield mistake(_NO_QUESTION, _ASK, **({"sheet": "survey"} if sheets else {}))


def _mistakes_in(one: Expression, columns: Columns, sheets: Sheets | None) -> Iterator[Mistake]:
    if one.read is None:
        words = Words(
            en=f"The {one.column} cannot be read as a formula.",
            km=f"{one.column} មិនអាចអានជារូបមន្តបានទេ។",
        )
        yield mistake(words, _CHECK_FORMULA, **_place(one, sheets))
        return
    for name in dict.fromkeys(one.read.functions):
        if name not in FUNCTIONS:
            yield _unknown_function(name, one, sheets)
    if one.column == "choice_filter":
        for reference in one.read.references:
            known = columns.get(reference.instance or "")
            if known and len(reference.path) == 3 and reference.path[2] not in known:
                yield _unknown_column(reference.path[2], str(reference.instance), one, sheets)


def _columns(model: etree._Element) -> Columns:
    """Lists that come as files beside the form are not here: nobody knows what is in them."""
    found: dict[str, frozenset[str]] = {}
    for instance in children(model):
        if local_name(instance) == "instance" and not instance.get("src"):
            items = [item for root in children(instance) for item in children(root)]
            names = frozenset(local_name(cell) for item in items for cell in children(item))
            found[instance.get("id", "")] = names
    return found


def _place(one: Expression, sheets: Sheets | None) -> dict[str, object]:
    """Cell of the workbook; of a form of another tool, the expression."""
    if sheets is None:
        return {"text": f"{'/'.join(one.path)}: {one.text}"}
    row = sheets.find_row("survey", "name", one.path[-1]) if one.path else None
    return asdict(sheets.place("survey", row, one.column))


def _unknown_function(name: str, one: Expression, sheets: Sheets | None) -> Mistake:
    return mistake(
        Words(
            en=f"No phone knows the function {name}(): it would not open the form.",
            km=f"គ្មានទូរសព្ទណាស្គាល់អនុគមន៍ {name}() ទេ៖ វានឹងមិនបើកទម្រង់នេះឡើយ។",
        ),
        Words(
            en="Correct the spelling, in small letters, such as concat(), if() or selected().",
            km="សូមកែអក្ខរាវិរុទ្ធ ជាអក្សរតូច ដូចជា concat(), if() ឬ selected()។",
        ),
        **_place(one, sheets),
    )


def _unknown_column(name: str, of: str, one: Expression, sheets: Sheets | None) -> Mistake:
    return mistake(
        Words(
            en=f"The list “{of}” has no column “{name}”, or nothing stands in it: no choice would "
            "ever be shown.",
            km=f"បញ្ជី “{of}” គ្មានជួរឈរ “{name}” ឬគ្មានអ្វីនៅក្នុងនោះទេ៖ នឹងគ្មានចម្លើយណាបង្ហាញឡើយ។",
        ),
        Words(
            en=f"Correct the spelling, or add the column “{name}” to the choices sheet.",
            km=f"សូមកែអក្ខរាវិរុទ្ធ ឬបន្ថែមជួរឈរ “{name}” ក្នុងសន្លឹក choices។",
        ),
        **_place(one, sheets),
    )


def _cycle(cycle: cycles.Cycle, sheets: Sheets | None) -> Mistake:
    names = " → ".join(cycle.names)
    return mistake(
        Words(
            en=f"These wait for one another: {names}. No phone would open the form.",
            km=f"សំណួរទាំងនេះរង់ចាំគ្នាទៅវិញទៅមក៖ {names}។ គ្មានទូរសព្ទណានឹងបើកទម្រង់នេះទេ។",
        ),
        Words(
            en="Break the circle: of its calculation, relevant, required and readonly one must not "
            "refer to the others, nor to itself. (A limit on its own answer is a constraint.)",
            km="សូមកាត់ផ្តាច់រង្វង់៖ calculation, relevant, required ឬ readonly មួយ មិនត្រូវយោងទៅសំណួរផ្សេង "
            "ក្នុងរង្វង់ ឬខ្លួនឯងឡើយ។ (លក្ខខណ្ឌលើចម្លើយខ្លួនឯង គឺ constraint។)",
        ),
        **_place(cycle.expression, sheets),
    )


_CHECK_FORMULA = Words(
    en="Look for a missing bracket, quote or operator, such as “. >= 0 and . <= 120”.",
    km="សូមពិនិត្យវង់ក្រចក សញ្ញាសម្រង់ ឬសញ្ញាប្រមាណវិធីដែលខ្វះ ដូចជា “. >= 0 and . <= 120”។",
)
_NO_QUESTION = Words(
    en="The form asks nothing: there is no question and no note in it.",
    km="ទម្រង់នេះមិនសួរអ្វីទេ៖ គ្មានសំណួរ ឬកំណត់ចំណាំនៅក្នុងនោះឡើយ។",
)
_ASK = Words(
    en="Add at least one question with a label, such as a row of the type text, integer or note.",
    km="សូមបន្ថែមសំណួរយ៉ាងតិចមួយដែលមានស្លាក (label) ដូចជាជួរប្រភេទ text, integer ឬ note។",
)
