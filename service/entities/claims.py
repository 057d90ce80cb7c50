"""What a record says about entities: its entity blocks, read with the specs of its form."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from service.entities.versions import LABEL, Change, Fault, Refused
from service.forms.entity_lists import EntitySpec
from service.forms.namespaces import Path, children, local_name

_UUID4 = re.compile(
    r"(?:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[0-9]{1,9}")
_YES = ("1", "true")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One entity block of a record that asks for something."""

    list_name: str
    entity_id: uuid.UUID
    change: Change = field(repr=False)


def read(root: etree._Element, specs: Sequence[EntitySpec]) -> list[Claim]:
    """In the order of the record; blocks that ask for nothing are left out. Raises Refused: one
    bad block, and nothing of the record is applied."""
    return [claim for spec in specs for claim in _claims(root, spec)]


def _claims(root: etree._Element, spec: EntitySpec) -> Iterator[Claim]:
    for container in _at(root, spec.container):
        block = next(iter(_at(container, ("meta", "entity"))), None)
        if block is None or "template" in {
            str(name).rpartition("}")[2] for name in container.attrib
        }:
            continue
        creates, updates = _flag(block, "create"), _flag(block, "update")
        if creates or updates:
            yield _claim(container, block, spec, creates=creates, updates=updates)


def _claim(
    container: etree._Element,
    block: etree._Element,
    spec: EntitySpec,
    *,
    creates: bool,
    updates: bool,
) -> Claim:
    if (creates and not spec.creates) or (updates and not spec.updates):
        raise Refused(Fault.NOT_DECLARED)
    list_name = (block.get("dataset") or spec.list_name).strip()
    if list_name != spec.list_name:  # a list that the form does not name is not its to write into
        raise Refused(Fault.NOT_DECLARED)
    branch, trunk = _branch(block), _number(block, "trunkVersion", Fault.BAD_BRANCH)
    if trunk is not None and branch is None:
        raise Refused(Fault.BAD_BRANCH)
    received = dict(_saved(container, spec))
    label = next(iter(_at(block, ("label",))), None)
    if label is not None:
        received[LABEL] = label.text or ""
    return Claim(
        list_name=list_name,
        entity_id=entity_id(block.get("id") or ""),
        change=Change(
            received=received,
            creates=creates,
            updates=updates,
            base_version=_number(block, "baseVersion", Fault.BAD_VERSION),
            trunk_version=trunk,
            branch_id=branch,
        ),
    )


def entity_id(text: str) -> uuid.UUID:
    """Raises Refused for anything but a UUID of version 4."""
    found = _UUID4.fullmatch(text.strip())
    if found is None:
        raise Refused(Fault.BAD_ID)
    return uuid.UUID(found[1])


def _flag(block: etree._Element, name: str) -> bool:
    return (block.get(name) or "").strip().lower() in _YES


def _number(block: etree._Element, name: str, fault: Fault) -> int | None:
    text = (block.get(name) or "").strip()
    if not text:  # empty means absent: the expression found nothing
        return None
    if not _NUMBER.fullmatch(text):
        raise Refused(fault)
    return int(text)


def _branch(block: etree._Element) -> uuid.UUID | None:
    text = (block.get("branchId") or "").strip()
    if not text:
        return None
    found = _UUID4.fullmatch(text)
    if found is None:
        raise Refused(Fault.BAD_BRANCH)
    return uuid.UUID(found[1])


def _saved(container: etree._Element, spec: EntitySpec) -> Iterator[tuple[str, str]]:
    """Questions that were not relevant are not in the record, and leave the property as it is."""
    for path, name in spec.saves:
        node = next(iter(_at(container, path[len(spec.container) :])), None)
        if node is not None:
            yield name, node.text or ""


def _at(node: etree._Element, path: Path) -> list[etree._Element]:
    found = [node]
    for name in path:
        found = [child for one in found for child in children(one) if local_name(child) == name]
    return found
