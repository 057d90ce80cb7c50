"""A person who fills in a form in a browser: finds questions by what they read, clicks and types.

One class an engine, with the same verbs; what they see differs, what they mean does not.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, Route, expect

from tests.clients.engines.host import Host

LOADED_WITHIN_MS = 30_000
NO_MATTER = ("XSLTProcessor",)
"""What Chromium says of the way in which Enketo transforms forms."""
MAPS = ("tile.openstreetmap.org", "maps.google", "maps.gstatic")


def exactly(text: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*\*?\s*{re.escape(text)}\s*$")


class Filling:
    """What both engines have in common: the page, its complaints, and what the host was told."""

    engine: str

    def __init__(self, page: Page, host: Host) -> None:
        self.page, self.host = page, host
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)

        self.strangers: list[str] = []
        page.route(lambda url: not url.startswith(host.url), self._refuse)

    def _heard(self, message: ConsoleMessage) -> None:
        is_foreign = not message.location["url"].startswith(self.host.url)
        if message.type in ("error", "warning") and not (
            message.text.startswith(NO_MATTER) or is_foreign
        ):
            self.complaints.append(f"{message.text} {message.location['url']}")

    def _refuse(self, route: Route) -> None:
        """Nothing is fetched from elsewhere; who asks for more than a map fails the test."""
        if not any(maps in route.request.url for maps in MAPS):
            self.strangers.append(route.request.url)
        route.abort()

    def open(self, project_id: int, form_id: str, *, is_draft: bool = False) -> None:
        draft = "&draft=true" if is_draft else ""
        self.page.goto(f"{self.host.url}/{self.engine}?project={project_id}&form={form_id}{draft}")
        self.page.locator(self.loaded).wait_for(state="attached", timeout=LOADED_WITHIN_MS)

    loaded: str

    def question(self, label: str) -> Locator:
        """The last of those that are shown: in repeats, that of the newest occurrence."""
        raise NotImplementedError

    def is_shown(self, label: str) -> bool:
        return self.question(label).count() > 0

    def send(self) -> str:
        """ "yes", "no" (the server refused), or "invalid" (the engine did)."""
        raise NotImplementedError

    @property
    def xml(self) -> bytes:
        """The record as the engine wrote it."""
        return str(self.page.evaluate("window.host.xml")).encode()

    @property
    def answers(self) -> list[Any]:
        return list(self.page.evaluate("window.host.answers"))


class Enketo(Filling):
    """Enketo's engine with the style that it ships."""

    engine = "enketo"
    loaded = "body[data-loaded]"

    def open(self, project_id: int, form_id: str, *, is_draft: bool = False) -> None:
        super().open(project_id, form_id, is_draft=is_draft)
        self.complaints += self.page.evaluate("window.host.loadErrors")

    def speak(self, language: str) -> None:
        self.page.locator("#form-languages").select_option(label=language)

    def question(self, label: str) -> Locator:
        named = self.page.locator(".question-label.active").filter(has_text=exactly(label))
        return self.page.locator(".question:visible").filter(has=named).last

    def write(self, label: str, text: str) -> None:
        field = self.question(label).locator("input:visible, textarea:visible").first
        field.fill(text)
        field.blur()

    def choose(self, label: str, *choices: str) -> None:
        for choice in choices:
            named = self.page.locator(".option-label.active").filter(has_text=exactly(choice))
            self.question(label).locator("label:visible").filter(has=named).click()

    def look_up(self, label: str, choice: str) -> None:
        self.write(label, choice)

    def acknowledge(self, label: str) -> None:
        self.question(label).locator("label:visible").last.click()

    def day(self, label: str, day: dt.date) -> None:
        self.write(label, day.isoformat())

    def hour(self, label: str, hour: dt.time) -> None:
        """In the field behind the widget, which puts in the present time when it is entered."""
        self.question(label).locator("input.ref-target").evaluate(
            "(field, hour) => { field.value = hour;"
            " field.dispatchEvent(new Event('change', { bubbles: true })) }",
            f"{hour:%H:%M}",
        )

    def locate(self, label: str, latitude: str, longitude: str) -> None:
        """By hand, as who has no GPS."""
        for name, value in (("lat", latitude), ("long", longitude)):
            field = self.question(label).locator(f"input[name={name}]")
            field.fill(value)
            field.blur()

    def attach(self, label: str, file: Path) -> None:
        self.question(label).locator("input[type=file]").set_input_files(file)

    def add(self, label: str) -> None:
        """One more of the repeat with this heading."""
        group = self.page.locator(".or-group:visible").filter(
            has=self.page.locator(":scope > h4 .question-label.active", has_text=exactly(label))
        )
        group.last.locator(":scope > .or-repeat-info .add-repeat-btn").click()

    def messages(self) -> list[str]:
        shown = ".or-required-msg.active:visible, .or-constraint-msg.active:visible"
        return self.page.locator(shown).all_inner_texts()

    def send(self) -> str:
        self.page.evaluate("delete document.body.dataset.sent")
        self.page.locator("#send").click()
        self.page.locator("body[data-sent]").wait_for()
        return str(self.page.locator("body").get_attribute("data-sent"))


