"""What a case is called: by people, and by the lists on phones. Pure."""

from __future__ import annotations

import uuid

LONGEST_NAME = 40
_NAMES = uuid.UUID("8b1d1c52-5f0c-4f5b-9d43-9c8d1f5a2f10")


def code_of(number: int) -> str:
    """A case code of nine digits, which can be said in Khmer and over a bad line: 482-913-705."""
    digits = f"{number:09d}"
    return "-".join((digits[:3], digits[3:6], digits[6:]))


def read_code(text: str) -> str:
    """As it is kept, however somebody wrote it; "" for what is none."""
    digits = "".join(one for one in text if one.isdecimal())
    digits = "".join(str(int(one)) for one in digits)  # Khmer digits, too
    return code_of(int(digits)) if len(digits) == 9 else ""


def first_name(name: str) -> str:
    """The name by which somebody is called: family names come first in Khmer. Never all of a name
    that has several words."""
    words = name.split()
    return words[-1][:LONGEST_NAME] if words else ""


def need_id(entity_id: uuid.UUID, need_code: str) -> uuid.UUID:
    """What phones call a need of a case: the same each time, so that no table keeps it. It has the
    form of a random UUID, which lists ask for, and is as hard to guess as the case's own."""
    made = uuid.uuid5(_NAMES, f"{entity_id.hex}/{need_code}")
    return uuid.UUID(bytes=made.bytes, version=4)


def entity_of(case_id: str) -> uuid.UUID | None:
    """The case that a visit names, as a UUID; None for what is none."""
    try:
        return uuid.UUID(case_id.strip().removeprefix("uuid:"))
    except ValueError:
        return None
