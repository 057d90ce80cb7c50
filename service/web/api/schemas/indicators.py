"""The catalogue and its tables. A table's own shape is `SafeTable.as_dict()`: nothing else may
leave the disclosure room, so this schema describes it and passes it on."""

from __future__ import annotations

import marshmallow as ma

from service.disclosure.rules import Audience
from service.web.api.schemas.central import Text


class TitleSchema(ma.Schema):
    """The same text in two languages."""

    en = ma.fields.String(dump_only=True)
    km = ma.fields.String(dump_only=True)


class IndicatorSchema(ma.Schema):
    """One entry of the catalogue, with the fixed grid of breakdowns per audience."""

    id = ma.fields.String(dump_only=True)
    title = ma.fields.Nested(TitleSchema, dump_only=True)
    pillar = ma.fields.String(dump_only=True)
    unit = ma.fields.String(dump_only=True)
    frameworks = ma.fields.List(Text(), dump_only=True)
    needs = ma.fields.Nested(
        TitleSchema,
        dump_only=True,
        metadata={"description": "Only of what cannot be computed yet: what it would need"},
    )
    breakdowns = ma.fields.Dict(
        keys=Text(),
        values=ma.fields.List(ma.fields.List(Text())),
        dump_only=True,
    )


class TableQuery(ma.Schema):
    """What to ask of an indicator. The route refuses all others."""

    by = Text(load_default="", metadata={"description": "need,province"})
    audience = Text(
        load_default=Audience.PARTNER.value,
        validate=ma.validate.OneOf(["public", "partner", "internal"]),
    )
    period_from = ma.fields.Date(data_key="from", load_default=None)
    period_to = ma.fields.Date(data_key="to", load_default=None)
    as_of = ma.fields.Date(
        load_default=None,
        metadata={
            "description": "Of what had come in by the end of this day and has not been taken back "
            "since, as it is told and reviewed today; for the audience internal alone"
        },
    )


class TableSchema(ma.Schema):
    """A protected table: hidden cells have null counts, whatever the reason."""

    indicator = Text()
    title = ma.fields.Nested(TitleSchema)
    by = ma.fields.List(Text())
    period = ma.fields.Dict()
    audience = Text()
    k = ma.fields.Integer(allow_none=True)
    as_of = Text()
    basis = ma.fields.Dict()
    counts = Text(metadata={"description": "all_but_rejected or approved_only"})
    cells = ma.fields.List(ma.fields.Dict())
    totals = ma.fields.List(ma.fields.Dict())
    note = ma.fields.Nested(TitleSchema)
    statistics = ma.fields.Dict(
        metadata={
            "description": "Medians, nine in ten (p90), sums or ratios, of rows that are shown: "
            "unit, names, step to which they are rounded, and rows with their codes"
        }
    )
    completeness = ma.fields.Dict(
        metadata={
            "description": "Percent known, rounded down, in each dimension of people; null where a "
            "hidden row would tell it. Below 90 a figure is not called disaggregated by it"
        }
    )
    coverage = ma.fields.Dict(
        metadata={
            "description": "Villages reached, and villages of the provinces where any was, of all "
            "that is on record"
        }
    )
    came_by = Text(
        metadata={"description": "Only where `as_of` was asked for: nothing that came in later"}
    )
    areas = ma.fields.List(
        Text(),
        metadata={"description": "Only where the caller's role is bound to areas: those"},
    )
