"""`flask db …`: the schema, up and down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from service.cli.output import stop
from service.foundation.db import current

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
    from alembic.util import CommandError

    go = alembic.command.downgrade if is_down else alembic.command.upgrade
    try:
        go(alembic_config(current().url), to)
    except CommandError as error:
        stop(f"The schema cannot be brought to {to}: {error}")


@group.command("upgrade")
@click.argument("revision", default="head")
def upgrade_to(revision: str) -> None:
    """Bring the schema up to REVISION (default: the newest)."""
    migrate(revision)


@group.command("downgrade")
@click.argument("revision")
@click.confirmation_option(prompt="This takes tables or columns away. Go on?")
def downgrade_to(revision: str) -> None:
    """Take the schema back to REVISION."""
    migrate(revision, is_down=True)
