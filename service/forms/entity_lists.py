"""Entity lists as forms declare them: which list a form makes or changes entities of, and which
answers it saves there (ODK Entities: `meta/entity`, `entities:saveto`). Pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from service.forms.mistakes import Mistake, Words, mistake
from service.forms.namespaces import Path, children, local_name
from service.forms.returned_file import LIST as RETURNED

MAX_NAME = 100
_NAME = re.compile(r"[^\W\d][\w.-]*")
_RESERVED = frozenset({"name", "label"})
_STEP = re.compile(r"[\w.:-]+")


class Telling(enum.StrEnum):
    """What is known of whom a list tells. It decides who may hold it."""

    PEOPLE = "people"
    """It names people, or may, and nobody said otherwise: for phones that a coordinator allowed, of
    people who may be contacted."""
    UNDECLARED = "undeclared"
    """Nobody has said, and no form saves into it what may name somebody: scripts and coordinators
    fill it by hand."""
    NOBODY = "nobody"
    """A coordinator declared that it tells of no person: places, services, stock."""


@dataclass(frozen=True, kw_only=True)
class EntitySpec:
    """What one entity block of a form does. Paths are relative to the root element."""

    list_name: str
    container: Path
    """Whose `meta/entity` it is: () of the record, else of a group or repeat."""
    creates: bool
    updates: bool
    saves: tuple[tuple[Path, str], ...] = ()
    """(question, property), in the order of the form."""
    label_from: frozenset[str] = frozenset()
    """Names that the expression of the label mentions, and those that these are calculated from."""
    made_from: frozenset[str] = frozenset()
    """Names that the saved answers are calculated from."""


def read_specs(
    primary: etree._Element, binds: Mapping[Path, Mapping[str, str]]
) -> tuple[EntitySpec, ...]:
    """The entity blocks of a form; those without a list name too, which `mistakes_of` refuses."""
    blocks = dict(_blocks(primary, ()))
    sources = _sources(binds)
    saves: dict[Path, list[tuple[Path, str]]] = {at: [] for at in blocks}
    for path, bind in binds.items():
        name = save_to(bind)
        owner = _owner(path, blocks)
        if name and owner is not None:
            saves[owner].append((path, name))
    return tuple(
        _spec(at, node, binds, tuple(saves[at]), sources)
        for at, node in sorted(blocks.items(), key=_depth)
    )


def _depth(item: tuple[Path, object]) -> tuple[int, Path]:
    return len(item[0]), item[0]


def save_to(bind: Mapping[str, str]) -> str:
    """The property that a question saves to, whatever prefix the form gives it."""
    return next((v.strip() for k, v in bind.items() if k.rpartition("}")[2] == "saveto"), "")


def _blocks(node: etree._Element, at: Path) -> Iterator[tuple[Path, etree._Element]]:
    for child in children(node):
        if local_name(child) == "meta":
            for one in children(child):
                if local_name(one) == "entity":
                    yield at, one
        else:
            yield from _blocks(child, (*at, local_name(child)))


def _owner(path: Path, blocks: Collection[Path]) -> Path | None:
    """The block of the innermost group or repeat around a question that has one."""
    around = [path[:n] for n in range(len(path) - 1, -1, -1)]
    return next((at for at in around if at in blocks), None)


def _spec(
    at: Path,
    node: etree._Element,
    binds: Mapping[Path, Mapping[str, str]],
    saves: tuple[tuple[Path, str], ...],
    sources: Mapping[str, frozenset[str]],
) -> EntitySpec:
    here = (*at, "meta", "entity")

    def does(what: str) -> bool:
        return what in node.attrib or (*here, f"@{what}") in binds

    label = binds.get((*here, "label"), {}).get("calculate", "")
    return EntitySpec(
        list_name=node.get("dataset", "").strip(),
        container=at,
        creates=does("create"),
        updates=does("update"),
        saves=saves,
        label_from=_with_sources(_named_in(label), sources),
        made_from=_with_sources(frozenset(path[-1] for path, _ in saves), sources),
    )


def _named_in(expression: str) -> frozenset[str]:
    return frozenset(step.rpartition(":")[2] for step in _STEP.findall(expression))


def _sources(binds: Mapping[Path, Mapping[str, str]]) -> dict[str, frozenset[str]]:
    """Of each calculated value, the names that its expression mentions. By the last name of a path:
    two questions of one name count as one, and rather too much is found than too little."""
    found: dict[str, frozenset[str]] = {}
    for path, bind in binds.items():
        if path and bind.get("calculate"):
            found[path[-1]] = found.get(path[-1], frozenset()) | _named_in(bind["calculate"])
    return found


def _with_sources(names: Collection[str], sources: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """These names and all that their values are made of, however many calculations are between."""
    found, new = set(names), set(names)
    while new:
        new = set().union(*(sources.get(name, frozenset()) for name in new)) - found
        found |= new
    return frozenset(found)


def list_name_fault(name: str) -> str | None:
    """Why a list cannot be called so; None if it can."""
    if not name or len(name) > MAX_NAME or not _NAME.fullmatch(name):
        return "it begins with a letter and holds letters, digits, - and _"
    if "." in name or name.startswith("__"):
        return "it holds no dot and does not begin with __"
    if name.casefold() == RETURNED:
        return "that is what phones are told of returned records by"
    return None


def property_fault(name: str) -> str | None:
    """Why a property cannot be called so; None if it can."""
    if not name or len(name) > MAX_NAME or not _NAME.fullmatch(name):
        return "it begins with a letter and holds letters, digits, -, . and _"
    if name.casefold() in _RESERVED or name.startswith("__"):
        return "name, label, and what begins with __, mean something else already"
    return None


def mistakes_of(specs: Collection[EntitySpec], saved: Mapping[Path, str]) -> Iterator[Mistake]:
    """What of a form's entities no phone or server could follow."""
    for spec in specs:
        if list_name_fault(spec.list_name):
            yield mistake(_BAD_LIST, _NAME_LIST, text=spec.list_name or "dataset")
        if not spec.creates and not spec.updates:
            yield mistake(_DOES_NOTHING, _CREATE_OR_UPDATE, text=spec.list_name)
        names = [name for _, name in spec.saves]
        for name in names:
            if property_fault(name):
                yield mistake(_BAD_PROPERTY, _NAME_PROPERTY, text=name)
        if len({name.casefold() for name in names}) < len(names):
            yield mistake(_TWICE, _ONCE, text=", ".join(names))
    owned = {path for spec in specs for path, _ in spec.saves}
    for path, name in saved.items():
        if path not in owned:
            yield mistake(_NO_LIST, _ADD_LIST, text=f"{'/'.join(path)}: {name}")


