"""Whether the server may have its port: two would share it in silence, each answering half."""

from __future__ import annotations

import socket
import time

PATIENCE_S = 3.0
"""Who had it before, and was killed, may still be ending: started again at once, we wait for it."""


class PortTakenError(Exception):
    """Another program serves there already; says what to do."""


def demand(host: str, port: int) -> None:
    """Raises PortTakenError."""
    until = time.monotonic() + PATIENCE_S
    while (error := _refusal(host, port)) is not None:
        if time.monotonic() > until:
            raise PortTakenError(
                f"Cannot serve at {host}:{port} ({error.strerror}). Perhaps a Samleng runs there "
                f"already: stop it, or choose another port, as in PORT={port + 1} make run"
            )
        time.sleep(0.1)


def _refusal(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return error
    return None
