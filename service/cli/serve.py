"""`flask setup` and `flask serve`: from a fresh clone to a serving system."""

from __future__ import annotations

import os
import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from service.accounts import actions, queries
from service.accounts.actor import SYSTEM, Role
from service.checkup.checks import findings
from service.cli import accounts, database, doctor, forms
from service.consent import actions as consent
from service.facts import actions as facts
from service.forms import actions as form_actions
from service.foundation import crash_points, free_port, keys
from service.foundation.db import current, reading, unit_of_work
from service.foundation.free_port import PortTakenError
from service.foundation.keys import recovery
from service.intake import actions as intake

ADMIN = "admin@samleng.local"
FIRST_PROJECT = "Samleng"
FORMS_PUBLISHED = "reference forms published"


def set_up() -> str | None:
    """Schema, first project, reference forms, first administrator: only what is missing.

    Answers the one-time link of an administrator who has no password yet, else None.
    """
    database.upgrade()
    keys.current().prepare()
    recovery.move_out(keys.current())
    recovery.seal_if_stale(keys.current())
    blobs = current_app.extensions["samleng.blobs"]
    sealed = intake.seal_stored(blobs)
    if sealed:
        click.echo(f"Sealed {sealed} records and files of an earlier release.")
    intake.drop_unneeded(blobs, form_actions.seal_files(blobs))
    _know_scopes()
    erased = consent.replay(blobs)
    if erased:
        click.echo(f"Erased {erased} records again that a backup had brought back.")
    project_id = _first_project()
    with unit_of_work() as session:
        admin = queries.find_user(session, ADMIN)
        if admin is None:
            admin = actions.create_user(session, SYSTEM, ADMIN, Role.ADMIN)
            actions.grant(session, SYSTEM, admin.id, Role.COORDINATOR, project_id)
        if admin.password_hash is not None:
            return None
        return accounts.setup_url(actions.create_setup_link(session, SYSTEM, admin.id))


def _first_project() -> int:
    """With the reference forms, once: a start that was killed between them is gone on with, and
    what a coordinator did to them later is left alone."""
    with unit_of_work() as session:
        found = queries.list_projects(session)
        project_id = (
            found[0].id if found else actions.create_project(session, SYSTEM, FIRST_PROJECT).id
        )
    if not keys.current().is_noted(FORMS_PUBLISHED):
        click.echo("Publishing the reference forms …")
        crash_points.reached("before_reference_forms")
        forms.publish_reference_forms(project_id)
        keys.current().note(FORMS_PUBLISHED)
    return project_id


def _know_scopes() -> None:
    """What an earlier release stored gets its stand-ins, and facts that say what they may be used
    for."""
    with reading() as session:
        projects = [project.id for project in queries.list_projects(session)]
    intake.key_instances(projects)
    for project_id in projects:
        with unit_of_work() as session:
            if facts.are_outdated(session, project_id):
                click.echo("Computing facts again, as this release knows more of them …")
                facts.rebuild(session, project_id)


@click.command("setup")
@with_appcontext
def setup() -> None:
    """Make the database, the first project, its forms and the first administrator."""
    link = set_up()
    click.echo("\nReady. Start with make run.\n")
    what_to_do(link)


def what_to_do(setup_link: str | None) -> None:
    """The next steps, in the order in which people do them."""
    url = accounts.settings().public_url
    if setup_link:
        click.echo(f"1. Set the first password (link valid for 24 hours):\n   {setup_link}")
        click.echo(f"   Then sign in as {ADMIN}, with an authenticator app on your phone at hand.")
    else:
        click.echo(f"1. Sign in: {url}/sign-in")
    with reading() as session:
        slug = queries.list_projects(session)[0].slug
    click.echo(f"2. Enrol a phone: {url}/p/{slug}/phones, then scan the QR code in ODK Collect.")
    if "127.0.0.1" in url or "localhost" in url:
        click.echo(
            "   No phone can use this address. Start with that of this machine in your network: "
            "HOST=0.0.0.0 "
            f"SAMLENG_PUBLIC_URL=http://ADDRESS-IN-YOUR-NETWORK:{accounts.settings().port} make run"
        )
    click.echo(f"3. Figures: {url}/p/{slug}/figures")
    found = findings(doctor.vitals())
    if found:
        click.echo("4. Before anybody's name comes in, and again with .venv/bin/flask doctor:")
        doctor.tell(found)
    click.echo()


@click.command("serve")
@click.option("--no-setup", is_flag=True, help="Serve at once: everything is set up already.")
@with_appcontext
def serve(no_setup: bool) -> None:
    """Set up what is missing, say what to do next, and serve until stopped."""
    demand_free_port()
    if not no_setup:
        link = set_up()
        click.echo(f"\nSamleng serves at {accounts.settings().public_url}\n")
        what_to_do(link)
    current().dispose()
    keys.current().dispose()
    _become_the_server()


def demand_free_port() -> None:
    """Raises before anything is made where another program serves there already."""
    chosen = accounts.settings()
    try:
        free_port.demand(chosen.host, chosen.port)
    except PortTakenError as error:
        raise click.ClickException(str(error)) from None


def command_to_serve() -> list[str]:
    """For callers that start the server as a process of its own."""
    return [sys.executable, "-m", "service"]


def _become_the_server() -> None:
    """Give this process over to the server, which knows no commands. Does not return."""
    sys.stdout.flush()
    os.execv(sys.executable, command_to_serve())  # noqa: S606 - no shell is wanted
