"""Brings up what the suite needs and a bare Debian has not; `make test` runs it before pytest.

- a browser, for the tests of pages: found and started once, else installed, else said;
- PostgreSQL, which comes as a Python package: started once, to be sure that it starts here;
- curl, with which some examples of the documents are run as they stand;
- nginx, for what holds behind the proxy that the documents set up;
- Java, in which ODK Validate opens forms as phones do;
- the form engines of web clients, which npm fetches and which are bundled once;
- a C compiler, for the library that cuts the power: the system's, or the one in `ziglang`.

What is missing in the end is said with how to get it. In CI (`CI=true`) it ends the run; on a
desk the tests that need it are skipped and say why.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from tests import browser, form_engines, postgres, proxy

Missing = str


def main() -> None:
    warnings.simplefilter("ignore")  # the package of PostgreSQL warns of a missing XDG_RUNTIME_DIR
    every = (_browser, _postgresql, _compiler, _nginx, _curl, _java, _form_engines)
    missing = [why for prepare in every if (why := prepare())]
    for why in missing:
        print(f"MISSING: {why}", file=sys.stderr)
    if missing and browser.is_required():
        sys.exit(1)


def _browser() -> Missing | None:
    ways: tuple[Callable[[], bool], ...] = (
        lambda: True,
        lambda: _by_apt("chromium", "fonts-liberation"),
        _by_playwright,
    )
    for way in ways:
        if way() and (found := browser.find()) and _starts(found):
            print(f"browser: {found}")
            return None
    return browser.HELP


def _starts(path: str) -> bool:
    """A browser that is there may lack a library of the system's."""
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(executable_path=path, args=browser.FLAGS).close()
    except PlaywrightError as error:
        print(f"  {path}: {str(error).strip()[-300:]}", file=sys.stderr)
        return False
    return True


def _by_apt(*packages: str) -> bool:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"installing Debian's {packages[0]} …", flush=True)
    # RUNLEVEL keeps Debian from starting what it installs.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
    return _runs(["apt-get", "update", "-qq"], quiet) and _runs(install, quiet)


def _nginx() -> Missing | None:
    found = proxy.find() or (_by_apt("nginx-light") and proxy.find())
    if not found:
        return proxy.HELP
    print("nginx:", found)
    return None


def _curl() -> Missing | None:
    if not (shutil.which("curl") or (_by_apt("curl") and shutil.which("curl"))):
        return "curl. Debian: apt-get install curl"
    print("curl:", shutil.which("curl"))
    return None


def _java() -> Missing | None:
    if not (shutil.which("java") or (_by_apt("default-jre-headless") and shutil.which("java"))):
        return "java. Debian: apt-get install default-jre-headless"
    print("java:", shutil.which("java"))
    return None


def _form_engines() -> Missing | None:
    if not form_engines.find():
        if not (form_engines.has_node() or _by_apt("nodejs", "npm")):
            return form_engines.HELP
        print("form engines: fetching and bundling …", flush=True)
        try:
            form_engines.make()
        except RuntimeError as error:
            return f"form engines of web clients, which could not be made: {error}"
    print("form engines:", form_engines.find())
    return None


def _by_playwright() -> bool:
    print("browser: none found; asking playwright for one …", flush=True)
    return _runs([sys.executable, "-m", "playwright", "install", "chromium"])


def _runs(command: list[str], environment: dict[str, str] | None = None) -> bool:
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"  {command[0]}: {done.stderr.strip()[-300:]}", file=sys.stderr)
    return done.returncode == 0


def _postgresql() -> Missing | None:
    """PostgreSQL refuses to run as root, so for root the package adds a user of its own."""
    if os.environ.get("SAMLENG_TEST_POSTGRES"):
        print("PostgreSQL: the one in SAMLENG_TEST_POSTGRES")
        return None
    if os.geteuid() == 0 and not shutil.which("useradd"):
        return (
            "useradd, with which PostgreSQL gets a user of its own. Debian: apt-get install passwd"
        )
    try:
        with postgres.server() as url:
            postgres.execute(url, "SELECT 1")
    except Exception as error:
        return (
            f"PostgreSQL does not start ({type(error).__name__}: {str(error)[:200]}). Set "
            "SAMLENG_TEST_POSTGRES to postgresql+psycopg://… of a server that tests may fill."
        )
    print("PostgreSQL: starts")
    return None


def _compiler() -> Missing | None:
    finders: tuple[Callable[[], object], ...] = (
        lambda: shutil.which("cc"),
        lambda: importlib.util.find_spec("ziglang"),
    )
    found = next(filter(None, (find() for find in finders)), None)
    if found is None:
        return "a C compiler. Debian: apt-get install gcc libc6-dev"
    print("C compiler:", found if isinstance(found, str) else "ziglang's")
    return None


if __name__ == "__main__":
    main()
