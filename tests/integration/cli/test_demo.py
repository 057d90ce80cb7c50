"""The demonstration: all eight reference forms, as phones send them, and what a team does then."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service.cases.tables import CaseNeed, CaseVisit
from service.cli.demo import odd, people, sending
from service.cli.demo.others import OTHERS
from service.cli.demo.people import Filled
from service.facts.tables import Visit
from service.forms.schema import FormSchema
from service.foundation.db import reading, unit_of_work
from service.intake.tables import State, Submission
from service.review.tables import RecordFlag
from tests.factories import a_form
from tests.golden import reference_forms
from tests.integration.cli.test_commands import Shell, shell

__all__ = ["shell"]  # a fixture
EVERY = ("needs_assessment", "treaty_signature", *OTHERS)


def answers_of(answers: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, held in answers.items():
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, dict):
                yield from answers_of(one, (*path, name))
            else:
                yield (*path, name), one


def some(form_id: str) -> Iterator[Filled]:
    if form_id == "needs_assessment":
        for number in range(60):
            yield from odd.unit(people.household(3, number), number)
    elif form_id == "treaty_signature":
        yield from (people.signer(3, number) for number in range(40))
    else:
        yield from (OTHERS[form_id][1](3, number) for number in range(60))


def strange(filled: Filled, schema: FormSchema) -> list[str]:
    """Answers to no question of the form, and codes of none of its lists."""
    asked = {field.path: field for field in schema.fields}
    found = []
    for path, answer in answers_of(filled.answers):
        field = asked.get(path)
        if field is None:
            found.append("/".join(path))
        elif field.choices and not set(answer.split()) <= set(field.choices):
            found.append(f"{'/'.join(path)} = {answer}")
    return found


@pytest.mark.parametrize("form_id", EVERY)
def test_every_answer_is_to_a_question_of_its_form_and_of_its_list(form_id: str) -> None:
    schema = reference_forms.schema(form_id)
    assert {one for filled in some(form_id) for one in strange(filled, schema)} == set()


def test_the_same_seed_makes_the_same_records() -> None:
    def made(seed: int) -> list[Filled]:
        return list(itertools.chain(*sending.records(seed, 40, 20, EVERY)))

    assert made(5) == made(5)
    assert len({one.instance_id for one in made(5)} & {one.instance_id for one in made(6)}) == 0
    assert {one.form_id for one in made(5)} == set(EVERY)


def test_a_load_fills_every_kind_of_fact_and_its_team_looks(shell: Shell, app: Flask) -> None:
    loaded = []
    for name in ("Pailin", "Kampot"):
        pid = shell("projects", "create", name)["id"]
        with unit_of_work() as session:
            for form_id in EVERY:
                xml = reference_forms.converted(form_id)[0].decode()
                schema = reference_forms.schema(form_id)
                a_form(session, pid, form_id, schema.version, xml=xml)
        loaded.append(shell("demo", "load", "--project", pid, "--submissions", 120, "--seed", 7))
    first, second = loaded
    assert sum(first["statuses"].values()) == 120
    assert set(first["statuses"]) <= {"201", "202"}
    assert {kind for kind, count in first["counts"].items() if not count} == set()
    assert {"approved", "returned"} <= set(first["looked"])
    assert first["flagged"] > 0
    assert first["counts"] == second["counts"]
    assert (first["looked"], first["flagged"]) == (second["looked"], second["flagged"])
    with reading() as session:  # its visits are of its own cases
        linked = session.scalar(sa.select(sa.func.count()).select_from(CaseVisit))
        visits = session.scalar(sa.select(sa.func.count()).select_from(Visit))
        closed = sa.select(CaseNeed.case_pk).where(CaseNeed.status == "met")
        assert (linked, bool(session.scalars(closed).first())) == (visits, True)
        assert (visits or 0) > 2
    with reading() as session:
        states = set(session.scalars(sa.select(Submission.state)))
        codes = {str(code) for code in session.scalars(sa.select(RecordFlag.code))}
    assert states >= {State.CURRENT, State.SUPERSEDED, State.QUEUED}
    assert codes == {"double", "too_fast", "far", "future", "age", "straight"}
