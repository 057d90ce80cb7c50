"""Settings: read from the environment once, checked at start, listed in README.

Nothing else reads `os.environ`. Every default is safe for a machine on a desk; secrets have no
default at all: they are made at first start and kept in `SAMLENG_SECRETS_FILE`.
"""

from __future__ import annotations

import json
import os
import secrets as random
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """A setting that must not be used. The text says which, why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Keys of this installation, 256 random bits each, as hex in the secrets file."""

    jwt_key: str
    """Signs access tokens (HS256)."""
    page_key: str
    """Signs the pages' session cookies."""
    pseudonym_key: str
    """Keys the HMAC that replaces device serials and other identifiers."""

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
    min_free_mb: int = 1024
    """Below this much free disk, submissions are refused with 507 and stay on the phones."""
    log_level: str = "info"

    @property
    def max_body_bytes(self) -> int:
        return self.max_body_mb * 1_000_000

    @property
    def blobs_dir(self) -> Path:
        return self.data_dir / "blobs"

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_url).netloc

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings of this process; makes the data directory and the secrets if they are not there."""
    data_dir = Path(environ.get("SAMLENG_DATA_DIR", "./var")).resolve()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    secrets_file = Path(environ.get("SAMLENG_SECRETS_FILE", data_dir / "secrets.json"))
    host, port = environ.get("HOST", "127.0.0.1"), environ.get("PORT", "8000")
    public_url = environ.get("SAMLENG_PUBLIC_URL", f"http://{host}:{port}").rstrip("/")
    if not public_url.startswith(("http://", "https://")) or not urlsplit(public_url).netloc:
        raise SettingsError(
            f"SAMLENG_PUBLIC_URL is {public_url!r}; it must look like https://data.example.org"
        )
    language = environ.get("SAMLENG_DEFAULT_LANGUAGE", "en")
    if language not in ("en", "km"):
        raise SettingsError(f"SAMLENG_DEFAULT_LANGUAGE is {language!r}; it must be en or km")
    if environ.get("FLASK_DEBUG", "0") not in ("", "0"):
        raise SettingsError("FLASK_DEBUG is on; it shows data to anybody. Unset it and start again")
    return Settings(
        data_dir=data_dir,
        database_url=environ.get("SAMLENG_DATABASE_URL") or f"sqlite:///{data_dir}/samleng.db",
        read_database_url=environ.get("SAMLENG_READ_DATABASE_URL") or None,
        public_url=public_url,
        trusted_proxies=_whole_number(environ, "SAMLENG_TRUSTED_PROXIES", 0),
        secrets_file=secrets_file,
        secrets=load_or_make_secrets(secrets_file),
        key_file=Path(
            environ.get("SAMLENG_KEY_FILE")
            or data_dir.with_name(f"{data_dir.name}-keys") / "ring.json"
        ).resolve(),
        keys_database_url=environ.get("SAMLENG_KEYS_DATABASE_URL")
        or _keys_beside(environ.get("SAMLENG_DATABASE_URL", ""), data_dir),
        max_body_mb=_whole_number(environ, "SAMLENG_MAX_BODY_MB", 210),
        default_language=language,
        embedded_worker=environ.get("SAMLENG_EMBEDDED_WORKER", "1") != "0",
        is_command=environ.get("FLASK_RUN_FROM_CLI") == "true",
        database_pool=_whole_number(environ, "SAMLENG_DATABASE_POOL", 16),
        min_free_mb=_whole_number(environ, "SAMLENG_MIN_FREE_MB", 1024),
        log_level=environ.get("SAMLENG_LOG_LEVEL", "info"),
    )


def _keys_beside(database_url: str, data_dir: Path) -> str:
    """A schema of its own on PostgreSQL, a file of its own on SQLite."""
    is_postgresql = database_url.startswith("postgresql")
    return database_url if is_postgresql else f"sqlite:///{data_dir}/keys.db"


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"{name} is {text!r}; it must be a whole number such as {default}")
    return int(text)


def load_or_make_secrets(path: Path) -> Secrets:
    """The installation's keys. Made once (mode 0600, fsynced); refused if weak or readable."""
    if not path.exists():
        _make_secrets(path)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"{path} can be read by others. Run: chmod 600 {path}")
    keys = json.loads(path.read_text("utf-8"))
    names = Secrets.__dataclass_fields__
    for name in names:
        value = keys.get(name, "")
        if len(value) < 64 or len(set(value)) < 8:
            raise SettingsError(
                f"{path}: {name} is missing or too weak. Restore the file from your backup, or "
                "remove it to make new keys (everybody must then sign in again)"
            )
    return Secrets(**{name: keys[name] for name in names})


def _make_secrets(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = {name: random.token_hex(32) for name in Secrets.__dataclass_fields__}
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        json.dump(keys, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, path)  # fails if another process was first: its keys stand
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
