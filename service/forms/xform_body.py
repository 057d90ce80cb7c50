"""The body of an XForm: which control asks for which path, in what words, with what choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from service.forms.itext import Choices, Labels, Texts
from service.forms.namespaces import Path, children, local_name, parse_path

_KINDS = {"select1": "select1", "select": "select", "upload": "binary", "rank": "rank"}
CONTROLS = frozenset({*_KINDS, "input", "secret", "trigger", "range", "textarea"})


@dataclass(kw_only=True)
class Body:
    """What the body says about paths of the primary instance."""

    kinds: dict[Path, str] = field(default_factory=dict)
    """Types that the control makes: select1, select, binary, rank."""
    labels: dict[Path, Labels] = field(default_factory=dict)
    choices: dict[Path, dict[str, Labels]] = field(default_factory=dict)
    """Code to label, in the order of the list."""
    repeats: set[Path] = field(default_factory=set)
    groups: set[Path] = field(default_factory=set)


def read_body(body: etree._Element, model: etree._Element, texts: Texts) -> Body:
    """Walk the controls; a control inside a group may be given relative to it."""
    result = Body()
    by_id = {
        node.get("id", ""): node.get("nodeset", "")
        for node in model.iter()
        if isinstance(node.tag, str) and local_name(node) == "bind"
    }
    _walk(body, (), result, _Reading(by_id=by_id, texts=texts, choices=Choices(model, texts)))
    return result


@dataclass(frozen=True, kw_only=True)
class _Reading:
    by_id: Mapping[str, str]
    texts: Texts
    choices: Choices

    def path_of(self, control: etree._Element, context: Path) -> Path | None:
        target = control.get("nodeset") or control.get("ref")
        target = target or self.by_id.get(control.get("bind", ""))
        return parse_path(target, context) if target else None


def _walk(parent: etree._Element, context: Path, result: Body, reading: _Reading) -> None:
    for node in children(parent):
        name, path = local_name(node), reading.path_of(node, context)
        if name in ("group", "repeat"):
            if path is not None:
                (result.repeats if name == "repeat" else result.groups).add(path)
            _walk(node, context if path is None else path, result, reading)
        elif name in CONTROLS and path is not None:
            _note(node, name, path, result, reading)


def _note(control: etree._Element, name: str, path: Path, result: Body, reading: _Reading) -> None:
    if name in _KINDS:
        result.kinds.setdefault(path, _KINDS[name])
    label = reading.texts.label_of(control)
    if label:
        result.labels.setdefault(path, label)
    choices = reading.choices.of(control)
    if choices:
        result.choices.setdefault(path, choices)
