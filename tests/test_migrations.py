"""The schema from the migrations is the mapped one, going down and up again keeps working."""

from __future__ import annotations

import ast
import datetime as dt
import uuid
from pathlib import Path

import alembic.command
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from service import app  # noqa: F401 - maps all classes
from service.accounts import queries
from service.accounts.queries import scripts
from service.consent.tables import Withdrawal
from service.facts import scopes
from service.facts.tables import Consent, Need, Person, Signature
from service.foundation import audit, db
from service.foundation.db import Base, reading, unit_of_work
from service.intake.tables import Submission
from tests import postgres
from tests.integration.indicators.villages import Village

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"


def test_migrations_from_zero_give_the_mapped_schema(database: db.Database) -> None:
    with database.writer.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": _differs, "compare_server_default": False}
        )
        assert compare_metadata(context, Base.metadata) == []


def _differs(
    context: MigrationContext,
    _inspected: object,
    _column: object,
    found: sa.types.TypeEngine[object],
    mapped: sa.types.TypeEngine[object],
) -> bool | None:
    """Types by what they compile to on this database: our own ones wrap the database's."""
    dialect = context.dialect
    return found.compile(dialect) != mapped.dialect_impl(dialect).compile(dialect)


def test_every_table_loses_and_regains_its_keys_and_indexes(database: db.Database) -> None:
    before = _shape(database)
    _down_and_up(database)
    assert _shape(database) == before


def test_the_schema_works_after_down_and_up_with_rows_in_it(database: db.Database) -> None:
    _fill()
    _down_and_up(database)
    _fill()
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 1
        assert [project.name for project in queries.list_projects(session)] == ["Battambang"]


def test_the_audit_log_is_append_only_again_after_down_and_up(database: db.Database) -> None:
    _down_and_up(database)
    with unit_of_work() as session:
        audit.record(session, actor_id=None, action="a", subject=1)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), unit_of_work() as session:
        session.execute(sa.delete(audit.AuditEntry))


def test_live_phones_that_share_a_name_keep_their_rows_and_get_numbers(
    database: db.Database,
) -> None:
    """Before 0009 nothing kept two phones of a project from having one name."""
    config = postgres.config(database.url)
    alembic.command.downgrade(config, "0009")
    alembic.command.downgrade(config, "-1")
    with database.writer.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO projects (id, name, slug, language, created_at) "
            "VALUES (1, 'Battambang', 'battambang', 'km', '2026-11-24 08:00:00')"
        )
        for number, (name, revoked) in enumerate(
            (("ក", None), ("ក", "2026-11-24 08:00:00"), (" ក ", None), ("ខ", None)), start=1
        ):
            connection.execute(
                sa.text(
                    "INSERT INTO actors (id, kind, display_name, created_at) "
                    "VALUES (:n, 'app_user', :name, '2026-11-24 08:00:00')"
                ),
                {"n": number, "name": name},
            )
            connection.execute(
                sa.text(
                    "INSERT INTO app_users (id, project_id, token_sha256, all_forms, expires_at, "
                    "revoked_at) VALUES (:n, 1, :token, true, '2027-11-24 08:00:00', :revoked)"
                ),
                {"n": number, "token": bytes([number]) * 32, "revoked": revoked},
            )
    alembic.command.upgrade(config, "head")
    with reading() as session:
        named = {row.id: row.name for row in queries.list_app_users(session, 1)}
    assert named == {1: "ក 2", 2: "ក", 3: " ក ", 4: "ខ"}


def test_scripts_that_share_a_name_get_numbers_and_a_code_given_twice_waits_once(
    database: db.Database,
) -> None:
    """Before 0013 a form that was sent twice made two of both."""
    config = postgres.config(database.url)
    alembic.command.downgrade(config, "0013")
    alembic.command.downgrade(config, "-1")
    at = "2026-11-24 08:00:00"
    with database.writer.begin() as connection:
        for number in (1, 2):
            connection.execute(
                sa.text(
                    "INSERT INTO projects (id, name, slug, language, created_at) "
                    "VALUES (:n, 'x', :slug, 'km', :at)"
                ),
                {"n": number, "slug": f"p{number}", "at": at},
            )
        tokens = (("ក", None, (1,)), ("ក", at, (1,)), (" ក ", None, (1, 2)), ("ក", None, (2,)))
        for number, (name, revoked, places) in enumerate(tokens, start=1):
            connection.execute(
                sa.text(
                    "INSERT INTO actors (id, kind, display_name, created_at) "
                    "VALUES (:n, 'api_token', :name, :at)"
                ),
                {"n": number, "name": name, "at": at},
            )
            connection.execute(
                sa.text(
                    "INSERT INTO api_tokens (id, email, token_sha256, scopes, all_projects, "
                    "expires_at, revoked_at) VALUES (:n, :email, :token, '[]', false, "
                    "'2027-11-24 08:00:00', :revoked)"
                ),
                {"n": number, "email": f"x{number}", "token": bytes([number]) * 32,
                 "revoked": revoked},
            )  # fmt: skip
            for place in places:
                connection.execute(
                    sa.text("INSERT INTO api_token_projects VALUES (:n, :place)"),
                    {"n": number, "place": place},
                )
        for number, (code, actor) in enumerate(
            (("a", None), ("a", None), ("a", 1), ("a", 1), ("b", None)), start=1
        ):
            connection.execute(
                sa.insert(Withdrawal.__table__),  # type: ignore[arg-type]
                {
                    "project_id": 1, "withdrawal_pk": uuid.UUID(int=number), "channel": "code",
                    "asked_at": dt.datetime(2026, 11, 24, tzinfo=dt.UTC), "actor_id": actor,
                    "reason": "code", "scopes": 0, "state": "waiting", "code_digest": code,
                    "instances": 0, "uses": {},
                },
            )  # fmt: skip
    alembic.command.upgrade(config, "head")
    with reading() as session:
        named = {row.id: row.name for row in scripts.list_api_tokens(session)}
        query = sa.select(Withdrawal.state).order_by(Withdrawal.withdrawal_pk)
        states = [state.value for state in session.scalars(query)]
    assert named == {1: "ក", 2: "ក", 3: " ក  2", 4: "ក"}
    assert states == ["waiting", "refused", "waiting", "refused", "waiting"]


