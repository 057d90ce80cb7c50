"""What holds of every route. Who may call which: `tests/test_authorisation.py`."""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import lxml.html
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from service.accounts import actions, policy
from service.accounts.actor import SITE, SYSTEM, Actor, Role, Scope
from service.accounts.policy import ABOUT_ONESELF, ALLOWED, STEP_UP, Act
from service.accounts.tables import AppUser, Grant, User
from service.app import create_app
from service.consent import actions as consent
from service.entities import actions as lists
from service.forms import actions as forms
from service.forms.entity_lists import Telling
from service.forms.tables import Form, FormFile, FormVersion
from service.foundation import ids
from service.foundation.db import Base, reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Part, PreparedFile, Submission
from service.web import identify, routes
from service.web.identify import PUBLIC, allows
from tests import entity_things, media_files
from tests.conftest import close, drain
from tests.entity_forms import register
from tests.factories import Phone, a_draft, a_phone, a_project, a_release, an_instance
from tests.web.people import bearer

OPEN_TO_ALL = {
    "/", "/docs", "/docs/openapi.json", "/healthz", "/metrics", "/readyz", "/setup/<token>",
    "/sign-in", "/v1/projects/<int:project_id>/withdrawals", "/withdraw/<project>",
    # The code on a paper opens these, or what stood for it minutes ago (test_own_page.py).
    *(f"/withdraw/<project>/{path}" for path in ("own", "words", "back", "change")),
    "/withdraw/<project>/heard/<opened>/<ticket>",
    "/static/<name>", "/v1/sessions", "/v1/sessions/refresh",
    # The tally names nobody, and is there to be checked by anybody (docs/treaty.md).
    "/treaty/<project>", "/treaty/verify_tally.py",
    "/releases/verify_release.py",  # the script, not a release
    *(
        f"/v1/projects/<int:project_id>/treaty/{path}"
        for path in ("tally", "log", "log/lines", "log/heads", "receipts/<code>")
    ),
    # What narrators let be published, for as long as they do (tests/web/test_stories.py).
    "/told/<project>/<story_use>", "/told/<project>/<story_use>/paper",
    "/told/<project>/<story_use>/file",
    # The token in the path opens what was chosen for one partner (tests/web/test_shared.py).
    "/promised/<project>/<token>", "/promised/<project>/<token>/releases/<int:release>",
    # The token in the path opens one draft, and each view asks for it (test_trying_drafts.py).
    *(
        f"/v1/test/-/projects/<int:project_id>/forms/<name:form>/draft{path}"
        for path in ("/formList", ".xml", "/manifest", "/attachments/<name:file>", "/submission")
    ),
}  # fmt: skip
"""Every address that asks nobody who they are. Longer only with a reason."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
TELLING = "/p/<slug>/telling/"
RECORDS = {"Permissions-Policy": "camera=(self), microphone=(self), geolocation=()"}
"""Where voice and film are recorded, in a page of ours."""

REFUSED = {401, 403, 404}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A project with one record, and something to send as each kind of caller."""

    app: Flask
    client: FlaskClient
    values: Mapping[str, object]
    callers: Mapping[str, dict[str, str]]
    token: str
    kept: entity_things.Kept = field(default_factory=entity_things.Kept)

    def ask(self, rule: Rule, method: str, caller: str) -> TestResponse:
        """A phone's token stands in the address where the address has a place for it."""
        if "forms/" in rule.rule:  # callers before may have deleted it
            with unit_of_work() as session:
                session.execute(sa.update(Form).values(deleted_at=None))
        if "person_id" in rule.rule:
            self._restore_person()
        project_id = int(str(self.values["project_id"]))
        if "/draft" in rule.rule or rule.rule.endswith(".xlsx"):
            blobs = self.app.extensions["samleng.blobs"]
            self.kept.get("a draft", lambda: a_draft(blobs, project_id))
        if "/assignments/" in rule.rule:
            with unit_of_work() as session:
                session.get_one(AppUser, self.values["phone_id"]).all_forms = True
        values = self.values
        if entity_things.is_of_one(rule.rule):
            made = self.kept.get(project_id, lambda: entity_things.things(project_id))
            values = {**values, **made}
            if rule.rule.endswith("/restore"):
                self.kept.clear()
                entity_things.delete(project_id, made)
        secret = self.token if caller == "device" else "smd-nobody"
        path = _fill(rule.rule, values).replace("/key/-/", f"/key/{secret}/")
        headers = self.callers[caller]
        answer = self.client.open(path, method=method, headers=headers, buffered=True)
        self.kept.after(method, answer)
        return answer

    def _restore_person(self) -> None:
        """Callers before may have taken the role, or switched the account off."""
        person_id, project_id = self.values["person_id"], self.values["project_id"]
        with unit_of_work() as session:
            session.get_one(User, person_id).is_active = True
            session.merge(
                Grant(user_id=person_id, project_id=project_id, role="field_worker", area="")
            )


