"""`flask keys …`: the wrapping keys. On the host's shell alone."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from service.cli.output import json_option, say
from service.foundation import audit, clock, keys
from service.foundation.db import unit_of_work

group = AppGroup("keys", help="Keys under which what people sent is sealed.")


@group.command("status")
@json_option
def status(as_json: bool) -> None:
    """Where the keys are, how many, and since when the newest wraps."""
    store = keys.current()
    count, since = store.count(), store.newest_wrapping_key_at()
    say(
        {
            "ring": str(store.ring.path),
            "wrapping_keys": len(store.ring.ids()),
            "data_keys": count,
            "since": clock.iso(since) if since else None,
        },
        as_json,
    )


@group.command("rotate")
@json_option
def rotate(as_json: bool) -> None:
    """Wrap all data keys under a new key, and destroy the old one. While the server runs; killed,
    it goes on when called again."""
    store = keys.current()
    with click.progressbar(length=store.count(), label="Wrapping", file=sys.stderr) as bar:
        count = store.rotate(lambda done: bar.update(done - bar.pos))
    with unit_of_work() as session:
        audit.record(session, actor_id=None, action="keys.rotate", subject="ring", wrapped=count)
    say({"wrapped": count, "wrapping_keys": len(store.ring.ids())}, as_json)
