"""What tests of pages share."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.web.pages_world import World, a_world, sign_in


@pytest.fixture
def world(client: FlaskClient) -> World:
    """A project, and a browser in English in which its coordinator is signed in."""
    made = a_world()
    sign_in(client, made.coordinator)
    client.get("/sign-in?lang=en")
    return made
