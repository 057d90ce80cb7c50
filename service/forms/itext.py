"""Labels and choices of an XForm, in each of its languages."""

from __future__ import annotations

import re
from functools import cached_property

from lxml import etree

from service.forms.namespaces import children, is_element, local_name

Labels = dict[str, str]
"""Language tag to text; "" is the only or the default language."""

_ITEXT = re.compile(r"jr:itext\(\s*['\"](.+?)['\"]\s*\)")
_INSTANCE = re.compile(r"instance\(\s*['\"](.+?)['\"]\s*\)((?:/[\w.:-]+)+)")
_TAG_IN_NAME = re.compile(r"\(\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*\)\s*$")


def language_tag(name: str) -> str:
    """`ខ្មែរ (km)` -> km; a name without a tag stays itself, `default` is ""."""
    found = _TAG_IN_NAME.search(name)
    if found:
        return found[1].lower()
    return "" if name == "default" else name.strip()


def text_of(node: etree._Element) -> str:
    """Text with its outputs (values shown inside a label) as an ellipsis."""
    parts = [node.text or ""]
    for child in node:
        if is_element(child) and local_name(child) == "output":
            parts.append("…")
        elif is_element(child):
            parts.append(text_of(child))
        parts.append(child.tail or "")
    return " ".join("".join(parts).split())


class Texts:
    """The itext block of a model."""

    def __init__(self, model: etree._Element) -> None:
        self._translations = [
            node
            for block in children(model)
            if local_name(block) == "itext"
            for node in children(block)
        ]

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Language tags, the default one first."""
        names = [t.get("lang", "") for t in self._by_default]
        return tuple(dict.fromkeys(tag for tag in map(language_tag, names) if tag))

    @property
    def _by_default(self) -> list[etree._Element]:
        return sorted(self._translations, key=lambda node: node.get("default") is None)

    @cached_property
    def _labels(self) -> dict[str, Labels]:
        labels: dict[str, Labels] = {}
        for position, translation in enumerate(self._by_default):
            tag = language_tag(translation.get("lang", ""))
            for text in children(translation):
                plain = [v for v in children(text) if v.get("form") is None]
                if not plain:
                    continue
                label = labels.setdefault(text.get("id", ""), {})
                label[tag] = text_of(plain[0])
                if position == 0:
                    label[""] = label[tag]
        return labels

    def label_of(self, control: etree._Element) -> Labels:
        """The label of a question: from itext, or as written, or both."""
        for node in children(control):
            if local_name(node) == "label":
                literal = text_of(node)
                found = _ITEXT.search(node.get("ref", ""))
                labels = self._labels.get(found[1], {}) if found else {}
                return {**({"": literal} if literal else {}), **labels}
        return {}


class Choices:
    """Codes of the choice lists that travel inside the form."""

    def __init__(self, model: etree._Element) -> None:
        self._instances = {
            node.get("id", ""): node for node in children(model) if local_name(node) == "instance"
        }
        self._known: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def codes_of(self, control: etree._Element) -> tuple[str, ...]:
        """Codes in order; empty where the list is in another file or in a repeat."""
        codes: list[str] = []
        for node in children(control):
            if local_name(node) == "item":
                codes.extend(text_of(v) for v in children(node) if local_name(v) == "value")
            elif local_name(node) == "itemset":
                codes.extend(self._from_instance(node))
        return tuple(codes)

    def _from_instance(self, itemset: etree._Element) -> tuple[str, ...]:
        found = _INSTANCE.search(itemset.get("nodeset", ""))
        value = next((v.get("ref", "") for v in children(itemset) if local_name(v) == "value"), "")
        if not found or found[1] not in self._instances:
            return ()
        key = (found[1], found[2], value)
        if key not in self._known:
            self._known[key] = self._walk(*key)
        return self._known[key]

    def _walk(self, instance: str, path: str, value: str) -> tuple[str, ...]:
        nodes = [self._instances[instance]]
        for step in [*path.strip("/").split("/"), value]:
            name = step.rpartition(":")[2]
            nodes = [
                child for node in nodes for child in children(node) if local_name(child) == name
            ]
        return tuple(dict.fromkeys(node.text.strip() for node in nodes if node.text))
