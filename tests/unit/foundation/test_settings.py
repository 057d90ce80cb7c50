"""Settings and secrets: what is not safe stops the start, in words that say what to do."""

from __future__ import annotations

import inspect
import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from service.foundation import setting_names, settings
from service.foundation.settings import (
    Secrets,
    Settings,
    SettingsError,
    from_environment,
    load_or_make_secrets,
    place_of,
)


def given(tmp_path: Path, **values: str) -> Settings:
    return from_environment({"SAMLENG_DATA_DIR": str(tmp_path / "var"), **values})


def test_with_nothing_set_everything_is_safe_for_a_desk(tmp_path: Path) -> None:
    chosen = given(tmp_path)
    assert chosen.database_url == f"sqlite:///{tmp_path}/var/samleng.db"
    assert chosen.public_url == "http://127.0.0.1:8000"
    assert chosen.trusted_proxies == 0
    assert chosen.max_body_bytes == 210_000_000
    assert chosen.embedded_worker
    assert chosen.secrets_file == tmp_path / "var" / "secrets.json"
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_what_is_set_is_taken(tmp_path: Path) -> None:
    chosen = given(
        tmp_path,
        SAMLENG_PUBLIC_URL="https://data.example.org/",
        SAMLENG_TRUSTED_PROXIES="1",
        SAMLENG_DEFAULT_LANGUAGE="km",
        SAMLENG_EMBEDDED_WORKER="0",
        SAMLENG_DATABASE_URL="postgresql+psycopg://u:p@db/samleng",
        SAMLENG_READ_DATABASE_URL="postgresql+psycopg://u:p@replica/samleng",
    )
    assert (chosen.public_host, chosen.is_https) == ("data.example.org", True)
    assert chosen.trusted_proxies == 1
    assert chosen.default_language == "km"
    assert not chosen.embedded_worker
    assert chosen.read_database_url == "postgresql+psycopg://u:p@replica/samleng"


@pytest.mark.parametrize(
    ("disk", "floor"),
    [
        (8 * 1024**3, 1024**3),
        (20 * 1024**3, 1024**3),
        (100 * 1024**3, 5 * 1024**3),
        (4_000_000_000_000, 200_000_000_000),
    ],
)
def test_a_twentieth_of_the_disk_stays_free_and_never_less_than_a_gibibyte(
    tmp_path: Path, disk: int, floor: int
) -> None:
    assert given(tmp_path).floor_bytes(disk) == floor
    assert given(tmp_path, SAMLENG_MIN_FREE_MB="300").floor_bytes(disk) == 300_000_000
    assert given(tmp_path, SAMLENG_MIN_FREE_MB="0").floor_bytes(disk) == 0


def test_the_address_follows_host_and_port_until_it_is_set(tmp_path: Path) -> None:
    assert given(tmp_path, HOST="10.0.0.5", PORT="9000").public_url == "http://10.0.0.5:9000"


def test_a_command_is_told_from_a_server(tmp_path: Path) -> None:
    assert given(tmp_path, FLASK_RUN_FROM_CLI="true").is_command
    assert not given(tmp_path).is_command


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAMLENG_PUBLIC_URL", "data.example.org"),
        ("SAMLENG_PUBLIC_URL", "ftp://data.example.org"),
        ("SAMLENG_PUBLIC_URL", "https://"),
        ("SAMLENG_DEFAULT_LANGUAGE", "fr"),
        ("SAMLENG_TRUSTED_PROXIES", "-1"),
        ("SAMLENG_TRUSTED_PROXIES", "one"),
        ("SAMLENG_MAX_BODY_MB", "២១០"),
        ("SAMLENG_MAX_BODY_MB", "1e3"),
        ("FLASK_DEBUG", "1"),
        ("PORT", "abc"),
        ("PORT", "99999"),
        ("PORT", "0"),
        ("THREADS", "abc"),
        ("THREADS", "0"),
        ("WORKERS", "abc"),
        ("WORKERS", "0"),
        ("THREADS_IDLE_S", "1"),
        ("THREADS_IDLE_S", "601"),
        ("SAMLENG_LOG_LEVEL", "foo"),
        ("SAMLENG_MAX_BODY_MB", "0"),
        ("SAMLENG_DATABASE_POOL", "0"),
        ("SAMLENG_EMBEDDED_WORKER", "off"),
        ("SAMLENG_PUBLIC_URL", "http://[::1"),
        ("SAMLENG_DATA_DIR", "/proc"),  # a place where not even root makes files
        ("SAMLENG_DATA_DIR", __file__),
        ("SAMLENG_KEY_FILE", "/proc/keys/ring.json"),
        ("SAMLENG_DATABASE_URL", "foo"),
        ("SAMLENG_DATABASE_URL", "mysql://x/y"),
        ("SAMLENG_DATABASE_URL", "sqlite://"),
        ("SAMLENG_DATABASE_URL", "sqlite:////proc/samleng.db"),
        ("SAMLENG_DATABASE_URL", "postgresql+psycopg://u:p@db:port/samleng"),
        ("SAMLENG_KEYS_DATABASE_URL", "foo"),
        ("SAMLENG_READ_DATABASE_URL", "postgresql+psycopg://u:p@replica/samleng"),
    ],
)
def test_what_must_not_be_used_stops_the_start_and_is_named(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name):
        given(tmp_path, **{name: value})


