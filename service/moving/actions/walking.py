"""Going through a source: form by form, then record by record, then list by list.

The same walk tells what would happen and makes it happen. After each step its rows can be kept,
and the place where it goes on; what was done twice is done once, so a step may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.entities import actions as entities
from service.foundation.problems import SOURCE_STRANGE, Problem
from service.moving.actions import entity_lists, form_versions, records
from service.moving.actions.door import Door
from service.moving.plan import Row, Verdict, What, Why
from service.moving.source import FIRST_PAGE, Source, SourceForm, SourceList


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Where a walk goes on. `stage` 0: forms; 1: records; 2: lists.

    Forms are gone through by their keys, which stay, while their places in a source's list move
    whenever somebody edits one. All before `form` are done, and it too where `after` is ALL.
    """

    stage: int = 0
    form: str = ""
    after: str = FIRST_PAGE

    def as_json(self) -> Mapping[str, int | str]:
        return {"stage": self.stage, "form": self.form, "after": self.after}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Mark:
        """One that an earlier release wrote, by place, is no mark: what came is the same again."""
        return cls(**told) if isinstance(told.get("form"), str) else cls()

    def leaves_out(self, form: SourceForm) -> bool:
        return form.key < self.form or (form.key == self.form and self.after == ALL)


ALL = ""
"""As a page: there is none after it."""
START = Mark()
MOST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Step:
    """What became, or would, of some things; `mark`: where to go on after them."""

    rows: Sequence[Row]
    mark: Mark


def walk(
    door: Door,
    source: Source,
    *,
    is_dry: bool,
    form_ids: Sequence[str] = (),
    start: Mark = START,
) -> Iterator[Step]:
    """Raises what the source raises, and DISK_FULL, PROJECT_FULL: what came so far is kept."""
    wanted = [one for one in source.forms() if not form_ids or one.form_id in form_ids]
    forms = sorted(wanted, key=lambda one: one.key)
    lists = () if form_ids else source.lists()
    made: dict[str, set[str]] = {}
    if start.stage == 0:
        if not is_dry:
            entity_lists.declare(door, lists)
        for form in forms:
            if not start.leaves_out(form):
                makes = made[form.key] = set()
                rows = form_versions.bring(door, source, form, is_dry=is_dry, makes=makes)
                yield Step(rows=rows, mark=Mark(stage=0, form=form.key, after=ALL))
    if start.stage <= 1:
        first = start if start.stage == 1 else Mark(stage=1)
        yield from _records(door, source, forms, first, is_dry=is_dry)
    fed = _fed(door, source, forms, made) if is_dry and lists else frozenset()
    for entity_list in lists:
        row = _list(door, source, entity_list, is_dry=is_dry, is_fed=entity_list.name in fed)
        yield Step(rows=[row], mark=Mark(stage=2))


def _fed(
    door: Door, source: Source, forms: Sequence[SourceForm], made: Mapping[str, set[str]]
) -> frozenset[str]:
    """Lists that forms of this look would make. `made`: those of forms that it came by; of others,
    which it told of before it was begun anew, it asks again."""
    found: set[str] = set()
    for form in forms:
        if form.key in made:
            found |= made[form.key]
        else:
            form_versions.bring(door, source, form, is_dry=True, makes=found)
    return frozenset(found)


def _list(door: Door, source: Source, wanted: SourceList, *, is_dry: bool, is_fed: bool) -> Row:
    """Between what records made before and what they make after it: whichever comes first, what a
    record made is the record's, and goes with it."""
    if is_dry:
        return entity_lists.bring(door, source, wanted, is_dry=True, is_fed=is_fed)
    entities.apply_waiting(door.project_id, lambda: door.demand_room(0))
    row = entity_lists.bring(door, source, wanted, is_dry=False)
    if row.verdict in (Verdict.NEW, Verdict.CHANGED):
        entities.apply_waiting(door.project_id, lambda: door.demand_room(0))
    return row


def _records(
    door: Door, source: Source, forms: Sequence[SourceForm], first: Mark, *, is_dry: bool
) -> Iterator[Step]:
    for form in forms:
        if first.leaves_out(form):
            continue
        after: str | None = first.after if form.key == first.form else FIRST_PAGE
        passage = records.Passage(door, source, form, is_dry=is_dry)
        while after is not None:
            try:
                page = source.page(form, after)
            except Problem as problem:
                if problem.kind is not SOURCE_STRANGE or source.is_at_hand:
                    raise
                yield Step(rows=[_not_given(form)], mark=Mark(stage=1, form=form.key, after=ALL))
                break
            rows = passage.bring(page.records)
            if after == FIRST_PAGE:
                rows = [*_left_out(source, form), *rows]
            yield Step(rows=rows, mark=Mark(stage=1, form=form.key, after=page.after or ALL))
            after = page.after


def _left_out(source: Source, form: SourceForm) -> Iterator[Row]:
    for what, name in source.left_out:
        yield Row(
            what=What(what),
            form_id=form.form_id,
            name=name[:MOST_NAME],
            verdict=Verdict.REFUSED,
            why=Why.NO_QUESTION,
        )


def _not_given(form: SourceForm) -> Row:
    """Its records: the form was deleted there meanwhile."""
    return Row(
        what=What.RECORD, form_id=form.form_id, name="", verdict=Verdict.REFUSED, why=Why.NOT_GIVEN
    )