def test_names_of_children_are_closed_where_not_both_agreed(database: db.Database) -> None:
    """Before 0032 facts did not say so."""
    config = postgres.config(database.url)
    with unit_of_work() as session:
        village = Village(session)
        bands = ("1859", "0511", "unk_child")
        village.household(*({"age_band": band, "needs": ["psy_peer"]} for band in bands), scopes=1)
        village.signature("minor", scopes=1)
        village.signature(scopes=1)
        of_both = village.arrive() | {
            "submission_pk": session.scalar(sa.select(Need.submission_pk))
        }
        said = {"granted": [], "refused": [], "method": "signature", "is_proxy": False}
        agreed = {"ordinal": 3, "guardian": True, "assent": True}
        session.execute(sa.insert(Consent), {**of_both, **said, **agreed})
    alembic.command.downgrade(config, "0032")
    alembic.command.downgrade(config, "-1")
    alembic.command.upgrade(config, "head")
    with reading() as session:
        closed = [
            list(session.scalars(sa.select(kind.scopes).order_by(kind.submission_pk, number)))
            for kind, number in (
                (Person, Person.ordinal), (Need, Need.person_ordinal),
                (Signature, Signature.ordinal),
            )
        ]  # fmt: skip
    bit = scopes.CODES_ALONE
    assert closed == [[1, 1 | bit, 1], [1, 1 | bit, 1], [1 | bit, 1]]


def test_villages_of_signers_leave_the_tables(database: db.Database) -> None:
    """Before 0058 facts said in which village each signer lives."""
    config = postgres.config(database.url)
    with unit_of_work() as session:
        village = Village(session)
        village.household({"needs": ["reh_prosthesis"]}, scopes=1)
        village.signature(scopes=1)
        signed = session.scalar(sa.select(Signature.submission_pk))
        of_both = village.arrive() | {"submission_pk": signed}
        said = {"granted": [], "refused": [], "method": "signature", "is_proxy": False}
        session.execute(sa.insert(Consent), {**of_both, **said, "ordinal": 0})
    alembic.command.downgrade(config, "0057")
    with unit_of_work() as session:
        for kind in (Signature, Consent, Person):
            session.execute(sa.update(kind).values(adm4="02030103"))
    alembic.command.upgrade(config, "head")
    with reading() as session:
        told = {kind: set(session.scalars(sa.select(kind.adm4))) for kind in (Signature, Person)}
        of_signer = session.scalars(
            sa.select(Consent.adm4).where(Consent.submission_pk == signed)
        ).all()
    assert told == {Signature: {"unknown"}, Person: {"02030103"}}
    assert of_signer == ["unknown"]


def _fill() -> None:
    """A household with its needs, and a signature: a row in most tables."""
    with unit_of_work() as session:
        village = Village(session)
        village.household({"needs": ["reh_prosthesis"]})


def _down_and_up(database: db.Database) -> None:
    """To the first migration's beginning and back, one step at a time."""
    scripts = ScriptDirectory.from_config(postgres.config(database.url))
    steps = len(list(scripts.walk_revisions()))
    database.dispose()
    with pytest.MonkeyPatch.context() as patched:  # read once, not again for each step
        patched.setattr(ScriptDirectory, "from_config", lambda _: scripts)
        for _ in range(steps):
            alembic.command.downgrade(postgres.config(database.url), "-1")
        leftover = set(sa.inspect(database.writer).get_table_names()) - {"alembic_version"}
        assert leftover == set()
        for _ in range(steps):
            alembic.command.upgrade(postgres.config(database.url), "+1")


def _shape(database: db.Database) -> dict[str, object]:
    """Columns, keys and indexes of every table, as the database describes them."""
    inspector = sa.inspect(database.writer)
    shape = {}
    for table in inspector.get_table_names():
        columns = [
            (one["name"], str(one["type"]), one["nullable"]) for one in inspector.get_columns(table)
        ]
        indexes = sorted(str(index["name"]) for index in inspector.get_indexes(table))
        keys = sorted(str(key["name"]) for key in inspector.get_foreign_keys(table))
        shape[table] = (columns, inspector.get_pk_constraint(table), indexes, keys)
    return shape


def test_migrations_are_frozen_history() -> None:
    """They name no class of the service: a table of next year must not change last year's step."""
    for path in VERSIONS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [name for name in names if name.startswith("service")], path.name


def test_migrations_are_one_line_numbered_in_order() -> None:
    script = ScriptDirectory(str(VERSIONS.parent))
    revisions = [one.revision for one in script.walk_revisions()][::-1]
    assert revisions == [path.stem[:4] for path in sorted(VERSIONS.glob("*.py"))]
    assert len(script.get_heads()) == 1


def test_the_next_migration_is_a_draft_with_no_difference(database: db.Database) -> None:
    """`make migration` on an up-to-date schema finds nothing to do: its types are ours."""
    from tests.new_migration import differences

    assert differences(database.url) == []
