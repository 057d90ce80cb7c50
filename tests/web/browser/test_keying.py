"""Paper in a browser: two scripted keyers with the keyboard alone, one without a script; pages on a
small phone and a desk, in both languages.

What a person needs is assumed (`A_KEY_S`, `A_LINE_S`, slips), what the page needs is measured:

    .venv/bin/python -m pytest -s tests/web/browser/test_keying.py
"""

from __future__ import annotations

import io
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role
from service.facts import actions as facts
from service.foundation.db import reading, unit_of_work
from service.persons.actions import today
from service.treaty.actions import managing, papering, scans
from service.treaty.queries import paper
from service.treaty.queries.campaigns import CampaignTold
from tests.conftest import drain
from tests.factories import Phone
from tests.integration.treaty.conftest import Treaty, publish
from tests.web.browser.conftest import Site
from tests.web.browser.looking import look
from tests.web.people import bearer

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS", "")
A_KEY_S, A_LINE_S, A_CHOICE_S = 0.4, 1.5, 6.0
"""A key of somebody who types 150 a minute; reading a line of handwriting; looking a difference up
on the paper."""
SLIPS = 0.03
"""Of names that one person keys wrongly."""
ROWS, SHEETS, SEED = 12, 4, 19
FAMILY = ("សុខ", "ចាន់", "កែវ", "ហេង", "លី", "ឈឹម", "អ៊ុំ", "ម៉ៅ", "ទេព", "យឹម", "នួន", "ប៉ែន")
GIVEN = ("វិបុល", "សុផល", "ម៉ារី", "បូរី", "ចន្ថា", "រតនា", "ពិសិដ្ឋ", "ស្រីនាង", "ធារី", "វណ្ណា", "មករា", "ដារ៉ា")
CAMPAIGN = CampaignTold(
    code="pt2026", title_en="People's Treaty 2026", title_km="សន្ធិសញ្ញាប្រជាជន ២០២៦", goal=None,
    begins_on=None, ends_on=None, delivered_on=None,
)  # fmt: skip
Line = tuple[str, str]
"""Name, and sex as its key."""


def a_picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (700, 990), "white").save(made, "JPEG")
    return made.getvalue()


def sheets_that_came_back(site: Site, count: int) -> tuple[Treaty, dict[str, list[Line]]]:
    """Number -> what stands on it."""
    with unit_of_work() as session:
        made = accounts.create_app_user(session, SYSTEM, site.world.project_id, "បាត់ដំបង ៣", None)
    client, project_id = site.client, site.world.project_id
    phone = Phone(client=client, project_id=project_id, token=made.token, id=made.id)
    treaty = publish(client.application, phone)
    with unit_of_work() as session:
        at = (session, SYSTEM, project_id)
        managing.set_campaign(*at, CAMPAIGN)
        managing.add_statement(*at, "km-1", "I support the treaty.", "ខ្ញុំគាំទ្រសន្ធិសញ្ញា។")
        batch = papering.issue(*at, count=count, rows=ROWS, holder="bt-9")
        numbers = [one.number for one in paper.of_batch(session, project_id, batch)]
    chance, stands = Random(SEED), dict[str, list[Line]]()
    people = [(f"{one} {other}", chance.choice("fm")) for one in FAMILY for other in GIVEN]
    chance.shuffle(people)
    for at_sheet, number in enumerate(numbers):
        stands[number] = people[at_sheet * ROWS : (at_sheet + 1) * ROWS]
        scans.keep(SYSTEM, project_id, number, a_picture(), treaty.blobs)
        with unit_of_work() as session:
            on = today()
            papering.give_back(
                session, SYSTEM, project_id, number, lines=ROWS, signed_on=on, commune="020401"
            )
    return treaty, stands


@dataclass
class Keyer:
    """Somebody at a keyboard who sometimes slips."""

    page: Page
    site: Site
    chance: Random
    keys: int = 0
    lines: int = 0
    choices: int = 0
    page_s: float = 0.0
    """What the page took."""
    most: list[int] = field(default_factory=list)
    """Keys of each line beside the name."""
    all: list[int] = field(default_factory=list)
    """And with it."""

    @property
    def hours(self) -> float:
        taken = self.keys * A_KEY_S + self.lines * A_LINE_S + self.choices * A_CHOICE_S
        return (taken + self.page_s) / 3600

    def press(self, key: str) -> None:
        self.keys += 1
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        for letter in text:
            self.keys += 1
            self.page.keyboard.insert_text(letter)

    def name(self, said: str) -> None:
        """Takes the family name once the page offers it."""
        family, given = said.split(" ")
        offer = self.page.locator("output:not(:empty)")
        for letter in family:
            self.type(letter)
            if offer.count() and offer.text_content() == f"→ {family}":
                self.press("ArrowRight")
                break
        else:
            self.type(" ")
        self.type(given)

    def go(self, number: str) -> None:
        self.page.goto(f"{self.site.origin}{self.site.world.path}/treaty/keying/{number}")

    def key(self, number: str, lines: list[Line]) -> None:
        began = time.monotonic()
        self.go(number)
        self.page.focus("[name=agreed]")
        self.press("Space")
        self.press("Tab")
        self.type("លោក ហេង")
        self.press("Tab")
        self.press("Tab")  # past the region that scrolls
        for name, sex in lines:
            before = self.keys
            slipped = self.chance.random() < SLIPS
            self.name(name[:-1] + "ក" if slipped else name)
            named = self.keys
            self.press("Enter")
            self.press(sex)
            self.lines += 1
            self.most.append(self.keys - named)
            self.all.append(self.keys - before)
        assert self.page.evaluate("document.activeElement.id") == "send"
        with self.page.expect_event("load"):
            self.press("Enter")
        self.page_s += time.monotonic() - began

    def decide(self, stands: list[Line]) -> None:
        """As it stands on the paper."""
        began = time.monotonic()
        for one in self.page.locator("fieldset").all():
            self.choices += 1
            line = int((one.locator("input").first.get_attribute("name") or "_1").split("_")[1])
            stood = one.get_by_text(stands[line - 1][0], exact=True)
            (stood if stood.count() else one.locator("label")).first.click()
        with self.page.expect_event("load"):
            self.page.click("main form button")
        self.page_s += time.monotonic() - began


