"""`flask demo load` and `flask demo serve` (`make demo`)."""

from __future__ import annotations

import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from service import jobs
from service.accounts import actions, credentials, queries, second_factor
from service.accounts.actions import second_factors
from service.accounts.actor import SYSTEM, Role
from service.accounts.reach import WHOLE
from service.cli import accounts, serve
from service.cli import forms as cli_forms
from service.cli.demo import (
    campaign,
    meetings,
    own_account,
    phone_xml,
    sending,
    server_process,
    stories,
    team,
    visits,
)
from service.cli.demo.odd import Unit
from service.cli.demo.others import OTHERS
from service.cli.output import json_option, say
from service.facts import actions as facts
from service.forms import queries as forms
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import Signer
from service.intake.queries import counting
from service.review.queries import flags

group = AppGroup("demo", help="Synthetic people, sent through the real routes.")

PHONES = (
    "អរុណ – Arun", "ស្រីនាង – Sreyneang", "វុទ្ធី – Vuthy", "ម៉ាលី – Maly",
    "ចន្ទ – Chan", "ដារ៉ា – Dara", "សុខុម – Sokhom", "ពិសី – Pisey",
    "រតនា – Rotana", "សំណាង – Samnang", "លក្ខិណា – Leakhena", "ប៊ុនធឿន – Bunthoeun",
)  # fmt: skip
"""So many that none sends more on the first day than a phone may."""
STUCK_S = 30
HOUSEHOLDS = 2400
SIGNERS = 1600
SEED = 2026
PEOPLE = {
    "admin": "dara@demo.samleng.local",
    "coordinator": "chanthou@demo.samleng.local",
    "reviewer": "bopha@demo.samleng.local",
    "advocate": "reth@demo.samleng.local",
    "field_worker": "arun@demo.samleng.local",
    "analyst": "sokha@demo.samleng.local",
}


@group.command("load")
@click.option("--project", "project_id", type=int, required=True)
@click.option("--submissions", type=click.IntRange(1), default=2000, show_default=True)
@click.option("--seed", type=int, default=SEED, show_default=True)
@json_option
def load(project_id: int, submissions: int, seed: int, as_json: bool) -> None:
    """Send N records into a project, three assessments to two signatures and some of each other
    reference form that is open there, visits to its cases, and look at some as its team would."""
    versions = _demand_reference_forms(project_id)
    households = max(1, round(submissions * HOUSEHOLDS / (HOUSEHOLDS + SIGNERS)))
    phones, tools = _enrol(project_id, PHONES[:1]), current_app.extensions["samleng.worker"].tools
    seen = min(visits.count_of(submissions), submissions - 1) if visits.FORM in versions else 0
    told = versions.keys() - {visits.FORM}
    units = partial(sending.records, seed, households, submissions - households, told)
    first = partial(sending.first, most=submissions - seen)
    statuses = _send(versions, phones, lambda: first(units()), _in_process())
    jobs.drain(tools)
    if seen:
        visited = [*visits.units(project_id, seed, seen)]
        statuses += _send(versions, phones, lambda: iter(visited), _in_process())
        jobs.drain(tools)
    looked = team.look(project_id, seed, SYSTEM, SYSTEM) if _is_full(versions) else {}
    with reading() as session:
        done = facts.describe(session, project_id)
        flagged = flags.count_open(session, project_id, WHOLE)
    by_status = {str(status): n for status, n in statuses.items()}
    say(
        {"statuses": by_status, "counts": done.counts, "sha256": done.sha256, "looked": looked,
         "flagged": flagged},
        as_json,
    )  # fmt: skip


def _demand_reference_forms(project_id: int) -> dict[str, str]:
    """The open forms and their versions. Raises where those two are not among them that every
    demonstration fills in."""
    with reading() as session:
        actions.get_project(session, project_id)
        offered = forms.list_open_forms(session, project_id)
    versions = {form.form_id: form.version for form in offered}
    missing = {"needs_assessment", "treaty_signature"} - versions.keys()
    if missing:
        raise click.ClickException(
            f"Project {project_id} lacks the reference forms that are filled in here: "
            f"{', '.join(sorted(missing))}. They lie in service/forms/reference: "
            "publish them with flask forms publish."
        )
    return versions


