"""Answers as phones write them become values; what cannot be read is None (check 73)."""

from __future__ import annotations

import pytest

from service.exports import values
from service.foundation.formats import geo_text


@pytest.mark.parametrize(
    ("text", "number"),
    [("44", 44), (" -3 ", -3), ("7.0", 7), ("4.5", None), ("many", None), ("9" * 30, None),
     ("", None)],
)  # fmt: skip
def test_c73_whole_numbers(text: str, number: int | None) -> None:
    assert values.whole(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("51.5", 51.5), ("1e3", 1000.0), ("NaN", None), ("1e999", None), ("x", None)]
)  # fmt: skip
def test_c73_decimals(text: str, number: float | None) -> None:
    assert values.decimal(text) == number


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("2026-11-22T09:15:00.000+07", "2026-11-22T09:15:00.000+07:00"),
        ("2026-11-22T09:15:00.000-5:00", "2026-11-22T09:15:00.000-05:00"),
        ("2026-11-22T09:15:00.000+0700", "2026-11-22T09:15:00.000+07:00"),
        ("2026-11-22T09:15:00.000+07:00", "2026-11-22T09:15:00.000+07:00"),
        ("2026-11-22T02:15:00Z", "2026-11-22T02:15:00Z"),
        ("yesterday", "yesterday"),
    ],
)
def test_c73_offsets_are_made_whole(sent: str, told: str) -> None:
    assert values.moment(sent) == told


def test_c73_places() -> None:
    assert geo_text.geojson("geopoint", "13.1 103.2") == {
        "type": "Point",
        "coordinates": [103.2, 13.1],
    }
    shape = geo_text.geojson("geoshape", "0 0 0 0; 0 1 0 0; 1 1 0 0; 0 0 0 0;")
    assert shape is not None
    assert shape["coordinates"] == [[[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0]]]
    assert geo_text.wkt("geoshape", "0 0;0 1;") == "POLYGON ((0 0,1 0))"


@pytest.mark.parametrize("text", ["91 0", "0 181", "13.1", "a b", "", "nan 3", "inf 0"])
def test_c73_what_is_no_place_is_none(text: str) -> None:
    assert geo_text.geojson("geopoint", text) is None
    assert geo_text.wkt("geopoint", text) is None
    assert geo_text.geojson("geotrace", text) is None
