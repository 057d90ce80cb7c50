"""What the page of an import of casualties tells besides: how its file was read."""

from __future__ import annotations

from typing import Any

from service.exports.casualties import fields
from service.exports.casualties.words import lists
from service.facts import places as gazetteer
from service.moving import places
from service.moving.actions import casualty_reports
from service.moving.casualties import dates
from service.moving.queries.runs import Run
from service.web.pages import frame


def of_run(run: Run) -> dict[str, Any]:
    """Its columns, the words that nobody knows, and what may be chosen for them."""
    if run.kind != places.CASUALTIES:
        return {"how": None}
    language = frame.page_language()
    codes = {
        name: {code: label[language] for code, label in labels.items()}
        for name, labels in lists().items()
    }
    provinces = {one.code: one.name(language) for one in gazetteer.load().provinces()}
    return {
        "how": casualty_reports.find(run),
        "fields": fields.NAMES,
        "codes": codes | {"province": provinces | {"unknown": codes["sex"]["unknown"]}},
        "orders": dates.ORDERS,
    }