class WebForms(Filling):
    """ODK Web Forms."""

    engine = "web_forms"
    loaded = ".form-initialization-status.ready"

    def speak(self, language: str) -> None:
        self.page.locator(".language-changer:visible").click()
        self.page.locator(".language-dd-label", has_text=language).click()

    def question(self, label: str) -> Locator:
        named = self.page.locator("label").filter(has_text=exactly(label))
        named = self.page.locator(".control-text, .note-control").filter(has=named)
        return self.page.locator(".question-container:visible").filter(has=named).last

    def write(self, label: str, text: str) -> None:
        field = self.question(label).locator("input, textarea").first
        field.click()
        field.press("Control+a")
        field.press_sequentially(text)
        field.blur()

    def choose(self, label: str, *choices: str) -> None:
        for choice in choices:
            options = self.question(label).locator("label.value-option")
            options.filter(has_text=exactly(choice)).click()

    def look_up(self, label: str, choice: str) -> None:
        self.question(label).locator(".dropdown").click()
        self.page.locator(".p-select-option").filter(has_text=exactly(choice)).click()
        expect(self.page.locator(".p-select-overlay")).to_have_count(0)

    def acknowledge(self, label: str) -> None:
        self.question(label).locator("label.value-option").click()

    def day(self, label: str, day: dt.date) -> None:
        self._pick(label, f"{day:%m/%d/%Y}")

    def hour(self, label: str, hour: dt.time) -> None:
        self._pick(label, f"{hour:%I:%M %p}")

    def _pick(self, label: str, text: str) -> None:
        field = self.question(label).locator("input").first
        field.fill(text)
        field.press("Tab")

    def locate(self, label: str, latitude: str, longitude: str) -> None:
        """Where the browser says that it is."""
        self.page.context.set_geolocation(
            {"latitude": float(latitude), "longitude": float(longitude), "accuracy": 4}
        )
        self.question(label).get_by_role("button", name="Get location").click()
        save = self.page.locator("button:enabled", has_text="Save location")
        taken = self.question(label).locator(".geopoint-value")
        taken.or_(save).first.wait_for()
        if save.count():  # where it does not find the place good enough to save it itself
            save.click()
        taken.wait_for()

    def attach(self, label: str, file: Path) -> None:
        self.question(label).locator("input[type=file]").last.set_input_files(file)
        self.question(label).locator(".preview-captured-image img").wait_for()

    def add(self, label: str) -> None:
        buttons = self.page.locator(".button-add-instance:visible")
        buttons.filter(has_text=re.compile(rf"Add\s+{re.escape(label)}\s*$")).last.click()

    def messages(self) -> list[str]:
        return self.page.locator(".validation-message:visible").all_inner_texts()

    def send(self) -> str:
        self.page.evaluate("delete document.body.dataset.sent")
        self.page.get_by_role("button", name="Send").click()
        ended = self.page.locator("body[data-sent], body:has(.form-error-message)")
        ended.wait_for()
        return str(self.page.locator("body").get_attribute("data-sent") or "invalid")


ENGINES: dict[str, type[Enketo] | type[WebForms]] = {"enketo": Enketo, "web_forms": WebForms}
