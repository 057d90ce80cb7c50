"""The paper's list of past uses forgets no act by which a person was seen."""

from __future__ import annotations

from service.consent.queries import BY_EMERGENCY, OF_FORMS, OF_LISTS, WIDE
from service.foundation.audit.readings import IF_CLASSES, READINGS, Of
from service.web.pages.texts import catalogue

FURTHER = {"emergency.read", "sealed.export", "figures.internal"}
"""Acts by which somebody may have seen a record, besides readings."""


def test_every_reading_has_a_place_in_the_list_of_past_uses() -> None:
    for act in {*READINGS, *IF_CLASSES, *FURTHER}:
        names_it = READINGS.get(act) is Of.ONE  # its subject is the record's version
        has_place = act.startswith(WIDE) or act in (*OF_LISTS, *OF_FORMS, BY_EMERGENCY)
        assert names_it or has_place, act


def test_every_reading_is_told_in_words_of_its_own() -> None:
    for act in {*READINGS, *IF_CLASSES, *FURTHER}:
        assert f"used.{act.replace('.', '_')}" in catalogue(), act
