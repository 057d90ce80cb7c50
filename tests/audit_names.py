"""Every name of an act that the service can write into the audit log, read from its source."""

from __future__ import annotations

import ast
import re
from functools import cache

from service.accounts.policy import Act
from service.intake.tables import AlarmKind
from tests.test_architecture import modules

_NAME = re.compile(r"[a-z_]+\.[a-z_]+")
NO_NAMES = {
    "consent.erased", "entity.awaited", "entity.claimed", "form.draft_ended", "period.look",
    "itemsets.csv",
}  # fmt: skip
"""Texts of the same shape: events of jobs, a place of something sealed, a file."""


@cache
def written() -> frozenset[str]:
    """In a module that writes entries every text that looks like a name counts, through whatever
    function it passes; and every `Act` there is."""
    texts = {
        node.value
        for module, tree in modules().items()
        if _writes(tree) and not module.startswith("service.web.")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _NAME.fullmatch(node.value)
        and not node.value.startswith("samleng.")
    }
    alarms = {f"submission.{kind}" for kind in AlarmKind}
    return frozenset(texts - NO_NAMES | alarms | {act.value for act in Act})


def _writes(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "audit"
        and node.attr in ("record", "entry")
        for node in ast.walk(tree)
    )
