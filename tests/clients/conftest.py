"""Client scenarios run against the real server, on the site that the fault tests use too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.pyodk_site import Central, running
from tests.reliability.conftest import postgresql_site, site

__all__ = ["central", "postgresql_site", "site"]


@pytest.fixture(scope="session", params=["site", "postgresql_site"], ids=["sqlite", "postgresql"])
def central(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Central]:
    """One server for each database, and pyodk signed in with a script's token."""
    prepared = request.getfixturevalue(request.param)
    with running(prepared, tmp_path_factory.mktemp("central")) as found:
        yield found