def _fill(rule: str, values: Mapping[str, object]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule)


@pytest.fixture
def site(app: Flask, client: FlaskClient, settings: Settings) -> Site:
    phone = a_phone(client)
    picture = {"a.png": media_files.png()}
    assert phone.send(an_instance(photo="a.png"), picture).status_code == 201
    drain(app)
    key = settings.secrets.jwt_key
    blob = app.extensions["samleng.blobs"].put(b"png")
    with unit_of_work() as session:
        person = actions.create_user(
            session, SYSTEM, "arun@example.org", Role.FIELD_WORKER, phone.project_id
        )
        elsewhere = a_project(session, "Elsewhere").id
        version = session.scalars(sa.select(FormVersion.version_pk)).one()
        session.add(
            FormFile(
                version_pk=version, name="map.png", sha256=blob.sha256, blob=blob.name,
                md5="0" * 32, size=3, media_type="image/png",
            )
        )  # fmt: skip
    people = {
        role.value: bearer(key, role, SITE if role is Role.ADMIN else phone.project_id)
        for role in actions.HUMAN_ROLES
    }
    with reading() as session:
        submission = session.scalar(sa.select(Submission.submission_pk))
        instance_id = session.scalar(sa.select(Submission.instance_id))
        copy = session.scalar(
            sa.select(PreparedFile.prepared_pk).where(PreparedFile.part == Part.COPY)
        )
    advocate = client.get("/v1/users/current", headers=people["advocate"]).json
    waiting = consent.ask_by_code(
        phone.project_id,
        "BTB-7731",
        network="n",
        blobs=app.extensions["samleng.blobs"],
        actor=Actor(id=advocate["id"] if advocate else None, name="", roles={}),
    )
    with unit_of_work() as session:
        script = actions.create_api_token(
            session, SYSTEM, "script", [phone.project_id], {Scope.FIGURES}
        ).id
        release = a_release(session, phone.project_id)
    values = {
        **entity_things.things(phone.project_id),
        "project_id": phone.project_id, "slug": "battambang", "phone_id": phone.id,
        "person_id": person.id, "item_id": "uuid:nobody",
        "submission": submission, "opened": copy, "ticket": "0-0", "indicator_id": "I01",
        "kind": "persons",
        "form": "visit",
        "withdrawal": waiting.id, "withdrawal_id": waiting.id, "project": "battambang",
        "version": "1", "file": "map.png", "name": "pages.css", "token": "none",
        "script_id": script, "form_pk": 1, "role_id": "2", "instance_id": instance_id,
        "version_id": instance_id,
        "attachment": "a.png", "code": "7K3M-9QRT-04XW-JB8E",
        "pair": submission, "signer": submission, "batch": submission, "hold": submission,
        "number": "none-00001", "release": release,
        "story_text": submission, "story_use": submission, "told_record": submission,
        "story_file": copy,
        "person": submission, "case_pk": submission, "told_province": "02",
        **dict.fromkeys(
            ("meeting_pk", "question_pk", "promise_pk", "link_pk", "use_pk", "key", "pack_pk"),
            submission,
        ),
        "source": "text", "place": "020401", "article": "CRPD-9",
        "emergency_id": 1, "notice_id": 1, "form_id": "visit", "table": "Submissions",
        "record": "'uuid:1'", "inside": "member", "run": submission,
    }  # fmt: skip
    return Site(
        app=app,
        client=client,
        values=values,
        token=phone.token,
        callers={
            **people,
            "anonymous": {},
            "no_role": bearer(key),
            "stranger": bearer(key, Role.COORDINATOR, elsewhere),
            "device": {"Authorization": f"Bearer {phone.token}"},
        },
    )


def stated(app: Flask) -> Iterator[tuple[Rule, str, Act | str]]:
    """(rule, method, act) of every route."""
    for rule in app.url_map.iter_rules():
        act = identify.stated_act(app, rule.endpoint)
        assert act is not None
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            yield rule, method, act


