"""What was measured of an installation, and what can be wrong with it."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass


class Severity(enum.StrEnum):
    RED = "red"
    """Something is being lost, or will be with the next mishap. `flask doctor` ends with 1."""
    YELLOW = "yellow"


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """Of the public address, as whoever calls it from this machine sees it."""

    host: str
    ends_at: dt.datetime | None = None
    refused: str = ""
    """Why a browser would not believe it."""
    silent: str = ""
    """Why there was nothing to look at."""


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """What was measured. What could not be is taken to be well: what kept it away is told."""

    now: dt.datetime
    data_dir: str = ""
    free_bytes: int
    floor_bytes: int
    weak_settings: tuple[str, ...] = ()
    """Of the database: what could lose a commit in a power cut."""
    log_bytes: int = 0
    log_kept_longer: tuple[str, ...] = ()
    """What keeps copies of PostgreSQL's log in which something erased may lie."""
    buried: int = 0
    queued: int = 0
    quarantined: int = 0
    newest_received_at: dt.datetime | None = None
    keys_fault: str = ""
    has_recovery_key: bool = True
    was_recovery_proven: bool = True
    """Ever; and below, within the year."""
    is_recovery_proven: bool = True
    is_copy_kept: bool = True
    """Whether the recovery copy beside the paper holds today's wrapping keys."""
    wraps_since: dt.datetime | None = None
    erased_at: dt.datetime | None = None
    """When the first record was erased since then."""
    heads_kept_here_since: dt.datetime | None = None
    """The first signed head of the audit log after which none was handed out."""
    rehearsals_due: int = 0
    """Keys of sealed forms that nobody showed to open for a year."""
    unlisted: int = 0
    """Withdrawals of which the list of erasures has no line."""
    unsealable_at: dt.datetime | None = None
    """When something that is stored did not open, the last time."""
    fullest_share: int = 0
    """Percent of the disk's share that a project uses up: of this one, or of the fullest."""
    old_parsers: tuple[str, ...] = ()
    is_root: bool = False
    is_public: bool = False
    """Served by https: phones of real people come in."""
    certificate: Certificate | None = None
    backup_at: dt.datetime | None = None
    """No command makes backups yet, so none is known."""


Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that can be wrong."""

    name: str
    severity: Severity
    found: Callable[[Vitals], Values | None]
    """What to fill into the words; None where all is well."""
    en: str
    km: str
    mend_en: str
    mend_km: str
    command: str = ""
    """What to run, where one command does it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A check that found something."""

    check: Check
    values: Values

    def wrong(self, language: str = "en") -> str:
        template = self.check.km if language == "km" else self.check.en
        return template.format(**self.values)

    def mend(self, language: str = "en") -> str:
        return self.check.mend_km if language == "km" else self.check.mend_en

    @property
    def is_red(self) -> bool:
        return self.check.severity is Severity.RED

    @property
    def command(self) -> str:
        return self.check.command.format(**self.values)
