"""`python -m service.cli.verify_log`: checks an exported audit log anywhere.

It needs the file and the public key: no database, no settings, no secrets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

from service.cli.output import json_option, say, stop
from service.foundation import audit

Command = TypeVar("Command", bound=Callable[..., Any])


class PublicKey(click.ParamType[bytes]):
    """64 hex digits, or a file that holds them."""

    name = "key"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        text = str(value)
        try:
            if len(text) != 64 and Path(text).is_file():
                text = Path(text).read_text("ascii").strip()
            key = bytes.fromhex(text)
        except (ValueError, OSError):
            key = b""
        if len(key) != 32:
            self.fail("It must be 64 hex digits, or a file with them, as `audit key` prints.")
        return key


def takes_a_log(command: Command) -> Command:
    """The parameters of a command that verifies."""
    file = click.argument("file", type=click.File("rb"))
    keys = click.option(
        "--public-key", "public_keys", type=PublicKey(), multiple=True, help="Of whoever signed it."
    )
    heads = click.option(
        "--head", "heads", type=click.File("rb"), multiple=True, help="Heads kept elsewhere since."
    )
    return file(keys(heads(command)))


def check(
    file: BinaryIO, public_keys: Sequence[bytes], head_files: Sequence[BinaryIO]
) -> dict[str, Any]:
    """What was found whole, or the end of the command with the sentence that says what is not."""
    try:
        kept = [head for one in head_files for head in audit.read_heads(one.read())]
        if head_files and not kept:
            raise audit.Unsound("The files of heads are empty.")
        return dataclasses.asdict(audit.verify(file, public_keys, kept))
    except audit.Unsound as unsound:
        stop(str(unsound))


@click.command("verify_log")
@takes_a_log
@json_option
def main(
    file: BinaryIO, public_keys: tuple[bytes, ...], heads: tuple[BinaryIO, ...], as_json: bool
) -> None:
    """Whether an exported audit log is whole. Exit status 0 only if all holds."""
    if not public_keys:
        raise click.UsageError("--public-key is needed: `flask audit key` prints it.")
    say(check(file, public_keys, heads), as_json)


if __name__ == "__main__":
    main()
