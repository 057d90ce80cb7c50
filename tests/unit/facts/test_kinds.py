"""Facts say what they mean: a class and each of its fields, for whoever reads the figures."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil

import pytest

from service.facts import kinds

CLASSES = [
    node
    for module in pkgutil.iter_modules(kinds.__path__, f"{kinds.__name__}.")
    for node in ast.parse(inspect.getsource(importlib.import_module(module.name))).body
    if isinstance(node, ast.ClassDef)
]
PLAIN = {
    *("project_id", "adm2", "adm3", "adm4", "wg_hear", "wg_walk", "wg_remember", "wg_selfcare"),
    *("wg_communicate", "age_to", "born_to", "incident_to", "issue_to", "land_title"),
    *("equity_card", "persons_dis_asked", "campaign", "name_km", "is_open", "age_band"),
    *("reported_on", "answered_on", "people_hurt", "sex", "takes_equity_card"),
}
"""Said by the field before them."""


def test_every_kind_is_there() -> None:
    assert {node.name for node in CLASSES} == {name for name in kinds.__all__ if name != "Facts"}


@pytest.mark.parametrize("name", [node.name for node in CLASSES])
def test_a_fact_says_what_it_is_where_it_comes_from_and_what_each_field_means(name: str) -> None:
    [node] = [one for one in CLASSES if one.name == name]
    assert "Source: " in (ast.get_docstring(node) or "")
    told = [
        field.target.id
        for field, after in zip(node.body, node.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(after, ast.Expr)
    ]
    every = {one.target.id for one in node.body
             if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)}  # fmt: skip
    assert every - set(told) <= PLAIN