def may_call(caller: str, act: Act, *, is_device_path: bool) -> bool:
    """What the table says, read here a second time and in other words."""
    if is_device_path:
        return caller == "device"
    if act in ABOUT_ONESELF:
        return caller not in ("anonymous", "device")
    return caller in {role.value for role in ALLOWED[act]}


def _leads_to_sign_in(answer: TestResponse) -> bool:
    return answer.headers.get("Location", "").startswith("/sign-in")


def _asks_for_a_code(answer: TestResponse) -> bool:
    """Pages lead to the page that asks; forms become it (`tests/web/test_step_up_forms.py`);
    programs are told."""
    if answer.request.path.startswith("/v1/"):
        is_bare = answer.request.method == "HEAD"
        return answer.status_code == 403 and (is_bare or answer.get_json()["code"] == "403.4")
    if answer.request.method == "POST":
        return answer.status_code == 403 and 'name="fresh_code"' in answer.get_data(as_text=True)
    return answer.headers.get("Location", "").startswith("/second-factor?")


def test_s11_acts_of_the_step_up_want_a_fresh_code_at_every_route(
    site: Site, settings: Settings
) -> None:
    project_id = int(str(site.values["project_id"]))
    key = settings.secrets.jwt_key
    callers = {
        role.value: bearer(key, role, SITE if role is Role.ADMIN else project_id, is_fresh=False)
        for role in actions.HUMAN_ROLES
    }
    stale = dataclasses.replace(site, callers={**site.callers, **callers})
    asked = 0
    for rule, method, act in stated(site.app):
        if act not in STEP_UP:
            continue
        for caller in callers:
            if may_call(caller, Act(act), is_device_path=False):
                answer = stale.ask(rule, method, caller)
                assert _asks_for_a_code(answer), rule.rule
                asked += 1
    assert asked


def test_what_asks_nobody_who_they_are_is_a_short_list(app: Flask) -> None:
    assert {rule.rule for rule, _, act in stated(app) if act == PUBLIC} == OPEN_TO_ALL


def test_a_stranger_learns_nothing_of_a_project_that_is_not_hers(site: Site) -> None:
    """Not there and not yours look alike."""
    for rule, method, act in stated(site.app):
        if act == PUBLIC or "<" not in rule.rule or "/key/" in rule.rule:
            continue
        if rule.rule in ("/v1/roles/<role_id>", "/v1/sessions/<token>"):
            continue  # of no project: the same everywhere, for whoever signed in
        answer = site.ask(rule, method, "stranger")
        assert answer.status_code == 404, f"{method} {rule.rule}"


def test_a_phone_reaches_its_own_routes_and_no_other(site: Site) -> None:
    reached = {
        rule.rule
        for rule, method, act in stated(site.app)
        if act != PUBLIC and site.ask(rule, method, "device").status_code not in {401, 403, 404}
    }
    assert reached
    ours = ("/formList", "/formXml", "/submission", "/sync", "/manifest", ".xml", "/integrity")
    assert all(rule.endswith(ours) or "/attachments/" in rule for rule in reached)


PUBLIC_PATHS = (
    "/", "/docs", "/docs/openapi.json", "/healthz", "/readyz", "/metrics", "/sign-in",
    "/withdraw/none", "/setup/none", "/static/none",
)  # fmt: skip
"""What asks nobody who they are: it says nothing more to a phone."""
OPEN_TO_PHONES = ("/formList", "/formXml", "/manifest", ".xml", "/integrity")


def test_s08_nor_where_nobody_is_asked_who_they_are(site: Site) -> None:
    secret = base64.b64encode(f"phone:{site.token}".encode()).decode()
    sent = [str(site.values[name]) for name in ("submission", "instance_id")]
    for path in PUBLIC_PATHS:
        by_path = f"/v1/key/{site.token}/{path.removeprefix('/v1/').lstrip('/')}"
        answers = [
            site.client.get(by_path),
            site.client.get(path, headers={"Authorization": f"Bearer {site.token}"}),
            site.client.get(path, headers={"Authorization": f"Basic {secret}"}),
            site.client.get(path, headers={"Cookie": f"samleng_session={site.token}"}),
        ]
        for answer in answers:
            assert answer.status_code in (200, 302, 303, *REFUSED), path
            for word in (*sent, "arun", "Battambang"):
                assert word not in answer.get_data(as_text=True), path


