"""Labels and choices of an XForm, in each of its languages."""

from __future__ import annotations

import re
from functools import cached_property

from lxml import etree

from service.forms.namespaces import children, is_element, local_name

Labels = dict[str, str]
"""Language tag to text; "" is the only or the default language."""

_ITEXT = re.compile(r"jr:itext\(\s*['\"](.+?)['\"]\s*\)")
_ITEXT_OF_NODE = re.compile(r"jr:itext\(\s*([\w.-]+)\s*\)")
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

    def labels_of(self, text_id: str) -> Labels:
        """The text of that ID in each language."""
        return self._labels.get(text_id, {})

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
    """The choice lists that travel inside the form."""

    def __init__(self, model: etree._Element, texts: Texts) -> None:
        self._texts = texts
        self._instances = {
            node.get("id", ""): node for node in children(model) if local_name(node) == "instance"
        }
        self._known: dict[tuple[str, str, str, str], dict[str, Labels]] = {}

    def of(self, control: etree._Element) -> dict[str, Labels]:
        """Code to label, in order; empty where the list is in another file or in a repeat."""
        choices: dict[str, Labels] = {}
        for node in children(control):
            if local_name(node) == "item":
                label = self._texts.label_of(node)
                codes = (text_of(v) for v in children(node) if local_name(v) == "value")
                choices |= {code: label for code in codes if code not in choices}
            elif local_name(node) == "itemset":
                choices |= self._from_instance(node)
        return choices

    def _from_instance(self, itemset: etree._Element) -> dict[str, Labels]:
        found = _INSTANCE.search(itemset.get("nodeset", ""))
        refs = {local_name(node): node.get("ref", "") for node in children(itemset)}
        if not found or found[1] not in self._instances:
            return {}
        key = (found[1], found[2], refs.get("value", ""), refs.get("label", ""))
        if key not in self._known:
            self._known[key] = self._walk(*key)
        return self._known[key]

    def _walk(self, instance: str, path: str, value: str, label: str) -> dict[str, Labels]:
        items = [self._instances[instance]]
        for step in path.strip("/").split("/"):
            items = [child for item in items for child in _named(item, step)]
        choices: dict[str, Labels] = {}
        for item in items:
            for node in _named(item, value):
                if node.text and node.text.strip() not in choices:
                    choices[node.text.strip()] = self._label(item, label)
        return choices

    def _label(self, item: etree._Element, label: str) -> Labels:
        """`jr:itext(itextId)` names a text; anything else is the text itself."""
        in_itext = _ITEXT_OF_NODE.search(label)
        texts = [node.text or "" for node in _named(item, in_itext[1] if in_itext else label)]
        if not texts:
            return {}
        return self._texts.labels_of(texts[0]) if in_itext else {"": texts[0]}


def _named(parent: etree._Element, name: str) -> list[etree._Element]:
    name = name.rpartition(":")[2]
    return [child for child in children(parent) if local_name(child) == name]
