"""Whatever a phone sends, projection answers: with codes of the lists, and the same each time."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts import codes, dictionary, tables
from service.facts.kinds import Facts
from service.facts.plan import plan_for
from service.facts.projection import project
from service.forms.schema import FormSchema
from service.intake.instance import Instance
from tests.golden import reference_forms
from tests.unit.facts.forms_by_hand import a_context

SCRAPS = st.sampled_from(
    ["", " ", "yes", "no", "1", "3", "7", "-5", "9" * 400, "nan", "44", "2026-11-20", "2999-01-01",
     "0000-00-00", "02", "020101", "99", "unmet", "female", "មិនដឹង", "\u200b", "direct_injured",
     "reh_prosthesis sp_cash reh_prosthesis", "p1", "signature", "under18", "2026-11-20T08:00:00Z"]
)  # fmt: skip


def answers_for(schema: FormSchema) -> st.SearchStrategy[dict[str, Any]]:
    """Answers of the right names with any text, missing parts, and shapes that do not fit."""
    leaf = SCRAPS | st.text(max_size=20)

    def level(prefix: tuple[str, ...], depth: int) -> st.SearchStrategy[dict[str, Any]]:
        inside = [f.path for f in schema.fields if f.path[:depth] == prefix]
        optional: dict[str, st.SearchStrategy[Any]] = {}
        for path in inside:
            name = path[depth]
            if len(path) == depth + 1:
                optional[name] = leaf
            elif name not in optional:
                group = level((*prefix, name), depth + 1)
                optional[name] = group | st.lists(group, max_size=3) | leaf
        return st.fixed_dictionaries({}, optional=optional)

    return level((), 0)


@pytest.mark.parametrize("form_id", reference_forms.FORM_IDS)
def test_no_answers_break_projection(form_id: str) -> None:
    schema = reference_forms.schema(form_id)

    @given(answers_for(schema))
    def check(answers: dict[str, Any]) -> None:
        instance = Instance(form_id=form_id, version="1", instance_id="uuid:1", answers=answers)
        facts = project(instance, plan_for(schema), a_context())
        assert facts == project(instance, plan_for(schema), a_context())
        _hold(facts)

    check()


def _hold(facts: Facts) -> None:
    rows = [row for name in facts.__struct_fields__ for row in getattr(facts, name)]
    for row in rows:
        table = getattr(tables, type(row).__name__).__table__
        for name, value in msgspec.structs.asdict(row).items():
            told = dictionary.list_of(table.name, name)
            for one in value if isinstance(value, tuple | dict) else (value,):
                assert told is None or one in codes.as_dimension(told), name
            length = getattr(table.c[name].type, "length", None)
            if isinstance(value, str) and length:
                assert len(value) <= length, name
    keys = [(need.person_ordinal, need.need_code) for need in facts.needs]
    assert len(keys) == len(set(keys))
    assert {need.person_ordinal for need in facts.needs} <= {p.ordinal for p in facts.persons}
    if any("store" in consent.refused for consent in facts.consents if consent.ordinal == 0):
        assert rows == list(facts.consents)
