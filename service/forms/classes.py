"""Of which class an answer is: as its form says, or stricter. Pure."""

from __future__ import annotations

from service.forms.schema import Field, Sensitivity
from service.forms.tags import TAGS

IDS = frozenset({("meta", "instanceID"), ("meta", "deprecatedID")})
"""A record's own: they tell of nobody."""


def class_of(field: Field) -> Sensitivity:
    """As the form says, or stricter: what a tag means to say who somebody is does so whatever the
    form's class, so does an exact place that the form does not call nobody's, and what stands in
    the meta block tells of whoever was asked or asks: but for the record's own IDs."""
    if field.path in IDS:
        return Sensitivity.CODED
    tag = TAGS.get(field.tag or "")
    is_by_tag = tag is not None and tag.sensitivity is Sensitivity.IDENTITY
    says_who = is_by_tag or field.says_where or field.path[0] == "meta"
    return Sensitivity.IDENTITY if says_who else field.sensitivity
