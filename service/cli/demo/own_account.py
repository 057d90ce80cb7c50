"""What a field worker sends by an account of her own, from an app that speaks JSON."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from service.cli.demo import people
from service.cli.demo.people import Filled

EMAIL = "arun@demo.samleng.local"
FIRST, MANY = 900_000, 24
"""Households that no phone has."""


def send(url: str, project_id: int, password: str, versions: dict[str, str]) -> None:
    """Sign in, push one batch, sign out. Raises where one of them was not taken in."""
    token = _post(f"{url}/v1/sessions", {"email": EMAIL, "password": password})["token"]
    made = [people.household(1, FIRST + number) for number in range(MANY)]
    items = [_item(one, versions[one.form_id]) for one in made]
    told = _post(f"{url}/v1/projects/{project_id}/sync", {"items": items}, token)
    left = [one["status"] for one in told["results"] if one["status"] in ("rejected", "failed")]
    if left:
        raise RuntimeError(f"not taken in: {left}")


def _item(filled: Filled, version: str) -> dict[str, Any]:
    return {
        "id": filled.instance_id.removeprefix("uuid:"),
        "form_id": filled.form_id,
        "version": version,
        "answers": filled.answers,
    }


def _post(address: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    asked = urllib.request.Request(  # noqa: S310 - our own server
        address, json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own server
        told: dict[str, Any] = json.load(answer)
    return told
