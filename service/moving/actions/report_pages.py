"""Where the pages of a report are sealed for."""

from __future__ import annotations

from service.foundation.sealing import DataClass, Place
from service.moving.queries.runs import Run


def page_place(run: Run, number: int) -> Place:
    return Place(
        project_id=run.project_id,
        record=run.run_pk,
        data_class=DataClass.RAW,
        field=f"moving/{number}",
    )