def test_s08_a_seized_phones_token_reads_nothing_that_was_sent(site: Site) -> None:
    """Every address that gives something, asked in each way in which a phone shows its token: only
    blank forms and what lies beside them answer."""
    basic = base64.b64encode(f"phone:{site.token}".encode()).decode()
    ways = {
        "bearer": {"Authorization": f"Bearer {site.token}"},
        "basic": {"Authorization": f"Basic {basic}"},
        "cookie": {"Cookie": f"samleng_session={site.token}"},
        "path": {},
    }
    opened, asked = set(), 0
    for rule, method, act in stated(site.app):
        if act == PUBLIC or method not in ("GET", "HEAD"):
            continue
        for way, headers in ways.items():
            path = _fill(rule.rule, site.values).replace("/key/-/", f"/key/{site.token}/")
            if way == "path" and not path.startswith("/v1/key/"):
                path = f"/v1/key/{site.token}/{path.removeprefix('/v1/').lstrip('/')}"
            answer = site.client.open(path, method=method, headers=headers, buffered=True)
            asked += 1
            if answer.status_code in REFUSED or _leads_to_sign_in(answer):
                continue
            assert act in (Act.FORM_LIST, Act.SUBMISSION_SEND), f"{way} {method} {path}"
            if rule.rule.endswith("/sync"):  # what was sent before is told to whoever has a cursor
                told = answer.get_json()["changes"] if method == "GET" else []
                assert {one["type"] for one in told} <= {"forms"}
                continue
            assert act is Act.FORM_LIST or answer.status_code == 204, "where to send, no body"
            opened.add(rule.rule)
    assert asked > 80
    assert opened
    for rule_text in opened:
        is_blank = rule_text.endswith(OPEN_TO_PHONES) or "/attachments/" in rule_text
        assert is_blank or rule_text.endswith("/submission")


def test_s08_a_seized_phones_token_reads_no_list_that_nobody_let_it_hold(site: Site) -> None:
    """A form that reads a list of entities: the list comes empty, once it is said to tell of
    people, until a coordinator lets this phone hold it."""
    project_id = int(str(site.values["project_id"]))
    blobs = site.app.extensions["samleng.blobs"]
    with unit_of_work() as session:
        xml = register("follow", reads=entity_things.NAME)
        forms.publish_xml(session, SYSTEM, project_id, xml, media={}, blobs=blobs)
        lists.tell(session, SYSTEM, project_id, entity_things.NAME, Telling.PEOPLE)
    entity_things.things(project_id)
    path = f"/projects/{project_id}/forms/follow/attachments/{entity_things.NAME}.csv"
    by = {"Authorization": f"Bearer {site.token}"}
    for address, headers in ((f"/v1/key/{site.token}{path}", {}), (f"/v1{path}", by)):
        answer = site.client.get(address, headers=headers, buffered=True)
        assert answer.status_code == 200
        assert entity_things.LABEL not in answer.get_data(as_text=True)
        assert len(answer.get_data(as_text=True).splitlines()) == 1, "the names of columns"


def test_s08_the_database_holds_no_usable_token(site: Site) -> None:
    """Neither phones' nor scripts' tokens stand in any column of any table, in any encoding."""
    with unit_of_work() as session:
        script = actions.create_api_token(session, SYSTEM, "x", None, {Scope.FIGURES})
    opened = site.client.post(
        "/v1/sessions", json={"email": script.email, "password": script.token}
    )
    secrets = [site.token, script.token, opened.get_json()["token"]]
    forms = [
        form
        for secret in secrets
        for form in (
            secret.encode(),
            secret[4:].encode(),
            base64.urlsafe_b64decode(secret[4:47] + "="),
            secret.encode().hex().encode(),
        )
    ]
    with reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(sa.select(table)):
                held = [value if isinstance(value, bytes) else str(value).encode() for value in row]
                assert not [table.name for form in forms for value in held if form in value], (
                    table.name
                )


def test_s08_a_form_outside_the_phones_scope_is_refused(app: Flask, client: FlaskClient) -> None:
    phone = a_phone(client, "visit", "treaty")
    with unit_of_work() as session:
        made = actions.create_app_user(session, SYSTEM, phone.project_id, "២", ["visit"])
    limited = Phone(client=client, project_id=phone.project_id, token=made.token, id=made.id)
    assert b"treaty" not in client.get(f"{limited.base}/formList").data
    assert client.get(f"{limited.base}/forms/treaty.xml").status_code == 404
    assert client.get(f"{limited.base}/forms/treaty/manifest").status_code == 404
    assert limited.send(an_instance(form_id="treaty")).status_code == 403
    assert limited.send(an_instance(form_id="visit")).status_code == 201


