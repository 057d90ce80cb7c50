"""The People's Treaty as programs read it."""

from __future__ import annotations

import marshmallow as ma

from service.web.api.schemas.central import Text

Hex = Text


class TreatyLogTold(ma.Schema):
    size = ma.fields.Integer()
    root = Hex()
    signed_at = Text(allow_none=True)


class TallySchema(ma.Schema):
    """Numbers of the newest signed head; `by_province` as figures are told."""

    campaign = Text(allow_none=True)
    goal = ma.fields.Integer(allow_none=True)
    signatures = ma.fields.Dict()
    stand_out = ma.fields.Integer(
        metadata={"description": "Of the valid ones: noticed by rules, and not yet looked at"}
    )
    by_province = ma.fields.List(ma.fields.Dict())
    sheets = ma.fields.Dict()
    reported_totals = ma.fields.List(ma.fields.Dict())
    checked = ma.fields.Dict(
        allow_none=True,
        metadata={"description": "Of signatures on paper: how many hold, by the last sample"},
    )
    log = ma.fields.Nested(TreatyLogTold)


class LogQuery(ma.Schema):
    """Sizes of two trees, to be shown that the second only added to the first."""

    first = ma.fields.Integer(data_key="from", load_default=None)
    second = ma.fields.Integer(data_key="to", load_default=None)


class LogSchema(TreatyLogTold):
    """The newest signed head. `head`: as signed, a checkpoint; `key`: the verifier key."""

    head = Text(allow_none=True)
    key = Text()
    consistency = ma.fields.List(Hex())


class ReceiptSchema(ma.Schema):
    """Whether the code on a stub is in the log, by RFC 9162. It names nobody."""

    included = ma.fields.Boolean()
    status = Text(allow_none=True, metadata={"description": "How the signature stands now"})
    leaf = Hex(allow_none=True)
    index = ma.fields.Integer(allow_none=True)
    size = ma.fields.Integer(allow_none=True)
    proof = ma.fields.List(Hex())
    root = Hex(allow_none=True)


class SheetsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Dict())
