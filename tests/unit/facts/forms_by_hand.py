"""Small tagged forms for tests of projection, without a workbook."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from service.facts.kinds import Facts
from service.facts.plan import compile_plan
from service.facts.projection import Context, project
from service.forms.schema import Field, FormSchema
from service.intake.instance import Answers, Instance

RECEIVED_AT = dt.datetime(2026, 11, 23, 20, 30, tzinfo=dt.UTC)
"""Already the 24th in Phnom Penh."""


def a_form(tags: Mapping[str, str | None], repeats: tuple[str, ...] = ()) -> FormSchema:
    """A form from "path/of/question" -> tag; `repeats` are paths of groups that repeat."""
    paths = frozenset(tuple(path.split("/")) for path in repeats)
    return FormSchema(
        form_id="by_hand",
        version="1",
        title="ទម្រង់សាកល្បង",
        root="data",
        fields=tuple(_field(path, tag, paths) for path, tag in tags.items()),
        repeats=paths,
    )


def _field(path: str, tag: str | None, repeats: frozenset[tuple[str, ...]]) -> Field:
    steps = tuple(path.split("/"))
    depths = frozenset(n for n in range(1, len(steps)) if steps[:n] in repeats)
    kind = {"today": "date", "start": "dateTime"}.get(steps[-1], "string")
    return Field(path=steps, type=kind, tag=tag, repeats=depths)


def a_context(**changes: object) -> Context:
    values: dict[str, object] = {
        "project_id": 1,
        "submission_pk": uuid.UUID(int=7),
        "submitter_id": 3,
        "received_at": RECEIVED_AT,
    }
    return Context(**(values | changes))  # type: ignore[arg-type]


def facts_from(form: FormSchema, answers: Answers, **context: object) -> Facts:
    instance = Instance(
        form_id=form.form_id, version=form.version, instance_id="uuid:1", answers=answers
    )
    return project(instance, compile_plan(form), a_context(**context))
