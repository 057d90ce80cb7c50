"""`flask setup` and `flask serve`: from a fresh clone to a serving system."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from service.accounts import actions, queries
from service.accounts.actor import SYSTEM, Role
from service.cli import accounts, database, forms
from service.foundation.db import current, reading, unit_of_work

ADMIN = "admin@samleng.local"
FIRST_PROJECT = "Samleng"


def set_up() -> str | None:
    """Schema, first project, reference forms, first administrator: only what is missing.

    Answers the one-time link of an administrator who has no password yet, else None.
    """
    database.upgrade()
    with unit_of_work() as session:
        found = queries.list_projects(session)
        project_id = (
            found[0].id if found else actions.create_project(session, SYSTEM, FIRST_PROJECT).id
        )
    if not found:
        click.echo("Publishing the reference forms …")
        forms.publish_reference_forms(project_id)
    with unit_of_work() as session:
        admin = queries.find_user(session, ADMIN)
        if admin is None:
            admin = actions.create_user(session, SYSTEM, ADMIN, Role.ADMIN)
            actions.grant(session, SYSTEM, admin.id, Role.COORDINATOR, project_id)
        if admin.password_hash is not None:
            return None
        return accounts.setup_url(actions.create_setup_link(session, SYSTEM, admin.id))


@click.command("setup")
@with_appcontext
def setup() -> None:
    """Make the database, the first project, its forms and the first administrator."""
    welcome(set_up())


def welcome(setup_link: str | None) -> None:
    """What to do next, in the order in which people do it."""
    url = accounts.settings().public_url
    click.echo(f"\nSamleng serves at {url}\n")
    if setup_link:
        click.echo(f"1. Set the first password (link valid for 24 hours):\n   {setup_link}")
        click.echo(f"   Then sign in as {ADMIN}.")
    else:
        click.echo(f"1. Sign in: {url}/sign-in")
    with reading() as session:
        slug = queries.list_projects(session)[0].slug
    click.echo(f"2. Enrol a phone: {url}/p/{slug}/phones, then scan the QR code in ODK Collect.")
    if "127.0.0.1" in url or "localhost" in url:
        click.echo(
            "   A phone must reach this machine: HOST=0.0.0.0 "
            "SAMLENG_PUBLIC_URL=http://ADDRESS-IN-YOUR-NETWORK:8000 make run"
        )
    click.echo(f"3. Figures: {url}/p/{slug}/figures\n")


@click.command("serve")
@with_appcontext
def serve() -> None:
    """Set up what is missing, say what to do next, and serve until stopped."""
    welcome(set_up())
    command = server_command(is_sqlite=current().is_sqlite)
    current().dispose()
    sys.stdout.flush()
    os.execve(command[0], command, environment())  # noqa: S606 - this process becomes the server


def environment() -> dict[str, str]:
    """The server's: as ours, but it is no command, so that it runs a worker beside it."""
    return {k: v for k, v in os.environ.items() if k != "FLASK_RUN_FROM_CLI"}


def server_command(*, is_sqlite: bool) -> list[str]:
    """granian with HOST, PORT, WORKERS, THREADS. SQLite: one process, for it has one writer."""
    beside = Path(sys.executable).parent / "granian"
    granian = str(beside) if beside.exists() else shutil.which("granian") or "granian"
    workers = "1" if is_sqlite else str(os.cpu_count() or 1)
    return [
        granian,
        "--interface",
        "wsgi",
        "--host",
        os.environ.get("HOST", "127.0.0.1"),
        "--port",
        os.environ.get("PORT", "8000"),
        "--workers",
        os.environ.get("WORKERS", workers),
        "--blocking-threads",
        os.environ.get("THREADS", "16"),
        "--backlog",
        "1024",
        "--http",
        "1",
        "--no-ws",
        "--workers-kill-timeout",
        "60",
        "--respawn-failed-workers",
        "--log-level",
        "error",
        "wsgi:app",
    ]