_BAD_LIST = Words(
    en="The form makes entities of a list whose name cannot be used.",
    km="ទម្រង់បង្កើតធាតុក្នុងបញ្ជី ដែលឈ្មោះមិនអាចប្រើបាន។",
)
_NAME_LIST = Words(
    en="On the entities sheet give list_name letters, digits, - and _, beginning with a letter.",
    km="លើសន្លឹក entities សូមដាក់ list_name ជាអក្សរ លេខ - និង _ ដោយចាប់ផ្តើមដោយអក្សរ។",
)
_DOES_NOTHING = Words(
    en="The form names an entity list and neither creates nor updates entities of it.",
    km="ទម្រង់ដាក់ឈ្មោះបញ្ជីធាតុ ប៉ុន្តែមិនបង្កើត ឬកែធាតុណាមួយទេ។",
)
_CREATE_OR_UPDATE = Words(
    en="On the entities sheet give a label, or an entity_id and update_if.",
    km="លើសន្លឹក entities សូមដាក់ label ឬ entity_id និង update_if។",
)
_BAD_PROPERTY = Words(
    en="A question saves to a property whose name cannot be used.",
    km="សំណួរមួយរក្សាទុកក្នុងលក្ខណៈ ដែលឈ្មោះមិនអាចប្រើបាន។",
)
_NAME_PROPERTY = Words(
    en="In save_to use letters, digits, -, . and _, beginning with a letter; "
    "not “name”, “label” or __.",
    km="ក្នុង save_to សូមប្រើអក្សរ លេខ - . និង _ ដោយចាប់ផ្តើមដោយអក្សរ ហើយមិនមែន “name” “label” ឬ __ ទេ។",
)
_TWICE = Words(
    en="Two questions save to the same property, or to two that differ in capitals alone.",
    km="សំណួរពីររក្សាទុកក្នុងលក្ខណៈតែមួយ ឬខុសគ្នាតែអក្សរធំ។",
)
_ONCE = Words(en="Save each property from one question.", km="សូមរក្សាទុកលក្ខណៈនីមួយៗពីសំណួរតែមួយ។")
_NO_LIST = Words(
    en="A question saves to an entity, and the form names no list around it.",
    km="សំណួរមួយរក្សាទុកក្នុងធាតុ ប៉ុន្តែទម្រង់គ្មានឈ្មោះបញ្ជីជុំវិញវាទេ។",
)
_ADD_LIST = Words(
    en="Name the list on the entities sheet, or remove save_to.",
    km="សូមដាក់ឈ្មោះបញ្ជីលើសន្លឹក entities ឬលុប save_to។",
)
NEAR_NAME = Words(
    en="The form uses a list or a property that differs in capitals alone from one of the project.",
    km="ទម្រង់ប្រើបញ្ជី ឬលក្ខណៈ ដែលខុសតែអក្សរធំពីឈ្មោះដែលមានក្នុងគម្រោង។",
)
SAME_SPELLING = Words(en="Write it exactly as it is there.", km="សូមសរសេរវាឱ្យដូចបេះបិទតាមដែលមាន។")
LIST_HAS_NAME = Words(
    en="A file came with the form that has the name of an entity list of the project.",
    km="មានឯកសារមួយមកជាមួយទម្រង់ ដែលមានឈ្មោះដូចបញ្ជីធាតុរបស់គម្រោង។",
)
RENAME_FILE = Words(
    en="Leave the file out, or give it another name: phones get the list itself under that name.",
    km="សូមកុំភ្ជាប់ឯកសារនោះ ឬប្តូរឈ្មោះវា៖ ទូរសព្ទទទួលបញ្ជីផ្ទាល់តាមឈ្មោះនោះ។",
)
