"""The names that settings have: a mistyped one would be a default that nobody chose."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

PREFIX = "SAMLENG_"
OF_TESTS = ("SAMLENG_TEST_", "SAMLENG_CRASH_AT")
NAMES = (
    "SAMLENG_API_REQUESTS_A_MINUTE",
    "SAMLENG_DATABASE_POOL",
    "SAMLENG_DATABASE_URL",
    "SAMLENG_DATA_DIR",
    "SAMLENG_DEFAULT_LANGUAGE",
    "SAMLENG_DEVICE_MIB_A_DAY",
    "SAMLENG_DEVICE_SUBMISSIONS_A_DAY",
    "SAMLENG_DIGEST",
    "SAMLENG_DIGEST_MD5",
    "SAMLENG_EMBEDDED_WORKER",
    "SAMLENG_KEYS_DATABASE_URL",
    "SAMLENG_KEY_FILE",
    "SAMLENG_LOG_LEVEL",
    "SAMLENG_MAX_BODY_MB",
    "SAMLENG_MIN_FREE_MB",
    "SAMLENG_MOVE_IN_PRIVATE",
    "SAMLENG_PUBLIC_URL",
    "SAMLENG_READ_DATABASE_URL",
    "SAMLENG_SECRETS_FILE",
    "SAMLENG_TRUSTED_PROXIES",
)
NOT_YET = ("SAMLENG_BLOBS_URL", "SAMLENG_S3_ENDPOINT")
"""Promised, and not built: attachments would lie on the local disk, and nobody would know."""


def refusal(given: Iterable[str]) -> str | None:
    """Why the start is refused with variables of these names; None where all are known."""
    for name in sorted(given):
        if name in NOT_YET:
            return (
                f"{name} is not built yet: files lie under SAMLENG_DATA_DIR, on the local disk. "
                "Unset it"
            )
        if name.startswith(PREFIX) and not name.startswith(OF_TESTS) and name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.0)
            return f"{name} is no setting. Is {near[0]} meant? Correct or unset it"
    return None
