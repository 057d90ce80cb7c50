"""Programs of the system that a few tests run, and what to do where they are missing."""

from __future__ import annotations

import shutil
from typing import NoReturn

import pytest

from tests.browser import is_required


def need(name: str, package: str) -> str:
    """Its path. Where it is missing the test is skipped, in CI failed."""
    found = shutil.which(name)
    if found is None:
        miss(f"{name} is missing. Debian: apt-get install {package}")
    return found


def miss(words: str) -> NoReturn:
    """What a test needs is not here: it is skipped, in CI failed."""
    if is_required():
        pytest.fail(words)
    pytest.skip(words)
