"""S-20: no address takes a body that fills the memory; where more is taken, it is a stream."""

from __future__ import annotations

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from service.web import body_limits
from service.web.identify import PUBLIC, allows
from tests.factories import a_phone


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/sessions", "application/json"),
        ("/v1/projects/1/withdrawals", "application/json"),
        ("/sign-in", "application/x-www-form-urlencoded"),
        ("/withdraw/battambang", "application/x-www-form-urlencoded"),
    ],
)
def test_s20_no_form_and_no_json_is_taken_into_memory_whatever_its_size(
    client: FlaskClient, path: str, kind: str
) -> None:
    a_phone(client)
    for length in (body_limits.ORDINARY + 1, 20 * body_limits.ORDINARY):
        answer = client.post(path, data=b" " * length, content_type=kind)
        assert answer.status_code == 413, answer.data[:500]


def test_s20_the_limit_is_told(client: FlaskClient) -> None:
    answer = client.post(
        "/v1/sessions", data=b'"' + b"x" * 2_000_000 + b'"', content_type="application/json"
    )
    assert answer.status_code == 413
    assert "(1 MB)" in answer.json["detail"]


@pytest.mark.adds_routes
def test_s20_what_is_marked_takes_more(app: Flask, client: FlaskClient) -> None:
    def view() -> str:
        return str(len(request.get_data()))

    marked = body_limits.takes_up_to(3_000_000)(allows(PUBLIC)(view))
    app.add_url_rule("/v1/marked", view_func=marked, methods=["POST"])
    assert client.post("/v1/marked", data=b"x" * 2_500_000).data == b"2500000"
    assert client.post("/v1/marked", data=b"x" * 3_500_000).status_code == 413