class NeverRead:
    """A body that says so when somebody begins to read it."""

    was_read = False

    def read(self, *_: object) -> bytes:
        self.was_read = True
        return b""

    readline = readlines = __iter__ = read


def test_s10_plain_http_is_refused_before_the_body_is_read_whatever_a_header_says(
    app: Flask, settings: Settings
) -> None:
    """No proxy is configured, so nobody is believed that the phone came by https."""
    phone = a_phone(app.test_client())
    close()
    secure = create_app(dataclasses.replace(settings, public_url="https://samleng.test"))
    basic = base64.b64encode(f"x:{phone.token}".encode()).decode()
    for path, authorization in (
        (f"/v1/key/{phone.token}/projects/{phone.project_id}/submission", ""),
        (f"/v1/projects/{phone.project_id}/submission", f"Basic {basic}"),
        (f"/v1/projects/{phone.project_id}/submission", f"Bearer {phone.token}"),
        (f"/v1/projects/{phone.project_id}/submission", 'Digest username="phone-1"'),
        ("/v1/sessions", ""),
    ):
        body = NeverRead()
        environ = EnvironBuilder(
            path=path, method="POST", base_url="http://samleng.test",
            headers={
                "X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on", "Forwarded": "proto=https",
                "X-Forwarded-Host": "samleng.test", "Authorization": authorization,
            },
        ).get_environ()  # fmt: skip
        environ |= {
            "wsgi.input": body, "CONTENT_LENGTH": "40000",
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
        }  # fmt: skip
        _, status, _ = run_wsgi_app(secure, environ)
        assert status == "403 FORBIDDEN", path
        assert not body.was_read, path


def test_s10_https_by_a_configured_proxy_is_believed(app: Flask, settings: Settings) -> None:
    phone = a_phone(app.test_client())
    close()
    behind = create_app(
        dataclasses.replace(settings, public_url="https://samleng.test", trusted_proxies=1)
    )
    client = FlaskClient(behind)
    url, forwarded = f"{phone.base}/formList", {"X-Forwarded-Proto": "https"}
    asked = {"base_url": "http://samleng.test"}
    assert client.get(url, headers=forwarded, **asked).status_code == 200
    assert client.get(url, **asked).status_code == 403


def test_a_phone_whose_access_ended_is_refused_everywhere(site: Site) -> None:
    with unit_of_work() as session:
        actions.revoke_app_user(
            session, SYSTEM, int(str(site.values["project_id"])), int(str(site.values["phone_id"]))
        )
    for rule, method, act in stated(site.app):
        if act == PUBLIC:
            continue
        answer = site.ask(rule, method, "device")
        assert answer.status_code in REFUSED or _leads_to_sign_in(answer), rule.rule


