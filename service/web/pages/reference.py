"""`/docs`: the API as people read it, from the description that programs read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app

from service.accounts.actor import Role
from service.accounts.policy import ALLOWED, SCOPE_OF, Act
from service.web.identify import PUBLIC, allows, stated_act
from service.web.pages import frame

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")

reference = Blueprint("reference", __name__)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    summary: str
    parameters: tuple[Mapping[str, Any], ...]
    """name, in (path, query), kind, is_required, values."""
    answers: tuple[str, ...]
    roles: tuple[str, ...]
    """Who may call; none: whoever asks."""
    scope: str
    """The scope by which a script may call; "": by none, or needing none."""


@reference.get("/docs")
@allows(PUBLIC)
def show() -> str:
    return frame.page("reference.html", operations=list(_operations()))


def _operations() -> Iterator[Operation]:
    api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    roles = _roles()
    for path, methods in api.spec.to_dict()["paths"].items():
        shared = methods.get("parameters", [])
        for method, told in methods.items():
            if method == "parameters":
                continue
            yield Operation(
                method=method.upper(),
                path=path,
                summary=told["summary"],
                parameters=tuple(map(_parameter, [*shared, *told.get("parameters", [])])),
                answers=tuple(status for status in told["responses"] if status != "default"),
                roles=roles[method.upper(), path][0],
                scope=roles[method.upper(), path][1],
            )


def _parameter(told: Mapping[str, Any]) -> dict[str, Any]:
    schema = told["schema"]
    kind = schema.get("format") or schema["type"]
    return {
        "name": told["name"],
        "place": told["in"],
        "kind": kind if isinstance(kind, str) else kind[0],
        "is_required": told.get("required", False),
        "values": ", ".join(schema.get("enum", [])) or told.get("description", ""),
    }


def _roles() -> dict[tuple[str, str], tuple[tuple[str, ...], str]]:
    """(method, address as OpenAPI writes it) to the roles that may call it, and the scope of
    scripts."""
    found: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {}
    people = frozenset(Role) - {Role.SYSTEM, Role.API_TOKEN}
    for rule in current_app.url_map.iter_rules():
        act = stated_act(current_app, rule.endpoint)
        may_call, scope = frozenset[Role](), None
        if act not in (PUBLIC, None):
            may_call, scope = ALLOWED[Act(act)] & people, SCOPE_OF[Act(act)]
        path = _PARAMETER.sub(r"{\1}", rule.rule)
        told = (tuple(sorted(role.value for role in may_call)), scope.value if scope else "")
        for method in rule.methods or ():
            found[method, path] = told
    return found
