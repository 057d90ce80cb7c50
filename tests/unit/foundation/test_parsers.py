"""Old parsers are named when Samleng starts."""

from __future__ import annotations

from service.foundation import parsers


def test_s54_every_parser_is_looked_at() -> None:
    found = parsers.versions()
    assert found.keys() == parsers.LEAST.keys()
    assert all(len(version) >= 2 for version in found.values())


def test_s54_an_old_one_is_named_with_what_would_be_safe() -> None:
    safe = {name: (*least, 0) for name, least in parsers.LEAST.items()}
    assert parsers.too_old(safe) == []
    for name, least in parsers.LEAST.items():
        old = {**safe, name: (least[0] - 1, 99, 1)}
        [told] = parsers.too_old(old)
        assert told.startswith(f"{name} {least[0] - 1}.99.1 (")
