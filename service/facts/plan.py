"""A form version, read once: which answers feed which facts, whatever the form looks like.

Only tags decide. Questions may have any name and sit in any group; the repeat that holds most
person tags is the repeat of persons, and so on; a form without one speaks of one person. A tag
asked once further out (victim.type of a whole household) holds for everybody inside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.forms.schema import Field, FormSchema
from service.forms.tags import TAGS
from service.intake.instance import Answers

Path = tuple[str, ...]

_ROLE_TAGS = {
    "signature": {"petition.mark", "petition.line_name", "petition.line_status"},
    "person": {"person.sex", "person.age", "person.age_band", "victim.type"}
    | {tag for tag in TAGS if tag.startswith("wg.")},
    "follow_up": {"need.id"} | {tag for tag in TAGS if tag.startswith("service.")},
    "rights_issue": {"issue.code", "issue.duty_bearer"},
    "need": {"need.code", "need.status"},
}
_ASSESSING = frozenset({"household", "person", "need"})
_NOT_ASSESSING = frozenset(
    {"signature", "sheet", "testimony", "rights_issue", "concern", "provider", "casualty"}
)
"""Forms of these kinds that ask for no need and no household say sex and age of somebody whom they
do not assess: a signer, a narrator, the one whose rights were denied."""
_NOT_READ = ("note.",)
"""Tags that no fact holds: passed over."""
_PERSONAL = frozenset(tag.name for tag in TAGS.values() if tag.kind in {"person", "need"})
CONSENT_TAGS = frozenset(tag.name for tag in TAGS.values() if tag.kind == "consent")
_MAX_DEPTH = 40
"""Groups inside groups; deeper answers are no form of ours."""


@dataclass(kw_only=True)
class Node:
    """One group or repeat of the form: its tagged questions, groups and repeats, in order."""

    role: str = ""
    """person | need | follow_up | rights_issue | signature for the repeats that make facts, "" for
    all else."""
    questions: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Name to tag, and whether answers of several questions join."""
    inner: dict[str, Node] = field(default_factory=dict)


@dataclass(kw_only=True)
class Scope:
    """Answers by tag of one entry of a repeat, or of the whole form; and the entries inside."""

    values: dict[str, str] = field(default_factory=dict)
    entries: list[tuple[str, Scope]] = field(default_factory=list)

    def inside(self, role: str) -> list[Scope]:
        return [scope for name, scope in self.entries if name == role]

    @property
    def beside(self) -> list[Scope]:
        """Entries of repeats that are neither of persons nor of signers: a report each, a need."""
        return [scope for name, scope in self.entries if name not in ("person", "signature")]

    @property
    def says_consent(self) -> bool:
        return not CONSENT_TAGS.isdisjoint(self.values)

    @property
    def says_person(self) -> bool:
        """False for a repeat opened by a wrong tap, or a form left before its first person."""
        return not _PERSONAL.isdisjoint(self.values)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `projection.project` needs to know about a form version."""

    root: Node
    tags: frozenset[str]
    person_repeat: Path
    """Empty if the form speaks of one person."""
    signature_repeat: Path
    by_person: frozenset[str]
    """Tags asked inside the repeat of persons."""
    makes: frozenset[str]
    """Kinds of facts the form can give, as tags name them: household, consent, person, need, …"""
    warnings: tuple[str, ...] = ()

    def read(self, answers: Answers) -> Scope:
        """The tagged answers. Takes any nesting; what the form does not describe is passed over."""
        scope = Scope()
        _collect(self.root, answers, scope, 0)
        return scope


def compile_plan(schema: FormSchema) -> Plan:
    """The plan of a form version. Costs about a millisecond: keep it beside the schema."""
    fields = [_with_time_tag(f, schema) for f in schema.fields]
    fields = [f for f in fields if f.tag in TAGS]
    tags = frozenset(f.tag for f in fields if f.tag)
    makes = _makes(tags)
    roles = _roles(fields, makes)
    persons, signatures = roles["person"], roles["signature"]
    by_role = {path: role for role, path in roles.items() if path}
    root = _tree(schema, fields, by_role)
    if "meta.time" not in tags:  # apps say it in OpenRosa's own place, whatever the form asks
        root.inner.setdefault("meta", Node()).questions["timeEnd"] = ("meta.time", False)
    return Plan(
        root=root,
        tags=tags,
        person_repeat=persons,
        signature_repeat=signatures,
        by_person=frozenset(f.tag for f in fields if f.tag and _is_below(f.path, persons)),
        makes=makes,
        warnings=_warnings(schema, persons, roles["need"]),
    )


_plans: dict[int, tuple[FormSchema, Plan]] = {}
_MOST_PLANS = 256


def plan_for(schema: FormSchema) -> Plan:
    """`compile_plan`, remembered for this very schema object."""
    held = _plans.get(id(schema))
    if held is None or held[0] is not schema:
        if len(_plans) >= _MOST_PLANS:
            _plans.clear()
        held = _plans[id(schema)] = (schema, compile_plan(schema))
    return held[1]


def asks_consent(schemas: Iterable[FormSchema]) -> bool:
    """Whether a form does, in any of these versions."""
    return any(not CONSENT_TAGS.isdisjoint(plan_for(schema).tags) for schema in schemas)


_TIME_TAGS = {("today", "date"): "meta.date", ("start", "dateTime"): "meta.time"}


def _with_time_tag(of: Field, schema: FormSchema) -> Field:
    """XLSForm's own `today` and `start` count as tagged where no question has their tag."""
    tag = _TIME_TAGS.get((of.name, of.type))
    if of.tag or tag is None or any(other.tag == tag for other in schema.fields):
        return of
    return replace(of, tag=tag)


