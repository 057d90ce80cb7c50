"""The application as `flask …` has it: with its commands."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask

from service.foundation.settings import Settings
from tests.conftest import an_app, close


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    yield an_app(dataclasses.replace(settings, is_command=True))
    close()
