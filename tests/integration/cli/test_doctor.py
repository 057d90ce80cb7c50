"""S-58: what decays is said on Today and by `flask doctor`, in words, with what mends it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import json
import os
import re
import socket
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SITE, SYSTEM, Role
from service.checkup import looking
from service.checkup.checks import CHECKS, findings
from service.checkup.vitals import Severity
from service.consent import actions as consent
from service.consent.tables import Withdrawal
from service.foundation import (
    audit,
    clock,
    durability,
    ids,
    job_queue,
    keys,
    machine,
    parsers,
    written_anew,
)
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import current, reading, unit_of_work
from service.foundation.job_queue import JobRow
from service.foundation.keys import recovery
from service.foundation.sealing import Signer
from service.foundation.settings import Settings
from service.intake.queries import shares
from service.intake.queries.shares import Share
from service.intake.tables import SubmissionXml
from tests import kept_copy, sealed_world, statements
from tests.conftest import PUBLIC_URL, Client
from tests.factories import Phone, a_phone, a_project, an_instance
from tests.web.pages_world import text_of
from tests.web.people import bearer

pytestmark = pytest.mark.each_database

BY_NAME = {check.name: check for check in CHECKS}
LONG_AGO = dt.timedelta(days=400)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Site:
    """A project in which all is well, but that nobody knows of a backup."""

    app: Flask
    client: FlaskClient
    phone: Phone
    settings: Settings
    patch: pytest.MonkeyPatch

    def choose(self, **changes: Any) -> None:
        self.app.config["SAMLENG"] = dataclasses.replace(self.settings, **changes)

    def doctor(self) -> tuple[int, dict[str, Any]]:
        """(exit status, what it found by name)."""
        ended = self.app.test_cli_runner().invoke(args=["doctor", "--json"])
        told = json.loads(ended.stdout)
        assert told["well"] is (ended.exit_code == 0)
        return ended.exit_code, {one["name"]: one for one in told["findings"]}

    def today(self, role: Role = Role.ADMIN, language: str = "en") -> str:
        place = SITE if role is Role.ADMIN else self.phone.project_id
        headers = bearer(self.settings.secrets.jwt_key, role, place)
        answer = self.client.get(f"/p/battambang/?lang={language}", headers=headers)
        assert answer.status_code == 200
        return text_of(answer)


@pytest.fixture
def site(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Site:
    app.test_client_class = Client
    client = app.test_client()
    phone = a_phone(client)
    assert phone.send(an_instance()).status_code == 201
    assert kept_copy.prove(keys.current(), recovery.make(keys.current()))
    monkeypatch.setattr(parsers, "LEAST", {"SQLite": (3, 0)})
    monkeypatch.setattr(machine, "is_root", lambda: False)
    return Site(app=app, client=client, phone=phone, settings=settings, patch=monkeypatch)


# --- each condition, forced ---------------------------------------------------------------------
def full_disk(site: Site) -> None:
    site.choose(min_free_mb=10**9)


def weak_database(site: Site) -> None:
    """Somebody changed the settings of a database that runs."""
    current().writer.dispose()
    weaken = "PRAGMA synchronous=1" if current().is_sqlite else "SET synchronous_commit = off"
    pooled = current().writer.raw_connection()
    driver: Any = pooled.driver_connection
    driver.execute(weaken)
    driver.commit()
    pooled.close()


def clock_behind(site: Site) -> None:
    with clock.frozen(clock.now() + dt.timedelta(hours=1)):
        assert site.phone.send(an_instance()).status_code == 201


def buried_job(site: Site) -> None:
    row = job_queue.row(project_id=0, event="x", subject=ids.new_uuid())
    with unit_of_work() as session:
        session.add(JobRow(**row, attempts=8, buried_at=clock.now(), error="ValueError"))


def no_recovery_key(site: Site) -> None:
    recovery.path_of(keys.current()).unlink()


def unproven_key(site: Site) -> None:
    recovery.make(keys.current())


def key_proven_long_ago(site: Site) -> None:
    with clock.frozen(clock.now() - LONG_AGO):
        kept_copy.prove(keys.current(), recovery.make(keys.current()))


def key_of_trustees(site: Site) -> None:
    with clock.frozen(clock.now() - LONG_AGO):
        xml = sealed_world.sealed_form("2", sealed_world.KEYS.public)
        key = sealed_world.KEYS.fingerprint
        sealed_world.publish(site.app, site.phone.project_id, xml, key)


def old_recovery_copy(site: Site) -> None:
    """The one beside the paper was at home when the wrapping keys were replaced."""
    keys.rotate(keys.current())


def taken_back(days: int) -> Callable[[Site], None]:
    def withdraw(site: Site) -> None:
        assert site.phone.send(an_instance("uuid:back")).status_code == 201
        blobs = site.app.extensions["samleng.blobs"]
        project_id = site.phone.project_id
        asked = consent.withdraw_record(SYSTEM, project_id, "uuid:back", "asked", blobs=blobs)
        assert asked.status == "done"
        ago = dt.timedelta(days=days, minutes=1)
        with keys.current().database.writing() as connection:
            table = keys.current().database.tables.wrapping_keys
            connection.execute(table.update().values(made_at=clock.now() - 2 * ago))
        with unit_of_work() as session:
            session.execute(sa.update(Withdrawal).values(done_at=clock.now() - ago))

    return withdraw


def heads_that_stay(site: Site) -> None:
    """The worker signs each day; nobody took one away for a week."""
    signer = Signer(site.settings.secrets.audit_key)
    for days in (8, 2):
        with clock.frozen(clock.now() - dt.timedelta(days=days)), unit_of_work() as session:
            audit.sign_day(session, signer, site.phone.project_id)


def old_wrapping_key(site: Site) -> None:
    store = keys.current()
    with store.database.writing() as connection:
        table = store.database.tables.wrapping_keys
        connection.execute(table.update().values(made_at=clock.now() - LONG_AGO))


def old_parsers(site: Site) -> None:
    site.patch.setattr(parsers, "LEAST", {"SQLite": (99, 0)})


def root(site: Site) -> None:
    site.patch.setattr(machine, "is_root", lambda: True)


def long_log(site: Site) -> None:
    """A sparse file: nothing is written. PostgreSQL bounds its own."""
    if not current().is_sqlite:
        pytest.skip("PostgreSQL keeps its log as its own settings say")
    with reading() as session:
        session.execute(sa.text("SELECT 1"))
        os.truncate(f"{current().writer.url.database}-wal", 300 * 1024 * 1024)


def kept_log(site: Site) -> None:
    """Of a server that archives; a real one is asked in test_left_on_postgresql.py. Nothing is
    told where nothing was erased."""
    if current().is_sqlite:
        pytest.skip("SQLite overwrites at once")
    site.patch.setattr(written_anew, "kept_longer", lambda _: iter(["archive_mode=on"]))
    assert "log_kept" not in site.doctor()[1]
    taken_back(days=1)(site)


def unreadable_record(site: Site) -> None:
    assert site.phone.send(b"<broken").status_code == 202


def contradicting_copy(site: Site) -> None:
    assert site.phone.send(an_instance("uuid:1")).status_code == 201
    assert site.phone.send(an_instance("uuid:1", village="ផ្សេង")).status_code == 202


def key_file_for_all(site: Site) -> None:
    site.settings.key_file.chmod(0o644)


def lost_list(site: Site) -> None:
    taken_back(days=1)(site)
    keys.current().erasures.path.unlink()


def altered_record(site: Site) -> None:
    """Two ciphertexts change places, and somebody looks at one."""
    assert site.phone.send(an_instance("uuid:1")).status_code == 201
    with unit_of_work() as session:
        swapped = session.scalars(sa.select(SubmissionXml.xml)).all()
        keys_of = session.scalars(sa.select(SubmissionXml.submission_pk)).all()
        for key, xml in zip(keys_of, reversed(swapped), strict=True):
            change = sa.update(SubmissionXml).where(SubmissionXml.submission_pk == key)
            session.execute(change.values(xml=xml))
    by = bearer(site.settings.secrets.jwt_key, Role.COORDINATOR, site.phone.project_id)
    address = f"/v1/projects/{site.phone.project_id}/forms/visit/submissions.csv"
    answer = site.client.get(address, headers=by)
    assert answer.status_code == 200
    assert answer.data, "read to its end: files leave one at a time"


def used_up(percent: int) -> Callable[[Site], None]:
    def force(site: Site) -> None:
        share = Share(most=1000, held=10 * percent)
        with unit_of_work() as session:
            shares.put_share(session, site.phone.project_id, share, clock.now())

    return force


FORCED: dict[str, Callable[[Site], None]] = {
    "disk": full_disk,
    "durability": weak_database,
    "clock": clock_behind,
    "jobs": buried_job,
    "recovery_make": no_recovery_key,
    "recovery_prove": unproven_key,
    "recovery_prove_again": key_proven_long_ago,
    "recovery_copy": old_recovery_copy,
    "rehearsal": key_of_trustees,
    "rotation_soon": taken_back(days=20),
    "rotation_due": taken_back(days=30),
    "wrapping_key": old_wrapping_key,
    "heads": heads_that_stay,
    "erasures": lost_list,
    "unsealable": altered_record,
    "parsers": old_parsers,
    "root": root,
    "log": long_log,
    "log_kept": kept_log,
    "quarantine": unreadable_record,
    "queue": contradicting_copy,
    "keys": key_file_for_all,
    "share_soon": used_up(80),
    "share_full": used_up(98),
}
OVER_THE_NETWORK = {
    "certificate_over", "certificate_ends", "certificate_ends_soon", "certificate_refused",
    "address_silent",
}  # fmt: skip
"""Asked by the command alone: a page does not wait for it."""


@pytest.mark.parametrize("days", [20, 30])
def test_s45_replaced_wrapping_keys_end_the_demand_to_replace_them(site: Site, days: int) -> None:
    """With a fresh copy beside the paper: until that is there, the gap is open."""
    taken_back(days)(site)
    assert {"rotation_soon", "rotation_due"} & set(site.doctor()[1])
    keys.rotate(keys.current())
    assert set(site.doctor()[1]) == {"backup", "recovery_copy"}


@pytest.mark.parametrize("words", [("head",), ("export", "--project", "1")])
def test_s48_a_head_that_was_handed_out_ends_the_demand_for_a_week(
    site: Site, tmp_path: Path, words: tuple[str, ...]
) -> None:
    heads_that_stay(site)
    assert site.doctor()[1]["heads"]["values"] == {"days": 8}
    out = ("--out", str(tmp_path / "log")) if "export" in words else ()
    assert site.app.test_cli_runner().invoke(args=["audit", *words, *out]).exit_code == 0
    assert "heads" not in site.doctor()[1]
    signer = Signer(site.settings.secrets.audit_key)
    tomorrow = clock.now() + dt.timedelta(days=1)
    with clock.frozen(tomorrow), unit_of_work() as session:
        audit.sign_day(session, signer, site.phone.project_id)
    for days, told in ((6, False), (7, True)):
        with clock.frozen(tomorrow + dt.timedelta(days=days, minutes=1)):
            assert ("heads" in site.doctor()[1]) is told


def test_s45_a_list_of_erasures_that_is_older_than_what_was_erased_is_red(site: Site) -> None:
    path = keys.current().erasures.path
    taken_back(days=1)(site)
    older = path.read_bytes()
    assert site.phone.send(an_instance("uuid:back2")).status_code == 201
    blobs = site.app.extensions["samleng.blobs"]
    consent.withdraw_record(SYSTEM, site.phone.project_id, "uuid:back2", "asked", blobs=blobs)
    assert "erasures" not in site.doctor()[1]
    newer = path.read_bytes()
    path.write_bytes(older)
    status, found = site.doctor()
    assert (status, found["erasures"]["values"]) == (1, {"n": 1})
    path.write_bytes(newer)
    assert "erasures" not in site.doctor()[1]


def test_s39_ciphertexts_that_changed_places_raise_an_alarm_for_a_month(site: Site) -> None:
    altered_record(site)
    assert site.doctor()[0] == 1
    for days, is_told in ((29, True), (31, False)):
        with clock.frozen(clock.now() + dt.timedelta(days=days)):
            assert ("unsealable" in site.doctor()[1]) == is_told


@pytest.mark.parametrize("name", FORCED)
def test_s58_what_is_wrong_is_on_today_and_in_the_exit_status(site: Site, name: str) -> None:
    check = BY_NAME[name]
    status, before = site.doctor()
    assert (status, set(before)) == (0, {"backup"}), "all is well but for that"
    FORCED[name](site)
    status, found = site.doctor()
    assert name in found
    assert status == (1 if check.severity is Severity.RED else 0)
    assert found[name]["severity"] == check.severity
    told = found[name]["values"] | {"data_dir": str(site.settings.data_dir)}
    for language, wrong, mend in (
        ("en", found[name]["wrong"], check.mend_en),
        ("km", found[name]["wrong_km"], check.mend_km),
    ):
        page = html.unescape(site.today(language=language))
        assert numbers_apart(wrong) in numbers_apart(page), language
        assert mend in page, language
        assert check.command.format(**told) in page


def numbers_apart(text: str) -> str:
    """How much of the disk is free changes meanwhile."""
    return re.sub(r"\d+", "0", text)


def test_s58_no_backup_is_said_plainly(site: Site) -> None:
    status, found = site.doctor()
    assert status == 0, "a warning: it may be made by other means"
    assert found["backup"]["wrong"] == "No backup of this installation is known."
    for language in ("en", "km"):
        words = BY_NAME["backup"].en if language == "en" else BY_NAME["backup"].km
        assert words in site.today(language=language)


def test_s58_every_check_is_forced_in_a_test() -> None:
    assert set(BY_NAME) == set(FORCED) | OVER_THE_NETWORK | {"backup", "public_root"}


def test_s55_root_is_red_where_others_come_in(site: Site, blobs: LocalBlobs) -> None:
    root(site)
    public = dataclasses.replace(site.settings, public_url="https://data.example.org")
    found = {one.check.name: one.is_red for one in findings(looking.look(public, blobs))}
    assert found["public_root"]
    assert "root" not in found


def test_s58_the_worst_comes_first_and_people_read_what_mends_it(site: Site) -> None:
    old_wrapping_key(site)
    buried_job(site)
    ended = site.app.test_cli_runner().invoke(args=["doctor"])
    assert ended.exit_code == 1
    first, *rest = ended.stdout.splitlines()
    assert first.startswith("RED     Work that follows the receipt of records has failed")
    assert "        .venv/bin/flask jobs retry" in rest
    assert "YELLOW  No backup of this installation is known." in rest
    assert rest[-1] == "Something is red."


@pytest.mark.fresh_database
def test_s58_a_database_that_must_not_be_used_is_told_too(site: Site) -> None:
    """One that is opened with such settings is refused; the command still says the rest."""
    if current().is_sqlite:
        site.patch.setitem(durability.SQLITE_PRAGMAS, "cell_size_check", 7)  # which is 0 or 1
    else:
        name = current().writer.url.database
        with current().writer.connect() as connection:
            off = f'ALTER DATABASE "{name}" SET synchronous_commit = off'
            connection.exec_driver_sql(off)
            connection.commit()
    current().writer.dispose()
    status, found = site.doctor()
    assert status == 1
    assert {"durability", "backup"} <= set(found)


def test_s58_who_sees_what_waits_is_not_told_twice_and_who_may_not_act_is_not_told(
    site: Site,
) -> None:
    unreadable_record(site)
    buried_job(site)
    coordinator = site.today(Role.COORDINATOR)
    assert "Records that could not be read" in coordinator
    assert BY_NAME["quarantine"].en not in coordinator
    assert "has failed for good" in coordinator
    for role in (Role.REVIEWER, Role.ANALYST, Role.FIELD_WORKER):
        assert "has failed for good" not in site.today(role)
        assert "No backup" not in site.today(role)


def test_s58_a_coordinator_hears_of_no_other_project(site: Site) -> None:
    project = site.phone.project_id
    with unit_of_work() as session:
        other = a_project(session, "Elsewhere").id
    unreadable_record(site)
    blobs = site.app.extensions["samleng.blobs"]
    for place, n in ((project, 1), (other, 0), (None, 1)):
        assert looking.look(site.settings, blobs, place).quarantined == n


def test_s58_today_asks_a_fixed_number_of_statements(site: Site) -> None:
    def asked() -> int:
        with statements.counted() as seen:
            site.client.get("/p/battambang/", headers=headers)
        return len(seen)

    headers = bearer(site.settings.secrets.jwt_key, Role.ADMIN)
    few = asked()
    for _ in range(5):
        buried_job(site)
        assert site.phone.send(f"<broken{uuid.uuid4()}".encode()).status_code == 202
        assert site.phone.send(an_instance()).status_code == 201
    assert asked() == few
    assert few < 25


def test_failed_work_is_tried_again_when_its_cause_is_mended(site: Site) -> None:
    buried_job(site)
    ended = site.app.test_cli_runner().invoke(args=["jobs", "retry", "--json"])
    assert json.loads(ended.stdout) == {"jobs": 1}
    with reading() as session:
        retried = sa.select(AuditEntry.details).where(AuditEntry.action == "jobs.retry")
        assert session.scalars(retried).all() == [{"jobs": 1}]
        assert job_queue.count(session)["buried"] == 0
        assert session.scalar(sa.select(JobRow.attempts).where(JobRow.event == "x")) == 0
    assert "jobs" not in site.doctor()[1]


# --- the certificate ----------------------------------------------------------------------------
def certificate(tmp_path: Path, ends_at: dt.datetime, host: str = "localhost") -> Path:
    """Made by itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends_at - LONG_AGO)
        .not_valid_after(ends_at)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / f"{host}.pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem


