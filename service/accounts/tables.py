"""People, phones, sessions, projects. Small tables: copied whole to every node of a cluster."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.foundation.columns import ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base


class ActorKind(enum.StrEnum):
    USER = "user"
    APP_USER = "app_user"
    API_TOKEN = "api_token"  # noqa: S105 - a kind of actor, not a secret


class Project(Base):
    """A body of work with its own forms, people and phones."""

    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    language: Mapped[str] = mapped_column(sa.String(8), server_default="km")
    """Language of messages on phones: en or km."""
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ActorRow(Base):
    """Whoever acts has one integer id: Central's clients need it for everybody, phones included."""

    __tablename__ = "actors"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ActorKind] = mapped_column(ByValue(ActorKind))
    display_name: Mapped[str] = mapped_column(sa.String(120))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class User(Base):
    """A person with a password."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"), primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    """Lower-cased, NFC."""
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    """argon2id; null until the person has used the one-time link."""
    language: Mapped[str] = mapped_column(sa.String(8), server_default="en")
    is_active: Mapped[bool] = mapped_column(server_default=sa.true())
    failures: Mapped[int] = mapped_column(server_default="0")
    """Tries since the last that went well, but for those from networks that the person knows."""
    blocked_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Grant(Base):
    """A role of a person in a project; project 0 = the installation (administrators)."""

    __tablename__ = "grants"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    area: Mapped[str] = mapped_column(sa.String(6), primary_key=True, server_default="")
    """Code of a province, district or commune; "" = everywhere in the project."""
    ends_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """From this moment on it gives nothing, without anybody's doing. The row stays, to explain."""
    granted_by: Mapped[int | None]
    """An actor. Null: the host's shell, or a grant from before this was kept."""
    granted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    waits: Mapped[bool] = mapped_column(server_default=sa.false())
    """For a coordinator to agree; until then it gives nothing."""


class RoleNotice(Base):
    """A role that reads people, given by somebody who reads none there: what coordinators are told
    of it. It stays when the role is taken away again."""

    __tablename__ = "role_notices"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    role: Mapped[str] = mapped_column(sa.String(20))
    area: Mapped[str] = mapped_column(sa.String(6), server_default="")
    given_by: Mapped[int | None]
    """An actor. Null: the host's shell."""
    given_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    answered_by: Mapped[int | None]
    """The coordinator who agreed, or ended it."""
    answered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (sa.Index("ix_role_notices_project", "project_id", "given_at"),)


class EmergencyRow(Base):
    """Access of a person to one project, or to one record, for a day (break-glass), to read
    alone."""

    __tablename__ = "emergencies"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    """What it reads like: reviewer or analyst."""
    reason: Mapped[str] = mapped_column(sa.String(20))
    """A code (`held.Reason`): a sentence might name somebody."""
    granted_by: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"))
    granted_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """Brought forward where a coordinator ends it early."""
    record_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """The one record, by its first version's key; null: the whole project."""
    open_key: Mapped[str | None] = mapped_column(sa.String(80))
    """What is open, for whom, until it ends: of each there is one, however often a button is
    pressed. Null once it was found to be over."""

    __table_args__ = (
        sa.Index("ix_emergencies_project", "project_id", "ends_at"),
        sa.Index("uq_emergencies_open", "open_key", unique=True),
    )


class KnownNetwork(Base):
    """A network from which the person came in before. Tries from there are counted apart, so that
    nobody can keep her out by failing in her name from elsewhere."""

    __tablename__ = "known_networks"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    network: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    """A keyed digest."""
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(server_default="0")
    blocked_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class SecondFactor(Base):
    """The seed that a person's app shares with us, sealed. Another one may be on its way."""

    __tablename__ = "second_factors"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    is_confirmed: Mapped[bool] = mapped_column(primary_key=True)
    """False: shown, and not yet used; at most one of each."""
    key_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    sealed: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    """The step of the last code that was accepted; this and older ones are refused."""
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """One of the codes on paper; good once."""

    __tablename__ = "recovery_codes"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    code_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A key pair in a person's phone, computer or stick that may stand for the code: the browser
    uses it at our address alone, so nobody can phish it."""

    __tablename__ = "passkeys"
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary(1023), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    """As the device counts; one that goes back was copied. Many devices leave it at 0."""
    name: Mapped[str] = mapped_column(sa.String(80))
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class SignIn(Base):
    """A session of a person, by cookie or by access token. Ending the row ends both at once."""

    __tablename__ = "sign_ins"
    sign_in_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    idle_until: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """Ends before `expires_at` where nobody uses it."""
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    cookie_sha256: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32), unique=True)
    """Of the cookie; null where a program came for access tokens."""
    secret_sha256: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    """Of what its access tokens must say; null where none are given out, and none are good."""
    factor_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When the second factor was given last."""
    challenge: Mapped[bytes | None] = mapped_column(sa.LargeBinary(64))
    """What a passkey must sign next; good once."""
    challenge_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(sa.String(64), server_default="")
    """The coarse network, and below the kind of client: for the person's own eyes."""
    client: Mapped[str] = mapped_column(sa.String(80), server_default="")


