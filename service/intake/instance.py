"""Instance: one filled-in form, whatever channel it came through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Answers: TypeAlias = "dict[str, str | Answers | list[Answers]]"
"""Question name to text, group name to answers, repeat name to a list of answers.

A select_multiple is its codes joined by spaces, as in XForms. Non-relevant questions are absent.
"""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """What an envelope says. `instance_id` is trimmed, otherwise byte for byte as sent."""

    form_id: str
    version: str
    """"" when the form has no version."""
    instance_id: str
    deprecated_id: str | None = None
    instance_name: str | None = None
    answers: Answers = field(default_factory=dict)
    is_encrypted: bool = False
    expected_files: tuple[str, ...] = ()
    """Names of attachments the XML refers to: NFC, each once, in document order."""
