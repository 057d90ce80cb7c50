"""Settings: read from the environment once, checked at start, listed in README.

Nothing else reads `os.environ`. Every default is safe for a machine on a desk; secrets have no
default at all: they are made at first start and kept in `SAMLENG_SECRETS_FILE`.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets as random
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from service.foundation import directories, machine, setting_names
from service.foundation.sealing import pseudonym

LOG_LEVELS = ("debug", "info", "warning", "error")
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - to be told from an address that can be asked
LEAST_FREE_BYTES = 1024**3
_YES_OR_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_LATER_SECRETS = frozenset({"audit_key"})
"""Secrets that files of earlier releases do not have: made when first missed."""
_SQLITE_MAGIC = b"SQLite format 3\0"


class SettingsError(Exception):
    """A setting that must not be used. The text says which, why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Keys of this installation, 256 random bits each, as hex in the secrets file."""

    jwt_key: str
    """Signs access tokens (HS256), which open nothing without their session's own secret."""
    page_key: str
    """Makes the nonces of HTTP Digest, which open nothing without a phone's password."""
    pseudonym_key: str
    """Keys the HMAC that replaces device serials and other identifiers."""
    audit_key: str
    """Signs the heads of the audit log (Ed25519); the seed of the key."""

    def __repr__(self) -> str:
        return "Secrets(…)"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an operator can choose. Names with prefix SAMLENG_ in the environment."""

    data_dir: Path
    database_url: str
    read_database_url: str | None = None
    public_url: str
    trusted_proxies: int = 0
    secrets_file: Path
    secrets: Secrets = field(repr=False)
    key_file: Path
    """The wrapping keys. Apart from the data: whoever takes the one has nothing."""
    keys_database_url: str
    """Where data keys are kept, wrapped; backed up apart from the data."""
    max_body_mb: int = 210
    default_language: str = "en"
    embedded_worker: bool = True
    """Run jobs in a thread of the web process; switch off where `flask worker` runs apart."""
    is_command: bool = False
    """This process is a `flask …` command: it has commands, and runs no worker beside them."""
    database_pool: int = 16
    """Connections to PostgreSQL, and to SQLite for reading, that one process may hold."""
    min_free_mb: int | None = None
    """Below this much free disk, submissions are refused with 507 and stay on the phones. None: as
    large as the disk asks for (`floor_bytes`)."""
    device_submissions_a_day: int = 500
    """New records that one phone may send on a day (UTC); 0: any number."""
    device_mib_a_day: int = 2048
    api_requests_a_minute: int = 120
    """What one person's programs may ask of the API in a minute, of each process; 0: any number."""
    digest: bool = False
    """Phones may show who they are by HTTP Digest, too."""
    digest_md5: bool = False
    """And, for old clients, by MD5."""
    move_in_private: bool = False
    """Moving in may ask servers of the own network too, and plain http on this machine."""
    log_level: str = "info"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int | None = None
    """Processes of `flask serve`; None: as the database allows."""
    threads: int = 16
    threads_idle_s: int = 30
    memory_mb: int = 1_000_000
    """What this machine has: found out, not chosen."""

    @property
    def max_body_bytes(self) -> int:
        return self.max_body_mb * 1_000_000

    def floor_bytes(self, disk_bytes: int) -> int:
        """How much of a disk of this size must be free: what erasures, the audit log and the
        database's own work still need when nothing more is taken in. A twentieth, at least 1 GiB,
        unless it was chosen."""
        if self.min_free_mb is not None:
            return self.min_free_mb * 1_000_000
        return max(LEAST_FREE_BYTES, disk_bytes // 20)

    @property
    def blobs_dir(self) -> Path:
        return self.data_dir / "blobs"

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_url).netloc

    @property
    def digest_realm(self) -> str | None:
        """Names this installation: what it keeps of a Digest password works nowhere else. None
        where Digest is off."""
        instance = pseudonym(self.secrets.pseudonym_key, "digest realm")[:12]
        return f"Samleng {instance}" if self.digest else None

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings of this process; makes the data directory and the secrets if they are not there.

    A variable that is empty counts as not set. Raises SettingsError.
    """
    given = {name: value for name, value in environ.items() if value}
    if unknown := setting_names.refusal(given):
        raise SettingsError(unknown)
    if given.get("FLASK_DEBUG", "0") != "0":
        raise SettingsError("FLASK_DEBUG is on; it shows data to anybody. Unset it and start again")
    data_dir = Path(given.get("SAMLENG_DATA_DIR", "./var")).resolve()
    _demand_directory("SAMLENG_DATA_DIR", data_dir)
    secrets_file = Path(given.get("SAMLENG_SECRETS_FILE", data_dir / "secrets.json"))
    key_file = Path(
        given.get("SAMLENG_KEY_FILE", data_dir.with_name(f"{data_dir.name}-keys") / "ring.json")
    ).resolve()
    if not key_file.exists():
        _demand_directory("SAMLENG_KEY_FILE", key_file.parent)
    host = given.get("HOST", "127.0.0.1")
    port = _whole_number(given, "PORT", 8000, least=1, most=65_535)
    database_url = _database_url(given, "SAMLENG_DATABASE_URL", f"sqlite:///{data_dir}/samleng.db")
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        read_database_url=_read_database_url(given, database_url),
        public_url=_public_url(given, host, port),
        trusted_proxies=_whole_number(given, "SAMLENG_TRUSTED_PROXIES", 0),
        secrets_file=secrets_file,
        secrets=load_or_make_secrets(secrets_file),
        key_file=key_file,
        keys_database_url=_database_url(
            given, "SAMLENG_KEYS_DATABASE_URL", _keys_beside(database_url, data_dir)
        ),
        max_body_mb=_whole_number(given, "SAMLENG_MAX_BODY_MB", 210, least=1),
        default_language=_one_of(given, "SAMLENG_DEFAULT_LANGUAGE", "en", ("en", "km")),
        embedded_worker=_YES_OR_NO[
            _one_of(given, "SAMLENG_EMBEDDED_WORKER", "1", tuple(_YES_OR_NO))
        ],
        is_command=given.get("FLASK_RUN_FROM_CLI") == "true",
        database_pool=_whole_number(given, "SAMLENG_DATABASE_POOL", 16, least=1),
        min_free_mb=_whole_number(given, "SAMLENG_MIN_FREE_MB", 1024)
        if "SAMLENG_MIN_FREE_MB" in given
        else None,
        api_requests_a_minute=_whole_number(given, "SAMLENG_API_REQUESTS_A_MINUTE", 120),
        device_submissions_a_day=_whole_number(given, "SAMLENG_DEVICE_SUBMISSIONS_A_DAY", 500),
        device_mib_a_day=_whole_number(given, "SAMLENG_DEVICE_MIB_A_DAY", 2048),
        digest=_one_of(given, "SAMLENG_DIGEST", "off", ("off", "on")) == "on",
        digest_md5=_one_of(given, "SAMLENG_DIGEST_MD5", "off", ("off", "on")) == "on",
        move_in_private=_one_of(given, "SAMLENG_MOVE_IN_PRIVATE", "off", ("off", "on")) == "on",
        log_level=_one_of(given, "SAMLENG_LOG_LEVEL", "info", LOG_LEVELS),
        host=host,
        port=port,
        workers=_whole_number(given, "WORKERS", 1, least=1, most=256)
        if "WORKERS" in given
        else None,
        threads=_whole_number(given, "THREADS", 16, least=1, most=1000),
        threads_idle_s=_whole_number(given, "THREADS_IDLE_S", 30, least=5, most=600),
        memory_mb=machine.memory_mb(),
    )


def is_on_this_machine(database_url: str) -> bool:
    """Whether a database is reached without leaving this machine."""
    url = sa.make_url(database_url)
    host = url.host or str(url.query.get("host", ""))
    return host in ("", "localhost", "127.0.0.1", "::1") or host.startswith("/")


def place_of(database_url: str) -> str:
    """Where a database is, such as 10.0.0.7:5432/samleng or a file; never who asks it, or how."""
    url = sa.make_url(database_url)
    if url.drivername == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host", "localhost")
    return f"{host}:{url.port or 5432}/{url.database or ''}"


def _demand_directory(name: str, path: Path) -> None:
    """Makes it if it is not there. Raises SettingsError where no file can be made in it."""
    try:
        directories.make(path)
        tempfile.TemporaryFile(dir=path).close()
    except OSError as error:
        raise SettingsError(
            f"{name}: no file can be made in {path} ({error.strerror}). It must be a directory "
            "that this account may write to"
        ) from None


def _public_url(given: Mapping[str, str], host: str, port: int) -> str:
    """Where the server listens, until it is set; a server that listens on every address is asked
    by this machine alone."""
    host = "127.0.0.1" if host in EVERY_ADDRESS else host
    default = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    url = given.get("SAMLENG_PUBLIC_URL", default).rstrip("/")
    try:
        is_whole = url.startswith(("http://", "https://")) and bool(urlsplit(url).netloc)
    except ValueError:
        is_whole = False
    if not is_whole:
        raise SettingsError(
            f"SAMLENG_PUBLIC_URL is {url!r}; it must look like https://data.example.org"
        )
    return url


def _database_url(given: Mapping[str, str], name: str, default: str) -> str:
    """Raises SettingsError for what cannot be used, without the URL: it may hold a password."""
    text = given.get(name, default)
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in ("sqlite", "postgresql+psycopg") or not url.database:
        raise SettingsError(
            f"{name} must look like postgresql+psycopg://user:password@host/name or "
            "sqlite:////path/to/file.db"
        )
    if "@" in f"{url.host}{url.database}":
        raise SettingsError(f"{name}: write an @ in the password as %40 (and / as %2F)")
    if url.drivername == "sqlite":
        _demand_sqlite(name, Path(url.database))
    return text


def _demand_sqlite(name: str, path: Path) -> None:
    """A new file or an SQLite database, in a directory that can be written to."""
    _demand_directory(name, path.parent)
    try:
        with path.open("rb") as held:
            start = held.read(len(_SQLITE_MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise SettingsError(f"{name}: {path} cannot be read ({error.strerror})") from None
    if start and start != _SQLITE_MAGIC:
        raise SettingsError(
            f"{path} is not an SQLite database. Restore it from your backup, or let {name} name "
            "another"
        )


def _read_database_url(given: Mapping[str, str], database_url: str) -> str | None:
    if "SAMLENG_READ_DATABASE_URL" not in given:
        return None
    url = _database_url(given, "SAMLENG_READ_DATABASE_URL", "")
    if url.startswith("sqlite") or database_url.startswith("sqlite"):
        raise SettingsError(
            "SAMLENG_READ_DATABASE_URL is for a replica of PostgreSQL; with SQLite leave it unset"
        )
    return url


def _keys_beside(database_url: str, data_dir: Path) -> str:
    """A schema of its own on PostgreSQL, a file of its own on SQLite."""
    is_postgresql = database_url.startswith("postgresql")
    return database_url if is_postgresql else f"sqlite:///{data_dir}/keys.db"


def _one_of(given: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    text = given.get(name, default)
    if text.casefold() not in allowed:
        raise SettingsError(
            f"{name} is {text!r}; it must be {', '.join(allowed[:-1])} or {allowed[-1]}"
        )
    return text.casefold()


def _whole_number(
    given: Mapping[str, str], name: str, default: int, *, least: int = 0, most: int = 1_000_000
) -> int:
    text = given.get(name, str(default))
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    if not is_number or not least <= int(text) <= most:
        raise SettingsError(
            f"{name} is {text!r}; it must be a whole number from {least} to {most}, "
            f"such as {default}"
        )
    return int(text)


def load_or_make_secrets(path: Path) -> Secrets:
    """The installation's keys. Made once (mode 0600, fsynced); refused if weak or readable."""
    try:
        if not path.exists():
            _make_secrets(path)
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(f"{path} can be read by others. Run: chmod 600 {path}")
        keys = json.loads(path.read_text("utf-8"))
        if isinstance(keys, dict) and _lacks_later_ones_alone(keys):
            keys = _add_later_secrets(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be used ({error.strerror})") from None
    except ValueError:
        keys = None  # and told as one that lacks its keys
    names = Secrets.__dataclass_fields__
    for name in names:
        value = keys.get(name) if isinstance(keys, dict) else None
        if not isinstance(value, str) or len(value) < 64 or len(set(value)) < 8:
            raise SettingsError(
                f"{path}: {name} is missing or too weak. Restore the file from your backup, or "
                "remove it to make new keys (everybody must then sign in again)"
            )
    return Secrets(**{name: keys[name] for name in names})


def _lacks_later_ones_alone(keys: Mapping[str, object]) -> bool:
    missing = Secrets.__dataclass_fields__.keys() - keys.keys()
    return bool(missing) and missing <= _LATER_SECRETS


def _make_secrets(path: Path) -> None:
    directories.make(path.parent)
    draft = _secrets_draft(
        path, {name: random.token_hex(32) for name in Secrets.__dataclass_fields__}
    )
    try:
        os.link(draft, path)  # fails if another process was first: its keys stand
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    directories.sync(path.parent)


def _add_later_secrets(path: Path) -> dict[str, str]:
    """The file's keys with those it lacked. Processes that start together agree on them: whoever
    waited for the lock finds the file replaced, and complete."""
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        keys: dict[str, str] = json.loads(path.read_text("utf-8"))
        missing = sorted(_LATER_SECRETS - keys.keys())
        if missing:
            keys |= {name: random.token_hex(32) for name in missing}
            _secrets_draft(path, keys).rename(path)
            directories.sync(path.parent)
    return keys


def _secrets_draft(path: Path, keys: Mapping[str, str]) -> Path:
    """A file beside `path`, durable, for this account alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        json.dump(keys, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    return draft