class RefreshToken(Base):
    """The next access token of a program. All of one sign-in are a family: a used one that comes
    again ends it."""

    __tablename__ = "refresh_tokens"
    token_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    sign_in_pk: Mapped[uuid.UUID] = mapped_column(
        Uid, sa.ForeignKey("sign_ins.sign_in_pk"), index=True
    )
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    used_by: Mapped[str | None] = mapped_column(sa.String(32))
    """A keyed digest of the client."""
    replayed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class SetupLink(Base):
    """A one-time link by which a person sets a password."""

    __tablename__ = "setup_links"
    token_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class AppUser(Base):
    """A phone's right to fetch blank forms and to send. It can read nothing that was sent."""

    __tablename__ = "app_users"
    id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), index=True)
    token_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    all_forms: Mapped[bool]
    """All forms of the project, later ones too; otherwise those in `app_user_forms`."""
    created_by: Mapped[int | None]
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    name_key: Mapped[str] = mapped_column(sa.String(400))
    """The name without case and superfluous blanks: among live phones of a project, unique."""
    renewed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When its present token was made, if that is not its first."""
    device_key: Mapped[str | None] = mapped_column(sa.String(32))
    """Keyed pseudonym of the install id that used the present token first."""
    bound_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    fetched_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When it last asked for forms, to the hour."""
    used_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    """The day (UTC) that the two counts are of."""
    used_submissions: Mapped[int] = mapped_column(server_default="0")
    used_bytes: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")

    __table_args__ = (
        sa.Index(
            "uq_app_users_live_name",
            "project_id",
            "name_key",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )


class AppUserForm(Base):
    """A form that a phone with a limited scope may fill, by its formID."""

    __tablename__ = "app_user_forms"
    app_user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_users.id"), primary_key=True)
    form_id: Mapped[str] = mapped_column(sa.String(249), primary_key=True)


class DeviceAlarm(Base):
    """Another install id used a phone's token: the app set up anew, or the code was copied."""

    __tablename__ = "device_alarms"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    app_user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_users.id"), primary_key=True)
    device_key: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    raised_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """When somebody said what it was; null = it waits."""


class DeviceDigest(Base):
    """What HTTP Digest needs of a phone, sealed: it is as good as the password in one realm."""

    __tablename__ = "device_digests"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    app_user_id: Mapped[int] = mapped_column(sa.ForeignKey("app_users.id"), primary_key=True)
    key_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)


class DigestNonce(Base):
    """Which requests of a Digest nonce were accepted: the highest count and 128 below it."""

    __tablename__ = "digest_nonces"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    nonce: Mapped[bytes] = mapped_column(sa.LargeBinary(16), primary_key=True)
    highest: Mapped[int] = mapped_column(sa.BigInteger)
    seen: Mapped[bytes] = mapped_column(sa.LargeBinary(16))
    """Bit n: the count `highest - n` was accepted."""
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class ApiToken(Base):
    """A script's right to call the API. It is no person: pages do not know it."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"), primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    """What clients of ODK Central, who know only address and password, sign in with."""
    token_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    all_projects: Mapped[bool]
    """All projects, later ones too; otherwise those in `api_token_projects`."""
    created_by: Mapped[int | None]
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    """To the hour."""
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ApiTokenProject(Base):
    """A project that a script with a limited reach may work in."""

    __tablename__ = "api_token_projects"
    api_token_id: Mapped[int] = mapped_column(sa.ForeignKey("api_tokens.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    live_name: Mapped[str | None] = mapped_column(sa.String(400))
    """The name without case and superfluous blanks, unique in the project; null once the token
    has been ended."""

    __table_args__ = (
        sa.Index("uq_api_token_projects_live_name", "project_id", "live_name", unique=True),
    )


class ScriptSession(Base):
    """A session that a script opened with its address and token."""

    __tablename__ = "script_sessions"
    session_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    token_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    api_token_id: Mapped[int] = mapped_column(sa.ForeignKey("api_tokens.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
