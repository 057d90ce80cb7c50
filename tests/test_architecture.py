"""The house: who may import whom. The order of rooms is one list, and there are no exceptions."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVICE = ROOT / "service"

ROOMS = (
    "accounts", "forms", "intake", "facts", "persons", "disclosure", "entities",
    "treaty", "cases", "testimonies", "consent", "review", "indicators", "releases", "dialogue",
    "products", "exports", "moving",
)  # fmt: skip
"""Along the life of a submission. A room imports rooms to its left, and foundation."""

FURNITURE = ("tables", "queries", "actions")
"""The modules of a room that know the database (or packages, where one grew long); all others
are pure."""

FOR_PURE = ("problems", "formats", "sealing")
"""What a pure module may use of foundation: same input, same output."""

FOR_TABLES = ("columns", "db")
NO_PLACE_IN_PURE = {"http", "shelve", "smtplib", "socket", "sqlite3", "ssl", "asyncio"}
ONLY_IN = {
    "flask": ("web", "cli", "app", "serving"),
    "flask_babel": ("web",),
    "flask_smorest": ("web",),
    "werkzeug": ("web", "app"),
    "jinja2": ("web",),
    "marshmallow": ("web",),
    "click": ("cli",),
    "alembic": ("cli",),
}
"""Libraries of the doors. SQLAlchemy has a rule of its own: foundation and furniture."""

ENVIRONMENT = {
    "service.foundation.settings",
    "service.foundation.crash_points",  # armed before anything runs, by tests alone
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a module stands: floor or room, and its name in there."""

    module: str

    @property
    def room(self) -> str:
        parts = self.module.split(".")
        return parts[1] if len(parts) > 1 else ""

    @property
    def name(self) -> str:
        parts = self.module.split(".")
        return parts[2] if len(parts) > 2 else ""

    @property
    def is_room(self) -> bool:
        return self.room in ROOMS

    @property
    def is_pure(self) -> bool:
        return self.is_room and self.name not in FURNITURE


def floor(place: Place) -> int:
    """0 foundation, then the rooms in their order, jobs, the doors, the roof."""
    if place.is_room:
        return 1 + ROOMS.index(place.room)
    above = {"foundation": 0, "checkup": 98, "jobs": 98, "web": 99, "cli": 99, "app": 100}
    above |= {"serving": 101, "__main__": 102, "": 0}
    return above[place.room]


def complaint(importer: str, imported: str) -> str | None:
    """Why `importer` must not import `imported`; None if it may."""
    here = Place(module=importer)
    if imported == "service" or imported.startswith("service."):
        return _between_ours(here, Place(module=imported))
    return _of_library(here, imported.split(".", maxsplit=1)[0])


def _between_ours(here: Place, there: Place) -> str | None:
    if here.room == there.room:
        return _inside_room(here, there)
    of_foundation = there.room == "foundation"
    rules = (
        (floor(there) >= floor(here), "imports go down, and between rooms only to the left"),
        (
            there.is_room
            and there.name == "tables"
            and not (here.room == "app" or (here.is_room and here.name == "queries")),
            "tables of another room are for queries alone",
        ),
        (
            here.is_pure and there.is_room and not there.is_pure,
            "a pure module imports pure modules",
        ),
        (
            here.is_pure and of_foundation and there.name not in FOR_PURE,
            f"a pure module uses of foundation only {', '.join(FOR_PURE)}",
        ),
        (
            here.is_room
            and here.name == "tables"
            and of_foundation
            and there.name not in FOR_TABLES,
            "tables know columns and db",
        ),
    )
    return next((why for holds, why in rules if holds), None)


def _inside_room(here: Place, there: Place) -> str | None:
    if not here.is_room:
        return None
    allowed = {
        "tables": (),
        "queries": ("tables",),
        "actions": ("tables", "queries"),
    }.get(here.name, ())
    if there.name == here.name:  # furniture that has grown is a package of modules
        return None
    if there.name in FURNITURE and there.name not in allowed:
        return f"{here.name or 'the room'} is below {there.name}"
    return None


def _of_library(here: Place, library: str) -> str | None:
    if library in ONLY_IN and here.room not in ONLY_IN[library]:
        return f"{library} is for {', '.join(ONLY_IN[library])}"
    if library == "sqlalchemy" and not (
        here.room == "foundation" or (here.is_room and not here.is_pure)
    ):
        return "SQL is written in tables, queries and actions"
    if here.is_pure and library in NO_PLACE_IN_PURE:
        return "pure modules touch no network and no database"
    return None