def _is_full(versions: Mapping[str, str]) -> bool:
    """Whether more than those two are open: then the team does its part as well."""
    return not OTHERS.keys().isdisjoint(versions)


def _in_process() -> Callable[[], sending.Post]:
    """Senders that call the application without a socket: the same routes, no server, and no
    end to what one phone may send in a day."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    unlimited = actions.Quota(submissions=0, bytes=0)
    app.extensions["samleng.device_watch"] = actions.DeviceWatch(unlimited)
    origin = accounts.settings().public_url

    def post(phone: str, body: bytes) -> int:
        answer = app.test_client().post(
            f"{phone.removeprefix(origin)}/submission",
            base_url=origin,
            data=body,
            content_type=phone_xml.CONTENT_TYPE,
        )
        status: int = answer.status_code
        return status

    return lambda: post


@group.command("serve")
@click.option("--households", type=click.IntRange(1), default=HOUSEHOLDS, show_default=True)
def serve_demo(households: int) -> None:
    """Set up, serve, fill with synthetic people, print one account per role, serve on."""
    serve.demand_free_port()
    _demand_a_place_of_its_own()
    _mark_place(BEGUN)
    serve.set_up()
    with reading() as session:
        project = queries.list_projects(session)[0]
    is_filled = ALL_SENT in _mark().read_text("utf-8")
    _publish_testimony(project.id)
    people = _people(project.id)
    phones = [] if is_filled else _enrol(project.id, PHONES)
    command = serve.command_to_serve()
    url = accounts.settings().public_url
    with server_process.running(command, url) as server:
        if not is_filled:  # stopped on the way: what was sent already is the same record again
            began = time.monotonic()
            signers = households * SIGNERS // HOUSEHOLDS
            versions = _demand_reference_forms(project.id)
            first = versions.keys() - {visits.FORM}
            units = partial(sending.records, SEED, households, signers, first)
            statuses = _send(versions, phones, units, sending.over_http)
            own_account.send(url, project.id, people["field_worker"], versions)
            _mark_place(BEGUN + ALL_SENT)
            _wait_for_facts(project.id)
            visits.wait_for_cases()
            seen = [*visits.units(project.id, SEED, visits.count_of(households + signers))]
            statuses += _send(versions, phones, lambda: iter(seen), sending.over_http)
            _wait_for_facts(project.id)
            visits.wait_for_cases()
            took = f"taken in and counted in {time.monotonic() - began:.0f} seconds."
            told = f"{households} households, {signers} signatures, and of the other forms"
            click.echo(f"{told}: {statuses.total()} records {took}")
            _work_on(project.id)
        _welcome(url, project.slug, people)
        server.wait()


def _work_on(project_id: int) -> None:
    """What the office did with what came."""
    reviewer, coordinator = (
        team.member(project_id, PEOPLE[role], role) for role in (Role.REVIEWER, Role.COORDINATOR)
    )
    team.look(project_id, SEED, reviewer, coordinator)
    stories.write(project_id, coordinator, reviewer)
    campaign.begin(project_id, coordinator)
    signer = Signer(accounts.settings().secrets.audit_key)
    meetings.hold(project_id, reviewer, coordinator, signer)
    meetings.make_products(project_id, coordinator, current_app.extensions["samleng.papers"])


def _welcome(url: str, slug: str, people: dict[str, str]) -> None:
    click.echo(f"\nSamleng's demonstration serves at {url}/p/{slug}/figures\n")
    for role, password in people.items():
        click.echo(f"  {role:<13} {PEOPLE[role]:<34} {password}")
    click.echo("\nFour of them need a code as second factor. In another terminal, each time:\n")
    place = accounts.settings().data_dir
    click.echo("  make demo-code")
    click.echo(f"\nStop with Ctrl-C. To begin again: rm -r {place} {place}-keys\n")


@group.command("code")
@json_option
def code(as_json: bool) -> None:
    """Print the codes that the apps of the demonstration's people would show now."""
    if not _mark().exists():
        raise click.ClickException(
            f"{accounts.settings().data_dir} holds no demonstration: its people have apps of their "
            "own. Set SAMLENG_DATA_DIR to that of make demo (./var-demo)."
        )
    with reading() as session:
        seeds = second_factors.seeds(session, PEOPLE.values())
    now = second_factor.step_at(clock.now())
    codes = {email: second_factor.code_at(seed, now) for email, seed in seeds.items()}
    say([{"email": email, "code": each} for email, each in codes.items()], as_json)


