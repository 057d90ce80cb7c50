"""Client scenarios run against the real server, on the site that the fault tests use too."""

from tests.reliability.conftest import site

__all__ = ["site"]
