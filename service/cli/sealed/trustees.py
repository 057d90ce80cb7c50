"""`flask sealed trustees …`: a key of which each trustee has a share. Where no server is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from flask.cli import AppGroup

from service.cli.output import json_option, say, stop
from service.cli.sealed import folder
from service.foundation import clock
from service.foundation.sealing import trustees
from service.foundation.sealing.odk import grouped
from service.foundation.sealing.trustees import Locked, NotLockedError, SharesRefused

group = AppGroup("trustees", help="A key for sealed forms that several people hold together.")

PUBLIC, LOCKED, SHARE = "public-key.txt", "locked-key.json", "trustee-{number}.txt"
_WHY = {
    trustees.DAMAGED: "A word of share {number} is wrong, missing, or in another place. "
    "Read it again from the paper.",
    trustees.OF_ANOTHER_KEY: "Share {number} belongs to another key than those before.",
    trustees.TWICE: "Share {number} was given already. Each trustee has one of their own.",
    trustees.TOO_FEW: "These shares do not open it: {need} of this key are needed.",
}
_FILE = click.Path(dir_okay=False, path_type=Path)
_locked_argument = click.argument(
    "locked_file", metavar="LOCKED", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
_share_option = click.option(
    "--share",
    "share_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a trustee's words; as often as needed. Without: each types them.",
)


@group.command("make", with_appcontext=False)
@click.option("--need", default=3, show_default=True, help="How many open together.")
@click.option("--of", "of", default=5, show_default=True, help="How many trustees there are.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="A new or empty folder.",
)
@json_option
def make(need: int, of: int, out: Path, as_json: bool) -> None:
    """Make a key that opens only when NEED of OF trustees come together: the half for forms, the
    other half locked, and a sheet of words for each of them. On a computer without a network."""
    try:
        made = trustees.make(need, of, clock.today())
    except ValueError:
        stop(f"At least 2 open together, of at most {trustees.MOST}: not {need} of {of}.")
    if not folder.new(out):
        stop(f"{out} is not empty. Name a new folder.")
    folder.write(out / PUBLIC, [f"{made.public}\n".encode()])
    folder.write(out / LOCKED, [made.locked.text()])
    for number, words in enumerate(made.shares, start=1):
        sheet = _sheet(made.locked, number, words)
        folder.write(out / SHARE.format(number=number), [sheet.encode()])
    answer = {"fingerprint": made.locked.fingerprint, "need": need, "of": of, "out": str(out)}
    say(answer, as_json)
    if not as_json:
        click.echo(_NEXT.format(public=PUBLIC, locked=LOCKED, of=of, need=need))


@group.command("unlock", with_appcontext=False)
@_locked_argument
@_share_option
@click.option("--out", type=_FILE, required=True, help="Where the private key is written (PEM).")
@json_option
def unlock(locked_file: Path, share_files: Sequence[Path], out: Path, as_json: bool) -> None:
    """Write the private key of LOCKED, for `flask sealed open`. Destroy the file afterwards."""
    locked = read(locked_file)
    if out.exists():
        stop(f"{out} is there already. Name a new file.")
    folder.write(out, [opened(locked, share_files)])
    say({"fingerprint": locked.fingerprint, "out": str(out)}, as_json)


@group.command("rehearse", with_appcontext=False)
@_locked_argument
@_share_option
@json_option
def rehearse(locked_file: Path, share_files: Sequence[Path], as_json: bool) -> None:
    """Once a year: show that these trustees still open LOCKED. Nothing is written."""
    locked = read(locked_file)
    opened(locked, share_files)
    answer = {"opens": True, "fingerprint": locked.fingerprint, "of": locked.of}
    say({**answer, "need": locked.need, "on": clock.today().isoformat()}, as_json)


def read(path: Path) -> Locked:
    try:
        return trustees.read_locked(path.read_bytes())
    except NotLockedError:
        stop(f"{path} is no {LOCKED}, or was changed. Take the copy that another trustee has.")


def opened(locked: Locked, share_files: Sequence[Path]) -> bytes:
    """The private key. Ends the command where the shares do not open it."""
    given = [words_of(path.read_text("utf-8")) for path in share_files]
    while not share_files and len(given) < locked.need:
        given.append(click.prompt(f"Words of trustee {len(given) + 1} of {locked.need}"))
    try:
        return trustees.unlock(locked, given)
    except SharesRefused as refused:
        stop(_WHY[refused.why].format(number=refused.number, need=locked.need))
    except NotLockedError:
        stop(f"The shares are good, and the {LOCKED} is not theirs, or was changed.")


def words_of(sheet: str) -> str:
    """Of a sheet as `make` writes it, or of words alone, in any lines."""
    lines = [line.partition(". ")[2] for line in sheet.splitlines() if line[:2].strip().isdigit()]
    return " ".join(lines or sheet.split())


def _sheet(locked: Locked, number: int, words: str) -> str:
    """For one trustee, to be printed and kept apart from the others."""
    numbered = [f"{place:2}. {word}" for place, word in enumerate(words.split(), start=1)]
    return _SHEET.format(
        number=number,
        of=locked.of,
        need=locked.need,
        made_on=locked.made_on,
        fingerprint=grouped(locked.fingerprint),
        words="\n".join(numbered),
    )


_NEXT = """
1. Print each trustee-….txt, give it to its trustee in person, and destroy the file. None may see
   another's. Who finds {need} of the {of} sheets, and {locked}, reads everything.
2. Give each trustee a copy of {locked}, on a stick.
3. Try it at once with other people's sheets: flask sealed trustees rehearse {locked}
4. Carry {public} to the workbook of the form, as public_key, and the fingerprint on paper.
   Nothing else of this folder may come near the server.
"""
_SHEET = """SAMLENG · សំឡេង

Share {number} of {of} · ចំណែកទី {number} ក្នុងចំណោម {of}

With {need} of these sheets together, testimonies can be read. Alone it opens nothing.
Keep it on paper, where nobody else looks. Tell nobody the words; send them to nobody.
សន្លឹកនេះ {need} សន្លឹករួមគ្នា ទើបអាចអានសក្ខីកម្មបាន។ មួយសន្លឹកបើកអ្វីមិនបានទេ។
សូមរក្សាទុកលើក្រដាស នៅកន្លែងដែលគ្មានអ្នកណាឃើញ។ កុំប្រាប់ ឬផ្ញើពាក្យទាំងនេះទៅអ្នកណា។

Made · បង្កើតនៅ {made_on}
Key · សោ {fingerprint}

{words}

Once a year all trustees show that their sheets still open the key:
ម្តងក្នុងមួយឆ្នាំ អ្នកកាន់ចំណែកទាំងអស់បង្ហាញថាសន្លឹករបស់ខ្លួននៅតែបើកសោបាន៖
flask sealed trustees rehearse locked-key.json
"""
