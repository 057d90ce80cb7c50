"""The People's Treaty: campaigns, who signed (by keyed digests), the log that names nobody, and
paper."""

from service.treaty.tables.paper import CustodyStep, PaperSheet, SheetKeying, SheetScan
from service.treaty.tables.quoting import QuoteRow
from service.treaty.tables.signing import (
    Campaign,
    Log,
    LogEntry,
    LogHead,
    LogTile,
    ReportedTotal,
    SampleCheck,
    SignerKey,
    SignerPair,
    SignerRow,
    Statement,
)
from service.treaty.tables.standing_out import OddityRow

__all__ = [
    "Campaign",
    "CustodyStep",
    "Log",
    "LogEntry",
    "LogHead",
    "LogTile",
    "OddityRow",
    "PaperSheet",
    "QuoteRow",
    "ReportedTotal",
    "SampleCheck",
    "SheetKeying",
    "SheetScan",
    "SignerKey",
    "SignerPair",
    "SignerRow",
    "Statement",
]
