"""What tests of people share."""

from __future__ import annotations

import pytest

from service.accounts import credentials
from tests.integration.accounts.people import PASSWORD


@pytest.fixture(scope="session")
def encoded() -> str:
    """The hash of PASSWORD: one for all tests, for each takes a while."""
    return credentials.hash_password(PASSWORD)
