"""Every act that the service writes into its audit log, read from its source.

An entry is written by a call that names its act: as `action=` of `audit.record` and `audit.entry`,
or handed on by a function that does. What cannot be read so raises: a list with holes proves
nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from service.accounts.policy import Act
from service.intake.tables import AlarmKind

ROOT = Path(__file__).parents[1]
SERVICE = ROOT / "service"
CHAIN = "service.foundation.audit.chain"
PUT_TOGETHER = {"f'submission.{alarm.kind}'": [f"submission.{kind}" for kind in AlarmKind]}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Writer:
    """A function that writes an entry: which of its parameters is the act."""

    module: str
    name: str
    parameter: str


@dataclass
class Module:
    name: str
    tree: ast.Module
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name here -> (module, name there)."""
    constants: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)


def written() -> set[str]:
    """All acts, as they stand in the log."""
    modules = {one.name: one for one in map(_module, sorted(SERVICE.rglob("*.py")))}
    found: set[str] = set()
    writers, fresh = set[Writer](), {Writer(CHAIN, "record", "action"), _ENTRY}
    while fresh:
        writers |= fresh
        acts, handed_on = _calls_of(fresh, modules)
        found |= acts
        fresh = handed_on - writers
    return found


_ENTRY = Writer(CHAIN, "entry", "action")


def _module(path: Path) -> Module:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    made = Module(name=name, tree=ast.parse(path.read_text("utf-8")))
    for node in ast.walk(made.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                made.imported[one.asname or one.name] = (node.module, one.name)
        elif isinstance(node, Function):
            made.functions[node.name] = node
    for node in made.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            made.constants[node.targets[0].id] = node.value
    return made


def _calls_of(writers: set[Writer], modules: dict[str, Module]) -> tuple[set[str], set[Writer]]:
    """(acts that are named to them, functions that hand an act of their own on)."""
    acts, handed_on = set[str](), set[Writer]()
    by_place = {(one.module, one.name): one for one in writers}
    for module in modules.values():
        for function, call in _calls(module.tree, None):
            writer = by_place.get(_target(call.func, module, modules))
            if writer is None:
                continue
            given = _argument(call, writer, modules[writer.module])
            if (
                function is not None
                and isinstance(given, ast.Name)
                and given.id in _names(function)
            ):
                handed_on.add(Writer(module.name, function.name, given.id))
                continue
            acts |= set(_values(given, module, function, modules))
    return acts, handed_on


def _calls(node: ast.AST, inside: Function | None) -> Iterator[tuple[Function | None, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield inside, child
        yield from _calls(child, child if isinstance(child, Function) else inside)


def _target(called: ast.expr, module: Module, modules: dict[str, Module]) -> tuple[str, str]:
    """(module, name) of the function that is called; of anything else what is no such pair."""
    if isinstance(called, ast.Name):
        if called.id in module.functions:
            return module.name, called.id
        return _followed(module.imported.get(called.id, ("", "")), modules)
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        where, name = module.imported.get(called.value.id, ("", ""))
        return _followed((f"{where}.{name}", called.attr), modules)
    return "", ""


def _followed(place: tuple[str, str], modules: dict[str, Module]) -> tuple[str, str]:
    """Where a package takes it from."""
    where, name = place
    while where in modules and name not in modules[where].functions:
        if name not in modules[where].imported:
            break
        where, name = modules[where].imported[name]
    return where, name


def _argument(call: ast.Call, writer: Writer, home: Module) -> ast.expr:
    for keyword in call.keywords:
        if keyword.arg == writer.parameter:
            return keyword.value
    arguments = home.functions[writer.name].args
    place = [one.arg for one in (*arguments.posonlyargs, *arguments.args)].index(writer.parameter)
    return call.args[place]


def _names(function: Function) -> set[str]:
    arguments = function.args
    return {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _values(
    given: ast.expr, module: Module, function: Function | None, modules: dict[str, Module]
) -> Iterator[str]:
    """What the expression may be. Raises ValueError where that cannot be read."""
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        yield given.value
    elif isinstance(given, ast.IfExp):
        yield from _values(given.body, module, function, modules)
        yield from _values(given.orelse, module, function, modules)
    elif isinstance(given, ast.Attribute) and given.attr in Act.__members__:
        yield Act[given.attr].value
    elif isinstance(given, ast.JoinedStr) and ast.unparse(given) in PUT_TOGETHER:
        yield from PUT_TOGETHER[ast.unparse(given)]
    elif isinstance(given, ast.Name):
        for value in _bound(given.id, module, function, modules):
            yield from _values(value, module, function, modules)
    else:
        raise ValueError(f"{module.name}:{given.lineno}: name the act")


def _bound(
    name: str, module: Module, function: Function | None, modules: dict[str, Module]
) -> list[ast.expr]:
    found = [
        node.value
        for node in ast.walk(function or module.tree)
        if isinstance(node, ast.Assign)
        and any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
    ]
    where, there = module.imported.get(name, ("", ""))
    held = modules[where].constants if where in modules else module.constants
    known = held.get(there or name)
    if not found and known is None:
        raise ValueError(f"{module.name}: what is {name}?")
    return found or [known] if known is not None or found else []
