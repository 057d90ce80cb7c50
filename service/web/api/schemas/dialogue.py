"""The dialogue log as it is written and read."""

from __future__ import annotations

import marshmallow as ma

from service.dialogue.partners import Stands
from service.dialogue.promises import Status
from service.web.api.schemas.central import Text

AUDIENCES = ["public", "partner"]


class WordsSchema(ma.Schema):
    """A text in both languages; what was written in one alone stands in the other, too."""

    en = Text(load_default="")
    km = Text(load_default="")


# --- partners -------------------------------------------------------------------------------------
class PartnerSchema(ma.Schema):
    """With whom we speak."""

    code = Text(required=True)
    name = ma.fields.Nested(WordsSchema, load_default=dict)
    stands = ma.fields.Enum(
        Stands,
        by_value=True,
        load_default=Stands.CAMBODIA,
        metadata={"description": "government, cambodia or abroad"},
    )
    sees = Text(
        load_default="public",
        validate=ma.validate.OneOf(AUDIENCES),
        metadata={"description": "partner: there is an agreement on sharing information"},
    )
    is_own = ma.fields.Boolean(dump_only=True)


class PartnersSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(PartnerSchema))


# --- meetings -------------------------------------------------------------------------------------
class MeetingWantedSchema(ma.Schema):
    """A meeting as it is written down."""

    held_on = ma.fields.Date(required=True)
    partners = ma.fields.List(Text(), required=True)
    place = Text(load_default="")
    ours = Text(load_default="", metadata={"description": "Who of us was there"})
    venue = Text(load_default="")
    notes = Text(load_default="", metadata={"description": "For the team alone"})


class MeetingsQuery(ma.Schema):
    """Which page of the list."""

    cursor = ma.fields.UUID(load_default=None, metadata={"description": "As was answered"})
    partner = Text(load_default="")
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))


class MeetingLineSchema(ma.Schema):
    """A meeting, without what was said."""

    id = ma.fields.UUID(attribute="meeting_pk")
    held_on = ma.fields.Date()
    place = Text()
    partners = ma.fields.List(Text())
    questions = ma.fields.Integer()
    promises = ma.fields.Integer()


class MeetingsSchema(ma.Schema):
    """A page of them, the latest first."""

    items = ma.fields.List(ma.fields.Nested(MeetingLineSchema))
    cursor = ma.fields.UUID(allow_none=True)
    more = ma.fields.Boolean()


class AnswerSchema(ma.Schema):
    id = ma.fields.UUID(attribute="answer_pk", dump_only=True)
    answered_on = ma.fields.Date(required=True)
    text = ma.fields.Nested(WordsSchema, required=True)


class QuestionSchema(ma.Schema):
    """What was asked of whom. Without a place, it is of that of the meeting."""

    id = ma.fields.UUID(attribute="question_pk", dump_only=True)
    partner = Text(required=True)
    framework = Text(load_default="", metadata={"description": "Key of an article or action"})
    indicator = Text(load_default="")
    place = Text(load_default=None, allow_none=True)
    text = ma.fields.Nested(WordsSchema, required=True)
    answers = ma.fields.List(ma.fields.Nested(AnswerSchema), dump_only=True)


class NotesSchema(ma.Schema):
    ours = Text()
    venue = Text()
    notes = Text()


class QuoteSchema(ma.Schema):
    """Whose words were used is not told; words are read on the pages."""

    id = ma.fields.UUID(attribute="use_pk")
    source = Text(metadata={"description": "text or leader"})
    naming = Text()
    state = Text(metadata={"description": "stands, taken_back or ended"})


# --- promises -------------------------------------------------------------------------------------
class PromiseWantedSchema(ma.Schema):
    """A promise as it is written down. Without a place, it is of that of the meeting."""

    partner = Text(required=True)
    owner = Text(required=True, metadata={"description": "Which office answers for it"})
    text = ma.fields.Nested(WordsSchema, required=True)
    due_on = ma.fields.Date(load_default=None, allow_none=True)
    question = ma.fields.UUID(load_default=None, allow_none=True)
    indicator = Text(load_default="")
    cell = ma.fields.Dict(
        keys=Text(),
        values=Text(),
        load_default=dict,
        metadata={"description": "Dimensions beside the place, of the figure that should move"},
    )
    place = Text(load_default=None, allow_none=True)


class PromiseWordSchema(ma.Schema):
    """One line of a promise's history."""

    number = ma.fields.Integer(dump_only=True)
    status = ma.fields.Enum(Status, by_value=True, required=True)
    said_on = ma.fields.Date(required=True)
    reason = Text(load_default="")
    due_on = ma.fields.Date(load_default=None, allow_none=True)


