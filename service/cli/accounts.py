"""`flask users …`, `flask projects …`, `flask app-users …`: who may come in."""

from __future__ import annotations

import base64
import datetime as dt
import sys

import click
from flask import current_app
from flask.cli import AppGroup

from service.accounts import actions, digest, enrolment, queries
from service.accounts.actions import second_factors
from service.accounts.actor import SYSTEM, Role
from service.cli import confirming
from service.cli.grants import area_code, end_of_day, held_line, told
from service.cli.output import json_option, say
from service.entities.actions import renewing
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import FORM_UNKNOWN, Problem
from service.foundation.settings import Settings
from service.intake import actions as intake
from service.intake.queries import shares

MB = 1_000_000

users = AppGroup("users", help="People.")
projects = AppGroup("projects", help="Projects.")
app_users = AppGroup("app-users", help="Phones.")

ROLES = sorted(role.value for role in actions.HUMAN_ROLES)


def settings() -> Settings:
    found: Settings = current_app.config["SAMLENG"]
    return found


def setup_url(token: str) -> str:
    return f"{settings().public_url}/setup/{token}"


@users.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--project", "project_id", type=int, help="Needed by every role but admin.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--totp", is_flag=True, help="Set up the second factor now, and print its URI.")
@json_option
def create_user(
    email: str,
    role: str,
    project_id: int | None,
    password_stdin: bool,
    totp: bool,
    as_json: bool,
) -> None:
    """Add a person. Without a password, a one-time link to set it is printed."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    if password == "":
        raise click.UsageError("--password-stdin: standard input held no password.")
    with unit_of_work() as session:
        user = actions.create_user(session, SYSTEM, email, Role(role), project_id, password)
        answer: dict[str, object] = {"id": user.id, "email": user.email, "role": role}
        if password is None:
            token = actions.create_setup_link(session, SYSTEM, user.id)
            answer["setup_url"] = setup_url(token)
        if totp:
            answer["totp_uri"] = second_factors.enrol_from_shell(session, SYSTEM, user.id)
    say(answer, as_json)


@users.command("grant")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--project", "project_id", type=int, required=True)
@click.option("--area", default="", help="Only in this province, district or commune.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day of it.")
@json_option
def grant_role(
    email: str, role: str, project_id: int, area: str, until: dt.datetime | None, as_json: bool
) -> None:
    """Give a person one more role in a project, perhaps in one area, perhaps until a day."""
    code, ends_at = area_code(area), end_of_day(until)
    with unit_of_work() as session:
        user = actions.get_user(session, SYSTEM, email)
        actions.grant(session, SYSTEM, user.id, Role(role), project_id, code, ends_at)
        answer = {"id": user.id, "email": user.email, "role": role, "project": project_id}
    say({**answer, "area": code or None, "until": ends_at}, as_json)


@users.command("ungrant")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--project", "project_id", type=int, help="Needed by every role but admin.")
@click.option("--area", default="", help="The area in which the role was given.")
@json_option
def take_role(email: str, role: str, project_id: int | None, area: str, as_json: bool) -> None:
    """Take a role from a person, from the next request on."""
    code = area_code(area)
    with unit_of_work() as session:
        user = actions.get_user(session, SYSTEM, email)
        actions.revoke_grant(session, SYSTEM, user.id, Role(role), project_id, code)
        answer = {"id": user.id, "email": user.email, "role": role, "project": project_id}
    say({**answer, "area": code or None, "taken": True}, as_json)


@users.command("list")
@click.option("--project", "project_id", type=int, help="Only who has a role in it, and admins.")
@json_option
def list_users(project_id: int | None, as_json: bool) -> None:
    """Everybody, and what they hold: role, project, area, until when."""
    now = clock.now()
    with reading() as session:
        members = queries.list_members(session, project_id)
    if as_json:
        say([told(member, now) for member in members], as_json)
        return
    for member in members:
        off = "" if member.is_active else " (switched off)"
        click.echo(f"{member.id}  {member.email}{off}")
        for line in map(held_line, told(member, now)["roles"]):
            click.echo(f"    {line}")


@users.command("reset")
@click.argument("email")
@click.option("--second-factor", is_flag=True, help="Take the second factor away, too.")
@confirming.confirm_option
@json_option
def reset_user(email: str, second_factor: bool, confirmed: str | None, as_json: bool) -> None:
    """Print a new one-time link by which the person sets a password. Taking the second factor away
    asks first."""
    if second_factor:
        _demand_to_take_away(email, confirmed)
    with unit_of_work() as session:
        user = actions.get_user(session, SYSTEM, email)
        if second_factor:
            second_factors.take_away(session, SYSTEM, user.id)
        token = actions.create_setup_link(session, SYSTEM, user.id)
        answer = {"id": user.id, "email": user.email, "setup_url": setup_url(token)}
    say(answer, as_json)


def _demand_to_take_away(email: str, confirmed: str | None) -> None:
    with reading() as session:
        user = actions.get_user(session, SYSTEM, email)
        codes = queries.count_recovery_codes(session, user.id)
        passkeys = len(queries.list_passkeys(session, user.id))
        sessions = len(queries.list_open_sessions(session, user.id, clock.now()))
    going = [
        f"the second factor of {user.email}: her app shows codes for nothing",
        f"her recovery codes on paper: {codes}, and passkeys: {passkeys}",
        f"her open sessions: {sessions}",
    ]
    confirming.demand(user.email, going, confirmed)


@projects.command("share")
@click.option("--project", "project_id", type=int, required=True)
@click.option("--megabytes", type=click.IntRange(min=0), help="0: as much as there is.")
@json_option
def share(project_id: int, megabytes: int | None, as_json: bool) -> None:
    """See how much of the disk a project uses, or say how much it may."""
    with unit_of_work() as session:
        actions.get_project(session, project_id)
        found = shares.find_share(session, project_id)
        if megabytes is not None:
            found = intake.set_share(session, SYSTEM, project_id, megabytes * MB)
    say(
        {"most_mb": found.most // MB, "held_mb": found.held // MB, "percent": found.percent},
        as_json,
    )


@projects.command("create")
@click.argument("name")
@click.option("--language", type=click.Choice(["km", "en"]), default="km", show_default=True)
@json_option
def create_project(name: str, language: str, as_json: bool) -> None:
    """Add a project. LANGUAGE is that of messages on its phones."""
    with unit_of_work() as session:
        project = actions.create_project(session, SYSTEM, name, language)
        answer = {"id": project.id, "name": project.name, "slug": project.slug}
    say(answer, as_json)


@projects.command("list")
@json_option
def list_projects(as_json: bool) -> None:
    """All projects."""
    with reading() as session:
        found = queries.list_projects(session)
        say([{"id": p.id, "name": p.name, "slug": p.slug} for p in found], as_json)


@app_users.command("create")
@click.argument("name")
@click.option("--project", "project_id", type=int, required=True)
@click.option("--form", "form_ids", multiple=True, help="Only these forms; none = all forms.")
@click.option("--days", type=click.IntRange(1, 180), default=90, show_default=True)
@json_option
def create_app_user(
    name: str, project_id: int, form_ids: tuple[str, ...], days: int, as_json: bool
) -> None:
    """Enrol a phone. The token is shown now and never again.

    A name that another phone of the project has gets a number behind it.
    """
    with unit_of_work() as session:
        actions.get_project(session, project_id)
        for form_id in form_ids:
            if forms.find_version(session, project_id, form_id) is None:
                raise Problem(FORM_UNKNOWN, form_id=form_id)
        made = actions.create_numbered_app_user(
            session,
            SYSTEM,
            project_id,
            name,
            list(form_ids) or None,
            dt.timedelta(days=days),
            settings().digest_realm,
        )
    _show_access(project_id, made, as_json)


@app_users.command("renew")
@click.argument("app_user_id", type=int)
@click.option("--days", type=click.IntRange(1, 180), default=90, show_default=True)
@json_option
def renew_app_user(app_user_id: int, days: int, as_json: bool) -> None:
    """Give a phone a new token, shown now and never again; the old one ends at once."""
    with unit_of_work() as session:
        project_id = queries.get_project_of_app_user(session, app_user_id)
        life, realm = dt.timedelta(days=days), settings().digest_realm
        made = renewing.renew_phone(session, SYSTEM, project_id, app_user_id, life, realm)
    _show_access(project_id, made, as_json)


def _show_access(project_id: int, made: actions.NewAppUser, as_json: bool) -> None:
    with reading() as session:
        project = queries.find_project(session, project_id)
    label, language = (project.name, project.language) if project else ("Samleng", "km")
    url = f"{settings().public_url}/v1/key/{made.token}/projects/{project_id}"
    admin_password = enrolment.new_admin_password()
    text = enrolment.encode(
        enrolment.settings(
            server_url=url,
            project_name=label,
            language=language,
            admin_password=admin_password,
        )
    )
    answer = {
        "id": made.id,
        "name": made.name,
        "token": made.token,
        "url": url,
        "admin_pw": admin_password,
        "expires_at": clock.iso(made.expires_at),
    }
    if made.digest_password is not None:
        answer["digest_user"] = digest.user_name(made.id)
        answer["digest_password"] = made.digest_password
    if as_json:
        answer["qr_png"] = base64.b64encode(enrolment.qr_png(text)).decode("ascii")
    say(answer, as_json)


@app_users.command("revoke")
@click.argument("app_user_id", type=int)
@json_option
def revoke_app_user(app_user_id: int, as_json: bool) -> None:
    """End a phone's access, from its next request on."""
    with unit_of_work() as session:
        project_id = queries.get_project_of_app_user(session, app_user_id)
        actions.revoke_app_user(session, SYSTEM, project_id, app_user_id)
    say({"id": app_user_id, "revoked": True}, as_json)
