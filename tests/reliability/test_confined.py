"""S-55: confined as docs/samleng.service confines it, the server works and cannot change its code.

systemd is not asked: the same kernel does it by `unshare` and `setpriv`, where these may be used.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path

import pytest

from service.cli.serve import command_to_serve
from tests import programs
from tests.clients.households import household
from tests.clients.openrosa_phone import multipart
from tests.reliability.server import READY_WITHIN_S, ROOT, Site

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(120)]

UNIT = (ROOT / "docs" / "samleng.service").read_text("utf-8")
CONFINE = """set -e
state=$1; shift
mount --bind "$state" "$state"
while read -r _ at _; do
  [ "$at" = "$state" ] || mount -o remount,bind,ro "$at" 2>/dev/null || true
done < /proc/self/mounts
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
"""
"""ProtectSystem=strict but for StateDirectory=, NoNewPrivileges= and CapabilityBoundingSet=."""
WAYS = (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount"))
"""As root, and as anybody whom the kernel lets be root of a namespace."""
REFUSED = "this user may not make a mount namespace: run as root, outside a container"


@cache
def way() -> tuple[str, ...] | None:
    """The first by which the kernel gives a namespace."""
    tried = (subprocess.run([*way, "true"], check=False, capture_output=True) for way in WAYS)
    return next((way for way, done in zip(WAYS, tried, strict=True) if not done.returncode), None)


def confined(state: Path, *command: str) -> list[str]:
    apart = ["--propagation", "private", "--", "sh", "-c", CONFINE, "sh"]
    return [*(way() or ()), *apart, str(state), *command]


@pytest.fixture(scope="module", autouse=True)
def _may_confine() -> None:
    for name in ("unshare", "setpriv"):
        programs.need(name, "util-linux")
    if way() is None:
        programs.miss(REFUSED)


def test_s55_the_unit_says_so() -> None:
    for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=",
                 "StateDirectory=samleng samleng-keys", "User=samleng"):  # fmt: skip
        assert f"\n{line}\n" in UNIT


@pytest.mark.parametrize(
    ("where", "is_written"),
    [
        (ROOT / "service" / "planted.py", False),
        (ROOT / "planted.py", False),
        (Path(sys.prefix) / "planted.py", False),
        (Path("/etc/planted"), False),
        (None, True),
    ],
)
def test_s55_a_write_to_the_code_fails(
    tmp_path: Path, where: Path | None, is_written: bool
) -> None:
    """Even for the owner of the files."""
    state = tmp_path / "state"
    state.mkdir()
    target = where or state / "planted"
    write = (
        "import sys\n"
        f"try: open({str(target)!r}, 'x').close()\n"
        "except OSError as error: sys.exit(error.errno)"
    )
    ended = subprocess.run(confined(state, sys.executable, "-c", write), check=False)
    try:
        assert ended.returncode == (0 if is_written else errno.EROFS)
        assert target.exists() == is_written
    finally:
        target.unlink(missing_ok=True)


def test_s55_the_server_works_where_it_can_write_nothing_but_its_state(
    site: Site, tmp_path: Path
) -> None:
    mine = site.copy_to(tmp_path / "data")
    log = tmp_path / "data.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            confined(mine.data_dir, *command_to_serve()),
            cwd=ROOT, env={**mine.env(), "PYTHONDONTWRITEBYTECODE": "1"}, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait_ready(mine, log)
        body, kind = multipart(household(1).record, [*household(1).record.files], is_last=True)
        whole = b"".join(p if isinstance(p, bytes) else p.read_bytes() for p in body)
        request = urllib.request.Request(
            f"{mine.phone_url}/submission", data=whole, headers={"Content-Type": kind}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 201
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait_ready(site: Site, log: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{site.url}/readyz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8", errors="replace")[-2000:])
