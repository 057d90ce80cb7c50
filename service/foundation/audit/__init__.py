"""The audit log: one entry per act, in the transaction of the act, never changed, chained.

Entries hold ids and codes only: no names, no values, no free text. Each carries the SHA-256 of the
one before and of itself; the ends of all chains are signed every day and at each export. Whoever
has an export and the public key can check it without us (docs/audit.md).
"""

from service.foundation.audit.chain import LOG, Log, entry, record, record_all
from service.foundation.audit.export import Export, begin_export, export_lines
from service.foundation.audit.heads import (
    hand_out,
    head_of_day,
    kept_here_since,
    newest_of_strands,
    sign_day,
)
from service.foundation.audit.tables import NO_PROJECT, AuditEntry, AuditHead
from service.foundation.audit.verify import Unsound, Verified, read_heads, verify

__all__ = [
    "LOG",
    "NO_PROJECT",
    "AuditEntry",
    "AuditHead",
    "Export",
    "Log",
    "Unsound",
    "Verified",
    "begin_export",
    "entry",
    "export_lines",
    "hand_out",
    "head_of_day",
    "kept_here_since",
    "newest_of_strands",
    "read_heads",
    "record",
    "record_all",
    "sign_day",
    "verify",
]
