"""`flask db …`: the schema, up and down."""

from __future__ import annotations

from pathlib import Path

import alembic.command
import alembic.config
import click
from flask.cli import AppGroup

from service.foundation.db import current

MIGRATIONS = Path(__file__).parents[2] / "migrations"

group = AppGroup("db", help="The database schema.")


def alembic_config(url: str) -> alembic.config.Config:
    made = alembic.config.Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["url"] = url
    return made


def upgrade() -> None:
    """Bring the database of this process to the newest schema; nothing to do is quick."""
    alembic.command.upgrade(alembic_config(current().url), "head")


@group.command("upgrade")
@click.argument("revision", default="head")
def upgrade_to(revision: str) -> None:
    """Bring the schema up to REVISION (default: the newest)."""
    alembic.command.upgrade(alembic_config(current().url), revision)


@group.command("downgrade")
@click.argument("revision")
@click.confirmation_option(prompt="This takes tables or columns away. Go on?")
def downgrade_to(revision: str) -> None:
    """Take the schema back to REVISION."""
    alembic.command.downgrade(alembic_config(current().url), revision)