@contextmanager
def serving(pem: Path) -> Iterator[int]:
    """A server that shows the certificate; answers its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            try:
                while True:
                    plain, _ = listening.accept()
                    with plain:
                        try:
                            context.wrap_socket(plain, server_side=True).close()
                        except OSError:
                            continue
            except OSError:
                return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-1, "certificate_over"),
        (3, "certificate_ends"),
        (15, "certificate_ends_soon"),
        (60, None),
    ],
)
def test_s58_the_end_of_the_certificate_is_told_before_it_comes(
    site: Site, tmp_path: Path, days: int, name: str | None
) -> None:
    pem = certificate(tmp_path, clock.now() + dt.timedelta(days=days, hours=1))
    site.patch.setenv("SSL_CERT_FILE", str(pem))
    with serving(pem) as port:
        site.choose(public_url=f"https://localhost:{port}")
        status, found = site.doctor()
    assert set(found) & OVER_THE_NETWORK == ({name} if name else set())
    assert status == (1 if name in ("certificate_over", "certificate_ends") else 0)
    if name:
        assert found[name]["values"]["host"] == "localhost"
        assert "localhost" in found[name]["wrong_km"]


@pytest.mark.parametrize("is_of_another_name", [True, False])
def test_s58_a_certificate_that_no_phone_believes_is_red(
    site: Site, tmp_path: Path, is_of_another_name: bool
) -> None:
    ends_at = clock.now() + dt.timedelta(days=60)
    pem = certificate(tmp_path, ends_at, "elsewhere.test" if is_of_another_name else "localhost")
    if is_of_another_name:
        site.patch.setenv("SSL_CERT_FILE", str(pem))
    with serving(pem) as port:
        site.choose(public_url=f"https://localhost:{port}")
        status, found = site.doctor()
    assert status == 1
    assert set(found) & OVER_THE_NETWORK == {"certificate_refused"}


def test_s58_an_address_that_does_not_answer_is_said_and_holds_nobody_up(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    site.choose(public_url=f"https://localhost:{port}")
    status, found = site.doctor()
    assert (status, set(found) & OVER_THE_NETWORK) == (0, {"address_silent"})


def test_s58_plain_http_has_no_certificate_and_no_page_asks_for_one(site: Site) -> None:
    assert PUBLIC_URL.startswith("http://")
    assert not set(site.doctor()[1]) & OVER_THE_NETWORK
    blobs = site.app.extensions["samleng.blobs"]
    assert looking.look(site.settings, blobs, site.phone.project_id).certificate is None
    assert "certificate" not in " ".join(one.check.name for one in findings(
        looking.look(site.settings, blobs)))  # fmt: skip
