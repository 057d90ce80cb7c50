"""The asynchronous life: what follows what (`handlers`), and who does it (`working`)."""

from service.jobs.handlers import AFTER, Tools
from service.jobs.working import (
    Beside,
    EmbeddedWorker,
    begin_day,
    drain,
    slow_work,
    tools_of,
    work_once,
    work_until,
)

__all__ = [
    "AFTER",
    "Beside",
    "EmbeddedWorker",
    "Tools",
    "begin_day",
    "drain",
    "slow_work",
    "tools_of",
    "work_once",
    "work_until",
]
