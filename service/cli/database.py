"""`flask db …`: the schema, up and down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from service.cli import confirming
from service.cli.output import stop
from service.foundation import audit
from service.foundation.db import current, unit_of_work

if TYPE_CHECKING:
    import alembic.config

MIGRATIONS = Path(__file__).parents[2] / "migrations"

group = AppGroup("db", help="The database schema.")


def alembic_config(url: str) -> alembic.config.Config:
    import alembic.config

    made = alembic.config.Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["url"] = url
    return made


def newest() -> str:
    """The newest revision, by its file's name (NNNN_say_what.py)."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def is_current() -> bool:
    """Whether the database of this process has the newest schema."""
    return current().revision() == newest()


def upgrade() -> None:
    """Bring the database of this process to the newest schema. Nothing to do costs nothing:
    Alembic is only loaded where there is."""
    if not is_current():
        migrate("head")


def migrate(to: str, *, is_down: bool = False) -> None:
    import alembic.command

    go = alembic.command.downgrade if is_down else alembic.command.upgrade
    with _told(to):
        go(alembic_config(current().url), to)


@contextmanager
def _told(to: str) -> Iterator[None]:
    """What Alembic cannot do is told in words."""
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    try:
        yield
    except CommandError as error:
        stop(f"The schema cannot be brought to {to}: {error}")
    except RevisionError:
        stop(f"The schema cannot be brought to {to}: Can't locate revision identified by '{to}'")


def steps_down(to: str) -> list[str]:
    """What would be undone, newest first: “0013 what is sent twice makes one thing”."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(MIGRATIONS))
    with _told(to):
        steps = list(script.iterate_revisions(current().revision(), to, select_for_downgrade=True))
    return [f"{one.revision} {one.doc.rstrip('.')}" for one in steps]


@group.command("upgrade")
@click.argument("revision", default="head")
def upgrade_to(revision: str) -> None:
    """Bring the schema up to REVISION (default: the newest)."""
    migrate(revision)


KEEPS_A_LOG = "0004"
"""From here on the audit log is written as today."""


@group.command("downgrade")
@click.argument("revision")
@confirming.confirm_option
def downgrade_to(revision: str, confirmed: str | None) -> None:
    """Take the schema back to REVISION. It asks: tables and columns go with what is in them."""
    steps = steps_down(revision)
    if not steps:
        click.echo("Nothing to do.")
        return
    going = [f"tables and columns of “{step}”, with what is in them" for step in steps]
    confirming.demand(confirming.this_server(), going, confirmed)
    if (current().revision() or "") >= KEEPS_A_LOG:
        with unit_of_work() as session:  # before: after it the log may be another, or none
            audit.record(session, actor_id=None, action="db.downgrade", subject=revision[:40])
    migrate(revision, is_down=True)
