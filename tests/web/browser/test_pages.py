"""The pages in a browser: by keyboard, on a small phone, in Khmer, for everybody."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from service.accounts import actions
from service.accounts.actor import SYSTEM
from service.facts import needs, places
from service.forms import queries as forms
from service.foundation.db import unit_of_work
from tests import sealed_world
from tests.factories import Phone, an_instance
from tests.integration.indicators.villages import Village
from tests.sealed_world import KEYS
from tests.web.browser.conftest import Site
from tests.web.browser.looking import assert_fits, faint, look, violations
from tests.web.pages_world import PASSWORD, SLUG
from tests.web.people import code_of

pytestmark = pytest.mark.browser

PATHS = (
    "/", "/figures", "/releases", "/dialogue", "/dialogue/meetings", "/dialogue/partners",
    "/dialogue/links?partner=PDAC", "/dialogue/became", "/products",
    "/products?product=province_brief&partner=PDAC", "/products?product=commune_page",
    "/products?product=crpd", "/products/recommendations",
    "/feedback", "/feedback/020401",
    "/figures?indicator=I01&by=province&audience=public",
    "/submissions", "/cases", "/services", "/copies", "/copies?state=aside", "/exports",
    "/forms", "/phones", "/scripts",
    "/withdrawals",
    "/withdrawals/papers", "/kept", "/holds", "/trustees",
    "/people", "/people/new", "/access", "/access/emergency", "/readings", "/log",
)  # fmt: skip
OPENED = (
    ("/submissions", "tbody a >> nth=0"),
    ("/phones", "tbody a >> nth=0"),
    ("/phones", "a[href$=revoke]"),
    ("/phones", "button[name=all]"),
)
"""Pages behind the first one: where, and what leads there."""


def sign_in(page: Page, site: Site, language: str = "en") -> None:
    """With the keyboard alone."""
    page.goto(f"{site.origin}/sign-in?lang={language}")
    while page.evaluate("document.activeElement.id") != "email":
        page.keyboard.press("Tab")
    page.keyboard.type(site.world.coordinator)
    page.keyboard.press("Tab")
    page.keyboard.insert_text(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/second-factor?*")
    while page.evaluate("document.activeElement.id") != "code":
        page.keyboard.press("Tab")
    page.keyboard.type(code_of(site.world.coordinator, again=True))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{site.world.path}/")


def follow(page: Page, selector: str) -> None:
    """Click, and wait for the page that comes: a click alone returns while it is still loading."""
    with page.expect_event("load"):
        page.click(selector)


def fill(site: Site) -> None:
    """A sealed form; three records, one of them waiting, from one phone that does not seal."""
    with unit_of_work() as session:
        made = actions.create_app_user(session, SYSTEM, site.world.project_id, "បាត់ដំបង ២", None)
    phone = Phone(
        client=site.client, project_id=site.world.project_id, token=made.token, id=made.id
    )
    sealed_world.publish(
        site.client.application,
        site.world.project_id,
        sealed_world.sealed_form("2", KEYS.public),
        KEYS.fingerprint,
    )
    for instance, village in (("uuid:1", "អូរតាគាំ"), ("uuid:1", "ផ្សេង"), ("uuid:2", "ភូមិ")):
        sent = phone.send(an_instance(instance, village=village), base_url=site.origin)
        assert sent.status_code in (201, 202)


def test_keyboard_alone_signs_in_and_focus_can_be_seen(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"


@pytest.mark.parametrize("language", ["en", "km"])
def test_every_page_fits_a_small_phone_and_breaks_no_rule_of_accessibility(
    page: Page, site: Site, language: str
) -> None:
    page.goto(f"{site.origin}/sign-in?lang={language}")
    broken = violations(page)
    sign_in(page, site, language)
    for is_filled in (False, True):
        for path in PATHS:
            page.goto(f"{site.origin}{site.world.path}{path}")
            broken += look(page)
        if not is_filled:
            fill(site)
    for path, link in OPENED:
        page.goto(f"{site.origin}{site.world.path}{path}")
        follow(page, link)
        broken += look(page)
    page.goto(f"{site.origin}{site.world.path}/submissions")
    follow(page, "tbody a >> nth=0")
    record = page.url
    for step in ("main a[href$=emergency]", "main a[href$=remove]", "main button.danger"):
        if step.startswith("main a"):
            page.goto(record)
        else:
            page.check("input[value=practice]")
        follow(page, step)
        broken += look(page)
    follow(page, "form[action$=restore] button")
    broken += violations(page)
    page.goto(f"{site.origin}{site.world.path}/phones")
    page.fill("#name", "ប៉ៃលិន ៣")
    follow(page, "main button")
    broken += look(page)
    page.goto(f"{site.origin}{site.world.path}/withdrawals")
    page.fill("#record", "uuid:2")
    follow(page, "main button.danger")
    broken += look(page)
    page.goto(f"{site.origin}/withdraw/{SLUG}")
    broken += look(page)
    page.fill("#code", "7K2M-9QXT-4RWD")
    follow(page, "main button")
    broken += look(page)
    assert broken == []


@pytest.mark.parametrize("language", ["en", "km"])
def test_pages_about_oneself_fit_a_small_phone_and_break_no_rule_of_accessibility(
    page: Page, site: Site, language: str
) -> None:
    """The second factor asked for and set up, the account, the paper codes; a link for somebody."""
    broken: list[str] = []
    page.goto(f"{site.origin}/sign-in?lang={language}")
    page.fill("#email", site.world.coordinator)
    page.fill("#password", PASSWORD)
    follow(page, "main button")
    page.click("summary")
    broken += look(page)
    page.fill("#code", "000000")
    follow(page, "main button")
    broken += look(page)
    page.fill("#code", code_of(site.world.coordinator))
    follow(page, "main button")
    for path in ("/account", "/second-factor/new"):
        page.goto(f"{site.origin}{path}")
        broken += look(page)
    page.goto(f"{site.origin}/account")
    follow(page, "form[action$=recovery-codes] button")
    broken += look(page)
    page.goto(f"{site.origin}{site.world.path}/people/new")
    page.fill("#email", "bopha@example.org")
    page.check("input[value=reviewer]")
    page.check("input[name=where][value=all]")
    follow(page, "main button.button")
    broken += look(page)
    page.goto(f"{site.origin}{site.world.path}/people")
    follow(page, f"tr:has-text('{site.world.analyst}') a")
    broken += look(page)
    page.check("input[value=reviewer]")
    page.check("input[name=where][value=area]")
    page.fill("#area", "Samraong")
    page.fill("#until", "2099-12-31")
    follow(page, "form[action$='/roles'] button")
    broken += look(page)
    page.check("input[name=pick][value='2107']")
    follow(page, "form[action$='/roles'] button")
    assert page.locator("form[action$='/take']").count() == 2
    broken += look(page)
    assert broken == []


def test_the_picture_of_the_second_factor_is_what_apps_scan(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.origin}/second-factor/new")
    secret = page.inner_text("code.copy").replace(" ", "")
    shot = Image.open(io.BytesIO(page.locator(".qr").screenshot()))
    (found,) = zxingcpp.read_barcodes(shot)
    assert found.text.startswith("otpauth://totp/Samleng:chanthou%40example.org?secret=")
    assert f"secret={secret}&" in found.text


def test_the_dark_colours_have_contrast_too(page: Page, site: Site) -> None:
    page.emulate_media(color_scheme="dark")
    sign_in(page, site, "km")
    fill(site)
    broken = []
    for path in PATHS:
        page.goto(f"{site.origin}{site.world.path}{path}")
        broken += faint(page)
    assert broken == []


def test_khmer_text_is_set_in_the_font_we_ship(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/sign-in?lang=km")
    page.evaluate("document.fonts.ready")
    assert page.evaluate('document.fonts.check("16px \\"Samleng Khmer\\"", "ខ្មែរ")')
    loaded = page.evaluate("[...document.fonts].map(font => [font.family, font.status].join())")
    assert [entry.replace('"', "") for entry in loaded] == ["Samleng Khmer,loaded"]
    ratio = page.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('p.soft')).lineHeight)"
        " / parseFloat(getComputedStyle(document.querySelector('p.soft')).fontSize)"
    )
    assert ratio >= 1.7


def test_what_can_be_touched_is_large_enough(page: Page, site: Site) -> None:
    sign_in(page, site)
    fill(site)
    page.set_viewport_size({"width": 360, "height": 740})
    for path in PATHS:
        page.goto(f"{site.origin}{site.world.path}{path}")
        small = page.evaluate(
            "[...document.querySelectorAll('main a, main button, main input:not([type=hidden]),"
            " main select, header a, header button, nav a')]"
            ".map(e => [e.outerHTML.slice(0, 80), e.closest('label') || e])"
            ".map(([name, e]) => [name, e.getBoundingClientRect()])"
            ".filter(([, box]) => box.height < 24 || box.width < 24).map(([name]) => name)"
        )
        assert small == [], path


def test_pages_work_with_scripts_switched_off(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.origin}/sign-in?lang=km")
    page.fill("#email", site.world.coordinator)
    page.fill("#password", PASSWORD)
    follow(page, "main button")
    page.fill("#code", code_of(site.world.coordinator))
    follow(page, "main button")
    follow(page, "nav a[href$=phones]")
    page.fill("#name", "ប៉ៃលិន ៣")
    follow(page, "main button")
    assert page.locator(".qr svg path").count() == 1
    follow(page, "a.button")
    follow(page, "a[href$=revoke]")
    follow(page, "button.danger")
    assert "“ប៉ៃលិន ៣” មិនអាចទាញយក ឬផ្ញើទៀតបានទេ។" in page.inner_text("main")
    context.close()


def test_a_printed_figure_is_the_figure_and_its_notes(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.origin}{site.world.path}/figures")
    page.emulate_media(media="print")
    assert not page.locator("nav.nav").is_visible()
    assert not page.locator("form.card").is_visible()
    assert page.locator("article h2").first.is_visible()


class OfSite(Village):
    """Households in the project that the site has already."""

    def __init__(self, session: Session, project_id: int) -> None:
        self.session, self.project_id, self.number = session, project_id, 0
        self.keys, self.shared = [], {}
        self.form_pk = forms.list_open_forms(session, project_id)[0].form_pk


def settle(site: Site) -> None:
    """In each province one household with every need, and one in five without any."""
    with unit_of_work() as session:
        village = OfSite(session, site.world.project_id)
        for place in places.load().provinces():
            for number in range(5):
                told = {"needs": tuple(needs.NEED) if number else ()}
                village.household(told, province=place.code)


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_long_figure_is_short_on_a_small_phone_until_a_group_is_ticked(
    page: Page, site: Site, language: str
) -> None:
    settle(site)
    sign_in(page, site, language)
    page.set_viewport_size({"width": 360, "height": 740})
    long = f"{site.origin}{site.world.path}/figures?by=need,province&audience=internal"
    page.goto(long)
    assert_fits(page)
    assert page.evaluate("document.documentElement.scrollHeight") < 8_500
    group = page.locator("tbody.folds").nth(1)
    assert group.locator("tr:visible").count() == 2, "its name and its total"
    group.locator("label").click()
    assert group.locator("tr:visible").count() == len(needs.NEED) + 2
    assert violations(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.locator("tbody.folds tr:visible").count() > 25 * len(needs.NEED)
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(media="print")
    assert page.locator("tbody.folds tr:visible").count() > 25 * len(needs.NEED)


@pytest.mark.parametrize("language", ["en", "km"])
def test_numbers_fit_their_squares_and_captions_stay_in_view(
    page: Page, site: Site, language: str
) -> None:
    settle(site)
    sign_in(page, site, language)
    figures = f"{site.origin}{site.world.path}/figures"
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        page.goto(f"{figures}?indicator=I08&audience=internal")
        assert page.locator("text.value", has_text="0 %").count() == 25
        widest = page.evaluate(
            "Math.max(...[...document.querySelectorAll('text.value')]"
            ".map(value => value.getBBox().width))"
        )
        assert widest <= 80, "of 100"
        page.goto(f"{figures}?indicator=I01&by=sex,age&audience=internal")
        caption = page.locator("caption span").bounding_box()
        assert caption is not None
        assert caption["x"] + caption["width"] <= width
