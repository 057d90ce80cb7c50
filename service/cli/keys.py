"""`flask keys …`: the wrapping keys. On the host's shell alone."""

from __future__ import annotations

import sys
from pathlib import Path

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
            "recovery_copy_due": copy is not None and not copy.is_kept,
        },
        as_json,
    )


FILE = click.Path(dir_okay=False, path_type=Path)
copy_option = click.option(
    "--copy",
    "kept_at",
    metavar="FILE",
    type=FILE,
    help="The recovery copy that is kept beside the paper.",
)


@group.command("rotate")
@copy_option
@json_option
def rotate(kept_at: Path | None, as_json: bool) -> None:
    """Wrap all data keys under a new key, and destroy the old one. While the server runs; killed,
    it goes on when called again. With --copy the copy beside the paper is replaced on the way."""
    store = keys.current()
    copy = recovery.find(store)
    if kept_at is not None:
        _hand_out(store, kept_at)  # before anything is changed: it can be written there
    with click.progressbar(length=store.count(), label="Wrapping", file=sys.stderr) as bar:
        count = keys.rotate(store, lambda done: bar.update(done - bar.pos), kept_at, _begun)
    with unit_of_work() as session:
        audit.record(session, actor_id=None, action="keys.rotate", subject="ring", wrapped=count)
    if copy is not None:
        click.echo(COPY_DUE if kept_at is None else COPY_TO_PROVE, err=True)
    say({"wrapped": count, "wrapping_keys": len(store.ring.ids())}, as_json)


def _begun(kek_id: str) -> None:
    with unit_of_work() as session:
        audit.record(
            session, actor_id=None, action="keys.rotation_begin", subject="ring", key=kek_id
        )


COPY_DUE = """
A FRESH RECOVERY COPY IS DUE, NOW. The one beside the paper opens no backup from today on: if this
machine burns before you replace it, what was sent is lost. Where that one is at hand:

  .venv/bin/flask keys recovery export FILE
  .venv/bin/flask keys recovery prove --copy FILE
"""
COPY_TO_PROVE = """
The recovery copy was replaced. Show that it works, then put it back to the paper:

  .venv/bin/flask keys recovery prove --copy FILE
"""


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
        "other. Burn the paper of an earlier key. The key opens the recovery copy, a small file: "
        "keep ONE, on a stick beside a paper.\nSet-up is finished when you have written it there "
        "and typed the key back from the paper:\n\n"
        "  .venv/bin/flask keys recovery export FILE\n"
        "  .venv/bin/flask keys recovery prove --copy FILE\n"
    )


@recovery_group.command("export")
@click.argument("file", type=FILE)
@json_option
def export(file: Path, as_json: bool) -> None:
    """Write the recovery copy to FILE, beside the paper, over the one of before: there must be
    one only, for an older one opens older backups. It is sealed: nothing without the paper."""
    store = keys.current()
    _hand_out(store, file)
    _audit("keys.recovery_export")
    say({"written": str(file)}, as_json)


def _hand_out(store: keys.KeyStore, to: Path) -> None:
    try:
        recovery.hand_out(store, to)
    except keys.KeyRingError as error:
        stop(f"{error}. Nothing was changed.")


@recovery_group.command("prove")
@copy_option
@json_option
def prove(kept_at: Path | None, as_json: bool) -> None:
    """Type the recovery key from its paper: it must open the copy that is kept beside it, and
    today's wrapping keys must be in that. To be done at set-up, after each `keys rotate`, and
    once a year."""
    store = keys.current()
    if recovery.find(store) is None:
        stop("There is no recovery key yet. Run: .venv/bin/flask keys recovery make")
    kept = _kept(kept_at)
    if kept.kek_ids != store.ring.ids():
        stop(
            "This copy is of other wrapping keys than today's: replace it with: "
            f".venv/bin/flask keys recovery export {kept_at}"
        )
    if not recovery.prove(store, _typed(), kept):
        stop(
            "This is a recovery key, but not the one of this installation: look for the paper of "
            "the newest, or make another with: .venv/bin/flask keys recovery make"
        )
    _audit("keys.recovery_prove")
    say({"proven": True}, as_json)


@recovery_group.command("restore")
@copy_option
@json_option
def restore(kept_at: Path | None, as_json: bool) -> None:
    """On a new machine, with the key store back from its backup: write the file of wrapping keys
    anew from the recovery copy and the key on paper."""
    store = keys.current()
    # A backup of an earlier release has its copy in it.
    earlier = recovery.find_in_store(store) if kept_at is None else None
    kept = earlier or _kept(kept_at)
    if not recovery.restore(store, _typed(), kept):
        stop(
            "This is a recovery key, but not the one of this copy: look for an older paper, "
            "or a newer copy"
        )
    say({"ring": str(store.ring.path), "wrapping_keys": len(store.ring.ids())}, as_json)


def _kept(at: Path | None) -> recovery.RecoveryCopy:
    """The copy beside the paper."""
    if at is None:
        stop("Say where the recovery copy is that you keep beside the paper: --copy FILE")
    try:
        return recovery.read(at)
    except keys.KeyRingError as error:
        stop(f"{error}.")


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