@cache
def modules() -> dict[str, ast.Module]:
    """Dotted name -> parsed source, of everything in service/."""
    found = {}
    for path in sorted(SERVICE.rglob("*.py")):
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[dotted.removesuffix(".__init__")] = ast.parse(path.read_text("utf-8"))
    return found


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """(dotted name, line) of all imports, those in functions and for types too.

    Of `from service.treaty import tally` the name is `service.treaty.tally`, if that is a module.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield (full if full in modules() else base), node.lineno


def test_every_import_keeps_to_the_house() -> None:
    wrong = [
        f"{module}:{line} imports {name}: {why}"
        for module, tree in modules().items()
        for name, line in imports(tree)
        if (why := complaint(module, name))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("service.intake.actions", "service.facts.kinds"),
        ("service.foundation.db", "service.accounts.actor"),
        ("service.jobs", "service.web.errors"),
        ("service.cli.work", "service.web.errors"),
        ("service.web.pages.today", "service.accounts.tables"),
        ("service.facts.actions", "service.forms.tables"),
        ("service.facts.projection", "service.forms.queries"),
        ("service.facts.projection", "service.foundation.clock"),
        ("service.facts.queries", "service.facts.actions"),
        ("service.facts.projection", "sqlalchemy.orm"),
        ("service.facts.tables", "flask"),
        ("service.jobs", "sqlalchemy"),
        ("service.web.api.health", "sqlalchemy"),
        ("service.disclosure.rules", "socket"),
    ],
)
def test_what_the_house_forbids_is_seen(importer: str, imported: str) -> None:
    assert complaint(importer, imported) is not None


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("service.facts.actions", "service.intake.queries.projecting"),
        ("service.facts.queries", "service.intake.tables"),
        ("service.indicators.actions", "service.disclosure.suppress"),
        ("service.web.api.sessions", "service.accounts.actions"),
        ("service.intake.envelope", "service.forms.schema"),
        ("service.disclosure.suppress", "numpy"),
        ("service.app", "service.facts.tables"),
    ],
)
def test_what_the_house_allows_is_not_refused(importer: str, imported: str) -> None:
    assert complaint(importer, imported) is None


def test_imports_are_absolute() -> None:
    wrong = [
        f"{module}:{line}"
        for module, tree in modules().items()
        for name, line in imports(tree)
        if name.startswith(".")
    ]
    assert wrong == []


def test_only_settings_and_the_launcher_read_the_environment() -> None:
    readers = {
        module
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "putenv"))
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert readers == ENVIRONMENT


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    names = {module.rsplit(".", 1)[-1]: module for module in modules()}
    assert sorted(names[name] for name in names.keys() & sys.stdlib_module_names) == []


def test_every_package_says_what_it_is_for() -> None:
    packages = [
        ".".join(path.parent.relative_to(ROOT).parts) for path in SERVICE.rglob("__init__.py")
    ]
    silent = [name for name in packages if not ast.get_docstring(modules()[name])]
    assert silent == []


def test_rooms_stand_where_the_list_says() -> None:
    """A new folder in service/ needs its place in ROOMS."""
    folders = {path.parent.name for path in SERVICE.glob("*/__init__.py")}
    assert folders - {"foundation", "checkup", "jobs", "web", "cli"} <= set(ROOMS)


def test_the_documents_tell_the_rooms_in_their_order() -> None:
    told = (ROOT / "docs/architecture.md").read_text("utf-8")
    found = re.findall(
        r"\b(?:" + "|".join(ROOMS) + r")\b", re.search(r"    moving >[^`]+?\n\n", told)[0]
    )
    assert tuple(reversed(found)) == ROOMS
    rows = set(re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE))
    assert rows == {room for room in ROOMS if (SERVICE / room).is_dir()}
    line = next(
        line
        for line in (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()
        if line.startswith("    accounts > ")
    )
    assert tuple(line.split()[::2]) == ROOMS


def test_nothing_makes_a_safe_table_but_the_disclosure_room() -> None:
    """And no door counts persons by itself: what it could serialise would have been protected."""
    for path in SERVICE.rglob("*.py"):
        where, words = path.relative_to(SERVICE).as_posix(), path.read_text("utf-8")
        imported = re.findall(
            r"^from service\.(\S+) import ([^\n(]+|\([^)]+\))", words, re.MULTILINE
        )
        ours = " ".join(
            f"{m} {n}" for m, n in imported if m.startswith(("disclosure", "indicators"))
        )
        assert "safe_table._" not in words, where
        if re.search(r"\b(_sealed|_SEAL)\b", " ".join(n for m, n in imported if "safe_table" in m)):
            assert where == "disclosure/suppress.py", where
        if where.startswith(("web/", "cli/")):
            assert not re.search(r"\b(RawTable|Counted|tabulate)\b", ours), where
