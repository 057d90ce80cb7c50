"""What every page is looked at for: it fits a small phone, and breaks no rule of accessibility."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL = {"width": 360, "height": 740}
LARGE = {"width": 1280, "height": 900}
_axe = Axe()


def look(page: Page) -> list[str]:
    """What the page that is open breaks at its usual size. Fails if it is wider than a phone."""
    page.set_viewport_size(SMALL)
    assert_fits(page)
    page.set_viewport_size(LARGE)
    return violations(page)


def assert_fits(page: Page) -> None:
    """No scrolling sideways at the present size."""
    assert page.viewport_size is not None
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def violations(page: Page) -> list[str]:
    """Of all rules, as the page is."""
    return _broken(page, {"type": "tag", "values": RULES})


def faint(page: Page) -> list[str]:
    """What has too little contrast: the one rule that asks for colours."""
    return _broken(page, {"type": "rule", "values": ["color-contrast"]})


def _broken(page: Page, rules: dict[str, Any]) -> list[str]:
    # Of what is in order axe need not tell: that is most of its work.
    found = _axe.run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return [
        f"{page.url}: {rule['id']} {node['target']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]