@contextmanager
def a_keyer(
    browser: Browser, site: Site, seed: int = 1, *, with_script: bool = True, width: int = 1280
) -> Iterator[Keyer]:
    key = site.client.application.config["SAMLENG"].secrets.jwt_key
    headers = bearer(key, Role.FIELD_WORKER, site.world.project_id)
    context = browser.new_context(
        viewport={"width": width, "height": 900}, extra_http_headers=headers,
        java_script_enabled=with_script,
    )  # fmt: skip
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield Keyer(page=page, site=site, chance=Random(seed))
    assert [one for one in complaints if "Content Security Policy" in one or "rror" in one] == []
    context.close()


def test_two_keyers_reach_four_hundred_signatures_an_hour_with_few_errors(
    browser: Browser, site: Site
) -> None:
    treaty, stands = sheets_that_came_back(site, SHEETS)
    with a_keyer(browser, site, 1) as first, a_keyer(browser, site, 2) as second:
        for number, lines in stands.items():
            first.key(number, lines)
            second.key(number, lines)
            if second.page.url.endswith(number):
                second.decide(lines)
            expect(second.page.locator(".say").first).to_be_visible()
    drain(treaty.app)
    keyed = names_keyed(treaty)
    wanted = sorted(name for lines in stands.values() for name, _ in lines)
    wrong = sum(one != other for one, other in zip(sorted(keyed), wanted, strict=True))
    an_hour = len(keyed) / max(first.hours, second.hours)
    work = len(keyed) / (first.hours + second.hours)
    print(
        f"\n{len(keyed)} signatures keyed twice, {second.choices} differences: {an_hour:,.0f} an "
        f"hour of two keyers, {work:,.0f} an hour of work; {wrong / len(keyed):.1%} wrong; "
        f"{sum(first.most) / len(first.most):.1f} keys a line beside the name, "
        f"{statistics.median(first.all)} in a typical line with it; the page took "
        f"{first.page_s / first.lines * 1e3:.0f} ms a line"
    )
    assert an_hour >= 400
    assert wrong / len(keyed) <= 0.01
    assert max(first.most) <= 2
    assert statistics.median(first.all) <= 9
    assert treaty.counts() == {"valid": len(keyed)}


def names_keyed(treaty: Treaty) -> list[str]:
    records = {one.submission_pk for one in treaty.all()}
    with reading() as session:
        told = facts.told_of_signers(session, treaty.project_id, sorted(records))
        return [values["petition.line_name"] for _, said in told for values in said]


def test_without_a_script_it_is_a_form_like_any_other(browser: Browser, site: Site) -> None:
    treaty, stands = sheets_that_came_back(site, 1)
    [(number, lines)] = stands.items()
    with a_keyer(browser, site, with_script=False) as first:
        first.go(number)
        first.page.check("[name=agreed]")
        first.page.fill("#witness", "លោក ហេង")
        for at, (name, _) in enumerate(lines, start=1):
            first.page.fill(f"[name=name_{at}]", name)
        with first.page.expect_event("load"):
            first.page.click("#send")
        expect(first.page.locator(".say").first).to_be_visible()
    with reading() as session:
        found = paper.find(session, treaty.project_id, number)
    assert found is not None
    assert found.step.value == "keyed"


@pytest.mark.parametrize("language", ["en", "km"])
def test_pages_of_paper_are_looked_at(browser: Browser, site: Site, language: str) -> None:
    treaty, stands = sheets_that_came_back(site, 2)
    (number, lines), (other, _) = stands.items()
    key = treaty.app.config["SAMLENG"].secrets.jwt_key
    broken = list[str]()

    def seen(page: Page, name: str) -> None:
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{language}.png", full_page=True)
        broken.extend(look(page))

    with a_keyer(browser, site) as first, a_keyer(browser, site, 7) as second:
        for one in (first, second):
            one.page.set_extra_http_headers(
                {
                    **bearer(key, Role.COORDINATOR, site.world.project_id),
                    "Accept-Language": language,
                }
            )
        base = f"{site.origin}{site.world.path}/treaty"
        first.page.goto(f"{base}/sheets")
        seen(first.page, "sheets")
        first.key(number, lines)
        seen(first.page, "keying")
        first.go(other)
        seen(first.page, "keying-sheet")
        second.key(number, [("ឈ្មោះ ខុសគ្នា", "f"), *lines[1:]])
        second.go(number)
        seen(second.page, "keying-compare")
        second.decide([("ឈ្មោះ ខុសគ្នា", "f"), *lines[1:]])
        drain(treaty.app)
        first.page.goto(f"{base}/petition")
        seen(first.page, "petition")
        first.page.goto(base)
        first.page.fill("#stub-code", treaty.code())
        with first.page.expect_event("load"):
            first.page.click("form[action$=stubs] button")
        seen(first.page, "stub")
    assert broken == []
