"""The QR code that sets up a phone: ODK Collect's and KoboCollect's settings in one picture.

Format: Base64 of zlib-compressed UTF-8 JSON (ODK Collect settings QR). Scanning resets every
setting that is not named, so what matters is named even where it is Collect's default.
"""

from __future__ import annotations

import base64
import io
import json
import secrets
import zlib
from typing import Any

import segno

LONGEST = 4000
"""Characters; beyond this Collect's scanner gives up."""
ICON = "🕊"
COLOUR = "#0b4753"
LOCKED = (
    "change_server",
    "change_project_display",
    "change_autosend",
    "change_form_metadata",
    "delete_after_send",
    "access_settings",
    "bulk_finalize",
)
"""What only the admin password opens: the address, and what keeps a found phone empty."""


def settings(
    *, server_url: str, project_name: str, language: str, admin_password: str
) -> dict[str, Any]:
    """Settings of a phone for unsteady networks and unsafe places.

    Sent forms are deleted from the phone, since the server has them durably before it says so;
    pictures are made smaller; blank forms follow the server. `server_url` goes without a trailing
    slash: Collect cuts all of them from one address and a single one from another.
    """
    return {
        "general": {
            "protocol": "odk_default",
            "server_url": server_url.rstrip("/"),
            "username": "",
            "password": "",
            "form_update_mode": "match_exactly",
            "periodic_form_updates_check": "every_fifteen_minutes",
            "hide_old_form_versions": True,
            "autosend": "wifi_and_cellular",
            "delete_send": True,
            "image_size": "medium",
            "guidance_hint": "yes_collapsed",
            "app_language": language,
            "analytics": False,
        },
        "admin": {"admin_pw": admin_password, **dict.fromkeys(LOCKED, False)},
        "project": {"name": project_name, "icon": ICON, "color": COLOUR},
    }


EASY_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Letters and digits that nobody confuses when reading them aloud."""


def new_admin_password() -> str:
    """What opens the locked settings of one phone; shown once, beside its QR code."""
    signs = "".join(secrets.choice(EASY_SIGNS) for _ in range(10))
    return f"{signs[:5]}-{signs[5:]}"


def encode(chosen: dict[str, Any]) -> str:
    """The text inside the QR code. Raises ValueError above LONGEST characters."""
    data = json.dumps(chosen, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text = base64.b64encode(zlib.compress(data, 9)).decode("ascii")
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} characters do not fit a phone's QR code")
    return text


def decode(text: str) -> dict[str, Any]:
    """What a phone reads from the text of the QR code."""
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
    return found


def qr_svg(text: str, title: str) -> str:
    """Inline SVG without inline style, four modules of quiet zone, scaled by its container."""
    code = segno.make(text, error="l", mode="byte", micro=False, boost_error=False)
    return str(code.svg_inline(omitsize=True, border=4, svgclass=None, lineclass=None, title=title))


def qr_png(text: str) -> bytes:
    """The same as a picture, for terminals and printing; 5 pixels a module."""
    out = io.BytesIO()
    code = segno.make(text, error="l", mode="byte", micro=False, boost_error=False)
    code.save(out, kind="png", scale=5, border=4)
    return out.getvalue()
