"""docs/data-dictionary.md: what facts hold, in English and Khmer, from the code itself."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator

from service.facts import codes, dictionary, issues, kinds, needs, queries, tables
from service.facts.codes import Labels

LISTS: dict[str, Labels] = {
    **{
        name.lower(): value
        for name, value in vars(codes).items()
        if name.isupper() and isinstance(value, dict)
    },
    "need": needs.NEED,
    "issue": issues.ISSUE,
}
INTRO = """What Samleng knows of people as facts: computed from what forms say by their tags
([forms](forms.md)), never typed into the database, and computed again at will to the same checksum.
Facts hold codes, numbers and days; never a person's name, a telephone number, words that somebody
told, or a coordinate. **Unknown**, **would not say** (`no_answer`) and **not asked** (`not_asked`)
are three answers and stay apart: every column of codes can hold them besides its list. Rough days
and ages are ranges, and what is computed from them is a range.

អ្វីដែល Samleng ដឹងអំពីមនុស្សជាអង្គហេតុ៖ គណនាពីទម្រង់តាមស្លាករបស់វា។ មិនមានឈ្មោះមនុស្ស លេខទូរសព្ទ
ពាក្យសម្តី ឬទីតាំង GPS ទេ។ «មិនដឹង» «មិនចង់ឆ្លើយ» និង «មិនបានសួរ» ជាចម្លើយបីផ្សេងគ្នា។

Programs read them at `GET /v1/projects/{id}/facts/…` ([API](api.md)).
"""


def page(note: str) -> str:
    """The whole page; `note` says that it is written by a command."""
    lines = [
        "# Data dictionary – វចនានុក្រមទិន្នន័យ\n",
        note,
        INTRO,
        "## In every fact – ក្នុងអង្គហេតុទាំងអស់\n",
    ]
    meanings = _meanings()
    lines += _table(dictionary.SHARED, meanings["OfSubmission"])
    for name, table in queries.TABLES.items():
        label = dictionary.KINDS[name]
        class_name = _class_of(name)
        lines += [
            f"\n## `{name}`: {label['en']} – {label['km']}\n",
            f"{_flat(inspect.getdoc(getattr(kinds, class_name)) or '')}\n",
            f"Key: {', '.join(f'`{c.name}`' for c in table.primary_key.columns)}.\n",
        ]
        lines += _table(dictionary.COLUMNS[name], meanings[class_name] | meanings["OfPerson"])
    lines.append("\n# Lists of codes – បញ្ជីលេខកូដ\n")
    lines += _lists()
    return "\n".join(lines) + "\n"


def _class_of(table: str) -> str:
    classes = (getattr(tables, name) for name in kinds.__all__ if hasattr(tables, name))
    return next(one.__name__ for one in classes if getattr(one, "__tablename__", "") == table)


def _table(columns: dict[str, dictionary.Column], meanings: dict[str, str]) -> list[str]:
    lines = ["| Column | English | ខ្មែរ | Values | Meaning |\n|---|---|---|---|---|"]
    for name, column in columns.items():
        values = _named(column.values)
        lines.append(
            f"| `{name}` | {column.label['en']} | {column.label['km']} | {values} | "
            f"{_flat(meanings.get(name, ''))} |"
        )
    return lines


def _named(values: Labels | None) -> str:
    """The list by its name, with a way to it; a short one that has no name, by its codes."""
    if values is None:
        return ""
    name = next((name for name, one in LISTS.items() if one is values), None)
    return f"[{name}](#{name})" if name else ", ".join(f"`{code}`" for code in values)


def _lists() -> Iterator[str]:
    for name in sorted(LISTS):
        yield f"\n### {name}\n\n| Code | English | ខ្មែរ |\n|---|---|---|"
        for code, label in LISTS[name].items():
            yield f"| `{code}` | {label['en']} | {label['km']} |"


def _meanings() -> dict[str, dict[str, str]]:
    """Class to column to the words that stand under it in the code."""
    found: dict[str, dict[str, str]] = {}
    for module in pkgutil.iter_modules(kinds.__path__, f"{kinds.__name__}."):
        tree = ast.parse(inspect.getsource(importlib.import_module(module.name)))
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = dict(_told(node))
    return found


def _told(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, after in zip(node.body, node.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            yield field.target.id, str(after.value.value)


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
