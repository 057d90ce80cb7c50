"""Who may be one person, as programs read it. Ours: ODK Central knows records alone."""

from __future__ import annotations

import enum

import marshmallow as ma

from service.persons.reasons import BY_HAND, LEVELS, REASONS
from service.persons.verdicts import Verdict
from service.web.api.schemas.central import Moment, Text

MOST_ROWS = 200
MOST_NAME = 200


class Which(enum.StrEnum):
    OPEN = "open"
    UNSURE = "unsure"


class PairsQuery(ma.Schema):
    """Which of them; the next page begins after the `cursor` of this one."""

    state = ma.fields.Enum(Which, by_value=Text, load_default=Which.OPEN)
    cursor = Text(load_default=None, allow_none=True)
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(min=1, max=MOST_ROWS))


class NamesQuery(ma.Schema):
    """What names are wanted for; without it there are none in the answer."""

    purpose = Text(load_default=None)


class PersonVisitSchema(ma.Schema):
    """One person at one visit, in codes (docs/data-dictionary.md). `name` is null unless a purpose
    was said for which it may be seen."""

    mention_pk = ma.fields.UUID(dump_only=True, data_key="id")
    instance_id = ma.fields.String(dump_only=True)
    ordinal = ma.fields.Integer(dump_only=True)
    happened_on = ma.fields.Date(dump_only=True)
    sex = ma.fields.String(dump_only=True)
    age_years = ma.fields.Integer(dump_only=True, allow_none=True)
    age_known = ma.fields.String(dump_only=True)
    age_band = ma.fields.String(dump_only=True)
    home = ma.fields.String(dump_only=True)
    victim_type = ma.fields.String(dump_only=True)
    device = ma.fields.String(dump_only=True)
    name = ma.fields.String(dump_only=True, allow_none=True)


class PersonPairSchema(ma.Schema):
    """Two visits that may be of one person. `score` is of 1; nobody is joined by it."""

    id = ma.fields.UUID(dump_only=True)
    score = ma.fields.Float(dump_only=True)
    level = ma.fields.String(dump_only=True, metadata={"enum": [*LEVELS]})
    reasons = ma.fields.List(
        ma.fields.String(metadata={"enum": [*REASONS, *BY_HAND]}), dump_only=True
    )
    found_at = Moment(dump_only=True)
    verdict = ma.fields.Enum(Verdict, by_value=True, dump_only=True, allow_none=True)
    proposed_by = ma.fields.Integer(
        dump_only=True,
        allow_none=True,
        metadata={"description": "Who said that they are the same, and waits for a second person"},
    )
    seen = ma.fields.String(
        dump_only=True,
        metadata={"description": "Goes back with a decision; empty in lists"},
    )
    first = ma.fields.Nested(PersonVisitSchema, dump_only=True)
    second = ma.fields.Nested(PersonVisitSchema, dump_only=True)


class PersonPairsSchema(ma.Schema):
    """A page of pairs, the likeliest first."""

    items = ma.fields.List(ma.fields.Nested(PersonPairSchema), dump_only=True)
    cursor = ma.fields.String(dump_only=True, allow_none=True)


class PersonsBesideSchema(ma.Schema):
    """Two visits, by the ids that a search or a file tells, and why they may be of one person."""

    first = ma.fields.UUID(required=True)
    second = ma.fields.UUID(required=True)
    reason = Text(required=True, validate=ma.validate.OneOf([*BY_HAND]))


class PersonDecisionSchema(ma.Schema):
    """same, different, unsure; or apart, which takes a join back. `seen` is that of the pair."""

    verdict = ma.fields.Enum(Verdict, by_value=Text, required=True)
    seen = Text(required=True)


class PersonDecidedSchema(ma.Schema):
    """`done` false: that they are the same waits for a second person."""

    done = ma.fields.Boolean(dump_only=True)
    verdict = ma.fields.Enum(Verdict, by_value=True, dump_only=True, allow_none=True)


class PersonWordSchema(ma.Schema):
    """One line of the log."""

    pair = ma.fields.UUID(dump_only=True)
    verdict = ma.fields.Enum(Verdict, by_value=True, dump_only=True)
    decided_by = ma.fields.Integer(dump_only=True, allow_none=True)
    proposed_by = ma.fields.Integer(dump_only=True, allow_none=True)
    at = Moment(dump_only=True)


class PersonJoinSchema(ma.Schema):
    """A join in force, and what goes back with whoever takes it apart."""

    id = ma.fields.UUID(dump_only=True)
    first = ma.fields.UUID(dump_only=True)
    second = ma.fields.UUID(dump_only=True)
    seen = ma.fields.String(dump_only=True)


class PersonFileSchema(ma.Schema):
    """Every visit of one person, the newest first. `id` is that of the oldest."""

    id = ma.fields.UUID(dump_only=True)
    visits = ma.fields.List(ma.fields.Nested(PersonVisitSchema), dump_only=True)
    joins = ma.fields.List(ma.fields.Nested(PersonJoinSchema), dump_only=True)
    contradictions = ma.fields.List(
        ma.fields.UUID(),
        dump_only=True,
        metadata={"description": "Pairs that were called different, and stand in this file"},
    )
    open_pairs = ma.fields.List(ma.fields.UUID(), dump_only=True)
    log = ma.fields.List(ma.fields.Nested(PersonWordSchema), dump_only=True)


class PersonSearchSchema(ma.Schema):
    """A name as it is heard, in Khmer or Latin letters; `place` is the code of a province,
    district, commune or village; `purpose` what for."""

    name = Text(required=True, validate=ma.validate.Length(min=1, max=MOST_NAME))
    place = Text(load_default="", validate=ma.validate.Length(max=8))
    purpose = Text(required=True)


class PersonHitSchema(PersonVisitSchema):
    likeness = ma.fields.Float(dump_only=True)


class PersonSearchedSchema(ma.Schema):
    """The likeliest first. `more`: there are others, whom a place tells apart."""

    items = ma.fields.List(ma.fields.Nested(PersonHitSchema), dump_only=True)
    more = ma.fields.Boolean(dump_only=True)
