"""nginx with the configuration that docs/for-operators.md gives, in front of a real server."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.browser import is_required
from tests.ports import free_port
from tests.reliability.server import Server, Site

DOCS = Path(__file__).parents[1] / "docs"
HOST = "data.example.org"
HELP = "No nginx was found. On Debian: apt-get install nginx-light."
BEHIND = {"SAMLENG_PUBLIC_URL": f"https://{HOST}", "SAMLENG_TRUSTED_PROXIES": "1"}
"""Settings of a server behind it."""
READY_WITHIN_S = 30


def find() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def why_not() -> str | None:
    """A reason to skip; None where there is nginx, and in CI, where to miss it is a failure."""
    return None if find() or is_required() else HELP


def documented() -> str:
    """The server block, as operators copy it."""
    text = (DOCS / "for-operators.md").read_text("utf-8")
    found = re.search(r"^    server \{\n.*?^    \}\n", text, re.M | re.S)
    assert found, "docs/for-operators.md gives a configuration for nginx"
    return found[0]


def configuration(port: int, behind: int, where: Path) -> str:
    """What is documented, on a port of its own and without a certificate: all else is as it is."""
    block = documented()
    changes = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port};",
        "http://127.0.0.1:8000;": f"http://127.0.0.1:{behind};",
        "root /opt/samleng/docs;": f"root {DOCS};",
    }
    for told, here in changes.items():
        assert block.count(told) == 1, told
        block = block.replace(told, here)
    kept = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{name}_temp_path {where}/{name};\n" for name in kept)
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}daemon off; master_process off; pid {where}/pid; error_log {where}/error.log;\n"
        f"events {{ worker_connections 256; }}\nhttp {{\n{places}{block}}}\n"
    )


@contextmanager
def alone(behind: int, where: Path, read_timeout: str = "120s") -> Iterator[int]:
    """nginx before whatever listens on the port `behind`, if anything does; gives its own port."""
    found = find()
    assert found, HELP
    where.mkdir()
    port = free_port()
    written = where / "nginx.conf"
    text = configuration(port, behind, where)
    assert text.count("proxy_read_timeout 120s;") == 1
    text = text.replace("proxy_read_timeout 120s;", f"proxy_read_timeout {read_timeout};")
    written.write_text(text, "utf-8")
    running = subprocess.Popen(
        [found, "-e", str(where / "error.log"), "-c", str(written)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_listening(port)
        yield port
    finally:
        running.terminate()
        running.wait(timeout=10)


def wait_listening(port: int) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("nginx did not come up")


@contextmanager
def in_front(site: Site, where: Path, env: dict[str, str] | None = None) -> Iterator[int]:
    """A server of this site behind nginx; gives the port of nginx."""
    found = find()
    assert found, HELP
    where.mkdir()
    port = free_port()
    written = where / "nginx.conf"
    written.write_text(configuration(port, site.port, where), "utf-8")
    server = Server(site, {**BEHIND, **(env or {})})
    proxy = subprocess.Popen(
        [found, "-e", str(where / "error.log"), "-c", str(written)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_ready(port)
        yield port
    finally:
        proxy.terminate()
        proxy.wait(timeout=10)
        server.kill()


def ask(port: int, path: str, host: str = HOST) -> tuple[int, bytes]:
    """(status, body) of a plain GET through it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _wait_ready(port: int) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        try:
            if ask(port, "/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("the server behind nginx did not come up")
