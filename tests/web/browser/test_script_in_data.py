"""S-29: nothing that people typed runs in a reader's browser."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from playwright.sync_api import Page

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role
from service.entities import actions as entities
from service.forms.entity_lists import Telling
from service.forms.tables import FormVersion
from service.foundation.db import unit_of_work
from tests.factories import FORM_XML, Phone, a_form, an_instance
from tests.test_authorisation import ROUTES
from tests.web.browser.conftest import Site
from tests.web.browser.test_pages import sign_in

pytestmark = pytest.mark.browser

PAYLOADS = (
    "<script>hit()</script>",
    "<img src=x onerror=hit()>",
    "<svg onload=hit()>",
    "'\"><b id=hit>",
    "<svg><script>hit()</script></svg>",
    "<iframe srcdoc='<script>parent.hit()</script>'>",
    "javascript:hit()",
    '" onmouseover="hit()',
    "' autofocus onfocus='hit()",
    "<body onload=hit()>",
    "</title><script>hit()</script>",
    "</textarea><script>hit()</script>",
    "<a href=javascript:hit()>x",
    "<details open ontoggle=hit()>",
    "<video><source onerror=hit()>",
    "<math><mi xlink:href='javascript:hit()'>",
    "<input onfocus=hit() autofocus>",
    "<marquee onstart=hit()>",
    "<object data='javascript:hit()'>",
    "<embed src='javascript:hit()'>",
    "<link rel=import href='data:text/html,x'>",
    "<base href='//evil/'>",
    "<meta http-equiv=refresh content='0;url=javascript:hit()'>",
    "<form action=javascript:hit()><button>",
    "{{constructor.constructor('hit()')()}}",
    "{{7*7}}",
    "${hit()}",
    "<%= hit() %>",
    "<!--<img src='--><img src=x onerror=hit()>",
    "<style>@import 'javascript:hit()'</style>",
    "<div style='background:url(javascript:hit())'>",
    "\u202e<script>hit()</script>",
    "<scr\u0000ipt>hit()</scr\u0000ipt>",
    "&lt;script&gt;hit()&lt;/script&gt;",
    "<ScRiPt>hit()</sCrIpT>",
    "<script\n>hit()</script\n>",
    "<img/src=x/onerror=hit()>",
    "\\u003cscript\\u003ehit()",
    "<noscript><p title='</noscript><img src=x onerror=hit()>'>",
    "<template><script>hit()</script></template>",
)


_CODED = 'xmlns:samleng="https://samleng.org/xforms" samleng:class="coded"'
SHOWN = ('<bind nodeset="/data/village"', f'<bind {_CODED} nodeset="/data/village"')
"""An answer that whoever reads records is shown."""
HANDLERS = """[...document.querySelectorAll('*')].flatMap(element => [...element.attributes])
 .filter(attribute => attribute.name.startsWith('on')).length"""


def plain(payload: str) -> str:
    """As XML and a header take it."""
    return payload.replace("\0", "").replace("\n", " ")


def escaped(payload: str) -> str:
    return plain(payload).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def fill(site: Site) -> None:
    """Every place that people fill and a page shows, with every payload."""
    project_id = site.world.project_id
    with unit_of_work() as session:
        for number, payload in enumerate(PAYLOADS):
            xml = FORM_XML.format(form_id=f"f{number}", version=escaped(payload)[:100])
            xml = xml.replace("ភូមិ", escaped(payload)).replace(*SHOWN)
            made = a_form(session, project_id, f"f{number}", plain(payload)[:100], xml=xml)
            version = session.get_one(FormVersion, made.current_version_pk)
            version.title = plain(payload)
            name = f"{plain(payload)} {number}"[:120]  # live phones have names of their own
            sender = actions.create_app_user(session, SYSTEM, project_id, name, None)
            actions.create_user(
                session,
                SYSTEM,
                f"p{number}@example.org",
                Role.ANALYST,
                project_id,
                name=plain(payload),
            )
        entities.create_list(session, SYSTEM, project_id, "typed", telling=Telling.NOBODY)
        entities.add_property(session, SYSTEM, project_id, "typed", "told")
        typed = [
            entities.given(None, plain(payload), {"told": plain(payload)}) for payload in PAYLOADS
        ]
        entities.create(session, SYSTEM, project_id, "typed", typed)
    phone = Phone(client=site.client, project_id=project_id, token=sender.token, id=sender.id)
    for number, payload in enumerate(PAYLOADS):
        photo = plain(payload).replace("/", "_").replace("\\", "_").replace('"', "_").strip(" .")
        xml = an_instance(
            f"uuid:{escaped(payload)}",
            form_id=f"f{number}",
            village=escaped(payload),
            photo=escaped(photo),
        )
        for body in (xml, xml.replace("<village>", "<village>x"), xml[:-9] + escaped(payload)):
            sent = phone.send(body, {photo: b"x"}, base_url=site.origin)
            assert sent.status_code < 500, (number, sent.get_data(as_text=True))


MOST_OF_A_KIND = 6
"""Pages that show the same of another record, phone, person."""
NO_PAGES = re.compile(r"/(file|recovery|revoke|remove|delete)\b")


def kind_of(path: str) -> str:
    """Of a page, whatever it is of."""
    return re.sub(r"/([0-9a-f-]{36}|[0-9]+)", "/*", path.partition("?")[0])


def test_s29_nothing_that_people_typed_runs_in_a_readers_browser(page: Page, site: Site) -> None:
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1 }")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    fill(site)
    sign_in(page, site)
    of_project = [route.removeprefix("GET /p/<slug>") for route in ROUTES if "<slug>/" in route]
    waiting = [f"{site.world.path}{path}" for path in of_project if "<" not in path]
    visited: Counter[str] = Counter()
    seen: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path.removeprefix(site.world.path))
        if path in seen or visited[kind] >= MOST_OF_A_KIND or NO_PAGES.search(kind):
            continue
        seen.add(path)
        visited[kind] += 1
        answer = page.goto(f"{site.origin}{path}")
        assert answer is not None
        assert answer.status < 500, path
        page.wait_for_load_state()
        assert page.evaluate("window.hits") == 0, path
        assert page.locator("#hit").count() == 0, path
        assert page.evaluate(HANDLERS) == 0, path
        found = page.eval_on_selector_all(
            "a[href]", "links => links.map(a => a.getAttribute('href'))"
        )
        assert [href for href in found if href.strip().lower().startswith("javascript")] == []
        inside = [href for href in found if href.startswith(site.world.path)]
        waiting += [href.partition("#")[0] for href in inside]
        if kind == "/copies/*":
            waiting.append(f"{path}/names?purpose=work")
    shown = {"/copies", "/copies/*", "/copies/*/names", "/lists", "/lists/*", "/submissions/*",
             "/phones/*", "/people/*", "/log", "/readings", "/exports", "/moving", "/figures",
             "/quarantine", "/withdrawals", "/access"}  # fmt: skip
    assert shown <= visited.keys(), shown - visited.keys()
