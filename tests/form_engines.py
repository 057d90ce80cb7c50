"""The form engines of web clients, bundled for a browser: ODK Web Forms and Enketo's.

`make test` fetches them by npm, from the versions and checksums in `tests/clients/engines`, and
bundles them beside what Python installed; whoever runs pytest alone finds them there from then on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCES = Path(__file__).parent / "clients" / "engines"
CACHE = Path(sys.prefix) / "form-engines"
CHOSEN = ("package.json", "package-lock.json", ".npmrc")
"""What decides which packages are there."""
HELP = (
    "No form engines of web clients. They need node (18 or newer) and npm (Debian: apt-get "
    "install nodejs npm) and come with: .venv/bin/python -m tests.prepare"
)


def find() -> Path | None:
    """The directory of the bundles, where it was made of what is chosen now."""
    bundles = _bundles()
    return bundles if bundles.exists() else None


def has_node() -> bool:
    return all(map(shutil.which, ("node", "npm")))


def make() -> Path:
    """Fetch and bundle what is not there yet. Raises RuntimeError with the tool's own words."""
    bundles, packages = _bundles(), CACHE / f"packages-{_digest(CHOSEN)}"
    if not packages.exists():
        with _growing(packages) as place:
            for name in CHOSEN:
                shutil.copy(SOURCES / name, place)
            _run("npm", "ci", cwd=place)
    if not bundles.exists():
        with _growing(bundles) as place:
            _run("node", str(SOURCES / "build.mjs"), str(packages), str(place), cwd=packages)
    return bundles


def _bundles() -> Path:
    pages = sorted(str(path.relative_to(SOURCES)) for path in SOURCES.glob("pages/*.js"))
    return CACHE / f"bundles-{_digest((*CHOSEN, 'build.mjs', *pages))}"


def _digest(names: tuple[str, ...]) -> str:
    said = hashlib.sha256()
    for name in names:
        said.update(name.encode() + b"\0" + (SOURCES / name).read_bytes() + b"\0")
    return said.hexdigest()[:16]


@contextmanager
def _growing(final: Path) -> Iterator[Path]:
    """A directory that is there whole or not at all, also where two make it at once."""
    final.parent.mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=final.parent, prefix="growing-"))
    try:
        yield place
        if not final.exists():
            place.rename(final)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _run(*command: str, cwd: Path) -> None:
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:2])}: {done.stderr.strip()[-600:]}")
