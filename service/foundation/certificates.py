"""The certificate of an https address, as whoever calls it sees it."""

from __future__ import annotations

import datetime as dt
import socket
import ssl

TIMEOUT_S = 3.0
_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: one that has ended is to be told by its day, not refused."""


class RefusedError(Exception):
    """No phone and no browser would believe it. The text says why."""


def ends_at(host: str, port: int) -> dt.datetime:
    """When it ends. Nothing is asked of the server but its certificate. Raises RefusedError, and
    OSError where nobody answers in time."""
    context = ssl.create_default_context()
    context.verify_flags |= _NO_CHECK_TIME
    try:
        with (
            socket.create_connection((host, port), timeout=TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            held = secure.getpeercert()
    except ssl.SSLCertVerificationError as error:
        raise RefusedError(error.verify_message) from error
    except ssl.SSLError as error:
        raise RefusedError(error.reason or "no TLS") from error
    text = str((held or {})["notAfter"])
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(text), dt.UTC)
