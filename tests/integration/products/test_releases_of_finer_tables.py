"""A finer table that becomes one which stands in the same release already."""

from __future__ import annotations

import random

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.disclosure.rules import Audience
from service.foundation.db import reading
from service.foundation.problems import RELEASE_TOO_CLOSE, Problem
from service.releases import document, queries
from tests.integration.products.conftest import TABLES, a_world


def test_it_stands_there_once_more_and_the_release_is_made(app: Flask, client: FlaskClient) -> None:
    """Frozen before, it was looked for in a release that nobody had yet: “not found”. What these
    numbers are decides whether it comes to that: a run of `tests.packs` found them."""
    world, dice, twice = a_world(app, client, people=128, seed=8), random.Random(8), 0
    for _ in range(12):
        dice.choice(("yes", "no"))
    for _ in range(2):
        tables = dice.sample(TABLES, 9)
        number = world.release(tables, audience=dice.choice((Audience.PUBLIC, Audience.PARTNER)))
        world.visits(dice.choice((5, 60)), dice)
        assert number is not None
        with reading() as session:
            found = queries.find(session, world.project_id, number)
        assert found is not None
        made = document.whole(found[1])["tables"]
        assert len(made) == len(tables)
        twice += len({(one["indicator"], tuple(one["by"])) for one in made}) < len(made)
    assert twice, "one of them became another"


def test_people_of_another_indicator_who_hardly_changed_are_refused_kindly(
    app: Flask, client: FlaskClient
) -> None:
    """Open needs (I20) are of the people of I11: where a table of these had to stand once more, one
    of those was looked for in vain, and nobody got an answer."""
    world = a_world(app, client, people=300, seed=5)
    by_victim = (("I11", ("victim",)),)
    assert world.log.release(*by_victim) == 1
    world.visits(2, random.Random(1))
    with pytest.raises(Problem) as refused:
        world.log.release(("I20", ("victim",)))
    assert (refused.value.kind, refused.value.context["number"]) == (RELEASE_TOO_CLOSE, 1)
    assert world.log.release(*by_victim) == 2
