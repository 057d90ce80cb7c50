"""Codes on stubs, what stands in the log for them, and lines of the log. Pure.

A code is 80 bits that nobody can guess; the log holds hashes of it alone. Whoever has the code
finds the line that says that somebody signed, and each later one that says otherwise; whoever has
the log finds nobody, and cannot tell which two lines are of one signature.
"""

from __future__ import annotations

import hashlib

from service.facts import paper_codes
from service.facts.paper_codes import ALPHABET
from service.treaty.status import Status

CHARACTERS = 16
"""Of 5 bits each. Codes of consent have twelve: nobody takes one for the other."""


def code_of(secret: bytes) -> str:
    """The code for these bytes (ten are enough), as it is printed: 7K3M-9QRT-04XW-JB8E."""
    number = int.from_bytes(secret, "big")
    code = "".join(ALPHABET[number >> 5 * place & 31] for place in range(CHARACTERS))
    return "-".join(code[at : at + 4] for at in range(0, CHARACTERS, 4))


def plain(typed: str) -> str | None:
    """A code as it is hashed, whatever way it was typed; None for what is none."""
    found = paper_codes.plain(typed)
    return found if len(found) == CHARACTERS and set(found) <= set(ALPHABET) else None


def commitment(code: str, number: int) -> bytes:
    """What stands in the log for the `number`-th line about a signature, from 0; `code` is plain.
    A signature that is told of again has another one, which nobody links to the first."""
    return hashlib.sha256(f"samleng receipt {number} {code}".encode()).digest()


def line(committed: bytes, was: Status | None, now: Status) -> bytes:
    """One line of the log, as it is hashed and published (without its end)."""
    before = f'"{was.value}"' if was else "null"
    return f'{{"commitment":"{committed.hex()}","was":{before},"now":"{now.value}"}}'.encode()
