"""`openapi/openapi.json` is what the code says. Behind? Run `.venv/bin/flask openapi write`."""

from __future__ import annotations

from pathlib import Path

import orjson
from flask import Flask

from service.app import create_app
from service.cli.openapi import FILE, described
from service.foundation.settings import Settings, load_or_make_secrets
from tests.conftest import close


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


def test_s57_every_json_route_is_described() -> None:
    paths = orjson.loads(FILE.read_bytes())["paths"]
    assert {"/v1/sessions", "/v1/sessions/current", "/v1/users/current"} <= set(paths)
    for path, methods in paths.items():
        for method, operation in methods.items():
            if method != "parameters":
                assert operation["summary"], f"{method} {path} says nothing of itself"
