"""A private key that is kept offline, read from its file."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.output import stop
from service.foundation.sealing import Unsealable
from service.foundation.sealing.odk_opening import (
    PassphraseNeededError,
    PrivateKey,
    read_private_key,
)


def read(path: Path) -> PrivateKey:
    """Ends the command where it is none; asks for a passphrase where one is needed."""
    pem = path.read_bytes()
    try:
        return read_private_key(pem)
    except PassphraseNeededError:
        passphrase = click.prompt("Passphrase of the private key", hide_input=True, err=True)
    except Unsealable:
        stop(f"{path} is not an RSA private key in PEM form.")
    try:
        return read_private_key(pem, passphrase.encode())
    except Unsealable:
        stop("The passphrase does not open the private key.")
