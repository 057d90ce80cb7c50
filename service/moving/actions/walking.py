"""Going through a source: form by form, then record by record, then list by list.

The same walk tells what would happen and makes it happen. After each step its rows can be kept,
and the place where it goes on; what was done twice is done once, so a step may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.entities import actions as entities
from service.moving.actions import entity_lists, form_versions, records
from service.moving.actions.door import Door
from service.moving.plan import Row, Verdict
from service.moving.source import FIRST_PAGE, Source, SourceForm, SourceList


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Where a walk goes on. `stage` 0: forms; 1: records of the form with that number; 2: lists."""

    stage: int = 0
    form: int = 0
    after: str = FIRST_PAGE

    def as_json(self) -> Mapping[str, int | str]:
        return {"stage": self.stage, "form": self.form, "after": self.after}


START = Mark()


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
    forms = [one for one in source.forms() if not form_ids or one.form_id in form_ids]
    if start.stage == 0:
        for n, form in enumerate(forms):
            if n >= start.form:
                rows = form_versions.bring(door, source, form, is_dry=is_dry)
                yield Step(rows=rows, mark=Mark(stage=0, form=n + 1))
    if start.stage <= 1:
        first = start if start.stage == 1 else Mark(stage=1)
        yield from _records(door, source, forms, first, is_dry=is_dry)
    if not form_ids:
        for entity_list in source.lists():
            row = _list(door, source, entity_list, is_dry=is_dry)
            yield Step(rows=[row], mark=Mark(stage=2))


def _list(door: Door, source: Source, wanted: SourceList, *, is_dry: bool) -> Row:
    """Between what records made before and what they make after it: whichever comes first, what a
    record made is the record's, and goes with it."""
    if is_dry:
        return entity_lists.bring(door, source, wanted, is_dry=True)
    entities.apply_waiting(door.project_id)
    row = entity_lists.bring(door, source, wanted, is_dry=False)
    if row.verdict in (Verdict.NEW, Verdict.CHANGED):
        entities.apply_waiting(door.project_id)
    return row


def _records(
    door: Door, source: Source, forms: Sequence[SourceForm], first: Mark, *, is_dry: bool
) -> Iterator[Step]:
    for n, form in enumerate(forms):
        if n < first.form:
            continue
        after: str | None = first.after if n == first.form else FIRST_PAGE
        while after is not None:
            page = source.page(form, after)
            rows = records.bring(door, source, form, page.records, is_dry=is_dry)
            mark = Mark(stage=1, form=n, after=page.after) if page.after else None
            yield Step(rows=rows, mark=mark or Mark(stage=1, form=n + 1))
            after = page.after
