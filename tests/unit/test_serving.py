"""How many processes serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.foundation.settings import from_environment
from service.serving import processes

BESIDE, AWAY = (
    "postgresql+psycopg://samleng@",
    "postgresql+psycopg://samleng@db.example.org/samleng",
)


@pytest.mark.parametrize(
    ("url", "cores", "expected"),
    [
        ("", 8, 1),
        (f"{BESIDE}/samleng", 4, 3),
        (f"{BESIDE}localhost:5433/samleng", 2, 1),
        (f"{BESIDE}127.0.0.1/samleng", 1, 1),
        (f"{BESIDE}/samleng?host=/run/postgresql", 2, 1),
        (AWAY, 2, 2),
        (f"{BESIDE}/samleng?host=db.example.org", 2, 2),
    ],
)
def test_a_database_beside_the_server_has_a_core_of_its_own(
    tmp_path: Path, url: str, cores: int, expected: int
) -> None:
    given = {"SAMLENG_DATA_DIR": str(tmp_path), "SAMLENG_DATABASE_URL": url}
    assert processes(from_environment(given), cores) == expected
    assert processes(from_environment({**given, "WORKERS": "5"}), cores) == 5
