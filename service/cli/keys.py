"""`flask keys …`: the wrapping keys. On the host's shell alone."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from service.cli import confirming
from service.cli.output import json_option, say, stop
from service.foundation import audit, clock, keys
from service.foundation.db import unit_of_work
from service.foundation.keys import paper, recovery

group = AppGroup("keys", help="Keys under which what people sent is sealed.")
recovery_group = AppGroup("recovery", help="The key on paper that brings the others back.")
group.add_command(recovery_group)


@group.command("status")
@json_option
def status(as_json: bool) -> None:
    """Where the keys are, how many, and since when the newest wraps."""
    store = keys.current()
    count, since = store.count(), store.newest_wrapping_key_at()
    copy = recovery.find(store)
    proven_at = copy.proven_at if copy else None
    say(
        {
            "ring": str(store.ring.path),
            "wrapping_keys": len(store.ring.ids()),
            "data_keys": count,
            "since": clock.iso(since) if since else None,
            "recovery_proven": clock.iso(proven_at) if proven_at else None,
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
        count = keys.rotate(store, lambda done: bar.update(done - bar.pos))
    with unit_of_work() as session:
        audit.record(session, actor_id=None, action="keys.rotate", subject="ring", wrapped=count)
    say({"wrapped": count, "wrapping_keys": len(store.ring.ids())}, as_json)


@recovery_group.command("make")
@confirming.confirm_option
@json_option
def make(confirmed: str | None, as_json: bool) -> None:
    """Print a new recovery key, to be written down, and seal the wrapping keys to it. It is shown
    this once and kept nowhere; an earlier one opens nothing from then on, so that is asked."""
    store = keys.current()
    if recovery.find(store):
        going = "the recovery key of until now: its paper opens nothing but older backups"
        confirming.demand(confirming.this_server(), [going], confirmed)
    key = recovery.make(store)
    _audit("keys.recovery_make")
    if as_json:
        say({"recovery_key": " ".join(key.written().split())}, as_json)
        return
    click.echo(f"\n{key.written()}\n")
    click.echo(
        "Write it on paper, twice, and keep the two in places that are neither here nor with each "
        "other.\nSet-up is finished when you have typed it back from the paper:\n\n"
        "  .venv/bin/flask keys recovery prove\n"
    )


@recovery_group.command("prove")
@json_option
def prove(as_json: bool) -> None:
    """Type the recovery key from its paper: it must open the copy of today's wrapping keys. To be
    done at set-up, and once a year."""
    store = keys.current()
    if recovery.find(store) is None:
        stop("There is no recovery key yet. Run: .venv/bin/flask keys recovery make")
    if not recovery.prove(store, _typed()):
        stop(
            "This is a recovery key, but not the one of this installation: look for the paper of "
            "the newest, or make another with: .venv/bin/flask keys recovery make"
        )
    _audit("keys.recovery_prove")
    say({"proven": True}, as_json)


@recovery_group.command("restore")
@json_option
def restore(as_json: bool) -> None:
    """On a new machine, with the key store back from its backup: write the file of wrapping keys
    anew from the recovery key."""
    store = keys.current()
    if not recovery.restore(store, _typed()):
        stop(
            "This is a recovery key, but not the one of this key store: look for an older paper, "
            "or a newer backup"
        )
    say({"ring": str(store.ring.path), "wrapping_keys": len(store.ring.ids())}, as_json)


def _typed() -> paper.RecoveryKey:
    """The key as typed, four lines or one; asked for again where a group is mistyped. Never an
    argument: those are seen by other programs and kept in the shell's history."""
    while True:
        text = _lines()
        try:
            return paper.read(text)
        except paper.MistypedError as error:
            if not sys.stdin.isatty():
                stop(f"{error}.")
            click.echo(f"{error}. Once more:", err=True)


def _lines() -> str:
    """Lines until they hold as many signs as a key has."""
    if sys.stdin.isatty():
        click.echo("The recovery key, as it stands on the paper:", err=True)
    held = ""
    while len("".join(held.split()).replace("-", "")) < paper.SIGNS_OF_A_KEY:
        line = sys.stdin.readline()
        if not line:
            break
        held += line
    return held


def _audit(action: str) -> None:
    with unit_of_work() as session:
        audit.record(session, actor_id=None, action=action, subject="ring")
