"""Whatever goes wrong at an address of phones, the answer is a message that a phone can show: every
declared route, every status, both languages. Without one it shows the address, token included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service.foundation.problems import CATALOGUE, Problem
from service.web.openrosa import responses
from tests.factories import a_phone

MESSAGE = "{http://openrosa.org/http/response}message"
KHMER = re.compile("[\u1780-\u17ff]{3}")
ENGLISH = re.compile("[A-Za-z]{3,} [a-z]{2,}")
TOKEN = "smd-never-to-be-seen"
FILLED = {
    "project_id": "1", "form": "form-1", "version": "version-1", "file": "file-1",
    "dataset": "list-1", "slug": "battambang",
}  # fmt: skip


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What an error looks like does not depend on the database."""
    (tmp_path / "samleng.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/samleng.db"


def of_phones(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if responses.declared(app, rule.endpoint) is not None:
            for method in sorted((rule.methods or set()) - {"OPTIONS"}):
                yield rule, method


def path_of(rule: Rule) -> str:
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: FILLED[found[1]], rule.rule)
    return path.replace("/-/", f"/{TOKEN}/")


def faults() -> Iterator[Exception]:
    """One of each status of ours, all that the framework raises, and a crash."""
    yield from {kind.status: Problem(kind) for kind in CATALOGUE.values()}.values()
    yield from (made() for code, made in default_exceptions.items() if code >= 400)
    yield ValueError("ឈ្មោះ សុខ")


class Broken:
    """Before anything else of the request, the fault."""

    fault: Exception | None = None

    def __call__(self) -> None:
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def broken(app: Flask) -> Broken:
    made = Broken()
    app.before_request_funcs[None].insert(1, made)  # behind what gives the request its number
    return made


def assert_told(answer: TestResponse, what: str, tongue: str, *, is_head: bool) -> None:
    assert 400 <= answer.status_code < 600, what
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8", what
    assert answer.headers["X-OpenRosa-Version"] == "1.0", what
    assert answer.headers["Content-Language"] == tongue, what
    assert "Location" not in answer.headers, what
    assert TOKEN not in str(answer.headers) + answer.get_data(as_text=True), what
    if is_head:
        assert answer.data == b"", what
        return
    told = etree.fromstring(answer.data).findtext(MESSAGE) or ""
    assert bool(ENGLISH.search(told)) is (tongue == "en"), f"{what}: {told}"
    assert bool(KHMER.search(told)) is (tongue == "km"), f"{what}: {told}"


@pytest.mark.parametrize("tongue", ["en", "km"])
def test_c64_every_status_of_every_route_of_phones_is_a_message(
    app: Flask, client: FlaskClient, broken: Broken, tongue: str
) -> None:
    asked = set()
    headers = {"X-OpenRosa-Version": "1.0", "Accept-Language": tongue}
    for rule, method in of_phones(app):
        for fault in faults():
            broken.fault = fault
            answer = client.open(path_of(rule), method=method, headers=headers)
            what = f"{method} {rule.rule}: {fault!r}"
            assert_told(answer, what, tongue, is_head=method == "HEAD")
            if isinstance(fault, Problem):
                assert answer.status_code == fault.kind.status, what
            elif isinstance(fault, HTTPException) and fault.code != answer.status_code:
                assert answer.status_code in (400, 500), what
            asked.add((rule.rule, method, answer.status_code))
    assert len(asked) > 500


def test_c64_what_nothing_is_provoked_for_is_told_too(app: Flask, client: FlaskClient) -> None:
    """Wrong token, no credentials, nothing there, another method, another host."""
    phone = a_phone(client)
    seen = set()
    for rule, method in of_phones(app):
        known = path_of(rule).replace(TOKEN, phone.token).replace("form-1", "form-99")
        others = {"PUT", "DELETE", "PATCH"}
        for path, verb, base in (
            (path_of(rule), method, "http://samleng.test"),
            (known.replace("projects/1", "projects/99"), method, "http://samleng.test"),
            (path_of(rule), "PUT", "http://samleng.test"),
            (known, method, "http://elsewhere.test"),
        ):
            headers = {"X-OpenRosa-Version": "1.0", "Accept-Language": "en"}
            answer = client.open(path, method=verb, base_url=base, headers=headers)
            assert answer.status_code >= 400, (verb, path)
            assert_told(answer, f"{verb} {path}", "en", is_head=verb == "HEAD")
            seen.add(answer.status_code)
        assert method not in others
    assert seen >= {401, 403, 404, 405, 421}


def test_whoever_does_not_speak_openrosa_is_told_in_json_where_programs_ask_too(
    app: Flask, client: FlaskClient, broken: Broken
) -> None:
    """pyODK fetches a form's XML, and reads the code of an error."""
    broken.fault = Problem(CATALOGUE["not-found"])
    kinds = set()
    for rule, method in of_phones(app):
        if method == "HEAD" or "/-/" in rule.rule:
            continue
        answer = client.open(path_of(rule), method=method)
        is_ours = responses.declared(app, rule.endpoint)
        wanted = "text/xml" if is_ours else "application/problem+json"
        assert answer.mimetype == wanted, rule.rule
        kinds.add(is_ours)
    assert kinds == {True, False}


def test_no_address_with_a_phones_token_is_left_undeclared(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/v1/key/", "/v1/test/")):
            assert responses.declared(app, rule.endpoint) is not None, rule.rule
