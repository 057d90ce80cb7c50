"""Where a browser is for tests of pages, and what to do where there is none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
]  # fmt: skip
HELP = (
    "No browser was found. On Debian: apt-get install chromium. Elsewhere: "
    ".venv/bin/python -m playwright install --with-deps chromium. Or set SAMLENG_TEST_BROWSER "
    "to the path of a Chromium."
)


def find() -> str | None:
    """Path of a Chromium: the one named in SAMLENG_TEST_BROWSER, the system's, or playwright's."""
    given = os.environ.get("SAMLENG_TEST_BROWSER")
    if given:
        return given if Path(given).exists() else None
    return next(filter(None, map(shutil.which, NAMES)), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def is_required() -> bool:
    """In CI a missing browser is a failure, never a skip."""
    return os.environ.get("CI", "").casefold() in ("1", "true", "yes")
