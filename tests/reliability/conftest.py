"""What the fault tests share: one prepared site, copied for each test, and the budget."""

from __future__ import annotations

import os
import uuid

import pytest

from tests import postgres
from tests.reliability.server import Site, new_site

FULL = os.environ.get("FULL") == "1"
"""`FULL=1 make reliability`: the figures of a release instead of a short budget."""


@pytest.fixture(scope="session")
def postgresql_site(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Site:
    """The same on PostgreSQL."""
    name = f"site{uuid.uuid4().hex[:16]}"  # rooms of tests that take this fixture have their own
    postgres.execute(postgres_url, f'CREATE DATABASE "{name}"')
    url = postgres.on(postgres_url, name)
    return new_site(tmp_path_factory.mktemp("site") / "data", url)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site nobody has used yet; tests copy it."""
    return new_site(tmp_path_factory.mktemp("site") / "data")