def _makes(tags: Iterable[str]) -> frozenset[str]:
    kinds = {TAGS[tag].kind for tag in tags}
    if "case" in kinds:
        # A visit to a case asks of a person who was assessed before; her needs are follow-ups.
        return frozenset(kinds - _ASSESSING)
    if "signature" in kinds:
        kinds.discard("testimony")  # what a leader says beside the signature
    if _NOT_ASSESSING & kinds and not {"need", "household"} & kinds:
        kinds.discard("person")
    if "need" in kinds:
        kinds.add("person")
    return frozenset(kinds)


def _roles(fields: Sequence[Field], makes: frozenset[str]) -> dict[str, Path]:
    """Role to the path of its repeat; () where the form has none for it."""
    needed = {"person": "person", "signature": "signature", "follow_up": "case"}
    roles = {
        role: _repeat_of(fields, tags) if needed.get(role, role) in makes | {"need"} else ()
        for role, tags in _ROLE_TAGS.items()
        if role != "need"
    }
    asked_again = roles["follow_up"]
    others = [f for f in fields if not asked_again or _innermost(f) != asked_again]
    return roles | {"need": _repeat_of(others, _ROLE_TAGS["need"])}


def _repeat_of(fields: Iterable[Field], tags: set[str]) -> Path:
    """Path of the repeat in which most of these tags are asked; the deeper one if two have most."""
    counts = Counter(_innermost(f) for f in fields if f.tag in tags)
    return max(counts, key=lambda path: (counts[path], len(path)), default=())


def _innermost(of: Field) -> Path:
    return of.path[: max(of.repeats, default=0)]


def _is_below(path: Path, repeat: Path) -> bool:
    return bool(repeat) and path[: len(repeat)] == repeat


def _tree(schema: FormSchema, fields: Iterable[Field], roles: Mapping[Path, str]) -> Node:
    root = Node()
    for f in fields:
        node = root
        for depth, name in enumerate(f.path[:-1], start=1):
            node = node.inner.setdefault(name, Node(role=roles.get(f.path[:depth], "")))
        tag = f.tag or ""
        if not tag.startswith(_NOT_READ):
            node.questions[f.name] = (tag, TAGS[tag].is_multiple)
    return root


def _warnings(schema: FormSchema, persons: Path, needs: Path) -> tuple[str, ...]:
    unknown = sorted({f.tag for f in schema.fields if f.tag and f.tag not in TAGS})
    found = [f"tag “{tag}” is not known: its answers are kept, not counted" for tag in unknown]
    if persons and needs and not _is_below(needs, persons):
        found.append(
            f"needs in “{'/'.join(needs)}” are outside the repeat of persons: they are counted "
            "only where one person was entered"
        )
    return tuple(found)


def _collect(node: Node, answers: Answers, scope: Scope, depth: int) -> None:
    """Fill `scope` from `answers`, which come in the order of the form. Of two answers under one
    tag the later one stands: consent asked again after a testimony replaces what was said before.
    """
    values, questions, inside = scope.values, node.questions, node.inner
    for name, held in answers.items():
        if type(held) is str:
            question = questions.get(name)
            if question is not None and (answer := held.strip()):
                tag, joins = question
                values[tag] = f"{values[tag]} {answer}" if joins and tag in values else answer
            continue
        inner = inside.get(name)
        if inner is None or depth > _MAX_DEPTH:
            continue
        for entry in held if isinstance(held, list) else (held,):
            if not isinstance(entry, dict):
                continue
            if inner.role:
                entered = Scope()
                scope.entries.append((inner.role, entered))
                _collect(inner, entry, entered, depth + 1)
            else:
                _collect(inner, entry, scope, depth + 1)
