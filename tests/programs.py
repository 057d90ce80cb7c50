"""Programs of the system that a few tests run, and what to do where they are missing."""

from __future__ import annotations

import shutil

import pytest

from tests.browser import is_required


def need(name: str, package: str) -> str:
    """Its path. Where it is missing the test is skipped, in CI failed."""
    found = shutil.which(name)
    if found is None:
        words = f"{name} is missing. Debian: apt-get install {package}"
        (pytest.fail if is_required() else pytest.skip)(words)
    return found