MARK = "demonstration"
BEGUN = "Invented people. Safe to delete.\n"
ALL_SENT = "All of them were sent.\n"


def _demand_a_place_of_its_own() -> None:
    """Invented people go into no database that somebody else began."""
    chosen = accounts.settings()
    if not chosen.database_url.startswith("sqlite") or not chosen.database_url.endswith(
        f"{chosen.data_dir}/samleng.db"
    ):
        raise click.ClickException(
            "The demonstration uses a database of its own: unset SAMLENG_DATABASE_URL."
        )
    if (chosen.data_dir / "samleng.db").exists() and not _mark().exists():
        raise click.ClickException(
            f"{chosen.data_dir} holds an installation that is no demonstration. "
            "Choose another place: SAMLENG_DATA_DIR=./var-demo make demo"
        )


def _mark() -> Path:
    return accounts.settings().data_dir / MARK


def _mark_place(words: str) -> None:
    if not _mark().exists() or words != BEGUN:
        _mark().write_text(words, "utf-8")


def _people(project_id: int) -> dict[str, str]:
    """One person per role, with passwords made now: each start has new ones."""
    made = {}
    # The coordinator last: she is not told of what the shell did before she came.
    for role, email in sorted(PEOPLE.items(), key=lambda one: one[0] == Role.COORDINATOR):
        made[role] = secrets.token_urlsafe(12)
        new_hash = credentials.hash_password(made[role])
        with unit_of_work() as session:
            user = queries.find_user(session, email)
            if user is None:
                scope = None if role == Role.ADMIN else project_id
                user = actions.create_user(session, SYSTEM, email, Role(role), scope)
            token = actions.create_setup_link(session, SYSTEM, user.id)
            actions.use_setup_link(session, token, new_hash)
            if Role(role) in second_factor.NEEDED_BY:
                second_factors.enrol_from_shell(session, SYSTEM, user.id)
    return made


def _enrol(project_id: int, names: tuple[str, ...]) -> list[str]:
    """Phone bases, one for each name."""
    origin = accounts.settings().public_url
    with unit_of_work() as session:
        made = [
            actions.create_numbered_app_user(session, SYSTEM, project_id, name, None)
            for name in names
        ]
    return [f"{origin}/v1/key/{phone.token}/projects/{project_id}" for phone in made]


def _publish_testimony(project_id: int) -> None:
    """The form that a first project does not have: whether it is sealed, its people decide. Here
    nobody is real, and it is not."""
    with reading() as session:
        if forms.find_form(session, project_id, "testimony") is not None:
            return
    workbook = cli_forms.REFERENCE / "testimony.xlsx"
    prepared = cli_forms.prepare_file(workbook, sorted(cli_forms.REFERENCE.glob("*.csv")))
    cli_forms.publish_prepared(prepared, project_id)


def _send(
    versions: dict[str, str],
    phones: list[str],
    units: Callable[[], Iterator[Unit]],
    post: Callable[[], sending.Post],
) -> Counter[int]:
    """`units` makes what is sent, twice: to count it first. Raises where a record was not taken
    in."""
    total = sum(map(len, units()))
    with click.progressbar(
        length=total, label="Sending", width=40, update_min_steps=25, file=sys.stderr
    ) as bar:
        statuses = sending.send_all(
            units(),
            versions,
            phones,
            post,
            lambda _done: bar.update(1),
        )
    refused = {status: n for status, n in statuses.items() if status not in (201, 202)}
    if refused:
        raise click.ClickException(f"Not all records were taken in, by status: {refused}")
    return statuses


def _wait_for_facts(project_id: int) -> None:
    """Until nothing is left, or nothing has moved for a while: then `flask doctor` says why."""
    left, moved = -1, time.monotonic()
    while time.monotonic() - moved < STUCK_S:
        with reading() as session:
            found = counting.count_unprojected(session, project_id)
        if not found:
            return
        if found != left:
            left, moved = found, time.monotonic()
        time.sleep(0.2)
    click.echo(f"Facts of {left} records are still to come. flask doctor says what is in the way.")
