"""`/docs`: every operation that the description has, with who may call it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import html


@pytest.mark.parametrize("language", ["en", "km"])
def test_every_operation_is_on_the_page(client: FlaskClient, language: str) -> None:
    described = client.get("/docs/openapi.json").get_json()
    page = html.fromstring(client.get(f"/docs?lang={language}").data)
    told = [heading.text_content() for heading in page.iter("h2")]
    expected = [
        f"{method.upper()} {path}"
        for path, methods in described["paths"].items()
        for method in methods
        if method != "parameters"
    ]
    assert told == expected
    assert len(told) >= 5


def test_it_says_who_may_call(client: FlaskClient) -> None:
    text = html.fromstring(client.get("/docs?lang=en").data).text_content()
    assert "Who may call: advocate, analyst, coordinator, reviewer" in text
    assert "reviewer; scripts with the scope figures" in text
    assert "Who may call: anybody" in text
    assert "api_token" not in text


def test_the_description_promises_the_statuses_that_are_answered(client: FlaskClient) -> None:
    described = client.get("/docs/openapi.json").get_json()
    for methods in described["paths"].values():
        for method, told in methods.items():
            if method != "parameters":
                assert "422" not in told["responses"]
