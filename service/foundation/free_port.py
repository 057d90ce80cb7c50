"""Whether the server may have its port: two would share it in silence, each answering half."""

from __future__ import annotations

import socket


class PortTakenError(Exception):
    """Another program serves there already; says what to do."""


def demand(host: str, port: int) -> None:
    """Raises PortTakenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise PortTakenError(
            f"Cannot serve at {host}:{port} ({error.strerror}). Perhaps a Samleng runs there "
            f"already: stop it, or choose another port, as in PORT={port + 1} make run"
        ) from None
