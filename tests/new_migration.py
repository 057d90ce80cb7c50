"""`make migration MESSAGE="say what"`: draft migrations/versions/NNNN_say_what.py.

Compares the mapped classes with the schema that the migrations give on an empty SQLite database,
and writes the difference. Read the draft before you commit it: it knows nothing of the rows.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import alembic.command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service import app  # noqa: F401 - maps all classes
from service.foundation import db
from tests import postgres

VERSIONS = postgres.ROOT / "migrations" / "versions"


def main(message: str) -> None:
    if not message.strip():
        sys.exit('Say what it does: make migration MESSAGE="add entities"')
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/draft.db"
        postgres.migrate(url)
        if not differences(url):
            sys.exit("The mapped classes and the migrations agree: nothing to write.")
        print(f"Wrote {write(url, message)}. Read it, then run the tests.")


def differences(url: str) -> list[Any]:
    """What the mapped classes have and the database at `url` has not, or the other way round."""
    database = db.Database(url, pool=1)
    try:
        with database.writer.connect() as connection:
            return compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": False}),
                db.Base.metadata,
            )
    finally:
        database.dispose()


def write(url: str, message: str) -> Path:
    """The next number, then the words of the message."""
    number = f"{1 + max(int(path.name[:4]) for path in VERSIONS.glob('[0-9]*.py')):04}"
    slug = re.sub(r"[^a-z0-9]+", "_", message.casefold()).strip("_")[:50]
    config = postgres.config(url)
    config.attributes["metadata"] = db.Base.metadata
    alembic.command.revision(config, message.strip(), autogenerate=True, rev_id=number)
    draft = next(VERSIONS.glob(f"{number}_*.py"))
    named = draft.rename(VERSIONS / f"{number}_{slug}.py")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", named], check=True)
    return named


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