@pytest.mark.parametrize("is_https", [False, True])
def test_s29_s32_every_answer_carries_what_browsers_must_not_do(
    site: Site, is_https: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every route, for somebody who may and for somebody who may not; with https, the browser is
    told for a year to come by nothing else."""
    if is_https:
        secure = dataclasses.replace(site.app.config["SAMLENG"], public_url="https://samleng.test")
        monkeypatch.setitem(site.app.config, "SAMLENG", secure)
        ask = partial(site.client.open, base_url="https://samleng.test")
        monkeypatch.setattr(site.client, "open", ask)
    pages = 0
    for rule, method, act in stated(site.app):
        for caller in ("anonymous", "coordinator"):
            answer = site.ask(rule, method, caller)
            what = f"{caller} {method} {rule.rule}"
            _assert_guarded(
                answer,
                what,
                is_https=is_https,
                may_keep=_is_shared(rule, act),
                records=rule.rule == TELLING and answer.status_code == 200,
            )
            pages += _assert_no_inline_script(answer, what)
    assert pages > 60, "or this test looks at no page"


def _is_shared(rule: Rule, act: Act | str) -> bool:
    """Whether all that is answered there is told to everybody, or (OpenRosa) where to send to."""
    return str(act) in SHARED or rule.rule.endswith("/submission")


def _assert_no_inline_script(answer: TestResponse, what: str) -> bool:
    """Whether it is a page that was looked at."""
    if not answer.content_type.startswith("text/html") or not answer.data:
        return False
    root = lxml.html.document_fromstring(answer.data)
    for element in root.iter():
        names = {name.lower() for name in element.attrib}
        assert not [name for name in names if name.startswith("on") or name == "style"], what
        for name in names & {"href", "src", "action", "formaction"}:
            target = element.attrib[name].strip().lower()
            assert not target.startswith(("javascript:", "data:", "//")), f"{what}: {target}"
        if element.tag == "script":
            assert element.get("src", "").startswith("/static/"), what
            assert not (element.text or "").strip(), what
        assert element.tag not in ("style", "iframe", "object", "embed", "base"), what
    return True


VERSIONS = re.compile(r"werkzeug|gunicorn|flask|python|samleng/|[0-9]+\.[0-9]+\.[0-9]+", re.I)
MOST = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'",
    "img-src": "'self' blob:", "media-src": "'self' blob:", "font-src": "'self'",
    "connect-src": "'self'", "form-action": "'self'", "frame-ancestors": "'none'",
    "base-uri": "'none'", "require-trusted-types-for": "'script'", "sandbox": "",
}  # fmt: skip
"""The most that any answer may allow; most pages run no script at all."""
SHARED = {PUBLIC, "form.list"}
"""Whose answers tell of nobody: phones and browsers may keep them, and ask again."""


def _assert_guarded(
    answer: TestResponse,
    what: str,
    *,
    is_https: bool = False,
    may_keep: bool = False,
    records: bool = False,
) -> None:
    for name, value in {**HEADERS, **(RECORDS if records else {})}.items():
        assert answer.headers.get(name) == value, f"{what}: {name}"
    directives = answer.headers["Content-Security-Policy"].split(";")
    policy = {name: rest for name, _, rest in (one.strip().partition(" ") for one in directives)}
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'"), what
    for name, sources in policy.items():
        assert {*sources.split()} <= {*MOST[name].split()}, f"{what}: {name} {sources}"
    assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin"), what
    assert answer.headers["X-Request-Id"], what
    assert not VERSIONS.search(answer.headers.get("Server", "")), what
    assert "X-Powered-By" not in answer.headers, what
    strict = answer.headers.getlist("Strict-Transport-Security")
    assert strict == (["max-age=31536000"] if is_https else []), what
    kept = answer.headers["Cache-Control"]
    assert "no-store" in kept or may_keep, f"{what}: {kept}"


@pytest.mark.adds_routes
def test_s32_errors_of_every_kind_carry_the_same_headers(app: Flask, client: FlaskClient) -> None:
    def broken() -> str:
        raise ValueError("ឈ្មោះ សុខ")

    app.add_url_rule("/v1/broken", view_func=allows(PUBLIC)(broken))
    answers = {
        404: client.get("/v1/nowhere"),
        405: client.put("/healthz"),
        421: client.get("/sign-in", base_url="http://evil.example"),
        401: client.get("/v1/users/current"),
        422: client.post("/v1/sessions", json={}),
        500: client.get("/v1/broken"),
    }
    for status, answer in answers.items():
        assert answer.status_code in (status, 400), status
        _assert_guarded(answer, str(status))
    assert "សុខ" not in answers[500].get_data(as_text=True)


def test_a_route_that_states_nothing_stops_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    install = routes.install

    def forgetful(app: Flask) -> None:
        install(app)
        app.add_url_rule("/forgotten", "forgotten", lambda: "all names")

    monkeypatch.setattr(routes, "install", forgetful)
    with pytest.raises(RuntimeError, match="/forgotten"):
        create_app(settings)


@pytest.mark.adds_routes
def test_a_route_that_states_nothing_is_a_locked_door(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/v1/forgotten", "forgotten", lambda: "all names")
    assert identify.unstated_routes(app) == ["/v1/forgotten (forgotten)"]
    answer = client.get("/v1/forgotten")
    assert answer.status_code == 403
    assert "all names" not in answer.get_data(as_text=True)


def test_the_table_names_every_act_and_grants_people_nothing_of_the_system() -> None:
    assert set(ALLOWED) == set(Act)
    named = {act: roles for act, roles in ALLOWED.items() if act not in ABOUT_ONESELF}
    assert all(Role.SYSTEM not in roles for roles in named.values())
    assert all(Role.API_TOKEN not in roles for roles in named.values()), "scopes say that"
    device = {act for act, roles in named.items() if Role.DEVICE in roles}
    assert device == {Act.FORM_LIST, Act.SUBMISSION_SEND}


def test_the_administrator_reads_nobody() -> None:
    admin = Actor(id=1, name="ម", roles={SITE: frozenset({Role.ADMIN})}, sign_in_pk=ids.new_uuid())
    for act in (Act.SUBMISSION_LIST, Act.QUEUE_READ, Act.FACTS_READ, Act.FIGURES_READ):
        assert not policy.may(admin, act, 1)