def test_what_is_empty_counts_as_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ("DATA_DIR", "SECRETS_FILE", "PUBLIC_URL", "LOG_LEVEL", "READ_DATABASE_URL")
    chosen = from_environment({"PORT": "", **{f"SAMLENG_{name}": "" for name in names}})
    assert chosen.data_dir == tmp_path / "var"
    assert chosen.secrets_file == tmp_path / "var" / "secrets.json"
    assert chosen.public_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("value", "is_on"),
    [("0", False), ("false", False), ("No", False), ("1", True), ("TRUE", True), ("yes", True)],
)
def test_the_worker_is_switched_in_words_too(tmp_path: Path, value: str, is_on: bool) -> None:
    assert given(tmp_path, SAMLENG_EMBEDDED_WORKER=value).embedded_worker is is_on


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_links_name_an_address_that_can_be_opened(tmp_path: Path, host: str, url: str) -> None:
    assert given(tmp_path, HOST=host).public_url == url


@pytest.mark.parametrize("password", ["hunter@2", "hunter2/"])
def test_no_password_is_told_whatever_is_wrong_with_its_url(tmp_path: Path, password: str) -> None:
    for scheme in ("mysql", "postgresql+psycopg"):
        url = f"{scheme}://samleng:{password}@db@x:1a/field"
        with pytest.raises(SettingsError) as raised:
            given(tmp_path, SAMLENG_DATABASE_URL=url)
        assert "hunter" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql+psycopg://u:hunter2@db.example.org:6000/field", "db.example.org:6000/field"),
        ("postgresql+psycopg:///field?host=/run/postgresql", "/run/postgresql:5432/field"),
        ("sqlite:////var/lib/samleng.db", "/var/lib/samleng.db"),
    ],
)
def test_a_database_is_named_by_its_place(url: str, place: str) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize("name", ["samleng.db", "keys.db"])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, name: str) -> None:
    given(tmp_path)
    (tmp_path / "var" / name).write_bytes(b"not a database, but long enough to be one")
    with pytest.raises(SettingsError, match=f"{name} is not an SQLite database"):
        given(tmp_path)


def test_s01_secrets_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secrets.json"
    first = load_or_make_secrets(path)
    assert load_or_make_secrets(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys = json.loads(path.read_text())
    assert len(set(keys.values())) == len(Secrets.__dataclass_fields__)
    assert all(len(bytes.fromhex(key)) == 32 for key in keys.values())
    assert [one.name for one in path.parent.iterdir()] == ["secrets.json"]


def test_an_earlier_releases_file_gets_the_secret_that_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    earlier = _of_an_earlier_release(path)
    first = load_or_make_secrets(path)
    assert load_or_make_secrets(path) == first
    assert json.loads(path.read_text()) == {**earlier, "audit_key": first.audit_key}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secrets.json"]


def _of_an_earlier_release(path: Path) -> dict[str, str]:
    load_or_make_secrets(path)
    keys: dict[str, str] = json.loads(path.read_text())
    del keys["audit_key"]
    path.write_text(json.dumps(keys))
    return keys


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "of-an-earlier-release"])
def test_processes_that_start_together_agree_on_the_secrets(tmp_path: Path, is_new: bool) -> None:
    if not is_new:
        _of_an_earlier_release(tmp_path / "secrets.json")
    code = (
        "import dataclasses, pathlib, sys; from service.foundation import settings;"
        "path = pathlib.Path(sys.argv[1]); sys.stdin.read();"
        "print(dataclasses.asdict(settings.load_or_make_secrets(path)))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, tmp_path / "secrets.json"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for process in started:
        assert process.stdin is not None
        process.stdin.close()  # all go at once
        process.stdin = None
    assert len({process.communicate()[0] for process in started}) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_s01_secrets_that_others_can_read_are_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secrets.json"
    load_or_make_secrets(path)
    path.chmod(mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_or_make_secrets(path)


@pytest.mark.parametrize("key", ["", "short", "0" * 64, "ab" * 32])
def test_weak_or_missing_keys_are_refused(tmp_path: Path, key: str) -> None:
    path = tmp_path / "secrets.json"
    load_or_make_secrets(path)
    keys = json.loads(path.read_text())
    path.write_text(json.dumps({**keys, "jwt_key": key}))
    with pytest.raises(SettingsError, match="jwt_key"):
        load_or_make_secrets(path)


@pytest.mark.parametrize("text", ['{"jwt_key', "[]", "null", '{"jwt_key": 5}'])
def test_s01_a_file_of_secrets_that_is_not_whole_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.json"
    load_or_make_secrets(path)
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"secrets\.json"):
        load_or_make_secrets(path)


def test_s01_no_secret_stands_in_what_a_log_could_print(tmp_path: Path) -> None:
    chosen = given(tmp_path)
    assert chosen.secrets.jwt_key not in repr(chosen)
    assert chosen.secrets.jwt_key not in repr(chosen.secrets)


@pytest.mark.parametrize("name", ["SAMLENG_BLOBS_URL", "SAMLENG_S3_ENDPOINT"])
def test_what_is_not_built_is_refused_and_not_passed_over(tmp_path: Path, name: str) -> None:
    """Files would lie on the local disk, and nobody would know."""
    with pytest.raises(SettingsError, match=f"{name} is not built yet"):
        given(tmp_path, **{name: "s3://bucket/prefix"})


def test_a_mistyped_setting_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Is SAMLENG_DATABASE_URL meant"):
        given(tmp_path, SAMLENG_DATABSE_URL="sqlite:////tmp/x.db")
    with pytest.raises(SettingsError, match="SAMLENG_PUBLIC_URL meant"):
        given(tmp_path, SAMLENG_PUBLICURL="https://data.example.org")
    assert given(tmp_path, SAMLENG_TEST_BROWSER="/x", SAMLENG_CRASH_AT="y", SAMLENG_PUBLICURL="")


def test_the_names_of_settings_are_those_that_are_read() -> None:
    read = re.findall(r'"(SAMLENG_[A-Z0-9_]+)"', inspect.getsource(settings))
    assert set(setting_names.NAMES) == set(read)
