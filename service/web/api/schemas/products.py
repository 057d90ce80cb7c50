"""Products as they are asked for and listed."""

from __future__ import annotations

import marshmallow as ma

from service.products.actions.packing import MOST_EVIDENCE, MOST_QUOTES, PAPERS
from service.products.actions.recommending import LONGEST
from service.products.declared import PRODUCTS
from service.web.api.schemas.central import Text


class ProductQuoteSchema(ma.Schema):
    """A text of the library that is to stand there."""

    text = ma.fields.UUID(required=True, metadata={"description": "Key of the text"})
    seen = Text(required=True, metadata={"description": "Its stand-in, as the library lists it"})
    beside = Text(
        load_default="",
        metadata={"description": "Key of the article beside which it stands; empty: of none"},
    )


class ProductWantedSchema(ma.Schema):
    """What is to be made."""

    product = Text(required=True, validate=ma.validate.OneOf([*PRODUCTS]))
    language = Text(required=True, validate=ma.validate.OneOf(PAPERS))
    place = Text(load_default="", metadata={"description": "Province or commune, by product"})
    partner = Text(load_default="", metadata={"description": "For whom; empty: for anybody"})
    quotes = ma.fields.List(
        ma.fields.Nested(ProductQuoteSchema),
        load_default=list,
        validate=ma.validate.Length(0, MOST_EVIDENCE),
    )
    leaders = ma.fields.List(
        ma.fields.UUID(),
        load_default=list,
        validate=ma.validate.Length(0, MOST_QUOTES),
        metadata={"description": "Signatures of leaders whose sentences are to stand there"},
    )
    year = ma.fields.Integer(
        load_default=None,
        allow_none=True,
        validate=ma.validate.Range(2000, 2200),
        metadata={"description": "Of the promises; the last one where it is not given"},
    )


class ProductMadeSchema(ma.Schema):
    """Its key."""

    id = ma.fields.UUID()


class ProductsQuery(ma.Schema):
    """Which page of the list."""

    cursor = ma.fields.UUID(load_default=None, metadata={"description": "As was answered"})
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))


class ProductLineSchema(ma.Schema):
    """One that was made."""

    id = ma.fields.UUID(attribute="pack_pk")
    product = Text(attribute="product.id")
    place = Text()
    partner = Text()
    audience = Text()
    language = Text()
    made_at = ma.fields.AwareDateTime()
    releases = ma.fields.List(ma.fields.Integer())
    corrected = ma.fields.List(
        ma.fields.Integer(), metadata={"description": "Of those: what another corrects by now"}
    )
    quotes = ma.fields.Integer()
    taken = ma.fields.Integer(metadata={"description": "How often the file was taken"})
    sha256 = Text(metadata={"description": "Of its manifest"})
    state = Text(metadata={"description": "stands, taken_back, ended or removed"})


class ProductsSchema(ma.Schema):
    """A page of them, the newest first."""

    items = ma.fields.List(ma.fields.Nested(ProductLineSchema))
    cursor = ma.fields.UUID(allow_none=True)
    more = ma.fields.Boolean()


class RecommendationWordsSchema(ma.Schema):
    """What is recommended, in both languages; both empty: nothing any more."""

    en = Text(required=True, validate=ma.validate.Length(0, LONGEST))
    km = Text(required=True, validate=ma.validate.Length(0, LONGEST))


class RecommendationSchema(ma.Schema):
    """The newest version under an article."""

    article = Text(metadata={"description": "Key of the article"})
    version = ma.fields.Integer()
    en = Text()
    km = Text()
    written_at = ma.fields.AwareDateTime()


class RecommendationsSchema(ma.Schema):
    """Of each article under which something was written."""

    items = ma.fields.List(ma.fields.Nested(RecommendationSchema))