class ValueSchema(ma.Schema):
    """A number as a release says it; n is null where it is hidden."""

    release = ma.fields.Integer()
    on = ma.fields.Date()
    n = ma.fields.Integer(allow_none=True)
    d = ma.fields.Integer(allow_none=True)


class SinceSchema(ma.Schema):
    """What the figure did since."""

    before = ma.fields.Nested(ValueSchema, allow_none=True)
    now = ma.fields.Nested(ValueSchema, allow_none=True)
    went = Text(metadata={"description": "more, fewer, same, hidden, one or none"})


class PromiseSchema(ma.Schema):
    """A promise as it stands."""

    id = ma.fields.UUID(attribute="promise_pk")
    meeting = ma.fields.UUID(attribute="meeting_pk")
    question = ma.fields.UUID(attribute="question_pk", allow_none=True)
    partner = Text()
    owner = Text()
    text = ma.fields.Nested(WordsSchema)
    promised_on = ma.fields.Date()
    due_on = ma.fields.Date(allow_none=True)
    due = Text(allow_none=True, metadata={"description": "later, soon, late; null: not open"})
    status = ma.fields.Enum(Status, by_value=True)
    place = Text()
    indicator = Text()
    cell = ma.fields.Dict(keys=Text(), values=Text())
    history = ma.fields.List(ma.fields.Nested(PromiseWordSchema))
    since = ma.fields.Nested(SinceSchema, allow_none=True)


class PromisesQuery(ma.Schema):
    """What the list is narrowed to."""

    partner = Text(load_default="")
    status = Text(load_default="", validate=ma.validate.OneOf(["", *Status]))


class PromisesSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(PromiseSchema))


class BecameQuery(ma.Schema):
    """Of which year, for whom."""

    year = ma.fields.Integer(required=True)
    audience = Text(load_default="public", validate=ma.validate.OneOf(AUDIENCES))
    partner = Text(load_default="")
    place = Text(load_default="")


class BecameSchema(ma.Schema):
    """What became of the promises of a year."""

    year = ma.fields.Integer()
    audience = Text()
    counts = ma.fields.Dict(keys=Text(), values=ma.fields.Integer())
    late = ma.fields.Integer()
    promises = ma.fields.List(ma.fields.Nested(PromiseSchema))


class MeetingSchema(ma.Schema):
    """A meeting with all that was said there. Notes are {} for whoever may not change the log."""

    id = ma.fields.UUID(attribute="meeting_pk")
    held_on = ma.fields.Date()
    place = Text()
    partners = ma.fields.List(Text())
    notes = ma.fields.Nested(NotesSchema)
    questions = ma.fields.List(ma.fields.Nested(QuestionSchema))
    releases = ma.fields.List(ma.fields.Integer())
    quotes = ma.fields.List(ma.fields.Nested(QuoteSchema))
    promises = ma.fields.List(ma.fields.Nested(PromiseSchema))


class MadeSchema(ma.Schema):
    """What was written down."""

    id = ma.fields.UUID()


class ShownSchema(ma.Schema):
    """A release that was shown there."""

    number = ma.fields.Integer(required=True, strict=True)


# --- links and feedback ---------------------------------------------------------------------------
class LinkWantedSchema(ma.Schema):
    """What a link is to show."""

    partner = Text(required=True)
    audience = Text(load_default="public", validate=ma.validate.OneOf(AUDIENCES))
    promises = ma.fields.List(ma.fields.UUID(), required=True)
    days = ma.fields.Integer(load_default=30, strict=True)


class LinkMadeSchema(ma.Schema):
    """The address is told this once."""

    id = ma.fields.UUID()
    url = Text()


class LinkSchema(ma.Schema):
    """A link, without what opens it."""

    id = ma.fields.UUID(attribute="link_pk")
    partner = Text()
    audience = Text()
    made_at = ma.fields.AwareDateTime()
    expires_at = ma.fields.AwareDateTime()
    ended_at = ma.fields.AwareDateTime(allow_none=True)
    is_open = ma.fields.Boolean()
    opened = ma.fields.Integer(metadata={"description": "How often; of whom is not known"})
    opened_on = ma.fields.Date(allow_none=True)
    promises = ma.fields.Integer()


class LinksSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(LinkSchema))


class FeedbackQuery(ma.Schema):
    audience = Text(load_default="public", validate=ma.validate.OneOf(AUDIENCES))


class FeedbackSchema(ma.Schema):
    """What goes back to a place, in sentences."""

    place = Text()
    name = ma.fields.Nested(WordsSchema)
    said = ma.fields.List(ma.fields.Nested(WordsSchema))
    asked = ma.fields.List(ma.fields.Nested(WordsSchema))
    came = ma.fields.List(ma.fields.Nested(WordsSchema))
