"""The QR code sets a phone up as it must be, and any scanner can read it."""

from __future__ import annotations

import hashlib
import io
import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from service.accounts import enrolment

URL = "https://data.example.org/v1/key/smd-pX3vE7_Qm2aL9kR4tY8uW1zC5bN6hJ0dFgS-iOqA2sAAAAAA/projects/7"


def chosen(name: str = "ជំនួយជនរងគ្រោះ បាត់ដំបង", url: str = URL) -> dict[str, dict[str, object]]:
    return enrolment.settings(
        server_url=url, project_name=name, language="km", admin_password="K7QX9-2MFHT"
    )


def test_s61_a_found_phone_shows_nothing_that_was_sent_and_settings_stay_locked() -> None:
    read = enrolment.decode(enrolment.encode(chosen()))
    assert read["general"]["delete_send"] is True
    assert read["admin"]["admin_pw"] == "K7QX9-2MFHT"
    for key in ("change_server", "delete_after_send", "access_settings"):
        assert read["admin"][key] is False


def test_the_phone_keeps_itself_up_to_date_and_sends_by_itself() -> None:
    general = enrolment.decode(enrolment.encode(chosen()))["general"]
    assert general["server_url"] == URL
    assert general["form_update_mode"] == "match_exactly"
    assert general["autosend"] == "wifi_and_cellular"
    assert general["image_size"] == "medium"
    assert general["app_language"] == "km"


def test_no_address_ends_with_a_slash() -> None:
    assert chosen(url=URL + "/")["general"]["server_url"] == URL


@settings(max_examples=25, deadline=None)
@given(name=st.text(max_size=120))
def test_c71_whatever_the_project_is_called_the_code_fits_and_reads_back(name: str) -> None:
    text = enrolment.encode(chosen(name))
    assert len(text) <= enrolment.LONGEST
    assert enrolment.decode(text) == chosen(name)


WORDS: dict[str, dict[str, set[object]]] = {
    "general": {
        "protocol": {"odk_default"},
        "form_update_mode": {"manual", "previously_downloaded", "match_exactly"},
        "periodic_form_updates_check": {
            "every_fifteen_minutes",
            "every_one_hour",
            "every_six_hours",
            "every_24_hours",
        },
        "autosend": {"off", "wifi_only", "cellular_only", "wifi_and_cellular"},
        "image_size": {"original_image_size", "very_small", "small", "medium", "large"},
        "guidance_hint": {"no", "yes", "yes_collapsed"},
    },
}
"""What Collect's schema of settings (`client-settings.schema.json`) lets stand under each key that
we send; `bulk_finalize` of its switches is younger than the schema, which allows further keys."""
SWITCHES = {
    "general": {"hide_old_form_versions", "delete_send", "analytics"},
    "admin": {*enrolment.LOCKED},
}
TEXTS = {
    "general": {"server_url", "username", "password", "app_language"},
    "admin": {"admin_pw"},
    "project": {"name", "icon", "color"},
}


def faults(read: dict[str, dict[str, object]]) -> list[str]:
    """Where settings are not as that schema has them. Collect passes over such silently."""
    found = [f"no {part}" for part in ("general", "admin") if part not in read]
    for part, told in read.items():
        for key, value in told.items():
            if key in TEXTS.get(part, ()):
                is_right = isinstance(value, str)
            elif key in SWITCHES.get(part, ()):
                is_right = isinstance(value, bool)
            else:
                is_right = value in WORDS.get(part, {}).get(key, ())
            if not is_right:
                found.append(f"{part}/{key}: {value!r}")
    return found


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_c71_a_phone_takes_every_setting(end: str) -> None:
    read = enrolment.decode(enrolment.encode(chosen(url=URL + end)))
    assert faults(read) == []
    assert read["general"]["server_url"] == URL, "Collect cuts such slashes unevenly"
    assert len(str(read["project"]["icon"])) == 1
    assert re.fullmatch("#[0-9a-f]{3}(?:[0-9a-f]{3})?", str(read["project"]["color"]))


def test_what_no_scanner_could_read_is_refused() -> None:
    noise = "".join(hashlib.sha256(bytes([i])).hexdigest() for i in range(120))
    with pytest.raises(ValueError, match="do not fit"):
        enrolment.encode(chosen(noise))


def test_a_scanner_reads_the_picture() -> None:
    text = enrolment.encode(chosen())
    picture = Image.open(io.BytesIO(enrolment.qr_png(text)))
    [found] = zxingcpp.read_barcodes(picture.convert("L"))
    assert found.text == text


def test_the_drawing_has_no_inline_style_and_escapes_its_title() -> None:
    drawing = enrolment.qr_svg(enrolment.encode(chosen()), "<script>កូដ")
    assert "style=" not in drawing
    assert "<script>" not in drawing
    assert "&lt;script&gt;កូដ" in drawing
