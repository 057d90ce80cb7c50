"""`openapi/openapi.json` is what the code says. Behind? Run `.venv/bin/flask openapi write`."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
from flask import Flask

from service.app import create_app
from service.cli.openapi import FILE, described
from service.foundation.settings import Settings, load_or_make_secrets
from tests.conftest import close
from tests.test_authorisation import ROUTES


def the_app(directory: Path) -> Flask:
    """An application on a database file without tables: describing asks for none."""
    return create_app(
        Settings(
            data_dir=directory,
            database_url=f"sqlite:///{directory}/empty.db",
            public_url="http://samleng.test",
            secrets_file=directory / "secrets.json",
            secrets=load_or_make_secrets(directory / "secrets.json"),
            key_file=directory / "ring.json",
            keys_database_url=f"sqlite:///{directory}/keys.db",
            embedded_worker=False,
        )
    )


def test_the_description_of_the_api_is_up_to_date(tmp_path: Path) -> None:
    with the_app(tmp_path).app_context():
        now = described()
    close()
    assert FILE.read_bytes() == now, "run: .venv/bin/flask openapi write"


OPENROSA = (
    "/formList", "/formXml", "/submission", "/upload", "/formUpload", "/view/submissionList",
    "/view/downloadSubmission", "/manifest", "/forms/{}.xml", "/forms/{}/versions/{}.xml",
    "/forms/{}/attachments/{}", "/datasets/{}/integrity", "/draft.xml", "/draft/attachments/{}",
)  # fmt: skip
"""Ends of the addresses that phones and Briefcase ask, in XML (docs/device-sync.md)."""


def test_s57_every_route_is_described_and_nothing_is_that_is_none() -> None:
    """But for those of OpenRosa, whose description is the standard's."""
    with_names = orjson.loads(FILE.read_bytes())["paths"]
    described = {
        f"{method.upper()} {re.sub(r'{[^}]+}', '{}', path)}"
        for path, methods in with_names.items()
        for method in methods
        if method != "parameters"
    }
    routes = {re.sub(r"<[^>]+>", "{}", one) for one in ROUTES if " /v1/" in one}
    assert described - routes == set()
    unsaid = routes - described
    assert {one for one in unsaid if not one.endswith(OPENROSA)} == set()
    assert len(unsaid) < len(described) / 3


def test_s57_each_says_what_it_is_for() -> None:
    paths = orjson.loads(FILE.read_bytes())["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            if method != "parameters":
                assert operation["summary"], f"{method} {path} says nothing of itself"
