"""Facts as programs read them."""

from __future__ import annotations

import marshmallow as ma

from service.web.api.schemas.central import Text

MOST_ROWS = 1000


class FactsQuery(ma.Schema):
    """Which page. The route refuses all other parameters."""

    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(min=1, max=MOST_ROWS))
    cursor = Text(load_default=None, allow_none=True)


class FactsSchema(ma.Schema):
    """A page of facts. What a fact of each kind holds: docs/data-dictionary.md."""

    items = ma.fields.List(
        ma.fields.Dict(),
        metadata={
            "description": "Each with `instance_id`, the ID of its record, and `version_id`, that "
            "of the version that stands"
        },
    )
    cursor = Text(allow_none=True)
    more = ma.fields.Boolean()
